//! What is worked out of what was read of some changes: who meets whom, whose values must be counted, and which pairs are worth keeping. It
//! reads nothing, and is done on threads that nobody else waits for.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use sqlx::Row;
use sqlx::postgres::PgRow;
use sqlx::types::Json;
use uuid::Uuid;

use super::found::{Found, common};
use super::{fingerprint, ordered};
use crate::duplicate::{Census, KEPT, MOST_COUNTED, MOST_SHARING, Profile, Sharers, counted, likeness};
use crate::failure::Fault;

/// Somebody who is compared.
pub(super) struct Person {
    profile: Profile,
    pub keys: Vec<i64>,
}

/// Reads people from rows of their profiles.
pub(super) fn people(rows: &[PgRow]) -> Result<BTreeMap<Uuid, Person>, Fault> {
    let read = |row: &PgRow| {
        let Json(profile) = row.try_get("profile")?;
        Ok((row.try_get("contact_id")?, Person { profile, keys: row.try_get("keys")? }))
    };
    rows.iter().map(read).collect()
}

/// Who has a key, as far as it was looked at.
pub(super) type Holders = HashMap<i64, Vec<Uuid>>;

/// Two people, the one with the smaller id first.
pub(super) type Pair = (Uuid, Uuid);

/// All pairs that these people make under keys that few enough have, and those that keys make which somebody gave up.
pub(super) fn meeting(people: &BTreeMap<Uuid, Person>, lost: &BTreeSet<i64>, holders: &Holders) -> BTreeSet<Pair> {
    let live = |key: &i64| holders.get(key).filter(|holders| holders.len() <= MOST_SHARING);
    let mut pairs = BTreeSet::new();
    for (id, person) in people {
        let met = person.keys.iter().filter_map(live).flatten().filter(|other| *other != id);
        pairs.extend(met.map(|other| ordered(*id, *other)));
    }
    for holders in lost.iter().filter_map(live) {
        for (at, one) in holders.iter().enumerate() {
            pairs.extend(holders[at + 1..].iter().map(|other| ordered(*one, *other)));
        }
    }
    pairs
}

/// Pairs that may have changed, and what is known of them.
pub(super) struct Case {
    pub census: Arc<Census>,
    pub people: BTreeMap<Uuid, Person>,
    pub pairs: BTreeSet<Pair>,
    pub holders: Holders,
    /// What was said of pairs: the evidence then.
    pub dismissed: HashMap<Pair, i64>,
}

impl Case {
    /// The values of which it must be counted who has them, before these pairs can be weighed.
    pub fn uncounted(&self) -> BTreeSet<i64> {
        let both = self.pairs.iter().filter_map(|(one, other)| Some((self.people.get(one)?, self.people.get(other)?)));
        let marks = both.flat_map(|(one, other)| counted(&one.profile, &other.profile));
        marks.filter(|mark| !self.holders.contains_key(mark)).collect()
    }

    /// Weighs the pairs, with what was counted.
    pub fn weigh(self, further: HashMap<i64, usize>) -> Weighed {
        let counts = self.holders.iter().map(|(key, holders)| (*key, holders.len())).chain(further);
        let sharers: Sharers =
            counts.map(|(mark, count)| (mark, u32::try_from(count).unwrap_or(MOST_COUNTED))).collect();
        let weigh = |(one, other): &Pair| {
            let (first, second) = (self.people.get(one)?, self.people.get(other)?);
            let alike = likeness(&first.profile, &second.profile, &self.census, &sharers);
            let is_dismissed = self
                .dismissed
                .get(&(*one, *other))
                .is_some_and(|said| *said == fingerprint(&first.profile, &second.profile));
            let is_worth_it = is_dismissed || alike.is_some_and(|score| score >= KEPT);
            let shared = || common(&first.keys, &second.keys);
            is_worth_it.then(|| Worth { one: *one, other: *other, shared: shared(), is_dismissed })
        };
        let worth = self.pairs.iter().filter_map(weigh).collect();
        Weighed { case: self, sharers, worth }
    }
}

/// A pair that is worth keeping if the two meet at all.
struct Worth {
    one: Uuid,
    other: Uuid,
    /// The keys that both have.
    shared: Vec<i64>,
    /// Whether it was said, of what speaks for and against it now, that they are two.
    is_dismissed: bool,
}

/// The pairs that are alike or were dismissed.
pub(super) struct Weighed {
    case: Case,
    sharers: Sharers,
    worth: Vec<Worth>,
}

impl Weighed {
    /// The keys of which it must be counted who has them, to know under which the pairs meet: values were counted less far for the score.
    pub fn uncounted(&self) -> BTreeSet<i64> {
        let shared = self.worth.iter().flat_map(|pair| &pair.shared);
        shared.filter(|key| !self.case.holders.contains_key(key)).copied().collect()
    }

    /// The pairs as they are kept, with what was counted: who meets, and whoever was dismissed.
    pub fn tell(self, further: &HashMap<i64, usize>) -> Result<Vec<Found>, Fault> {
        let Case { census, people, holders, .. } = &self.case;
        let is_live = |key: &i64| {
            let count = holders.get(key).map(Vec::len).or_else(|| further.get(key).copied());
            count.is_some_and(|count| count <= MOST_SHARING)
        };
        let mut found = Vec::new();
        for Worth { one, other, mut shared, is_dismissed } in self.worth {
            shared.retain(is_live);
            if is_dismissed || !shared.is_empty() {
                let (first, second) = (&people[&one].profile, &people[&other].profile);
                found.push(Found::of((one, first), (other, second), shared, census, &self.sharers)?);
            }
        }
        Ok(found)
    }
}
