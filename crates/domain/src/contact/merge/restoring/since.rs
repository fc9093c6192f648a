//! What came to the survivor since the merge, when it is taken back. What is one organization's own goes to the duplicate if that is the only
//! one of the two whom the organization sees again: it meant nobody else. Of anything else nobody knows whose it would have been.

use std::collections::BTreeSet;

use serde_json::json;
use uuid::Uuid;

use super::{Restoring, stands};
use crate::contact::merge::book::{Row, id_in, span_of, text_in, told_at};
use crate::contact::merge::links::alike;
use crate::contact::merge::relationships::{KINDS, Kind};
use crate::contact::merge::table::{COMMUNICATIONS, FOLLOWING, PERSONAS, REFERRALS, ROLES, Table};

/// What is said of what came since.
const CAME: &str = "it came since the merge and stays with the survivor";
/// What is said of it where whoever made it will not find it.
const OUT_OF_SIGHT: &str =
    "it came since the merge and stays with the survivor, whom the organization that made it does not see";

/// In whose books somebody must be what, to be named in a column of a relationship.
const PERSONA_OF: [(&str, &str); 4] =
    [("student_id", "student"), ("related_student_id", "student"), ("guardian_id", "guardian"), ("staff_id", "staff")];

/// Rows, by their tables.
type Keys = BTreeSet<(&'static str, Uuid)>;

impl Restoring<'_> {
    /// The survivor's rows that came since the merge, the first first.
    fn came_since(&self) -> Vec<(&'static Table, Uuid)> {
        let since = told_at(self.since);
        let since = since.as_str().unwrap_or_default();
        let mut came = Vec::new();
        for table in FOLLOWING {
            let known = |id: Uuid| self.merged.moved.iter().any(|image| image.table == table.name && image.id == id);
            for (id, row) in self.book.rows(table) {
                let began =
                    ["linked_at", "granted_at", "created_at"].into_iter().find_map(|column| text_in(row, column));
                let is_survivors = table.people.iter().any(|column| id_in(row, column) == Some(self.survivor));
                if let Some(began) = began.filter(|began| *began > since && is_survivors)
                    && !known(id)
                    && !self.book.is_opened(table, id)
                {
                    came.push((began.to_owned(), table, id));
                }
            }
        }
        came.sort_by(|one, other| (&one.0, one.2).cmp(&(&other.0, other.2)));
        came.into_iter().map(|(_, table, id)| (table, id)).collect()
    }

    /// Whether an organization sees one of the two by its rows as they are now, but for these: domain.md §5, first paragraph.
    fn is_seen(&self, person: Uuid, by: Uuid, but_for: &Keys) -> bool {
        let partner = self.others.partners.get(&by);
        let names = |row: &Row| id_in(row, "contact_id") == Some(person);
        let mut roles = self
            .book
            .rows(ROLES)
            .filter(|(id, row)| stands(ROLES, row) && names(row) && !but_for.contains(&(ROLES.name, *id)));
        let mut referrals =
            self.book.rows(REFERRALS).filter(|(id, row)| names(row) && !but_for.contains(&(REFERRALS.name, *id)));
        self.others.owners.contains(&(person, by))
            || roles.any(|(_, row)| {
                let at = id_in(row, "organization_id");
                at == Some(by) || (partner.is_some() && at.as_ref() == partner)
            })
            || referrals.any(|(_, row)| id_in(row, "partner_organization_id") == Some(by))
    }

    /// Gives the duplicate what came since and can only have been meant for it.
    pub(super) fn give_since(&mut self) {
        let came = self.came_since();
        let since: Keys = came.iter().map(|(table, id)| (table.name, *id)).collect();
        // By a role and by a referral one is seen: of those that came since, what is seen without them decides. Of all else, what is seen
        // then.
        let grounds: Keys =
            came.iter().filter(|(table, _)| is_ground(table)).map(|(table, id)| (table.name, *id)).collect();
        for (table, id) in came.iter().filter(|(table, _)| is_ground(table)) {
            self.give(table, *id, &grounds, &since);
        }
        // Personas first: whoever is named in a relationship holds one.
        for is_persona in [true, false] {
            for (table, id) in &came {
                if !is_ground(table) && (table.name == PERSONAS.name) == is_persona {
                    self.give(table, *id, &Keys::new(), &since);
                }
            }
        }
    }

    fn give(&mut self, table: &'static Table, id: Uuid, but_for: &Keys, since: &Keys) {
        let Some(row) = self.book.row(table, id).cloned() else { return };
        let Some(keeper) = table.keeper.and_then(|column| id_in(&row, column)) else { return };
        let sees = |person: Uuid| self.is_seen(person, keeper, but_for);
        let is_meant = match self.belongs_to(table, &row, since) {
            Some(owner) => owner == self.duplicate,
            None => !sees(self.survivor) && sees(self.duplicate),
        };
        if !is_meant {
            return;
        }
        let mut given = row.clone();
        for column in table.people.iter().filter(|column| id_in(&row, column) == Some(self.survivor)) {
            given.insert((*column).to_owned(), json!(self.duplicate));
        }
        if !self.fits(table, id, keeper, &given) {
            return;
        }
        for column in table.people {
            if given.get(*column) != row.get(*column) {
                self.book.set(table, id, column, json!(self.duplicate));
            }
        }
    }

    /// Whose a row is by what it belongs to, whoever sees whom: a correction is about whom the corrected one is about, what was said in the
    /// course of a referral about whom that is about, and a relationship that goes on in another row is whose the first one was.
    fn belongs_to(&self, table: &'static Table, row: &Row, since: &Keys) -> Option<Uuid> {
        if let Some(kind) = KINDS.iter().find(|kind| kind.table.name == table.name) {
            return self.goes_on(kind, row, since).then_some(self.duplicate);
        }
        if table.name != COMMUNICATIONS.name {
            return None;
        }
        let owner = |of: &'static Table, column| id_in(self.book.row(of, id_in(row, column)?)?, "contact_id");
        owner(COMMUNICATIONS, "corrects_id").or_else(|| owner(REFERRALS, "referral_id"))
    }

    /// Whether a relationship goes on, from one day to the next, from one that was the duplicate's: it was split, because another one was
    /// primary for some days or it changed.
    fn goes_on(&self, kind: &Kind, row: &Row, since: &Keys) -> bool {
        let table = kind.table;
        let is_duplicates = |row: &Row| table.people.iter().any(|column| id_in(row, column) == Some(self.duplicate));
        let was_duplicates = |id: Uuid| {
            let image = self.merged.moved.iter().find(|image| image.table == table.name && image.id == id);
            let of = image.and_then(|image| image.of).unwrap_or(id);
            let whole = self.merged.moved.iter().find(|image| image.table == table.name && image.id == of);
            whole.and_then(|image| image.before.as_ref()).is_some_and(is_duplicates)
        };
        let mut earlier = self
            .now
            .rows(table)
            .filter(|(_, other)| (kind.same)(other) == (kind.same)(row) && span_of(other).adjoins(span_of(row)));
        let is_of_duplicate = |(id, other): (Uuid, &Row)| {
            if since.contains(&(table.name, id)) { self.goes_on(kind, other, since) } else { was_duplicates(id) }
        };
        let first = earlier.next();
        first.is_some_and(&is_of_duplicate) && earlier.all(is_of_duplicate)
    }

    /// Whether the duplicate may have a row beside those that it has.
    fn fits(&self, table: &'static Table, id: Uuid, keeper: Uuid, row: &Row) -> bool {
        if !stands(table, row) {
            return true;
        }
        let mut standing = self.book.rows(table).filter(|(other, row)| *other != id && stands(table, row));
        if let Some(kind) = KINDS.iter().find(|kind| kind.table.name == table.name) {
            let days = span_of(row);
            let is_free = standing
                .all(|(_, other)| (kind.same)(other) != (kind.same)(row) || span_of(other).within(days).is_none());
            return is_free && self.has_personas(table, keeper, row);
        }
        let once: &[&str] = match table.name {
            name if name == ROLES.name => &["contact_id", "organization_id", "contact_type"],
            name if name == PERSONAS.name => &["contact_id", "organization_id", "persona"],
            _ => return true,
        };
        standing.all(|(_, other)| !alike(other, row, once))
    }

    /// Whether the duplicate is in the organization's books as what a relationship names it.
    fn has_personas(&self, table: &'static Table, keeper: Uuid, row: &Row) -> bool {
        let holds = |persona: &str| {
            self.book.rows(PERSONAS).any(|(_, held)| {
                stands(PERSONAS, held)
                    && id_in(held, "contact_id") == Some(self.duplicate)
                    && id_in(held, "organization_id") == Some(keeper)
                    && text_in(held, "persona") == Some(persona)
            })
        };
        PERSONA_OF
            .iter()
            .filter(|(column, _)| table.people.contains(column) && id_in(row, column) == Some(self.duplicate))
            .all(|(_, persona)| holds(persona))
    }

    /// Says what stays with the survivor.
    pub(super) fn tell_since(&mut self) {
        for (table, id) in self.came_since() {
            let Some(row) = self.book.row(table, id).cloned().filter(|row| stands(table, row)) else { continue };
            let keeper = table.keeper.and_then(|column| id_in(&row, column));
            let is_lost = keeper.is_some_and(|keeper| !self.is_seen(self.survivor, keeper, &Keys::new()));
            self.leave(table, id, &row, if is_lost { OUT_OF_SIGHT } else { CAME });
        }
    }
}

/// Whether an organization sees those who are named in its rows.
fn is_ground(table: &Table) -> bool {
    [ROLES.name, REFERRALS.name].contains(&table.name)
}
