//! Organizations in the API.

use std::sync::Arc;

use async_graphql::{Context, Object, Result};
use chrono::{DateTime, Utc};
use liaison_domain::entity::{
    facility, organization, organization_address, organization_contact, organization_email, organization_phone,
};
use liaison_domain::reading::Way;
use uuid::Uuid;

use crate::change::{self, Change};
use crate::connection::{Connection, Count, page};
use crate::contact::Contact;
use crate::context::Request;
use crate::direct::{self, Direct};
use crate::edges::{OrganizationAddressEdge, OrganizationEmailEdge, OrganizationPhoneEdge, Plain, RoleEdge, StaffEdge};
use crate::enums::{ContactType, OrganizationKind, PartnerType};
use crate::facility::Facility;
use crate::filter::link::{
    self, AddressLinkFilter, EmailLinkFilter, LinkOrder, OrganizationContactFilter, OrganizationContactOrder,
    PhoneLinkFilter,
};
use crate::filter::{self, OrganizationFilter, OrganizationOrder};
use crate::relationship::{self, StaffAssignmentFilter};
use crate::scalars::Date;
use crate::search::OrganizationEdge;
use crate::{error, loaders, traversal};

/// An organization in sight.
#[derive(Clone)]
pub struct Organization(pub Arc<organization::Model>);

/// An organization: the platform owner, a provider, or a partner that brings providers.
#[Object]
impl Organization {
    /// Globally unique; `node(id:)` finds it too.
    pub(crate) async fn id(&self) -> Uuid {
        self.0.id
    }

    /// How often it changed; pass it as `expectedVersion` to change only what you have seen.
    pub(crate) async fn version(&self) -> i32 {
        self.0.version
    }

    /// What it is called.
    async fn name(&self) -> &str {
        &self.0.name
    }

    /// What it is to the platform.
    async fn kind(&self) -> OrganizationKind {
        self.0.kind.into()
    }

    /// What kind of partner it is; null unless it is a partner.
    async fn partner_type(&self) -> Option<PartnerType> {
        self.0.partner_type.map(Into::into)
    }

    /// Its unique name in addresses, lower-case.
    async fn subdomain(&self) -> &str {
        &self.0.subdomain
    }

    /// The country of its phone numbers without a prefix, ISO 3166-1 alpha-2.
    async fn default_region(&self) -> &str {
        &self.0.default_region
    }

    /// Whether it takes part.
    async fn is_active(&self) -> bool {
        self.0.is_active
    }

    /// When it came into the directory.
    async fn created_at(&self) -> DateTime<Utc> {
        self.0.created_at
    }

    /// When it last changed.
    async fn updated_at(&self) -> DateTime<Utc> {
        self.0.updated_at
    }

    /// The partner that brought it, if one did (seed, use case 3).
    async fn referring_partner(&self, context: &Context<'_>) -> Option<Result<Organization>> {
        of_id(context, self.0.referring_partner_id?).await.transpose()
    }

    /// The providers that it brought, as far as you see them (seed, use case 3).
    async fn referred_providers(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Which of them; all unless told.")] filter: Option<OrganizationFilter>,
        #[graphql(desc = "In which order; by name unless told.")] order_by: Option<OrganizationOrder>,
        #[graphql(desc = "How many rows from the start, or after `after`: 50 unless told, 200 at most.")] first: Option<
            i32,
        >,
        #[graphql(desc = "Only rows after this cursor.")] after: Option<String>,
        #[graphql(desc = "How many rows from the end, or before `before`: 200 at most. Not together with `first`.")]
        last: Option<i32>,
        #[graphql(desc = "Only rows before this cursor.")] before: Option<String>,
    ) -> Result<Connection<OrganizationEdge>> {
        let page = page(first, after, last, before)?;
        let query = filter::organizations(None, filter, order_by)?;
        let view = Request::view(context)?;
        view.may_ask("referredProviders")?;
        let (batches, reader, partner) = (view.batches.clone(), view.reader.clone(), self.0.id);
        let arguments = (query.clone(), page);
        let slice = loaders::referred(&batches, &reader, partner, arguments).await.map_err(|e| error::of_list(&e))?;
        let count: Count = Arc::new(move || {
            let (batches, reader, query) = (batches.clone(), reader.clone(), query.clone());
            Box::pin(async move { loaders::referred_count(&batches, &reader, partner, query).await })
        });
        Ok(Connection::of(&slice, count, |cursor, row| {
            OrganizationEdge::new(cursor, Organization(Arc::new(row.clone())), None)
        }))
    }

