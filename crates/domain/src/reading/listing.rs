//! One statement builder for every list: of the whole directory, or of many parents at once; by keyset, forwards and backwards.
//! It knows nothing of what is listed.

use std::collections::HashMap;

use chrono::{DateTime, Datelike, NaiveDate, Utc};
use postgres_types::Type;
use sea_orm::QueryResult;
use sqlx::Row as _;
use sqlx::postgres::PgRow;
use uuid::Uuid;

use super::Source;
use super::cells::Cells;
use super::cursor::{BadCursor, Cursor};
use crate::failure::{Fault, Refusal};
use crate::session::Sql;

/// Which way an order runs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Direction {
    /// Smallest first.
    #[default]
    Ascending,
    /// Largest first.
    Descending,
}

/// From which end a page is cut.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Walk {
    /// `first`: from the start, or from `after` on.
    Forward,
    /// `last`: from the end, or before `before`.
    Backward,
}

/// One page of a list.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Page {
    /// At most so many rows.
    pub limit: u32,
    /// From which end.
    pub walk: Walk,
    /// Only rows after this one.
    pub after: Option<Cursor>,
    /// Only rows before this one.
    pub before: Option<Cursor>,
}

impl Page {
    /// The first rows of a list.
    pub const fn first(limit: u32) -> Self {
        Self { limit, walk: Walk::Forward, after: None, before: None }
    }

    /// Makes a page of rows that were read in the order of the walk, one more than the page has when the list goes on: whether it goes
    /// on after them, and whether rows stand before them.
    pub(super) fn cut<T>(&self, rows: &mut Vec<T>) -> (bool, bool) {
        let more = rows.len() > self.limit as usize;
        rows.truncate(self.limit as usize);
        match self.walk {
            Walk::Forward => (more, self.after.is_some()),
            Walk::Backward => {
                rows.reverse();
                (self.before.is_some(), more)
            }
        }
    }
}

/// The rows of a page, in the list's order.
#[derive(Clone, Debug)]
pub struct Slice<T> {
    /// Each row with its cursor.
    pub rows: Vec<(Cursor, T)>,
    /// Whether the list goes on after the last row.
    pub has_next: bool,
    /// Whether rows stand before the first one.
    pub has_previous: bool,
}

impl<T> Slice<T> {
    /// A page without rows: what it says of its neighbours follows from the cursors that it was asked with.
    pub fn empty(page: &Page) -> Self {
        Self { rows: Vec::new(), has_next: page.before.is_some(), has_previous: page.after.is_some() }
    }

    /// As [`Page::cut`].
    pub(crate) fn cut(&mut self, page: &Page) {
        (self.has_next, self.has_previous) = page.cut(&mut self.rows);
    }
}

impl<T> Default for Slice<T> {
    fn default() -> Self {
        Self { rows: Vec::new(), has_next: false, has_previous: false }
    }
}

/// What kind of value a sort key is: how a cursor's text is bound.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum KeyKind {
    Text,
    Instant,
    Day,
    Flag,
    Number,
    Fraction,
}

impl KeyKind {
    const fn cast(self) -> &'static str {
        match self {
            Self::Text => "text COLLATE \"C\"",
            Self::Instant => "timestamptz",
            Self::Day => "date",
            Self::Flag => "boolean",
            Self::Number => "bigint",
            Self::Fraction => "double precision",
        }
    }

    /// Whether a cursor's text is a value of this kind: what reaches SQL always parses there.
    pub(super) fn accepts(self, text: &str) -> bool {
        match self {
            Self::Text => true,
            // PostgreSQL has no year 0 and fewer years than chrono.
            Self::Instant => text.parse::<DateTime<Utc>>().is_ok_and(|at| (1..=9_999).contains(&at.year())),
            Self::Day => text.parse::<NaiveDate>().is_ok_and(|day| (1..=9_999).contains(&day.year())),
            Self::Flag => text == "true" || text == "false",
            Self::Number => text.parse::<i64>().is_ok(),
            Self::Fraction => text.parse::<f64>().is_ok_and(f64::is_finite),
        }
    }

    /// The key's text in a cursor.
    fn text(self, expression: &str) -> String {
        match self {
            // Microseconds and a zone, whatever the session's settings.
            Self::Instant => {
                format!("to_char(({expression}) AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.US\"Z\"')")
            }
            // Whatever the session's style of dates.
            Self::Day => format!("to_char(({expression}), 'YYYY-MM-DD')"),
            _ => format!("({expression})::text"),
        }
    }
}

