//! What merging contacts, and taking it back, give back.

use async_graphql::SimpleObject;

use super::Outcome;
use crate::contact::Contact;
use crate::merge::{ContactMerge, ContactMergeLeft, ContactMergeMoved};

/// The outcome of `contactMerge`.
#[derive(SimpleObject)]
pub struct ContactMergePayload {
    /// The survivor as it is now; null when it was refused.
    pub contact: Option<Contact>,
    /// The merges, one a duplicate and in the order of `duplicateIds`; null when it was refused. Those of a dry run are not there to be
    /// undone.
    pub merges: Option<Vec<ContactMerge>>,
    /// What moved, by kind; null when it was refused.
    pub moved: Option<Vec<ContactMergeMoved>>,
    /// What every payload tells.
    #[graphql(flatten)]
    pub outcome: Outcome,
}

/// The outcome of `contactMergeUndo`.
#[derive(SimpleObject)]
pub struct ContactMergeUndoPayload {
    /// The survivor as it is now; null when it was refused.
    pub contact: Option<Contact>,
    /// The one who is back; null when it was refused.
    pub duplicate: Option<Contact>,
    /// The merge that was undone; null when it was refused.
    pub merge: Option<ContactMerge>,
    /// What could not be told apart, and so was left as it is; null when it was refused.
    pub left: Option<Vec<ContactMergeLeft>>,
    /// What every payload tells.
    #[graphql(flatten)]
    pub outcome: Outcome,
}
