//! Organizations, changed. Each is one command; what may be done the domain decides.

use async_graphql::{Context, Object, Result};
use liaison_domain::organization as organizations;

use crate::command::{Answered, Manner, perform};
use crate::context::SignedIn;
use crate::input::OrganizationCreateInput;
use crate::organization;
use crate::payload::OrganizationCreatePayload;

/// Organizations, changed.
#[derive(Default)]
pub struct OrganizationMutation;

#[Object]
impl OrganizationMutation {
    /// Makes an organization. For `super_admin`.
    #[graphql(guard = "SignedIn")]
    async fn organization_create(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The new organization.")] organization: OrganizationCreateInput,
        #[graphql(desc = "Why, for the log; at most 2,000 characters.")] reason: Option<String>,
        #[graphql(desc = "The version of what is to be made, 0: for clients that send it with everything.")]
        expected_version: Option<i32>,
        #[graphql(desc = "When true, nothing is written: the answer shows what would be.")] dry_run: Option<bool>,
    ) -> Result<Answered<OrganizationCreatePayload>> {
        let done =
            perform(context, Manner { reason, expected_version, dry_run }, &organizations::Create::from(organization))
                .await?;
        let organization = organization::of_id(context, done.output()).await?;
        Ok(done.answer(|outcome| OrganizationCreatePayload { organization, outcome }))
    }
}