/// One expression that a list is ordered by; never null. Nullable columns take two: whether null, and the value or a stand-in.
#[derive(Clone, Copy, Debug)]
pub(super) struct Key {
    pub expression: &'static str,
    pub kind: KeyKind,
}

/// Something that pushes a part of a statement.
pub(super) type Push<'a> = dyn Fn(&mut Sql) + Send + Sync + 'a;

/// A list as a statement.
pub(super) struct Listing<'a> {
    /// The select list.
    pub columns: String,
    /// Tables and joins.
    pub from: String,
    /// Pushes one more join, when what is joined takes values: the order of a search. It is for pages; counts do without.
    pub join: Option<&'a Push<'a>>,
    /// The column that names the parent, when there are parents.
    pub parent: Option<&'a str>,
    /// The name of the order, part of every cursor.
    pub order: &'static str,
    pub keys: &'a [Key],
    /// The tie-break, a UUID.
    pub id: &'static str,
    pub direction: Direction,
    /// Pushes what rows must satisfy, beginning with a condition and no `AND`.
    pub conditions: &'a Push<'a>,
}

/// Why a list cannot be read.
#[derive(Clone, Debug, PartialEq)]
pub enum ListError {
    /// The page named a cursor of another list.
    Cursor(BadCursor),
    /// What was asked cannot be meant.
    Refused(Refusal),
    /// It broke.
    Fault(Fault),
}

impl ListError {
    /// Of a list that no client asked for so: what does not fit is our bug.
    pub fn ours(self) -> Fault {
        match self {
            Self::Fault(fault) => fault,
            Self::Cursor(bad) => Fault::Internal(format!("a cursor of our own was refused: {bad}")),
            Self::Refused(refusal) => Fault::Internal(format!("a list of our own was refused: {}", refusal.message)),
        }
    }
}

impl From<BadCursor> for ListError {
    fn from(bad: BadCursor) -> Self {
        Self::Cursor(bad)
    }
}

impl<E: Into<Fault>> From<E> for ListError {
    fn from(error: E) -> Self {
        Self::Fault(error.into())
    }
}

/// Where a row tells its place in the list's order.
#[derive(Clone, Copy, Debug)]
pub(super) struct KeyPlace {
    /// The name of the order.
    pub order: &'static str,
    /// Where the row's id stands; the keys stand behind it.
    pub id: usize,
    /// How many keys there are.
    pub keys: usize,
}

impl KeyPlace {
    /// The place as a cursor.
    pub(super) fn cursor(self, cells: Cells<'_>) -> Result<Cursor, Fault> {
        let keys = (self.id + 1..=self.id + self.keys).map(|at| cells.get(at, &Type::TEXT));
        Ok(Cursor::new(self.order, keys.collect::<Result<Vec<String>, _>>()?, cells.get(self.id, &Type::UUID)?))
    }
}

/// The condition that a list's rows are those of the parent whose id stands there.
pub(super) fn of_parent(parent: &str, id: &str) -> String {
    format!("{parent} = {id} AND ")
}

