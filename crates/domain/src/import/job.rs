//! What is kept of an import beside the log: its state, how far it came and what was said of its rows. Each statement names the
//! organization itself, for it runs with the projector's rights. No fact stands here.

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::{Value, json};
use sqlx::postgres::PgRow;
use sqlx::{Postgres, QueryBuilder, Row};
use uuid::Uuid;

use super::batch::{Outcome, Verdict};
use super::file::Record;
use super::shown::CellChange;
use super::{Options, allow};
use crate::failure::{Failure, Fault, Refusal, RefusalCode};
use crate::session::{Beside, Command, Lock, Work, push_is_taken};
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

/// So many findings of each kind are kept; all are counted.
pub(super) const MOST_FINDINGS: i32 = 10_000;
/// An import that nobody takes up again for so long is given up, with what waits of its rows.
const KEPT_FOR: TimeDelta = TimeDelta::days(7);
/// A dry run's preview is kept so long.
const PREVIEW_KEPT_FOR: TimeDelta = TimeDelta::hours(24);

/// The columns of [`Import`], of the row `i`.
pub(super) fn push_columns(sql: &mut QueryBuilder<Postgres>) {
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

/// Something that is written of an import.
pub(super) enum Write {
    /// It begins to come in.
    Begin(Box<Import>),
    /// Some of its rows came.
    Rows(Vec<Record>),
    /// All of it is there.
    Complete { header: Vec<String>, total: i32, hash: [u8; 32] },
    /// It never was.
    Forget,
    /// Somebody works on it.
    Start { worker: Uuid },
    /// Rows were looked at, in the transaction of what was done for them or of nothing.
    Progress { worker: Uuid, outcomes: Vec<Outcome>, before: Counts, is_dry_run: bool },
    /// It ended, or waits to be taken up again.
    End { worker: Uuid, state: State, failure: Option<String> },
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

impl Write {
    /// Puts the statements into a command's work.
    pub fn put(self, id: Uuid, work: &mut Work<'_>) {
        let (own, at) = (work.viewer().organization_id(), work.at());
        let subject = work.viewer().subject().to_owned();
        let mut write = |sql: QueryBuilder<Postgres>, wanted: Option<u64>| {
            work.write_beside(Beside { sql, wanted: wanted.map(|rows| (rows, lost())) });
        };
        let mine = |sql: &mut QueryBuilder<Postgres>| {
            sql.push(" WHERE id = ").push_bind(id).push(" AND organization_id = ").push_bind(own);
        };
        match self {
            Self::Begin(import) => {
                for sql in cleared(at) {
                    write(sql, None);
                }
                let mut sql = QueryBuilder::new(
                    "INSERT INTO imports (id, organization_id, subject, file_name, options, header, keeps_rows, is_dry_run, state,
                                          created_at, touched_at) VALUES (",
                );
                sql.push_bind(id).push(", ").push_bind(own).push(", ").push_bind(subject).push(", ");
                sql.push_bind(import.file_name.clone()).push(", ").push_bind(json!(import.options)).push(", ");
                sql.push_bind(json!(import.header)).push(", ").push_bind(import.keeps_rows).push(", ");
                sql.push_bind(import.options.is_dry_run()).push(", 'receiving', ");
                sql.push_bind(at).push(", ").push_bind(at).push(")");
                write(sql, Some(1));
            }
            Self::Rows(records) => {
                let mut touch = QueryBuilder::new("UPDATE imports SET touched_at = ");
                touch.push_bind(at);
                mine(&mut touch);
                touch.push(" AND state = 'receiving'");
                write(touch, Some(1));
                let mut sql =
                    QueryBuilder::new("INSERT INTO import_rows (import_id, number, line, cells, flaw) SELECT ");
                sql.push_bind(id).push(", r.* FROM unnest(");
                sql.push_bind(records.iter().map(|record| record.number).collect::<Vec<_>>()).push("::int[], ");
                sql.push_bind(records.iter().map(|record| record.line).collect::<Vec<_>>()).push("::bigint[], ");
                sql.push_bind(records.iter().map(|record| json!(record.cells)).collect::<Vec<_>>()).push("::jsonb[], ");
                sql.push_bind(records.into_iter().map(|record| record.flaw).collect::<Vec<_>>()).push("::text[]) AS r");
                write(sql, None);
            }
            Self::Complete { header, total, hash } => {
                let mut sql = QueryBuilder::new("UPDATE imports SET state = 'pending', header = ");
                sql.push_bind(json!(header)).push(", total = ").push_bind(total);
                sql.push(", file_hash = ").push_bind(hash.to_vec()).push(", touched_at = ").push_bind(at);
                mine(&mut sql);
                sql.push(" AND state = 'receiving'");
                write(sql, Some(1));
            }
            Self::Forget => {
                let mut sql = QueryBuilder::new("DELETE FROM imports");
                mine(&mut sql);
                sql.push(" AND state = 'receiving'");
                write(sql, None);
            }
            Self::Start { worker } => {
                let mut sql = QueryBuilder::new("UPDATE imports SET state = 'running', worker = ");
                sql.push_bind(worker).push(", subject = ").push_bind(subject);
                sql.push(", touched_at = ").push_bind(at);
                sql.push(", started_at = coalesce(started_at, ").push_bind(at).push(")");
                mine(&mut sql);
                sql.push(" AND state IN ('pending', 'running', 'interrupted')");
                write(sql, Some(1));
            }
            Self::Progress { worker, outcomes, before, is_dry_run } => {
                write(progress(&outcomes, at, mine, worker), Some(1));
                if let Some(sql) = errors(id, &outcomes, before) {
                    write(sql, None);
                }
                if is_dry_run && before.processed < MOST_FINDINGS {
                    write(preview(id, &outcomes), None);
                }
            }
            Self::End { worker, state, failure } => {
                let name = match state {
                    State::Done => "done",
                    State::Failed => "failed",
                    State::Cancelled => "cancelled",
                    _ => "interrupted",
                };
                let mut sql = QueryBuilder::new("UPDATE imports SET state = ");
                sql.push_bind(name).push(", failure = ").push_bind(failure).push(", touched_at = ").push_bind(at);
                sql.push(", finished_at = ").push_bind(state.is_final().then_some(at));
                mine(&mut sql);
                sql.push(" AND state = 'running' AND worker = ").push_bind(worker);
                write(sql, Some(1));
                if state.is_final() {
                    write(emptied(id, own), None);
                }
            }
        }
    }
}

/// Takes away what waits of a file's rows.
fn emptied(id: Uuid, own: Uuid) -> QueryBuilder<Postgres> {
    let mut sql = QueryBuilder::new("DELETE FROM import_rows r USING imports i WHERE i.id = r.import_id AND i.id = ");
    sql.push_bind(id).push(" AND i.organization_id = ").push_bind(own);
    sql
}

/// Gives up what nobody came back for, whoever's it is: people's data is not kept for nothing.
fn cleared(at: DateTime<Utc>) -> Vec<QueryBuilder<Postgres>> {
    let mut old = QueryBuilder::new(
        "UPDATE imports SET state = 'failed', failure = 'nobody took it up again within a week', finished_at = ",
    );
    old.push_bind(at).push(" WHERE state IN ('receiving', 'pending', 'running', 'interrupted') AND touched_at < ");
    old.push_bind(at - KEPT_FOR);
    let rows = QueryBuilder::new(
        "DELETE FROM import_rows r USING imports i WHERE i.id = r.import_id AND i.state IN ('done', 'failed', 'cancelled')",
    );
    let mut previews = QueryBuilder::new(
        "DELETE FROM import_findings f USING imports i WHERE i.id = f.import_id AND f.kind = 'preview' AND i.touched_at < ",
    );
    previews.push_bind(at - PREVIEW_KEPT_FOR);
    vec![old, rows, previews]
}

/// What some outcomes add up to.
pub(super) fn counted(outcomes: &[Outcome]) -> Counts {
    let mut counts = Counts { processed: i32::try_from(outcomes.len()).unwrap_or(i32::MAX), ..Counts::default() };
    for outcome in outcomes {
        let count = match outcome.verdict {
            Verdict::Created => &mut counts.created,
            Verdict::Updated => &mut counts.updated,
            Verdict::Unchanged => &mut counts.unchanged,
            Verdict::Skipped => &mut counts.skipped,
            Verdict::Failed(_) => &mut counts.failed,
        };
        *count += 1;
    }
    counts
}

fn progress(
    outcomes: &[Outcome],
    at: DateTime<Utc>,
    mine: impl Fn(&mut QueryBuilder<Postgres>),
    worker: Uuid,
) -> QueryBuilder<Postgres> {
    let counts = counted(outcomes);
    let last = outcomes.iter().map(|outcome| outcome.number).max().unwrap_or_default();
    let mut sql = QueryBuilder::new("UPDATE imports SET processed = ");
    sql.push_bind(last).push(", touched_at = ").push_bind(at);
    for (column, count) in [
        ("created", counts.created),
        ("updated", counts.updated),
        ("unchanged", counts.unchanged),
        ("skipped", counts.skipped),
        ("failed", counts.failed),
    ] {
        sql.push(format_args!(", {column} = {column} + ")).push_bind(count);
    }
    mine(&mut sql);
    sql.push(" AND state = 'running' AND worker = ").push_bind(worker);
    // Rows are looked at in their order, each once.
    sql.push(" AND processed = ").push_bind(last - counts.processed);
    sql
}

fn errors(id: Uuid, outcomes: &[Outcome], before: Counts) -> Option<QueryBuilder<Postgres>> {
    let mut rows = Vec::new();
    let room = usize::try_from(MOST_FINDINGS.saturating_sub(before.failed)).unwrap_or_default();
    let failed = outcomes.iter().filter_map(|outcome| match &outcome.verdict {
        Verdict::Failed(errors) => Some((outcome, errors)),
        _ => None,
    });
    for (outcome, errors) in failed.take(room) {
        for (place, error) in errors.iter().enumerate() {
            rows.push(json!({
                "import_id": id, "number": outcome.number, "place": place, "line": outcome.line, "kind": "error",
                "column_name": error.column, "code": error.code.name(), "message": error.message,
                "contact_id": outcome.contact_id,
            }));
        }
    }
    (!rows.is_empty()).then(|| findings(rows))
}

fn preview(id: Uuid, outcomes: &[Outcome]) -> QueryBuilder<Postgres> {
    let rows = outcomes.iter().map(|outcome| {
        let action = match outcome.verdict {
            Verdict::Created => "create",
            Verdict::Updated => "update",
            Verdict::Unchanged => "unchanged",
            Verdict::Skipped => "skip",
            Verdict::Failed(_) => "error",
        };
        // Somebody who is not there yet has no id to be asked for.
        let contact_id = outcome.contact_id.filter(|_| outcome.verdict != Verdict::Created);
        json!({
            "import_id": id, "number": outcome.number, "place": 0, "line": outcome.line, "kind": "preview", "action": action,
            "contact_id": contact_id, "changes": outcome.changes,
        })
    });
    findings(rows.collect())
}

fn findings(rows: Vec<Value>) -> QueryBuilder<Postgres> {
    let mut sql = QueryBuilder::new(
        "INSERT INTO import_findings SELECT r.* FROM jsonb_populate_recordset(NULL::import_findings, ",
    );
    sql.push_bind(Value::Array(rows)).push(") r");
    sql
}

/// Writes of an import, by itself.
pub(super) struct Note<F>(pub Uuid, pub F);

impl<F: Fn() -> Write + Sync> Command for Note<F> {
    type Output = ();

    fn check(&self, viewer: &Viewer) -> Result<(), Failure> {
        Ok(allow(viewer)?)
    }

    fn locks(&self, _viewer: &Viewer) -> Vec<Lock> {
        Vec::new()
    }

    async fn decide(&self, work: &mut Work<'_>) -> Result<(), Failure> {
        (self.1)().put(self.0, work);
        Ok(())
    }
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
        let import = super::listing::one(work, self.id).await?.ok_or_else(|| Refusal::not_found("id", "import"))?;
        if import.organization_id != work.viewer().organization_id() {
            return Err(foreign().into());
        }
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
        let import = super::listing::one(work, self.id).await?;
        let import = import.ok_or_else(|| Refusal::not_found("id", "import"))?;
        if import.organization_id != work.viewer().organization_id() {
            return Err(foreign().into());
        }
        // An import has no version of its own; it is cancelled or it is not.
        work.compare_version(0)?;
        if import.state.is_final() {
            return Ok(self.id);
        }
        let own = work.viewer().organization_id();
        let mut sql = QueryBuilder::<Postgres>::new("UPDATE imports SET state = 'cancelled', finished_at = ");
        sql.push_bind(work.at()).push(", touched_at = ").push_bind(work.at()).push(" WHERE id = ").push_bind(self.id);
        sql.push(" AND organization_id = ").push_bind(own);
        sql.push(" AND state IN ('receiving', 'pending', 'running', 'interrupted')");
        // It may have ended by itself just now.
        work.write_beside(Beside { sql, wanted: None });
        work.write_beside(Beside { sql: emptied(self.id, own), wanted: None });
        Ok(self.id)
    }
}
