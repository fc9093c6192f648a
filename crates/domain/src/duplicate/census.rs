//! How common things are: names in the world or in this installation, and how many contacts share a value.

use std::collections::{HashMap, HashSet};
use std::hash::BuildHasherDefault;
use std::sync::LazyLock;

use fnv::FnvHasher;
use serde::{Deserialize, Serialize};

use super::word::{Word, hash};
use super::{MOST_COUNTED, Profile};

/// The commonest names, each with how many in a million have it.
const TABLE: &str = include_str!("world.txt");
/// First names that somebody is called by, whether many are or few.
const GIVEN: &str = include_str!("given.txt");
/// How many in a million have a first name that is not in the table.
const OTHER_GIVEN: f64 = 60.0;
/// How many in a million have a family name that is not in the table.
const OTHER_FAMILY: f64 = 15.0;
/// What share of all names begins with one letter.
const OF_ONE_LETTER: f64 = 0.06;
/// As many contacts as the world's figures count for beside the installation's own.
const WORLD_COUNTS_FOR: f64 = 3_000.0;
/// Names are counted where more than this many share one; rarer ones are alike.
const COMMON: u32 = 2;
/// More names are not kept.
const MOST_NAMES: usize = 20_000;

/// How common names are. The default is the world's; `counted` counts the installation's own.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Census {
    contacts: u32,
    /// By the name's hash, sorted.
    given: Vec<(i64, u32)>,
    family: Vec<(i64, u32)>,
}

#[derive(Default)]
struct World {
    given: Vec<(i64, u32)>,
    family: Vec<(i64, u32)>,
}

static WORLD: LazyLock<World> = LazyLock::new(world);

fn world() -> World {
    let mut world = World::default();
    for line in TABLE.lines() {
        let mut parts = line.split_whitespace();
        let (Some(kind), Some(millionths)) = (parts.next(), parts.next().and_then(|number| number.parse().ok())) else {
            continue;
        };
        let names = if kind == "given" { &mut world.given } else { &mut world.family };
        names.extend(parts.map(|name| (name_hash(&Word::of(name)), millionths)));
    }
    for names in [&mut world.given, &mut world.family] {
        names.sort_unstable();
        names.dedup_by_key(|(name, _)| *name);
    }
    world
}

/// Whether it is one of the world's common names.
pub(super) fn is_common(word: &str) -> bool {
    static NAMES: LazyLock<HashSet<&str>> =
        LazyLock::new(|| TABLE.lines().flat_map(|line| line.split(' ').skip(2)).collect());
    NAMES.contains(word)
}

/// Whether somebody is called so by first name.
pub(super) fn is_given(word: &str) -> bool {
    static NAMES: LazyLock<HashSet<&str>> = LazyLock::new(|| GIVEN.split_whitespace().collect());
    NAMES.contains(word)
}

fn name_hash(word: &Word) -> i64 {
    hash(&[word.letters.bytes()])
}

impl Census {
    /// The names of these contacts, counted.
    pub fn counted<'a>(profiles: impl Iterator<Item = &'a Profile>) -> Self {
        let mut counts: [HashMap<i64, u32, BuildHasherDefault<FnvHasher>>; 2] = Default::default();
        let mut contacts = 0_u32;
        for profile in profiles {
            contacts = contacts.saturating_add(1);
            for (counts, name) in counts.iter_mut().zip([profile.name.first(), profile.name.last()]) {
                if let Some(name) = name {
                    *counts.entry(name_hash(name)).or_default() += 1;
                }
            }
        }
        let [given, family] = counts.map(|counts| {
            let mut names: Vec<(i64, u32)> = counts.into_iter().filter(|(_, count)| *count > COMMON).collect();
            names.sort_unstable_by_key(|(name, count)| (std::cmp::Reverse(*count), *name));
            names.truncate(MOST_NAMES);
            names.sort_unstable();
            names
        });
        Self { contacts, given, family }
    }

    /// How many contacts were counted; 0 for the world's figures alone.
    pub fn contacts(&self) -> u32 {
        self.contacts
    }

    /// How many others of this name are to be expected in the directory by chance.
    pub(super) fn namesakes(&self, given: &Word, family: &Word) -> f64 {
        let share = |own: &[(i64, u32)], world: &[(i64, u32)], name: &Word, other: f64| {
            if name.is_initial() {
                return OF_ONE_LETTER;
            }
            let name = name_hash(name);
            let look = |names: &[(i64, u32)]| {
                names.binary_search_by_key(&name, |(name, _)| *name).ok().map(|at| f64::from(names[at].1))
            };
            let world = look(world).unwrap_or(other) / 1e6;
            // A name that was not counted has one or two.
            let own = if self.contacts == 0 { 0.0 } else { look(own).unwrap_or(1.0) };
            (own + WORLD_COUNTS_FOR * world) / (f64::from(self.contacts) + WORLD_COUNTS_FOR)
        };
        let contacts = if self.contacts == 0 { 20_000.0 } else { f64::from(self.contacts) };
        contacts
            * share(&self.given, &WORLD.given, given, OTHER_GIVEN)
            * share(&self.family, &WORLD.family, family, OTHER_FAMILY)
    }
}

/// How many contacts share a value (`Profile::marks`).
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Sharers(HashMap<i64, u32, BuildHasherDefault<FnvHasher>>);

impl Sharers {
    /// How many contacts have it, as far as is known and up to `MOST_COUNTED`: 0 for a value that nobody counted, or that one contact has.
    pub fn of(&self, mark: i64) -> u32 {
        self.0.get(&mark).copied().unwrap_or_default()
    }

    /// The values of these contacts, counted.
    pub fn counted<'a>(profiles: impl Iterator<Item = &'a Profile>) -> Self {
        let mut marks: Vec<i64> = profiles.flat_map(Profile::marks).collect();
        marks.sort_unstable();
        marks
            .chunk_by(|one, other| one == other)
            .map(|same| (same[0], u32::try_from(same.len()).unwrap_or(u32::MAX)))
            .collect()
    }
}

impl FromIterator<(i64, u32)> for Sharers {
    fn from_iter<I: IntoIterator<Item = (i64, u32)>>(marks: I) -> Self {
        Self(
            marks
                .into_iter()
                .filter(|(_, count)| *count > 1)
                .map(|(mark, count)| (mark, count.min(MOST_COUNTED)))
                .collect(),
        )
    }
}
