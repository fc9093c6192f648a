//! What is written of an import, statement by statement. Each names the organization itself, for it runs with the projector's rights.

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::{Value, json};
use uuid::Uuid;

use super::allow;
use super::batch::{Outcome, Verdict};
use super::file::Record;
use super::job::{Counts, Import, State, lost};
use crate::failure::Failure;
use crate::session::{Beside, Command, Lock, Sql, Work};
use crate::viewer::Viewer;

/// So many findings of each kind are kept; all are counted.
const MOST_FINDINGS: i32 = 10_000;
/// An import that nobody takes up again for so long is given up, with what waits of its rows.
const KEPT_FOR: TimeDelta = TimeDelta::days(7);
/// A dry run's preview is kept so long.
const PREVIEW_KEPT_FOR: TimeDelta = TimeDelta::hours(24);

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

impl Write {
    /// Puts the statements into a command's work.
    pub fn put(self, id: Uuid, work: &mut Work<'_>) {
        let (own, at) = (work.viewer().organization_id(), work.at());
        let subject = work.viewer().subject().to_owned();
        let mut write = |sql: Sql, wanted: Option<u64>| {
            work.write_beside(Beside { sql, wanted: wanted.map(|rows| (rows, lost())) });
        };
        let mine = |sql: &mut Sql| {
            sql.push(" WHERE id = ").push_bind(id).push(" AND organization_id = ").push_bind(own);
        };
        match self {
            Self::Begin(import) => {
                for sql in cleared(at) {
                    write(sql, None);
                }
                let mut sql = Sql::new(
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
                let mut touch = Sql::new("UPDATE imports SET touched_at = ");
                touch.push_bind(at);
                mine(&mut touch);
                touch.push(" AND state = 'receiving'");
                write(touch, Some(1));
                let mut sql = Sql::new("INSERT INTO import_rows (import_id, number, line, cells, flaw) SELECT ");
                sql.push_bind(id).push(", r.* FROM unnest(");
                sql.push_bind(records.iter().map(|record| record.number).collect::<Vec<_>>()).push("::int[], ");
                sql.push_bind(records.iter().map(|record| record.line).collect::<Vec<_>>()).push("::bigint[], ");
                sql.push_bind(records.iter().map(|record| json!(record.cells)).collect::<Vec<_>>()).push("::jsonb[], ");
                sql.push_bind(records.into_iter().map(|record| record.flaw).collect::<Vec<_>>()).push("::text[]) AS r");
                write(sql, None);
            }
            Self::Complete { header, total, hash } => {
                let mut sql = Sql::new("UPDATE imports SET state = 'pending', header = ");
                sql.push_bind(json!(header)).push(", total = ").push_bind(total);
                sql.push(", file_hash = ").push_bind(hash.to_vec()).push(", touched_at = ").push_bind(at);
                mine(&mut sql);
                sql.push(" AND state = 'receiving'");
                write(sql, Some(1));
            }
            Self::Forget => {
                let mut sql = Sql::new("DELETE FROM imports");
                mine(&mut sql);
                sql.push(" AND state = 'receiving'");
                write(sql, None);
            }
            Self::Start { worker } => {
                let mut sql = Sql::new("UPDATE imports SET state = 'running', worker = ");
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
                let mut sql = Sql::new("UPDATE imports SET state = ");
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
pub(super) fn emptied(id: Uuid, own: Uuid) -> Sql {
    let mut sql = Sql::new("DELETE FROM import_rows r USING imports i WHERE i.id = r.import_id AND i.id = ");
    sql.push_bind(id).push(" AND i.organization_id = ").push_bind(own);
    sql
}

/// Gives up what nobody came back for, whoever's it is: people's data is not kept for nothing.
fn cleared(at: DateTime<Utc>) -> Vec<Sql> {
    let mut old = Sql::new(
        "UPDATE imports SET state = 'failed', failure = 'nobody took it up again within a week', finished_at = ",
    );
    old.push_bind(at).push(" WHERE state IN ('receiving', 'pending', 'running', 'interrupted') AND touched_at < ");
    old.push_bind(at - KEPT_FOR);
    let rows = Sql::new(
        "DELETE FROM import_rows r USING imports i WHERE i.id = r.import_id AND i.state IN ('done', 'failed', 'cancelled')",
    );
    let mut previews = Sql::new(
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

fn progress(outcomes: &[Outcome], at: DateTime<Utc>, mine: impl Fn(&mut Sql), worker: Uuid) -> Sql {
    let counts = counted(outcomes);
    let last = outcomes.iter().map(|outcome| outcome.number).max().unwrap_or_default();
    let mut sql = Sql::new("UPDATE imports SET processed = ");
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

fn errors(id: Uuid, outcomes: &[Outcome], before: Counts) -> Option<Sql> {
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

fn preview(id: Uuid, outcomes: &[Outcome]) -> Sql {
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

fn findings(rows: Vec<Value>) -> Sql {
    let mut sql =
        Sql::new("INSERT INTO import_findings SELECT r.* FROM jsonb_populate_recordset(NULL::import_findings, ");
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
