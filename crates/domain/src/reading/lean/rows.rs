//! What lean statements gave: rows as they came, of which each cell is read where it stands when somebody asks for it, and the lists that
//! came with a row as arrays of records in its last cells.

use std::sync::Arc;

use chrono::{DateTime, NaiveDate, Utc};
use postgres_types::{FromSql, Type};
use uuid::Uuid;

use super::super::cells::{Cells, Ids};
use super::super::cursor::Cursor;
use super::super::listing::{KeyPlace, Page, Slice};
use crate::failure::Fault;
use crate::session::Row;

/// Where rows of a statement, or records of a list below, have what.
#[derive(Debug)]
pub(super) struct Shape {
    /// Where the node's id stands.
    pub node: usize,
    /// Where the wanted columns stand, if not one after the other behind the node's id.
    pub columns: Option<Vec<usize>>,
    /// Where its place in a list stands, if it was asked for.
    pub place: Option<KeyPlace>,
    /// The lists below.
    pub below: Vec<Below>,
}

/// A list that came with a row.
#[derive(Debug)]
pub(super) struct Below {
    /// Where it stands.
    pub at: usize,
    /// What its records have.
    pub shape: Shape,
    /// The page that was asked of it.
    pub page: Page,
    /// Where it is told which of the nodes below its records are in sight, if they are not all.
    pub sight: Option<usize>,
}

/// Of what has no rows.
static NOTHING: Shape = Shape { node: 0, columns: None, place: None, below: Vec::new() };

/// One row: what it is about, the columns that were wanted, in their order, and the lists that came with it.
#[derive(Clone, Copy)]
pub struct LeanRow<'a> {
    cells: Cells<'a>,
    shape: &'a Shape,
    /// Which of the nodes below it are in sight, if they are not all.
    sight: Option<Ids<'a>>,
}

impl<'a> LeanRow<'a> {
    /// Its cursor; only of a list whose rows are to tell their places.
    pub fn cursor(self) -> Result<Cursor, Fault> {
        let place = self.shape.place.ok_or_else(|| Fault::Internal("a row was not asked for its place".to_owned()))?;
        place.cursor(self.cells)
    }

    /// The node that it is about, or that the link leads to.
    pub fn node_id(self) -> Result<Uuid, Fault> {
        self.cells.get(self.shape.node, &Type::UUID)
    }

    /// A list that came with it, by its place among those that were to.
    pub fn list(self, at: usize) -> Result<LeanSlice<'a>, Fault> {
        let none = || Fault::Internal("a list was not asked for with its rows".to_owned());
        let Below { at, shape, page, sight } = self.shape.below.get(at).ok_or_else(none)?;
        let mut records = self.cells.records(*at)?;
        if let Some(ids) = self.sight {
            let mut seen = Vec::with_capacity(records.len());
            for cells in records {
                if ids.hold(cells.get(shape.node, &Type::UUID)?)? {
                    seen.push(cells);
                }
            }
            records = seen;
        }
        if records.is_empty() {
            return Ok(LeanSlice::empty(page));
        }
        let sight = match sight {
            Some(at) => self.cells.ids(*at)?,
            None => None,
        };
        Ok(LeanSlice { sight, ..LeanSlice::cut(records, shape, page) })
    }

    fn get<T: FromSql<'a>>(self, at: usize, kind: &Type) -> Result<T, Fault> {
        let at = match &self.shape.columns {
            None => self.shape.node + 1 + at,
            Some(columns) => *columns.get(at).ok_or_else(|| Fault::Internal(format!("there is no column {at}")))?,
        };
        self.cells.get(at, kind)
    }

    /// A wanted column that holds text, if it holds any.
    pub fn text(self, at: usize) -> Result<Option<&'a str>, Fault> {
        self.get(at, &Type::TEXT)
    }

    /// A wanted column that holds an id.
    pub fn id(self, at: usize) -> Result<Uuid, Fault> {
        self.get(at, &Type::UUID)
    }

    /// A wanted column that is true or false.
    pub fn flag(self, at: usize) -> Result<bool, Fault> {
        self.get(at, &Type::BOOL)
    }

    /// A wanted column that holds a number.
    pub fn number(self, at: usize) -> Result<i32, Fault> {
        self.get(at, &Type::INT4)
    }

    /// A wanted column that holds an instant, if it holds any.
    pub fn instant(self, at: usize) -> Result<Option<DateTime<Utc>>, Fault> {
        self.get(at, &Type::TIMESTAMPTZ)
    }

    /// A wanted column that holds a day, if it holds any.
    pub fn day(self, at: usize) -> Result<Option<NaiveDate>, Fault> {
        self.get(at, &Type::DATE)
    }
}

/// A page of rows that make their cursors when they are asked for them.
pub struct LeanSlice<'a> {
    rows: Vec<Cells<'a>>,
    shape: &'a Shape,
    sight: Option<Ids<'a>>,
    /// Whether the list goes on after the last row.
    pub has_next: bool,
    /// Whether rows stand before the first one.
    pub has_previous: bool,
}

impl<'a> LeanSlice<'a> {
    /// A page of rows that were read in the order of the walk.
    fn cut(mut rows: Vec<Cells<'a>>, shape: &'a Shape, page: &Page) -> Self {
        let (has_next, has_previous) = page.cut(&mut rows);
        Self { rows, shape, sight: None, has_next, has_previous }
    }

    /// As [`Slice::empty`].
    pub fn empty(page: &Page) -> Self {
        let Slice::<()> { has_next, has_previous, .. } = Slice::empty(page);
        Self { rows: Vec::new(), shape: &NOTHING, sight: None, has_next, has_previous }
    }

    /// Its rows, in the list's order.
    pub fn rows(&self) -> impl DoubleEndedIterator<Item = LeanRow<'a>> + ExactSizeIterator {
        let Self { shape, sight, .. } = *self;
        self.rows.iter().map(move |cells| LeanRow { cells: *cells, shape, sight })
    }
}

/// A page of a list as its statement gave it.
pub struct LeanPage {
    rows: Vec<Row>,
    shape: Arc<Shape>,
    page: Page,
}

impl LeanPage {
    pub(super) fn new(rows: Vec<Row>, shape: Arc<Shape>, page: &Page) -> Self {
        Self { rows, shape, page: page.clone() }
    }

    pub(super) fn push(&mut self, row: Row) {
        self.rows.push(row);
    }

    /// To be read.
    pub fn slice(&self) -> LeanSlice<'_> {
        LeanSlice::cut(self.rows.iter().map(Cells::of).collect(), &self.shape, &self.page)
    }
}

/// A node's row as its statement gave it.
pub struct LeanNode {
    row: Row,
    shape: Shape,
}

impl LeanNode {
    pub(super) const fn new(row: Row, shape: Shape) -> Self {
        Self { row, shape }
    }

    /// To be read.
    pub const fn row(&self) -> LeanRow<'_> {
        LeanRow { cells: Cells::of(&self.row), shape: &self.shape, sight: None }
    }
}
