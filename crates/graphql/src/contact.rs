//! Contacts in the API.

use std::sync::Arc;

use async_graphql::{Context, Object, Result, SimpleObject};
use chrono::{DateTime, Utc};
use liaison_domain::access::{self, Editable};
use liaison_domain::entity::{
    contact, contact_address, contact_email, contact_external_id, contact_phone, organization_contact,
};
use liaison_domain::reading::{CommunicationsOf, Side, Way};
use uuid::Uuid;

use crate::change::{self, Change};
use crate::communication::{self, Communication, CommunicationFilter};
use crate::connection::{Connection, page};
use crate::context::Request;
use crate::direct::{self, Direct};
use crate::duplicate::{self, ContactDuplicateEdge};
use crate::edges::{
    ContactAddressEdge, ContactEmailEdge, ContactPhoneEdge, Plain, RoleEdge, StaffAssignmentEdge, StudentGuardianEdge,
    StudentRelationshipEdge,
};
use crate::email::Email;
use crate::enums::{CommunicationChannel, ContactMethod, EditPolicy, OrderDirection};
use crate::filter::link::{
    self, AddressLinkFilter, ContactOrganizationFilter, EmailLinkFilter, LinkOrder, PhoneLinkFilter,
};
use crate::merge::{self, ContactMerge};
use crate::organization::{self, Organization};
use crate::phone::Phone;
use crate::reachability::{self, ContactPurpose, Reachability};
use crate::referral::{self, Referral, ReferralFilter};
use crate::relationship::{
    self, ContactPersona, StaffAssignmentFilter, StudentGuardianFilter, StudentRelationshipFilter,
};
use crate::role_period::{self, ContactLinkHistoryFilter, RolePeriodEdge};
use crate::scalars::Date;
use crate::{error, loaders, traversal};

/// A contact in sight.
#[derive(Clone)]
pub struct Contact(pub Arc<contact::Model>);

/// A person: one record, whoever works with them. Corrected once, it is right everywhere.
#[Object]
impl Contact {
    /// Globally unique; `node(id:)` finds it too.
    pub(crate) async fn id(&self) -> Uuid {
        self.0.id
    }

    /// How often it changed; pass it as `expectedVersion` to change only what you have seen.
    pub(crate) async fn version(&self) -> i32 {
        self.0.version
    }

    /// Given name.
    async fn first_name(&self) -> &str {
        &self.0.first_name
    }

    /// Family name.
    async fn last_name(&self) -> &str {
        &self.0.last_name
    }

    /// Given and family name, as one would say it.
    async fn name(&self) -> String {
        format!("{} {}", self.0.first_name, self.0.last_name)
    }

    /// What they are: `Billing Manager`.
    async fn title(&self) -> Option<&str> {
        self.0.title.as_deref()
    }

    /// Where in their organization they work.
    async fn department(&self) -> Option<&str> {
        self.0.department.as_deref()
    }

    /// How they prefer to be reached (US-9).
    async fn preferred_contact_method(&self) -> Option<ContactMethod> {
        self.0.preferred_contact_method.map(Into::into)
    }

    /// Whether they must not be contacted; it overrides every preference (US-9).
    async fn do_not_contact(&self) -> bool {
        self.0.do_not_contact
    }

    /// Why they must not be contacted.
    async fn do_not_contact_reason(&self) -> Option<&str> {
        self.0.do_not_contact_reason.as_deref()
    }

    /// Since when they must not be contacted.
    async fn do_not_contact_since(&self) -> Option<DateTime<Utc>> {
        self.0.do_not_contact_since
    }

    /// The login that noted that they must not be contacted; told to `super_admin` alone, for it may be another organization's.
    async fn do_not_contact_by(&self, context: &Context<'_>) -> Option<Result<&str>> {
        let by = self.0.do_not_contact_by.as_deref()?;
        let viewer = Request::of(context).viewer();
        viewer.map(|viewer| viewer.is_super_admin().then_some(by)).transpose()
    }

    /// Whether they are active; lists of whom to call ask for it (US-7).
    async fn is_active(&self) -> bool {
        self.0.is_active
    }

    /// Who beside the owner may edit them.
    async fn edit_policy(&self) -> EditPolicy {
        self.0.edit_policy.into()
    }

    /// The login that they stand for, the `sub` of its tokens; null when they stand for none, and for whoever may not edit them.
    async fn user_id(&self, context: &Context<'_>) -> Option<Result<&str>> {
        let user_id = self.0.user_id.as_deref()?;
        self.obstacle(context).await.map(|obstacle| obstacle.is_none().then_some(user_id)).transpose()
    }

    /// When it came into the directory.
    async fn created_at(&self) -> DateTime<Utc> {
        self.0.created_at
    }

