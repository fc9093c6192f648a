//! Who may all be one person: the groups that likely pairs make, of which all but one are too many. Two who contradict each other, or of whom
//! somebody said that they are two persons, are never in one group, however many stand between them; two of whom little is known that could
//! agree may be. So pairs that were not found to be alike are looked at again, as far as a group hangs on them.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::{Arc, Mutex, PoisonError};

use chrono::{DateTime, Utc};
use sqlx::Row;
use uuid::Uuid;

use super::aside;
use super::ordered;
use super::told::Told;
use crate::duplicate::{Census, LIKELY, clustered, speak_against};
use crate::failure::Fault;
use crate::session::{Reader, Sql};

/// The profiles of about so many people are read at once; all of those whom likely pairs hang together come together.
const READ: usize = 500;
/// Who hang together are looked at by their profiles, if they are so many at most. A longer chain is one of chance likenesses, in which only
/// those are taken for one who were found to be alike.
const MOST_LOOKED_AT: usize = 100;

/// What the list was like when the groups were made. As long as it is so, so are they: whoever changes is in the queue, and the generation
/// moves on when it is taken out of it; a pair that is dismissed, merged or gone meanwhile is another list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct ListState {
    /// That of the list.
    pub generation: i64,
    /// All pairs with their states and scores, as one number.
    pub pairs: i64,
    /// When names were counted.
    pub counted_at: Option<DateTime<Utc>>,
}

/// What the groups come to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Groups {
    /// People of whom a likely duplicate is known.
    pub persons: i64,
    /// Of each group all but one.
    pub surplus: i64,
}

/// What a process remembers of them, until the list is another.
#[derive(Clone, Debug, Default)]
pub(crate) struct Grouped(Arc<Mutex<Option<(ListState, Groups)>>>);

impl Grouped {
    /// The groups of the list that the reader sees, which is in this state.
    pub(super) async fn of(&self, reader: &Reader, state: ListState) -> Result<Groups, Fault> {
        let known = *self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, groups)) = known.filter(|(known, _)| *known == state) {
            return Ok(groups);
        }
        let groups = read(reader, state.counted_at).await?;
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some((state, groups));
        Ok(groups)
    }
}

type Pair = (Uuid, Uuid);

/// Pairs that were found likely, and what is known of others of the same people.
#[derive(Default)]
struct Known {
    likely: Vec<(Uuid, Uuid, f64)>,
    /// Whether they may be one person, of those of whom it is known.
    may_be_one: HashMap<Pair, bool>,
}

async fn read(reader: &Reader, counted_at: Option<DateTime<Utc>>) -> Result<Groups, Fault> {
    let mut sql = Sql::new("SELECT contact_id, other_contact_id, score FROM duplicate_candidates");
    sql.push(format_args!(" WHERE state = 'open' AND score >= {LIKELY}"));
    let rows = reader.fetch(sql).await?;
    let (mut known, chains) = aside(move || {
        let read = |row: &sqlx::postgres::PgRow| Ok((row.try_get(0)?, row.try_get(1)?, row.try_get(2)?));
        let likely = rows.iter().map(read).collect::<Result<Vec<_>, Fault>>()?;
        let may_be_one = likely.iter().map(|(one, other, _)| (ordered(*one, *other), true)).collect();
        let known = Known { likely, may_be_one };
        let chains = known.chains();
        Ok::<_, Fault>((known, chains))
    })
    .await??;
    let people: Vec<Uuid> = chains.iter().flatten().copied().collect();
    if !people.is_empty() {
        let mut sql = Sql::new(
            "SELECT contact_id, other_contact_id, state = 'open' FROM duplicate_candidates WHERE contact_id = ANY(",
        );
        sql.push_bind(people.clone()).push(") AND other_contact_id = ANY(").push_bind(people);
        sql.push(format_args!(") AND (state = 'dismissed' OR state = 'open' AND score < {LIKELY})"));
        for row in reader.fetch(sql).await? {
            known.may_be_one.insert((row.try_get(0)?, row.try_get(1)?), row.try_get(2)?);
        }
    }
    let unknown: Vec<Vec<Uuid>> = chains.into_iter().filter(|chain| known.is_unknown(chain)).collect();
    let census = reader.database().names().of(reader, counted_at).await?;
    let mut rest = unknown.as_slice();
    while !rest.is_empty() {
        let (some, others) = rest.split_at(whole(rest));
        rest = others;
        let told = Told::of(reader, some.concat()).await?;
        let (some, census) = (some.to_vec(), Arc::clone(&census));
        known = aside(move || {
            known.look_at(&some, &told, &census);
            known
        })
        .await?;
    }
    aside(move || known.groups()).await
}

