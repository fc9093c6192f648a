//! Records of communications in the API. What may be recorded the domain decides.

use std::sync::Arc;

use async_graphql::{Context, InputObject, Object, Result};
use chrono::{DateTime, Utc};
use liaison_domain::entity::communication;
use liaison_domain::reading;
use liaison_domain::reading::CommunicationsOf;
use uuid::Uuid;

use crate::change::{self, Change};
use crate::connection::{Connection, Count, page};
use crate::contact::{self, Contact};
use crate::context::Request;
use crate::edges::Plain;
use crate::enums::{CommunicationChannel, CommunicationDirection, CommunicationOutcome, OrderDirection};
use crate::filter;
use crate::organization::{self, Organization};
use crate::reachability::ContactPurpose;
use crate::referral::{self, Referral};
use crate::{error, loaders, traversal};

/// A record of a communication in sight.
#[derive(Clone)]
pub struct Communication(pub Arc<communication::Model>);

/// What was said to or by a person, over which channel and when (US-9, US-11). Seen by the organization that recorded it alone. It never
/// changes: a wrong record is corrected by another.
#[Object]
impl Communication {
    /// Globally unique; `node(id:)` finds it too.
    pub(crate) async fn id(&self) -> Uuid {
        self.0.id
    }

    /// How often it changed: 1, for it never does.
    pub(crate) async fn version(&self) -> i32 {
        self.0.version
    }

    /// With whom; null when you do not see them any more.
    async fn contact(&self, context: &Context<'_>) -> Option<Result<Contact>> {
        contact::of_id(context, self.0.contact_id).await.transpose()
    }

    /// Who recorded it.
    async fn organization(&self, context: &Context<'_>) -> Option<Result<Organization>> {
        organization::of_id(context, self.0.organization_id).await.transpose()
    }

    /// Over what.
    async fn channel(&self) -> CommunicationChannel {
        self.0.channel.into()
    }

    /// Who began it.
    async fn direction(&self) -> CommunicationDirection {
        self.0.direction.into()
    }

    /// What for.
    async fn purpose(&self) -> ContactPurpose {
        self.0.purpose.into()
    }

    /// Whether it took place.
    async fn outcome(&self) -> CommunicationOutcome {
        self.0.outcome.into()
    }

    /// Why it did not take place; null when it did.
    async fn outcome_reason(&self) -> Option<&str> {
        self.0.outcome_reason.as_deref()
    }

    /// The number or address that it went over as it was then, whatever became of it since.
    async fn method_value(&self) -> Option<&str> {
        self.0.method_value.as_deref()
    }

    /// What it was about.
    async fn subject(&self) -> Option<&str> {
        self.0.subject.as_deref()
    }

    /// What was said; may have several lines.
    async fn summary(&self) -> Option<&str> {
        self.0.summary.as_deref()
    }

    /// When it took place.
    async fn occurred_at(&self) -> DateTime<Utc> {
        self.0.occurred_at
    }

    /// The referral that it belongs to; null when it belongs to none.
    async fn referral(&self, context: &Context<'_>) -> Option<Result<Referral>> {
        referral::of_id(context, self.0.referral_id).await.transpose()
    }

    /// When it was recorded.
    async fn recorded_at(&self) -> DateTime<Utc> {
        self.0.recorded_at
    }

    /// The login that recorded it.
    async fn actor(&self) -> &str {
        &self.0.actor
    }

    /// The record that this one corrects; null when it corrects none.
    async fn corrects(&self, context: &Context<'_>) -> Option<Result<Communication>> {
        of_id(context, self.0.corrects_id).await.transpose()
    }

    /// The record that corrects this one; null while none does.
    async fn corrected_by(&self, context: &Context<'_>) -> Option<Result<Communication>> {
        let request = Request::of(context);
        let reader = match request.reader() {
            Ok(reader) => reader,
            Err(error) => return Some(Err(error)),
        };
        let newer = loaders::correction(&request.batches, reader, self.0.id).await;
        newer.map(|row| row.map(Communication)).map_err(|fault| error::of_fault(&fault)).transpose()
    }

    /// What happened to it and to its links, newest first: who, when, what was and is, and why. For those who may read history.
    async fn history(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "How many rows from the start, or after `after`: 50 unless told, 200 at most.")] first: Option<
            i32,
        >,
        #[graphql(desc = "Only rows after this cursor.")] after: Option<String>,
        #[graphql(desc = "How many rows from the end, or before `before`: 200 at most. Not together with `first`.")]
        last: Option<i32>,
        #[graphql(desc = "Only rows before this cursor.")] before: Option<String>,
    ) -> Option<Result<Connection<Plain<Change>>>> {
        Some(change::past(context, self.0.id, first, after, last, before).await)
    }
}

