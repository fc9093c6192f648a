//! How many duplicates there are: what stands in the list of pairs, added up. The numbers span tenants and are `super_admin`'s alone.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use sqlx::Row;
use sqlx::types::Json;

use super::groups::ListState;
use super::scan::SCANS;
use crate::access::{self, Action};
use crate::duplicate::{KEPT, LIKELY, MOST_SHARING};
use crate::failure::{Failure, Fault};
use crate::session::{Reader, Sql, push_is_taken};

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
    /// Records that are one too many: of each group of likely duplicates, in which nobody contradicts anybody, all but one.
    pub surplus: i64,
    /// `surplus` as a part of `contacts`, between 0 and 1; 0 where there is nobody.
    pub rate: f64,
    /// Changes that wait to be compared.
    pub waiting: i64,
    /// Whether the whole directory must be compared before the numbers mean anything.
    pub is_scan_due: bool,
    /// Whether a scan is under way, on whichever machine.
    pub is_scan_under_way: bool,
    /// How far it has come; `None` without one, and until it has read who is there.
    pub scan: Option<ScanProgress>,
    /// When names were counted in this directory; without it, the world's figures hold.
    pub counted_at: Option<DateTime<Utc>>,
    /// When the last scan ended.
    pub scanned_at: Option<DateTime<Utc>>,
    /// What it told.
    pub last_scan: Option<Figures>,
}

/// How far a scan has come that is under way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ScanProgress {
    /// People who are compared with all whom they meet.
    pub compared: i64,
    /// Everybody whom it compares.
    pub total: i64,
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
    let mut sql = Sql::new(
        "SELECT (SELECT count(*) FROM contacts_projection WHERE deleted_at IS NULL) AS contacts,
                (SELECT count(*) FROM duplicate_stale) AS waiting,
                generation, is_scan_due, counted_at, scanned_at, figures, scan_compared, scan_total, ",
    );
    push_is_taken(&mut sql, &format!("'{SCANS}'"));
    sql.push(
        " AS is_scanning, pairs.* FROM duplicate_census CROSS JOIN (
           SELECT count(*) FILTER (WHERE state = 'open') AS open, count(*) FILTER (WHERE state = 'dismissed') AS dismissed,
                  bit_xor(hashtextextended(id::text || state || score, 0)) AS fingerprint",
    );
    for (at, (from, to)) in ends().enumerate() {
        sql.push(format_args!(", count(*) FILTER (WHERE state = 'open' AND score >= {from:?}"));
        if to < 1.0 {
            sql.push(format_args!(" AND score < {to:?}"));
        }
        sql.push(format_args!(") AS band_{at}"));
    }
    sql.push(" FROM duplicate_candidates) AS pairs");
    let rows = reader.fetch(sql).await?;
    let row = rows.first().ok_or_else(|| Fault::Internal("the census has no row".to_owned()))?;
    let mut bands = Vec::with_capacity(BANDS.len());
    for (at, (from, to)) in ends().enumerate() {
        bands.push(Band { from, to, pairs: row.try_get(format!("band_{at}").as_str())? });
    }
    let state = ListState {
        generation: row.try_get("generation")?,
        pairs: row.try_get::<Option<i64>, _>("fingerprint")?.unwrap_or_default(),
        counted_at: row.try_get("counted_at")?,
    };
    let groups = reader.database().groups().of(reader, state).await?;
    let contacts: i64 = row.try_get("contacts")?;
    let is_scan_under_way: bool = row.try_get("is_scanning")?;
    let known: Option<i64> = row.try_get("scan_compared")?;
    let scan = match (known.filter(|_| is_scan_under_way), row.try_get("scan_total")?) {
        (Some(compared), Some(total)) => Some(ScanProgress { compared, total }),
        _ => None,
    };
    let figures: Option<Json<Figures>> = row.try_get("figures")?;
    Ok(Summary {
        contacts,
        open: row.try_get("open")?,
        likely: bands.iter().filter(|band| band.from >= LIKELY).map(|band| band.pairs).sum(),
        dismissed: row.try_get("dismissed")?,
        bands,
        persons: groups.persons,
        surplus: groups.surplus,
        rate: if contacts == 0 { 0.0 } else { groups.surplus as f64 / contacts as f64 },
        waiting: row.try_get("waiting")?,
        is_scan_due: row.try_get("is_scan_due")?,
        is_scan_under_way,
        scan,
        counted_at: state.counted_at,
        scanned_at: row.try_get("scanned_at")?,
        last_scan: figures.map(|Json(figures)| figures),
    })
}

/// Where each band begins and ends.
fn ends() -> impl Iterator<Item = (f64, f64)> {
    BANDS.into_iter().zip(BANDS.into_iter().skip(1).chain([1.0]))
}
