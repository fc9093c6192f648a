//! What decisions about duplicates give back.

use async_graphql::SimpleObject;

use super::Outcome;
use crate::duplicate::DuplicateCandidate;

/// The outcome of `contactDuplicateDismiss`.
#[derive(SimpleObject)]
pub struct ContactDuplicateDismissPayload {
    /// The pair, with who said so and why; null when it was refused.
    pub candidate: Option<DuplicateCandidate>,
    /// What every payload tells.
    #[graphql(flatten)]
    pub outcome: Outcome,
}
