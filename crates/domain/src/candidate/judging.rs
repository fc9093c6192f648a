//! Which pairs the changes that wait may have made, unmade or changed, and what becomes of each: as much of the directory as that takes is
//! read from one snapshot. It writes nothing, and what it finds is what comparing everybody would find of these pairs.
//!
//! A change reaches further than the one who changed. Who gives a key up may leave few enough to meet under it; who takes one on may make
//! them too many; and who gives a phone up or takes it on makes it say more or less about all others who have it, wherever those meet.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::sync::Arc;

use sqlx::postgres::PgRow;
use sqlx::{Decode, Postgres, Row, Type};
use uuid::Uuid;

use super::aside;
use super::batch::Batch;
use super::found::Found;
use super::weighing::{self, Case, Holders, Pair, Person, meeting};
use crate::duplicate::{Census, MOST_COUNTED, MOST_SHARING, RULE_SET_VERSION};
use crate::failure::Fault;
use crate::session::{Sql, Survey};

/// Who has so many keys is asked at once.
const KEYS: usize = 2_000;

/// So many people's profiles are read at once.
const PEOPLE: usize = 500;

/// What became of some changes.
#[derive(Debug, Default)]
pub(super) struct Judged {
    /// Their places in the queue.
    pub turns: Vec<i64>,
    /// The pairs that are there.
    pub found: Vec<Found>,
    /// The pairs that were there and are not any more.
    pub gone: Vec<Uuid>,
}

/// The changes that have waited longest.
#[derive(Debug, Default)]
struct Waiting {
    turns: Vec<i64>,
    contacts: BTreeSet<Uuid>,
    lost: BTreeSet<i64>,
    recounted: BTreeSet<i64>,
}

/// Judges what the changes that have waited longest may have changed. Nothing when nobody waits.
pub(super) async fn judge_next(
    survey: &Survey,
    census: Arc<Census>,
    batch: &mut Batch,
) -> Result<Option<Judged>, Fault> {
    let Waiting { turns, contacts: mut at_heart, lost, recounted } = waiting(survey, batch).await?;
    if turns.is_empty() {
        return Ok(None);
    }
    batch.turns.clone_from(&turns);
    at_heart.extend(who_tells_otherwise(survey, recounted).await?);
    let people = people(survey, at_heart.iter().copied().collect()).await?;
    let mut touched = lost.clone();
    touched.extend(people.values().flat_map(|person| &person.keys));
    let holders = holders(survey, touched, MOST_SHARING + 1).await?;
    let dead = holders.iter().filter(|(_, holders)| holders.len() > MOST_SHARING).map(|(key, _)| *key).collect();
    let at_heart: Vec<Uuid> = at_heart.into_iter().collect();
    let known = known(survey, at_heart.clone(), dead).await?;
    let dismissed = dismissed(survey, at_heart, known.keys().copied().collect()).await?;
    let pairs_of_old: Vec<Pair> = known.values().chain(dismissed.keys()).copied().collect();
    let (mut case, missing) = aside(move || {
        let mut pairs = meeting(&people, &lost, &holders);
        pairs.extend(pairs_of_old);
        let named: BTreeSet<Uuid> = pairs.iter().flat_map(|(one, other)| [*one, *other]).collect();
        let missing: Vec<Uuid> = named.into_iter().filter(|id| !people.contains_key(id)).collect();
        (Case { census, people, pairs, holders, dismissed }, missing)
    })
    .await?;
    case.people.extend(self::people(survey, missing).await?);
    let (case, unknown) = aside(move || {
        let unknown = case.uncounted();
        (case, unknown)
    })
    .await?;
    let further = count(survey, unknown, MOST_COUNTED as usize).await?;
    let (weighed, unknown) = aside(move || {
        let weighed = case.weigh(further);
        let unknown = weighed.uncounted();
        (weighed, unknown)
    })
    .await?;
    let further = count(survey, unknown, MOST_SHARING + 1).await?;
    let found = aside(move || weighed.tell(&further)).await??;
    let there: HashSet<Uuid> = found.iter().map(|found| found.id).collect();
    let gone = known.into_keys().filter(|id| !there.contains(id)).collect();
    Ok(Some(Judged { turns, found, gone }))
}

async fn waiting(survey: &Survey, batch: &Batch) -> Result<Waiting, Fault> {
    let mut sql = Sql::new("SELECT turn, contact_id, lost, recounted FROM duplicate_stale");
    sql.push(" WHERE turn <> ALL(").push_bind(batch.stepped_over.clone());
    sql.push(format_args!(") ORDER BY turn LIMIT {}", batch.at_once));
    let mut waiting = Waiting::default();
    for row in survey.fetch(sql).await? {
        waiting.turns.push(row.try_get("turn")?);
        waiting.contacts.insert(row.try_get("contact_id")?);
        waiting.lost.extend(row.try_get::<Vec<i64>, _>("lost")?);
        waiting.recounted.extend(row.try_get::<Vec<i64>, _>("recounted")?);
    }
    Ok(waiting)
}

