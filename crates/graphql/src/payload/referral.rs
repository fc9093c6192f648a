//! What the mutations of referrals give back.

use async_graphql::SimpleObject;

use super::Outcome;
use crate::referral::Referral;

/// The outcome of `referralCreate`.
#[derive(SimpleObject)]
pub struct ReferralCreatePayload {
    /// The referral; null when it was refused.
    pub referral: Option<Referral>,
    /// What every payload tells.
    #[graphql(flatten)]
    pub outcome: Outcome,
}

/// The outcome of `referralUpdate`.
#[derive(SimpleObject)]
pub struct ReferralUpdatePayload {
    /// The referral; null when it was refused.
    pub referral: Option<Referral>,
    /// What every payload tells.
    #[graphql(flatten)]
    pub outcome: Outcome,
}
