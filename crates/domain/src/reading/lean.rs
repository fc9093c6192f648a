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

use super::cursor::Cursor;
use super::filter::Reach;
use super::linked::{LinkOrder, LinkQuery, Side, keys, parent_of, push_conditions, with_ends};
use super::listing::{KeyPlace, ListError, Listing, Page, Push, Slice, of_parent};
use crate::access::{Ends, Scope, Sighted, SightedLink};
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
    /// Of the code that the method of the link has.
    Code {
        /// Where such codes stand.
        table: &'static str,
        /// The code's own column.
        column: &'static str,
    },
}

/// The name under which links downhill repeat a column of the nodes that they lead to; nothing, if they do not.
pub fn repeated<J: Junction>(column: &str) -> Option<&'static str> {
    link::repeated(J::TABLE, column)
}

/// What is wanted of each row of a list.
#[derive(Clone, Copy, Debug)]
pub struct LeanColumns<'a> {
    /// These columns.
    pub wanted: &'a [Wanted],
    /// And its cursor.
    pub is_placed: bool,
}

impl LeanColumns<'_> {
    /// The select list of nodes' rows.
    pub(super) fn of_nodes(self) -> String {
        lean_columns(self.wanted)
    }
}

/// One row: what it is about, and the columns that were wanted, in their order.
pub struct LeanRow {
    row: Arc<PgRow>,
    /// Where the node's id stands.
    node: usize,
    /// Where the wanted columns begin.
    first: usize,
    /// Where its place in a list stands.
    place: Option<KeyPlace>,
}

/// A page of rows that make their cursors when they are asked for them.
pub type LeanSlice = Slice<LeanRow, ()>;

impl LeanRow {
    /// A row that begins with a node's id.
    pub(super) fn of_node(row: PgRow, place: Option<KeyPlace>) -> Result<((), Self), Fault> {
        Ok(((), Self { row: Arc::new(row), node: 0, first: 1, place }))
    }

    /// A row that begins with a parent's id and the node's.
    fn of_link(row: Arc<PgRow>, place: Option<KeyPlace>) -> ((), Self) {
        ((), Self { row, node: 1, first: 2, place })
    }

    /// Its cursor; only of a list whose rows are to tell their places.
    pub fn cursor(&self) -> Result<Cursor, Fault> {
        let place = self.place.ok_or_else(|| Fault::Internal("a row was not asked for its place".to_owned()))?;
        place.cursor(&self.row)
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
        // To a text that grows nothing is refused.
        let _ = match column {
            Wanted::Link(column) => write!(columns, ", l.{column}"),
            Wanted::Node(column) => write!(columns, ", n.{column}"),
            Wanted::Code { table, column } => {
                write!(
                    columns,
                    ", (SELECT k.{column} FROM {table} k WHERE k.id = l.method_code_id) AS \"code_{column}\""
                )
            }
        };
    }
}

/// The select list of a node's row.
fn lean_columns(wanted: &[Wanted]) -> String {
    let mut columns = "n.id AS \"node\"".to_owned();
    add(&mut columns, wanted);
    columns
}

/// A list of links of a node, or of many: the same of each.
#[derive(Clone, Copy, Debug)]
pub struct LeanList<'a> {
    /// Which way.
    pub side: Side,
    /// Which links.
    pub query: &'a LinkQuery,
    /// Which page.
    pub page: &'a Page,
    /// What of each.
    pub columns: LeanColumns<'a>,
}

/// The links of many parents, a page for each: these columns of theirs, in one statement. The columns are names of ours.
pub async fn lean<J: SightedLink + Junction>(
    reader: &Reader,
    parents: Vec<Uuid>,
    list: LeanList<'_>,
) -> Result<HashMap<Uuid, LeanSlice>, ListError> {
    let LeanList { side, query, page, columns } = list;
    query.filter.check::<J>(reader).await?;
    let scope = reader.scope();
    let conditions = |sql: &mut QueryBuilder<Postgres>| push_conditions::<J>(sql, scope, side, &query.filter);
    let parent = parent_of::<J>(side);
    let listing = listing::<J>(scope, list, &parent, &conditions);
    let read = |row, place| Ok(LeanRow::of_link(Arc::new(row), place));
    listing.rows_of_parents(reader, parents, page, columns.is_placed, read).await
}

fn listing<'a, J: SightedLink + Junction>(
    scope: Scope,
    list: LeanList<'_>,
    parent: &'a str,
    conditions: &'a Push<'a>,
) -> Listing<'a> {
    let LeanList { side, query, columns: LeanColumns { wanted, .. }, .. } = list;
    let (order, keys) = keys::<J>(side, query.order);
    let mut columns = match side {
        Side::Downhill => format!("l.{} AS \"node\"", J::DOWNHILL_ID),
        Side::Uphill => format!("l.{} AS \"node\"", J::UPHILL_ID),
    };
    add(&mut columns, wanted);
    // Where a link says nothing of its ends, they are looked for as ever, but for those who see everything; and uphill links repeat nothing.
    let is_by_itself = side == Side::Downhill && (J::ENDS == Ends::Follow || scope == Scope::Everything);
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
    rows.into_iter().next().map(|row| Ok(LeanRow::of_node(row, None)?.1)).transpose()
}

/// A node and a page of its links.
pub type Rooted = (LeanRow, LeanSlice);

/// As [`lean_node`], and with it one list of links of the node: one statement for both. `is_alone`: the request asks for nothing else.
pub async fn lean_rooted<N: Sighted, J: SightedLink + Junction>(
    reader: &Reader,
    is_alone: bool,
    id: Uuid,
    wanted: &[Wanted],
    list: LeanList<'_>,
) -> Result<Option<Rooted>, ListError> {
    let LeanList { side, query, page, columns: of_links } = list;
    query.filter.check::<J>(reader).await?;
    let is_alone = is_alone && query.filter.asked::<J>().is_empty();
    let scope = reader.scope();
    let conditions = |sql: &mut QueryBuilder<Postgres>| push_conditions::<J>(sql, scope, side, &query.filter);
    let parent = parent_of::<J>(side);
    let listing = listing::<J>(scope, list, &parent, &conditions);
    let mut begun = reader.begin(is_alone);
    let sql = &mut begun.sql;
    sql.push("SELECT parents.id AS \"parent\", page.*, parents.* FROM (");
    let mut columns = "n.id".to_owned();
    add(&mut columns, wanted);
    push_node::<N>(reader, sql, columns, begun.first, id);
    sql.push(") AS parents LEFT JOIN LATERAL (");
    listing.push_page(sql, &of_parent(&parent), page, of_links.is_placed)?;
    sql.push(") AS page ON TRUE");
    let rows: Vec<Arc<PgRow>> = reader.finish(begun).await?.into_iter().map(Arc::new).collect();
    let Some(first) = rows.first() else { return Ok(None) };
    // Behind the parent and the node stand the link's columns and its place, then the root's id and its columns.
    let id = 2 + of_links.wanted.len();
    let keys = listing.keys.len();
    let place = of_links.is_placed.then_some(KeyPlace { order: listing.order, id, keys });
    let behind = if of_links.is_placed { id + 1 + keys } else { id };
    let root = LeanRow { row: first.clone(), node: 0, first: behind + 1, place: None };
    let mut slice = Slice::empty(page);
    if first.try_get::<Option<Uuid>, _>(1).map_err(Fault::from)?.is_some() {
        slice.rows = rows.into_iter().map(|row| LeanRow::of_link(row, place)).collect();
        slice.cut(page);
    }
    Ok(Some((root, slice)))
}
