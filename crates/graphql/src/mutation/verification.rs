//! Phones and email addresses, verified. Each is one command; what may be done the domain decides.

use async_graphql::{Context, Object, Result};
use liaison_domain::verification::{Confirm, Mark, MethodId, Request};
use uuid::Uuid;

use crate::command::{Answered, Manner, perform};
use crate::context::SignedIn;
use crate::enums::VerificationMark;
use crate::payload::{
    EmailVerificationConfirmPayload, EmailVerificationMarkPayload, EmailVerificationRequestPayload,
    PhoneVerificationConfirmPayload, PhoneVerificationMarkPayload, PhoneVerificationRequestPayload,
};
use crate::{email, phone};

/// Phones and email addresses, verified.
#[derive(Default)]
pub struct VerificationMutation;

#[Object]
impl VerificationMutation {
    /// Sends a code of six digits to a phone: it is good for 10 minutes and 5 tries, and another can be asked for after a minute.
    /// A text message carries it where the phone takes them and its owner has not said STOP, else a call. The state is PENDING until the code comes back.
    #[graphql(guard = "SignedIn")]
    async fn phone_verification_request(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Which.")] id: Uuid,
        #[graphql(desc = "Why, for the log; at most 2,000 characters.")] reason: Option<String>,
        #[graphql(
            desc = "The version that you have read; when it has another by now, nothing is done and the error says which."
        )]
        expected_version: Option<i32>,
        #[graphql(desc = "When true, nothing is written: the answer shows what would be.")] dry_run: Option<bool>,
    ) -> Result<Answered<PhoneVerificationRequestPayload>> {
        let command = Request(MethodId::Phone(id));
        let done = perform(context, Manner { reason, expected_version, dry_run }, &command).await?;
        let phone = phone::of_id(context, done.output()).await?;
        Ok(done.answer(|outcome| PhoneVerificationRequestPayload { phone, outcome }))
    }

    /// Tries the code that somebody got: the right one makes the phone VERIFIED. A wrong one is counted and is no error; `isRight` tells.
    #[graphql(guard = "SignedIn")]
    async fn phone_verification_confirm(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Which.")] id: Uuid,
        #[graphql(desc = "The six digits.")] code: String,
        #[graphql(desc = "Why, for the log; at most 2,000 characters.")] reason: Option<String>,
        #[graphql(
            desc = "The version that you have read; when it has another by now, nothing is done and the error says which."
        )]
        expected_version: Option<i32>,
        #[graphql(desc = "When true, nothing is written: the answer shows what would be.")] dry_run: Option<bool>,
    ) -> Result<Answered<PhoneVerificationConfirmPayload>> {
        let command = Confirm { method: MethodId::Phone(id), code };
        let done = perform(context, Manner { reason, expected_version, dry_run }, &command).await?;
        let tried = done.output();
        let phone = phone::of_id(context, tried.map(|tried| tried.id)).await?;
        Ok(done.answer(|outcome| PhoneVerificationConfirmPayload {
            phone,
            is_right: tried.map(|tried| tried.is_right),
            tries_left: tried.and_then(|tried| tried.tries_left),
            outcome,
        }))
    }

    /// Says by hand what is known of a phone: that it reaches its person, that what was sent came back, or that it reaches nobody.
    /// Needs a `reason`, which stands in the log in place of a code.
    #[graphql(guard = "SignedIn")]
    async fn phone_verification_mark(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Which.")] id: Uuid,
        #[graphql(desc = "What is known.")] state: VerificationMark,
        #[graphql(desc = "How this is known, for the log; at most 2,000 characters. Needed.")] reason: Option<String>,
        #[graphql(
            desc = "The version that you have read; when it has another by now, nothing is done and the error says which."
        )]
        expected_version: Option<i32>,
        #[graphql(desc = "When true, nothing is written: the answer shows what would be.")] dry_run: Option<bool>,
    ) -> Result<Answered<PhoneVerificationMarkPayload>> {
        let command = Mark { method: MethodId::Phone(id), as_: state.into() };
        let done = perform(context, Manner { reason, expected_version, dry_run }, &command).await?;
        let phone = phone::of_id(context, done.output()).await?;
        Ok(done.answer(|outcome| PhoneVerificationMarkPayload { phone, outcome }))
    }

    /// Sends a code of six digits to an email address: it is good for 10 minutes and 5 tries, and another can be asked for after a minute.
    /// The state is PENDING until the code comes back.
    #[graphql(guard = "SignedIn")]
    async fn email_verification_request(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Which.")] id: Uuid,
        #[graphql(desc = "Why, for the log; at most 2,000 characters.")] reason: Option<String>,
        #[graphql(
            desc = "The version that you have read; when it has another by now, nothing is done and the error says which."
        )]
        expected_version: Option<i32>,
        #[graphql(desc = "When true, nothing is written: the answer shows what would be.")] dry_run: Option<bool>,
    ) -> Result<Answered<EmailVerificationRequestPayload>> {
        let command = Request(MethodId::Email(id));
        let done = perform(context, Manner { reason, expected_version, dry_run }, &command).await?;
        let email = email::of_id(context, done.output()).await?;
        Ok(done.answer(|outcome| EmailVerificationRequestPayload { email, outcome }))
    }

    /// Tries the code that somebody got: the right one makes the email address VERIFIED. A wrong one is counted and is no error; `isRight` tells.
    #[graphql(guard = "SignedIn")]
    async fn email_verification_confirm(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Which.")] id: Uuid,
        #[graphql(desc = "The six digits.")] code: String,
        #[graphql(desc = "Why, for the log; at most 2,000 characters.")] reason: Option<String>,
        #[graphql(
            desc = "The version that you have read; when it has another by now, nothing is done and the error says which."
        )]
        expected_version: Option<i32>,
        #[graphql(desc = "When true, nothing is written: the answer shows what would be.")] dry_run: Option<bool>,
    ) -> Result<Answered<EmailVerificationConfirmPayload>> {
        let command = Confirm { method: MethodId::Email(id), code };
        let done = perform(context, Manner { reason, expected_version, dry_run }, &command).await?;
        let tried = done.output();
        let email = email::of_id(context, tried.map(|tried| tried.id)).await?;
        Ok(done.answer(|outcome| EmailVerificationConfirmPayload {
            email,
            is_right: tried.map(|tried| tried.is_right),
            tries_left: tried.and_then(|tried| tried.tries_left),
            outcome,
        }))
    }

    /// Says by hand what is known of an email address: that it reaches its person, that what was sent came back, or that it reaches nobody.
    /// Needs a `reason`, which stands in the log in place of a code.
    #[graphql(guard = "SignedIn")]
    async fn email_verification_mark(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Which.")] id: Uuid,
        #[graphql(desc = "What is known.")] state: VerificationMark,
        #[graphql(desc = "How this is known, for the log; at most 2,000 characters. Needed.")] reason: Option<String>,
        #[graphql(
            desc = "The version that you have read; when it has another by now, nothing is done and the error says which."
        )]
        expected_version: Option<i32>,
        #[graphql(desc = "When true, nothing is written: the answer shows what would be.")] dry_run: Option<bool>,
    ) -> Result<Answered<EmailVerificationMarkPayload>> {
        let command = Mark { method: MethodId::Email(id), as_: state.into() };
        let done = perform(context, Manner { reason, expected_version, dry_run }, &command).await?;
        let email = email::of_id(context, done.output()).await?;
        Ok(done.answer(|outcome| EmailVerificationMarkPayload { email, outcome }))
    }
}
