//! Rows as they are written: the columns that somebody wants and no others. Of links downhill from the links' own rows, which repeat what
//! lists show of the nodes that they lead to. Both walls stand as in `linked`; there only is no other table to look into.
//!
//! Lists below rows may come with them, in one statement however deep they stand: behind the columns of a row stands an array for each
//! list, of records that are that list's page of the row's node. It is the page as it would be read by itself, of one parent. Of what is
//! mostly asked for below contacts each has a card ready (`cards`).

pub(crate) mod cards;
mod rows;

use std::collections::HashMap;
use std::fmt::Write as _;
use std::hash::{Hash, Hasher};
use std::sync::Arc;

use liaison_entity::{Junction, Node, contact, organization_contact};
use postgres_types::Type;
use uuid::Uuid;

use super::cells::Cells;
use super::cursor::BadCursor;
use super::filter::{Asked, Reach};
use super::linked::{LinkFilter, LinkOrder, LinkQuery, Side, keys, parent_of, push_conditions, with_ends};
use super::listing::{Key, KeyPlace, ListError, Listing, Page, of_parent};
use crate::access::{Ends, Scope, Sighted, SightedLink};
use crate::link;
use crate::session::{Reader, Row, Sql};
use rows::{Below, Shape};
pub use rows::{LeanNode, LeanPage, LeanRow, LeanSlice};

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

/// The links of a junction, followed from one of its ends.
#[derive(Clone, Copy)]
pub struct Path {
    table: &'static str,
    side: Side,
    keys: fn(Side, LinkOrder) -> (&'static str, &'static [Key]),
    push_page: fn(&mut Sql, Scope, &LeanList, &str) -> Result<(), BadCursor>,
    add_codes: for<'q> fn(&'q LinkFilter, &mut Asked<'q>),
}

impl Path {
    /// From this side.
    pub const fn of<J: SightedLink>(side: Side) -> Self {
        let (keys, push_page, add_codes) = (keys::<J>, push_page::<J>, LinkFilter::add_codes::<J>);
        Self { table: J::TABLE, side, keys, push_page, add_codes }
    }
}

/// A junction's table stands for all that is the junction's.
impl PartialEq for Path {
    fn eq(&self, other: &Self) -> bool {
        (self.table, self.side) == (other.table, other.side)
    }
}

impl Eq for Path {}

impl Hash for Path {
    fn hash<H: Hasher>(&self, state: &mut H) {
        (self.table, self.side).hash(state);
    }
}

/// For whom is read.
#[derive(Clone, Copy)]
struct By {
    /// What the statement must ask for.
    scope: Scope,
    /// Whether the viewer sees everything.
    is_of_all: bool,
}

impl By {
    /// The projector.
    const EVERYBODY: Self = Self { scope: Scope::Everything, is_of_all: true };

    fn of(reader: &Reader) -> Self {
        Self { scope: reader.scope(), is_of_all: reader.viewer().is_super_admin() }
    }
}

/// A list of links of a node, or of many: the same of each.
#[derive(PartialEq, Eq, Hash)]
pub struct LeanList {
    /// Which way.
    pub path: Path,
    /// Which links.
    pub query: LinkQuery,
    /// Which page.
    pub page: Page,
    /// What of each.
    pub columns: LeanColumns,
}

/// What is wanted of each row.
#[derive(Default, PartialEq, Eq, Hash)]
pub struct LeanColumns {
    /// These columns, in this order.
    pub wanted: Vec<Wanted>,
    /// And its cursor.
    pub is_placed: bool,
    /// And these lists of links of its node, in this order.
    pub below: Vec<Arc<LeanList>>,
}

impl LeanList {
    /// Adds the codes that its filter names, and those of the lists that come with it.
    fn add_codes<'a>(&'a self, asked: &mut Asked<'a>) {
        (self.path.add_codes)(&self.query.filter, asked);
        self.columns.add_codes(asked);
    }

    /// What its rows have, with this many cells before the node's id.
    fn shape(&self, by: By, before: usize) -> Shape {
        let (order, keys) = (self.path.keys)(self.path.side, self.query.order);
        self.columns.shape(by, before, order, keys.len())
    }

    /// Pushes the `SELECT` of the page of the parent whose id stands there.
    fn push_page(&self, sql: &mut Sql, scope: Scope, parent: &str) -> Result<(), BadCursor> {
        (self.path.push_page)(sql, scope, self, parent)
    }

    /// Pushes the array of the records of that page, rows of this level, with the lists below them.
    fn push_array(&self, sql: &mut Sql, by: By, parent: &str, level: usize) -> Result<(), BadCursor> {
        sql.push(format_args!("ARRAY(SELECT ROW(page{level}.*"));
        self.columns.push_below(sql, by, level)?;
        sql.push(") FROM (");
        self.push_page(sql, by.scope, parent)?;
        self.columns.end_rows(sql, by, level);
        sql.push(")");
        Ok(())
    }
}

