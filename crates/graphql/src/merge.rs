//! Merges in the API (US-3): what became part of whom, how much moved, and what an undoing left as it was.

use std::sync::Arc;

use async_graphql::{Context, Object, Result, SimpleObject};
use chrono::{DateTime, Utc};
use liaison_domain::contact::{Left, MergeDone, MergedRow};
use liaison_domain::entity::contact_merge;
use liaison_domain::reading::{self, Direction};
use uuid::Uuid;

use crate::connection::{Connection, Count, page};
use crate::context::Request;
use crate::edges::Plain;
use crate::enums::{MergedFate, MergedKind, OrderDirection};
use crate::{error, loaders};

/// A merge.
#[derive(Clone)]
pub struct ContactMerge(pub Arc<contact_merge::Model>);

/// That a record of a person became part of another one.
#[Object]
impl ContactMerge {
    /// The merge, for `contactMergeUndo`.
    async fn id(&self) -> Uuid {
        self.0.id
    }

    /// The contact that stayed.
    async fn survivor_id(&self) -> Uuid {
        self.0.survivor_id
    }

    /// The id of the record that became part of it: it stands for the survivor from then on.
    async fn duplicate_id(&self) -> Uuid {
        self.0.duplicate_id
    }

    /// When.
    async fn merged_at(&self) -> DateTime<Utc> {
        self.0.merged_at
    }

    /// The login that merged them.
    async fn merged_by(&self) -> &str {
        &self.0.merged_by
    }

    /// Why, in their words.
    async fn reason(&self) -> Option<&str> {
        self.0.reason.as_deref()
    }

    /// When it was undone; null while it holds.
    async fn reverted_at(&self) -> Option<DateTime<Utc>> {
        self.0.reverted_at
    }

    /// The login that undid it; null while it holds.
    async fn reverted_by(&self) -> Option<&str> {
        self.0.reverted_by.as_deref()
    }
}

/// How much of a kind moved in a merge.
#[derive(Clone, SimpleObject)]
pub struct ContactMergeMoved {
    /// What.
    kind: MergedKind,
    /// How many rows were re-pointed, ended, changed or opened.
    count: i32,
    /// Which: the first 100 of them.
    items: Vec<ContactMergeMovedItem>,
}

/// Something that a merge moved, ended, changed or opened.
#[derive(Clone, SimpleObject)]
pub struct ContactMergeMovedItem {
    /// Which one: the phone, email or address, the organization of a role or persona, the record.
    id: Option<Uuid>,
    /// What it is called: the number, the address, the role, the label.
    name: String,
    /// What became of it.
    fate: MergedFate,
}

impl From<&MergedRow> for ContactMergeMovedItem {
    fn from(row: &MergedRow) -> Self {
        Self { id: row.id, name: row.name.clone(), fate: row.fate.into() }
    }
}

/// So many of a kind are told one by one.
pub const MOST_ITEMS: usize = 100;

impl ContactMergeMoved {
    /// What a merge moved, by kind.
    pub fn of(done: &MergeDone) -> Vec<Self> {
        let count = |count: usize| i32::try_from(count).unwrap_or(i32::MAX);
        let of = |(kind, rows): (&_, &Vec<MergedRow>)| {
            let items = rows.iter().take(MOST_ITEMS).map(Into::into).collect();
            Self { kind: MergedKind::from(*kind), count: count(rows.len()), items }
        };
        done.moved.iter().map(of).collect()
    }
}

/// Something that could not be told apart when a merge was undone, and so was left as it is.
#[derive(Clone, SimpleObject)]
pub struct ContactMergeLeft {
    /// What it is.
    kind: MergedKind,
    /// Which one: the phone, email or address, the organization of a role or persona, the record. Null for a field.
    id: Option<Uuid>,
    /// What it is called: the number, the address, the role, the label, the field's name.
    name: String,
    /// Why it was left, in a sentence.
    reason: String,
}

impl From<Left> for ContactMergeLeft {
    fn from(Left { kind, id, name, why }: Left) -> Self {
        Self { kind: kind.into(), id, name, reason: why }
    }
}

/// These merges, as they are in the request's snapshot.
pub async fn of_ids(context: &Context<'_>, ids: &[Uuid]) -> Result<Vec<ContactMerge>> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let found = reading::merges(Request::of(context).reader()?, ids).await;
    let found = found.map_err(|fault| error::of_fault(&fault))?;
    Ok(found.into_iter().map(|merge| ContactMerge(Arc::new(merge))).collect())
}

/// What became part of one contact. It tells of the past by itself, and is read in the present.
pub async fn into_contact(
    context: &Context<'_>,
    contact: Uuid,
    direction: Option<OrderDirection>,
    (first, after, last, before): (Option<i32>, Option<String>, Option<i32>, Option<String>),
) -> Result<Connection<Plain<ContactMerge>>> {
    let page = page(first, after, last, before)?;
    let view = Request::view(context)?;
    view.may_ask("mergedFrom")?;
    let direction = direction.map_or(Direction::Descending, Into::into);
    let (batches, reader) = (view.batches.clone(), view.reader.clone());
    let slice = loaders::merges_into(&batches, &reader, contact, direction, page).await;
    let slice = slice.map_err(|failed| error::of_list(&failed))?;
    let count: Count = Arc::new(move || {
        let (batches, reader) = (batches.clone(), reader.clone());
        Box::pin(async move { loaders::merge_count(&batches, &reader, contact).await })
    });
    Ok(Connection::of(&slice, count, |cursor, row| Plain { cursor, node: ContactMerge(Arc::new(row.clone())) }))
}
