//! Everybody compared with everybody whom they meet, in memory: read from one snapshot, compared on all cores, written a few hundred people at a
//! time. Increments wait meanwhile; who changes during a scan stays in the queue. What it writes are the rows that the increments would have
//! come to, so that a scan mends whatever was done to the list, and changes nothing else.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use sqlx::Row;
use sqlx::types::Json;
use uuid::Uuid;

use super::fingerprint;
use super::found::{Found, common};
use super::summary::{Figures, Summary, summary};
use super::worker::{CONNECTION, Names, TURN};
use super::writing::{Step, installation, tell_progress, write};
use crate::duplicate::{Census, Profile, RULE_SET_VERSION, Scanned, Sharers, pairs};
use crate::failure::{Failure, Fault, Refusal, RefusalCode};
use crate::session::{Database, Sql, Survey};

/// So many people are read at once.
const READ: usize = 5_000;
/// About so many pairs are written at once; all pairs of one person's smaller id are written together.
const WRITTEN: usize = 1_000;
/// So many places in the queue are read, and taken out of it, at once.
const TAKEN: usize = 10_000;
/// How often it is told how far comparing has come.
const TELLS: Duration = Duration::from_millis(100);
/// How often it is kept where others may ask for it.
const KEEPS: Duration = Duration::from_secs(1);

/// The name of the turn that a scan takes.
pub(super) const SCANS: &str = "duplicates scan";

/// How common names are taken to be.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Namesakes {
    /// As they were counted last.
    #[default]
    AsCounted,
    /// As they are now in this directory, from now on.
    Recounted,
}

/// How far a scan has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Progress {
    /// So many of so many people were read.
    Read(u64, u64),
    /// So many of so many people were compared with all whom they meet.
    Compared(u64, u64),
    /// So many of so many pairs were written.
    Written(u64, u64),
}

/// What a scan came to.
#[derive(Clone, Debug, PartialEq)]
pub struct Report {
    /// What it did.
    pub figures: Figures,
    /// How the directory stands after it.
    pub summary: Summary,
}

/// Compares the whole directory. CONFLICT where a scan is under way.
pub async fn scan(
    database: &Database,
    names: Namesakes,
    mut tell: impl FnMut(Progress) + Send,
) -> Result<Report, Failure> {
    let own = database.apart(CONNECTION, 2);
    let scanned = take_turn_and_scan(&own, names, &mut tell).await;
    own.leave().await;
    scanned
}

async fn take_turn_and_scan(
    database: &Database,
    names: Namesakes,
    tell: &mut (impl FnMut(Progress) + Send),
) -> Result<Report, Failure> {
    let Some(scans) = database.turn(SCANS).await? else {
        let why = "a scan is under way already; wait for its end";
        return Err(Refusal::new(RefusalCode::Conflict, "", why).into());
    };
    // Whoever compares changes gives the turn up after each few hundred.
    let turn = database.turn_in_line(TURN).await?;
    let scanned = scan_in_turn(database, names, tell).await;
    turn.end().await;
    scans.end().await;
    // Nothing is under way any more.
    let figures = scanned?;
    let reader = database.reader(&installation());
    let summary = summary(&reader).await;
    reader.let_go().await;
    Ok(Report { figures, summary: summary? })
}

/// The directory at one moment.
struct Directory {
    profiles: Vec<(Uuid, Profile)>,
    census: Census,
    generation: i64,
    /// The places in the queue of those who have changed before.
    turns: Vec<i64>,
    /// Pairs that somebody said are two persons, and the evidence then.
    dismissed: Vec<(Uuid, Uuid, i64)>,
}