/// How many rows a statement gives.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Rows {
    One,
    Many,
}

/// Pages of no more rows are short to read.
const MOST_OF_SHORT: u32 = 100;

/// A list below many rows is so much more work than one.
const OF_MANY: usize = 4;

impl LeanColumns {
    /// How much work the rows and the lists below them are, if those are short to read: small pages, of links that are filtered by what they
    /// say themselves, and below many rows of methods only, of which nobody has many. A card is next to none.
    fn weight(&self, below: Rows) -> Option<usize> {
        let mut weight = 1;
        for list in &self.below {
            if cards::part_of(list).is_some() {
                continue;
            }
            let is_of_people = list.path.table == <organization_contact::Entity as Junction>::TABLE;
            let is_short = list.page.limit <= MOST_OF_SHORT && list.query.filter.reach() == Reach::Link;
            if !is_short || (below == Rows::Many && is_of_people) {
                return None;
            }
            let lists = list.columns.weight(Rows::Many)?;
            weight += if below == Rows::Many { OF_MANY * lists } else { lists - 1 };
        }
        Some(weight)
    }

    /// Refuses lists below whose filters name codes that nobody knows; whether there was nothing to look up.
    async fn check(&self, reader: &Reader) -> Result<bool, ListError> {
        let mut asked = Asked::default();
        self.add_codes(&mut asked);
        let is_done = asked.is_empty();
        asked.are_known(reader).await?;
        Ok(is_done)
    }

