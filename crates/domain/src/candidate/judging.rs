//! Which pairs the changes that wait may have made, unmade or changed, and what becomes of each: as much of the directory as that takes is
//! read from one snapshot. It writes nothing, and what it finds is what comparing everybody would find of these pairs.
//!
//! A change reaches further than the one who changed. Who gives a key up may leave few enough to meet under it; who takes one on may make
//! them too many; and who gives a phone up or takes it on makes it say more or less about all others who have it, wherever those meet.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use sqlx::types::Json;
use sqlx::{Postgres, QueryBuilder, Row};
use uuid::Uuid;

use super::{fingerprint, ordered, pair_id};
use crate::duplicate::{
    Census, KEPT, MOST_COUNTED, MOST_SHARING, Profile, RULE_SET_VERSION, Sharers, compare, counted, likeness,
};
use crate::failure::Fault;
use crate::session::Survey;

/// So many changes are judged at once, when nothing speaks against it.
const AT_ONCE: usize = 200;
/// Who has so many keys is asked at once.
const KEYS: usize = 2_000;

/// Which changes are judged next. It is left as it is where that fails, so that whoever asked knows what could not be done.
#[derive(Debug)]
pub(super) struct Batch {
    /// So many at most.
    pub at_once: usize,
    /// Not those at these places in the queue.
    pub stepped_over: Vec<i64>,
    /// The places of those who were judged last, or are being judged.
    pub turns: Vec<i64>,
}

impl Default for Batch {
    /// As many as may be, of whoever waits.
    fn default() -> Self {
        Self { at_once: AT_ONCE, stepped_over: Vec::new(), turns: Vec::new() }
    }
}

impl Batch {
    /// It was judged: the next may be larger again.
    pub fn is_done(&mut self) {
        self.at_once = (self.at_once * 2).min(AT_ONCE);
        self.turns.clear();
    }

    /// It could not be judged: the next is smaller. Where it was one change alone, this is stepped over, and told.
    pub fn is_not_done(&mut self) -> Option<i64> {
        let turns = std::mem::take(&mut self.turns);
        if let ([turn], 1) = (turns.as_slice(), self.at_once) {
            self.stepped_over.push(*turn);
            return Some(*turn);
        }
        if !turns.is_empty() {
            self.at_once = (self.at_once.min(turns.len()) / 2).max(1);
        }
        None
    }
}

/// A pair that is worth keeping, or that somebody said is two persons, as its row tells it.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Found {
    pub id: Uuid,
    pub contact_id: Uuid,
    pub other_contact_id: Uuid,
    pub score: f64,
    pub evidence: String,
    pub fingerprint: i64,
    /// The keys under which they meet, sorted.
    pub shared: Vec<i64>,
}

impl Found {
    /// What is told of two who meet under these keys; the first has the smaller id.
    pub fn of(
        one: (Uuid, &Profile),
        other: (Uuid, &Profile),
        shared: Vec<i64>,
        census: &Census,
        sharers: &Sharers,
    ) -> Result<Self, Fault> {
        let compared = compare(one.1, other.1, census, sharers);
        let evidence = serde_json::to_string(&compared.evidence);
        Ok(Self {
            id: pair_id(one.0, other.0),
            contact_id: one.0,
            other_contact_id: other.0,
            score: compared.score,
            evidence: evidence.map_err(|error| Fault::Internal(format!("evidence cannot be told: {error}")))?,
            fingerprint: fingerprint(one.1, other.1),
            shared,
        })
    }
}

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

/// Somebody who is compared.
struct Person {
    profile: Profile,
    keys: Vec<i64>,
}

/// Judges what the changes that have waited longest may have changed. Nothing when nobody waits.
pub(super) async fn judge_next(survey: &Survey, census: &Census, batch: &mut Batch) -> Result<Option<Judged>, Fault> {
    let waiting = waiting(survey, batch).await?;
    if waiting.turns.is_empty() {
        return Ok(None);
    }
    batch.turns.clone_from(&waiting.turns);
    let mut at_heart = waiting.contacts;
    at_heart.extend(who_tells_otherwise(survey, waiting.recounted).await?);
    let mut people = people(survey, at_heart.iter().copied().collect()).await?;

    let mut touched = waiting.lost.clone();
    touched.extend(people.values().flat_map(|person| &person.keys));
    let holders = holders(survey, touched, MOST_SHARING + 1).await?;
    let live = |key: &i64| holders.get(key).filter(|holders| holders.len() <= MOST_SHARING);
    let mut pairs: BTreeSet<(Uuid, Uuid)> = BTreeSet::new();
    for (id, person) in &people {
        let met = person.keys.iter().filter_map(live).flatten().filter(|other| *other != id);
        pairs.extend(met.map(|other| ordered(*id, *other)));
    }
    for holders in waiting.lost.iter().filter_map(live) {
        for (at, one) in holders.iter().enumerate() {
            pairs.extend(holders[at + 1..].iter().map(|other| ordered(*one, *other)));
        }
    }
    let dead: Vec<i64> =
        holders.iter().filter(|(_, holders)| holders.len() > MOST_SHARING).map(|(key, _)| *key).collect();
    let at_heart: Vec<Uuid> = at_heart.into_iter().collect();
    let known = known(survey, at_heart.clone(), dead).await?;
    let dismissed = dismissed(survey, at_heart, known.keys().copied().collect()).await?;
    pairs.extend(known.values());
    pairs.extend(dismissed.keys());

    let named: BTreeSet<Uuid> = pairs.iter().flat_map(|(one, other)| [*one, *other]).collect();
    people.extend(self::people(survey, named.into_iter().filter(|id| !people.contains_key(id)).collect()).await?);
    let found = judge(survey, census, &people, pairs, &holders, &dismissed).await?;
    let there: HashSet<Uuid> = found.iter().map(|found| found.id).collect();
    let gone = known.into_keys().filter(|id| !there.contains(id)).collect();
    Ok(Some(Judged { turns: waiting.turns, found, gone }))
}

