//! Who may be whom: pairs by id, and who is likely the same person as each of many.

use std::collections::HashMap;
use std::sync::Arc;

use liaison_domain::candidate::{self, Candidate, Likely};
use liaison_domain::failure::Fault;
use liaison_domain::reading::{ListError, Page, Slice};
use liaison_domain::session::Reader;
use uuid::Uuid;

use crate::batch::{Batch, Batches};

/// Pairs by id.
pub struct Candidates {
    reader: Arc<Reader>,
}

impl Batch for Candidates {
    type Key = Uuid;
    type Value = Arc<Candidate>;
    type Error = Fault;

    async fn load(&self, ids: Vec<Uuid>) -> Result<HashMap<Uuid, Self::Value>, Fault> {
        let found = candidate::by_ids(&self.reader, ids).await?;
        Ok(found.into_iter().map(|(id, candidate)| (id, Arc::new(candidate))).collect())
    }
}

/// One pair by id, if the viewer is told of pairs.
pub async fn candidate(batches: &Batches, reader: &Arc<Reader>, id: Uuid) -> Result<Option<Arc<Candidate>>, Fault> {
    batches.queue((), |(): &()| Candidates { reader: reader.clone() }).load(id).await
}

/// Pages of the likely duplicates of contacts.
pub struct Likelies {
    reader: Arc<Reader>,
    page: Page,
}

impl Batch for Likelies {
    type Key = Uuid;
    type Value = Arc<(Slice<Likely>, i64)>;
    type Error = ListError;

    async fn load(&self, contacts: Vec<Uuid>) -> Result<HashMap<Uuid, Self::Value>, ListError> {
        let found = candidate::likely_of(&self.reader, contacts, &self.page).await?;
        Ok(found.into_iter().map(|(contact, page)| (contact, Arc::new(page))).collect())
    }
}

/// A page of the likely duplicates of one contact, and how many it has.
pub async fn likely(
    batches: &Batches,
    reader: &Arc<Reader>,
    contact: Uuid,
    page: Page,
) -> Result<Arc<(Slice<Likely>, i64)>, ListError> {
    let empty = Slice::empty(&page);
    let make = |page: &Page| Likelies { reader: reader.clone(), page: page.clone() };
    Ok(batches.queue(page, make).load(contact).await?.unwrap_or_else(|| Arc::new((empty, 0))))
}
