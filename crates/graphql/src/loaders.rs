//! What resolvers ask for, one key each, and how many keys become one statement. The statements and what they may see are the
//! domain's matter.

mod merges;
mod records;
mod relationships;

use std::collections::HashMap;
use std::marker::PhantomData;
use std::sync::Arc;

use liaison_domain::access::{Sighted, SightedLink};
use liaison_domain::entity::{Junction, Node, contact_external_id, facility, organization};
use liaison_domain::failure::Fault;
use liaison_domain::history::{self, Entry};
use liaison_domain::reading::{self, LinkQuery, LinkedNode, ListError, NodeKind, OrganizationQuery, Page, Side, Slice};
use liaison_domain::session::Reader;
use uuid::Uuid;

pub use merges::{merge_count, merges_into};
pub use records::{
    communication_count, communications, correction, referral_count, referrals, role_period_count, role_periods,
};

use crate::batch::{Batch, Batches};

pub use relationships::{personas, related_people, relation_count, workplaces};

/// Nodes of one kind by id.
pub struct Nodes<N> {
    reader: Arc<Reader>,
    kind: PhantomData<fn() -> N>,
}

impl<N: Sighted<Model: Send + Sync>> Batch for Nodes<N> {
    type Key = Uuid;
    type Value = Arc<N::Model>;
    type Error = Fault;

    async fn load(&self, ids: Vec<Uuid>) -> Result<HashMap<Uuid, Self::Value>, Fault> {
        let found = reading::nodes::<N>(&self.reader, ids).await?;
        Ok(found.into_iter().map(|(id, model)| (id, Arc::new(model))).collect())
    }
}

/// One node by id, if it is in sight.
pub async fn node<N: Sighted<Model: Send + Sync>>(
    batches: &Batches,
    reader: &Arc<Reader>,
    id: Uuid,
) -> Result<Option<Arc<N::Model>>, Fault> {
    let make = |(): &()| Nodes::<N> { reader: reader.clone(), kind: PhantomData };
    batches.queue((), make).load(id).await
}

/// Which kind of node an id is.
pub struct Kinds {
    reader: Arc<Reader>,
}

impl Batch for Kinds {
    type Key = Uuid;
    type Value = NodeKind;
    type Error = Fault;

    async fn load(&self, ids: Vec<Uuid>) -> Result<HashMap<Uuid, NodeKind>, Fault> {
        reading::kinds(&self.reader, ids).await
    }
}

/// The kind of one id, if anything with it is in sight.
pub async fn kind(batches: &Batches, reader: &Arc<Reader>, id: Uuid) -> Result<Option<NodeKind>, Fault> {
    batches.queue((), |(): &()| Kinds { reader: reader.clone() }).load(id).await
}

/// Pages of links with the nodes at their other ends, by parent: both directions of every traversal.
pub struct Links<J, N> {
    reader: Arc<Reader>,
    side: Side,
    query: LinkQuery,
    page: Page,
    kinds: PhantomData<fn() -> (J, N)>,
}

/// A page of links.
pub type LinkSlice<J, N> = Arc<Slice<LinkedNode<J, N>>>;

impl<J, N> Batch for Links<J, N>
where
    J: SightedLink<Model: Send + Sync>,
    N: Node<Model: Send + Sync>,
{
    type Key = Uuid;
    type Value = LinkSlice<J, N>;
    type Error = ListError;

    async fn load(&self, parents: Vec<Uuid>) -> Result<HashMap<Uuid, Self::Value>, ListError> {
        let found = reading::links::<J, N>(&self.reader, self.side, parents, &self.query, &self.page).await?;
        Ok(found.into_iter().map(|(parent, slice)| (parent, Arc::new(slice))).collect())
    }
}

async fn linked<J, N>(
    batches: &Batches,
    reader: &Arc<Reader>,
    side: Side,
    parent: Uuid,
    query: LinkQuery,
    page: Page,
) -> Result<LinkSlice<J, N>, ListError>
where
    J: SightedLink<Model: Send + Sync>,
    N: Node<Model: Send + Sync>,
{
    let empty = Slice::empty(&page);
    let queue = batches.queue((side, query, page), |(side, query, page)| Links::<J, N> {
        reader: reader.clone(),
        side: *side,
        query: query.clone(),
        page: page.clone(),
        kinds: PhantomData,
    });
    Ok(queue.load(parent).await?.unwrap_or_else(|| Arc::new(empty)))
}