    /// When it last changed.
    async fn updated_at(&self) -> DateTime<Utc> {
        self.0.updated_at
    }

    /// When they were archived; null while they are not.
    async fn deleted_at(&self) -> Option<DateTime<Utc>> {
        self.0.deleted_at
    }

    /// The organization that stewards the record; null when you do not see it.
    async fn owner(&self, context: &Context<'_>) -> Option<Result<Organization>> {
        organization::of_id(context, self.0.owner_organization_id).await.transpose()
    }

    /// Whether you may edit them and their phones, emails and addresses (US-6, US-10); nobody edits who is archived.
    async fn viewer_can_edit(&self, context: &Context<'_>) -> Result<bool> {
        Ok(self.obstacle(context).await?.is_none())
    }

    /// Why you may not edit them; null when you may.
    async fn viewer_cannot_edit_reason(&self, context: &Context<'_>) -> Result<Option<String>> {
        self.obstacle(context).await
    }

    /// At how many organizations they have a role, as far as you see: everything for `super_admin`, the links of your own organization and of the partner that brought
    /// it otherwise.
    async fn organization_count(&self, context: &Context<'_>) -> Result<i64> {
        let view = Request::view(context)?;
        if view.reader.viewer().is_super_admin() && !view.is_past() {
            return Ok(self.0.organization_count.into());
        }
        view.may_follow(self.0.id)?;
        let count = loaders::organization_count(&view.batches, &view.reader, self.0.id).await;
        count.map_err(|fault| error::of_fault(&fault))
    }

    /// Where they have a role, one edge per role: the links of your own organization and of the partner that brought it, and all
    /// of them for `super_admin`. By name unless told.
    async fn organizations(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Which of them; all unless told.")] filter: Option<ContactOrganizationFilter>,
        #[graphql(desc = "In which order.")] order_by: Option<LinkOrder>,
        #[graphql(desc = "How many rows from the start, or after `after`: 50 unless told, 200 at most.")] first: Option<
            i32,
        >,
        #[graphql(desc = "Only rows after this cursor.")] after: Option<String>,
        #[graphql(desc = "How many rows from the end, or before `before`: 200 at most. Not together with `first`.")]
        last: Option<i32>,
        #[graphql(desc = "Only rows before this cursor.")] before: Option<String>,
    ) -> Result<Connection<RoleEdge<Organization>>> {
        let page = page(first, after, last, before)?;
        traversal::uphill::<organization_contact::Entity, _>(
            context,
            self.0.id,
            link::organizations(filter, order_by)?,
            page,
        )
        .await
    }

