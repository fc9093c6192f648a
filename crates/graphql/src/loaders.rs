//! What resolvers ask for, one key each, and how many keys become one statement. The statements and what they may see are the
//! domain's matter.

mod below;
mod duplicates;
mod merges;
mod records;
mod relationships;

use std::collections::HashMap;
use std::marker::PhantomData;
use std::sync::Arc;

use liaison_domain::access::{Sighted, SightedLink};
use liaison_domain::entity::{Junction, Node, contact, contact_external_id, facility, organization};
use liaison_domain::failure::Fault;
use liaison_domain::history::{self, Entry};
use liaison_domain::reading::{self, LinkQuery, LinkedNode, ListError, NodeKind, OrganizationQuery, Page, Side, Slice};
use liaison_domain::session::Reader;
use uuid::Uuid;

pub use duplicates::{candidate, likely};
pub use merges::{merge_count, merges_into};
pub use records::{
    communication_count, communications, correction, referral_count, referrals, role_period_count, role_periods,
};

use crate::batch::{Batch, Batches};
use below::{Listed, Tallied};

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

/// Contacts by the ids that name them or stand for them.
pub struct Persons {
    reader: Arc<Reader>,
}

impl Batch for Persons {
    type Key = Uuid;
    type Value = Arc<contact::Model>;
    type Error = Fault;

    async fn load(&self, ids: Vec<Uuid>) -> Result<HashMap<Uuid, Self::Value>, Fault> {
        let found = reading::persons(&self.reader, ids).await?;
        Ok(found.into_iter().map(|(id, model)| (id, Arc::new(model))).collect())
    }
}

