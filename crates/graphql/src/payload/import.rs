//! What changes of imports give back.

use async_graphql::SimpleObject;

use super::Outcome;
use crate::import::ContactImport;

/// The outcome of `contactImportCancel`.
#[derive(SimpleObject)]
pub struct ContactImportCancelPayload {
    /// The import; null when it was refused.
    pub contact_import: Option<ContactImport>,
    /// What every payload tells.
    #[graphql(flatten)]
    pub outcome: Outcome,
}

/// The outcome of `contactImportResume`.
#[derive(SimpleObject)]
pub struct ContactImportResumePayload {
    /// The import; null when it was refused.
    pub contact_import: Option<ContactImport>,
    /// What every payload tells.
    #[graphql(flatten)]
    pub outcome: Outcome,
}
