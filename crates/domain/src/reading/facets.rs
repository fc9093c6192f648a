//! How many contacts of a list there are of each kind: what the chips of a filter show. Every number is counted in the rows that the
//! page is cut from; it reads nothing that the list does not.

use std::collections::HashMap;

use liaison_entity::values::{ContactMethod, ContactType, VerificationState};
use liaison_entity::{
    contact_address, contact_email, contact_phone, email_code, organization, organization_contact, phone_code,
};
use sea_orm::{ActiveEnum, Iterable};
use sqlx::Row;
use sqlx::postgres::PgRow;

use super::filter::{Asker, Condition, ContactFilter, MethodFilter, Reach, Related, push_email, push_phone, push_rows};
use super::linked::LinkFilter;
use super::list::{self, ContactOrder, ContactQuery};
use super::listing::{Direction, ListError};
use super::{columns, model};
use crate::access::{Sighted, SightedLink};
use crate::session::{Reader, Sql};

/// So many values of an open-ended kind are told: those that most contacts have.
const MOST: u32 = 10;

/// A value and how many contacts choosing it alone would find.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Found<T> {
    /// The value.
    pub value: T,
    /// How many contacts.
    pub count: i64,
}

/// The facets of one list. Each leaves out what the filter's own outermost condition says of its kind, so that the number beside a chip
/// is what choosing that chip finds; everything else of the query holds, and on the same row where the filter says so.
#[derive(Clone, Copy)]
pub struct Facets<'a> {
    reader: &'a Reader,
    query: &'a ContactQuery,
}

/// What is counted: a value of the contact `n`, or of rows `r` and `m` that belong to it.
struct Counted<'a> {
    value: &'static str,
    /// How the value is written, where several spellings are one.
    spelling: &'static str,
    /// Pushes ` FROM … WHERE …`: the rows of one contact.
    rows: Box<Rows<'a>>,
}

type Rows<'a> = dyn Fn(&mut Sql, &Asker<'_>) + Send + Sync + 'a;

const NO_SPELLING: &str = "NULL::text";

/// A value of the contact's own row.
fn of_own_row(value: &'static str) -> Counted<'static> {
    Counted { value, spelling: NO_SPELLING, rows: Box::new(|_, _| {}) }
}

/// Where the contact works.
fn of_employers<'a>(value: &'static str, wanted: &'a LinkFilter) -> Counted<'a> {
    type Link = organization_contact::Entity;
    let rows = |sql: &mut Sql, asker: &Asker<'_>| {
        sql.push(" FROM organization_contacts r WHERE r.contact_id = n.id AND r.unlinked_at IS NULL AND ");
        Link::link_in_sight(asker.scope(), sql, "r");
        wanted.push::<Link>(sql, "r", "r");
    };
    Counted { value, spelling: NO_SPELLING, rows: Box::new(rows) }
}

/// What hangs below the contact.
fn of_methods<'a, J: SightedLink>(
    value: &'static str,
    reach: Reach,
    push: impl Fn(&mut Sql, &Asker<'_>) + Send + Sync + 'a,
) -> Counted<'a> {
    let rows = move |sql: &mut Sql, asker: &Asker<'_>| {
        push_rows::<J>(sql, asker.scope(), reach);
        push(sql, asker);
    };
    Counted { value, spelling: NO_SPELLING, rows: Box::new(rows) }
}

/// What the outermost condition says of one related row: the facet asks it of the row that it counts.
fn take<F: Default>(related: Option<&mut Related<F>>) -> F {
    related.and_then(|related| related.some.take()).unwrap_or_default()
}

impl<'a> Facets<'a> {
    /// Of a list of the directory.
    pub const fn of(reader: &'a Reader, query: &'a ContactQuery) -> Self {
        Self { reader, query }
    }

    /// By role.
    pub async fn types(self) -> Result<Vec<Found<ContactType>>, ListError> {
        let mut filter = self.query.filter.clone();
        let wanted = LinkFilter { contact_types: None, ..take(filter.organizations.as_mut()) };
        self.closed(&filter, of_employers("r.contact_type", &wanted)).await
    }

    /// By the organizations that they have a role at.
    pub async fn organizations(self) -> Result<Vec<Found<organization::Model>>, ListError> {
        let mut filter = self.query.filter.clone();
        let wanted = LinkFilter { organization_ids: None, ..take(filter.organizations.as_mut()) };
        self.nodes::<organization::Entity>(&filter, of_employers("r.organization_id", &wanted), "o.sort_name").await
    }