    /// Adds the codes that the filters of the lists below name.
    fn add_codes<'a>(&'a self, asked: &mut Asked<'a>) {
        self.below.iter().for_each(|list| list.add_codes(asked));
    }

    /// What rows of these have, with this many cells before the node's id, in an order of that name and so many keys.
    fn shape(&self, by: By, before: usize, order: &'static str, keys: usize) -> Shape {
        let behind = before + 1 + self.wanted.len();
        let place = self.is_placed.then_some(KeyPlace { order, id: behind, keys });
        let mut at = place.map_or(behind, |place| place.id + 1 + place.keys);
        let below = self.below.iter().map(|list| {
            let (cells, below) = match cards::part_of(list) {
                Some(part) => part.read(by, list, at),
                None => (1, Below { at, shape: list.shape(by, 0), page: list.page.clone(), sight: None }),
            };
            at += cells;
            below
        });
        Shape { node: before, columns: None, place, below: below.collect() }
    }

    /// Pushes, behind the columns of the rows `page…` of this level, the lists below them. The names of levels differ, so that a list names the
    /// row that it is below, and not one of its own.
    fn push_below(&self, sql: &mut Sql, by: By, level: usize) -> Result<(), BadCursor> {
        for list in &self.below {
            if let Some(part) = cards::part_of(list) {
                part.push(sql, by, list, level)?;
                continue;
            }
            sql.push(", ");
            list.push_array(sql, by, &format!("page{level}.node"), level + 1)?;
        }
        Ok(())
    }

    /// Ends the sub-select of the rows of this level, and has their cards beside them if lists below are read from there.
    fn end_rows(&self, sql: &mut Sql, by: By, level: usize) {
        sql.push(format_args!(") AS page{level}"));
        if self.below.iter().any(|list| cards::part_of(list).is_some()) {
            cards::push_card(sql, by.scope, level);
        }
    }

    /// Pushes a `SELECT` of rows, with the lists below them.
    fn push_with_below(
        &self,
        sql: &mut Sql,
        by: By,
        push_rows: impl FnOnce(&mut Sql) -> Result<(), BadCursor>,
    ) -> Result<(), BadCursor> {
        if self.below.is_empty() {
            return push_rows(sql);
        }
        sql.push("SELECT page0.*");
        self.push_below(sql, by, 0)?;
        sql.push(" FROM (");
        push_rows(sql)?;
        self.end_rows(sql, by, 0);
        Ok(())
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
pub(super) fn lean_columns(columns: &LeanColumns) -> String {
    let mut list = "n.id AS \"node\"".to_owned();
    add(&mut list, &columns.wanted);
    list
}

/// As [`LeanList::push_page`], of a junction.
fn push_page<J: SightedLink>(sql: &mut Sql, scope: Scope, list: &LeanList, parent: &str) -> Result<(), BadCursor> {
    let LeanList { path: Path { side, .. }, query, page, columns: LeanColumns { wanted, is_placed, .. } } = list;
    let (order, keys) = keys::<J>(*side, query.order);
    let mut columns = match side {
        Side::Downhill => format!("l.{} AS \"node\"", J::DOWNHILL_ID),
        Side::Uphill => format!("l.{} AS \"node\"", J::UPHILL_ID),
    };
    add(&mut columns, wanted);
    // Where a link says nothing of its ends, they are looked for as ever, but for those who see everything; and uphill links repeat nothing.
    let is_by_itself = *side == Side::Downhill && (J::ENDS == Ends::Follow || scope == Scope::Everything);
    let of = parent_of::<J>(*side);
    let conditions = |sql: &mut Sql| push_conditions::<J>(sql, scope, *side, &query.filter);
    let listing = Listing {
        columns,
        from: if is_by_itself { format!("{} l", J::TABLE) } else { with_ends::<J>(*side) },
        join: None,
        parent: Some(&of),
        order,
        keys,
        id: "l.id",
        direction: query.direction,
        conditions: &conditions,
    };
    listing.push_page(sql, &of_parent(&of, parent), page, *is_placed)
}

/// The links of many parents, a page for each: these columns of theirs and the lists below them, in one statement. The columns are names of
/// ours.
pub async fn lean(reader: &Reader, parents: Vec<Uuid>, list: &LeanList) -> Result<HashMap<Uuid, LeanPage>, ListError> {
    let mut asked = Asked::default();
    list.add_codes(&mut asked);
    asked.are_known(reader).await?;
    let by = By::of(reader);
    let mut sql = Sql::new("SELECT parents.id AS \"parent\", page0.*");
    list.columns.push_below(&mut sql, by, 0)?;
    sql.push(" FROM unnest(").push_bind(parents).push("::uuid[]) AS parents (id) CROSS JOIN LATERAL (");
    list.push_page(&mut sql, by.scope, "parents.id")?;
    list.columns.end_rows(&mut sql, by, 0);
    let shape = Arc::new(list.shape(by, 1));
    let mut pages: HashMap<Uuid, LeanPage> = HashMap::new();
    for row in reader.fetch(sql).await? {
        let parent = Cells::Lent(&row).get(0, &Type::UUID)?;
        pages
            .entry(parent)
            .or_insert_with(|| LeanPage::new(Vec::new(), shape.clone(), &list.page))
            .push(Row::Lent(row));
    }
    Ok(pages)
}

/// A page of a list of nodes: its columns are [`lean_columns`], with the lists below them. `is_alone`: the request asks for nothing else;
/// `is_short`: the database looks at few rows that are not on the page.
pub(super) async fn whole(
    reader: &Reader,
    (is_alone, is_short): (bool, bool),
    listing: &Listing<'_>,
    page: &Page,
    columns: &LeanColumns,
) -> Result<LeanPage, ListError> {
    let is_alone = columns.check(reader).await? && is_alone;
    let mut begun = reader.begin(is_alone);
    begun.weight = columns.weight(Rows::Many).filter(|_| is_short && page.limit <= MOST_OF_SHORT);
    let first = begun.first;
    columns.push_with_below(&mut begun.sql, By::of(reader), |sql| {
        listing.push_page(sql, first, page, columns.is_placed)
    })?;
    let shape = columns.shape(By::of(reader), 0, listing.order, listing.keys.len());
    Ok(LeanPage::new(reader.finish(begun).await?, Arc::new(shape), page))
}

/// Pushes the `SELECT` of one node in sight by its id, with `first` before all other conditions. Somebody who was merged is not found
/// by an id of old: for whom it stands is a question of its own.
fn push_node<N: Sighted>(reader: &Reader, sql: &mut Sql, columns: String, first: &str, id: Uuid) {
    let itself = if N::TABLE == <contact::Entity as Node>::TABLE { "n.merged_into_id IS NULL AND " } else { "" };
    sql.push(format_args!("SELECT {columns} FROM {} n WHERE {first}{itself}n.id = ", N::TABLE));
    sql.push_bind(id).push(" AND ");
    N::in_sight(reader.scope(), sql, "n");
}

/// One node in sight by its own id: these columns of its row and the lists below it, in one statement. `is_alone`: the request asks for
/// nothing else.
pub async fn lean_node<N: Sighted>(
    reader: &Reader,
    is_alone: bool,
    id: Uuid,
    columns: &LeanColumns,
) -> Result<Option<LeanNode>, ListError> {
    let is_alone = columns.check(reader).await? && is_alone;
    let mut begun = reader.begin(is_alone);
    begun.weight = columns.weight(Rows::One);
    let first = begun.first;
    columns.push_with_below(&mut begun.sql, By::of(reader), |sql| {
        push_node::<N>(reader, sql, lean_columns(columns), first, id);
        Ok(())
    })?;
    let row = reader.finish(begun).await?.into_iter().next();
    // A node by its id stands in no order.
    Ok(row.map(|row| LeanNode::new(row, columns.shape(By::of(reader), 0, "", 0))))
}
