//! Fetching what a plan wants: a list of many parents in one statement, with the lists that come along; then all else that hangs below its
//! rows at once. The statements are those that the loaders would run, through the request's queues: several lists that want the same
//! are one statement too. A node that an operation begins with comes with the lists below it.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use futures::future::{BoxFuture, FutureExt, ready, try_join_all};
use futures::try_join;
use liaison_domain::entity::{
    contact, contact_address, contact_email, contact_phone, organization, organization_address, organization_contact,
    organization_email, organization_phone, phone_address,
};
use liaison_domain::failure::Fault;
use liaison_domain::reading::{self, LeanList, LeanNode, LeanPage, LeanRow, LeanSlice, ListError, Page};
use liaison_domain::session::Reader;
use uuid::Uuid;

use super::fields::{Kind, List};
use super::plan::{ListPlan, RowPlan, tell_count};
use crate::as_of::View;
use crate::batch::Batch;
use crate::loaders;

/// What there is of a list, by parent, and of what hangs below its rows.
#[derive(Default)]
pub(super) struct Fetched {
    /// Of a list that came with its parents' rows they stand there.
    pub pages: Pages,
    counts: HashMap<Uuid, i64>,
    pub hanging: Hanging,
}

impl Fetched {
    /// How many rows the list of a parent has; 0 where nobody asked.
    pub fn count(&self, parent: Uuid) -> i64 {
        self.counts.get(&parent).copied().unwrap_or_default()
    }
}

/// What there is of what hangs below rows: of each list below, or of none if all came with the rows.
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
        if parents.is_empty() {
            return Ok(Fetched::default());
        }
        let queue = view
            .batches
            .queue(plan.wants.clone(), |wants| LeanLinks { reader: view.reader.clone(), wants: wants.clone() });
        let pages: Pages = queue.load_many(parents.clone()).await?;
        if plan.is_complete() {
            return Ok(Fetched { pages, ..Fetched::default() });
        }
        let mut read = Read::default();
        for parent in parents {
            read.add(plan, parent, pages.get(&parent).map(|page| page.slice()));
        }
        let (counts, hanging) = complete(view, plan, read).await?;
        Ok(Fetched { pages, counts, hanging })
    }
    .boxed()
}

/// What a list that came with these rows wants besides.
fn nested<'a>(
    view: &'a View,
    plan: &'a ListPlan,
    at: usize,
    parents: &[LeanRow<'a>],
) -> BoxFuture<'a, Result<Fetched, Stopped>> {
    if plan.is_complete() {
        return ready(Ok(Fetched::default())).boxed();
    }
    let mut read = Read::default();
    let all_read: Result<(), Fault> = parents.iter().try_for_each(|row| {
        read.add(plan, row.node_id()?, Some(row.list(at)?));
        Ok(())
    });
    async move {
        all_read?;
        let (counts, hanging) = complete(view, plan, read).await?;
        Ok(Fetched { counts, hanging, ..Fetched::default() })
    }
    .boxed()
}

/// What pages of a list tell.
#[derive(Default)]
struct Read<'a> {
    /// How many rows the list of each parent has, where the page is all of it.
    numbers: Vec<(Uuid, Option<i64>)>,
    rows: Vec<LeanRow<'a>>,
}

impl<'a> Read<'a> {
    /// Adds the page of a parent. None is an empty one.
    fn add(&mut self, plan: &ListPlan, parent: Uuid, slice: Option<LeanSlice<'a>>) {
        self.numbers.push((parent, number_of_all(&plan.wants.page, slice.as_ref())));
        self.rows.extend(slice.iter().flat_map(LeanSlice::rows));
    }
}

/// What a plan wants beside the pages themselves.
async fn complete<'a>(
    view: &'a View,
    plan: &'a ListPlan,
    read: Read<'a>,
) -> Result<(HashMap<Uuid, i64>, Hanging), Stopped> {
    try_join!(counts(view, plan, read.numbers), hanging(view, &plan.row, read.rows))
}

/// What hangs below rows.
pub(super) fn hanging<'a>(
    view: &'a View,
    plan: &'a RowPlan,
    rows: Vec<LeanRow<'a>>,
) -> BoxFuture<'a, Result<Hanging, Stopped>> {
    if plan.is_complete() {
        return ready(Ok(Hanging::default())).boxed();
    }
    let nodes = rows.iter().map(|row| row.node_id()).collect::<Result<BTreeSet<Uuid>, Fault>>();
    async move {
        let nodes: Vec<Uuid> = nodes?.into_iter().collect();
        let below = plan.below.iter().map(|below| match below.nested {
            Some(at) => nested(view, below, at, &rows),
            None => fetch(view, below, nodes.clone()),
        });
        Ok(Hanging { below: try_join_all(below).await? })
    }
    .boxed()
}

/// A node and what hangs below it, if it is in sight.
type Rooted = Result<Option<(LeanNode, Hanging)>, Stopped>;

/// A node by its own id, and what hangs below it; nothing if no such node is in sight. `is_alone`: the request asks for nothing else.
pub(super) fn root<'a>(view: &'a View, plan: &'a RowPlan, id: Uuid, is_alone: bool) -> BoxFuture<'a, Rooted> {
    async move {
        let (reader, is_alone) = (&view.reader, is_alone && plan.is_complete());
        let found = match plan.kind {
            Kind::Organization => {
                reading::lean_node::<organization::Entity>(reader, is_alone, id, &plan.columns).await?
            }
            Kind::Contact => reading::lean_node::<contact::Entity>(reader, is_alone, id, &plan.columns).await?,
            Kind::Phone | Kind::Email | Kind::Address => return Err(Stopped),
        };
        let Some(node) = found else { return Ok(None) };
        let hanging = hanging(view, plan, vec![node.row()]).await?;
        Ok(Some((node, hanging)))
    }
    .boxed()
}

/// Pages of links, these columns of theirs.
struct LeanLinks {
    reader: Arc<Reader>,
    wants: Arc<LeanList>,
}

impl Batch for LeanLinks {
    type Key = Uuid;
    type Value = Arc<LeanPage>;
    type Error = ListError;

    async fn load(&self, parents: Vec<Uuid>) -> Result<HashMap<Uuid, Self::Value>, ListError> {
        let found = reading::lean(&self.reader, parents, &self.wants).await?;
        Ok(found.into_iter().map(|(parent, page)| (parent, Arc::new(page))).collect())
    }
}

pub(super) type Pages = HashMap<Uuid, Arc<LeanPage>>;

/// How many rows a list has of which this page was read, if the page is all of it.
pub(super) fn number_of_all(page: &Page, slice: Option<&LeanSlice<'_>>) -> Option<i64> {
    if page.after.is_some() || page.before.is_some() {
        return None;
    }
    match slice {
        Some(slice) if slice.has_next || slice.has_previous => None,
        Some(slice) => i64::try_from(slice.rows().len()).ok(),
        None => Some(0),
    }
}

/// How many rows the list of each parent has, if that is asked for; of some it is known.
async fn counts(
    view: &View,
    plan: &ListPlan,
    numbers: Vec<(Uuid, Option<i64>)>,
) -> Result<HashMap<Uuid, i64>, Stopped> {
    if !tell_count(&plan.items) {
        return Ok(HashMap::new());
    }
    let counts = numbers.into_iter().map(async |(parent, known)| {
        if let Some(rows) = known {
            return Ok((parent, rows));
        }
        let (batches, reader, query) = (&view.batches, &view.reader, plan.wants.query.clone());
        let side = plan.list.side();
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
