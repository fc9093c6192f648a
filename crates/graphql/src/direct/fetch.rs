//! Fetching what a plan wants: a list of many parents in one statement, then all that hangs below its rows at once. The statements are
//! those that the loaders would run, through the request's queues: several lists with one plan are one statement too. A node that an
//! operation begins with comes with the first list below it.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use futures::future::{BoxFuture, FutureExt, ready, try_join_all};
use futures::try_join;
use liaison_domain::access::{Sighted, SightedLink};
use liaison_domain::entity::{
    contact, contact_address, contact_email, contact_phone, organization, organization_address, organization_contact,
    organization_email, organization_phone, phone_address,
};
use liaison_domain::failure::Fault;
use liaison_domain::reading::{self, LeanRow, LeanSlice, ListError, Page};
use liaison_domain::session::Reader;
use std::marker::PhantomData;
use uuid::Uuid;

use super::fields::{Kind, List};
use super::plan::{ListPlan, RowPlan, Wants, tell_count};
use crate::as_of::View;
use crate::batch::Batch;
use crate::loaders;

/// What there is of a list, by parent, and of what hangs below its rows.
#[derive(Default)]
pub(super) struct Fetched {
    pub slices: Slices,
    pub counts: HashMap<Uuid, i64>,
    pub hanging: Hanging,
}

/// What there is of what hangs below rows.
#[derive(Default)]
pub(super) struct Hanging {
    pub below: Vec<Fetched>,
}

/// Why a plan does not answer: whatever it is, the resolvers tell it at its place.
pub(super) struct Stopped;

impl From<Fault> for Stopped {
    fn from(fault: Fault) -> Self {
        // What is told at its place is told there; what only a plan runs into would otherwise be slow for ever, and nobody would know.
        if let Fault::Internal(why) = &fault {
            tracing::warn!(why, "rows could not be written straight and are resolved");
        }
        Self
    }
}

impl From<ListError> for Stopped {
    fn from(error: ListError) -> Self {
        match error {
            ListError::Fault(fault) => fault.into(),
            ListError::Cursor(_) | ListError::Refused(_) => Self,
        }
    }
}

/// Everything that a plan wants for these parents.
pub(super) fn fetch<'a>(
    view: &'a View,
    plan: &'a ListPlan,
    parents: Vec<Uuid>,
) -> BoxFuture<'a, Result<Fetched, Stopped>> {
    async move {
        let slices = slices(view, plan, parents.clone()).await?;
        complete(view, plan, parents, slices).await
    }
    .boxed()
}

/// What a plan wants beside the pages themselves.
async fn complete(view: &View, plan: &ListPlan, parents: Vec<Uuid>, slices: Slices) -> Result<Fetched, Stopped> {
    let hanging = hanging(view, &plan.row, slices.values().flat_map(|slice| &slice.rows).map(|(_, row)| row));
    let (counts, hanging) = try_join!(counts(view, plan, parents, &slices), hanging)?;
    Ok(Fetched { slices, counts, hanging })
}

/// What hangs below rows.
pub(super) fn hanging<'a>(
    view: &'a View,
    plan: &'a RowPlan,
    rows: impl Iterator<Item = &'a LeanRow>,
) -> BoxFuture<'a, Result<Hanging, Stopped>> {
    if plan.is_flat() {
        return ready(Ok(Hanging::default())).boxed();
    }
    let nodes = rows.map(LeanRow::node_id).collect::<Result<BTreeSet<Uuid>, Fault>>();
    async move {
        let nodes: Vec<Uuid> = nodes?.into_iter().collect();
        if nodes.is_empty() {
            return Ok(Hanging { below: plan.below.iter().map(|_| Fetched::default()).collect() });
        }
        let below = try_join_all(plan.below.iter().map(|below| fetch(view, below, nodes.clone()))).await?;
        Ok(Hanging { below })
    }
    .boxed()
}

/// A node and what hangs below it, if it is in sight.
type Rooted = Result<Option<(LeanRow, Hanging)>, Stopped>;

/// A node by its own id, and what hangs below it; nothing if no such node is in sight. `is_alone`: the request asks for nothing else.
pub(super) fn root<'a>(view: &'a View, plan: &'a RowPlan, id: Uuid, is_alone: bool) -> BoxFuture<'a, Rooted> {
    match plan.kind {
        Kind::Organization => match plan.below.first().map(|first| first.list) {
            Some(List::OrganizationContacts) => {
                rooted::<organization::Entity, organization_contact::Entity>(view, plan, id, is_alone).boxed()
            }
            _ => node::<organization::Entity>(view, plan, id, is_alone).boxed(),
        },
        Kind::Contact => match plan.below.first().map(|first| first.list) {
            Some(List::ContactOrganizations) => {
                rooted::<contact::Entity, organization_contact::Entity>(view, plan, id, is_alone).boxed()
            }
            Some(List::ContactPhones) => {
                rooted::<contact::Entity, contact_phone::Entity>(view, plan, id, is_alone).boxed()
            }
            Some(List::ContactEmails) => {
                rooted::<contact::Entity, contact_email::Entity>(view, plan, id, is_alone).boxed()
            }
            _ => node::<contact::Entity>(view, plan, id, is_alone).boxed(),
        },
        Kind::Phone | Kind::Email | Kind::Address => ready(Err(Stopped)).boxed(),
    }
}

