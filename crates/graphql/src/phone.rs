//! Phones in the API.

use std::sync::Arc;

use async_graphql::{Context, Object, Result};
use chrono::{DateTime, Utc};
use liaison_domain::entity::{contact_phone, organization_phone, phone, phone_address};
use liaison_domain::text;
use uuid::Uuid;

use crate::change::{self, Change};
use crate::code::PhoneCode;
use crate::connection::{Connection, page};
use crate::direct::{self, Direct};
use crate::edges::{PhoneAddressEdge, PhoneContactEdge, PhoneOrganizationEdge, Plain};
use crate::enums::VerificationState;
use crate::filter::link::{self, LinkOrder, MethodContactFilter, MethodOrganizationFilter, PhoneAddressFilter};
use crate::scalars::PhoneNumber;
use crate::{code, traversal};

/// A phone in sight.
#[derive(Clone)]
pub struct Phone(pub Arc<phone::Model>);

/// A phone number, a row of its own: shared by everybody who is reachable through it (ADR 0009 `Phone`).
#[Object]
impl Phone {
    /// Globally unique; `node(id:)` finds it too.
    pub(crate) async fn id(&self) -> Uuid {
        self.0.id
    }

    /// How often it changed; pass it as `expectedVersion` to change only what you have seen.
    pub(crate) async fn version(&self) -> i32 {
        self.0.version
    }

    /// The number as it was entered.
    async fn number(&self) -> PhoneNumber {
        PhoneNumber(self.0.number.clone())
    }

    /// The number in E.164; null when it does not parse.
    async fn e164(&self) -> Option<PhoneNumber> {
        self.0.e164.clone().map(PhoneNumber)
    }

    /// A link that dials it, ready for `href`: `tel:+15550102000;ext=204` (RFC 3966); null when the number does not parse.
    async fn tel_uri(&self) -> Option<String> {
        self.0.e164.as_deref().map(|e164| text::tel_uri(e164, self.0.extension.as_deref()))
    }

    /// The extension, digits only.
    async fn extension(&self) -> Option<&str> {
        self.0.extension.as_deref()
    }

    /// What kind of phone it is.
    async fn code(&self, context: &Context<'_>) -> Result<PhoneCode> {
        code::of_phone(context, self.0.phone_code_id).await
    }

    /// What it is called: `Reception`.
    async fn label(&self) -> Option<&str> {
        self.0.label.as_deref()
    }

    /// Whether it takes text messages.
    async fn is_sms_capable(&self) -> bool {
        self.0.is_sms_capable
    }

    /// Whether somebody at this number said STOP to text messages.
    async fn is_sms_opted_out(&self) -> bool {
        self.0.is_sms_opted_out
    }

    /// When they said so.
    async fn sms_opted_out_at(&self) -> Option<DateTime<Utc>> {
        self.0.sms_opted_out_at
    }

    /// What is known about whether it reaches its person.
    async fn verification_state(&self) -> VerificationState {
        self.0.verification_state.into()
    }

    /// Since when that is known; null while nobody has tried.
    async fn verification_changed_at(&self) -> Option<DateTime<Utc>> {
        self.0.verification_changed_at
    }

    /// When it came into the directory.
    async fn created_at(&self) -> DateTime<Utc> {
        self.0.created_at
    }

    /// When it last changed.
    async fn updated_at(&self) -> DateTime<Utc> {
        self.0.updated_at
    }

    /// When it was deleted; null while it is not. What was deleted is kept, stands in no list, and is neither changed nor linked any more.
    async fn deleted_at(&self) -> Option<DateTime<Utc>> {
        self.0.deleted_at
    }

    /// The people who are reachable through it, as far as you see them. By name unless told.
    async fn contacts(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Which of them; all unless told.")] filter: Option<MethodContactFilter>,
        #[graphql(desc = "In which order.")] order_by: Option<LinkOrder>,
        #[graphql(desc = "How many rows from the start, or after `after`: 50 unless told, 200 at most.")] first: Option<
            i32,
        >,
        #[graphql(desc = "Only rows after this cursor.")] after: Option<String>,
        #[graphql(desc = "How many rows from the end, or before `before`: 200 at most. Not together with `first`.")]
        last: Option<i32>,
        #[graphql(desc = "Only rows before this cursor.")] before: Option<String>,
    ) -> Result<Connection<PhoneContactEdge>> {
        let page = page(first, after, last, before)?;
        traversal::uphill::<contact_phone::Entity, _>(context, self.0.id, link::holders(filter, order_by)?, page).await
    }

    /// The organizations that are reachable through it, as far as they are yours.
    async fn organizations(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Which of them; all unless told.")] filter: Option<MethodOrganizationFilter>,
        #[graphql(desc = "In which order.")] order_by: Option<LinkOrder>,
        #[graphql(desc = "How many rows from the start, or after `after`: 50 unless told, 200 at most.")] first: Option<
            i32,
        >,
        #[graphql(desc = "Only rows after this cursor.")] after: Option<String>,
        #[graphql(desc = "How many rows from the end, or before `before`: 200 at most. Not together with `first`.")]
        last: Option<i32>,
        #[graphql(desc = "Only rows before this cursor.")] before: Option<String>,
    ) -> Result<Connection<PhoneOrganizationEdge>> {
        let page = page(first, after, last, before)?;
        traversal::uphill::<organization_phone::Entity, _>(
            context,
            self.0.id,
            link::holding_organizations(filter, order_by)?,
            page,
        )
        .await
    }

    /// Where it stands: the reception of Midtown, the fax of the billing office.
    async fn addresses(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Which of them; all unless told.")] filter: Option<PhoneAddressFilter>,
        #[graphql(desc = "In which order.")] order_by: Option<LinkOrder>,
        #[graphql(desc = "How many rows from the start, or after `after`: 50 unless told, 200 at most.")] first: Option<
            i32,
        >,
        #[graphql(desc = "Only rows after this cursor.")] after: Option<String>,
        #[graphql(desc = "How many rows from the end, or before `before`: 200 at most. Not together with `first`.")]
        last: Option<i32>,
        #[graphql(desc = "Only rows before this cursor.")] before: Option<String>,
    ) -> Result<Direct<Connection<PhoneAddressEdge>>> {
        let page = page(first, after, last, before)?;
        direct::downhill::<phone_address::Entity, _>(context, self.0.id, link::places(filter, order_by)?, page).await
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

/// The phone with this id, if you see it.
pub async fn of_id(context: &Context<'_>, id: impl Into<Option<Uuid>>) -> Result<Option<Phone>> {
    let Some(id) = id.into() else { return Ok(None) };
    Ok(traversal::node::<phone::Entity>(context, id).await?.map(Phone))
}