async fn waiting(survey: &Survey, batch: &Batch) -> Result<Waiting, Fault> {
    let mut sql = QueryBuilder::<Postgres>::new("SELECT turn, contact_id, lost, recounted FROM duplicate_stale");
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
    if marks.is_empty() {
        return Ok(Vec::new());
    }
    let mut sql = QueryBuilder::<Postgres>::new("SELECT asked.mark, resting.contact_id FROM unnest(");
    sql.push_bind(marks.into_iter().collect::<Vec<_>>());
    sql.push(format_args!(
        "::bigint[]) AS asked (mark) CROSS JOIN LATERAL (
           SELECT p.contact_id FROM contact_profiles p
           WHERE p.keys @> ARRAY[asked.mark] AND p.rule_set_version = {RULE_SET_VERSION}
             AND NOT EXISTS (SELECT FROM duplicate_stale s WHERE s.contact_id = p.contact_id)
           LIMIT {MOST_COUNTED}) resting"
    ));
    let mut resting: HashMap<i64, Vec<Uuid>> = HashMap::new();
    for row in survey.fetch(sql).await? {
        resting.entry(row.try_get("mark")?).or_default().push(row.try_get("contact_id")?);
    }
    let few = resting.into_values().filter(|holders| holders.len() < MOST_COUNTED as usize);
    Ok(few.flatten().collect())
}

async fn people(survey: &Survey, ids: Vec<Uuid>) -> Result<BTreeMap<Uuid, Person>, Fault> {
    if ids.is_empty() {
        return Ok(BTreeMap::new());
    }
    let mut sql =
        QueryBuilder::<Postgres>::new("SELECT contact_id, profile, keys FROM contact_profiles WHERE contact_id = ANY(");
    sql.push_bind(ids).push(format_args!(") AND rule_set_version = {RULE_SET_VERSION}"));
    let rows = survey.fetch(sql).await?;
    let read = |row: &sqlx::postgres::PgRow| {
        let Json(profile) = row.try_get("profile")?;
        Ok((row.try_get("contact_id")?, Person { profile, keys: row.try_get("keys")? }))
    };
    rows.iter().map(read).collect()
}

/// Who has each of these keys, up to `most`; a key that nobody has is not there.
async fn holders(survey: &Survey, keys: BTreeSet<i64>, most: usize) -> Result<HashMap<i64, Vec<Uuid>>, Fault> {
    let mut holders: HashMap<i64, Vec<Uuid>> = HashMap::with_capacity(keys.len());
    let keys: Vec<i64> = keys.into_iter().collect();
    for keys in keys.chunks(KEYS) {
        let mut sql = QueryBuilder::<Postgres>::new("SELECT asked.key, holder.contact_id FROM unnest(");
        sql.push_bind(keys.to_vec());
        sql.push(format_args!(
            "::bigint[]) AS asked (key) CROSS JOIN LATERAL (
               SELECT p.contact_id FROM contact_profiles p
               WHERE p.keys @> ARRAY[asked.key] AND p.rule_set_version = {RULE_SET_VERSION} LIMIT {most}) holder"
        ));
        for row in survey.fetch(sql).await? {
            holders.entry(row.try_get("key")?).or_default().push(row.try_get("contact_id")?);
        }
    }
    Ok(holders)
}

/// The pairs that stand in the list of any of these people, or that met under any of these keys when they were judged.
async fn known(survey: &Survey, ids: Vec<Uuid>, keys: Vec<i64>) -> Result<HashMap<Uuid, (Uuid, Uuid)>, Fault> {
    let mut sql = QueryBuilder::<Postgres>::new("");
    let columns = "SELECT id, contact_id, other_contact_id FROM duplicate_candidates WHERE";
    sql.push(format_args!("{columns} contact_id = ANY(")).push_bind(ids.clone());
    sql.push(format_args!(") UNION {columns} other_contact_id = ANY(")).push_bind(ids);
    sql.push(format_args!(") UNION {columns} shared && ")).push_bind(keys);
    let rows = survey.fetch(sql).await?;
    let read = |row: &sqlx::postgres::PgRow| {
        Ok((row.try_get("id")?, (row.try_get("contact_id")?, row.try_get("other_contact_id")?)))
    };
    rows.iter().map(read).collect()
}