    /// Its sites, by name.
    async fn facilities(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "How many rows from the start, or after `after`: 50 unless told, 200 at most.")] first: Option<
            i32,
        >,
        #[graphql(desc = "Only rows after this cursor.")] after: Option<String>,
        #[graphql(desc = "How many rows from the end, or before `before`: 200 at most. Not together with `first`.")]
        last: Option<i32>,
        #[graphql(desc = "Only rows before this cursor.")] before: Option<String>,
    ) -> Result<Connection<Plain<Facility>>> {
        let page = page(first, after, last, before)?;
        let view = Request::view(context)?;
        view.may_follow(self.0.id)?;
        let (batches, reader, id) = (view.batches.clone(), view.reader.clone(), self.0.id);
        let slice = loaders::facilities(&batches, &reader, id, page).await.map_err(|e| error::of_list(&e))?;
        let count: Count = Arc::new(move || {
            let (batches, reader) = (batches.clone(), reader.clone());
            Box::pin(async move { loaders::facility_count(&batches, &reader, id).await })
        });
        let edge = |cursor, row: &facility::Model| Plain { cursor, node: Facility(Arc::new(row.clone())) };
        Ok(Connection::of(&slice, count, edge))
    }

    /// Its people, one edge per role: the same person may be billing and emergency contact. By name unless told.
    async fn contacts(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Which of them; all unless told.")] filter: Option<OrganizationContactFilter>,
        #[graphql(desc = "In which order.")] order_by: Option<OrganizationContactOrder>,
        #[graphql(desc = "How many rows from the start, or after `after`: 50 unless told, 200 at most.")] first: Option<
            i32,
        >,
        #[graphql(desc = "Only rows after this cursor.")] after: Option<String>,
        #[graphql(desc = "How many rows from the end, or before `before`: 200 at most. Not together with `first`.")]
        last: Option<i32>,
        #[graphql(desc = "Only rows before this cursor.")] before: Option<String>,
    ) -> Result<Direct<Connection<RoleEdge<Contact>>>> {
        let page = page(first, after, last, before)?;
        direct::downhill::<organization_contact::Entity, _>(context, self.0.id, link::people(filter, order_by)?, page)
            .await
    }

    /// Its primary contact in a role, whom invoices go to or who is called first (US-5, US-8); null when none is named.
    async fn primary_contact(
        &self,
        context: &Context<'_>,
        #[graphql(name = "type", desc = "The role.")] contact_type: ContactType,
    ) -> Option<Result<Contact>> {
        let query = link::primary_of(contact_type);
        let found = traversal::first::<organization_contact::Entity>(context, self.0.id, query).await;
        found.map(|row| row.map(Contact)).transpose()
    }

    /// Its phones, the primary one first.
    async fn phones(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Which of them; all unless told.")] filter: Option<PhoneLinkFilter>,
        #[graphql(desc = "In which order.")] order_by: Option<LinkOrder>,
        #[graphql(desc = "How many rows from the start, or after `after`: 50 unless told, 200 at most.")] first: Option<
            i32,
        >,
        #[graphql(desc = "Only rows after this cursor.")] after: Option<String>,
        #[graphql(desc = "How many rows from the end, or before `before`: 200 at most. Not together with `first`.")]
        last: Option<i32>,
        #[graphql(desc = "Only rows before this cursor.")] before: Option<String>,
    ) -> Result<Direct<Connection<OrganizationPhoneEdge>>> {
        let page = page(first, after, last, before)?;
        direct::downhill::<organization_phone::Entity, _>(context, self.0.id, link::phones(filter, order_by)?, page)
            .await
    }

    /// Its email addresses, the primary one first.
    async fn emails(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Which of them; all unless told.")] filter: Option<EmailLinkFilter>,
        #[graphql(desc = "In which order.")] order_by: Option<LinkOrder>,
        #[graphql(desc = "How many rows from the start, or after `after`: 50 unless told, 200 at most.")] first: Option<
            i32,
        >,
        #[graphql(desc = "Only rows after this cursor.")] after: Option<String>,
        #[graphql(desc = "How many rows from the end, or before `before`: 200 at most. Not together with `first`.")]
        last: Option<i32>,
        #[graphql(desc = "Only rows before this cursor.")] before: Option<String>,
    ) -> Result<Direct<Connection<OrganizationEmailEdge>>> {
        let page = page(first, after, last, before)?;
        direct::downhill::<organization_email::Entity, _>(context, self.0.id, link::emails(filter, order_by)?, page)
            .await
    }

    /// Its addresses, the primary ones first.
    async fn addresses(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Which of them; all unless told.")] filter: Option<AddressLinkFilter>,
        #[graphql(desc = "In which order.")] order_by: Option<LinkOrder>,
        #[graphql(desc = "How many rows from the start, or after `after`: 50 unless told, 200 at most.")] first: Option<
            i32,
        >,
        #[graphql(desc = "Only rows after this cursor.")] after: Option<String>,
        #[graphql(desc = "How many rows from the end, or before `before`: 200 at most. Not together with `first`.")]
        last: Option<i32>,
        #[graphql(desc = "Only rows before this cursor.")] before: Option<String>,
    ) -> Result<Direct<Connection<OrganizationAddressEdge>>> {
        let page = page(first, after, last, before)?;
        direct::downhill::<organization_address::Entity, _>(
            context,
            self.0.id,
            link::addresses(filter, order_by)?,
            page,
        )
        .await
    }

    /// Who works for it as a whole, as your organization recorded it, by name. Who works at one of its sites stands there: `facilities { nodes { staff } }`.
    async fn staff(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "As it is on this day; today in UTC unless told.")] on_date: Option<Date>,
        #[graphql(desc = "Which of them; those that hold on the day unless told.")] filter: Option<
            StaffAssignmentFilter,
        >,
        #[graphql(desc = "How many rows from the start, or after `after`: 50 unless told, 200 at most.")] first: Option<
            i32,
        >,
        #[graphql(desc = "Only rows after this cursor.")] after: Option<String>,
        #[graphql(desc = "How many rows from the end, or before `before`: 200 at most. Not together with `first`.")]
        last: Option<i32>,
        #[graphql(desc = "Only rows before this cursor.")] before: Option<String>,
    ) -> Result<Connection<StaffEdge>> {
        relationship::staff(
            context,
            Way::StaffOfOrganization,
            self.0.id,
            (on_date, filter),
            (first, after, last, before),
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

/// The organization with this id, if you see it.
pub async fn of_id(context: &Context<'_>, id: impl Into<Option<Uuid>>) -> Result<Option<Organization>> {
    let Some(id) = id.into() else { return Ok(None) };
    Ok(traversal::node::<organization::Entity>(context, id).await?.map(Organization))
}
