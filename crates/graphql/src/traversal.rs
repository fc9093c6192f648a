//! From a resolver to a loader and back, for all objects: a node by its id, the first along a link, a page of links as a connection.

use async_graphql::{Context, Result};
use liaison_domain::access::{Sighted, SightedLink};
use liaison_domain::entity::contact;
use liaison_domain::orm::EntityTrait;
use liaison_domain::reading::{LinkQuery, Page, Side};
use uuid::Uuid;

use std::sync::Arc;

use crate::as_of::View;
use crate::connection::{Connection, Count};
use crate::context::Request;
use crate::edges::LinkEdge;
use crate::{error, loaders};

/// The row of a node by its id, if the viewer sees it.
pub async fn node<N>(context: &Context<'_>, id: Uuid) -> Result<Option<Arc<N::Model>>>
where
    N: Sighted<Model: Send + Sync>,
{
    let view = Request::view(context)?;
    if N::TABLE.ends_with("_projection") {
        view.may_read(id)?;
    }
    let found = loaders::node::<N>(&view.batches, &view.reader, id).await;
    found.map_err(|fault| error::of_fault(&fault))
}

/// The row of a contact by an id that names it or stands for it, if the viewer sees it.
pub async fn person(context: &Context<'_>, id: Uuid) -> Result<Option<Arc<contact::Model>>> {
    let view = Request::view(context)?;
    view.may_read(id)?;
    let found = loaders::person(&view.batches, &view.reader, id).await;
    found.map_err(|fault| error::of_fault(&fault))
}

/// The first of what hangs below a node, such as its primary phone.
pub async fn first<J>(
    context: &Context<'_>,
    parent: Uuid,
    query: LinkQuery,
) -> Result<Option<Arc<<J::Downhill as EntityTrait>::Model>>>
where
    J: SightedLink<Model: Send + Sync>,
    <J::Downhill as EntityTrait>::Model: Send + Sync,
{
    let view = Request::view(context)?;
    view.may_follow(parent)?;
    let slice = loaders::downhill::<J>(&view.batches, &view.reader, parent, query, Page::first(1)).await;
    let slice = slice.map_err(|failed| error::of_list(&failed))?;
    Ok(slice.rows.first().map(|(_, row)| Arc::new(row.node.clone())))
}

/// The page of a node's links downhill.
pub async fn downhill<J, E>(context: &Context<'_>, parent: Uuid, query: LinkQuery, page: Page) -> Result<Connection<E>>
where
    J: SightedLink<Model: Send + Sync>,
    <J::Downhill as EntityTrait>::Model: Send + Sync,
    E: LinkEdge<J::Model, <J::Downhill as EntityTrait>::Model>,
{
    let view = Request::view(context)?;
    view.may_follow(parent)?;
    let slice = loaders::downhill::<J>(&view.batches, &view.reader, parent, query.clone(), page).await;
    let slice = slice.map_err(|failed| error::of_list(&failed))?;
    let viewer = view.reader.viewer();
    let count = count::<J>(&view, Side::Downhill, parent, query);
    Ok(Connection::of(&slice, count, |cursor, row| E::of(viewer, cursor, &row.link, &row.node)))
}

/// The page of a node's links uphill: only what is the viewer's appears.
pub async fn uphill<J, E>(context: &Context<'_>, parent: Uuid, query: LinkQuery, page: Page) -> Result<Connection<E>>
where
    J: SightedLink<Model: Send + Sync>,
    <J::Uphill as EntityTrait>::Model: Send + Sync,
    E: LinkEdge<J::Model, <J::Uphill as EntityTrait>::Model>,
{
    let view = Request::view(context)?;
    view.may_follow(parent)?;
    let slice = loaders::uphill::<J>(&view.batches, &view.reader, parent, query.clone(), page).await;
    let slice = slice.map_err(|failed| error::of_list(&failed))?;
    let viewer = view.reader.viewer();
    let count = count::<J>(&view, Side::Uphill, parent, query);
    Ok(Connection::of(&slice, count, |cursor, row| E::of(viewer, cursor, &row.link, &row.node)))
}

/// Counts a node's links when somebody asks.
fn count<J: SightedLink>(view: &View, side: Side, parent: Uuid, query: LinkQuery) -> Count {
    let (batches, reader) = (view.batches.clone(), view.reader.clone());
    Arc::new(move || {
        let (batches, reader, query) = (batches.clone(), reader.clone(), query.clone());
        Box::pin(async move { loaders::link_count::<J>(&batches, &reader, side, parent, query).await })
    })
}
