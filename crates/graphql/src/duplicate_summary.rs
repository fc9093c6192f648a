//! How many duplicates there are. The numbers are the domain's.

use async_graphql::{Context, Object, Result, SimpleObject};
use chrono::{DateTime, Utc};
use liaison_domain::candidate::{self, Band, Figures, Summary};

use crate::context::Request;
use crate::error;

/// How many duplicates there are.
pub struct DuplicateSummary(Summary);

/// The duplicates of the whole directory as they are known now (US-3): the metric is `rate`, which should stay below 0.05.
#[Object]
impl DuplicateSummary {
    /// Contacts that are not archived.
    async fn contacts(&self) -> i64 {
        self.0.contacts
    }

    /// Pairs that nobody has decided about, of whatever score.
    async fn open_pairs(&self) -> i64 {
        self.0.open
    }

    /// Open pairs that are likely one person: with a score of 0.5 and more.
    async fn likely_pairs(&self) -> i64 {
        self.0.likely
    }

    /// Pairs of which somebody said that they are two persons.
    async fn dismissed_pairs(&self) -> i64 {
        self.0.dismissed
    }

    /// Open pairs by score, the lowest band first.
    async fn bands(&self) -> Vec<DuplicateBand> {
        let band = |band: &Band| DuplicateBand { from_score: band.from, until_score: band.to, pairs: band.pairs };
        self.0.bands.iter().map(band).collect()
    }

    /// Contacts of whom a likely duplicate is known.
    async fn contacts_with_duplicates(&self) -> i64 {
        self.0.persons
    }

    /// Contacts that are one too many: of each group who are likely one person all but one.
    async fn surplus_contacts(&self) -> i64 {
        self.0.surplus
    }

    /// `surplusContacts` as a part of `contacts`, between 0 and 1.
    async fn rate(&self) -> f64 {
        self.0.rate
    }

    /// Changes of contacts that wait to be compared; in a moment it is 0, but for those that come while everybody is compared.
    async fn waiting_changes(&self) -> i64 {
        self.0.waiting
    }

    /// Whether everybody has to be compared before the numbers mean anything: run `liaison duplicates scan`, beside a running server too.
    async fn is_scan_due(&self) -> bool {
        self.0.is_scan_due
    }

    /// Whether everybody is being compared just now; the numbers follow as it goes on.
    async fn is_scan_under_way(&self) -> bool {
        self.0.is_scan_under_way
    }

    /// How far the comparison of everybody has come that is under way; null without one, and in its first moments, until it is known who is there.
    async fn scan_progress(&self) -> Option<DuplicateScanProgress> {
        self.0.scan.map(|scan| DuplicateScanProgress { compared: scan.compared, total: scan.total })
    }

    /// When it was counted how common names are in this directory; null while the world's figures hold.
    async fn names_counted_at(&self) -> Option<DateTime<Utc>> {
        self.0.counted_at
    }

    /// When everybody was last compared; null when that never was.
    async fn scanned_at(&self) -> Option<DateTime<Utc>> {
        self.0.scanned_at
    }

    /// What the last scan came to; null when there was none.
    async fn last_scan(&self) -> Option<DuplicateScan> {
        self.0.last_scan.as_ref().map(Into::into)
    }
}

/// Open pairs with scores of one band.
#[derive(SimpleObject)]
pub struct DuplicateBand {
    /// The lowest score of the band.
    from_score: f64,
    /// The score at which the next band begins; 1 belongs to the last one.
    until_score: f64,
    /// How many pairs.
    pairs: i64,
}

/// How far a scan over everybody has come. What it finds is written at the end, while `compared` is `total` already.
#[derive(SimpleObject)]
pub struct DuplicateScanProgress {
    /// Contacts that are compared with all who have something in common with them.
    compared: i64,
    /// All contacts that it compares.
    total: i64,
}

/// What a scan over everybody came to.
#[derive(SimpleObject)]
pub struct DuplicateScan {
    /// Contacts that were compared.
    contacts: u64,
    /// Pairs that were compared: those who have something in common.
    compared_pairs: u64,
    /// Pairs that were worth keeping.
    found_pairs: u64,
    /// Values and parts of names that so many have in common that nobody was compared because of them alone.
    skipped_keys: u64,
    /// So many contacts may have one in common before it is skipped.
    most_sharing: u64,
    /// How many have the commonest of the skipped ones in common.
    commonest: u64,
    /// How long it took, in milliseconds.
    milliseconds: u64,
}

impl From<&Figures> for DuplicateScan {
    fn from(of: &Figures) -> Self {
        Self {
            contacts: of.contacts,
            compared_pairs: of.compared,
            found_pairs: of.found,
            skipped_keys: of.skipped_keys,
            most_sharing: of.most_sharing,
            commonest: of.commonest,
            milliseconds: of.milliseconds,
        }
    }
}

/// The duplicates as they are known, for those who may merge.
pub async fn of(context: &Context<'_>) -> Result<DuplicateSummary> {
    let reader = Request::of(context).reader()?;
    candidate::summary(reader).await.map(DuplicateSummary).map_err(error::of_failure)
}
