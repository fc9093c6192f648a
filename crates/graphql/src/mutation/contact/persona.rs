//! What contacts are: granted and revoked. Each is one command; what may be done the domain decides.

use async_graphql::{Context, Object, Result};
use liaison_domain::contact as contacts;
use uuid::Uuid;

use crate::command::{Answered, Manner, perform};
use crate::contact;
use crate::context::SignedIn;
use crate::payload::{ContactGrantPersonaPayload, ContactRevokePersonaPayload};
use crate::relationship::Persona;

/// What contacts are: granted and revoked.
#[derive(Default)]
pub struct PersonaMutation;

#[Object]
impl PersonaMutation {
    /// Lets a contact that you see be a student, a guardian or of the staff, in the books of your organization alone: what it must be before a
    /// relationship of that kind may name it. Granting it twice is granting it once. For administrators.
    #[graphql(guard = "SignedIn")]
    async fn contact_grant_persona(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The contact.")] id: Uuid,
        #[graphql(desc = "What they are.")] persona: Persona,
        #[graphql(desc = "Why, for the log; at most 2,000 characters.")] reason: Option<String>,
        #[graphql(
            desc = "The version that you have read; when it has another by now, nothing is done and the error says which."
        )]
        expected_version: Option<i32>,
        #[graphql(desc = "When true, nothing is written: the answer shows what would be.")] dry_run: Option<bool>,
    ) -> Result<Answered<ContactGrantPersonaPayload>> {
        let command = contacts::GrantPersona { id, persona: persona.into() };
        let done = perform(context, Manner { reason, expected_version, dry_run }, &command).await?;
        let contact = contact::of_id(context, done.output()).await?;
        Ok(done.answer(|outcome| ContactGrantPersonaPayload { contact, outcome }))
    }

    /// Lets a contact be that no more. Refused with IN_USE as long as relationships that are not over need it. What is not held is left alone. For
    /// administrators.
    #[graphql(guard = "SignedIn")]
    async fn contact_revoke_persona(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The contact.")] id: Uuid,
        #[graphql(desc = "What they are no more.")] persona: Persona,
        #[graphql(desc = "Why, for the log; at most 2,000 characters.")] reason: Option<String>,
        #[graphql(
            desc = "The version that you have read; when it has another by now, nothing is done and the error says which."
        )]
        expected_version: Option<i32>,
        #[graphql(desc = "When true, nothing is written: the answer shows what would be.")] dry_run: Option<bool>,
    ) -> Result<Answered<ContactRevokePersonaPayload>> {
        let command = contacts::RevokePersona { id, persona: persona.into() };
        let done = perform(context, Manner { reason, expected_version, dry_run }, &command).await?;
        let contact = contact::of_id(context, done.output()).await?;
        Ok(done.answer(|outcome| ContactRevokePersonaPayload { contact, outcome }))
    }
}
