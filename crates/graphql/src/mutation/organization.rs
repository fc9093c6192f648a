//! Organizations, changed. Each is one command; what may be done the domain decides.

use async_graphql::{Context, Object, Result};
use liaison_domain::edit::Edit;
use liaison_domain::organization as organizations;
use uuid::Uuid;

use crate::command::{Answered, Manner, perform};
use crate::context::SignedIn;
use crate::input::{OrganizationCreateInput, OrganizationUpdateInput};
use crate::organization;
use crate::payload::{OrganizationCreatePayload, OrganizationDeactivatePayload, OrganizationUpdatePayload};

/// Organizations, changed.
#[derive(Default)]
pub struct OrganizationMutation;

#[Object]
impl OrganizationMutation {
    /// Changes an organization: what is left out stays, what is null is cleared. Setting `isActive` to true brings a deactivated one
    /// back. For `super_admin`.
    #[graphql(guard = "SignedIn")]
    async fn organization_update(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Which.")] id: Uuid,
        #[graphql(desc = "What changes.")] organization: OrganizationUpdateInput,
        #[graphql(desc = "Why, for the log; at most 2,000 characters.")] reason: Option<String>,
        #[graphql(
            desc = "The version that you have read; when it has another by now, nothing is done and the error says which."
        )]
        expected_version: Option<i32>,
        #[graphql(desc = "When true, nothing is written: the answer shows what would be.")] dry_run: Option<bool>,
    ) -> Result<Answered<OrganizationUpdatePayload>> {
        let command = organization.command(id);
        let done = perform(context, Manner { reason, expected_version, dry_run }, &command).await?;
        let organization = organization::of_id(context, done.output()).await?;
        Ok(done.answer(|outcome| OrganizationUpdatePayload { organization, outcome }))
    }

    /// Takes an organization out of use; its people, links and history stay. For `super_admin`.
    #[graphql(guard = "SignedIn")]
    async fn organization_deactivate(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Which.")] id: Uuid,
        #[graphql(desc = "Why, for the log; at most 2,000 characters.")] reason: Option<String>,
        #[graphql(
            desc = "The version that you have read; when it has another by now, nothing is done and the error says which."
        )]
        expected_version: Option<i32>,
        #[graphql(desc = "When true, nothing is written: the answer shows what would be.")] dry_run: Option<bool>,
    ) -> Result<Answered<OrganizationDeactivatePayload>> {
        let command = organizations::Update { id, is_active: Edit::Set(false), ..organizations::Update::default() };
        let done = perform(context, Manner { reason, expected_version, dry_run }, &command).await?;
        let organization = organization::of_id(context, done.output()).await?;
        Ok(done.answer(|outcome| OrganizationDeactivatePayload { organization, outcome }))
    }

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
