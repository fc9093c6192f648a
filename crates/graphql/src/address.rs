//! Postal addresses in the API.

use std::sync::Arc;

use async_graphql::{Context, Object, Result};
use chrono::{DateTime, Utc};
use liaison_domain::entity::{address, contact_address, organization_address, phone_address};
use uuid::Uuid;

use crate::change::{self, Change};
use crate::connection::{Connection, page};
use crate::edges::{AddressContactEdge, AddressOrganizationEdge, AddressPhoneEdge, Plain};
use crate::enums::AddressType;
use crate::filter::link::{self, AddressPhoneFilter, LinkOrder, MethodContactFilter, MethodOrganizationFilter};
use crate::traversal;

/// An address in sight.
#[derive(Clone)]
pub struct Address(pub Arc<address::Model>);

/// A postal address, a row of its own: when an office moves, it is corrected once.
#[Object]
impl Address {
    /// Globally unique; `node(id:)` finds it too.
    pub(crate) async fn id(&self) -> Uuid {
        self.0.id
    }

    /// How often it changed; pass it as `expectedVersion` to change only what you have seen.
    pub(crate) async fn version(&self) -> i32 {
        self.0.version
    }

    /// What it is called: `Downtown Office`.
    async fn label(&self) -> Option<&str> {
        self.0.label.as_deref()
    }

    /// What it is used for, unless a link says otherwise.
    #[graphql(name = "type")]
    async fn address_type(&self) -> AddressType {
        self.0.address_type.into()
    }

    /// Street and number.
    async fn street1(&self) -> &str {
        &self.0.street1
    }

    /// Suite, floor, building.
    async fn street2(&self) -> Option<&str> {
        self.0.street2.as_deref()
    }

    /// City.
    async fn city(&self) -> &str {
        &self.0.city
    }

    /// State, province or region.
    async fn state(&self) -> Option<&str> {
        self.0.state.as_deref()
    }

    /// Postal code.
    async fn postal_code(&self) -> Option<&str> {
        self.0.postal_code.as_deref()
    }

    /// Country, ISO 3166-1 alpha-2.
    async fn country(&self) -> &str {
        &self.0.country
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

    /// The people who are found there, as far as you see them. By name unless told.
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
    ) -> Result<Connection<AddressContactEdge>> {
        let page = page(first, after, last, before)?;
        traversal::uphill::<contact_address::Entity, _>(context, self.0.id, link::holders(filter, order_by)?, page)
            .await
    }

    /// The organizations that are found there, as far as they are yours.
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
    ) -> Result<Connection<AddressOrganizationEdge>> {
        let page = page(first, after, last, before)?;
        traversal::uphill::<organization_address::Entity, _>(
            context,
            self.0.id,
            link::holding_organizations(filter, order_by)?,
            page,
        )
        .await
    }

    /// The phones that stand there.
    async fn phones(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Which of them; all unless told.")] filter: Option<AddressPhoneFilter>,
        #[graphql(desc = "In which order.")] order_by: Option<LinkOrder>,
        #[graphql(desc = "How many rows from the start, or after `after`: 50 unless told, 200 at most.")] first: Option<
            i32,
        >,
        #[graphql(desc = "Only rows after this cursor.")] after: Option<String>,
        #[graphql(desc = "How many rows from the end, or before `before`: 200 at most. Not together with `first`.")]
        last: Option<i32>,
        #[graphql(desc = "Only rows before this cursor.")] before: Option<String>,
    ) -> Result<Connection<AddressPhoneEdge>> {
        let page = page(first, after, last, before)?;
        traversal::uphill::<phone_address::Entity, _>(context, self.0.id, link::phones_there(filter, order_by)?, page)
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

/// The address with this id, if you see it.
pub async fn of_id(context: &Context<'_>, id: impl Into<Option<Uuid>>) -> Result<Option<Address>> {
    let Some(id) = id.into() else { return Ok(None) };
    Ok(traversal::node::<address::Entity>(context, id).await?.map(Address))
}