async fn scan_in_turn(
    database: &Database,
    names: Namesakes,
    tell: &mut (impl FnMut(Progress) + Send),
) -> Result<Figures, Failure> {
    let begun = Instant::now();
    // Of a scan that did not come to its end something may stand there.
    tell_progress(database, None).await?;
    let Directory { profiles, mut census, mut generation, turns, dismissed } = read(database, tell).await?;
    if names == Namesakes::Recounted {
        census = Census::counted(profiles.iter().map(|(_, profile)| profile));
        let names = serde_json::to_value(&census).map_err(|error| Fault::Internal(format!("the names: {error}")))?;
        // Until its end the list is half of the old names and half of the new: should it not come, a scan is due.
        generation = write(database, generation, Step::Recounted { names: &names, at: database.clock().now() }).await?;
    }
    let everybody = Arc::new((profiles, census));
    let (sharers, scanned) = compare(database, Arc::clone(&everybody), tell).await?;
    let (profiles, census) = &*everybody;
    let found = scanned.pairs.len() as u64;
    let mut wanted: Vec<(usize, usize)> = scanned.pairs.iter().map(|pair| (pair.one, pair.other)).collect();
    wanted.extend(still_dismissed(&dismissed, profiles));
    wanted.sort_unstable();
    wanted.dedup();
    let all = wanted.len() as u64;
    let (mut after, mut written) = (Uuid::nil(), 0);
    let mut rest = wanted.as_slice();
    loop {
        let (some, others) = rest.split_at(whole(rest));
        rest = others;
        let rows = some.iter().map(|pair| tell_of(*pair, profiles, census, &sharers, &scanned.dead));
        let rows = rows.collect::<Result<Vec<_>, _>>()?;
        let until = match rest.first() {
            Some(_) => rows.last().map_or(after, |row| row.contact_id),
            None => Uuid::max(),
        };
        generation = write(database, generation, Step::Renewed { after, until, found: &rows }).await?;
        written += rows.len() as u64;
        tell(Progress::Written(written, all));
        after = until;
        if rest.is_empty() {
            break;
        }
    }
    let figures = Figures {
        contacts: profiles.len() as u64,
        compared: scanned.compared,
        found,
        skipped_keys: scanned.skipped.keys,
        skipped_entries: scanned.skipped.entries,
        commonest: scanned.skipped.most as u64,
        milliseconds: u64::try_from(begun.elapsed().as_millis()).unwrap_or(u64::MAX),
        ..Figures::begin()
    };
    let told = serde_json::to_value(&figures).map_err(|error| Fault::Internal(format!("the figures: {error}")))?;
    // All pairs stand: whoever had waited is compared.
    for turns in turns.chunks(TAKEN) {
        generation = write(database, generation, Step::Judged { found: &[], gone: &[], turns }).await?;
    }
    let end = Step::Scanned { figures: &told, at: database.clock().now() };
    write(database, generation, end).await?;
    Ok(figures)
}

async fn read(database: &Database, tell: &mut (impl FnMut(Progress) + Send)) -> Result<Directory, Fault> {
    let survey = database.survey(&installation()).await?;
    let (state, census) = Names::default().read(&survey).await?;
    let turns = turns(&survey).await?;
    let mut dismissed = Vec::new();
    let sql = "SELECT contact_id, other_contact_id, fingerprint FROM duplicate_dismissals";
    for row in survey.fetch(Sql::new(sql)).await? {
        dismissed.push((row.try_get(0)?, row.try_get(1)?, row.try_get(2)?));
    }
    let rows = survey.fetch(Sql::new("SELECT count(*) FROM contact_profiles")).await?;
    let all = rows.first().map_or(Ok(0), |row| row.try_get::<i64, _>(0))?;
    let mut profiles: Vec<(Uuid, Profile)> = Vec::with_capacity(usize::try_from(all).unwrap_or_default());
    loop {
        let mut sql = Sql::new("SELECT contact_id, profile FROM contact_profiles WHERE ");
        sql.push(format_args!("rule_set_version = {RULE_SET_VERSION}"));
        if let Some((last, _)) = profiles.last() {
            sql.push(" AND contact_id > ").push_bind(*last);
        }
        sql.push(format_args!(" ORDER BY contact_id LIMIT {READ}"));
        let rows = survey.fetch(sql).await?;
        for row in &rows {
            let Json(profile) = row.try_get("profile")?;
            profiles.push((row.try_get("contact_id")?, profile));
        }
        tell(Progress::Read(profiles.len() as u64, u64::try_from(all).unwrap_or_default()));
        if rows.len() < READ {
            break;
        }
    }
    survey.end().await?;
    Ok(Directory { profiles, census: (*census).clone(), generation: state.generation, turns, dismissed })
}

