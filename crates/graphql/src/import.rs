//! Files of contacts that come in, as the API tells of them. Whose they are and what a row does the domain decides.

use std::sync::Arc;

use async_graphql::{Context, Enum, Object, Result, SimpleObject};
use chrono::{DateTime, Utc};
use liaison_domain::import::{self, Finding, Import, Kind, State};
use uuid::Uuid;

use crate::connection::{Connection, Count, EdgeOf, page};
use crate::contact::{self, Contact};
use crate::context::Request;
use crate::edges::Plain;
use crate::enums::UserErrorCode;
use crate::error;

/// How an import stands.
#[derive(Enum, Clone, Copy, PartialEq, Eq)]
#[graphql(remote = "State")]
pub enum ContactImportState {
    /// The file is coming in.
    Receiving,
    /// It waits for others to end.
    Pending,
    /// Rows come in.
    Running,
    /// Whoever carried it out is gone. Send the file again, or `contactImportResume`, and it goes on where it stands.
    Interrupted,
    /// Every row was looked at.
    Done,
    /// It cannot go on; `failure` says why.
    Failed,
    /// Somebody ended it. What had come in by then stays.
    Cancelled,
}

/// What becomes of a row.
#[derive(Enum, Clone, Copy, PartialEq, Eq)]
pub enum ContactImportAction {
    /// Somebody new comes into the directory.
    Create,
    /// Somebody who is there changes.
    Update,
    /// The row says what is so already.
    Unchanged,
    /// Nothing: so it was asked for, or the row is blank.
    Skip,
    /// Nothing: something is wrong with the row.
    Error,
}

/// A file of contacts that comes in: `POST /imports/contacts` begins one.
#[derive(Clone)]
pub struct ContactImport(pub Arc<Import>);

/// A file of contacts that comes in, or came in: `POST /imports/contacts` begins one.
#[Object]
impl ContactImport {
    /// Its id, which is also the correlation id of all that it wrote to the log.
    async fn id(&self) -> Uuid {
        self.0.id
    }

    /// How it stands.
    async fn state(&self) -> ContactImportState {
        self.0.state.into()
    }

    /// What the file is called.
    async fn file_name(&self) -> &str {
        &self.0.file_name
    }

    /// The login that brought the file, or took the import up again last: it acts with that login's rights.
    async fn brought_by(&self) -> &str {
        &self.0.subject
    }

    /// Whether it only shows what would be.
    async fn is_dry_run(&self) -> bool {
        self.0.options.meant == import::Meant::DryRun
    }

    /// Why it cannot go on, or waits; null while all is well.
    async fn failure(&self) -> Option<&str> {
        self.0.failure.as_deref()
    }

    /// How many rows the file has; null while it comes in.
    async fn row_total(&self) -> Option<i32> {
        self.0.total
    }

    /// How many rows were looked at.
    async fn row_processed_count(&self) -> i32 {
        self.0.counts.processed
    }

    /// How many rows made somebody.
    async fn created_count(&self) -> i32 {
        self.0.counts.created
    }

    /// How many rows changed somebody.
    async fn updated_count(&self) -> i32 {
        self.0.counts.updated
    }

    /// How many rows said what was so already.
    async fn unchanged_count(&self) -> i32 {
        self.0.counts.unchanged
    }

    /// How many rows were left alone, blank ones among them.
    async fn skipped_count(&self) -> i32 {
        self.0.counts.skipped
    }

    /// How many rows did not come in; `errors` says why.
    async fn failed_count(&self) -> i32 {
        self.0.counts.failed
    }

    /// When the file began to come in.
    async fn created_at(&self) -> DateTime<Utc> {
        self.0.created_at
    }

    /// When its first row was looked at.
    async fn started_at(&self) -> Option<DateTime<Utc>> {
        self.0.started_at
    }

    /// When it ended.
    async fn finished_at(&self) -> Option<DateTime<Utc>> {
        self.0.finished_at
    }