    /// By steward, as far as the viewer sees it.
    pub async fn owners(self) -> Result<Vec<Found<organization::Model>>, ListError> {
        let filter = ContactFilter { owner_organization_ids: None, ..self.query.filter.clone() };
        self.nodes::<organization::Entity>(&filter, of_own_row("n.owner_organization_id"), "o.sort_name").await
    }

    /// By whether they are active.
    pub async fn is_active(self) -> Result<Vec<Found<bool>>, ListError> {
        let filter = ContactFilter { is_active: None, ..self.query.filter.clone() };
        self.flag(&filter, "n.is_active").await
    }

    /// By whether they must not be contacted.
    pub async fn do_not_contact(self) -> Result<Vec<Found<bool>>, ListError> {
        let filter = ContactFilter { do_not_contact: None, ..self.query.filter.clone() };
        self.flag(&filter, "n.do_not_contact").await
    }

    /// By how they prefer to be reached; `None` is of those who have named no way.
    pub async fn preferred_methods(self) -> Result<Vec<Found<Option<ContactMethod>>>, ListError> {
        let filter = ContactFilter { preferred_methods: None, ..self.query.filter.clone() };
        let counts = self.counts(&filter, of_own_row("n.preferred_contact_method")).await?;
        let values = ContactMethod::iter().map(Some).chain([None]);
        Ok(values
            .map(|value| Found { value, count: count(&counts, value.map(|value| value.to_value()).as_deref()) })
            .collect())
    }

    /// By the codes of their phones.
    pub async fn phone_codes(self) -> Result<Vec<Found<phone_code::Model>>, ListError> {
        let mut filter = self.query.filter.clone();
        let mut wanted: MethodFilter = take(filter.phones.as_mut());
        wanted.link.codes = None;
        self.nodes::<phone_code::Entity>(&filter, of_phones("r.method_code_id", &wanted), "o.sort_order").await
    }

    /// By the codes of their email addresses.
    pub async fn email_codes(self) -> Result<Vec<Found<email_code::Model>>, ListError> {
        let mut filter = self.query.filter.clone();
        let mut wanted: MethodFilter = take(filter.emails.as_mut());
        wanted.link.codes = None;
        self.nodes::<email_code::Entity>(&filter, of_emails("r.method_code_id", &wanted), "o.sort_order").await
    }

    /// By what is known of their phones.
    pub async fn phone_states(self) -> Result<Vec<Found<VerificationState>>, ListError> {
        let mut filter = self.query.filter.clone();
        let mut wanted: MethodFilter = take(filter.phones.as_mut());
        wanted.link.verification_states = None;
        self.closed(&filter, of_phones("m.verification_state", &wanted)).await
    }

    /// By what is known of their email addresses.
    pub async fn email_states(self) -> Result<Vec<Found<VerificationState>>, ListError> {
        let mut filter = self.query.filter.clone();
        let mut wanted: MethodFilter = take(filter.emails.as_mut());
        wanted.link.verification_states = None;
        self.closed(&filter, of_emails("m.verification_state", &wanted)).await
    }

    /// By city: spellings that differ in case and accents alone are one, told in one of them.
    pub async fn cities(self) -> Result<Vec<Found<String>>, ListError> {
        let mut filter = self.query.filter.clone();
        let wanted = LinkFilter { cities: None, ..take(filter.addresses.as_mut()) };
        let counted = of_methods::<contact_address::Entity>("app.folded(m.city)", Reach::Node, |sql, _| {
            wanted.push::<contact_address::Entity>(sql, "r", "m");
        });
        let rows = self
            .rows(&filter, Counted { spelling: "m.city", ..counted }, "", |sql| {
                sql.push(format_args!(" ORDER BY number DESC, found.value LIMIT {MOST}"));
            })
            .await?;
        rows.iter().map(|row| Ok(Found { value: row.try_get("spelling")?, count: row.try_get("number")? })).collect()
    }

