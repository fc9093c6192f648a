//! What is kept of an import beside the log: its state, how far it came and what was said of its rows. Each statement names the
//! organization itself, for it runs with the projector's rights. No fact stands here.

use chrono::{DateTime, Utc};
use serde_json::Value;
use sqlx::Row;
use sqlx::postgres::PgRow;
use uuid::Uuid;

use super::shown::CellChange;
use super::writing::emptied;
use super::{Options, allow};
use crate::failure::{Failure, Fault, Refusal, RefusalCode};
use crate::session::{Beside, Command, Lock, Sql, Work, push_is_taken};
use crate::viewer::Viewer;

/// How an import stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// The file is coming in.
    Receiving,
    /// It waits for others.
    Pending,
    /// Rows come in.
    Running,
    /// Whoever worked on it is gone; it can be taken up again where it stands.
    Interrupted,
    /// Every row was looked at.
    Done,
    /// It cannot go on.
    Failed,
    /// Somebody ended it.
    Cancelled,
}

impl State {
    fn of_name(name: &str) -> Option<Self> {
        Some(match name {
            "receiving" => Self::Receiving,
            "pending" => Self::Pending,
            "running" => Self::Running,
            "interrupted" => Self::Interrupted,
            "done" => Self::Done,
            "failed" => Self::Failed,
            "cancelled" => Self::Cancelled,
            _ => return None,
        })
    }

    /// Whether nothing more comes of it.
    pub const fn is_final(self) -> bool {
        matches!(self, Self::Done | Self::Failed | Self::Cancelled)
    }
}

/// How many rows came to what.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Rows that were looked at.
    pub processed: i32,
    /// Rows that made somebody.
    pub created: i32,
    /// Rows that changed somebody.
    pub updated: i32,
    /// Rows that said what was so already.
    pub unchanged: i32,
    /// Rows that were to be left alone, and blank ones.
    pub skipped: i32,
    /// Rows with errors.
    pub failed: i32,
}

/// An import.
#[derive(Clone, Debug, PartialEq)]
pub struct Import {
    /// Its id, and the correlation id of the events that it recorded.
    pub id: Uuid,
    /// Whose people come in.
    pub organization_id: Uuid,
    /// The login that brought the file or took it up last.
    pub subject: String,
    /// What the file is called.
    pub file_name: String,
    /// How it is brought in.
    pub options: Options,
    /// The names of its columns.
    pub header: Vec<String>,
    /// Whether its rows wait in the database, or in a file of whoever runs it.
    pub keeps_rows: bool,
    /// How it stands.
    pub state: State,
    /// Why it cannot go on.
    pub failure: Option<String>,
    /// How many rows it has, once that is known.
    pub total: Option<i32>,
    /// What came of them.
    pub counts: Counts,
    /// When the file began to come in.
    pub created_at: DateTime<Utc>,
    /// When its first row was looked at.
    pub started_at: Option<DateTime<Utc>>,
    /// When it ended.
    pub finished_at: Option<DateTime<Utc>>,
}

/// What was said of a row.
#[derive(Clone, Debug, PartialEq)]
pub struct Finding {
    /// The row below the header.
    pub number: i32,
    /// Its line in the file.
    pub line: i64,
    /// The column as the file calls it.
    pub column: Option<String>,
    /// The code of an error.
    pub code: Option<RefusalCode>,
    /// What would be right.
    pub message: Option<String>,
    /// What would be done: `create`, `update`, `unchanged`, `skip` or `error`.
    pub action: Option<String>,
    /// Whom the row means.
    pub contact_id: Option<Uuid>,
    /// What would be otherwise.
    pub changes: Vec<CellChange>,
}

/// The columns of [`Import`], of the row `i`.
pub(super) fn push_columns(sql: &mut Sql) {
    sql.push(
        "i.id, i.organization_id, i.subject, i.file_name, i.options, i.header, i.keeps_rows, i.failure, i.total, i.processed,
         i.created, i.updated, i.unchanged, i.skipped, i.failed, i.created_at, i.started_at, i.finished_at,
         CASE WHEN i.state IN ('pending', 'running') AND NOT ",
    );
    push_is_taken(sql, "i.id::text");
    // Who has just taken it up, or just ended it, may not stand in this snapshot yet.
    sql.push(" AND i.touched_at < now() - interval '2 seconds' THEN 'interrupted' ELSE i.state END AS state");
}

