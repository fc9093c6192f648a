//! Contacts, changed; their roles are in `role`. Each is one command; what may be done the domain decides.

mod external_id;
mod merge;
mod persona;
mod role;

use async_graphql::{Context, Object, Result};
use liaison_domain::contact as contacts;
use uuid::Uuid;

pub use external_id::ExternalIdMutation;
pub use merge::MergeMutation;
pub use persona::PersonaMutation;
pub use role::RoleMutation;

use crate::command::{Answered, Manner, perform};
use crate::context::SignedIn;
use crate::input::{ContactCreateInput, ContactPreferencesInput, ContactUpdateInput};
use crate::payload::{
    ContactClearDoNotContactPayload, ContactCreatePayload, ContactDeletePayload, ContactLinkUserPayload,
    ContactSetDoNotContactPayload, ContactSetPreferencesPayload, ContactTransferPayload, ContactUnlinkUserPayload,
    ContactUpdatePayload,
};
use crate::{contact, direct, duplicate};

/// Contacts, changed.
#[derive(Default)]
pub struct ContactMutation;

#[Object]
impl ContactMutation {
    /// Makes a contact, with its roles, phones, emails and addresses at once (US-4). Refused with LIKELY_DUPLICATE when somebody whom you see is
    /// likely the same person (US-3): `likelyDuplicates` says who and why, and `allowDuplicate: true` makes another one all the same.
    #[graphql(guard = "SignedIn")]
    async fn contact_create(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The new contact.")] contact: ContactCreateInput,
        #[graphql(desc = "Why, for the log; at most 2,000 characters.")] reason: Option<String>,
        #[graphql(desc = "The version of what is to be made, 0: for clients that send it with everything.")]
        expected_version: Option<i32>,
        #[graphql(desc = "When true, nothing is written: the answer shows what would be.")] dry_run: Option<bool>,
    ) -> Result<Answered<ContactCreatePayload>> {
        let done =
            perform(context, Manner { reason, expected_version, dry_run }, &contacts::Create::from(contact)).await?;
        let contact = direct::of_contact(context, "ContactCreatePayload", done.output()).await?;
        let likely_duplicates = duplicate::likely(context, &done.likely()).await?;
        Ok(done.answer(|outcome| ContactCreatePayload { contact, likely_duplicates, outcome }))
    }

