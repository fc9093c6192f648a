//! How well duplicates are found: pairs, clusters, and the check of somebody new.
#![allow(clippy::print_stdout, reason = "its results are what it is run for")]

use std::collections::{HashMap, HashSet};
use std::fs;

use liaison_domain::duplicate::{
    Census, KEPT, LIKELY, MOST_SHARING, Profile, Sharers, clustered, compare, likeness, meetings, pairs, speak_against,
};

use super::made::style::Style;
use super::made::{self, Made};
use super::profiles;

/// Right and wrong ones among those that were found, and those to be found.
struct Found {
    right: usize,
    wrong: usize,
    all: usize,
}

impl Found {
    fn told(&self) -> String {
        let share = |part: usize, of: usize| if of == 0 { 1.0 } else { part as f64 / of as f64 };
        let precision = share(self.right, self.right + self.wrong);
        let recall = share(self.right, self.all);
        let f1 = share(2 * self.right, self.right + self.wrong + self.all);
        format!("F1 {f1:.3}  precision {precision:.3}  recall {recall:.3}  of {}", self.all)
    }
}

/// Seconds of processor time so far, and the memory that is held and the most that was, in MiB.
fn spent() -> (f64, u64, u64) {
    let stat = fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let after_name = stat.rsplit(')').next().unwrap_or_default();
    let ticks: f64 = after_name.split_whitespace().skip(11).take(2).filter_map(|ticks| ticks.parse::<f64>().ok()).sum();
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let memory = |name: &str| {
        let line = status.lines().find_map(|line| line.strip_prefix(name)).unwrap_or_default();
        line.split_whitespace().next().and_then(|kilobytes| kilobytes.parse::<u64>().ok()).unwrap_or_default() / 1024
    };
    (ticks / 100.0, memory("VmRSS:"), memory("VmHWM:"))
}

/// Prints what a scan of so many people of a style finds.
pub fn print(style: &Style, seed: u64, count: usize, show: usize) {
    let made = made::people(seed, count, style);
    let (start, before, _) = spent();
    let profiles = profiles(&made);
    let (normalised, kept, _) = spent();
    let census = Census::counted(profiles.iter().map(|(_, profile)| profile));
    let sharers = Sharers::counted(profiles.iter().map(|(_, profile)| profile));
    let scanned = pairs(&profiles, &census, &sharers, |_| {});
    let (done, _, most) = spent();
    println!("{} people, style {}, seed {seed}", made.len(), style.name);
    println!(
        "  normalised in {:.1} s of CPU, scanned in {:.1} s: {} pairs compared, {} kept; {} keys skipped ({} entries); memory {before} -> {kept} -> {most} MiB",
        normalised - start,
        done - normalised,
        scanned.compared,
        scanned.pairs.len(),
        scanned.skipped.keys,
        scanned.skipped.entries,
    );
    let mut sizes: HashMap<u32, usize> = HashMap::new();
    made.iter().for_each(|made| *sizes.entry(made.who).or_default() += 1);
    let all: usize = sizes.values().map(|size| size * (size - 1) / 2).sum();
    let is_one = |one: usize, other: usize| made[one].who == made[other].who;
    let likely: Vec<_> = scanned.pairs.iter().filter(|pair| pair.score >= LIKELY).collect();
    let right = likely.iter().filter(|pair| is_one(pair.one, pair.other)).count();
    println!("  pairs at {LIKELY}:    {}", Found { right, wrong: likely.len() - right, all }.told());
    for at in [0.4, 0.6, 0.8] {
        let these: Vec<_> = scanned.pairs.iter().filter(|pair| pair.score >= at).collect();
        let right = these.iter().filter(|pair| is_one(pair.one, pair.other)).count();
        println!("        at {at}:    {}", Found { right, wrong: these.len() - right, all }.told());
    }
    let joined: Vec<(usize, usize, f64)> = likely.iter().map(|pair| (pair.one, pair.other, pair.score)).collect();
    let against = |one: usize, other: usize| speak_against(&profiles[one].1, &profiles[other].1, &census, &sharers);
    let clusters = clustered(&joined, against);
    let (mut right, mut wrong) = (0, 0);
    for cluster in &clusters {
        for (at, one) in cluster.iter().enumerate() {
            for other in &cluster[at + 1..] {
                if is_one(*one, *other) { right += 1 } else { wrong += 1 }
            }
        }
    }
    println!("  in clusters:     {}", Found { right, wrong, all }.told());
    if count <= 200_000 {
        let mut met = 0;
        meetings(&profiles, |one, other| met += usize::from(is_one(one, other)));
        println!("  of the pairs to be found {:.3} share a key", met as f64 / all as f64);
        check(&made, &profiles);
    }
    if show > 0 {
        shown(&made, &profiles, &census, &sharers, show);
    }
}

