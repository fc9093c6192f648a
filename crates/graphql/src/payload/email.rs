//! What the mutations of email addresses give back.

use async_graphql::SimpleObject;

use super::Outcome;
use crate::email::Email;

/// The outcome of `emailCreate`.
#[derive(SimpleObject)]
pub struct EmailCreatePayload {
    /// The email address; null when it was refused.
    pub email: Option<Email>,
    /// What every payload tells.
    #[graphql(flatten)]
    pub outcome: Outcome,
}

/// The outcome of `emailUpdate`.
#[derive(SimpleObject)]
pub struct EmailUpdatePayload {
    /// The email address; null when it was refused.
    pub email: Option<Email>,
    /// What every payload tells.
    #[graphql(flatten)]
    pub outcome: Outcome,
}

/// The outcome of `emailDelete`.
#[derive(SimpleObject)]
pub struct EmailDeletePayload {
    /// The email address; null when it was refused, or when you do not see it any more.
    pub email: Option<Email>,
    /// What every payload tells.
    #[graphql(flatten)]
    pub outcome: Outcome,
}

/// The outcome of `emailLink`.
#[derive(SimpleObject)]
pub struct EmailLinkPayload {
    /// The email address; null when it was refused.
    pub email: Option<Email>,
    /// What every payload tells.
    #[graphql(flatten)]
    pub outcome: Outcome,
}

/// The outcome of `emailUnlink`.
#[derive(SimpleObject)]
pub struct EmailUnlinkPayload {
    /// The email address; null when it was refused, or when you do not see it any more.
    pub email: Option<Email>,
    /// What every payload tells.
    #[graphql(flatten)]
    pub outcome: Outcome,
}

/// The outcome of `emailSetPrimary`.
#[derive(SimpleObject)]
pub struct EmailSetPrimaryPayload {
    /// The email address; null when it was refused.
    pub email: Option<Email>,
    /// What every payload tells.
    #[graphql(flatten)]
    pub outcome: Outcome,
}
