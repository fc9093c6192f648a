//! Relay connections, once for all lists: pages, edges, nodes and a count that is computed only when asked for.

use std::borrow::Cow;
use std::sync::Arc;

use async_graphql::{Context, Object, ObjectType, OutputType, Result, SimpleObject, TypeName};
use futures::future::BoxFuture;
use liaison_domain::failure::Fault;
use liaison_domain::reading::{Cursor, Page, Slice, Walk};

use crate::error;

/// So many rows a page has unless told.
pub const USUAL_PAGE: u32 = 50;
/// So many rows a page has at most.
pub const LARGEST_PAGE: u32 = 200;

/// Reads the four arguments of a connection.
pub fn page(first: Option<i32>, after: Option<String>, last: Option<i32>, before: Option<String>) -> Result<Page> {
    let limit = |name: &str, asked: i32| match u32::try_from(asked) {
        Ok(limit) if limit <= LARGEST_PAGE => Ok(limit),
        Ok(_) => Err(error::bad_input(format!(
            "{name} may be at most {LARGEST_PAGE}; it is {asked}: ask for pages, with after or before"
        ))),
        Err(_) => Err(error::bad_input(format!("{name} must be 0 to {LARGEST_PAGE}; it is {asked}"))),
    };
    let (limit, walk) = match (first, last) {
        (Some(_), Some(_)) => return Err(error::bad_input("give first or last, not both")),
        (Some(first), None) => (limit("first", first)?, Walk::Forward),
        (None, Some(last)) => (limit("last", last)?, Walk::Backward),
        (None, None) => (USUAL_PAGE, Walk::Forward),
    };
    let cursor = |text: Option<String>| {
        text.map(|text| Cursor::decode(&text)).transpose().map_err(|bad| error::bad_input(bad.to_string()))
    };
    Ok(Page { limit, walk, after: cursor(after)?, before: cursor(before)? })
}

/// Where a page stands in its list.
#[derive(Clone, SimpleObject)]
pub struct PageInfo {
    /// Whether rows follow the last edge. Paging backwards: whether there is a `before`.
    has_next_page: bool,
    /// Whether rows precede the first edge. Paging forwards: whether there is an `after`.
    has_previous_page: bool,
    /// The cursor of the first edge.
    start_cursor: Option<String>,
    /// The cursor of the last edge.
    end_cursor: Option<String>,
}

impl PageInfo {
    fn of<T>(slice: &Slice<T>) -> Self {
        let cursor = |row: Option<&(Cursor, T)>| row.map(|(cursor, _)| cursor.encode());
        Self {
            has_next_page: slice.has_next,
            has_previous_page: slice.has_previous,
            start_cursor: cursor(slice.rows.first()),
            end_cursor: cursor(slice.rows.last()),
        }
    }
}

/// An edge: what a connection needs to know of it.
pub trait EdgeOf: ObjectType {
    /// What it leads to.
    type Node: OutputType + Clone;
    /// The connection's name.
    const CONNECTION: &'static str;
    /// The node at its end.
    fn node(&self) -> &Self::Node;
}

/// Counts a list when somebody asks.
pub type Count = Arc<dyn Fn() -> BoxFuture<'static, Result<i64, Fault>> + Send + Sync>;

/// A page of a list.
pub struct Connection<E> {
    edges: Vec<E>,
    info: PageInfo,
    count: Count,
}

impl<E: EdgeOf> Connection<E> {
    /// A page whose rows become edges by `edge`.
    pub fn of<T>(slice: &Slice<T>, count: Count, edge: impl Fn(String, &T) -> E) -> Self {
        let info = PageInfo::of(slice);
        let edges = slice.rows.iter().map(|(cursor, row)| edge(cursor.encode(), row)).collect();
        Self { edges, info, count }
    }

    /// A page whose rows become edges by `edge`, but for those that it leaves out.
    pub fn of_some<T>(slice: &Slice<T>, count: Count, edge: impl Fn(String, &T) -> Option<E>) -> Self {
        let info = PageInfo::of(slice);
        let edges = slice.rows.iter().filter_map(|(cursor, row)| edge(cursor.encode(), row)).collect();
        Self { edges, info, count }
    }
}

impl<E: EdgeOf> TypeName for Connection<E> {
    fn type_name() -> Cow<'static, str> {
        Cow::Borrowed(E::CONNECTION)
    }
}

/// A page of a list, forwards with `first` and `after`, backwards with `last` and `before`: 50 rows unless told, 200 at most.
#[Object(name_type)]
impl<E: EdgeOf> Connection<E> {
    /// The rows with what their links know.
    async fn edges(&self) -> &[E] {
        &self.edges
    }

    /// The rows alone.
    async fn nodes(&self) -> Vec<E::Node> {
        self.edges.iter().map(|edge| edge.node().clone()).collect()
    }

    /// Where the page stands in its list.
    async fn page_info(&self) -> &PageInfo {
        &self.info
    }

    /// How many rows the whole list has, for you; computed only when asked for.
    async fn total_count(&self, _context: &Context<'_>) -> Result<i64> {
        (self.count)().await.map_err(|fault| error::of_fault(&fault))
    }
}
