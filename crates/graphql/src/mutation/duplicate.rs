//! What is decided about duplicates, but for merging. What may be done the domain decides.

use async_graphql::{Context, Object, Result};
use liaison_domain::candidate;
use uuid::Uuid;

use crate::command::{Answered, Manner, perform};
use crate::context::SignedIn;
use crate::duplicate;
use crate::payload::ContactDuplicateDismissPayload;

/// Duplicates, decided about.
#[derive(Default)]
pub struct DuplicateMutation;

#[Object]
impl DuplicateMutation {
    /// Says of two contacts that they are two persons (US-3): they are told as duplicates no more until something changes that is compared of
    /// them. Said again while it holds it is so already. For `super_admin`.
    #[graphql(guard = "SignedIn")]
    async fn contact_duplicate_dismiss(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "One of the two.")] contact_id: Uuid,
        #[graphql(desc = "The other one.")] other_contact_id: Uuid,
        #[graphql(
            desc = "Why they are two persons: it is told with the pair and kept in the log; at most 2,000 characters, and not blank."
        )]
        reason: String,
        #[graphql(
            desc = "The `version` of the pair that you have read, 0 if it was never dismissed; when it has another by now, nothing is done and the error says which."
        )]
        expected_version: Option<i32>,
        #[graphql(desc = "When true, nothing is written: the answer shows what would be.")] dry_run: Option<bool>,
    ) -> Result<Answered<ContactDuplicateDismissPayload>> {
        let manner = Manner { reason: Some(reason), expected_version, dry_run };
        let done = perform(context, manner, &candidate::Dismiss { contact_id, other_contact_id }).await?;
        let candidate = duplicate::of_id(context, done.output()).await?;
        Ok(done.answer(|outcome| ContactDuplicateDismissPayload { candidate, outcome }))
    }
}
