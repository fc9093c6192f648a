//! Email addresses, changed. Each is one command; what may be done the domain decides.

use async_graphql::{Context, Object, Result};
use liaison_domain::email as emails;
use uuid::Uuid;

use crate::command::{Answered, Manner, perform};
use crate::context::SignedIn;
use crate::email;
use crate::input::{EmailCreateInput, EmailLinkTargetInput, EmailUpdateInput, MethodLinkInput, MethodOwnerInput};
use crate::payload::{
    EmailCreatePayload, EmailDeletePayload, EmailLinkPayload, EmailSetPrimaryPayload, EmailUnlinkPayload,
    EmailUpdatePayload,
};

/// Email addresses, changed.
#[derive(Default)]
pub struct EmailMutation;

#[Object]
impl EmailMutation {
    /// Makes an email address; link it with `emailLink`.
    #[graphql(guard = "SignedIn")]
    async fn email_create(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The new email address.")] email: EmailCreateInput,
        #[graphql(desc = "Why, for the log; at most 2,000 characters.")] reason: Option<String>,
        #[graphql(desc = "The version of what is to be made, 0: for clients that send it with everything.")]
        expected_version: Option<i32>,
        #[graphql(desc = "When true, nothing is written: the answer shows what would be.")] dry_run: Option<bool>,
    ) -> Result<Answered<EmailCreatePayload>> {
        let done =
            perform(context, Manner { reason, expected_version, dry_run }, &emails::Create(email.into())).await?;
        let email = email::of_id(context, done.output()).await?;
        Ok(done.answer(|outcome| EmailCreatePayload { email, outcome }))
    }

    /// Links an email address to a person or an organization. Linking twice is linking once.
    #[graphql(guard = "SignedIn")]
    async fn email_link(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The email address.")] email_id: Uuid,
        #[graphql(desc = "To whom.")] to: EmailLinkTargetInput,
        #[graphql(desc = "How.")] link: Option<MethodLinkInput>,
        #[graphql(desc = "Why, for the log; at most 2,000 characters.")] reason: Option<String>,
        #[graphql(
            desc = "The version that you have read; when it has another by now, nothing is done and the error says which."
        )]
        expected_version: Option<i32>,
        #[graphql(desc = "When true, nothing is written: the answer shows what would be.")] dry_run: Option<bool>,
    ) -> Result<Answered<EmailLinkPayload>> {
        let MethodLinkInput { is_primary, sort_order } = link.unwrap_or_default();
        let command = emails::Link { email_id, to: to.into(), is_primary, sort_order };
        let done = perform(context, Manner { reason, expected_version, dry_run }, &command).await?;
        let email = email::of_id(context, done.output()).await?;
        Ok(done.answer(|outcome| EmailLinkPayload { email, outcome }))
    }

    /// Changes an email address, for everybody who has it: what is left out stays, what is null is cleared.
    #[graphql(guard = "SignedIn")]
    async fn email_update(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The email address.")] id: Uuid,
        #[graphql(desc = "What changes.")] email: EmailUpdateInput,
        #[graphql(desc = "Why, for the log; at most 2,000 characters.")] reason: Option<String>,
        #[graphql(
            desc = "The version that you have read; when it has another by now, nothing is done and the error says which."
        )]
        expected_version: Option<i32>,
        #[graphql(desc = "When true, nothing is written: the answer shows what would be.")] dry_run: Option<bool>,
    ) -> Result<Answered<EmailUpdatePayload>> {
        let command = emails::Update { email_id: id, edits: email.into() };
        let done = perform(context, Manner { reason, expected_version, dry_run }, &command).await?;
        let email = email::of_id(context, done.output()).await?;
        Ok(done.answer(|outcome| EmailUpdatePayload { email, outcome }))
    }

    /// Deletes an email address: it is unlinked from your organization and from the people whom you may edit, and its past stays. Refused
    /// with IN_USE while others have it; then unlink your own instead.
    #[graphql(guard = "SignedIn")]
    async fn email_delete(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The email address.")] id: Uuid,
        #[graphql(desc = "Why, for the log; at most 2,000 characters.")] reason: Option<String>,
        #[graphql(
            desc = "The version that you have read; when it has another by now, nothing is done and the error says which."
        )]
        expected_version: Option<i32>,
        #[graphql(desc = "When true, nothing is written: the answer shows what would be.")] dry_run: Option<bool>,
    ) -> Result<Answered<EmailDeletePayload>> {
        let command = emails::Delete { email_id: id };
        let done = perform(context, Manner { reason, expected_version, dry_run }, &command).await?;
        let email = email::of_id(context, done.output()).await?;
        Ok(done.answer(|outcome| EmailDeletePayload { email, outcome }))
    }

    /// Ends the link of an email address to a person or an organization. The email address stays, and so does the past. What is not
    /// linked is left alone.
    #[graphql(guard = "SignedIn")]
    async fn email_unlink(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The email address.")] email_id: Uuid,
        #[graphql(desc = "From whom.")] from: EmailLinkTargetInput,
        #[graphql(desc = "Why, for the log; at most 2,000 characters.")] reason: Option<String>,
        #[graphql(
            desc = "The version that you have read; when it has another by now, nothing is done and the error says which."
        )]
        expected_version: Option<i32>,
        #[graphql(desc = "When true, nothing is written: the answer shows what would be.")] dry_run: Option<bool>,
    ) -> Result<Answered<EmailUnlinkPayload>> {
        let command = emails::Unlink { email_id, from: from.into() };
        let done = perform(context, Manner { reason, expected_version, dry_run }, &command).await?;
        let email = email::of_id(context, done.output()).await?;
        Ok(done.answer(|outcome| EmailUnlinkPayload { email, outcome }))
    }

    /// Makes an email address the primary one of a person or an organization that has it; the former primary stops being it.
    #[graphql(guard = "SignedIn")]
    async fn email_set_primary(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The email address.")] email_id: Uuid,
        #[graphql(desc = "Whose.")] of: MethodOwnerInput,
        #[graphql(desc = "Why, for the log; at most 2,000 characters.")] reason: Option<String>,
        #[graphql(
            desc = "The version that you have read; when it has another by now, nothing is done and the error says which."
        )]
        expected_version: Option<i32>,
        #[graphql(desc = "When true, nothing is written: the answer shows what would be.")] dry_run: Option<bool>,
    ) -> Result<Answered<EmailSetPrimaryPayload>> {
        let command = emails::SetPrimary { email_id, of: of.into() };
        let done = perform(context, Manner { reason, expected_version, dry_run }, &command).await?;
        let email = email::of_id(context, done.output()).await?;
        Ok(done.answer(|outcome| EmailSetPrimaryPayload { email, outcome }))
    }
}
