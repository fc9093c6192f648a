//! The codes that filters name: whether the vocabularies know them. Codes are everybody's, so what is known may be told; it reads nothing
//! else.

use std::collections::BTreeSet;

use liaison_entity::{Code, email_code, phone_code};
use sqlx::Row;

use super::super::linked::LinkFilter;
use super::super::listing::ListError;
use crate::access::Sighted;
use crate::failure::Refusal;
use crate::session::{Reader, Sql};

/// The codes of every installation: nobody renames or deletes them, so that they need no look. The list is the migrations'.
const PHONES: [&str; 5] = ["emergency", "fax", "home", "mobile", "office"];
const EMAILS: [&str; 5] = ["billing", "notification", "personal", "support", "work"];

/// The codes that a filter names, of both vocabularies.
#[derive(Debug, Default)]
pub(in super::super) struct Asked<'a> {
    phones: BTreeSet<&'a str>,
    emails: BTreeSet<&'a str>,
}

impl<'a> Asked<'a> {
    /// Adds those of phones.
    pub(in super::super) fn phones(&mut self, filters: impl Iterator<Item = &'a LinkFilter>) {
        self.phones.extend(named(filters).filter(|code| !PHONES.contains(code)));
    }

    /// Adds those of email addresses.
    pub(in super::super) fn emails(&mut self, filters: impl Iterator<Item = &'a LinkFilter>) {
        self.emails.extend(named(filters).filter(|code| !EMAILS.contains(code)));
    }

    /// Whether no vocabulary has to be asked.
    pub(in super::super) fn is_empty(&self) -> bool {
        self.phones.is_empty() && self.emails.is_empty()
    }

    /// Refuses a code that its vocabulary does not know: to find nothing would look like an answer. Retired codes are known.
    pub(in super::super) async fn are_known(self, reader: &Reader) -> Result<(), ListError> {
        check::<phone_code::Entity>(reader, "phone", self.phones).await?;
        check::<email_code::Entity>(reader, "email", self.emails).await
    }
}

fn named<'a>(filters: impl Iterator<Item = &'a LinkFilter>) -> impl Iterator<Item = &'a str> {
    filters.flat_map(|filter| &filter.codes).flatten().map(String::as_str)
}

async fn check<C: Code + Sighted>(reader: &Reader, noun: &str, asked: BTreeSet<&str>) -> Result<(), ListError> {
    if asked.is_empty() {
        return Ok(());
    }
    let mut sql = Sql::new(format!("SELECT n.code FROM {} n WHERE ", C::TABLE));
    C::in_sight(reader.scope(), &mut sql, "n");
    sql.push(" ORDER BY n.sort_order, n.id");
    let rows = reader.fetch(sql).await?;
    let known = rows.iter().map(|row| row.try_get(0)).collect::<Result<Vec<String>, sqlx::Error>>()?;
    match asked.into_iter().find(|code| !known.iter().any(|other| other == code)) {
        // Whoever may read nothing is told of no vocabulary.
        Some(code) if !known.is_empty() => Err(ListError::Refused(Refusal::invalid(
            "codes",
            format!("there is no {noun} code {code}: codes may name {}", known.join(", ")),
        ))),
        _ => Ok(()),
    }
}
