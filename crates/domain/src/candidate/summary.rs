//! How many duplicates there are: what stands in the list of pairs, added up. The numbers span tenants and are `super_admin`'s alone.

use std::collections::{BTreeSet, HashSet};

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use sqlx::types::Json;
use sqlx::{QueryBuilder, Row};
use uuid::Uuid;

use super::ordered;
use crate::access::{self, Action};
use crate::duplicate::{KEPT, LIKELY, MOST_SHARING, clustered};
use crate::failure::{Failure, Fault};
use crate::session::Reader;

/// Where the bands of scores begin, the lowest first. The last one ends with 1.
const BANDS: [f64; 4] = [KEPT, LIKELY, 0.7, 0.9];

/// The duplicates of the whole directory, as they are known now.
#[derive(Clone, Debug, PartialEq)]
pub struct Summary {
    /// People in the directory; who is archived does not count.
    pub contacts: i64,
    /// Pairs that nobody has decided about, of whatever score.
    pub open: i64,
    /// Open pairs that are likely one person ([`LIKELY`] and more).
    pub likely: i64,
    /// Pairs that somebody said are two persons.
    pub dismissed: i64,
    /// Open pairs by their scores, the lowest band first.
    pub bands: Vec<Band>,
    /// People of whom a likely duplicate is known.
    pub persons: i64,
    /// Records that are one too many: of each group of likely duplicates, in which nobody speaks against anybody, all but one.
    pub surplus: i64,
    /// `surplus` as a part of `contacts`, between 0 and 1; 0 where there is nobody.
    pub rate: f64,
    /// Changes that wait to be compared.
    pub waiting: i64,
    /// Whether the whole directory must be compared before the numbers mean anything.
    pub is_scan_due: bool,
    /// When names were counted in this directory; without it, the world's figures hold.
    pub counted_at: Option<DateTime<Utc>>,
    /// When the last scan ended.
    pub scanned_at: Option<DateTime<Utc>>,
    /// What it told.
    pub last_scan: Option<Figures>,
}

/// Open pairs with scores from `from` on and below `to`; the last band has 1 too.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Band {
    /// The lowest score.
    pub from: f64,
    /// The score at which the next band begins.
    pub to: f64,
    /// How many pairs.
    pub pairs: i64,
}

/// What a scan came to.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Figures {
    /// People who were compared.
    pub contacts: u64,
    /// Pairs that were compared: two who share a key are compared once.
    pub compared: u64,
    /// Pairs that were worth keeping.
    pub found: u64,
    /// Keys that were skipped because more people share one than `most_sharing`.
    pub skipped_keys: u64,
    /// How often somebody met nobody under such a key: the sum of those who share each.
    pub skipped_entries: u64,
    /// How many share the commonest of them.
    pub commonest: u64,
    /// More sharers than these say nothing about who somebody is.
    pub most_sharing: u64,
    /// How long it took, in milliseconds.
    pub milliseconds: u64,
}

impl Figures {
    /// The figures before anybody is compared.
    pub(super) fn begin() -> Self {
        Self { most_sharing: MOST_SHARING as u64, ..Self::default() }
    }
}