/// How many of these are read together.
fn whole(chains: &[Vec<Uuid>]) -> usize {
    let mut before = 0;
    let has_place = |chain: &&Vec<Uuid>| {
        let has_place = before < READ;
        before += chain.len();
        has_place
    };
    chains.iter().take_while(has_place).count()
}

impl Known {
    /// Those whom likely pairs hang together, where they are three or more and not too many: of two there is nothing else to know.
    fn chains(&self) -> Vec<Vec<Uuid>> {
        let mut first: HashMap<Uuid, Uuid> = HashMap::new();
        fn root(first: &mut HashMap<Uuid, Uuid>, of: Uuid) -> Uuid {
            let mut at = of;
            while let Some(next) = first.get(&at).copied().filter(|next| *next != at) {
                // Each step halves the way for the next who asks.
                let after = first.get(&next).copied().unwrap_or(next);
                first.insert(at, after);
                at = after;
            }
            at
        }
        for (one, other, _) in &self.likely {
            let (one, other) = (root(&mut first, *one), root(&mut first, *other));
            let (one, other) = ordered(one, other);
            first.insert(one, one);
            first.insert(other, one);
        }
        let people: BTreeSet<Uuid> = self.likely.iter().flat_map(|(one, other, _)| [*one, *other]).collect();
        let mut chains: BTreeMap<Uuid, Vec<Uuid>> = BTreeMap::new();
        for person in people {
            chains.entry(root(&mut first, person)).or_default().push(person);
        }
        chains.into_values().filter(|chain| (3..=MOST_LOOKED_AT).contains(&chain.len())).collect()
    }

    /// Whether it is not known of two of them whether they may be one.
    fn is_unknown(&self, chain: &[Uuid]) -> bool {
        pairs_of(chain).any(|pair| !self.may_be_one.contains_key(&pair))
    }

    /// Looks at those of whom it is not known.
    fn look_at(&mut self, chains: &[Vec<Uuid>], told: &Told, census: &Census) {
        let sharers = told.shared();
        for pair in chains.iter().flat_map(|chain| pairs_of(chain)) {
            if let (Some(one), Some(other)) = (told.profiles.get(&pair.0), told.profiles.get(&pair.1)) {
                self.may_be_one.entry(pair).or_insert_with(|| !speak_against(one, other, census, &sharers));
            }
        }
    }

    /// What they come to. Of whom nothing is known is taken for another.
    fn groups(&self) -> Groups {
        let is_against = |one, other| !self.may_be_one.get(&ordered(one, other)).is_some_and(|may_be| *may_be);
        let clusters = clustered(&self.likely, is_against);
        let persons: BTreeSet<Uuid> = self.likely.iter().flat_map(|(one, other, _)| [*one, *other]).collect();
        let surplus: usize = clusters.iter().map(|cluster| cluster.len() - 1).sum();
        let count = |of: usize| i64::try_from(of).unwrap_or(i64::MAX);
        Groups { persons: count(persons.len()), surplus: count(surplus) }
    }
}