    /// Their phones, the primary one first.
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
    ) -> Result<Direct<Connection<ContactPhoneEdge>>> {
        let page = page(first, after, last, before)?;
        direct::downhill::<contact_phone::Entity, _>(context, self.0.id, link::phones(filter, order_by)?, page).await
    }

    /// Their email addresses, the primary one first.
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
    ) -> Result<Direct<Connection<ContactEmailEdge>>> {
        let page = page(first, after, last, before)?;
        direct::downhill::<contact_email::Entity, _>(context, self.0.id, link::emails(filter, order_by)?, page).await
    }

    /// Their addresses, the primary ones first.
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
    ) -> Result<Direct<Connection<ContactAddressEdge>>> {
        let page = page(first, after, last, before)?;
        direct::downhill::<contact_address::Entity, _>(context, self.0.id, link::addresses(filter, order_by)?, page)
            .await
    }

    /// Their primary phone; null when none is.
    async fn primary_phone(&self, context: &Context<'_>) -> Option<Result<Phone>> {
        let found = traversal::first::<contact_phone::Entity>(context, self.0.id, link::primary()).await;
        found.map(|row| row.map(Phone)).transpose()
    }

    /// Their primary email address; null when none is.
    async fn primary_email(&self, context: &Context<'_>) -> Option<Result<Email>> {
        let found = traversal::first::<contact_email::Entity>(context, self.0.id, link::primary()).await;
        found.map(|row| row.map(Email)).transpose()
    }

    /// What the systems of your organization call them, by system; those of every organization for `super_admin`.
    async fn external_ids(&self, context: &Context<'_>) -> Result<Vec<ContactExternalId>> {
        let view = Request::view(context)?;
        view.may_follow(self.0.id)?;
        let found = loaders::external_ids(&view.batches, &view.reader, self.0.id).await;
        let found = found.map_err(|fault| error::of_fault(&fault))?;
        let external_id = |row: &contact_external_id::Model| ContactExternalId {
            source_system: row.source_system.clone(),
            external_id: row.external_id.clone(),
            assigned_at: row.assigned_at,
        };
        Ok(found.iter().map(external_id).collect())
    }

    /// What was said to and by them, as your organization recorded it, newest first (US-9, US-11).
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
        let parent = (CommunicationsOf::Contact, self.0.id);
        communication::of(context, parent, query, (first, after, last, before)).await
    }

    /// The referrals of your organization that name them, newest first (US-11).
    async fn referrals(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Which of them; all unless told.")] filter: Option<ReferralFilter>,
        #[graphql(desc = "By day; the newest first unless told.")] direction: Option<OrderDirection>,
        #[graphql(desc = "How many rows from the start, or after `after`: 50 unless told, 200 at most.")] first: Option<
            i32,
        >,
        #[graphql(desc = "Only rows after this cursor.")] after: Option<String>,
        #[graphql(desc = "How many rows from the end, or before `before`: 200 at most. Not together with `first`.")]
        last: Option<i32>,
        #[graphql(desc = "Only rows before this cursor.")] before: Option<String>,
    ) -> Result<Connection<Plain<Referral>>> {
        referral::naming(context, self.0.id, referral::query(filter, direction)?, (first, after, last, before)).await
    }

    /// The records of the same person that became part of this one, the latest merge first; those that were undone are left out. For
    /// `super_admin`: for others the list is empty, and `history` tells them what happened.
    async fn merged_from(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "By when they were merged; the latest first unless told.")] direction: Option<OrderDirection>,
        #[graphql(desc = "How many rows from the start, or after `after`: 50 unless told, 200 at most.")] first: Option<
            i32,
        >,
        #[graphql(desc = "Only rows after this cursor.")] after: Option<String>,
        #[graphql(desc = "How many rows from the end, or before `before`: 200 at most. Not together with `first`.")]
        last: Option<i32>,
        #[graphql(desc = "Only rows before this cursor.")] before: Option<String>,
    ) -> Result<Connection<Plain<ContactMerge>>> {
        merge::into_contact(context, self.0.id, direction, (first, after, last, before)).await
    }

    /// When they were added to which organizations and when that ended, each period of each role, newest first (US-11): at your own
    /// organization and the partner that brought it, at all of them for `super_admin`. What lasts still stands in `organizations` too.
    async fn link_history(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Which periods; all unless told.")] filter: Option<ContactLinkHistoryFilter>,
        #[graphql(desc = "By when they began; the newest first unless told.")] direction: Option<OrderDirection>,
        #[graphql(desc = "How many rows from the start, or after `after`: 50 unless told, 200 at most.")] first: Option<
            i32,
        >,
        #[graphql(desc = "Only rows after this cursor.")] after: Option<String>,
        #[graphql(desc = "How many rows from the end, or before `before`: 200 at most. Not together with `first`.")]
        last: Option<i32>,
        #[graphql(desc = "Only rows before this cursor.")] before: Option<String>,
    ) -> Result<Connection<RolePeriodEdge>> {
        role_period::of_contact(context, self.0.id, filter, direction, (first, after, last, before)).await
    }

    /// Whether they may be reached over a channel, over which of their methods, and why not (US-9): do-not-contact comes first, then their
    /// own opt-out, then methods that cannot be used, then what they prefer.
    async fn reachability(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Over what.")] channel: CommunicationChannel,
        #[graphql(desc = "What for.", default)] purpose: ContactPurpose,
    ) -> Result<Reachability> {
        reachability::of_contact(context, &self.0, channel, purpose).await
    }

    /// What they are: student, guardian, of the staff, in the books of your organization; in those of every organization for `super_admin`.
    async fn personas(&self, context: &Context<'_>) -> Result<Vec<ContactPersona>> {
        relationship::personas(context, self.0.id).await
    }

    /// The students to whom they are related, as your organization recorded it, by name: one row, read from both sides.
    async fn relationships(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "As it is on this day; today in UTC unless told.")] on_date: Option<Date>,
        #[graphql(desc = "Which of them; those that hold on the day unless told.")] filter: Option<
            StudentRelationshipFilter,
        >,
        #[graphql(desc = "How many rows from the start, or after `after`: 50 unless told, 200 at most.")] first: Option<
            i32,
        >,
        #[graphql(desc = "Only rows after this cursor.")] after: Option<String>,
        #[graphql(desc = "How many rows from the end, or before `before`: 200 at most. Not together with `first`.")]
        last: Option<i32>,
        #[graphql(desc = "Only rows before this cursor.")] before: Option<String>,
    ) -> Result<Connection<StudentRelationshipEdge>> {
        relationship::kin(context, self.0.id, on_date, filter, (first, after, last, before)).await
    }

    /// Their guardians, as your organization recorded it: the primary contact first, then by priority.
    async fn guardians(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "As it is on this day; today in UTC unless told.")] on_date: Option<Date>,
        #[graphql(desc = "Which of them; those that hold on the day unless told.")] filter: Option<
            StudentGuardianFilter,
        >,
        #[graphql(desc = "How many rows from the start, or after `after`: 50 unless told, 200 at most.")] first: Option<
            i32,
        >,
        #[graphql(desc = "Only rows after this cursor.")] after: Option<String>,
        #[graphql(desc = "How many rows from the end, or before `before`: 200 at most. Not together with `first`.")]
        last: Option<i32>,
        #[graphql(desc = "Only rows before this cursor.")] before: Option<String>,
    ) -> Result<Connection<StudentGuardianEdge>> {
        let way = (Way::Guardians, "guardians");
        relationship::guardianships(context, way, self.0.id, (on_date, filter), (first, after, last, before)).await
    }

    /// The students whose guardian they are, as your organization recorded it, by name.
    async fn wards(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "As it is on this day; today in UTC unless told.")] on_date: Option<Date>,
        #[graphql(desc = "Which of them; those that hold on the day unless told.")] filter: Option<
            StudentGuardianFilter,
        >,
        #[graphql(desc = "How many rows from the start, or after `after`: 50 unless told, 200 at most.")] first: Option<
            i32,
        >,
        #[graphql(desc = "Only rows after this cursor.")] after: Option<String>,
        #[graphql(desc = "How many rows from the end, or before `before`: 200 at most. Not together with `first`.")]
        last: Option<i32>,
        #[graphql(desc = "Only rows before this cursor.")] before: Option<String>,
    ) -> Result<Connection<StudentGuardianEdge>> {
        let way = (Way::Wards, "wards");
        relationship::guardianships(context, way, self.0.id, (on_date, filter), (first, after, last, before)).await
    }

    /// Where they work, as your organization recorded it: the primary assignment first.
    async fn staff_assignments(
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
    ) -> Result<Connection<StaffAssignmentEdge>> {
        relationship::workplaces(context, self.0.id, (on_date, filter), (first, after, last, before)).await
    }

    /// Who among those whom you see is likely the same person, likeliest first, with what speaks for and against; at most 200 (US-3). Of whom
    /// somebody said that they are two persons is not told. For `super_admin` it is what was found in the whole directory; for others it is compared
    /// on the spot, by what your organization knows alone. See `duplicateCandidates` for all pairs.
    async fn duplicates(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "How many rows from the start, or after `after`: 50 unless told, 200 at most.")] first: Option<
            i32,
        >,
        #[graphql(desc = "Only rows after this cursor.")] after: Option<String>,
        #[graphql(desc = "How many rows from the end, or before `before`: 200 at most. Not together with `first`.")]
        last: Option<i32>,
        #[graphql(desc = "Only rows before this cursor.")] before: Option<String>,
    ) -> Result<Connection<ContactDuplicateEdge>> {
        duplicate::of_contact(context, self.0.id, (first, after, last, before)).await
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

/// What another system calls a contact: the note of one organization, told to nobody else.
#[derive(SimpleObject)]
pub struct ContactExternalId {
    /// The system.
    source_system: String,
    /// What it calls them.
    external_id: String,
    /// When that was noted.
    assigned_at: DateTime<Utc>,
}

impl Contact {
    /// What stands in the way of the viewer's editing, if anything does. The rule is the domain's.
    async fn obstacle(&self, context: &Context<'_>) -> Result<Option<String>> {
        let request = Request::of(context);
        let reader = request.reader()?;
        let viewer = reader.viewer();
        // A right is today's, also where the contact is told as it stood.
        let present = match Request::view(context)?.is_past() {
            true => loaders::person(&request.batches, reader, self.0.id).await,
            false => Ok(Some(self.0.clone())),
        };
        let Some(present) = present.map_err(|fault| error::of_fault(&fault))? else { return Ok(None) };
        let query = link::at_organization(viewer.organization_id());
        let links = loaders::link_count::<organization_contact::Entity>(
            &request.batches,
            reader,
            Side::Uphill,
            present.id,
            query,
        );
        let is_linked = links.await.map_err(|fault| error::of_fault(&fault))? > 0;
        let editable = Editable::of(&present, is_linked);
        Ok(access::obstacle_to_edit(viewer, editable).map(str::to_owned))
    }
}

/// The contact with this id, if you see it; of somebody who was merged the survivor.
pub async fn of_id(context: &Context<'_>, id: impl Into<Option<Uuid>>) -> Result<Option<Contact>> {
    let Some(id) = id.into() else { return Ok(None) };
    Ok(traversal::person(context, id).await?.map(Contact))
}
