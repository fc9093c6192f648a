//! Search in statements: who is found, in which place of a list by relevance, and the texts that show what was found. The scope is the
//! claims' within the functions that it asks; what it reads itself asks the scope as every list does.

use std::collections::HashMap;

use liaison_entity::{contact_address, contact_email, contact_phone, organization_contact};
use uuid::Uuid;

use super::cursor::BadCursor;
use super::list;
use super::listing::{Direction, Key, KeyKind, Page, Walk};
use crate::access::{SightedLink, contact_in_sight};
use crate::failure::Fault;
use crate::search::{ContactText, Readings, Search, texts};
use crate::session::{Reader, Sql};

/// A list by relevance: the band, then the name.
pub(super) const RELEVANCE: [Key; 2] = [
    Key { expression: "found.band::bigint", kind: KeyKind::Number },
    // The order that the function cuts by, whatever collation the database has of its own.
    Key { expression: "found.sort_name COLLATE \"C\"", kind: KeyKind::Text },
];

/// Which of those who are found are wanted.
pub(super) enum Place {
    /// All: other conditions choose among them.
    Everything,
    /// The next so many after a place in the order, or before it.
    Page { most: i32, backwards: bool, at: Option<(i32, String, Uuid)> },
}

/// Who is found by a search.
pub(super) struct Found {
    function: &'static str,
    id: &'static str,
    order: &'static str,
    words: Vec<String>,
    readings: Vec<i32>,
    slips: Vec<String>,
}

impl Found {
    fn of(function: &'static str, id: &'static str, order: &'static str, readings: &Readings) -> Self {
        let mut found = Self { function, id, order, words: Vec::new(), readings: Vec::new(), slips: Vec::new() };
        for (at, reading) in (1..).zip(&readings.0) {
            for word in reading {
                found.words.push(word.pattern());
                found.readings.push(at);
                let keys: Vec<String> = word.slips.iter().map(i64::to_string).collect();
                found.slips.push(format!("{{{}}}", keys.join(",")));
            }
        }
        found
    }

    pub(super) fn contacts(readings: &Readings) -> Self {
        Self::of("app.search_contacts", "found.contact_id", "contact relevance", readings)
    }

    pub(super) fn organizations(readings: &Readings) -> Self {
        Self::of("app.search_organizations", "found.organization_id", "organization relevance", readings)
    }

    /// The tie-break of the order.
    pub(super) fn id(&self) -> &'static str {
        self.id
    }

    /// The name of the order, part of every cursor.
    pub(super) fn order(&self) -> &'static str {
        self.order
    }

    /// Where a page stands in the order.
    pub(super) fn place(&self, page: &Page, direction: Direction) -> Result<Place, BadCursor> {
        let backwards = (direction == Direction::Ascending) != (page.walk == Walk::Forward);
        let cursor = match page.walk {
            Walk::Forward => &page.after,
            Walk::Backward => &page.before,
        };
        let kinds = RELEVANCE.map(|key| key.kind);
        let at = |cursor: &super::Cursor| match cursor.values(self.order, &kinds)? {
            [band, name] => Ok((band.parse().map_err(|_| BadCursor)?, name.clone(), cursor.id())),
            _ => Err(BadCursor),
        };
        let at = cursor.as_ref().map(at).transpose()?;
        // One more than asked for tells whether the list goes on.
        let most = i32::try_from(page.limit).unwrap_or(i32::MAX).saturating_add(1);
        Ok(Place::Page { most, backwards, at })
    }

    fn push_call(&self, sql: &mut Sql, place: &Place) {
        let (most, backwards, at) = match place {
            Place::Everything => (None, false, &None),
            Place::Page { most, backwards, at } => (Some(*most), *backwards, at),
        };
        sql.push(self.function).push("(").push_bind(self.words.clone()).push("::text[], ");
        sql.push_bind(self.readings.clone()).push("::int[], ").push_bind(self.slips.clone()).push("::text[], ");
        sql.push_bind(most).push("::int, ").push_bind(backwards).push(", ");
        sql.push_bind(at.as_ref().map(|at| at.0)).push("::int, ");
        sql.push_bind(at.as_ref().map(|at| at.1.clone())).push("::text, ");
        sql.push_bind(at.as_ref().map(|at| at.2)).push("::uuid)");
    }

    /// Joins those who are found to the node `n`, as `found`.
    pub(super) fn push_join(&self, sql: &mut Sql, place: &Place) {
        sql.push(" JOIN ");
        self.push_call(sql, place);
        sql.push(format_args!(" found ON {} = n.id", self.id));
    }

    /// That the node `n` is found, and what more there is to say.
    pub(super) fn push_condition(&self, sql: &mut Sql) {
        sql.push(format_args!("n.id IN (SELECT {} FROM ", self.id));
        self.push_call(sql, &Place::Everything);
        sql.push(" found) AND ");
    }
}

/// The ways to read a search as the viewer's list reads it.
pub async fn search_readings(reader: &Reader, search: &Search) -> Result<Readings, Fault> {
    Ok(search.readings(&list::region(reader, search.asks_for_a_number()).await?))
}

/// The texts that these contacts are found by, as far as they are in sight.
pub async fn contact_texts(reader: &Reader, ids: Vec<Uuid>) -> Result<HashMap<Uuid, ContactText>, Fault> {
    let scope = reader.scope();
    let mut sql = Sql::new("");
    texts::push_texts(&mut sql, &ids, texts::Source::FOUND_BY, &|sql, source| {
        sql.push(" AND ");
        match source {
            texts::Source::People => contact_in_sight(scope, sql, "n.id"),
            texts::Source::Emails => contact_email::Entity::link_in_sight(scope, sql, "l"),
            texts::Source::Phones => contact_phone::Entity::link_in_sight(scope, sql, "l"),
            texts::Source::Addresses => contact_address::Entity::link_in_sight(scope, sql, "l"),
            texts::Source::Roles => organization_contact::Entity::link_in_sight(scope, sql, "l"),
        }
    });
    let people = texts::read_texts(&reader.fetch(sql).await?)?;
    Ok(people.into_iter().map(|(id, (_, texts))| (id, texts)).collect())
}
