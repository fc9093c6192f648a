//! The rows that name some people, in memory: a merge changes them here, and what differs afterwards is what the event keeps.

use std::collections::{BTreeMap, HashMap};

use chrono::{DateTime, NaiveDate, SecondsFormat, Utc};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use sqlx::Row as _;
use sqlx::postgres::PgRow;
use uuid::Uuid;

use super::days::Span;
use super::table::{FOLLOWING, Table, named};
use crate::failure::{Failure, Fault};
use crate::session::{Sql, Work};
use crate::{link, text};

/// A row by its columns.
pub(super) type Row = Map<String, Value>;

/// One row as it was and as it is: only the columns that differ, and those with which it is set aside. Nothing before is a row that was
/// opened.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Image {
    /// Its table.
    pub table: String,
    /// Which row.
    pub id: Uuid,
    /// As it was.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub before: Option<Row>,
    /// As it is.
    pub after: Row,
    /// The row of the survivor's into which it was closed: should that end, it does not come back.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub into: Option<Uuid>,
    /// The row whose days an opened one has.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub of: Option<Uuid>,
}

/// What a method is, as far as it matters which of two equal ones stays.
#[derive(Clone, Debug, Default)]
pub(super) struct Method {
    /// Whether something is known of whether it works: it was verified, or it bounced.
    pub is_settled: bool,
    /// Whether it must not be used for notifications.
    pub is_silent: bool,
    /// Where it is, folded; of addresses alone.
    pub place: Option<String>,
    /// Whether it was deleted.
    pub is_deleted: bool,
    /// What the links to a phone or an email address repeat of it: its code and its match key.
    pub repeated: Option<(Uuid, String)>,
    /// How people write it.
    pub told: String,
}

/// The rows that name some people, by table and id.
#[derive(Clone, Debug, Default)]
pub(super) struct Book {
    rows: BTreeMap<(&'static str, Uuid), Row>,
    /// The methods that links lead to.
    pub methods: HashMap<Uuid, Method>,
    into: BTreeMap<(&'static str, Uuid), Uuid>,
    of: BTreeMap<(&'static str, Uuid), Uuid>,
}

/// An instant as every image spells it, whatever the database's time zone.
fn instant(value: &Value) -> Option<Value> {
    let at = DateTime::parse_from_rfc3339(value.as_str()?).ok()?;
    Some(told_at(at.with_timezone(&Utc)))
}

/// An instant as images spell it.
pub(super) fn told_at(at: DateTime<Utc>) -> Value {
    json!(at.to_rfc3339_opts(SecondsFormat::Micros, true))
}

/// A row as the database tells it, with its instants as images spell them.
pub(super) fn canonical(row: Value) -> Result<Row, Fault> {
    let Value::Object(mut row) = row else {
        return Err(Fault::Internal("a row is not an object".to_owned()));
    };
    for (column, value) in &mut row {
        if (column.ends_with("_at") || column.ends_with("_since"))
            && let Some(told) = instant(value)
        {
            *value = told;
        }
    }
    Ok(row)
}

/// The id in a column.
pub(super) fn id_in(row: &Row, column: &str) -> Option<Uuid> {
    row.get(column)?.as_str()?.parse().ok()
}

/// The text in a column.
pub(super) fn text_in<'a>(row: &'a Row, column: &str) -> Option<&'a str> {
    row.get(column)?.as_str()
}

/// Whether a flag is up.
pub(super) fn is_up(row: &Row, column: &str) -> bool {
    row.get(column) == Some(&Value::Bool(true))
}

/// Whether a column has nothing.
pub(super) fn is_empty(row: &Row, column: &str) -> bool {
    row.get(column).is_none_or(Value::is_null)
}

/// The days of a row.
pub(super) fn span_of(row: &Row) -> Span {
    let day = |column| text_in(row, column).and_then(|text| text.parse::<NaiveDate>().ok());
    Span::new(day("starts_on"), day("ends_on"))
}

impl Book {
    /// Everything that names one of these people in the tables whose rows follow them. The reader sees everything, or others' rows would
    /// be left behind.
    pub async fn of(work: &Work<'_>, people: &[Uuid]) -> Result<Self, Failure> {
        let mut sql = Sql::new("");
        for (at, table) in FOLLOWING.iter().enumerate() {
            let union = if at == 0 { "" } else { " UNION ALL " };
            sql.push(format_args!(
                "{union}SELECT '{0}' AS name, {1} AS told FROM {0} t WHERE ",
                table.name, table.read
            ));
            for (at, column) in table.people.iter().enumerate() {
                let or = if at == 0 { "" } else { " OR " };
                sql.push(format_args!("{or}t.{column} = ANY(")).push_bind(people.to_vec()).push(")");
            }
        }
        let mut book = Self::default();
        for row in work.rows().fetch(sql).await? {
            let name: &str = row.try_get("name").map_err(Fault::from)?;
            let table = named(name).ok_or_else(|| Fault::Internal(format!("the unknown table {name}")))?;
            let told = canonical(row.try_get("told").map_err(Fault::from)?)?;
            book.put(table, told)?;
        }
        book.methods = methods(work, book.method_ids()).await?;
        Ok(book)
    }

