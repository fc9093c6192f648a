//! Imports, ended and taken up again. Each is one command; what may be done the domain decides.

use async_graphql::{Context, Object, Result};
use liaison_domain::import as imports;
use uuid::Uuid;

use crate::command::{Answered, Manner, perform};
use crate::context::{Request, SignedIn};
use crate::import;
use crate::payload::{ContactImportCancelPayload, ContactImportResumePayload};

/// Imports, ended and taken up again.
#[derive(Default)]
pub struct ImportMutation;

#[Object]
impl ImportMutation {
    /// Ends an import of your organization. What has come in stays; nothing more does. One that has ended is left as it is.
    #[graphql(guard = "SignedIn")]
    async fn contact_import_cancel(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Which.")] id: Uuid,
        #[graphql(desc = "Why; an import's end is not written to the log.")] reason: Option<String>,
        #[graphql(desc = "An import has no versions: 0, for clients that send it with everything.")]
        expected_version: Option<i32>,
        #[graphql(desc = "When true, nothing is written: the answer shows what would be.")] dry_run: Option<bool>,
    ) -> Result<Answered<ContactImportCancelPayload>> {
        let done = perform(context, Manner { reason, expected_version, dry_run }, &imports::Cancel { id }).await?;
        let contact_import = import::of_id(context, done.output()).await?;
        Ok(done.answer(|outcome| ContactImportCancelPayload { contact_import, outcome }))
    }

    /// Takes an import of your organization up where it stands, with your rights from now on. One that is being carried out is left
    /// alone.
    #[graphql(guard = "SignedIn")]
    async fn contact_import_resume(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Which.")] id: Uuid,
        #[graphql(desc = "Why; that an import goes on is not written to the log.")] reason: Option<String>,
        #[graphql(desc = "An import has no versions: 0, for clients that send it with everything.")]
        expected_version: Option<i32>,
        #[graphql(desc = "When true, nothing goes on: the answer shows whether it could.")] dry_run: Option<bool>,
    ) -> Result<Answered<ContactImportResumePayload>> {
        let is_meant = dry_run != Some(true);
        let done = perform(context, Manner { reason, expected_version, dry_run }, &imports::Resume { id }).await?;
        let contact_import = import::of_id(context, done.output()).await?;
        if is_meant && done.output().is_some() {
            let reader = Request::of(context).reader()?;
            imports::take_up(reader.database(), reader.viewer(), id);
        }
        Ok(done.answer(|outcome| ContactImportResumePayload { contact_import, outcome }))
    }
}
