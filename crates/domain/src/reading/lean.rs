//! Rows as they are written: the columns that somebody wants and no others. Of links downhill from the links' own rows, which repeat what
//! lists show of the nodes that they lead to. Both walls stand as in `linked`; there only is no other table to look into.

use std::collections::HashMap;
use std::fmt::Write as _;
use std::sync::Arc;

use chrono::{DateTime, NaiveDate, Utc};
use liaison_entity::{Junction, Node, contact};
use sqlx::postgres::{PgRow, Postgres};
use sqlx::{Decode, QueryBuilder, Row, Type};
use uuid::Uuid;

use super::filter::Reach;
use super::linked::{LinkOrder, LinkQuery, Side, keys, parent_of, push_conditions, with_ends};
use super::listing::{ListError, Listing, Page, Push, Slice, of_parent};
use crate::access::{Ends, Sighted, SightedLink};
use crate::failure::Fault;
use crate::link;
use crate::session::Reader;

/// A column that is wanted of a row of links.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Wanted {
    /// The link's own.
    Link(&'static str),
    /// The node's that it leads to, from the node's own row: for lists uphill.
    Node(&'static str),
}

/// The name under which links downhill repeat a column of the nodes that they lead to; nothing, if they do not.
pub fn repeated<J: Junction>(column: &str) -> Option<&'static str> {
    link::repeated(J::TABLE, column)
}

/// One row: what it is about, and the columns that were wanted, in their order.
pub struct LeanRow {
    row: Arc<PgRow>,
    /// Where the node's id stands.
    node: usize,
    /// Where the wanted columns begin.
    first: usize,
}

impl LeanRow {
    /// A row that begins with a node's id.
    pub(super) fn of_node(row: PgRow) -> Result<Self, Fault> {
        Ok(Self { row: Arc::new(row), node: 0, first: 1 })
    }

    /// A row that begins with a parent's id and the node's.
    fn of_link(row: Arc<PgRow>) -> Self {
        Self { row, node: 1, first: 2 }
    }

    /// The node that it is about, or that the link leads to.
    pub fn node_id(&self) -> Result<Uuid, Fault> {
        Ok(self.row.try_get(self.node)?)
    }

    fn get<'r, T: Decode<'r, Postgres> + Type<Postgres>>(&'r self, at: usize) -> Result<T, Fault> {
        Ok(self.row.try_get(self.first + at)?)
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

/// Adds what is wanted to a select list.
fn add(columns: &mut String, wanted: &[Wanted]) {
    for column in wanted {
        let (alias, column) = match column {
            Wanted::Link(column) => ('l', column),
            Wanted::Node(column) => ('n', column),
        };
        let _ = write!(columns, ", {alias}.{column}");
    }
}

/// The select list of a node's row.
pub(super) fn lean_columns(wanted: &[Wanted]) -> String {
    let mut columns = "n.id AS \"node\"".to_owned();
    add(&mut columns, wanted);
    columns
}

/// The links of many parents, a page for each: these columns of theirs, in one statement. The columns are names of ours.
pub async fn lean<J: SightedLink + Junction>(
    reader: &Reader,
    side: Side,
    parents: Vec<Uuid>,
    query: &LinkQuery,
    page: &Page,
    wanted: &[Wanted],
) -> Result<HashMap<Uuid, Slice<LeanRow>>, ListError> {
    query.filter.check::<J>(reader).await?;
    let scope = reader.scope();
    let conditions = |sql: &mut QueryBuilder<Postgres>| push_conditions::<J>(sql, scope, side, &query.filter);
    let parent = parent_of::<J>(side);
    let listing = listing::<J>(side, query, wanted, &parent, &conditions);
    listing.rows_of_parents(reader, parents, page, |row| Ok(LeanRow::of_link(Arc::new(row)))).await
}

fn listing<'a, J: SightedLink + Junction>(
    side: Side,
    query: &LinkQuery,
    wanted: &[Wanted],
    parent: &'a str,
    conditions: &'a Push<'a>,
) -> Listing<'a> {
    let (order, keys) = keys::<J>(side, query.order);
    let mut columns = match side {
        Side::Downhill => format!("l.{} AS \"node\"", J::DOWNHILL_ID),
        Side::Uphill => format!("l.{} AS \"node\"", J::UPHILL_ID),
    };
    add(&mut columns, wanted);
    // Where a link says nothing of its ends, they are looked for as ever; and uphill links repeat nothing.
    let is_by_itself = side == Side::Downhill && J::ENDS == Ends::Follow;
    Listing {
        columns,
        from: if is_by_itself { format!("{} l", J::TABLE) } else { with_ends::<J>(side) },
        join: None,
        parent: Some(parent),
        order,
        keys,
        id: "l.id",
        direction: query.direction,
        conditions,
    }
}

