//! A pair as its row in the list tells it.

use uuid::Uuid;

use super::{fingerprint, pair_id};
use crate::duplicate::{Census, Profile, Sharers, compare};
use crate::failure::Fault;

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

/// What stands in both of two sorted lists.
pub(super) fn common(one: &[i64], other: &[i64]) -> Vec<i64> {
    one.iter().filter(|key| other.binary_search(key).is_ok()).copied().collect()
}
