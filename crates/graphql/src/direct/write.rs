//! What was fetched, as JSON: the very bytes that resolving each field would have come to.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use liaison_domain::access;
use liaison_domain::failure::Fault;
use liaison_domain::reading::{LeanPage, LeanRow, LeanSlice};
use liaison_domain::text;
use liaison_domain::viewer::Viewer;
use serde::Serialize;
use uuid::Uuid;

use super::fetch::{Fetched, Hanging};
use super::fields::Source;
use super::plan::{Cell, CodeItem, EdgeItem, InfoItem, Items, ListItem, ListPlan, NodeItem, RowPlan};

/// Writes lists for a viewer.
pub(super) struct Writer<'a> {
    pub viewer: &'a Viewer,
    pub out: Vec<u8>,
}

type Written = Result<(), Fault>;

impl Writer<'_> {
    /// The list of one parent, fetched by itself.
    pub fn list(&mut self, plan: &ListPlan, fetched: &Fetched, parent: Uuid) -> Written {
        let page = fetched.pages.get(&parent).map(Arc::as_ref);
        let slice = page.map_or_else(|| LeanSlice::empty(&plan.wants.page), LeanPage::slice);
        self.page(&plan.items, &plan.row, &slice, fetched.count(parent), &fetched.hanging)
    }

    /// The list below a node: as it came with the node's row, or as it was fetched for many.
    fn below(&mut self, plan: &ListPlan, fetched: Option<&Fetched>, row: LeanRow<'_>) -> Written {
        let parent = row.node_id()?;
        match (plan.nested, fetched) {
            (Some(at), Some(fetched)) => {
                self.page(&plan.items, &plan.row, &row.list(at)?, fetched.count(parent), &fetched.hanging)
            }
            // It came with all that it takes.
            (Some(at), None) => self.page(&plan.items, &plan.row, &row.list(at)?, 0, &Hanging::default()),
            (None, Some(fetched)) => self.list(plan, fetched, parent),
            (None, None) => Err(Fault::Internal("a list below was not fetched".to_owned())),
        }
    }

    /// A page of a list.
    pub fn page(
        &mut self,
        items: &Items<ListItem>,
        plan: &RowPlan,
        slice: &LeanSlice<'_>,
        count: i64,
        hanging: &Hanging,
    ) -> Written {
        self.object(items, |writer, item| match item {
            ListItem::TypeName(name) => writer.value(name),
            ListItem::TotalCount => writer.value(&count),
            ListItem::PageInfo(items) => writer.info(items, slice),
            ListItem::Nodes(items) => writer.array(slice.rows(), |writer, row| writer.node(plan, items, hanging, row)),
            ListItem::Edges(items) => writer.array(slice.rows(), |writer, row| {
                writer.object(items, |writer, item| match item {
                    EdgeItem::TypeName(name) => writer.value(name),
                    EdgeItem::Cursor => writer.value(&row.cursor()?.encode()),
                    EdgeItem::Node(items) => writer.node(plan, items, hanging, row),
                    EdgeItem::Cell(cell) => writer.cell(cell, row),
                })
            }),
        })
    }

    /// A node.
    pub fn node(&mut self, plan: &RowPlan, items: &Items<NodeItem>, hanging: &Hanging, row: LeanRow<'_>) -> Written {
        self.object(items, |writer, item| match item {
            NodeItem::TypeName(name) => writer.value(name),
            NodeItem::Cell(cell) => writer.cell(cell, row),
            NodeItem::List(at) => match plan.below.get(*at) {
                Some(plan) => writer.below(plan, hanging.below.get(*at), row),
                None => Err(Fault::Internal("a list below was not planned".to_owned())),
            },
            NodeItem::Code(items) => writer.object(items, |writer, item| match item {
                CodeItem::TypeName(name) => writer.value(name),
                CodeItem::Cell(cell) => writer.cell(cell, row),
            }),
        })
    }

    fn info(&mut self, items: &Items<InfoItem>, slice: &LeanSlice<'_>) -> Written {
        let cursor = |row: Option<LeanRow<'_>>| row.map(|row| Ok::<_, Fault>(row.cursor()?.encode())).transpose();
        self.object(items, |writer, item| match item {
            InfoItem::TypeName => writer.value(&"PageInfo"),
            InfoItem::HasNext => writer.value(&slice.has_next),
            InfoItem::HasPrevious => writer.value(&slice.has_previous),
            InfoItem::Start => writer.value(&cursor(slice.rows().next())?),
            InfoItem::End => writer.value(&cursor(slice.rows().next_back())?),
        })
    }

    fn cell(&mut self, cell: &Cell, row: LeanRow<'_>) -> Written {
        let [one, other] = cell.at;
        match cell.source {
            Source::Node => self.value(&row.node_id()?),
            Source::Id(_) => self.value(&row.id(one)?),
            Source::Text(_) => self.value(&required(row.text(one)?)?),
            Source::Maybe(_) => self.value(&row.text(one)?),
            Source::Flag(_) => self.value(&row.flag(one)?),
            Source::Number(_) => self.value(&row.number(one)?),
            Source::Instant(_) => self.value(&row.instant(one)?.map(|at: DateTime<Utc>| at.to_rfc3339())),
            Source::Day(_) => self.value(&row.day(one)?.map(|day| day.format("%Y-%m-%d").to_string())),
            Source::Value(_) => {
                let from = self.out.len();
                let value = row.text(one)?;
                self.value(&value)?;
                if value.is_some() {
                    self.out[from..].make_ascii_uppercase();
                }
                Ok(())
            }
            Source::Own(_) => {
                let is_told = access::may_read_notes_of(self.viewer, row.id(other)?);
                self.value(&row.text(one)?.filter(|_| is_told))
            }
            Source::FullName => {
                let (given, family) = (required(row.text(one)?)?, required(row.text(other)?)?);
                self.value(&format!("{given} {family}"))
            }
            Source::TelUri => {
                let extension = row.text(other)?;
                self.value(&row.text(one)?.map(|e164| text::tel_uri(e164, extension)))
            }
            Source::MailtoUri => {
                let (address, normalized) = (required(row.text(one)?)?, required(row.text(other)?)?);
                self.value(&text::mailto_uri(address, normalized))
            }
        }
    }

    fn object<T>(&mut self, items: &Items<T>, mut write: impl FnMut(&mut Self, &T) -> Written) -> Written {
        self.out.push(b'{');
        for (at, (key, item)) in items.iter().enumerate() {
            if at > 0 {
                self.out.push(b',');
            }
            self.out.extend_from_slice(key.as_bytes());
            write(self, item)?;
        }
        self.out.push(b'}');
        Ok(())
    }

    fn array<T>(&mut self, rows: impl Iterator<Item = T>, mut write: impl FnMut(&mut Self, T) -> Written) -> Written {
        self.out.push(b'[');
        for (at, row) in rows.enumerate() {
            if at > 0 {
                self.out.push(b',');
            }
            write(self, row)?;
        }
        self.out.push(b']');
        Ok(())
    }

    fn value<T: Serialize + ?Sized>(&mut self, value: &T) -> Written {
        serde_json::to_writer(&mut self.out, value).map_err(|error| Fault::Internal(error.to_string()))
    }
}

/// A node always has it, and an open link repeats it.
fn required(text: Option<&str>) -> Result<&str, Fault> {
    text.ok_or_else(|| Fault::Internal("a row does not tell what its node says".to_owned()))
}