impl Listing<'_> {
    /// The list of everything that satisfies the conditions.
    pub(super) async fn whole<T>(
        &self,
        source: &impl Source,
        page: &Page,
        read: impl Fn(&QueryResult) -> Result<T, Fault>,
    ) -> Result<Slice<T>, ListError> {
        let mut sql = Sql::new("");
        self.push_page(&mut sql, "", page, true)?;
        let rows = source.fetch(sql).await?.into_iter().map(|row| self.placed(row, &read));
        let mut slice = Slice { rows: rows.collect::<Result<_, _>>()?, ..Slice::default() };
        slice.cut(page);
        Ok(slice)
    }

    /// The lists of many parents: one statement, a page for each.
    pub(super) async fn of_parents<T>(
        &self,
        source: &impl Source,
        parents: Vec<Uuid>,
        page: &Page,
        read: impl Fn(&QueryResult) -> Result<T, Fault>,
    ) -> Result<HashMap<Uuid, Slice<T>>, ListError> {
        let parent = self.parent.ok_or_else(|| Fault::Internal("this list has no parents".to_owned()))?;
        let mut sql = Sql::new("SELECT parents.id AS \"parent\", page.* FROM unnest(");
        sql.push_bind(parents).push("::uuid[]) AS parents (id) CROSS JOIN LATERAL (");
        self.push_page(&mut sql, &of_parent(parent, "parents.id"), page, true)?;
        sql.push(") AS page");
        let mut slices: HashMap<Uuid, Slice<T>> = HashMap::new();
        for row in source.fetch(sql).await? {
            let parent = row.try_get(0).map_err(Fault::from)?;
            slices.entry(parent).or_default().rows.push(self.placed(row, &read)?);
        }
        for slice in slices.values_mut() {
            slice.cut(page);
        }
        Ok(slices)
    }

    /// A row that ends with its place, with its cursor.
    fn placed<T>(&self, row: PgRow, read: &impl Fn(&QueryResult) -> Result<T, Fault>) -> Result<(Cursor, T), Fault> {
        let keys = self.keys.len();
        let place = KeyPlace { order: self.order, id: row.len() - 1 - keys, keys };
        Ok((place.cursor(Cells::Lent(&row))?, read(&row.into())?))
    }

    /// How many rows each parent's list has; parents with none are not in the map.
    pub(super) async fn count_of_parents(
        &self,
        source: &impl Source,
        parents: Vec<Uuid>,
    ) -> Result<HashMap<Uuid, i64>, Fault> {
        let parent = self.parent.ok_or_else(|| Fault::Internal("this list has no parents".to_owned()))?;
        let mut sql =
            Sql::new(format!("SELECT {parent} AS parent, count(*) AS number FROM {} WHERE {parent} = ANY(", self.from));
        sql.push_bind(parents).push(") AND ");
        (self.conditions)(&mut sql);
        sql.push(format_args!(" GROUP BY {parent}"));
        let rows = source.fetch(sql).await?;
        rows.iter()
            .map(|row| Ok((row.try_get("parent")?, row.try_get("number")?)))
            .collect::<Result<_, sqlx::Error>>()
            .map_err(Fault::from)
    }

    /// How many rows the list has.
    pub(super) async fn count(&self, source: &impl Source) -> Result<i64, Fault> {
        let mut sql = Sql::new(format!("SELECT count(*) FROM {} WHERE ", self.from));
        (self.conditions)(&mut sql);
        let rows = source.fetch(sql).await?;
        let row = rows.first().ok_or_else(|| Fault::Internal("a count gave no row".to_owned()))?;
        Ok(row.try_get(0)?)
    }

    /// Pushes the `SELECT` of a page, with `first` before all other conditions. `is_placed`: with the rows' places behind their columns, for
    /// cursors.
    pub(super) fn push_page(&self, sql: &mut Sql, first: &str, page: &Page, is_placed: bool) -> Result<(), BadCursor> {
        sql.push("SELECT ").push(&self.columns);
        if is_placed {
            sql.push(format_args!(", {} AS \"key_id\"", self.id));
            for (at, key) in self.keys.iter().enumerate() {
                sql.push(format_args!(", {} AS \"key_{at}\"", key.kind.text(key.expression)));
            }
        }
        sql.push(" FROM ").push(&self.from);
        if let Some(join) = self.join {
            join(sql);
        }
        sql.push(" WHERE ").push(first);
        (self.conditions)(sql);
        let ascending = self.direction == Direction::Ascending;
        for (cursor, beyond) in [(&page.after, ascending), (&page.before, !ascending)] {
            if let Some(cursor) = cursor {
                self.push_beyond(sql, cursor, if beyond { ">" } else { "<" })?;
            }
        }
        let way = if ascending == (page.walk == Walk::Forward) { "ASC" } else { "DESC" };
        sql.push(" ORDER BY ");
        for key in self.keys {
            sql.push(format_args!("{} {way}, ", key.expression));
        }
        // One more than asked for tells whether the list goes on.
        sql.push(format_args!("{} {way} LIMIT {}", self.id, u64::from(page.limit) + 1));
        Ok(())
    }

    /// All keys run one way and none is null, so the place of a row is one row comparison, which one index serves.
    fn push_beyond(&self, sql: &mut Sql, cursor: &Cursor, than: &str) -> Result<(), BadCursor> {
        let kinds: Vec<KeyKind> = self.keys.iter().map(|key| key.kind).collect();
        let values = cursor.values(self.order, &kinds)?;
        sql.push(" AND (");
        for key in self.keys {
            sql.push(key.expression).push(", ");
        }
        sql.push(format_args!("{}) {than} (", self.id));
        for (key, value) in self.keys.iter().zip(values) {
            sql.push_bind(value.clone()).push(format_args!("::{}, ", key.kind.cast()));
        }
        sql.push_bind(cursor.id()).push(")");
        Ok(())
    }
}
