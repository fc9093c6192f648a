//! What a payload shows of a person, written from the person's row and those of the lists below it. It is read in the command's own
//! transaction, as whatever is resolved of a payload.

use async_graphql::{Context, Result, Value};
use uuid::Uuid;

use super::Direct;
use super::asked::{Asked, Source};
use super::fetch::{self, Stopped};
use super::fields::Kind;
use super::plan::RowPlan;
use super::write::Writer;
use crate::contact::{self, Contact};
use crate::context::Request;

/// The contact with this id for the field `contact` of a payload, the one of this type that the mutation at hand gives back.
pub(crate) async fn of_contact(
    context: &Context<'_>,
    payload: &'static str,
    id: Option<Uuid>,
) -> Result<Option<Direct<Contact>>> {
    let Some(id) = id else { return Ok(None) };
    // A future of its own: the mutation's, in which this stands, is polled deep down.
    match Box::pin(written(context, payload, id)).await {
        Some(json) => Ok(Some(Direct::Written(json))),
        None => Ok(contact::of_id(context, id).await?.map(Direct::Resolved)),
    }
}

async fn written(context: &Context<'_>, payload: &'static str, id: Uuid) -> Option<Value> {
    Request::of(context).plans.as_ref()?;
    let view = Request::view(context).ok()?;
    let source = Source { fragments: &context.query_env.fragments, variables: &context.query_env.variables };
    let shown = Asked::of(source, &context.item.node).selected(payload)?;
    let mut shown = shown.iter().filter(|(_, field)| field.name() == "contact");
    // Under several names it may be asked for several things.
    let (Some((_, field)), None) = (shown.next(), shown.next()) else { return None };
    let mut row = RowPlan::of_one(Kind::Contact, view.reader.viewer().is_super_admin());
    let items = row.node(field)?;
    let (found, hanging) = fetch::root(&view, &row, id, false).await.ok()??;
    let mut writer = Writer { viewer: view.reader.viewer(), out: Vec::new() };
    writer.node(&row, &items, &hanging, found.row()).map_err(Stopped::from).ok()?;
    Some(Value::Binary(writer.out.into()))
}
