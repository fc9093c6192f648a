//! What the mutations of addresses give back.

use async_graphql::SimpleObject;

use super::Outcome;
use crate::address::Address;

/// The outcome of `addressCreate`.
#[derive(SimpleObject)]
pub struct AddressCreatePayload {
    /// The address; null when it was refused.
    pub address: Option<Address>,
    /// What every payload tells.
    #[graphql(flatten)]
    pub outcome: Outcome,
}

/// The outcome of `addressUpdate`.
#[derive(SimpleObject)]
pub struct AddressUpdatePayload {
    /// The address; null when it was refused.
    pub address: Option<Address>,
    /// What every payload tells.
    #[graphql(flatten)]
    pub outcome: Outcome,
}

/// The outcome of `addressDelete`.
#[derive(SimpleObject)]
pub struct AddressDeletePayload {
    /// The address; null when it was refused, or when you do not see it any more.
    pub address: Option<Address>,
    /// What every payload tells.
    #[graphql(flatten)]
    pub outcome: Outcome,
}

/// The outcome of `addressLink`.
#[derive(SimpleObject)]
pub struct AddressLinkPayload {
    /// The address; null when it was refused.
    pub address: Option<Address>,
    /// What every payload tells.
    #[graphql(flatten)]
    pub outcome: Outcome,
}

/// The outcome of `addressUnlink`.
#[derive(SimpleObject)]
pub struct AddressUnlinkPayload {
    /// The address; null when it was refused, or when you do not see it any more.
    pub address: Option<Address>,
    /// What every payload tells.
    #[graphql(flatten)]
    pub outcome: Outcome,
}

/// The outcome of `addressSetPrimary`.
#[derive(SimpleObject)]
pub struct AddressSetPrimaryPayload {
    /// The address; null when it was refused.
    pub address: Option<Address>,
    /// What every payload tells.
    #[graphql(flatten)]
    pub outcome: Outcome,
}

/// The outcome of `addressHoldingUpdate`.
#[derive(SimpleObject)]
pub struct AddressHoldingUpdatePayload {
    /// The address; null when it was refused.
    pub address: Option<Address>,
    /// The version of how and when they hold it now, for the next `expectedVersion`; null when it was refused.
    pub holding_version: Option<i32>,
    /// What every payload tells.
    #[graphql(flatten)]
    pub outcome: Outcome,
}
