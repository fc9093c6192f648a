//! Pairs of contacts that may be one person, in the database: what people are compared by is kept beside them (`keep`), whoever is made is
//! compared with those who are there (`near`), and what somebody said of a pair holds until the evidence changes (`dismiss`). Whoever
//! changes is compared anew by a server's `worker`, everybody by a `scan`; both come to the same pairs. How alike two are is `duplicate`'s
//! matter. Nothing here ever merges anybody.

mod among;
mod batch;
mod census;
mod dismiss;
mod found;
mod groups;
mod judging;
pub(crate) mod keep;
mod listed;
mod near;
mod scan;
mod settled;
mod summary;
mod told;
mod weighing;
mod worker;
mod writing;

use chrono::{DateTime, Utc};
use liaison_entity::values::DuplicateState;
use uuid::Uuid;

pub use among::{Compared, among};
pub(crate) use census::Counted;
pub(crate) use dismiss::apply_dismissed;
pub use dismiss::{DISMISSED, Dismiss};
pub(crate) use groups::Grouped;
pub use listed::{Listed, ListedPair, list_all};
pub use near::{check, of_contacts};
pub use scan::{Namesakes, Progress, Report, scan};
pub(crate) use settled::Comparers;
pub use settled::{Unsettled, settled};
pub use summary::{Band, Figures, ScanProgress, Summary, summary};
pub use worker::{CONNECTION, FEW, Worker, work_off};

use crate::duplicate::{Evidence, Profile, facts};
use crate::failure::Fault;
pub use crate::reading::{
    CandidateFilter, CandidateOrder, CandidateQuery, candidates as list, candidates_by_ids as by_ids,
    count_candidates as count, likely_of,
};

/// Somebody who may be the person that was asked about.
#[derive(Clone, Debug, PartialEq)]
pub struct Likely {
    /// Who.
    pub contact_id: Uuid,
    /// How likely, between [`crate::duplicate::LIKELY`] and 1.
    pub score: f64,
    /// What speaks for and against; the weights add up to the score's log-odds. `one` is what stands at the person asked about, `other` what
    /// stands at this one.
    pub evidence: Vec<Evidence>,
}

/// Two contacts that may be one person.
#[derive(Clone, Debug, PartialEq)]
pub struct Candidate {
    /// That of the pair: the same whenever it is found.
    pub id: Uuid,
    /// The one whose id is the smaller.
    pub contact_id: Uuid,
    /// The other one.
    pub other_contact_id: Uuid,
    /// How likely, between 0 and 1.
    pub score: f64,
    /// What speaks for and against; `one` stands at `contact_id`, `other` at `other_contact_id`.
    pub evidence: Vec<Evidence>,
    /// Which rules found it.
    pub rule_set_version: i32,
    /// What became of it.
    pub state: DuplicateState,
    /// When it was first found.
    pub found_at: DateTime<Utc>,
    /// When somebody said that they are two persons, while that holds.
    pub dismissed_at: Option<DateTime<Utc>>,
    /// The login that said so.
    pub dismissed_by: Option<String>,
    /// Why.
    pub dismiss_reason: Option<String>,
    /// How often somebody said that they are two persons.
    pub version: i32,
}

/// What the ids of pairs are made under.
const PAIRS: Uuid = Uuid::from_u128(0x6c69_6169_736f_4e20_a4c0_7061_6972_2e31);

/// The two in the order in which a pair names them.
pub fn ordered(one: Uuid, other: Uuid) -> (Uuid, Uuid) {
    if one < other { (one, other) } else { (other, one) }
}

/// The id of a pair, whichever of the two stands first.
pub fn pair_id(one: Uuid, other: Uuid) -> Uuid {
    let (one, other) = ordered(one, other);
    Uuid::new_v5(&PAIRS, &[one.into_bytes(), other.into_bytes()].concat())
}

/// What two contacts say for and against each other, as one number: of the values and of what was found of them, and not of how common
/// they are, so that it stays the same until one of the two changes in something that is compared. `one` is whose id is the smaller.
pub fn fingerprint(one: &Profile, other: &Profile) -> i64 {
    let mut text = String::new();
    for (signal, level, [one, other]) in facts(one, other) {
        text.push_str(&format!("{signal:?}\0{one:?}\0{other:?}\0{level}\n"));
    }
    let mut hash = fnv::FnvHasher::default();
    std::hash::Hasher::write(&mut hash, text.as_bytes());
    std::hash::Hasher::finish(&hash).cast_signed()
}

/// As [`fingerprint`], of what everybody knows who sees the two.
pub(crate) fn seen_fingerprint(one: &Profile, other: &Profile) -> i64 {
    fingerprint(&one.clone().as_seen_by(None), &other.clone().as_seen_by(None))
}

/// Works out what needs no database where nobody waits for it: a few hundred changes mean tens of thousands of comparisons, and the threads that
/// requests are answered on are few.
async fn aside<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Result<T, Fault> {
    let done = tokio::task::spawn_blocking(work).await;
    done.map_err(|error| Fault::Internal(format!("people could not be compared: {error}")))
}

/// The evidence as the other of the two tells it.
pub(crate) fn flipped(evidence: Vec<Evidence>) -> Vec<Evidence> {
    evidence.into_iter().map(|line| Evidence { one: line.other, other: line.one, ..line }).collect()
}
