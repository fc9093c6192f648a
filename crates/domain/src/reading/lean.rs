//! Links as lists show them: the columns that somebody wants and no others, from the links' own rows, which repeat what lists show of the
//! nodes that they lead to. Both walls stand as in `linked`; there only is no other table to look into.

use std::collections::HashMap;

use chrono::{DateTime, NaiveDate, Utc};
use liaison_entity::Junction;
use sqlx::postgres::{PgRow, Postgres};
use sqlx::{Decode, QueryBuilder, Row, Type};
use uuid::Uuid;

use super::filter::Reach;
use super::linked::{LinkOrder, LinkQuery, Side, keys, push_conditions, shape};
use super::listing::{ListError, Listing, Page, Slice};
use crate::access::{Ends, SightedLink};
use crate::failure::Fault;
use crate::session::Reader;

/// One link: where it leads, and the columns that were wanted, in their order.
pub struct LeanRow {
    row: PgRow,
}

/// Before the wanted columns stand the parent and the node.
const BEFORE: usize = 2;

impl LeanRow {
    /// The node that it leads to.
    pub fn node_id(&self) -> Result<Uuid, Fault> {
        Ok(self.row.try_get(BEFORE - 1)?)
    }

    fn get<'r, T: Decode<'r, Postgres> + Type<Postgres>>(&'r self, at: usize) -> Result<T, Fault> {
        Ok(self.row.try_get(BEFORE + at)?)
    }

    /// A wanted column that holds text, if it holds any.
    pub fn text(&self, at: usize) -> Result<Option<&str>, Fault> {
        self.get(at)
    }

    /// A wanted column that holds an id.
    pub fn id(&self, at: usize) -> Result<Uuid, Fault> {
        self.get(at)
    }

    /// A wanted column that is true or false.
    pub fn flag(&self, at: usize) -> Result<bool, Fault> {
        self.get(at)
    }

    /// A wanted column that holds a number.
    pub fn number(&self, at: usize) -> Result<i32, Fault> {
        self.get(at)
    }

    /// A wanted column that holds an instant, if it holds any.
    pub fn instant(&self, at: usize) -> Result<Option<DateTime<Utc>>, Fault> {
        self.get(at)
    }

    /// A wanted column that holds a day, if it holds any.
    pub fn day(&self, at: usize) -> Result<Option<NaiveDate>, Fault> {
        self.get(at)
    }
}

/// Whether the rows of links can answer by themselves: nothing is filtered and ordered by that only the nodes know.
pub fn is_lean(query: &LinkQuery) -> bool {
    query.filter.reach() == Reach::Link && query.order != LinkOrder::UpdatedAt
}

/// The links downhill of many parents, a page for each: these columns of theirs, in one statement. The columns are names of ours.
pub async fn lean<J: SightedLink + Junction>(
    reader: &Reader,
    parents: Vec<Uuid>,
    query: &LinkQuery,
    page: &Page,
    wanted: &[&'static str],
) -> Result<HashMap<Uuid, Slice<LeanRow>>, ListError> {
    query.filter.check::<J>(reader).await?;
    let scope = reader.scope();
    let (order, keys) = keys::<J>(Side::Downhill, query.order);
    let whole = shape::<J>(Side::Downhill);
    let conditions = |sql: &mut QueryBuilder<Postgres>| push_conditions::<J>(sql, scope, Side::Downhill, &query.filter);
    let mut columns = format!("l.{} AS \"node\"", J::DOWNHILL_ID);
    for column in wanted {
        columns.push_str(", l.");
        columns.push_str(column);
    }
    let listing = Listing {
        columns,
        // Where a link says nothing of its ends, they are looked for as ever.
        from: if J::ENDS == Ends::AreAsked { whole.from } else { format!("{} l", J::TABLE) },
        join: None,
        parent: Some(&whole.parent),
        order,
        keys,
        id: "l.id",
        direction: query.direction,
        conditions: &conditions,
    };
    listing.rows_of_parents(reader, parents, page, |row| Ok(LeanRow { row })).await
}