/// What was said of pairs that any of these people are in, and of these pairs: the evidence then.
async fn dismissed(survey: &Survey, ids: Vec<Uuid>, pairs: Vec<Uuid>) -> Result<HashMap<(Uuid, Uuid), i64>, Fault> {
    let mut sql = QueryBuilder::<Postgres>::new("");
    let columns = "SELECT contact_id, other_contact_id, fingerprint FROM duplicate_dismissals WHERE";
    sql.push(format_args!("{columns} contact_id = ANY(")).push_bind(ids.clone());
    sql.push(format_args!(") UNION {columns} other_contact_id = ANY(")).push_bind(ids);
    sql.push(format_args!(") UNION {columns} id = ANY(")).push_bind(pairs).push(")");
    let rows = survey.fetch(sql).await?;
    rows.iter().map(|row| Ok(((row.try_get(0)?, row.try_get(1)?), row.try_get(2)?))).collect()
}

async fn judge(
    survey: &Survey,
    census: &Census,
    people: &BTreeMap<Uuid, Person>,
    pairs: BTreeSet<(Uuid, Uuid)>,
    holders: &HashMap<i64, Vec<Uuid>>,
    dismissed: &HashMap<(Uuid, Uuid), i64>,
) -> Result<Vec<Found>, Fault> {
    let pairs: Vec<_> = pairs
        .into_iter()
        .filter_map(|(one, other)| Some(((one, people.get(&one)?), (other, people.get(&other)?))))
        .collect();
    let mut sharers: HashMap<i64, usize> = holders.iter().map(|(key, holders)| (*key, holders.len())).collect();
    let marks = pairs.iter().flat_map(|((_, one), (_, other))| counted(&one.profile, &other.profile));
    let unknown: BTreeSet<i64> = marks.filter(|mark| !sharers.contains_key(mark)).collect();
    sharers.extend(count(survey, unknown, MOST_COUNTED as usize).await?);
    let sharers: Sharers =
        sharers.into_iter().map(|(mark, count)| (mark, u32::try_from(count).unwrap_or(MOST_COUNTED))).collect();
    // Each with the keys that both have, and whether it was said, of what speaks for and against it now, that they are two.
    let told: Vec<_> = pairs
        .into_iter()
        .filter_map(|(one, other)| {
            let (first, second) = (&one.1.profile, &other.1.profile);
            let is_dismissed = dismissed.get(&(one.0, other.0)).is_some_and(|said| *said == fingerprint(first, second));
            let is_alike = likeness(first, second, census, &sharers).is_some_and(|score| score >= KEPT);
            (is_alike || is_dismissed).then(|| (one, other, common(&one.1.keys, &other.1.keys), is_dismissed))
        })
        .collect();
    // Whether they meet at all, and under which keys: values were counted less far for the score.
    let unknown = told.iter().flat_map(|(_, _, shared, _)| shared).filter(|key| !holders.contains_key(key)).copied();
    let further = count(survey, unknown.collect(), MOST_SHARING + 1).await?;
    let is_live = |key: &i64| {
        holders.get(key).map(Vec::len).or_else(|| further.get(key).copied()).is_some_and(|count| count <= MOST_SHARING)
    };
    let mut found = Vec::new();
    for ((one, first), (other, second), shared, is_dismissed) in told {
        let shared: Vec<i64> = shared.into_iter().filter(is_live).collect();
        if is_dismissed || !shared.is_empty() {
            found.push(Found::of((one, &first.profile), (other, &second.profile), shared, census, &sharers)?);
        }
    }
    Ok(found)
}

/// How many have each of these keys, up to `most`.
async fn count(survey: &Survey, keys: BTreeSet<i64>, most: usize) -> Result<HashMap<i64, usize>, Fault> {
    let holders = holders(survey, keys, most).await?;
    Ok(holders.into_iter().map(|(key, holders)| (key, holders.len())).collect())
}

/// What stands in both of two sorted lists.
pub(super) fn common(one: &[i64], other: &[i64]) -> Vec<i64> {
    one.iter().filter(|key| other.binary_search(key).is_ok()).copied().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_cannot_be_judged_is_found_by_halves_and_stepped_over() {
        let mut batch = Batch::default();
        let mut queue: Vec<i64> = (1..=500).collect();
        let bad = [3, 4, 250, 500];
        let mut steps = 0;
        loop {
            batch.turns =
                queue.iter().copied().filter(|turn| !batch.stepped_over.contains(turn)).take(batch.at_once).collect();
            if batch.turns.is_empty() {
                break;
            }
            if batch.turns.iter().any(|turn| bad.contains(turn)) {
                batch.is_not_done();
            } else {
                queue.retain(|turn| !batch.turns.contains(turn));
                batch.is_done();
            }
            steps += 1;
            assert!(steps < 200, "it comes to an end");
        }
        assert_eq!(queue, bad, "all others are judged");
        assert_eq!(batch.stepped_over, bad);
        batch.is_done();
        assert_eq!(Batch::default().is_not_done(), None, "where nothing was read, nobody is to blame");
        assert_eq!(Batch::default().at_once, AT_ONCE);
    }
}
