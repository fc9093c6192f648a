//! What stands in the list of pairs: the only statements that write it, in one command of the installation itself. The list follows from the
//! profiles and is no fact, so that no event tells of it; a dismissal is one, and decides here what a pair's row says.

use chrono::{DateTime, Utc};
use serde_json::Value;
use uuid::Uuid;

use super::found::Found;
use crate::duplicate::RULE_SET_VERSION;
use crate::failure::{Failure, Fault, Refusal, RefusalCode};
use crate::session::{Beside, Command, Database, Lock, Note, Sql, Work};
use crate::viewer::Viewer;

/// One step of those who write the list.
pub(super) enum Step<'a> {
    /// What became of some changes: the pairs that are there, those that are not any more, and the changes' places in the queue.
    Judged { found: &'a [Found], gone: &'a [Uuid], turns: &'a [i64] },
    /// All pairs of the people after the first of these and up to the second: what else stands there is not so.
    Renewed { after: Uuid, until: Uuid, found: &'a [Found] },
    /// Everybody is to be compared again, one by one.
    Everybody,
    /// Names are this common, and everybody is to be compared by that: a scan has begun.
    Recounted { names: &'a Value, at: DateTime<Utc> },
    /// A scan has come to its end: what it told.
    Scanned { figures: &'a Value, at: DateTime<Utc> },
}

/// A step by whoever has read the list in its `generation`.
struct Write<'a> {
    step: Step<'a>,
    generation: i64,
}

/// What the installation's own work is recorded as.
pub(super) fn installation() -> Viewer {
    Viewer::installation("duplicates")
}

/// Somebody else wrote the list meanwhile.
fn overtaken() -> Refusal {
    Refusal::new(RefusalCode::Conflict, "", "duplicates were compared by somebody else meanwhile; run it again")
}

/// Whether it is that.
pub(super) fn is_overtaken(failure: &Failure) -> bool {
    matches!(failure, Failure::Refused(refusals) if refusals.contains(&overtaken()))
}

/// Takes a step for good; the generation of the list afterwards.
pub(super) async fn write(database: &Database, generation: i64, step: Step<'_>) -> Result<i64, Failure> {
    let write = Write { step, generation };
    database.run(&installation(), &Note::default(), &write).await?;
    Ok(generation + 1)
}

/// How far a scan has come: so many of so many people are compared; `None` before it is known how many there are. It is no step of the list.
struct Tell {
    progress: Option<(u64, u64)>,
}

/// Has it stand where whoever asks finds it.
pub(super) async fn tell_progress(database: &Database, progress: Option<(u64, u64)>) -> Result<(), Failure> {
    database.run(&installation(), &Note::default(), &Tell { progress }).await.map(drop)
}

impl Command for Tell {
    type Output = ();

    fn check(&self, viewer: &Viewer) -> Result<(), Failure> {
        only_the_installation(viewer)
    }

    fn locks(&self, _viewer: &Viewer) -> Vec<Lock> {
        Vec::new()
    }

    async fn decide(&self, work: &mut Work<'_>) -> Result<(), Failure> {
        let number = |number: u64| i64::try_from(number).unwrap_or(i64::MAX);
        let mut sql = Sql::new("UPDATE duplicate_census SET scan_compared = ");
        sql.push_bind(self.progress.map(|(compared, _)| number(compared))).push(", scan_total = ");
        sql.push_bind(self.progress.map(|(_, total)| number(total)));
        work.write_beside(Beside { sql, wanted: None });
        Ok(())
    }
}

fn only_the_installation(viewer: &Viewer) -> Result<(), Failure> {
    match viewer.acts_for() {
        None => Ok(()),
        Some(_) => Err(Fault::Internal("only the installation itself writes the list of duplicates".to_owned()).into()),
    }
}

impl Command for Write<'_> {
    type Output = ();

    fn check(&self, viewer: &Viewer) -> Result<(), Failure> {
        only_the_installation(viewer)
    }

    fn locks(&self, _viewer: &Viewer) -> Vec<Lock> {
        Vec::new()
    }

    async fn decide(&self, work: &mut Work<'_>) -> Result<(), Failure> {
        let mut sql = Sql::new("UPDATE duplicate_census SET generation = generation + 1");
        match &self.step {
            Step::Judged { .. } | Step::Renewed { .. } => {}
            Step::Everybody => {
                sql.push(", is_scan_due = false");
            }
            Step::Recounted { names, at } => {
                sql.push(", is_scan_due = true, names = ")
                    .push_bind(*names)
                    .push("::json, counted_at = ")
                    .push_bind(*at);
            }
            Step::Scanned { figures, at } => {
                sql.push(", is_scan_due = false, figures = ").push_bind(*figures).push("::json, scanned_at = ");
                sql.push_bind(*at).push(", rule_set_version = ").push_bind(RULE_SET_VERSION);
                sql.push(", scan_compared = NULL, scan_total = NULL");
            }
        }
        sql.push(" WHERE generation = ").push_bind(self.generation);
        work.write_beside(Beside { sql, wanted: Some((1, overtaken())) });
        let at = work.at();
        let mut beside = |sql| work.write_beside(Beside { sql, wanted: None });
        match &self.step {
            Step::Judged { found, gone, turns } => {
                if !gone.is_empty() {
                    let those = |sql: &mut Sql| {
                        sql.push("c.id = ANY(").push_bind(gone.to_vec()).push(")");
                    };
                    for sql in ended(those) {
                        beside(sql);
                    }
                }
                if !found.is_empty() {
                    beside(kept(found, at));
                }
                beside(made_up_for(turns));
            }
            Step::Renewed { after, until, found } => {
                let ids: Vec<Uuid> = found.iter().map(|found| found.id).collect();
                let others = |sql: &mut Sql| {
                    sql.push("c.contact_id > ").push_bind(*after).push(" AND c.contact_id <= ").push_bind(*until);
                    sql.push(" AND NOT c.id = ANY(").push_bind(ids.clone()).push(")");
                };
                for sql in ended(others) {
                    beside(sql);
                }
                if !found.is_empty() {
                    beside(kept(found, at));
                }
            }
            Step::Everybody => {
                let sql = "INSERT INTO duplicate_stale (contact_id) SELECT contact_id FROM contact_profiles
                           UNION SELECT contact_id FROM duplicate_candidates UNION SELECT other_contact_id FROM duplicate_candidates";
                beside(Sql::new(sql));
            }
            Step::Recounted { .. } | Step::Scanned { .. } => {}
        }
        Ok(())
    }
}

/// Statements that end pairs. Of those who became one person it stays told that they did.
fn ended(which: impl Fn(&mut Sql)) -> [Sql; 2] {
    const MERGED: &str = "EXISTS (SELECT FROM contacts_projection p WHERE p.deleted_at IS NOT NULL AND
        ((p.id = c.contact_id AND p.merged_into_id = c.other_contact_id) OR (p.id = c.other_contact_id AND p.merged_into_id = c.contact_id)))";
    let mut merged = Sql::new("UPDATE duplicate_candidates c SET state = 'merged' WHERE c.state <> 'merged' AND ");
    which(&mut merged);
    merged.push(" AND ").push(MERGED);
    let mut gone = Sql::new("DELETE FROM duplicate_candidates c WHERE ");
    which(&mut gone);
    gone.push(" AND NOT ").push(MERGED);
    [merged, gone]
}

