//! What the mutations of codes give back.

use async_graphql::SimpleObject;

use super::Outcome;
use crate::code::{EmailCode, PhoneCode};

/// The outcome of `phoneCodeDefine`.
#[derive(SimpleObject)]
pub struct PhoneCodeDefinePayload {
    /// The code; null when it was refused.
    pub phone_code: Option<PhoneCode>,
    /// What every payload tells.
    #[graphql(flatten)]
    pub outcome: Outcome,
}

/// The outcome of `phoneCodeRetire`.
#[derive(SimpleObject)]
pub struct PhoneCodeRetirePayload {
    /// The code; null when it was refused.
    pub phone_code: Option<PhoneCode>,
    /// What every payload tells.
    #[graphql(flatten)]
    pub outcome: Outcome,
}

/// The outcome of `emailCodeDefine`.
#[derive(SimpleObject)]
pub struct EmailCodeDefinePayload {
    /// The code; null when it was refused.
    pub email_code: Option<EmailCode>,
    /// What every payload tells.
    #[graphql(flatten)]
    pub outcome: Outcome,
}

/// The outcome of `emailCodeRetire`.
#[derive(SimpleObject)]
pub struct EmailCodeRetirePayload {
    /// The code; null when it was refused.
    pub email_code: Option<EmailCode>,
    /// What every payload tells.
    #[graphql(flatten)]
    pub outcome: Outcome,
}