    fn put(&mut self, table: &'static Table, mut row: Row) -> Result<(), Fault> {
        // What a link repeats of its node is a read model: it has no place among facts.
        link::leave_out_repeated(table.name, &mut row);
        let id = id_in(&row, "id").ok_or_else(|| Fault::Internal(format!("a row of {} without an id", table.name)))?;
        self.rows.insert((table.name, id), row);
        Ok(())
    }

    /// The methods that the rows lead to.
    pub fn method_ids(&self) -> Vec<Uuid> {
        let ids = |row: &Row| ["phone_id", "email_id", "address_id"].into_iter().find_map(|column| id_in(row, column));
        let mut ids: Vec<Uuid> = self.rows.values().filter_map(ids).collect();
        ids.sort_unstable();
        ids.dedup();
        ids
    }

    /// Every row, with its table.
    pub fn all(&self) -> impl Iterator<Item = (&'static Table, Uuid, &Row)> {
        self.rows.iter().filter_map(|((name, id), row)| Some((named(name)?, *id, row)))
    }

    /// The rows of a table.
    pub fn rows(&self, table: &'static Table) -> impl Iterator<Item = (Uuid, &Row)> {
        self.rows.iter().filter(|((name, _), _)| *name == table.name).map(|((_, id), row)| (*id, row))
    }

    /// The ids of a table's rows of which this is so.
    pub fn ids(&self, table: &'static Table, is_meant: impl Fn(&Row) -> bool) -> Vec<Uuid> {
        self.rows(table).filter(|(_, row)| is_meant(row)).map(|(id, _)| id).collect()
    }

    /// One row.
    pub fn row(&self, table: &'static Table, id: Uuid) -> Option<&Row> {
        self.rows.get(&(table.name, id))
    }

    /// Writes a column of a row.
    pub fn set(&mut self, table: &'static Table, id: Uuid, column: &str, value: Value) {
        debug_assert!(table.columns.contains(&column), "a merge does not write {column} of {}", table.name);
        if let Some(row) = self.rows.get_mut(&(table.name, id)) {
            row.insert(column.to_owned(), value);
        }
    }

    /// Opens a row with days of another one.
    pub fn open(&mut self, table: &'static Table, id: Uuid, row: Row, of: Uuid) {
        debug_assert!(table.may_open, "a merge opens no row of {}", table.name);
        self.rows.insert((table.name, id), row);
        self.of.insert((table.name, id), of);
    }

    /// Whether a row was opened here.
    pub fn is_opened(&self, table: &'static Table, id: Uuid) -> bool {
        self.of.contains_key(&(table.name, id))
    }

    /// Notes into which of the survivor's rows another one was closed.
    pub fn note_into(&mut self, table: &'static Table, id: Uuid, kept: Uuid) {
        self.into.insert((table.name, id), kept);
    }