async fn node<N: Sighted>(view: &View, plan: &RowPlan, id: Uuid, is_alone: bool) -> Rooted {
    let found = reading::lean_node::<N>(&view.reader, is_alone && plan.is_flat(), id, &plan.columns).await?;
    let Some(row) = found else { return Ok(None) };
    let hanging = hanging(view, plan, std::iter::once(&row)).await?;
    Ok(Some((row, hanging)))
}

/// A node with the first list below it, in one statement.
async fn rooted<N: Sighted, J: SightedLink>(view: &View, plan: &RowPlan, id: Uuid, is_alone: bool) -> Rooted {
    let (first, others) = plan.below.split_first().ok_or(Stopped)?;
    let is_alone = is_alone && others.is_empty() && first.is_flat();
    let found = reading::lean_rooted::<N, J>(&view.reader, is_alone, id, &plan.columns, first.wants.list()).await?;
    let Some((row, slice)) = found else { return Ok(None) };
    let slices = Slices::from([(id, Arc::new(slice))]);
    let first = complete(view, first, vec![id], slices);
    let others = try_join_all(others.iter().map(|below| fetch(view, below, vec![id])));
    let (first, others) = try_join!(first, others)?;
    let below = std::iter::once(first).chain(others).collect();
    Ok(Some((row, Hanging { below })))
}

/// Pages of links, these columns of theirs.
struct LeanLinks<J> {
    reader: Arc<Reader>,
    wants: Arc<Wants>,
    kind: PhantomData<fn() -> J>,
}

impl<J: SightedLink> Batch for LeanLinks<J> {
    type Key = Uuid;
    type Value = Arc<LeanSlice>;
    type Error = ListError;

    async fn load(&self, parents: Vec<Uuid>) -> Result<HashMap<Uuid, Self::Value>, ListError> {
        let found = reading::lean::<J>(&self.reader, parents, self.wants.list()).await?;
        Ok(found.into_iter().map(|(parent, slice)| (parent, Arc::new(slice))).collect())
    }
}

pub(super) type Slices = HashMap<Uuid, Arc<LeanSlice>>;

async fn slices(view: &View, plan: &ListPlan, parents: Vec<Uuid>) -> Result<Slices, Stopped> {
    match plan.list {
        List::OrganizationContacts | List::ContactOrganizations => {
            of::<organization_contact::Entity>(view, plan, parents).await
        }
        List::OrganizationPhones => of::<organization_phone::Entity>(view, plan, parents).await,
        List::OrganizationEmails => of::<organization_email::Entity>(view, plan, parents).await,
        List::OrganizationAddresses => of::<organization_address::Entity>(view, plan, parents).await,
        List::ContactPhones => of::<contact_phone::Entity>(view, plan, parents).await,
        List::ContactEmails => of::<contact_email::Entity>(view, plan, parents).await,
        List::ContactAddresses => of::<contact_address::Entity>(view, plan, parents).await,
        List::PhoneAddresses => of::<phone_address::Entity>(view, plan, parents).await,
    }
}

async fn of<J: SightedLink>(view: &View, plan: &ListPlan, parents: Vec<Uuid>) -> Result<Slices, Stopped> {
    let queue = view.batches.queue(plan.wants.clone(), |wants| LeanLinks::<J> {
        reader: view.reader.clone(),
        wants: wants.clone(),
        kind: PhantomData,
    });
    Ok(queue.load_many(parents).await?)
}

/// How many rows a list has of which this page was read, if the page is all of it.
pub(super) fn number_of_all(page: &Page, slice: Option<&LeanSlice>) -> Option<i64> {
    if page.after.is_some() || page.before.is_some() {
        return None;
    }
    match slice {
        Some(slice) if slice.has_next || slice.has_previous => None,
        Some(slice) => i64::try_from(slice.rows.len()).ok(),
        None => Some(0),
    }
}

async fn counts(
    view: &View,
    plan: &ListPlan,
    parents: Vec<Uuid>,
    slices: &Slices,
) -> Result<HashMap<Uuid, i64>, Stopped> {
    if !tell_count(&plan.items) {
        return Ok(HashMap::new());
    }
    let counts = parents.into_iter().map(async |parent| {
        if let Some(rows) = number_of_all(&plan.wants.page, slices.get(&parent).map(Arc::as_ref)) {
            return Ok((parent, rows));
        }
        let (batches, reader, query) = (&view.batches, &view.reader, plan.wants.query.clone());
        let side = plan.wants.side;
        let count = match plan.list {
            List::OrganizationContacts | List::ContactOrganizations => {
                loaders::link_count::<organization_contact::Entity>(batches, reader, side, parent, query).await
            }
            List::OrganizationPhones => {
                loaders::link_count::<organization_phone::Entity>(batches, reader, side, parent, query).await
            }
            List::OrganizationEmails => {
                loaders::link_count::<organization_email::Entity>(batches, reader, side, parent, query).await
            }
            List::OrganizationAddresses => {
                loaders::link_count::<organization_address::Entity>(batches, reader, side, parent, query).await
            }
            List::ContactPhones => {
                loaders::link_count::<contact_phone::Entity>(batches, reader, side, parent, query).await
            }
            List::ContactEmails => {
                loaders::link_count::<contact_email::Entity>(batches, reader, side, parent, query).await
            }
            List::ContactAddresses => {
                loaders::link_count::<contact_address::Entity>(batches, reader, side, parent, query).await
            }
            List::PhoneAddresses => {
                loaders::link_count::<phone_address::Entity>(batches, reader, side, parent, query).await
            }
        };
        Ok::<_, Stopped>((parent, count?))
    });
    Ok(try_join_all(counts).await?.into_iter().collect())
}