/// One contact by id, if it is in sight; of somebody who was merged the survivor.
pub async fn person(batches: &Batches, reader: &Arc<Reader>, id: Uuid) -> Result<Option<Arc<contact::Model>>, Fault> {
    batches.queue((), |(): &()| Persons { reader: reader.clone() }).load(id).await
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

/// Links with the nodes at their other ends, by parent: both directions of every traversal.
struct Links<J, N>(PhantomData<fn() -> (J, N)>);

/// A page of links.
pub type LinkSlice<J, N> = Arc<Slice<LinkedNode<J, N>>>;

impl<J, N> Listed for Links<J, N>
where
    J: SightedLink<Model: Send + Sync>,
    N: Node<Model: Send + Sync>,
{
    type Arguments = (Side, LinkQuery);
    type Row = LinkedNode<J, N>;

    async fn pages(
        reader: &Reader,
        (side, query): &(Side, LinkQuery),
        parents: Vec<Uuid>,
        page: &Page,
    ) -> Result<HashMap<Uuid, Slice<LinkedNode<J, N>>>, ListError> {
        reading::links::<J, N>(reader, *side, parents, query, page).await
    }
}

/// A page of what hangs below a node.
pub fn downhill<J>(
    batches: &Batches,
    reader: &Arc<Reader>,
    parent: Uuid,
    query: LinkQuery,
    page: Page,
) -> impl Future<Output = Result<LinkSlice<J, J::Downhill>, ListError>> + Send
where
    J: SightedLink<Model: Send + Sync>,
    <J::Downhill as liaison_domain::orm::EntityTrait>::Model: Send + Sync,
{
    below::page::<Links<J, J::Downhill>>(batches, reader, parent, (Side::Downhill, query), page)
}

/// A page of what a node hangs below, as far as it is the viewer's.
pub fn uphill<J>(
    batches: &Batches,
    reader: &Arc<Reader>,
    parent: Uuid,
    query: LinkQuery,
    page: Page,
) -> impl Future<Output = Result<LinkSlice<J, J::Uphill>, ListError>> + Send
where
    J: SightedLink<Model: Send + Sync>,
    <J::Uphill as liaison_domain::orm::EntityTrait>::Model: Send + Sync,
{
    below::page::<Links<J, J::Uphill>>(batches, reader, parent, (Side::Uphill, query), page)
}

/// Links as far as they are counted.
struct LinksAlone<J>(PhantomData<fn() -> J>);

impl<J: SightedLink> Tallied for LinksAlone<J> {
    type Arguments = (Side, LinkQuery);

    async fn counts(
        reader: &Reader,
        (side, query): &(Side, LinkQuery),
        parents: Vec<Uuid>,
    ) -> Result<HashMap<Uuid, i64>, Fault> {
        reading::count_links::<J>(reader, *side, parents, query).await
    }
}

/// How many links one parent has.
pub fn link_count<J: SightedLink + Junction>(
    batches: &Batches,
    reader: &Arc<Reader>,
    side: Side,
    parent: Uuid,
    query: LinkQuery,
) -> impl Future<Output = Result<i64, Fault>> + Send {
    below::count::<LinksAlone<J>>(batches, reader, parent, (side, query))
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

/// The organizations that contacts work with, as far as the viewer sees them.
struct OrganizationsOf;

impl Tallied for OrganizationsOf {
    type Arguments = ();

    async fn counts(reader: &Reader, (): &(), contacts: Vec<Uuid>) -> Result<HashMap<Uuid, i64>, Fault> {
        reading::count_organizations_of(reader, contacts).await
    }
}

/// How many organizations one contact works with.
pub fn organization_count(
    batches: &Batches,
    reader: &Arc<Reader>,
    contact: Uuid,
) -> impl Future<Output = Result<i64, Fault>> + Send {
    below::count::<OrganizationsOf>(batches, reader, contact, ())
}

/// The providers that partners brought.
struct Referred;

/// Which of them, in which order.
pub type ReferredArguments = (OrganizationQuery, Page);

impl Listed for Referred {
    type Arguments = OrganizationQuery;
    type Row = organization::Model;

    async fn pages(
        reader: &Reader,
        query: &OrganizationQuery,
        partners: Vec<Uuid>,
        page: &Page,
    ) -> Result<HashMap<Uuid, Slice<organization::Model>>, ListError> {
        reading::referred_providers(reader, partners, query, page).await
    }
}

impl Tallied for Referred {
    type Arguments = OrganizationQuery;

    async fn counts(
        reader: &Reader,
        query: &OrganizationQuery,
        partners: Vec<Uuid>,
    ) -> Result<HashMap<Uuid, i64>, Fault> {
        reading::count_referred(reader, partners, query).await
    }
}

/// A page of the providers that one partner brought.
pub fn referred(
    batches: &Batches,
    reader: &Arc<Reader>,
    partner: Uuid,
    arguments: ReferredArguments,
) -> impl Future<Output = Result<Arc<Slice<organization::Model>>, ListError>> + Send {
    let (query, page) = arguments;
    below::page::<Referred>(batches, reader, partner, query, page)
}

/// How many providers one partner brought.
pub fn referred_count(
    batches: &Batches,
    reader: &Arc<Reader>,
    partner: Uuid,
    query: OrganizationQuery,
) -> impl Future<Output = Result<i64, Fault>> + Send {
    below::count::<Referred>(batches, reader, partner, query)
}

/// The facilities of organizations.
struct Facilities;

impl Listed for Facilities {
    type Arguments = ();
    type Row = facility::Model;

    async fn pages(
        reader: &Reader,
        (): &(),
        organizations: Vec<Uuid>,
        page: &Page,
    ) -> Result<HashMap<Uuid, Slice<facility::Model>>, ListError> {
        reading::facilities(reader, organizations, page).await
    }
}

impl Tallied for Facilities {
    type Arguments = ();

    async fn counts(reader: &Reader, (): &(), organizations: Vec<Uuid>) -> Result<HashMap<Uuid, i64>, Fault> {
        reading::count_facilities(reader, organizations).await
    }
}

/// A page of the facilities of one organization.
pub fn facilities(
    batches: &Batches,
    reader: &Arc<Reader>,
    organization: Uuid,
    page: Page,
) -> impl Future<Output = Result<Arc<Slice<facility::Model>>, ListError>> + Send {
    below::page::<Facilities>(batches, reader, organization, (), page)
}

/// How many facilities one organization has.
pub fn facility_count(
    batches: &Batches,
    reader: &Arc<Reader>,
    organization: Uuid,
) -> impl Future<Output = Result<i64, Fault>> + Send {
    below::count::<Facilities>(batches, reader, organization, ())
}

/// The histories of nodes.
struct Histories;

impl Listed for Histories {
    type Arguments = ();
    type Row = Entry;

    async fn pages(
        reader: &Reader,
        (): &(),
        subjects: Vec<Uuid>,
        page: &Page,
    ) -> Result<HashMap<Uuid, Slice<Entry>>, ListError> {
        history::histories(reader, subjects, page).await
    }
}

impl Tallied for Histories {
    type Arguments = ();

    async fn counts(reader: &Reader, (): &(), subjects: Vec<Uuid>) -> Result<HashMap<Uuid, i64>, Fault> {
        history::count(reader, subjects).await
    }
}

/// A page of the history of one node.
pub fn history(
    batches: &Batches,
    reader: &Arc<Reader>,
    subject: Uuid,
    page: Page,
) -> impl Future<Output = Result<Arc<Slice<Entry>>, ListError>> + Send {
    below::page::<Histories>(batches, reader, subject, (), page)
}

/// How many entries the history of one node has.
pub fn history_count(
    batches: &Batches,
    reader: &Arc<Reader>,
    subject: Uuid,
) -> impl Future<Output = Result<i64, Fault>> + Send {
    below::count::<Histories>(batches, reader, subject, ())
}