    /// What differs from how it was before, row by row in the tables' order.
    pub fn images(&self, before: &Self) -> Vec<Image> {
        let mut images = Vec::new();
        for table in FOLLOWING {
            for (id, row) in self.rows(table) {
                let key = (table.name, id);
                let (of, into) = (self.of.get(&key).copied(), self.into.get(&key).copied());
                let Some(was) = before.row(table, id) else {
                    images.push(Image { table: table.name.to_owned(), id, before: None, after: row.clone(), into, of });
                    continue;
                };
                if row == was {
                    continue;
                }
                let aside = table.aside.as_ref().map_or(&[][..], |aside| aside.columns);
                let told = |row: &Row, other: &Row| -> Row {
                    let columns = table
                        .columns
                        .iter()
                        .filter(|column| aside.contains(column) || row.get(**column) != other.get(**column));
                    columns
                        .map(|column| ((*column).to_owned(), row.get(*column).cloned().unwrap_or(Value::Null)))
                        .collect()
                };
                let (before, after) = (told(was, row), told(row, was));
                images.push(Image { table: table.name.to_owned(), id, before: Some(before), after, into, of: None });
            }
        }
        images
    }

    /// Whether two rows lead to one place, under one address or under two that say the same.
    pub fn is_one_place(&self, one: &Row, other: &Row) -> bool {
        let place = |row: &Row| {
            let id = id_in(row, "address_id")?;
            self.methods.get(&id)?.place.clone()
        };
        one.get("address_id") == other.get("address_id") || place(one).is_some_and(|here| place(other) == Some(here))
    }

    /// The same rows, with nothing noted of how they came to be as they are.
    pub fn settled(&self) -> Self {
        Self { into: BTreeMap::new(), of: BTreeMap::new(), ..self.clone() }
    }
}

/// What is known of these methods.
async fn methods(work: &Work<'_>, ids: Vec<Uuid>) -> Result<HashMap<Uuid, Method>, Failure> {
    let mut sql = Sql::new(
        "SELECT id, verification_state NOT IN ('unverified', 'pending') AS is_settled, false AS is_silent,
                NULL::text[] AS place, deleted_at IS NOT NULL AS is_deleted, phone_code_id AS code_id,
                e164, extension, number AS told FROM phones_projection WHERE id = ANY(",
    );
    sql.push_bind(ids.clone());
    sql.push(
        ") UNION ALL
         SELECT id, verification_state NOT IN ('unverified', 'pending'), NOT is_notification_enabled, NULL, deleted_at IS NOT NULL,
                email_code_id, normalized, NULL, address
         FROM emails_projection WHERE id = ANY(",
    );
    sql.push_bind(ids.clone());
    sql.push(
        ") UNION ALL
         SELECT id, false, false, ARRAY[street1, coalesce(street2, ''), city, coalesce(state, ''), coalesce(postal_code, ''), country],
                deleted_at IS NOT NULL, NULL, NULL, NULL, street1 || ', ' || city
         FROM addresses_projection WHERE id = ANY(",
    );
    sql.push_bind(ids).push(")");
    let mut known = HashMap::new();
    for row in work.rows().fetch(sql).await? {
        let (id, method) = method(&row).map_err(Fault::from)?;
        known.insert(id, method);
    }
    Ok(known)
}

fn method(row: &PgRow) -> Result<(Uuid, Method), sqlx::Error> {
    let place: Option<Vec<String>> = row.try_get("place")?;
    let place = place.map(|parts| text::sort_key(&parts.iter().map(String::as_str).collect::<Vec<_>>()));
    let (code, told): (Option<Uuid>, String) = (row.try_get("code_id")?, row.try_get("told")?);
    let (key, extension): (Option<String>, Option<String>) = (row.try_get("e164")?, row.try_get("extension")?);
    // An email's key stands where a phone's number does, and needs no spelling of its own.
    let is_email = key.as_ref().is_some_and(|key| key.contains('@'));
    let key = match key {
        Some(key) if is_email => key,
        key => text::phone_match_key(key.as_deref(), &told, extension.as_deref()),
    };
    let method = Method {
        is_settled: row.try_get("is_settled")?,
        is_silent: row.try_get("is_silent")?,
        place,
        is_deleted: row.try_get("is_deleted")?,
        repeated: code.map(|code| (code, key)),
        told,
    };
    Ok((row.try_get("id")?, method))
}
