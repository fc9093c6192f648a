//! Which values' sharers a comparison reads, so that whoever compares a few need not count all.

use super::Profile;

/// The marks whose sharers count between these two, in any order and perhaps twice.
pub fn counted(one: &Profile, other: &Profile) -> Vec<i64> {
    let mut marks = Vec::new();
    for a in &one.emails {
        marks.extend(other.emails.iter().filter(|b| a.address == b.address).map(|_| a.mark()));
    }
    for a in &one.phones {
        marks.extend(other.phones.iter().filter(|b| a.is_same(b)).flat_map(|b| [a.mark(), b.mark()]));
    }
    for a in &one.places {
        let same = other.places.iter().filter(|b| a.street == b.street && a.house == b.house);
        marks.extend(same.flat_map(|b| [a.mark(), b.mark()]).flatten());
    }
    marks
}