async fn turns(survey: &Survey) -> Result<Vec<i64>, Fault> {
    let mut turns: Vec<i64> = Vec::new();
    loop {
        let mut sql = Sql::new("SELECT turn FROM duplicate_stale WHERE turn > ");
        sql.push_bind(turns.last().copied().unwrap_or(i64::MIN));
        sql.push(format_args!(" ORDER BY turn LIMIT {TAKEN}"));
        let rows = survey.fetch(sql).await?;
        for row in &rows {
            turns.push(row.try_get(0)?);
        }
        if rows.len() < TAKEN {
            return Ok(turns);
        }
    }
}

/// Compares on threads of their own, and tells how far they have come meanwhile: often to whoever runs it, now and then to everybody.
async fn compare(
    database: &Database,
    everybody: Arc<(Vec<(Uuid, Profile)>, Census)>,
    tell: &mut (impl FnMut(Progress) + Send),
) -> Result<(Sharers, Scanned), Failure> {
    let done = Arc::new(AtomicUsize::new(0));
    let all = everybody.0.len() as u64;
    tell_progress(database, Some((0, all))).await?;
    let mut kept = Instant::now();
    let watched = Arc::clone(&done);
    let mut work = tokio::task::spawn_blocking(move || {
        let (profiles, census) = &*everybody;
        let sharers = Sharers::counted(profiles.iter().map(|(_, profile)| profile));
        let scanned = pairs(profiles, census, &sharers, |so_far| {
            watched.fetch_max(so_far, Ordering::Relaxed);
        });
        (sharers, scanned)
    });
    loop {
        match tokio::time::timeout(TELLS, &mut work).await {
            Ok(Ok(compared)) => {
                tell_progress(database, Some((all, all))).await?;
                tell(Progress::Compared(all, all));
                return Ok(compared);
            }
            Ok(Err(error)) => return Err(Fault::Internal(format!("people could not be compared: {error}")).into()),
            Err(_) => {
                let so_far = done.load(Ordering::Relaxed) as u64;
                if kept.elapsed() >= KEEPS {
                    tell_progress(database, Some((so_far.min(all), all))).await?;
                    kept = Instant::now();
                }
                tell(Progress::Compared(so_far, all));
            }
        }
    }
}

/// Those of whom it was said, of what speaks for and against it now, that they are two persons: their row stays, alike or not.
fn still_dismissed(
    dismissed: &[(Uuid, Uuid, i64)],
    profiles: &[(Uuid, Profile)],
) -> impl Iterator<Item = (usize, usize)> {
    let at = |id: &Uuid| profiles.binary_search_by_key(id, |(id, _)| *id).ok();
    dismissed.iter().filter_map(move |(one, other, said)| {
        let (one, other) = (at(one)?, at(other)?);
        (fingerprint(&profiles[one].1, &profiles[other].1) == *said).then_some((one, other))
    })
}

/// How many of these pairs go together: whole people, by the smaller id.
fn whole(pairs: &[(usize, usize)]) -> usize {
    let last = WRITTEN.min(pairs.len());
    let Some((one, _)) = last.checked_sub(1).map(|last| pairs[last]) else { return 0 };
    last + pairs[last..].iter().take_while(|pair| pair.0 == one).count()
}

fn tell_of(
    (one, other): (usize, usize),
    profiles: &[(Uuid, Profile)],
    census: &Census,
    sharers: &Sharers,
    dead: &[i64],
) -> Result<Found, Fault> {
    let [(one, first), (other, second)] = [&profiles[one], &profiles[other]];
    let mut shared = common(&first.keys(), &second.keys());
    shared.retain(|key| dead.binary_search(key).is_err());
    Found::of((*one, first), (*other, second), shared, census, sharers)
}