/// Pushes the `SELECT` of one node in sight by its id, with `first` before all other conditions. Somebody who was merged is not found
/// by an id of old: for whom it stands is a question of its own.
fn push_node<N: Sighted>(reader: &Reader, sql: &mut QueryBuilder<Postgres>, columns: String, first: &str, id: Uuid) {
    let itself = if N::TABLE == <contact::Entity as Node>::TABLE { "n.merged_into_id IS NULL AND " } else { "" };
    sql.push(format_args!("SELECT {columns} FROM {} n WHERE {first}{itself}n.id = ", N::TABLE));
    sql.push_bind(id).push(" AND ");
    N::in_sight(reader.scope(), sql, "n");
}

/// One node in sight by its own id: these columns of its row. `is_alone`: the request asks for nothing else.
pub async fn lean_node<N: Sighted>(
    reader: &Reader,
    is_alone: bool,
    id: Uuid,
    wanted: &[Wanted],
) -> Result<Option<LeanRow>, Fault> {
    let mut begun = reader.begin(is_alone);
    push_node::<N>(reader, &mut begun.sql, lean_columns(wanted), begun.first, id);
    let rows = reader.finish(begun).await?;
    rows.into_iter().next().map(LeanRow::of_node).transpose()
}

/// A list of links of one node.
#[derive(Clone, Copy, Debug)]
pub struct LeanList<'a> {
    /// Which way.
    pub side: Side,
    /// Which links.
    pub query: &'a LinkQuery,
    /// Which page.
    pub page: &'a Page,
    /// Which columns.
    pub wanted: &'a [Wanted],
}

/// A node and a page of its links.
pub type Rooted = (LeanRow, Slice<LeanRow>);

/// As [`lean_node`], and with it one list of links of the node: one statement for both. `is_alone`: the request asks for nothing else.
pub async fn lean_rooted<N: Sighted, J: SightedLink + Junction>(
    reader: &Reader,
    is_alone: bool,
    id: Uuid,
    wanted: &[Wanted],
    list: LeanList<'_>,
) -> Result<Option<Rooted>, ListError> {
    let LeanList { side, query, page, wanted: wanted_of_links } = list;
    query.filter.check::<J>(reader).await?;
    let is_alone = is_alone && query.filter.asked::<J>().is_empty();
    let scope = reader.scope();
    let conditions = |sql: &mut QueryBuilder<Postgres>| push_conditions::<J>(sql, scope, side, &query.filter);
    let parent = parent_of::<J>(side);
    let listing = listing::<J>(side, query, wanted_of_links, &parent, &conditions);
    let mut begun = reader.begin(is_alone);
    let sql = &mut begun.sql;
    sql.push("SELECT parents.id AS \"parent\", page.*, parents.* FROM (");
    let mut columns = "n.id".to_owned();
    add(&mut columns, wanted);
    push_node::<N>(reader, sql, columns, begun.first, id);
    sql.push(") AS parents LEFT JOIN LATERAL (");
    listing.push_page(sql, &of_parent(&parent), page)?;
    sql.push(") AS page ON TRUE");
    let rows = reader.finish(begun).await?;
    let Some(first) = rows.first() else { return Ok(None) };
    // Behind the parent and the node stand the link's columns and the keys of the order, then the root's id and its columns.
    let behind = 2 + wanted_of_links.len() + 1 + listing.keys.len();
    let is_empty = first.try_get::<Option<Uuid>, _>("key_id").map_err(Fault::from)?.is_none();
    let rows: Vec<Arc<PgRow>> = rows.into_iter().map(Arc::new).collect();
    let root = LeanRow { row: rows[0].clone(), node: 0, first: behind + 1 };
    if is_empty {
        return Ok(Some((root, Slice::empty(page))));
    }
    let slices = listing.slice(rows.into_iter().map(|row| (None, row)), page, |row| Ok(LeanRow::of_link(row)))?;
    let slice = slices.into_values().next().unwrap_or_else(|| Slice::empty(page));
    Ok(Some((root, slice)))
}