/// A page of what hangs below a node.
pub async fn downhill<J>(
    batches: &Batches,
    reader: &Arc<Reader>,
    parent: Uuid,
    query: LinkQuery,
    page: Page,
) -> Result<LinkSlice<J, J::Downhill>, ListError>
where
    J: SightedLink<Model: Send + Sync>,
    <J::Downhill as liaison_domain::orm::EntityTrait>::Model: Send + Sync,
{
    linked::<J, J::Downhill>(batches, reader, Side::Downhill, parent, query, page).await
}

/// A page of what a node hangs below, as far as it is the viewer's.
pub async fn uphill<J>(
    batches: &Batches,
    reader: &Arc<Reader>,
    parent: Uuid,
    query: LinkQuery,
    page: Page,
) -> Result<LinkSlice<J, J::Uphill>, ListError>
where
    J: SightedLink<Model: Send + Sync>,
    <J::Uphill as liaison_domain::orm::EntityTrait>::Model: Send + Sync,
{
    linked::<J, J::Uphill>(batches, reader, Side::Uphill, parent, query, page).await
}

/// How many links a parent has.
pub struct LinkCounts<J> {
    reader: Arc<Reader>,
    side: Side,
    query: LinkQuery,
    kind: PhantomData<fn() -> J>,
}

impl<J: SightedLink> Batch for LinkCounts<J> {
    type Key = Uuid;
    type Value = i64;
    type Error = Fault;

    async fn load(&self, parents: Vec<Uuid>) -> Result<HashMap<Uuid, i64>, Fault> {
        reading::count_links::<J>(&self.reader, self.side, parents, &self.query).await
    }
}

/// How many links one parent has.
pub async fn link_count<J: SightedLink + Junction>(
    batches: &Batches,
    reader: &Arc<Reader>,
    side: Side,
    parent: Uuid,
    query: LinkQuery,
) -> Result<i64, Fault> {
    let queue = batches.queue((side, query), |(side, query)| LinkCounts::<J> {
        reader: reader.clone(),
        side: *side,
        query: query.clone(),
        kind: PhantomData,
    });
    Ok(queue.load(parent).await?.unwrap_or(0))
}

/// What other systems call contacts, as far as that is the viewer's.
pub struct ExternalIds {
    reader: Arc<Reader>,
}

impl Batch for ExternalIds {
    type Key = Uuid;
    type Value = Arc<Vec<contact_external_id::Model>>;
    type Error = Fault;

    async fn load(&self, contacts: Vec<Uuid>) -> Result<HashMap<Uuid, Self::Value>, Fault> {
        let found = reading::external_ids(&self.reader, contacts).await?;
        Ok(found.into_iter().map(|(id, rows)| (id, Arc::new(rows))).collect())
    }
}

/// What other systems call one contact.
pub async fn external_ids(
    batches: &Batches,
    reader: &Arc<Reader>,
    contact: Uuid,
) -> Result<Arc<Vec<contact_external_id::Model>>, Fault> {
    let queue = batches.queue((), |(): &()| ExternalIds { reader: reader.clone() });
    Ok(queue.load(contact).await?.unwrap_or_default())
}

/// How many organizations a contact works with, as far as the viewer sees them.
pub struct OrganizationCounts {
    reader: Arc<Reader>,
}

impl Batch for OrganizationCounts {
    type Key = Uuid;
    type Value = i64;
    type Error = Fault;

    async fn load(&self, contacts: Vec<Uuid>) -> Result<HashMap<Uuid, i64>, Fault> {
        reading::count_organizations_of(&self.reader, contacts).await
    }
}

/// How many organizations one contact works with.
pub async fn organization_count(batches: &Batches, reader: &Arc<Reader>, contact: Uuid) -> Result<i64, Fault> {
    let queue = batches.queue((), |(): &()| OrganizationCounts { reader: reader.clone() });
    Ok(queue.load(contact).await?.unwrap_or(0))
}

/// Pages of the providers that partners brought.
pub struct Referred {
    reader: Arc<Reader>,
    arguments: ReferredArguments,
}

/// Which of them, in which order.
pub type ReferredArguments = (OrganizationQuery, Page);

impl Batch for Referred {
    type Key = Uuid;
    type Value = Arc<Slice<organization::Model>>;
    type Error = ListError;

    async fn load(&self, partners: Vec<Uuid>) -> Result<HashMap<Uuid, Self::Value>, ListError> {
        let (query, page) = &self.arguments;
        let found = reading::referred_providers(&self.reader, partners, query, page).await?;
        Ok(found.into_iter().map(|(partner, slice)| (partner, Arc::new(slice))).collect())
    }
}

/// A page of the providers that one partner brought.
pub async fn referred(
    batches: &Batches,
    reader: &Arc<Reader>,
    partner: Uuid,
    arguments: ReferredArguments,
) -> Result<Arc<Slice<organization::Model>>, ListError> {
    let empty = Slice::empty(&arguments.1);
    let make = |arguments: &ReferredArguments| Referred { reader: reader.clone(), arguments: arguments.clone() };
    Ok(batches.queue(arguments, make).load(partner).await?.unwrap_or_else(|| Arc::new(empty)))
}

