//! Duplicates are found, and namesakes, households and colleagues are not taken for one: on made-up people of styles that the weights were not learned from
//! (`cargo run -p liaison-tests --example duplicates` makes them, learns and judges on as many as one likes).

#[path = "../examples/duplicates/made.rs"]
#[allow(dead_code, reason = "the example learns from other styles, too")]
mod made;

use std::collections::{HashMap, HashSet};

use liaison_domain::duplicate::{
    Census, LIKELY, MOST_SHARING, Profile, Sharers, clustered, likeness, pairs, speak_against,
};
use made::Made;
use made::style::JUDGED;
use uuid::Uuid;

/// People of a directory, with their profiles and what is counted of them.
struct Directory {
    made: Vec<Made>,
    profiles: Vec<(Uuid, Profile)>,
    census: Census,
    sharers: Sharers,
}

impl Directory {
    fn of(made: Vec<Made>) -> Self {
        let profiles: Vec<(Uuid, Profile)> =
            made.iter().zip(1_u128..).map(|(made, at)| (Uuid::from_u128(at), Profile::of(&made.person))).collect();
        let census = Census::counted(profiles.iter().map(|(_, profile)| profile));
        let sharers = Sharers::counted(profiles.iter().map(|(_, profile)| profile));
        Self { made, profiles, census, sharers }
    }

    fn is_one(&self, one: usize, other: usize) -> bool {
        self.made[one].who == self.made[other].who
    }
}

/// How many pairs of one person there are.
fn to_be_found(made: &[Made]) -> usize {
    let mut records: HashMap<u32, usize> = HashMap::new();
    made.iter().for_each(|made| *records.entry(made.who).or_default() += 1);
    records.values().map(|count| count * (count - 1) / 2).sum()
}

#[test]
fn one_seed_makes_the_same_people_and_another_others() {
    for style in &JUDGED {
        let people = made::people(5, 300, style);
        assert_eq!(people.len(), 300);
        assert_eq!(people, made::people(5, 300, style));
        assert_ne!(people, made::people(6, 300, style));
        assert!(to_be_found(&people) > 30, "some are there twice");
    }
}

#[test]
fn most_duplicates_are_found_and_hardly_anybody_else() {
    for style in &JUDGED {
        let directory = Directory::of(made::people(99, 2_000, style));
        let scanned = pairs(&directory.profiles, &directory.census, &directory.sharers, |_| {});
        let likely: Vec<(usize, usize, f64)> = scanned
            .pairs
            .iter()
            .filter(|pair| pair.score >= LIKELY)
            .map(|pair| (pair.one, pair.other, pair.score))
            .collect();
        let right = likely.iter().filter(|(one, other, _)| directory.is_one(*one, *other)).count();
        let all = to_be_found(&directory.made);
        let f1 = 2.0 * right as f64 / (likely.len() + all) as f64;
        assert!(f1 >= 0.88, "{}: F1 {f1:.3}, {right} right of {} found, {all} to be found", style.name, likely.len());
        let precision = right as f64 / likely.len() as f64;
        assert!(precision >= 0.94, "{}: precision {precision:.3}", style.name);

        let against = |one: usize, other: usize| {
            let (one, other) = (&directory.profiles[one].1, &directory.profiles[other].1);
            speak_against(one, other, &directory.census, &directory.sharers)
        };
        for cluster in clustered(&likely, against) {
            for (at, one) in cluster.iter().enumerate() {
                for other in &cluster[at + 1..] {
                    let is_found = likely.iter().any(|(a, b, _)| (a, b) == (one.min(other), one.max(other)));
                    assert!(is_found || !against(*one, *other), "two who speak against each other are in one cluster");
                }
            }
        }
    }
}

#[test]
fn whoever_is_there_is_found_first_when_entered_anew() {
    for style in &JUDGED {
        let mut records: HashMap<u32, usize> = HashMap::new();
        let people = made::people(7, 3_000, style);
        people.iter().for_each(|made| *records.entry(made.who).or_default() += 1);
        // One record of each who has more is entered anew; so are some who are not there.
        let (mut seen, mut new, mut there) = (HashSet::new(), Vec::new(), Vec::new());
        for (made, at) in people.into_iter().zip(0..) {
            let is_known = records[&made.who] > 1;
            if (is_known && seen.insert(made.who)) || (!is_known && at % 5 == 0) {
                new.push(made)
            } else {
                there.push(made)
            }
        }
        let directory = Directory::of(there);
        let mut by_key: HashMap<i64, Vec<usize>> = HashMap::new();
        for (at, (_, profile)) in directory.profiles.iter().enumerate() {
            profile.keys().into_iter().for_each(|key| by_key.entry(key).or_default().push(at));
        }
        let (mut known, mut right, mut strangers, mut alarms) = (0, 0, 0, 0);
        for made in new {
            let profile = Profile::of(&made.person);
            let met: HashSet<usize> = profile
                .keys()
                .iter()
                .filter_map(|key| by_key.get(key))
                .filter(|met| met.len() <= MOST_SHARING)
                .flatten()
                .copied()
                .collect();
            let score =
                |at: usize| likeness(&profile, &directory.profiles[at].1, &directory.census, &directory.sharers);
            let first = met
                .into_iter()
                .filter_map(|at| Some((score(at)?, at)))
                .filter(|(score, _)| *score >= LIKELY)
                .max_by(|one, other| one.0.total_cmp(&other.0).then(other.1.cmp(&one.1)));
            if records[&made.who] > 1 {
                known += 1;
                right += usize::from(first.is_some_and(|(_, at)| directory.made[at].who == made.who));
            } else {
                strangers += 1;
                alarms += usize::from(first.is_some());
            }
        }
        assert!(known > 200 && strangers > 200);
        assert!(right as f64 >= 0.92 * known as f64, "{}: {right} of {known}", style.name);
        assert!(alarms as f64 <= 0.06 * strangers as f64, "{}: {alarms} of {strangers}", style.name);
    }
}