    /// Corrects a contact: once, and it is right wherever they are linked (US-6). For the owner, and for providers that are linked to
    /// them where `editPolicy` says so. What is left out stays, null clears.
    #[graphql(guard = "SignedIn")]
    async fn contact_update(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The contact.")] id: Uuid,
        #[graphql(desc = "What is to change.")] contact: ContactUpdateInput,
        #[graphql(desc = "Why, for the log; at most 2,000 characters.")] reason: Option<String>,
        #[graphql(
            desc = "The version that you have read; when it has another by now, nothing is done and the error says which."
        )]
        expected_version: Option<i32>,
        #[graphql(desc = "When true, nothing is written: the answer shows what would be.")] dry_run: Option<bool>,
    ) -> Result<Answered<ContactUpdatePayload>> {
        let done = perform(context, Manner { reason, expected_version, dry_run }, &contact.command(id)).await?;
        let contact = contact::of_id(context, done.output()).await?;
        Ok(done.answer(|outcome| ContactUpdatePayload { contact, outcome }))
    }

    /// Archives a contact: it is in no list any more and cannot be changed or linked, and its id answers with `deletedAt`. Its roles at
    /// its owner and its links to phones, emails and addresses end; the past stays. For the owner's administrators; with IN_USE as
    /// long as other organizations have an open link to it. Whoever else wants it out of its list unlinks it.
    #[graphql(guard = "SignedIn")]
    async fn contact_delete(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The contact.")] id: Uuid,
        #[graphql(desc = "Why, for the log; at most 2,000 characters.")] reason: Option<String>,
        #[graphql(
            desc = "The version that you have read; when it has another by now, nothing is done and the error says which."
        )]
        expected_version: Option<i32>,
        #[graphql(desc = "When true, nothing is written: the answer shows what would be.")] dry_run: Option<bool>,
    ) -> Result<Answered<ContactDeletePayload>> {
        let done = perform(context, Manner { reason, expected_version, dry_run }, &contacts::Delete { id }).await?;
        let contact = contact::of_id(context, done.output()).await?;
        Ok(done.answer(|outcome| ContactDeletePayload { contact, outcome }))
    }

    /// Gives a contact another owner. For `super_admin`. Roles and links stay as they are. Where the new owner is of another kind, its
    /// usual `editPolicy` applies: LINKED_ORGANIZATIONS for a provider's contact, OWNER_ONLY for others'; the new owner may change it.
    #[graphql(guard = "SignedIn")]
    async fn contact_transfer(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The contact.")] id: Uuid,
        #[graphql(desc = "The new owner.")] organization_id: Uuid,
        #[graphql(desc = "Why, for the log; at most 2,000 characters.")] reason: Option<String>,
        #[graphql(
            desc = "The version that you have read; when it has another by now, nothing is done and the error says which."
        )]
        expected_version: Option<i32>,
        #[graphql(desc = "When true, nothing is written: the answer shows what would be.")] dry_run: Option<bool>,
    ) -> Result<Answered<ContactTransferPayload>> {
        let done =
            perform(context, Manner { reason, expected_version, dry_run }, &contacts::Transfer { id, organization_id })
                .await?;
        let contact = contact::of_id(context, done.output()).await?;
        Ok(done.answer(|outcome| ContactTransferPayload { contact, outcome }))
    }

    /// Changes how a contact prefers to be reached (US-9). What is left out stays, null clears.
    #[graphql(guard = "SignedIn")]
    async fn contact_set_preferences(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The contact.")] id: Uuid,
        #[graphql(desc = "What is to change.")] preferences: ContactPreferencesInput,
        #[graphql(desc = "Why, for the log; at most 2,000 characters.")] reason: Option<String>,
        #[graphql(
            desc = "The version that you have read; when it has another by now, nothing is done and the error says which."
        )]
        expected_version: Option<i32>,
        #[graphql(desc = "When true, nothing is written: the answer shows what would be.")] dry_run: Option<bool>,
    ) -> Result<Answered<ContactSetPreferencesPayload>> {
        let done = perform(context, Manner { reason, expected_version, dry_run }, &preferences.command(id)).await?;
        let contact = contact::of_id(context, done.output()).await?;
        Ok(done.answer(|outcome| ContactSetPreferencesPayload { contact, outcome }))
    }

    /// Notes that a contact must not be contacted (US-9). Another reason replaces the former one; since when stays.
    #[graphql(guard = "SignedIn")]
    async fn contact_set_do_not_contact(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The contact.")] id: Uuid,
        #[graphql(
            desc = "Why: it is told with the contact as `doNotContactReason` and kept in the log; at most 2,000 characters. Left out, a reason that is known stays."
        )]
        reason: Option<String>,
        #[graphql(
            desc = "The version that you have read; when it has another by now, nothing is done and the error says which."
        )]
        expected_version: Option<i32>,
        #[graphql(desc = "When true, nothing is written: the answer shows what would be.")] dry_run: Option<bool>,
    ) -> Result<Answered<ContactSetDoNotContactPayload>> {
        let command = contacts::SetDoNotContact { id, reason: reason.clone() };
        let done = perform(context, Manner { reason, expected_version, dry_run }, &command).await?;
        let contact = contact::of_id(context, done.output()).await?;
        Ok(done.answer(|outcome| ContactSetDoNotContactPayload { contact, outcome }))
    }

    /// Notes that a contact may be contacted again. It lifts no opt-out of a phone.
    #[graphql(guard = "SignedIn")]
    async fn contact_clear_do_not_contact(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The contact.")] id: Uuid,
        #[graphql(desc = "Why, for the log; at most 2,000 characters.")] reason: Option<String>,
        #[graphql(
            desc = "The version that you have read; when it has another by now, nothing is done and the error says which."
        )]
        expected_version: Option<i32>,
        #[graphql(desc = "When true, nothing is written: the answer shows what would be.")] dry_run: Option<bool>,
    ) -> Result<Answered<ContactClearDoNotContactPayload>> {
        let done =
            perform(context, Manner { reason, expected_version, dry_run }, &contacts::ClearDoNotContact { id }).await?;
        let contact = contact::of_id(context, done.output()).await?;
        Ok(done.answer(|outcome| ContactClearDoNotContactPayload { contact, outcome }))
    }

    /// Lets a contact stand for a login: at most one, and a login stands for one contact at most. For the owner's administrators.
    #[graphql(guard = "SignedIn")]
    async fn contact_link_user(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The contact.")] id: Uuid,
        #[graphql(desc = "The login: the `sub` of its tokens.")] user_id: String,
        #[graphql(desc = "Why, for the log; at most 2,000 characters.")] reason: Option<String>,
        #[graphql(
            desc = "The version that you have read; when it has another by now, nothing is done and the error says which."
        )]
        expected_version: Option<i32>,
        #[graphql(desc = "When true, nothing is written: the answer shows what would be.")] dry_run: Option<bool>,
    ) -> Result<Answered<ContactLinkUserPayload>> {
        let done =
            perform(context, Manner { reason, expected_version, dry_run }, &contacts::LinkUser { id, user_id }).await?;
        let contact = contact::of_id(context, done.output()).await?;
        Ok(done.answer(|outcome| ContactLinkUserPayload { contact, outcome }))
    }

    /// Lets a contact stand for no login any more. For the owner's administrators.
    #[graphql(guard = "SignedIn")]
    async fn contact_unlink_user(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The contact.")] id: Uuid,
        #[graphql(desc = "Why, for the log; at most 2,000 characters.")] reason: Option<String>,
        #[graphql(
            desc = "The version that you have read; when it has another by now, nothing is done and the error says which."
        )]
        expected_version: Option<i32>,
        #[graphql(desc = "When true, nothing is written: the answer shows what would be.")] dry_run: Option<bool>,
    ) -> Result<Answered<ContactUnlinkUserPayload>> {
        let done = perform(context, Manner { reason, expected_version, dry_run }, &contacts::UnlinkUser { id }).await?;
        let contact = contact::of_id(context, done.output()).await?;
        Ok(done.answer(|outcome| ContactUnlinkUserPayload { contact, outcome }))
    }
}