/// The duplicates as they are known in a reader's snapshot. FORBIDDEN for whoever may not merge.
pub async fn summary(reader: &Reader) -> Result<Summary, Failure> {
    access::allow(reader.viewer(), Action::Merge)?;
    let rows = reader
        .fetch(QueryBuilder::new(
            "SELECT (SELECT count(*) FROM contacts_projection WHERE deleted_at IS NULL) AS contacts,
                    (SELECT count(*) FROM duplicate_candidates WHERE state = 'dismissed') AS dismissed,
                    (SELECT count(*) FROM duplicate_stale) AS waiting,
                    is_scan_due, counted_at, scanned_at, figures FROM duplicate_census",
        ))
        .await?;
    let row = rows.first().ok_or_else(|| Fault::Internal("the census has no row".to_owned()))?;
    let pairs = open_pairs(reader).await?;
    let likely: Vec<(Uuid, Uuid, f64)> = pairs.iter().copied().filter(|(.., score)| *score >= LIKELY).collect();
    let surplus = count(surplus(&pairs, &likely));
    let contacts: i64 = row.try_get("contacts")?;
    let figures: Option<Json<Figures>> = row.try_get("figures")?;
    let persons: HashSet<Uuid> = likely.iter().flat_map(|(one, other, _)| [*one, *other]).collect();
    Ok(Summary {
        contacts,
        open: count(pairs.len()),
        likely: count(likely.len()),
        dismissed: row.try_get("dismissed")?,
        bands: bands(&pairs),
        persons: count(persons.len()),
        surplus,
        rate: if contacts == 0 { 0.0 } else { surplus as f64 / contacts as f64 },
        waiting: row.try_get("waiting")?,
        is_scan_due: row.try_get("is_scan_due")?,
        counted_at: row.try_get("counted_at")?,
        scanned_at: row.try_get("scanned_at")?,
        last_scan: figures.map(|Json(figures)| figures),
    })
}

fn count(of: usize) -> i64 {
    i64::try_from(of).unwrap_or(i64::MAX)
}

async fn open_pairs(reader: &Reader) -> Result<Vec<(Uuid, Uuid, f64)>, Fault> {
    let sql = "SELECT contact_id, other_contact_id, score FROM duplicate_candidates WHERE state = 'open'";
    let rows = reader.fetch(QueryBuilder::new(sql)).await?;
    let read = |row: &sqlx::postgres::PgRow| Ok((row.try_get(0)?, row.try_get(1)?, row.try_get(2)?));
    rows.iter().map(read).collect()
}

fn bands(pairs: &[(Uuid, Uuid, f64)]) -> Vec<Band> {
    let ends = BANDS.into_iter().skip(1).chain([f64::INFINITY]);
    let band = |(from, end): (f64, f64)| {
        let pairs = count(pairs.iter().filter(|(.., score)| (from..end).contains(score)).count());
        Band { from, to: end.min(1.0), pairs }
    };
    BANDS.into_iter().zip(ends).map(band).collect()
}

/// How many records are one too many. Two whom no open pair ties, because they are hardly alike or were said to be two persons, are never
/// taken for one, however many stand between them.
fn surplus(open: &[(Uuid, Uuid, f64)], likely: &[(Uuid, Uuid, f64)]) -> usize {
    let tied: BTreeSet<(Uuid, Uuid)> = open.iter().map(|(one, other, _)| ordered(*one, *other)).collect();
    let clusters = clustered(likely, |one, other| !tied.contains(&ordered(one, other)));
    clusters.iter().map(|cluster| cluster.len() - 1).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_a_group_all_but_one_are_too_many_and_nobody_is_one_with_whom_it_is_not_tied_to() {
        let [a, b, c, d] = [1, 2, 3, 4].map(Uuid::from_u128);
        let pairs = [(a, b, 0.9), (b, c, 0.8), (a, c, 0.4)];
        assert_eq!(surplus(&pairs, &pairs[..2]), 2, "a weak tie does not keep them apart");
        assert_eq!(surplus(&pairs[..2], &pairs[..2]), 1, "the first and the third are two persons");
        assert_eq!(surplus(&[(a, b, 0.9), (c, d, 0.9)], &[(a, b, 0.9), (c, d, 0.9)]), 2);
        assert_eq!(surplus(&[], &[]), 0);
    }

    #[test]
    fn every_score_is_in_one_band() {
        let [a, b] = [1, 2].map(Uuid::from_u128);
        let pairs: Vec<_> = [0.3, 0.49, 0.5, 0.7, 0.899, 0.9, 1.0].map(|score| (a, b, score)).into();
        let counted: Vec<_> = bands(&pairs).iter().map(|band| band.pairs).collect();
        assert_eq!(counted, [2, 1, 2, 2]);
    }
}
