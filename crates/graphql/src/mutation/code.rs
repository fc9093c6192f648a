//! Codes, changed. Each is one command; what may be done the domain decides.

use async_graphql::{Context, Object, Result};
use liaison_domain::code::{Family, Retire};
use uuid::Uuid;

use crate::code;
use crate::command::{Answered, Manner, perform};
use crate::context::SignedIn;
use crate::input::CodeDefineInput;
use crate::payload::{EmailCodeDefinePayload, EmailCodeRetirePayload, PhoneCodeDefinePayload, PhoneCodeRetirePayload};

/// Codes, changed.
#[derive(Default)]
pub struct CodeMutation;

#[Object]
impl CodeMutation {
    /// Brings a code for phones into the vocabulary, or changes the one of that name: its label, description and place. A retired one
    /// is in use again afterwards. For `super_admin`.
    #[graphql(guard = "SignedIn")]
    async fn phone_code_define(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The code.")] code: CodeDefineInput,
        #[graphql(desc = "Why, for the log; at most 2,000 characters.")] reason: Option<String>,
        #[graphql(
            desc = "The version that you have read, 0 for a new code; when it has another by now, nothing is done and the error says which."
        )]
        expected_version: Option<i32>,
        #[graphql(desc = "When true, nothing is written: the answer shows what would be.")] dry_run: Option<bool>,
    ) -> Result<Answered<PhoneCodeDefinePayload>> {
        let manner = Manner { reason, expected_version, dry_run };
        let done = perform(context, manner, &code.command(Family::Phone)).await?;
        let phone_code = code::phone_code_of_id(context, done.output()).await?;
        Ok(done.answer(|outcome| PhoneCodeDefinePayload { phone_code, outcome }))
    }

    /// Takes a code for phones out of use: what has it keeps it, nothing new may have it. A system-managed one can be retired too;
    /// defining it brings it back. For `super_admin`.
    #[graphql(guard = "SignedIn")]
    async fn phone_code_retire(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Which.")] id: Uuid,
        #[graphql(desc = "Why, for the log; at most 2,000 characters.")] reason: Option<String>,
        #[graphql(
            desc = "The version that you have read; when it has another by now, nothing is done and the error says which."
        )]
        expected_version: Option<i32>,
        #[graphql(desc = "When true, nothing is written: the answer shows what would be.")] dry_run: Option<bool>,
    ) -> Result<Answered<PhoneCodeRetirePayload>> {
        let manner = Manner { reason, expected_version, dry_run };
        let done = perform(context, manner, &Retire { family: Family::Phone, id }).await?;
        let phone_code = code::phone_code_of_id(context, done.output()).await?;
        Ok(done.answer(|outcome| PhoneCodeRetirePayload { phone_code, outcome }))
    }

    /// Brings a code for email addresses into the vocabulary, or changes the one of that name: its label, description and place. A retired one
    /// is in use again afterwards. For `super_admin`.
    #[graphql(guard = "SignedIn")]
    async fn email_code_define(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The code.")] code: CodeDefineInput,
        #[graphql(desc = "Why, for the log; at most 2,000 characters.")] reason: Option<String>,
        #[graphql(
            desc = "The version that you have read, 0 for a new code; when it has another by now, nothing is done and the error says which."
        )]
        expected_version: Option<i32>,
        #[graphql(desc = "When true, nothing is written: the answer shows what would be.")] dry_run: Option<bool>,
    ) -> Result<Answered<EmailCodeDefinePayload>> {
        let manner = Manner { reason, expected_version, dry_run };
        let done = perform(context, manner, &code.command(Family::Email)).await?;
        let email_code = code::email_code_of_id(context, done.output()).await?;
        Ok(done.answer(|outcome| EmailCodeDefinePayload { email_code, outcome }))
    }

    /// Takes a code for email addresses out of use: what has it keeps it, nothing new may have it. A system-managed one can be retired too;
    /// defining it brings it back. For `super_admin`.
    #[graphql(guard = "SignedIn")]
    async fn email_code_retire(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Which.")] id: Uuid,
        #[graphql(desc = "Why, for the log; at most 2,000 characters.")] reason: Option<String>,
        #[graphql(
            desc = "The version that you have read; when it has another by now, nothing is done and the error says which."
        )]
        expected_version: Option<i32>,
        #[graphql(desc = "When true, nothing is written: the answer shows what would be.")] dry_run: Option<bool>,
    ) -> Result<Answered<EmailCodeRetirePayload>> {
        let manner = Manner { reason, expected_version, dry_run };
        let done = perform(context, manner, &Retire { family: Family::Email, id }).await?;
        let email_code = code::email_code_of_id(context, done.output()).await?;
        Ok(done.answer(|outcome| EmailCodeRetirePayload { email_code, outcome }))
    }
}
