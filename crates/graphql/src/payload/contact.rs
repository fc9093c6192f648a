//! What changes of contacts give back.

use async_graphql::SimpleObject;

use super::Outcome;
use crate::contact::Contact;
use crate::direct::Direct;
use crate::duplicate::LikelyDuplicate;

/// The outcome of `contactCreate`.
#[derive(SimpleObject)]
pub struct ContactCreatePayload {
    /// The contact; null when it was refused.
    pub contact: Option<Direct<Contact>>,
    /// With LIKELY_DUPLICATE, who of those whom you see is likely the same person, likeliest first and at most five, and what speaks for and
    /// against; null otherwise.
    pub likely_duplicates: Option<Vec<LikelyDuplicate>>,
    /// What every payload tells.
    #[graphql(flatten)]
    pub outcome: Outcome,
}

/// The outcome of `contactUpdate`.
#[derive(SimpleObject)]
pub struct ContactUpdatePayload {
    /// The contact; null when it was refused.
    pub contact: Option<Contact>,
    /// What every payload tells.
    #[graphql(flatten)]
    pub outcome: Outcome,
}

/// The outcome of `contactDelete`.
#[derive(SimpleObject)]
pub struct ContactDeletePayload {
    /// The contact, with `deletedAt`; null when it was refused.
    pub contact: Option<Contact>,
    /// What every payload tells.
    #[graphql(flatten)]
    pub outcome: Outcome,
}

/// The outcome of `contactLink`.
#[derive(SimpleObject)]
pub struct ContactLinkPayload {
    /// The contact; null when it was refused.
    pub contact: Option<Contact>,
    /// What every payload tells.
    #[graphql(flatten)]
    pub outcome: Outcome,
}

/// The outcome of `contactUnlink`.
#[derive(SimpleObject)]
pub struct ContactUnlinkPayload {
    /// The contact; null when it was refused, or when you do not see it any more.
    pub contact: Option<Contact>,
    /// What every payload tells.
    #[graphql(flatten)]
    pub outcome: Outcome,
}

/// The outcome of `contactSetPrimary`.
#[derive(SimpleObject)]
pub struct ContactSetPrimaryPayload {
    /// The contact; null when it was refused.
    pub contact: Option<Contact>,
    /// What every payload tells.
    #[graphql(flatten)]
    pub outcome: Outcome,
}

/// The outcome of `contactTransfer`.
#[derive(SimpleObject)]
pub struct ContactTransferPayload {
    /// The contact; null when it was refused.
    pub contact: Option<Contact>,
    /// What every payload tells.
    #[graphql(flatten)]
    pub outcome: Outcome,
}

/// The outcome of `contactSetPreferences`.
#[derive(SimpleObject)]
pub struct ContactSetPreferencesPayload {
    /// The contact; null when it was refused.
    pub contact: Option<Contact>,
    /// What every payload tells.
    #[graphql(flatten)]
    pub outcome: Outcome,
}

/// The outcome of `contactSetDoNotContact`.
#[derive(SimpleObject)]
pub struct ContactSetDoNotContactPayload {
    /// The contact; null when it was refused.
    pub contact: Option<Contact>,
    /// What every payload tells.
    #[graphql(flatten)]
    pub outcome: Outcome,
}

/// The outcome of `contactClearDoNotContact`.
#[derive(SimpleObject)]
pub struct ContactClearDoNotContactPayload {
    /// The contact; null when it was refused.
    pub contact: Option<Contact>,
    /// What every payload tells.
    #[graphql(flatten)]
    pub outcome: Outcome,
}

/// The outcome of `contactLinkUser`.
#[derive(SimpleObject)]
pub struct ContactLinkUserPayload {
    /// The contact; null when it was refused.
    pub contact: Option<Contact>,
    /// What every payload tells.
    #[graphql(flatten)]
    pub outcome: Outcome,
}

/// The outcome of `contactUnlinkUser`.
#[derive(SimpleObject)]
pub struct ContactUnlinkUserPayload {
    /// The contact; null when it was refused.
    pub contact: Option<Contact>,
    /// What every payload tells.
    #[graphql(flatten)]
    pub outcome: Outcome,
}

/// The outcome of `contactExternalIdAssign`.
#[derive(SimpleObject)]
pub struct ContactExternalIdAssignPayload {
    /// The contact; null when it was refused.
    pub contact: Option<Contact>,
    /// What every payload tells.
    #[graphql(flatten)]
    pub outcome: Outcome,
}

/// The outcome of `contactExternalIdRemove`.
#[derive(SimpleObject)]
pub struct ContactExternalIdRemovePayload {
    /// The contact; null when it was refused.
    pub contact: Option<Contact>,
    /// What every payload tells.
    #[graphql(flatten)]
    pub outcome: Outcome,
}
