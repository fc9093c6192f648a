//! Email addresses in the API.

use std::sync::Arc;

use async_graphql::{Context, Object, Result};
use chrono::{DateTime, Utc};
use liaison_domain::entity::{contact_email, email, organization_email};
use uuid::Uuid;

use crate::change::{self, Change};
use crate::code::EmailCode;
use crate::connection::{Connection, page};
use crate::edges::{EmailContactEdge, EmailOrganizationEdge, Plain};
use crate::enums::VerificationState;
use crate::filter::link::{self, LinkOrder, MethodContactFilter, MethodOrganizationFilter};
use crate::scalars::EmailAddress;
use crate::{code, traversal};

/// An email address in sight.
#[derive(Clone)]
pub struct Email(pub Arc<email::Model>);

/// An email address, a row of its own: shared by everybody who reads it (ADR 0009 `Email`).
#[Object]
impl Email {
    /// Globally unique; `node(id:)` finds it too.
    pub(crate) async fn id(&self) -> Uuid {
        self.0.id
    }

    /// How often it changed; pass it as `expectedVersion` to change only what you have seen.
    pub(crate) async fn version(&self) -> i32 {
        self.0.version
    }

    /// The address as it was entered.
    async fn address(&self) -> EmailAddress {
        EmailAddress(self.0.address.clone())
    }

    /// What kind of email address it is.
    async fn code(&self, context: &Context<'_>) -> Result<EmailCode> {
        code::of_email(context, self.0.email_code_id).await
    }

    /// What it is called.
    async fn label(&self) -> Option<&str> {
        self.0.label.as_deref()
    }

    /// Whether automatic messages may go there.
    async fn is_notification_enabled(&self) -> bool {
        self.0.is_notification_enabled
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
    ) -> Result<Connection<EmailContactEdge>> {
        let page = page(first, after, last, before)?;
        traversal::uphill::<contact_email::Entity, _>(context, self.0.id, link::holders(filter, order_by), page).await
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
    ) -> Result<Connection<EmailOrganizationEdge>> {
        let page = page(first, after, last, before)?;
        traversal::uphill::<organization_email::Entity, _>(
            context,
            self.0.id,
            link::holding_organizations(filter, order_by)?,
            page,
        )
        .await
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

/// The email address with this id, if you see it.
pub async fn of_id(context: &Context<'_>, id: impl Into<Option<Uuid>>) -> Result<Option<Email>> {
    let Some(id) = id.into() else { return Ok(None) };
    Ok(traversal::node::<email::Entity>(context, id).await?.map(Email))
}