/// Those for whom these values tell something else because one more or one fewer has them. Who waits is judged in its own turn. Of the others,
/// whoever has the value has had it since it was looked at last: where they alone are as many as are counted, it told as little then.
async fn who_tells_otherwise(survey: &Survey, marks: BTreeSet<i64>) -> Result<Vec<Uuid>, Fault> {
    const RESTING: &str = " AND NOT EXISTS (SELECT FROM duplicate_stale s WHERE s.contact_id = p.contact_id)";
    let most = MOST_COUNTED as usize;
    let resting: Holders = of_each(survey, marks, RESTING, most, |those| those).await?;
    Ok(resting.into_values().filter(|those| those.len() < most).flatten().collect())
}

/// These people's profiles, some at a time: as rows they take more room than as what is read from them.
async fn people(survey: &Survey, ids: Vec<Uuid>) -> Result<BTreeMap<Uuid, Person>, Fault> {
    let mut people = BTreeMap::new();
    for ids in ids.chunks(PEOPLE) {
        let mut sql = Sql::new("SELECT contact_id, profile, keys FROM contact_profiles WHERE contact_id = ANY(");
        sql.push_bind(ids.to_vec()).push(format_args!(") AND rule_set_version = {RULE_SET_VERSION}"));
        let rows = survey.fetch(sql).await?;
        people.extend(aside(move || weighing::people(&rows)).await??);
    }
    Ok(people)
}

/// Who has each of these keys, up to `most`; a key that nobody has is not there.
async fn holders(survey: &Survey, keys: BTreeSet<i64>, most: usize) -> Result<Holders, Fault> {
    let mut holders: Holders = of_each(survey, keys, "", most, |those| those).await?;
    holders.retain(|_, those| !those.is_empty());
    Ok(holders)
}

/// How many have each of these keys, up to `most`; a key that nobody has is not there.
async fn count(survey: &Survey, keys: BTreeSet<i64>, most: usize) -> Result<HashMap<i64, usize>, Fault> {
    let counts: HashMap<i64, i32> = of_each(survey, keys, "", most, |those| format!("cardinality({those})")).await?;
    let some = |(key, count)| usize::try_from(count).ok().filter(|count| *count > 0).map(|count| (key, count));
    Ok(counts.into_iter().filter_map(some).collect())
}

/// What is wanted of the array of up to `most` profiles `p` that have each of these keys and of which this is true besides. A row a key, for thousands
/// are asked at a time.
async fn of_each<T>(
    survey: &Survey,
    keys: BTreeSet<i64>,
    besides: &str,
    most: usize,
    wanted: fn(String) -> String,
) -> Result<HashMap<i64, T>, Fault>
where
    T: for<'r> Decode<'r, Postgres> + Type<Postgres>,
{
    let wanted = wanted(format!(
        "ARRAY(SELECT p.contact_id FROM contact_profiles p
               WHERE p.keys @> ARRAY[asked.key] AND p.rule_set_version = {RULE_SET_VERSION}{besides} LIMIT {most})"
    ));
    let keys: Vec<i64> = keys.into_iter().collect();
    let mut found = HashMap::with_capacity(keys.len());
    for keys in keys.chunks(KEYS) {
        let mut sql = Sql::new(format!("SELECT asked.key, {wanted} FROM unnest("));
        sql.push_bind(keys.to_vec()).push("::bigint[]) AS asked (key)");
        for row in survey.fetch(sql).await? {
            found.insert(row.try_get(0)?, row.try_get(1)?);
        }
    }
    Ok(found)
}

/// The pairs that stand in the list of any of these people, or that met under any of these keys when they were judged.
async fn known(survey: &Survey, ids: Vec<Uuid>, keys: Vec<i64>) -> Result<HashMap<Uuid, Pair>, Fault> {
    let mut sql = Sql::new("");
    let columns = "SELECT id, contact_id, other_contact_id FROM duplicate_candidates WHERE";
    sql.push(format_args!("{columns} contact_id = ANY(")).push_bind(ids.clone());
    sql.push(format_args!(") UNION {columns} other_contact_id = ANY(")).push_bind(ids);
    sql.push(format_args!(") UNION {columns} shared && ")).push_bind(keys);
    let rows = survey.fetch(sql).await?;
    let read = |row: &PgRow| Ok((row.try_get("id")?, (row.try_get("contact_id")?, row.try_get("other_contact_id")?)));
    rows.iter().map(read).collect()
}

/// What was said of pairs that any of these people are in, and of these pairs: the evidence then.
async fn dismissed(survey: &Survey, ids: Vec<Uuid>, pairs: Vec<Uuid>) -> Result<HashMap<Pair, i64>, Fault> {
    let mut sql = Sql::new("");
    let columns = "SELECT contact_id, other_contact_id, fingerprint FROM duplicate_dismissals WHERE";
    sql.push(format_args!("{columns} contact_id = ANY(")).push_bind(ids.clone());
    sql.push(format_args!(") UNION {columns} other_contact_id = ANY(")).push_bind(ids);
    sql.push(format_args!(") UNION {columns} id = ANY(")).push_bind(pairs).push(")");
    let rows = survey.fetch(sql).await?;
    rows.iter().map(|row| Ok(((row.try_get(0)?, row.try_get(1)?), row.try_get(2)?))).collect()
}
