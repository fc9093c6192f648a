//! Communications, recorded. Each is one command; what may be done the domain decides.

use async_graphql::{Context, Object, Result};
use liaison_domain::communication as communications;
use uuid::Uuid;

use crate::command::{Answered, Manner, perform};
use crate::communication;
use crate::context::SignedIn;
use crate::input::{CommunicationCorrectInput, CommunicationRecordInput};
use crate::payload::{CommunicationCorrectPayload, CommunicationRecordPayload};

/// Communications, recorded.
#[derive(Default)]
pub struct CommunicationMutation;

#[Object]
impl CommunicationMutation {
    /// Records a communication with a contact that you see, for your organization alone. Refused with UNREACHABLE when they may not be
    /// reached so (`Contact.reachability`); that it was not done, and why, can be recorded. For administrators and clinicians.
    #[graphql(guard = "SignedIn")]
    async fn communication_record(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The communication.")] communication: CommunicationRecordInput,
        #[graphql(
            desc = "Why, for the log; at most 2,000 characters. Needed for an emergency that passes do-not-contact."
        )]
        reason: Option<String>,
        #[graphql(desc = "The version of what is to be made, 0: for clients that send it with everything.")]
        expected_version: Option<i32>,
        #[graphql(desc = "When true, nothing is written: the answer shows what would be.")] dry_run: Option<bool>,
    ) -> Result<Answered<CommunicationRecordPayload>> {
        let command = communications::Record::from(communication);
        let done = perform(context, Manner { reason, expected_version, dry_run }, &command).await?;
        let communication = communication::of_id(context, done.output()).await?;
        Ok(done.answer(|outcome| CommunicationRecordPayload { communication, outcome }))
    }

    /// Corrects a record of your organization by another one; the wrong one stays and names it. For administrators and clinicians.
    #[graphql(guard = "SignedIn")]
    async fn communication_correct(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Which.")] id: Uuid,
        #[graphql(desc = "What was right.")] communication: CommunicationCorrectInput,
        #[graphql(desc = "Why, for the log; at most 2,000 characters.")] reason: Option<String>,
        #[graphql(
            desc = "The version that you have read; when it has another by now, nothing is done and the error says which."
        )]
        expected_version: Option<i32>,
        #[graphql(desc = "When true, nothing is written: the answer shows what would be.")] dry_run: Option<bool>,
    ) -> Result<Answered<CommunicationCorrectPayload>> {
        let command = communication.command(id);
        let done = perform(context, Manner { reason, expected_version, dry_run }, &command).await?;
        let communication = communication::of_id(context, done.output()).await?;
        Ok(done.answer(|outcome| CommunicationCorrectPayload { communication, outcome }))
    }
}
