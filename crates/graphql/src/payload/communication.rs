//! What the mutations of communications give back.

use async_graphql::SimpleObject;

use super::Outcome;
use crate::communication::Communication;

/// The outcome of `communicationRecord`.
#[derive(SimpleObject)]
pub struct CommunicationRecordPayload {
    /// The record; null when it was refused.
    pub communication: Option<Communication>,
    /// What every payload tells.
    #[graphql(flatten)]
    pub outcome: Outcome,
}

/// The outcome of `communicationCorrect`.
#[derive(SimpleObject)]
pub struct CommunicationCorrectPayload {
    /// The record that is right; null when it was refused.
    pub communication: Option<Communication>,
    /// What every payload tells.
    #[graphql(flatten)]
    pub outcome: Outcome,
}
