//! What other systems call contacts, noted and taken back. Each is one command; what may be done the domain decides.

use async_graphql::{Context, Object, Result};
use liaison_domain::contact as contacts;
use uuid::Uuid;

use crate::command::{Answered, Manner, perform};
use crate::contact;
use crate::context::SignedIn;
use crate::input::ContactExternalIdInput;
use crate::payload::{ContactExternalIdAssignPayload, ContactExternalIdRemovePayload};

/// What other systems call contacts, noted and taken back.
#[derive(Default)]
pub struct ExternalIdMutation;

#[Object]
impl ExternalIdMutation {
    /// Notes what a system of your organization calls a contact that you see. Nobody else is told, and each id of a system stands for
    /// one contact. Noting it twice is noting it once.
    #[graphql(guard = "SignedIn")]
    async fn contact_external_id_assign(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The contact.")] contact_id: Uuid,
        #[graphql(desc = "The system and its id.")] external_id: ContactExternalIdInput,
        #[graphql(desc = "Why, for the log; at most 2,000 characters.")] reason: Option<String>,
        #[graphql(
            desc = "The version that you have read; when it has another by now, nothing is done and the error says which."
        )]
        expected_version: Option<i32>,
        #[graphql(desc = "When true, nothing is written: the answer shows what would be.")] dry_run: Option<bool>,
    ) -> Result<Answered<ContactExternalIdAssignPayload>> {
        let ContactExternalIdInput { source_system, external_id } = external_id;
        let command = contacts::AssignExternalId { contact_id, source_system, external_id };
        let done = perform(context, Manner { reason, expected_version, dry_run }, &command).await?;
        let contact = contact::of_id(context, done.output()).await?;
        Ok(done.answer(|outcome| ContactExternalIdAssignPayload { contact, outcome }))
    }

    /// Takes back what a system of your organization calls a contact. What is not noted is left alone.
    #[graphql(guard = "SignedIn")]
    async fn contact_external_id_remove(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The contact.")] contact_id: Uuid,
        #[graphql(desc = "The system and its id.")] external_id: ContactExternalIdInput,
        #[graphql(desc = "Why, for the log; at most 2,000 characters.")] reason: Option<String>,
        #[graphql(
            desc = "The version that you have read; when it has another by now, nothing is done and the error says which."
        )]
        expected_version: Option<i32>,
        #[graphql(desc = "When true, nothing is written: the answer shows what would be.")] dry_run: Option<bool>,
    ) -> Result<Answered<ContactExternalIdRemovePayload>> {
        let ContactExternalIdInput { source_system, external_id } = external_id;
        let command = contacts::RemoveExternalId { contact_id, source_system, external_id };
        let done = perform(context, Manner { reason, expected_version, dry_run }, &command).await?;
        let contact = contact::of_id(context, done.output()).await?;
        Ok(done.answer(|outcome| ContactExternalIdRemovePayload { contact, outcome }))
    }
}
