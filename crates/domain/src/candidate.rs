//! Pairs of contacts that may be one person, in the database.

mod judging;
mod scan;
mod summary;
mod worker;
mod writing;

use uuid::Uuid;

use crate::duplicate::{Census, Evidence, Profile, Sharers, compare};

pub use scan::{Namesakes, Progress, Report, scan};
pub use summary::{Band, Figures, Summary, summary};
pub use worker::{CONNECTION, FEW, Worker, settled, work_off};

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

/// What two contacts say for and against each other, as one number.
pub fn fingerprint(one: &Profile, other: &Profile) -> i64 {
    let compared = compare(one, other, &Census::default(), &Sharers::default());
    let mut text = String::new();
    for Evidence { signal, one, other, basis, .. } in &compared.evidence {
        text.push_str(&format!("{signal:?}\0{one:?}\0{other:?}\0{basis:?}\n"));
    }
    let mut hash = fnv::FnvHasher::default();
    std::hash::Hasher::write(&mut hash, text.as_bytes());
    std::hash::Hasher::finish(&hash).cast_signed()
}
