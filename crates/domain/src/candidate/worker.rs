//! Whoever compares the people that change, in the background of a server. One at a time does it, over several servers: the others look in now
//! and then. It takes a few hundred changes a time, reads in one snapshot, and writes what became of them in one short transaction, so that a
//! row of the queue goes exactly when its pairs are there.

use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, Utc};
use futures::FutureExt;
use sqlx::Row;
use sqlx::types::Json;
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio::time::Instant;

use super::batch::Batch;
use super::judging::judge_next;
use super::settled::AtWork;
use super::writing::{Step, installation, is_overtaken, write};
use crate::duplicate::{Census, RULE_SET_VERSION};
use crate::failure::{Failure, Fault};
use crate::session::{Database, Sql, Survey};

/// The name of the turn that whoever writes the list takes.
pub(super) const TURN: &str = "duplicates";
/// What PostgreSQL calls the connections of whoever compares.
pub const CONNECTION: &str = "liaison duplicates";
/// Of so many people at most everybody is compared one by one when a scan is due; of more, somebody is asked to have it run.
pub const FEW: i64 = 20_000;
/// Changes within this time are taken together.
const TOGETHER: Duration = Duration::from_millis(20);
/// How often the queue is looked at when nothing wakes anybody.
const LOOK: Duration = Duration::from_secs(15);
/// How long to wait for whoever has the turn.
const YIELDS: Duration = Duration::from_millis(500);
/// How long to wait when the database does not answer, at first and at most.
const BACKOFF: (Duration, Duration) = (Duration::from_millis(200), Duration::from_secs(10));

/// After so long changes that could not be judged are tried again.
const TRIES_AGAIN: Duration = Duration::from_mins(10);

/// A server's worker. Dropped, it goes on until the database is closed.
pub struct Worker {
    stop: watch::Sender<bool>,
    task: JoinHandle<()>,
}

/// How one step went.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Went {
    /// Something was judged; there may be more.
    On,
    /// Nobody waits.
    Idle,
    /// Somebody else compares.
    Taken,
    /// Too many wait for a scan that somebody must ask for.
    Due,
}

impl Worker {
    /// Begins to compare whoever changes, on connections of its own.
    pub fn start(database: &Database) -> Self {
        let (stop, mut stopped) = watch::channel(false);
        let database = database.clone();
        let at_work = database.comparers().begin();
        let task = tokio::spawn(async move {
            let own = database.apart(CONNECTION, 2);
            tokio::select! {
                // Whoever dropped it lets it go on.
                () = async { if stopped.wait_for(|is_stopped| *is_stopped).await.is_err() { std::future::pending().await } } => {}
                () = database.feed().ended() => {}
                () = work(&own, &at_work) => {}
            }
            own.leave().await;
            drop(at_work);
        });
        Self { stop, task }
    }

    /// Stops. What was not written is not done, and waits in the queue.
    pub async fn stop(self) {
        self.stop.send_replace(true);
        if let Err(error) = self.task.await {
            tracing::error!(%error, "whoever compares people did not end in an orderly way");
        }
    }
}

/// Compares for ever.
async fn work(database: &Database, at_work: &AtWork) {
    let mut follower = database.feed().follow();
    let mut names = Names::default();
    let mut backoff = BACKOFF.0;
    let mut is_told = false;
    let mut batch = Batch::default();
    let mut tried = Instant::now();
    loop {
        if batch.stepped_over.is_empty() || tried.elapsed() > TRIES_AGAIN {
            batch.stepped_over.clear();
            tried = Instant::now();
        }
        match guarded_step(database, &mut names, &mut batch).await {
            Ok(went) => {
                backoff = BACKOFF.0;
                if went == Went::On {
                    batch.is_done();
                }
                at_work.tell(&batch.stepped_over, went == Went::Due);
                match went {
                    Went::On => {}
                    Went::Taken => tokio::time::sleep(YIELDS).await,
                    Went::Idle | Went::Due => {
                        if went == Went::Due && !std::mem::replace(&mut is_told, true) {
                            tracing::warn!(
                                "the duplicates of this directory are not known: run \"liaison duplicates scan\" once; until then nobody is compared"
                            );
                        }
                        is_told &= went == Went::Due;
                        // A change that is lost on its way is found at the next look.
                        drop(tokio::time::timeout(LOOK, follower.changed()).await);
                        tokio::time::sleep(TOGETHER).await;
                    }
                }
            }
            Err(fault) => {
                // One change that cannot be judged keeps nobody else waiting.
                let is_read = !batch.turns.is_empty();
                match batch.is_not_done() {
                    Some(turn) => {
                        tracing::error!(%fault, turn, "a change of a person cannot be compared and is left out for a while");
                        tried = Instant::now();
                    }
                    None => tracing::warn!(%fault, "people who changed could not be compared; they are later"),
                }
                if is_read {
                    backoff = BACKOFF.0;
                }
                tokio::time::sleep(backoff).await;
                backoff = (backoff * 2).min(BACKOFF.1);
            }
        }
    }
}

