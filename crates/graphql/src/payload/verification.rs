//! What the mutations that verify give back.

use async_graphql::SimpleObject;

use super::Outcome;
use crate::email::Email;
use crate::phone::Phone;

/// The outcome of `phoneVerificationRequest`.
#[derive(SimpleObject)]
pub struct PhoneVerificationRequestPayload {
    /// The phone; null when it was refused.
    pub phone: Option<Phone>,
    /// What every payload tells.
    #[graphql(flatten)]
    pub outcome: Outcome,
}

/// The outcome of `phoneVerificationConfirm`.
#[derive(SimpleObject)]
pub struct PhoneVerificationConfirmPayload {
    /// The phone; null when it was refused.
    pub phone: Option<Phone>,
    /// Whether the code was right; null when it was refused and not tried.
    pub is_right: Option<bool>,
    /// How often the code may still be tried; null when it was right or not tried.
    pub tries_left: Option<i32>,
    /// What every payload tells.
    #[graphql(flatten)]
    pub outcome: Outcome,
}

/// The outcome of `phoneVerificationMark`.
#[derive(SimpleObject)]
pub struct PhoneVerificationMarkPayload {
    /// The phone; null when it was refused.
    pub phone: Option<Phone>,
    /// What every payload tells.
    #[graphql(flatten)]
    pub outcome: Outcome,
}

/// The outcome of `emailVerificationRequest`.
#[derive(SimpleObject)]
pub struct EmailVerificationRequestPayload {
    /// The email address; null when it was refused.
    pub email: Option<Email>,
    /// What every payload tells.
    #[graphql(flatten)]
    pub outcome: Outcome,
}

/// The outcome of `emailVerificationConfirm`.
#[derive(SimpleObject)]
pub struct EmailVerificationConfirmPayload {
    /// The email address; null when it was refused.
    pub email: Option<Email>,
    /// Whether the code was right; null when it was refused and not tried.
    pub is_right: Option<bool>,
    /// How often the code may still be tried; null when it was right or not tried.
    pub tries_left: Option<i32>,
    /// What every payload tells.
    #[graphql(flatten)]
    pub outcome: Outcome,
}

/// The outcome of `emailVerificationMark`.
#[derive(SimpleObject)]
pub struct EmailVerificationMarkPayload {
    /// The email address; null when it was refused.
    pub email: Option<Email>,
    /// What every payload tells.
    #[graphql(flatten)]
    pub outcome: Outcome,
}
