//! The score: the weights of the levels that hold, added up, and told one by one.

use super::levels::{Found, found};
use super::signal::{Comparison, Evidence, Signal};
use super::weights::TABLE;
use super::{Census, KEPT, Profile, Sharers, telling};

/// The log-odds below which two contradict each other, one in fifty.
const CONTRADICTS: f64 = -3.9;

fn weight(found: &Found, signal: Signal) -> f64 {
    TABLE[signal as usize].1[found.levels.of(signal)]
}

fn score(found: &Found) -> f64 {
    let odds: f64 = Signal::ALL.into_iter().map(|signal| weight(found, signal)).sum();
    1.0 / (1.0 + (-odds).exp())
}

/// How alike two contacts are, with every reason. The same whichever stands first, but for which value is told first.
pub fn compare(one: &Profile, other: &Profile, census: &Census, sharers: &Sharers) -> Comparison {
    let found = found(one, other, census, sharers);
    let evidence = Signal::ALL.into_iter().filter_map(|signal| told(&found, signal, one, other)).collect();
    Comparison { score: score(&found), evidence }
}

/// The score alone, where it is worth keeping (`KEPT`): what a scan and a check ask of thousands of pairs. It is `compare`'s.
pub fn likeness(one: &Profile, other: &Profile, census: &Census, sharers: &Sharers) -> Option<f64> {
    let score = score(&found(one, other, census, sharers));
    (score >= KEPT).then_some(score)
}

/// Whether they speak against each other: what is there contradicts, beyond that little agrees. The guard of `clustered`.
pub fn speak_against(one: &Profile, other: &Profile, census: &Census, sharers: &Sharers) -> bool {
    let found = found(one, other, census, sharers);
    let told = Signal::ALL.into_iter().filter(|signal| *signal != Signal::NameAlone);
    told.map(|signal| weight(&found, signal)).sum::<f64>() < CONTRADICTS
}

/// A signal with its values. What weighs nothing, or was not there to be compared, is not told.
fn told(found: &Found, signal: Signal, one: &Profile, other: &Profile) -> Option<Evidence> {
    let weight = weight(found, signal);
    if weight == 0.0 {
        return None;
    }
    let [first, second] = telling::values(found, signal, one, other);
    Some(Evidence { signal, weight, one: first, other: second, basis: Some(telling::basis(found, signal)) })
}

/// What two say for and against each other as facts: which signals weigh, by which level, of which values, whatever it is called. Where
/// they work is told by the level alone.
pub fn facts(one: &Profile, other: &Profile) -> Vec<(Signal, &'static str, [Option<String>; 2])> {
    let found = found(one, other, &Census::default(), &Sharers::default());
    let weighs = Signal::ALL.into_iter().filter(|signal| weight(&found, *signal) != 0.0);
    let fact = |signal| match signal {
        Signal::Organization => (signal, telling::level(&found, signal), [None, None]),
        _ => (signal, telling::level(&found, signal), telling::values(&found, signal, one, other)),
    };
    weighs.map(fact).collect()
}
