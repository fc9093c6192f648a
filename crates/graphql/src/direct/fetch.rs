//! Fetching what a plan wants: a list of many parents in one statement, then all that hangs below its rows at once. The statements are
//! those that the loaders would run, through the request's queues: several lists with one plan are one statement too.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use futures::future::{BoxFuture, FutureExt, try_join_all};
use futures::try_join;
use liaison_domain::access::SightedLink;
use liaison_domain::entity::{
    contact_address, contact_email, contact_phone, email_code, organization_address, organization_contact,
    organization_email, organization_phone, phone_address, phone_code,
};
use liaison_domain::failure::Fault;
use liaison_domain::reading::{self, LeanRow, LinkQuery, ListError, Page, Side, Slice};
use liaison_domain::session::Reader;
use std::marker::PhantomData;
use uuid::Uuid;

use super::fields::{Kind, List};
use super::plan::ListPlan;
use crate::as_of::View;
use crate::batch::Batch;
use crate::loaders;

/// What there is of a list, by parent, and of what hangs below its rows.
#[derive(Default)]
pub(super) struct Fetched {
    pub slices: HashMap<Uuid, Arc<Slice<LeanRow>>>,
    pub counts: HashMap<Uuid, i64>,
    pub codes: HashMap<Uuid, CodeRow>,
    pub below: Vec<Fetched>,
}

/// A code, of phones or of email addresses.
pub(super) struct CodeRow {
    pub id: Uuid,
    pub version: i32,
    pub code: String,
    pub label: String,
    pub description: Option<String>,
    pub sort_order: i32,
    pub is_system_managed: bool,
    pub is_active: bool,
}

/// Why a plan does not answer: whatever it is, the resolvers tell it at its place.
pub(super) struct Stopped;

impl From<Fault> for Stopped {
    fn from(_: Fault) -> Self {
        Self
    }
}

impl From<ListError> for Stopped {
    fn from(_: ListError) -> Self {
        Self
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
        let mut nodes = BTreeSet::new();
        let mut codes = BTreeSet::new();
        for (_, row) in slices.values().flat_map(|slice| &slice.rows) {
            nodes.insert(row.node_id()?);
            if let Some(at) = plan.code {
                codes.insert(row.id(at)?);
            }
        }
        let nodes: Vec<Uuid> = nodes.into_iter().collect();
        let below = async {
            if nodes.is_empty() {
                return Ok(plan.below.iter().map(|_| Fetched::default()).collect());
            }
            try_join_all(plan.below.iter().map(|below| fetch(view, below, nodes.clone()))).await
        };
        let (counts, codes, below) =
            try_join!(counts(view, plan, parents), code_rows(view, plan.list.kind(), codes), below)?;
        Ok(Fetched { slices, counts, codes, below })
    }
    .boxed()
}

/// Pages of links downhill, these columns of theirs.
struct LeanLinks<J> {
    reader: Arc<Reader>,
    query: LinkQuery,
    page: Page,
    columns: Vec<&'static str>,
    kind: PhantomData<fn() -> J>,
}

impl<J: SightedLink> Batch for LeanLinks<J> {
    type Key = Uuid;
    type Value = Arc<Slice<LeanRow>>;
    type Error = ListError;

    async fn load(&self, parents: Vec<Uuid>) -> Result<HashMap<Uuid, Self::Value>, ListError> {
        let found = reading::lean::<J>(&self.reader, parents, &self.query, &self.page, &self.columns).await?;
        Ok(found.into_iter().map(|(parent, slice)| (parent, Arc::new(slice))).collect())
    }
}

type Slices = HashMap<Uuid, Arc<Slice<LeanRow>>>;

async fn slices(view: &View, plan: &ListPlan, parents: Vec<Uuid>) -> Result<Slices, Stopped> {
    match plan.list {
        List::OrganizationContacts => of::<organization_contact::Entity>(view, plan, parents).await,
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
    let arguments = (plan.query.clone(), plan.page.clone(), plan.columns.clone());
    let queue = view.batches.queue(arguments, |(query, page, columns)| LeanLinks::<J> {
        reader: view.reader.clone(),
        query: query.clone(),
        page: page.clone(),
        columns: columns.clone(),
        kind: PhantomData,
    });
    Ok(queue.load_many(parents).await?)
}

async fn counts(view: &View, plan: &ListPlan, parents: Vec<Uuid>) -> Result<HashMap<Uuid, i64>, Stopped> {
    if !plan.is_counted {
        return Ok(HashMap::new());
    }
    let counts = parents.into_iter().map(async |parent| {
        let (batches, reader, query) = (&view.batches, &view.reader, plan.query.clone());
        let side = Side::Downhill;
        let count = match plan.list {
            List::OrganizationContacts => {
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

async fn code_rows(view: &View, kind: Kind, ids: BTreeSet<Uuid>) -> Result<HashMap<Uuid, CodeRow>, Stopped> {
    let rows = ids.into_iter().map(async |id| {
        let row = if kind == Kind::Phone {
            loaders::node::<phone_code::Entity>(&view.batches, &view.reader, id).await?.map(|code| CodeRow {
                id: code.id,
                version: code.version,
                code: code.code.clone(),
                label: code.label.clone(),
                description: code.description.clone(),
                sort_order: code.sort_order,
                is_system_managed: code.is_system_managed,
                is_active: code.is_active,
            })
        } else {
            loaders::node::<email_code::Entity>(&view.batches, &view.reader, id).await?.map(|code| CodeRow {
                id: code.id,
                version: code.version,
                code: code.code.clone(),
                label: code.label.clone(),
                description: code.description.clone(),
                sort_order: code.sort_order,
                is_system_managed: code.is_system_managed,
                is_active: code.is_active,
            })
        };
        Ok::<_, Stopped>((id, row.ok_or(Stopped)?))
    });
    Ok(try_join_all(rows).await?.into_iter().collect())
}