/// How often somebody who is there already is found first when entered anew, and how often somebody is taken for one who is there.
fn check(made: &[Made], profiles: &[(uuid::Uuid, Profile)]) {
    let mut sizes: HashMap<u32, usize> = HashMap::new();
    made.iter().for_each(|made| *sizes.entry(made.who).or_default() += 1);
    let (mut seen, mut known, mut strangers) = (HashSet::new(), Vec::new(), Vec::new());
    for (at, made) in made.iter().enumerate() {
        if sizes[&made.who] > 1 && known.len() < 2_000 && seen.insert(made.who) {
            known.push(at);
        } else if sizes[&made.who] == 1 && strangers.len() < 2_000 {
            strangers.push(at);
        }
    }
    let out: HashSet<usize> = known.iter().chain(&strangers).copied().collect();
    let there = || profiles.iter().enumerate().filter(|(at, _)| !out.contains(at));
    let census = Census::counted(there().map(|(_, (_, profile))| profile));
    let sharers = Sharers::counted(there().map(|(_, (_, profile))| profile));
    let mut by_key: HashMap<i64, Vec<usize>> = HashMap::new();
    for (at, (_, profile)) in there() {
        profile.keys().into_iter().for_each(|key| by_key.entry(key).or_default().push(at));
    }
    let best = |new: usize| {
        let profile = &profiles[new].1;
        let keys = profile.keys();
        let met: HashSet<usize> = keys
            .iter()
            .filter_map(|key| by_key.get(key))
            .filter(|met| met.len() <= MOST_SHARING)
            .flatten()
            .copied()
            .collect();
        let mut scored: Vec<(f64, usize)> = met
            .into_iter()
            .filter_map(|at| Some((likeness(profile, &profiles[at].1, &census, &sharers)?, at)))
            .collect();
        scored.sort_by(|one, other| other.0.total_cmp(&one.0).then(one.1.cmp(&other.1)));
        scored.first().copied()
    };
    for least in [LIKELY, 0.4, KEPT] {
        let first = |new: &usize| best(*new).filter(|(score, _)| *score >= least).map(|(_, at)| at);
        let right = known.iter().filter(|new| first(new).is_some_and(|at| made[at].who == made[**new].who)).count();
        let wrong = strangers.iter().filter(|new| first(new).is_some()).count();
        println!(
            "  entered anew, at {least}: the right one first {:.3} of {}; false alarms {:.3} of {}",
            right as f64 / known.len() as f64,
            known.len(),
            wrong as f64 / strangers.len() as f64,
            strangers.len()
        );
    }
}

/// Some of what was missed and of what was found wrongly.
fn shown(made: &[Made], profiles: &[(uuid::Uuid, Profile)], census: &Census, sharers: &Sharers, show: usize) {
    let mut by_who: HashMap<u32, Vec<usize>> = HashMap::new();
    made.iter().enumerate().for_each(|(at, made)| by_who.entry(made.who).or_default().push(at));
    let mut met: HashSet<(usize, usize)> = HashSet::new();
    let mut wrong = Vec::new();
    meetings(profiles, |one, other| {
        if made[one].who == made[other].who {
            met.insert((one, other));
        } else if likeness(&profiles[one].1, &profiles[other].1, census, sharers).is_some_and(|score| score >= LIKELY) {
            wrong.push((one, other));
        }
    });
    let mut missed: Vec<(usize, usize)> = Vec::new();
    for at in by_who.values() {
        for (place, one) in at.iter().enumerate() {
            for other in &at[place + 1..] {
                let score = compare(&profiles[*one].1, &profiles[*other].1, census, sharers).score;
                if score < LIKELY || !met.contains(&(*one, *other)) {
                    missed.push((*one, *other));
                }
            }
        }
    }
    missed.sort_unstable();
    for (kind, pairs) in [("missed", &missed), ("wrong", &wrong)] {
        let step = (pairs.len() / show).max(1);
        for (one, other) in pairs.iter().step_by(step).take(show) {
            let comparison = compare(&profiles[*one].1, &profiles[*other].1, census, sharers);
            let is_met = met.contains(&(*one, *other));
            println!("{kind} {:.3}{}", comparison.score, if is_met || kind == "wrong" { "" } else { " (no key)" });
            for at in [one, other] {
                let p = &made[*at].person;
                let phones: Vec<&str> = p.phones.iter().map(|line| line.number.as_str()).collect();
                let places: Vec<String> = p
                    .addresses
                    .iter()
                    .map(|a| format!("{} {:?}, {} {:?}", a.street1, a.street2, a.city, a.postal_code))
                    .collect();
                let organizations: Vec<String> =
                    p.organizations.iter().map(|o| o.to_string()[..4].to_owned()).collect();
                println!(
                    "    {} / {} · {:?} · {phones:?} · {places:?} · {organizations:?} · {:?}",
                    p.first_name, p.last_name, p.emails, p.title
                );
            }
            let told: Vec<String> = comparison
                .evidence
                .iter()
                .map(|e| format!("{:?}:{} {:.1}", e.signal, e.basis.as_deref().unwrap_or(""), e.weight))
                .collect();
            println!("    {}", told.join("  "));
        }
    }
}