/// How many providers partners brought.
pub struct ReferredCounts {
    reader: Arc<Reader>,
    query: OrganizationQuery,
}

impl Batch for ReferredCounts {
    type Key = Uuid;
    type Value = i64;
    type Error = Fault;

    async fn load(&self, partners: Vec<Uuid>) -> Result<HashMap<Uuid, i64>, Fault> {
        reading::count_referred(&self.reader, partners, &self.query).await
    }
}

/// How many providers one partner brought.
pub async fn referred_count(
    batches: &Batches,
    reader: &Arc<Reader>,
    partner: Uuid,
    query: OrganizationQuery,
) -> Result<i64, Fault> {
    let make = |query: &OrganizationQuery| ReferredCounts { reader: reader.clone(), query: query.clone() };
    Ok(batches.queue(query, make).load(partner).await?.unwrap_or(0))
}

/// Pages of the facilities of organizations.
pub struct Facilities {
    reader: Arc<Reader>,
    page: Page,
}

impl Batch for Facilities {
    type Key = Uuid;
    type Value = Arc<Slice<facility::Model>>;
    type Error = ListError;

    async fn load(&self, organizations: Vec<Uuid>) -> Result<HashMap<Uuid, Self::Value>, ListError> {
        let found = reading::facilities(&self.reader, organizations, &self.page).await?;
        Ok(found.into_iter().map(|(organization, slice)| (organization, Arc::new(slice))).collect())
    }
}

/// A page of the facilities of one organization.
pub async fn facilities(
    batches: &Batches,
    reader: &Arc<Reader>,
    organization: Uuid,
    page: Page,
) -> Result<Arc<Slice<facility::Model>>, ListError> {
    let empty = Slice::empty(&page);
    let make = |page: &Page| Facilities { reader: reader.clone(), page: page.clone() };
    Ok(batches.queue(page, make).load(organization).await?.unwrap_or_else(|| Arc::new(empty)))
}

/// How many facilities organizations have.
pub struct FacilityCounts {
    reader: Arc<Reader>,
}

impl Batch for FacilityCounts {
    type Key = Uuid;
    type Value = i64;
    type Error = Fault;

    async fn load(&self, organizations: Vec<Uuid>) -> Result<HashMap<Uuid, i64>, Fault> {
        reading::count_facilities(&self.reader, organizations).await
    }
}

/// How many facilities one organization has.
pub async fn facility_count(batches: &Batches, reader: &Arc<Reader>, organization: Uuid) -> Result<i64, Fault> {
    let queue = batches.queue((), |(): &()| FacilityCounts { reader: reader.clone() });
    Ok(queue.load(organization).await?.unwrap_or(0))
}

/// Pages of the histories of nodes.
pub struct Histories {
    reader: Arc<Reader>,
    page: Page,
}

impl Batch for Histories {
    type Key = Uuid;
    type Value = Arc<Slice<Entry>>;
    type Error = ListError;

    async fn load(&self, subjects: Vec<Uuid>) -> Result<HashMap<Uuid, Self::Value>, ListError> {
        let found = history::histories(&self.reader, subjects, &self.page).await?;
        Ok(found.into_iter().map(|(subject, slice)| (subject, Arc::new(slice))).collect())
    }
}

/// A page of the history of one node.
pub async fn history(
    batches: &Batches,
    reader: &Arc<Reader>,
    subject: Uuid,
    page: Page,
) -> Result<Arc<Slice<Entry>>, ListError> {
    let empty = Slice::empty(&page);
    let make = |page: &Page| Histories { reader: reader.clone(), page: page.clone() };
    Ok(batches.queue(page, make).load(subject).await?.unwrap_or_else(|| Arc::new(empty)))
}

/// How many entries the histories of nodes have.
pub struct HistoryCounts {
    reader: Arc<Reader>,
}

impl Batch for HistoryCounts {
    type Key = Uuid;
    type Value = i64;
    type Error = Fault;

    async fn load(&self, subjects: Vec<Uuid>) -> Result<HashMap<Uuid, i64>, Fault> {
        history::count(&self.reader, subjects).await
    }
}

/// How many entries the history of one node has.
pub async fn history_count(batches: &Batches, reader: &Arc<Reader>, subject: Uuid) -> Result<i64, Fault> {
    let queue = batches.queue((), |(): &()| HistoryCounts { reader: reader.clone() });
    Ok(queue.load(subject).await?.unwrap_or(0))
}
