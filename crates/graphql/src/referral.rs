//! Referrals in the API. What may be recorded the domain decides.

use std::sync::Arc;

use async_graphql::{Context, InputObject, Object, Result};
use chrono::{DateTime, Utc};
use liaison_domain::entity::referral;
use liaison_domain::reading;
use liaison_domain::reading::CommunicationsOf;
use uuid::Uuid;

use crate::change::{self, Change};
use crate::communication::{self, Communication, CommunicationFilter};
use crate::connection::{Connection, Count, page};
use crate::contact::{self, Contact};
use crate::context::Request;
use crate::edges::Plain;
use crate::enums::{OrderDirection, ReferralStatus};
use crate::filter;
use crate::organization::{self, Organization};
use crate::scalars::Date;
use crate::{error, loaders, traversal};

/// A referral in sight.
#[derive(Clone)]
pub struct Referral(pub Arc<referral::Model>);

/// That a partner sent a client to a provider, whom it dealt with there, and what became of it (US-11). Seen by the organization that made
/// it alone. Whom it names, that organization goes on seeing while it does.
#[Object]
impl Referral {
    /// Globally unique; `node(id:)` finds it too.
    pub(crate) async fn id(&self) -> Uuid {
        self.0.id
    }

    /// How often it changed; pass it as `expectedVersion` to change only what you have seen.
    pub(crate) async fn version(&self) -> i32 {
        self.0.version
    }

    /// The organization that made it.
    async fn partner(&self, context: &Context<'_>) -> Option<Result<Organization>> {
        organization::of_id(context, self.0.partner_organization_id).await.transpose()
    }

    /// To which provider it goes; null when you do not see it any more.
    async fn provider(&self, context: &Context<'_>) -> Option<Result<Organization>> {
        organization::of_id(context, self.0.provider_organization_id).await.transpose()
    }

    /// With whom the partner deals there, or whom it sent; null when it names nobody.
    async fn contact(&self, context: &Context<'_>) -> Option<Result<Contact>> {
        contact::of_id(context, self.0.contact_id).await.transpose()
    }

    /// What the partner calls its client.
    async fn client_reference(&self) -> &str {
        &self.0.client_reference
    }

    /// On which day it was made.
    async fn referred_on(&self) -> Date {
        Date(self.0.referred_on)
    }

    /// How it stands.
    async fn status(&self) -> ReferralStatus {
        self.0.status.into()
    }

    /// What is to be remembered; may have several lines.
    async fn notes(&self) -> Option<&str> {
        self.0.notes.as_deref()
    }

    /// When it was recorded.
    async fn created_at(&self) -> DateTime<Utc> {
        self.0.created_at
    }

    /// When it last changed.
    async fn updated_at(&self) -> DateTime<Utc> {
        self.0.updated_at
    }

    /// What was said about it, newest first.
    async fn communications(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Which of them; all unless told.")] filter: Option<CommunicationFilter>,
        #[graphql(desc = "By when they took place; the newest first unless told.")] direction: Option<OrderDirection>,
        #[graphql(desc = "How many rows from the start, or after `after`: 50 unless told, 200 at most.")] first: Option<
            i32,
        >,
        #[graphql(desc = "Only rows after this cursor.")] after: Option<String>,
        #[graphql(desc = "How many rows from the end, or before `before`: 200 at most. Not together with `first`.")]
        last: Option<i32>,
        #[graphql(desc = "Only rows before this cursor.")] before: Option<String>,
    ) -> Result<Connection<Plain<Communication>>> {
        let query = communication::query(filter, direction)?;
        let parent = (CommunicationsOf::Referral, self.0.id);
        communication::of(context, parent, query, (first, after, last, before)).await
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

/// Which referrals; all conditions hold.
#[derive(InputObject, Default)]
pub struct ReferralFilter {
    /// Only those that name these contacts.
    contact_ids: Option<Vec<Uuid>>,
    /// Only to these providers.
    provider_ids: Option<Vec<Uuid>>,
    /// Only those that these organizations made; you see your own, `super_admin` all.
    partner_ids: Option<Vec<Uuid>>,
    /// Only those that stand so.
    statuses: Option<Vec<ReferralStatus>>,
    /// Only of clients that are called one of these, to the letter.
    client_references: Option<Vec<String>>,
    /// Only of this day and later ones.
    from: Option<Date>,
    /// Only of this day and earlier ones.
    until: Option<Date>,
}

/// The list that the arguments ask for, newest first unless told.
pub fn query(filter: Option<ReferralFilter>, direction: Option<OrderDirection>) -> Result<reading::ReferralQuery> {
    let asked = filter.unwrap_or_default();
    if let (Some(from), Some(until)) = (asked.from, asked.until)
        && until.0 < from.0
    {
        return Err(error::bad_input("until must not be before from: both days belong to the span"));
    }
    let filter = reading::ReferralFilter {
        contact_ids: filter::values("contactIds", asked.contact_ids)?,
        provider_ids: filter::values("providerIds", asked.provider_ids)?,
        partner_ids: filter::values("partnerIds", asked.partner_ids)?,
        statuses: filter::values("statuses", asked.statuses)?,
        client_references: filter::texts("clientReferences", asked.client_references)?,
        from: asked.from.map(|day| day.0),
        until: asked.until.map(|day| day.0),
    };
    let direction = direction.map_or(reading::Direction::Descending, Into::into);
    Ok(reading::ReferralQuery { filter, direction })
}

/// The referrals that the viewer sees.
pub async fn all(
    context: &Context<'_>,
    query: reading::ReferralQuery,
    (first, after, last, before): (Option<i32>, Option<String>, Option<i32>, Option<String>),
) -> Result<Connection<Plain<Referral>>> {
    let page = page(first, after, last, before)?;
    let reader = Request::of(context).reader()?.clone();
    let slice = reading::referrals(&reader, &query, &page).await.map_err(|failed| error::of_list(&failed))?;
    let count: Count = Arc::new(move || {
        let (reader, query) = (reader.clone(), query.clone());
        Box::pin(async move { reading::count_referrals(&reader, &query).await })
    });
    Ok(Connection::of(&slice, count, |cursor, row| Plain { cursor, node: Referral(Arc::new(row.clone())) }))
}

/// The referrals that name one person. Records are no part of how a person stood: they are told of the present alone.
pub async fn naming(
    context: &Context<'_>,
    contact: Uuid,
    query: reading::ReferralQuery,
    (first, after, last, before): (Option<i32>, Option<String>, Option<i32>, Option<String>),
) -> Result<Connection<Plain<Referral>>> {
    let page = page(first, after, last, before)?;
    let view = Request::view(context)?;
    view.may_ask("referrals")?;
    let (batches, reader) = (view.batches.clone(), view.reader.clone());
    let slice = loaders::referrals(&batches, &reader, contact, query.clone(), page).await;
    let slice = slice.map_err(|failed| error::of_list(&failed))?;
    let count: Count = Arc::new(move || {
        let (batches, reader, query) = (batches.clone(), reader.clone(), query.clone());
        Box::pin(async move { loaders::referral_count(&batches, &reader, contact, query).await })
    });
    Ok(Connection::of(&slice, count, |cursor, row| Plain { cursor, node: Referral(Arc::new(row.clone())) }))
}

/// The referral with this id, if you see it.
pub async fn of_id(context: &Context<'_>, id: impl Into<Option<Uuid>>) -> Result<Option<Referral>> {
    let Some(id) = id.into() else { return Ok(None) };
    Ok(traversal::node::<referral::Entity>(context, id).await?.map(Referral))
}
