//! What resolvers ask for of merges. The statements and what they may see are the domain's matter.

use std::collections::HashMap;
use std::sync::Arc;

use liaison_domain::entity::contact_merge;
use liaison_domain::failure::Fault;
use liaison_domain::reading::{self, Direction, ListError, Page, Slice};
use liaison_domain::session::Reader;
use uuid::Uuid;

use crate::batch::{Batch, Batches};

/// Pages of the merges into contacts.
pub struct Merges {
    reader: Arc<Reader>,
    direction: Direction,
    page: Page,
}

impl Batch for Merges {
    type Key = Uuid;
    type Value = Arc<Slice<contact_merge::Model>>;
    type Error = ListError;

    async fn load(&self, contacts: Vec<Uuid>) -> Result<HashMap<Uuid, Self::Value>, ListError> {
        let found = reading::merges_into(&self.reader, contacts, self.direction, &self.page).await?;
        Ok(found.into_iter().map(|(contact, slice)| (contact, Arc::new(slice))).collect())
    }
}

/// A page of the merges into one contact.
pub async fn merges_into(
    batches: &Batches,
    reader: &Arc<Reader>,
    contact: Uuid,
    direction: Direction,
    page: Page,
) -> Result<Arc<Slice<contact_merge::Model>>, ListError> {
    let empty = Slice::empty(&page);
    let make = |(direction, page): &(Direction, Page)| Merges {
        reader: reader.clone(),
        direction: *direction,
        page: page.clone(),
    };
    Ok(batches.queue((direction, page), make).load(contact).await?.unwrap_or_else(|| Arc::new(empty)))
}

/// How many merges there are into contacts.
pub struct MergeCounts {
    reader: Arc<Reader>,
}

impl Batch for MergeCounts {
    type Key = Uuid;
    type Value = i64;
    type Error = Fault;

    async fn load(&self, contacts: Vec<Uuid>) -> Result<HashMap<Uuid, i64>, Fault> {
        reading::count_merges_into(&self.reader, contacts).await
    }
}

/// How many merges there are into one contact.
pub async fn merge_count(batches: &Batches, reader: &Arc<Reader>, contact: Uuid) -> Result<i64, Fault> {
    let make = |(): &()| MergeCounts { reader: reader.clone() };
    Ok(batches.queue((), make).load(contact).await?.unwrap_or(0))
}
