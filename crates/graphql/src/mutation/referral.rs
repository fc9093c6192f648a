//! Referrals, made and changed. Each is one command; what may be done the domain decides.

use async_graphql::{Context, Object, Result};
use liaison_domain::referral as referrals;
use uuid::Uuid;

use crate::command::{Answered, Manner, perform};
use crate::context::SignedIn;
use crate::input::{ReferralCreateInput, ReferralUpdateInput};
use crate::payload::{ReferralCreatePayload, ReferralUpdatePayload};
use crate::referral;

/// Referrals, made and changed.
#[derive(Default)]
pub struct ReferralMutation;

#[Object]
impl ReferralMutation {
    /// Records that your organization sent a client to a provider that you see (US-11), for your organization alone. For administrators
    /// and clinicians. Providers see no provider but themselves: so partners refer, to those that they brought, and `super_admin`.
    #[graphql(guard = "SignedIn")]
    async fn referral_create(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The new referral.")] referral: ReferralCreateInput,
        #[graphql(desc = "Why, for the log; at most 2,000 characters.")] reason: Option<String>,
        #[graphql(desc = "The version of what is to be made, 0: for clients that send it with everything.")]
        expected_version: Option<i32>,
        #[graphql(desc = "When true, nothing is written: the answer shows what would be.")] dry_run: Option<bool>,
    ) -> Result<Answered<ReferralCreatePayload>> {
        let command = referrals::Create::from(referral);
        let done = perform(context, Manner { reason, expected_version, dry_run }, &command).await?;
        let referral = referral::of_id(context, done.output()).await?;
        Ok(done.answer(|outcome| ReferralCreatePayload { referral, outcome }))
    }

    /// Changes a referral of your organization, such as what became of it: what is left out stays, what is null is cleared. For
    /// administrators and clinicians.
    #[graphql(guard = "SignedIn")]
    async fn referral_update(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Which.")] id: Uuid,
        #[graphql(desc = "What changes.")] referral: ReferralUpdateInput,
        #[graphql(desc = "Why, for the log; at most 2,000 characters.")] reason: Option<String>,
        #[graphql(
            desc = "The version that you have read; when it has another by now, nothing is done and the error says which."
        )]
        expected_version: Option<i32>,
        #[graphql(desc = "When true, nothing is written: the answer shows what would be.")] dry_run: Option<bool>,
    ) -> Result<Answered<ReferralUpdatePayload>> {
        let command = referral.command(id);
        let done = perform(context, Manner { reason, expected_version, dry_run }, &command).await?;
        let referral = referral::of_id(context, done.output()).await?;
        Ok(done.answer(|outcome| ReferralUpdatePayload { referral, outcome }))
    }
}