/// A statement that has these pairs stand as they were found, but for whoever was archived meanwhile. What was dismissed stays so until what
/// speaks for and against it changes.
fn kept(found: &[Found], at: DateTime<Utc>) -> Sql {
    let ids = |of: fn(&Found) -> Uuid| found.iter().map(of).collect::<Vec<_>>();
    let numbers = |numbers: &[i64]| {
        let numbers: Vec<String> = numbers.iter().map(i64::to_string).collect();
        format!("{{{}}}", numbers.join(","))
    };
    let mut sql = Sql::new(
        "INSERT INTO duplicate_candidates AS c
           (id, contact_id, other_contact_id, score, evidence, rule_set_version, shared, state, found_at, updated_at)
         SELECT r.id, r.contact_id, r.other_contact_id, r.score, r.evidence::jsonb, ",
    );
    sql.push_bind(RULE_SET_VERSION).push(
        ", r.shared::bigint[],
           CASE WHEN d.fingerprint = r.fingerprint THEN 'dismissed' ELSE 'open' END, ",
    );
    sql.push_bind(at).push(", ").push_bind(at).push(" FROM unnest(");
    sql.push_bind(ids(|found| found.id)).push("::uuid[], ").push_bind(ids(|found| found.contact_id));
    sql.push("::uuid[], ").push_bind(ids(|found| found.other_contact_id)).push("::uuid[], ");
    sql.push_bind(found.iter().map(|found| found.score).collect::<Vec<_>>()).push("::float8[], ");
    sql.push_bind(found.iter().map(|found| found.evidence.clone()).collect::<Vec<_>>()).push("::text[], ");
    sql.push_bind(found.iter().map(|found| numbers(&found.shared)).collect::<Vec<_>>()).push("::text[], ");
    sql.push_bind(found.iter().map(|found| found.fingerprint).collect::<Vec<_>>());
    sql.push(
        "::bigint[]) AS r (id, contact_id, other_contact_id, score, evidence, shared, fingerprint)
         LEFT JOIN duplicate_dismissals d ON d.id = r.id
         WHERE EXISTS (SELECT FROM contact_profiles p WHERE p.contact_id = r.contact_id)
           AND EXISTS (SELECT FROM contact_profiles p WHERE p.contact_id = r.other_contact_id)
         ON CONFLICT (id) DO UPDATE
         SET score = excluded.score, evidence = excluded.evidence, rule_set_version = excluded.rule_set_version,
             shared = excluded.shared, state = excluded.state, updated_at = excluded.updated_at
         WHERE (c.score, c.evidence, c.rule_set_version, c.shared, c.state) IS DISTINCT FROM
               (excluded.score, excluded.evidence, excluded.rule_set_version, excluded.shared, excluded.state)",
    );
    sql
}

/// A statement that takes these places out of the queue.
fn made_up_for(turns: &[i64]) -> Sql {
    let mut sql = Sql::new("DELETE FROM duplicate_stale WHERE turn = ANY(");
    sql.push_bind(turns.to_vec()).push(")");
    sql
}
