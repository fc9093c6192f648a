//! What resolvers ask for of merges. The statements and what they may see are the domain's matter.

use std::collections::HashMap;
use std::sync::Arc;

use liaison_domain::entity::contact_merge;
use liaison_domain::failure::Fault;
use liaison_domain::reading::{self, Direction, ListError, Page, Slice};
use liaison_domain::session::Reader;
use uuid::Uuid;

use super::below::{self, Listed, Tallied};
use crate::batch::Batches;

/// The merges into contacts.
struct Merges;

impl Listed for Merges {
    type Arguments = Direction;
    type Row = contact_merge::Model;

    async fn pages(
        reader: &Reader,
        direction: &Direction,
        contacts: Vec<Uuid>,
        page: &Page,
    ) -> Result<HashMap<Uuid, Slice<contact_merge::Model>>, ListError> {
        reading::merges_into(reader, contacts, *direction, page).await
    }
}

impl Tallied for Merges {
    type Arguments = ();

    async fn counts(reader: &Reader, (): &(), contacts: Vec<Uuid>) -> Result<HashMap<Uuid, i64>, Fault> {
        reading::count_merges_into(reader, contacts).await
    }
}

/// A page of the merges into one contact.
pub fn merges_into(
    batches: &Batches,
    reader: &Arc<Reader>,
    contact: Uuid,
    direction: Direction,
    page: Page,
) -> impl Future<Output = Result<Arc<Slice<contact_merge::Model>>, ListError>> + Send {
    below::page::<Merges>(batches, reader, contact, direction, page)
}

/// How many merges there are into one contact.
pub fn merge_count(
    batches: &Batches,
    reader: &Arc<Reader>,
    contact: Uuid,
) -> impl Future<Output = Result<i64, Fault>> + Send {
    below::count::<Merges>(batches, reader, contact, ())
}