/// Which communications; all conditions hold.
#[derive(InputObject, Default)]
pub struct CommunicationFilter {
    /// Only with these people.
    contact_ids: Option<Vec<Uuid>>,
    /// Only those that these organizations recorded; you see your own, `super_admin` all.
    organization_ids: Option<Vec<Uuid>>,
    /// Only those that belong to these referrals.
    referral_ids: Option<Vec<Uuid>>,
    /// Only over these channels.
    channels: Option<Vec<CommunicationChannel>>,
    /// Only begun by this side.
    direction: Option<CommunicationDirection>,
    /// Only what took place, or only what did not.
    outcome: Option<CommunicationOutcome>,
    /// Only what took place at this instant or later.
    occurred_from: Option<DateTime<Utc>>,
    /// Only what took place before this instant.
    occurred_until: Option<DateTime<Utc>>,
    /// Only records that another corrects, or only those that none does: `false` leaves what is right.
    is_corrected: Option<bool>,
}

/// The list that the arguments ask for, newest first unless told.
pub fn query(
    filter: Option<CommunicationFilter>,
    direction: Option<OrderDirection>,
) -> Result<reading::CommunicationQuery> {
    let asked = filter.unwrap_or_default();
    let filter = reading::CommunicationFilter {
        contact_ids: filter::values("contactIds", asked.contact_ids)?,
        organization_ids: filter::values("organizationIds", asked.organization_ids)?,
        referral_ids: filter::values("referralIds", asked.referral_ids)?,
        channels: filter::values("channels", asked.channels)?,
        direction: asked.direction.map(Into::into),
        outcome: asked.outcome.map(Into::into),
        occurred_from: asked.occurred_from,
        occurred_until: asked.occurred_until,
        is_corrected: asked.is_corrected,
    };
    let direction = direction.map_or(reading::Direction::Descending, Into::into);
    Ok(reading::CommunicationQuery { filter, direction })
}

/// The communications that the viewer sees.
pub async fn all(
    context: &Context<'_>,
    query: reading::CommunicationQuery,
    (first, after, last, before): (Option<i32>, Option<String>, Option<i32>, Option<String>),
) -> Result<Connection<Plain<Communication>>> {
    let page = page(first, after, last, before)?;
    let reader = Request::of(context).reader()?.clone();
    let slice = reading::communications(&reader, &query, &page).await.map_err(|failed| error::of_list(&failed))?;
    let count: Count = Arc::new(move || {
        let (reader, query) = (reader.clone(), query.clone());
        Box::pin(async move { reading::count_communications(&reader, &query).await })
    });
    Ok(Connection::of(&slice, count, |cursor, row| Plain { cursor, node: Communication(Arc::new(row.clone())) }))
}

/// The communications with one person, or about one referral. Records are no part of how a person stood: they are told of the present alone.
pub async fn of(
    context: &Context<'_>,
    parent: (CommunicationsOf, Uuid),
    query: reading::CommunicationQuery,
    (first, after, last, before): (Option<i32>, Option<String>, Option<i32>, Option<String>),
) -> Result<Connection<Plain<Communication>>> {
    let page = page(first, after, last, before)?;
    let view = Request::view(context)?;
    view.may_ask("communications")?;
    let (batches, reader) = (view.batches.clone(), view.reader.clone());
    let slice = loaders::communications(&batches, &reader, parent, query.clone(), page).await;
    let slice = slice.map_err(|failed| error::of_list(&failed))?;
    let count: Count = Arc::new(move || {
        let (batches, reader, query) = (batches.clone(), reader.clone(), query.clone());
        Box::pin(async move { loaders::communication_count(&batches, &reader, parent, query).await })
    });
    Ok(Connection::of(&slice, count, |cursor, row| Plain { cursor, node: Communication(Arc::new(row.clone())) }))
}

/// The record with this id, if you see it.
pub async fn of_id(context: &Context<'_>, id: impl Into<Option<Uuid>>) -> Result<Option<Communication>> {
    let Some(id) = id.into() else { return Ok(None) };
    Ok(traversal::node::<communication::Entity>(context, id).await?.map(Communication))
}