/// All pairs of these, who are sorted.
fn pairs_of(people: &[Uuid]) -> impl Iterator<Item = Pair> {
    people.iter().enumerate().flat_map(|(at, one)| people[at + 1..].iter().map(|other| (*one, *other)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::duplicate::{Line, Person, Profile};

    fn known(likely: &[(Uuid, Uuid, f64)]) -> Known {
        let may_be_one = likely.iter().map(|(one, other, _)| (ordered(*one, *other), true)).collect();
        Known { likely: likely.to_vec(), may_be_one }
    }

    fn surplus(likely: &[(Uuid, Uuid, f64)], others: &[(Pair, bool)]) -> i64 {
        let mut known = known(likely);
        known.may_be_one.extend(others.iter().copied());
        known.groups().surplus
    }

    #[test]
    fn of_a_group_all_but_one_are_too_many_and_nobody_is_one_with_whom_it_speaks_against() {
        let [a, b, c, d] = [1, 2, 3, 4].map(Uuid::from_u128);
        let chain = [(a, b, 0.9), (b, c, 0.8)];
        assert_eq!(surplus(&chain, &[((a, c), true)]), 2, "a weak tie does not keep them apart");
        assert_eq!(surplus(&chain, &[((a, c), false)]), 1, "the first and the third are two persons");
        assert_eq!(surplus(&chain, &[]), 1, "and so is of whom nothing is known");
        assert_eq!(surplus(&[(a, b, 0.9), (c, d, 0.9)], &[]), 2);
        assert_eq!(surplus(&[], &[]), 0);
    }

    #[test]
    fn those_hang_together_whom_likely_pairs_tie_and_two_alone_are_not_looked_at() {
        let [a, b, c, d, e, f, g] = [1, 2, 3, 4, 5, 6, 7].map(Uuid::from_u128);
        let ties = [(d, e, 0.9), (b, c, 0.9), (e, f, 0.9), (a, g, 0.9), (f, b, 0.9)];
        assert_eq!(known(&ties).chains(), [vec![b, c, d, e, f]]);
        assert!(known(&ties).is_unknown(&[b, c, d]) && !known(&ties).is_unknown(&[b, c]));
        let many: Vec<_> = (1..=200).map(|at| (Uuid::from_u128(at), Uuid::from_u128(at + 1), 0.9)).collect();
        assert!(known(&many).chains().is_empty(), "a chain of chance likenesses");
        assert_eq!(whole(&[vec![a; 300], vec![a; 300], vec![a; 3]]), 2);
        assert_eq!(whole(&[vec![a; 900], vec![a; 3]]), 1);
    }

    #[test]
    fn who_only_has_nothing_in_common_is_looked_at_and_who_contradicts_is_two_persons() {
        let [a, b, c] = [1, 2, 3].map(Uuid::from_u128);
        let of = |first: &str, phone: Option<&str>, email: Option<&str>| {
            Profile::of(&Person {
                first_name: first.to_owned(),
                last_name: "Winterbourne".to_owned(),
                phones: phone
                    .map(|number| Line { number: number.to_owned(), is_personal: true, has_country: true })
                    .into_iter()
                    .collect(),
                emails: email.map(str::to_owned).into_iter().collect(),
                is_active: true,
                ..Person::default()
            })
        };
        let told = |third: Profile| Told {
            profiles: BTreeMap::from([
                (a, of("Theodora", Some("+1 630 555 0142"), Some("t.w@example.net"))),
                (b, of("Theodora", Some("+1 630 555 0142"), Some("thea.winterbourne@example.org"))),
                (c, third),
            ]),
            ..Told::default()
        };
        let look = |third: Profile| {
            let mut known = known(&[(a, b, 0.9), (b, c, 0.9)]);
            known.look_at(&[vec![a, b, c]], &told(third), &Census::default());
            known.groups().surplus
        };
        assert_eq!(look(of("Theodora", None, Some("thea.winterbourne@example.org"))), 2, "nothing speaks against it");
        assert_eq!(look(of("Bartholomew", Some("+1 312 555 0177"), Some("thea.winterbourne@example.org"))), 1);
    }
}