/// Compares until nobody waits, here and now; whether that came about, or somebody else compares or a scan is due.
pub async fn work_off(database: &Database) -> Result<bool, Fault> {
    let own = database.apart(CONNECTION, 2);
    let mut names = Names::default();
    let went = loop {
        match guarded_step(&own, &mut names, &mut Batch::default()).await {
            Ok(Went::On) => {}
            ended => break ended,
        }
    };
    own.leave().await;
    went.map(|went| went == Went::Idle)
}

/// How common names are, as long as nobody counts them anew.
#[derive(Default)]
pub(super) struct Names {
    counted_at: Option<DateTime<Utc>>,
    census: Arc<Census>,
}

/// What is kept of the list as a whole.
pub(super) struct State {
    pub generation: i64,
    pub is_scan_due: bool,
}

impl Names {
    /// The state of the list, and the names as they were counted last.
    pub async fn read(&mut self, survey: &Survey) -> Result<(State, Arc<Census>), Fault> {
        let mut sql = Sql::new("SELECT generation, is_scan_due, counted_at, CASE WHEN counted_at IS DISTINCT FROM ");
        sql.push_bind(self.counted_at).push(" THEN names END AS names FROM duplicate_census");
        let rows = survey.fetch(sql).await?;
        let row = rows.first().ok_or_else(|| Fault::Internal("the census has no row".to_owned()))?;
        if let Some(Json(names)) = row.try_get::<Option<Json<Census>>, _>("names")? {
            self.census = Arc::new(names);
            self.counted_at = row.try_get("counted_at")?;
        }
        let state = State { generation: row.try_get("generation")?, is_scan_due: row.try_get("is_scan_due")? };
        Ok((state, Arc::clone(&self.census)))
    }
}

/// A step that ends in a fault where it would end in a panic: whoever compares goes on with others.
async fn guarded_step(database: &Database, names: &mut Names, batch: &mut Batch) -> Result<Went, Fault> {
    match AssertUnwindSafe(step(database, names, batch)).catch_unwind().await {
        Ok(went) => went,
        Err(_) => Err(Fault::Internal("whoever compares people panicked".to_owned())),
    }
}

/// Judges some changes and writes what became of them.
async fn step(database: &Database, names: &mut Names, batch: &mut Batch) -> Result<Went, Fault> {
    batch.turns.clear();
    let survey = database.survey(&installation()).await?;
    if !is_asked_for(&survey).await? {
        survey.end().await?;
        return Ok(Went::Idle);
    }
    // Held to the end of the snapshot, which is after the writing.
    if !survey.take_turn(TURN).await? {
        survey.end().await?;
        return Ok(Went::Taken);
    }
    let (state, census) = names.read(&survey).await?;
    let written = match state.is_scan_due {
        true if are_many(&survey).await? => {
            survey.end().await?;
            return Ok(Went::Due);
        }
        true => write(database, state.generation, Step::Everybody).await,
        false => {
            let Some(judged) = judge_next(&survey, census, batch).await? else {
                survey.end().await?;
                return Ok(Went::Idle);
            };
            let step = Step::Judged { found: &judged.found, gone: &judged.gone, turns: &judged.turns };
            write(database, state.generation, step).await
        }
    };
    survey.end().await?;
    match written {
        Ok(_) => Ok(Went::On),
        // It is judged again, by what is there now.
        Err(failure) if is_overtaken(&failure) => Ok(Went::On),
        Err(Failure::Fault(fault)) => Err(fault),
        Err(Failure::Refused(refusals)) => Err(Fault::Internal(format!("the list of duplicates refused {refusals:?}"))),
    }
}

/// Whether anybody waits. Profiles of newer rules are a newer server's to compare.
async fn is_asked_for(survey: &Survey) -> Result<bool, Fault> {
    let mut sql = Sql::new(
        "SELECT (EXISTS (SELECT FROM duplicate_stale) OR EXISTS (SELECT FROM duplicate_census WHERE is_scan_due))
                AND NOT EXISTS (SELECT FROM contact_profiles WHERE rule_set_version > ",
    );
    sql.push_bind(RULE_SET_VERSION).push(")");
    let rows = survey.fetch(sql).await?;
    rows.first().map_or(Ok(false), |row| Ok(row.try_get(0)?))
}

async fn are_many(survey: &Survey) -> Result<bool, Fault> {
    let sql = format!("SELECT count(*) > {FEW} FROM (SELECT FROM contact_profiles LIMIT {FEW} + 1) AS first");
    let rows = survey.fetch(Sql::new(sql)).await?;
    rows.first().map_or(Ok(false), |row| Ok(row.try_get(0)?))
}