    /// Why rows did not come in, in the order of the file: those of the first 10,000 such rows.
    async fn errors(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "How many rows from the start, or after `after`: 50 unless told, 200 at most.")] first: Option<
            i32,
        >,
        #[graphql(desc = "Only rows after this cursor.")] after: Option<String>,
        #[graphql(desc = "How many rows from the end, or before `before`: 200 at most. Not together with `first`.")]
        last: Option<i32>,
        #[graphql(desc = "Only rows before this cursor.")] before: Option<String>,
    ) -> Result<Connection<Plain<ContactImportError>>> {
        let page = page(first, after, last, before)?;
        let reader = Request::of(context).reader()?;
        let found = import::findings(reader, self.0.id, Kind::Error, &page).await;
        let (slice, total) = found.map_err(|failed| error::of_list(&failed))?;
        Ok(Connection::of(&slice, counted(total), |cursor, row| Plain { cursor, node: ContactImportError::of(row) }))
    }

    /// What would become of each row, for a dry run: of the first 10,000 rows, for a day.
    async fn preview(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "How many rows from the start, or after `after`: 50 unless told, 200 at most.")] first: Option<
            i32,
        >,
        #[graphql(desc = "Only rows after this cursor.")] after: Option<String>,
        #[graphql(desc = "How many rows from the end, or before `before`: 200 at most. Not together with `first`.")]
        last: Option<i32>,
        #[graphql(desc = "Only rows before this cursor.")] before: Option<String>,
    ) -> Result<Connection<Plain<ContactImportPreview>>> {
        let page = page(first, after, last, before)?;
        let reader = Request::of(context).reader()?;
        let found = import::findings(reader, self.0.id, Kind::Preview, &page).await;
        let (slice, total) = found.map_err(|failed| error::of_list(&failed))?;
        let preview = |cursor, row: &Finding| Plain { cursor, node: ContactImportPreview(Arc::new(row.clone())) };
        Ok(Connection::of(&slice, counted(total), preview))
    }
}

fn counted(total: i64) -> Count {
    Arc::new(move || Box::pin(async move { Ok(total) }))
}

/// Why a row did not come in.
#[derive(Clone, SimpleObject)]
pub struct ContactImportError {
    /// The how-manieth row below the header.
    row: i32,
    /// The line of the file in which the row begins, as an editor counts.
    line: i64,
    /// The column, as the file calls it; null when it is about the row as a whole.
    column: Option<String>,
    /// Why, for programs.
    code: UserErrorCode,
    /// What would be right, for people.
    message: String,
}

impl ContactImportError {
    fn of(row: &Finding) -> Self {
        Self {
            row: row.number,
            line: row.line,
            column: row.column.clone(),
            code: row.code.map_or(UserErrorCode::Invalid, Into::into),
            message: row.message.clone().unwrap_or_default(),
        }
    }
}

/// What would become of a row.
#[derive(Clone)]
pub struct ContactImportPreview(Arc<Finding>);

/// What would become of a row, told by a dry run.
#[Object]
impl ContactImportPreview {
    /// The how-manieth row below the header.
    async fn row(&self) -> i32 {
        self.0.number
    }

    /// The line of the file in which the row begins, as an editor counts.
    async fn line(&self) -> i64 {
        self.0.line
    }

    /// What would be done.
    async fn action(&self) -> ContactImportAction {
        match self.0.action.as_deref() {
            Some("create") => ContactImportAction::Create,
            Some("update") => ContactImportAction::Update,
            Some("unchanged") => ContactImportAction::Unchanged,
            Some("skip") => ContactImportAction::Skip,
            _ => ContactImportAction::Error,
        }
    }

    /// Whom the row means; null for somebody new, and for whom you do not see any more.
    async fn contact(&self, context: &Context<'_>) -> Option<Result<Contact>> {
        contact::of_id(context, self.0.contact_id).await.transpose()
    }

    /// What would be otherwise, by the columns of a file.
    async fn changes(&self) -> Vec<ContactImportChange> {
        let change = |change: &import::CellChange| ContactImportChange {
            column: change.column.clone(),
            old: Some(change.old.clone()).filter(|old| !old.is_empty()),
            new: Some(change.new.clone()).filter(|new| !new.is_empty()),
        };
        self.0.changes.iter().map(change).collect()
    }
}

/// A column that a row would change.
#[derive(Clone, SimpleObject)]
pub struct ContactImportChange {
    /// The column, as Liaison calls it.
    column: String,
    /// What it says; null when it says nothing.
    old: Option<String>,
    /// What it would say.
    new: Option<String>,
}

impl EdgeOf for Plain<ContactImport> {
    type Node = ContactImport;
    const CONNECTION: &'static str = "ContactImportConnection";

    fn node(&self) -> &ContactImport {
        &self.node
    }
}

impl EdgeOf for Plain<ContactImportError> {
    type Node = ContactImportError;
    const CONNECTION: &'static str = "ContactImportErrorConnection";

    fn node(&self) -> &ContactImportError {
        &self.node
    }
}

impl EdgeOf for Plain<ContactImportPreview> {
    type Node = ContactImportPreview;
    const CONNECTION: &'static str = "ContactImportPreviewConnection";

    fn node(&self) -> &ContactImportPreview {
        &self.node
    }
}

/// The import with this id, if it is yours to see.
pub async fn of_id(context: &Context<'_>, id: impl Into<Option<Uuid>>) -> Result<Option<ContactImport>> {
    let Some(id) = id.into() else { return Ok(None) };
    let found = import::import(Request::of(context).reader()?, id).await.map_err(|fault| error::of_fault(&fault))?;
    Ok(found.map(|import| ContactImport(Arc::new(import))))
}