    /// The numbers of a closed set, each value in its order, also those that nobody has.
    async fn closed<E>(self, filter: &ContactFilter, counted: Counted<'_>) -> Result<Vec<Found<E>>, ListError>
    where
        E: ActiveEnum<Value = String> + Iterable,
    {
        let counts = self.counts(filter, counted).await?;
        Ok(E::iter()
            .map(|value| {
                let count = count(&counts, Some(value.to_value().as_str()));
                Found { value, count }
            })
            .collect())
    }

    async fn flag(self, filter: &ContactFilter, column: &'static str) -> Result<Vec<Found<bool>>, ListError> {
        let counts = self.counts(filter, of_own_row(column)).await?;
        Ok([true, false]
            .map(|value| Found { value, count: count(&counts, Some(if value { "true" } else { "false" })) })
            .to_vec())
    }

    /// The numbers by the values' texts.
    async fn counts(
        self,
        filter: &ContactFilter,
        counted: Counted<'_>,
    ) -> Result<HashMap<Option<String>, i64>, ListError> {
        let rows = self.rows(filter, counted, "", |_| {}).await?;
        rows.iter().map(|row| Ok((row.try_get("value")?, row.try_get("number")?))).collect()
    }

    /// The numbers of an open set of nodes in sight, most first.
    async fn nodes<N: Sighted>(
        self,
        filter: &ContactFilter,
        counted: Counted<'_>,
        tie: &'static str,
    ) -> Result<Vec<Found<N::Model>>, ListError> {
        let scope = self.reader.scope();
        let head = format!("SELECT counted.number, {} FROM (", columns::<N>("o", "o_"));
        let rows = self
            .rows(filter, counted, &head, |sql| {
                sql.push(format_args!(") AS counted JOIN {} o ON o.id = counted.value::uuid WHERE ", N::TABLE));
                N::in_sight(scope, sql, "o");
                sql.push(format_args!(" ORDER BY counted.number DESC, {tie}, o.id LIMIT {MOST}"));
            })
            .await?;
        rows.into_iter()
            .map(|row| {
                let count = row.try_get("number")?;
                Ok(Found { value: model::<N>(&row.into(), "o_")?, count })
            })
            .collect()
    }

    /// One statement: each value with the number of contacts that have it, once each.
    async fn rows(
        self,
        filter: &ContactFilter,
        counted: Counted<'_>,
        head: &str,
        tail: impl Fn(&mut Sql) + Send,
    ) -> Result<Vec<PgRow>, ListError> {
        list::check(self.reader, &self.query.filter).await?;
        let scope = self.reader.scope();
        let asker = self.query.asker(self.reader).await?;
        let searched = self.query.found(asker.region());
        let conditions = |sql: &mut Sql| list::push_directory(sql, scope, filter, &asker, searched.as_ref());
        let listing = list::directory(scope, ContactOrder::Name, Direction::Ascending, &conditions);
        let Counted { value, spelling, rows } = counted;
        // For each contact by itself: its few rows by index, each value once, and nothing to sort but the values found.
        let mut sql = Sql::new(format!(
            "{head}SELECT found.value, min(found.spelling) AS spelling, count(*) AS number
               FROM {} CROSS JOIN LATERAL (SELECT ({value})::text AS value, min({spelling}) AS spelling",
            listing.from
        ));
        rows(&mut sql, &asker);
        sql.push(format_args!(" GROUP BY {value}) AS found WHERE "));
        conditions(&mut sql);
        sql.push(" GROUP BY found.value");
        tail(&mut sql);
        Ok(self.reader.fetch(sql).await?)
    }
}

/// Phones by their code, which the link repeats, or by what the phone itself knows.
fn of_phones<'a>(value: &'static str, wanted: &'a MethodFilter) -> Counted<'a> {
    of_methods::<contact_phone::Entity>(value, reach(value, wanted), |sql, asker| {
        push_phone(wanted, asker.region(), sql);
    })
}

/// As [`of_phones`], of email addresses.
fn of_emails<'a>(value: &'static str, wanted: &'a MethodFilter) -> Counted<'a> {
    of_methods::<contact_email::Entity>(value, reach(value, wanted), |sql, _| push_email(wanted, sql))
}

fn reach(value: &str, wanted: &MethodFilter) -> Reach {
    if value.starts_with("m.") { Reach::Node } else { wanted.reach() }
}

fn count(counts: &HashMap<Option<String>, i64>, value: Option<&str>) -> i64 {
    counts.get(&value.map(str::to_owned)).copied().unwrap_or_default()
}
