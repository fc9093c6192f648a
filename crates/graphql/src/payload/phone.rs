//! What the mutations of phones give back.

use async_graphql::SimpleObject;

use super::Outcome;
use crate::phone::Phone;

/// The outcome of `phoneCreate`.
#[derive(SimpleObject)]
pub struct PhoneCreatePayload {
    /// The phone; null when it was refused.
    pub phone: Option<Phone>,
    /// What every payload tells.
    #[graphql(flatten)]
    pub outcome: Outcome,
}

/// The outcome of `phoneUpdate`.
#[derive(SimpleObject)]
pub struct PhoneUpdatePayload {
    /// The phone; null when it was refused.
    pub phone: Option<Phone>,
    /// What every payload tells.
    #[graphql(flatten)]
    pub outcome: Outcome,
}

/// The outcome of `phoneDelete`.
#[derive(SimpleObject)]
pub struct PhoneDeletePayload {
    /// The phone; null when it was refused, or when you do not see it any more.
    pub phone: Option<Phone>,
    /// What every payload tells.
    #[graphql(flatten)]
    pub outcome: Outcome,
}

/// The outcome of `phoneLink`.
#[derive(SimpleObject)]
pub struct PhoneLinkPayload {
    /// The phone; null when it was refused.
    pub phone: Option<Phone>,
    /// What every payload tells.
    #[graphql(flatten)]
    pub outcome: Outcome,
}

/// The outcome of `phoneUnlink`.
#[derive(SimpleObject)]
pub struct PhoneUnlinkPayload {
    /// The phone; null when it was refused, or when you do not see it any more.
    pub phone: Option<Phone>,
    /// What every payload tells.
    #[graphql(flatten)]
    pub outcome: Outcome,
}

/// The outcome of `phoneSetPrimary`.
#[derive(SimpleObject)]
pub struct PhoneSetPrimaryPayload {
    /// The phone; null when it was refused.
    pub phone: Option<Phone>,
    /// What every payload tells.
    #[graphql(flatten)]
    pub outcome: Outcome,
}

/// The outcome of `phoneSmsOptOut`.
#[derive(SimpleObject)]
pub struct PhoneSmsOptOutPayload {
    /// The phone; null when it was refused.
    pub phone: Option<Phone>,
    /// What every payload tells.
    #[graphql(flatten)]
    pub outcome: Outcome,
}

/// The outcome of `phoneSmsOptIn`.
#[derive(SimpleObject)]
pub struct PhoneSmsOptInPayload {
    /// The phone; null when it was refused.
    pub phone: Option<Phone>,
    /// What every payload tells.
    #[graphql(flatten)]
    pub outcome: Outcome,
}
