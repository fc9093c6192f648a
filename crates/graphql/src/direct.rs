//! Answers written straight from rows: where a plain query asks of a node, of a list and of the lists below it only what their rows
//! have, the rows are fetched with the wanted columns alone and written as JSON, instead of an object for each and a resolver for
//! each field. That goes for a whole operation (`operation`) and for a list downhill within one (`downhill`). The schema does not know: the
//! answer is the same to the byte. Whatever a plan cannot answer, refusals and faults among it, is left to the resolvers.

mod asked;
mod fetch;
mod fields;
mod operation;
mod payload;
mod plan;
mod write;

use std::borrow::Cow;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use async_graphql::parser::types::Field;
use async_graphql::registry::Registry;
use async_graphql::{Context, ContextSelectionSet, OutputType, Positioned, Result, ServerResult, Value};
use liaison_domain::access::SightedLink;
use liaison_domain::orm::EntityTrait;
use liaison_domain::reading::{LinkQuery, Page};
use uuid::Uuid;

use crate::connection::Connection;
use crate::context::Request;
use crate::edges::LinkEdge;
use crate::traversal;
use asked::{Asked, Source};
use fetch::Stopped;
use fields::List;
pub(crate) use operation::operation;
pub(crate) use payload::of_contact;
use plan::{Below, ListPlan, Nests};
use write::Writer;

/// A list that is there to be resolved, or is written already.
pub enum Direct<T> {
    /// Its fields are resolved one by one.
    Resolved(T),
    /// Its JSON.
    Written(Value),
}

impl<T: OutputType> OutputType for Direct<T> {
    fn type_name() -> Cow<'static, str> {
        T::type_name()
    }

    fn create_type_info(registry: &mut Registry) -> String {
        T::create_type_info(registry)
    }

    async fn resolve(&self, context: &ContextSelectionSet<'_>, field: &Positioned<Field>) -> ServerResult<Value> {
        match self {
            Self::Resolved(value) => value.resolve(context, field).await,
            Self::Written(json) => Ok(json.clone()),
        }
    }
}

/// A plan, or that there is none: the place is resolved.
type MaybePlan = Option<Arc<ListPlan>>;

/// The plans of a request, by the place in its document: a list below a hundred rows is planned once.
#[derive(Default)]
pub struct Plans {
    by_place: Mutex<HashMap<(usize, List), MaybePlan>>,
}

impl Plans {
    fn get_or_make(&self, place: usize, list: List, make: impl FnOnce() -> Option<ListPlan>) -> MaybePlan {
        let mut known = self.by_place.lock().unwrap_or_else(PoisonError::into_inner);
        known.entry((place, list)).or_insert_with(|| make().map(Arc::new)).clone()
    }
}

/// The page of a node's links downhill.
pub async fn downhill<J, E>(
    context: &Context<'_>,
    parent: Uuid,
    query: LinkQuery,
    page: Page,
) -> Result<Direct<Connection<E>>>
where
    J: SightedLink<Model: Send + Sync>,
    <J::Downhill as EntityTrait>::Model: Send + Sync,
    E: LinkEdge<J::Model, <J::Downhill as EntityTrait>::Model>,
{
    match written::<J>(context, parent, &query, &page).await {
        Some(json) => Ok(Direct::Written(json)),
        None => traversal::downhill::<J, E>(context, parent, query, page).await.map(Direct::Resolved),
    }
}

async fn written<J: SightedLink>(context: &Context<'_>, parent: Uuid, query: &LinkQuery, page: &Page) -> Option<Value> {
    let plans = Request::of(context).plans.as_ref()?;
    let view = Request::view(context).ok()?;
    // Of the past other tables tell, and not of everything.
    if view.is_past() {
        return None;
    }
    let list = List::of::<J>()?;
    let place = std::ptr::from_ref(context.item).addr();
    // What is resolved above it has no statement for it to come with.
    let below = Below { is_of_all: view.reader.viewer().is_super_admin(), nests: Nests::Nothing };
    let source = Source { fragments: &context.query_env.fragments, variables: &context.query_env.variables };
    let asked = Asked::of(source, &context.item.node);
    let make = || ListPlan::of(list, query.clone(), page.clone(), below, &asked);
    let plan = plans.get_or_make(place, list, make)?;
    let fetched = fetch::fetch(&view, &plan, vec![parent]).await.ok()?;
    let mut writer = Writer { viewer: view.reader.viewer(), out: Vec::new() };
    writer.list(&plan, &fetched, parent).map_err(Stopped::from).ok()?;
    Some(Value::Binary(writer.out.into()))
}