pub(super) fn import_of(row: &PgRow) -> Result<Import, Fault> {
    let state: &str = row.try_get("state")?;
    let (options, header): (Value, Value) = (row.try_get("options")?, row.try_get("header")?);
    let broken = |what: &str| Fault::Internal(format!("an import has {what} that cannot be read"));
    Ok(Import {
        id: row.try_get("id")?,
        organization_id: row.try_get("organization_id")?,
        subject: row.try_get("subject")?,
        file_name: row.try_get("file_name")?,
        options: serde_json::from_value(options).map_err(|_| broken("options"))?,
        header: serde_json::from_value(header).map_err(|_| broken("a header"))?,
        keeps_rows: row.try_get("keeps_rows")?,
        state: State::of_name(state).ok_or_else(|| broken("a state"))?,
        failure: row.try_get("failure")?,
        total: row.try_get("total")?,
        counts: Counts {
            processed: row.try_get("processed")?,
            created: row.try_get("created")?,
            updated: row.try_get("updated")?,
            unchanged: row.try_get("unchanged")?,
            skipped: row.try_get("skipped")?,
            failed: row.try_get("failed")?,
        },
        created_at: row.try_get("created_at")?,
        started_at: row.try_get("started_at")?,
        finished_at: row.try_get("finished_at")?,
    })
}

/// Who has lost an import to another, or to whoever cancelled it, learns it by this.
pub(super) fn lost() -> Refusal {
    Refusal::new(RefusalCode::Conflict, "", "the import was cancelled, or is carried out elsewhere by now")
}

/// Whoever sees everything sees the imports of others, and leaves them to those who act for that organization.
pub(super) fn foreign() -> Refusal {
    Refusal::forbidden("id", "this is another organization's import; act for that organization to do this")
}

/// Whether it is that.
pub(super) fn is_lost(failure: &Failure) -> bool {
    matches!(failure, Failure::Refused(refusals) if refusals.contains(&lost()))
}

/// Says that an import is to go on where it stands; carrying it out is [`super::take_up`]'s matter.
#[derive(Clone, Debug)]
pub struct Resume {
    /// Which.
    pub id: Uuid,
}

/// What stands in the way of carrying an import on from its stored rows.
pub(super) fn obstacle(import: &Import) -> Option<&'static str> {
    match import.state {
        State::Receiving => Some("the file has not come in whole; send it again"),
        State::Done => Some("this import is done; send the file again to bring it in once more"),
        State::Failed | State::Cancelled => Some("this import has ended; send the file again to begin anew"),
        State::Pending | State::Running | State::Interrupted => (!import.keeps_rows)
            .then_some("this file was being brought in on the command line; run the same command again to go on"),
    }
}

impl Command for Resume {
    type Output = Uuid;

    fn check(&self, viewer: &Viewer) -> Result<(), Failure> {
        Ok(allow(viewer)?)
    }

    fn locks(&self, _viewer: &Viewer) -> Vec<Lock> {
        Vec::new()
    }

    async fn decide(&self, work: &mut Work<'_>) -> Result<Uuid, Failure> {
        let import = super::listing::own(work, self.id).await?;
        // An import has no version of its own.
        work.compare_version(0)?;
        match obstacle(&import) {
            Some(why) => Err(Refusal::invalid("id", why).into()),
            None => Ok(self.id),
        }
    }
}

/// Ends an import; the rows that came in stay. One that has ended is left as it is.
#[derive(Clone, Debug)]
pub struct Cancel {
    /// Which.
    pub id: Uuid,
}

impl Command for Cancel {
    type Output = Uuid;

    fn check(&self, viewer: &Viewer) -> Result<(), Failure> {
        Ok(allow(viewer)?)
    }

    fn locks(&self, _viewer: &Viewer) -> Vec<Lock> {
        Vec::new()
    }

    async fn decide(&self, work: &mut Work<'_>) -> Result<Uuid, Failure> {
        let import = super::listing::own(work, self.id).await?;
        // An import has no version of its own; it is cancelled or it is not.
        work.compare_version(0)?;
        if import.state.is_final() {
            return Ok(self.id);
        }
        let own = work.viewer().organization_id();
        let mut sql = Sql::new("UPDATE imports SET state = 'cancelled', finished_at = ");
        sql.push_bind(work.at()).push(", touched_at = ").push_bind(work.at()).push(" WHERE id = ").push_bind(self.id);
        sql.push(" AND organization_id = ").push_bind(own);
        sql.push(" AND state IN ('receiving', 'pending', 'running', 'interrupted')");
        // It may have ended by itself just now.
        work.write_beside(Beside { sql, wanted: None });
        work.write_beside(Beside { sql: emptied(self.id, own), wanted: None });
        Ok(self.id)
    }
}
