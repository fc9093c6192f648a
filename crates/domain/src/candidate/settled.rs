//! Waiting until everybody is compared, and knowing when that will not come about by itself.

use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use sqlx::Row;

use super::writing::installation;
use crate::failure::Fault;
use crate::session::{Database, Sql};

/// How often it is looked whether anybody still waits.
const LOOK: Duration = Duration::from_millis(20);

/// Why not everybody is compared, and will not be without somebody's doing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Unsettled {
    /// The database failed.
    Fault(Fault),
    /// This process does not compare whoever changes, or has stopped to.
    NobodyCompares,
    /// So many changes could not be judged; the log says why. They are tried again after a while.
    LeftOut(usize),
    /// So many people are to be compared that somebody must ask for it: `liaison duplicates scan`.
    ScanIsDue,
}

impl fmt::Display for Unsettled {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Fault(fault) => fault.fmt(f),
            Self::NobodyCompares => write!(f, "nobody compares people in this process"),
            Self::LeftOut(changes) => write!(f, "{changes} changes could not be judged and were left out"),
            Self::ScanIsDue => write!(f, "everybody is to be compared; run \"liaison duplicates scan\""),
        }
    }
}

impl std::error::Error for Unsettled {}

impl From<Fault> for Unsettled {
    fn from(fault: Fault) -> Self {
        Self::Fault(fault)
    }
}

/// What is known of those who compare in this process.
#[derive(Clone, Debug, Default)]
pub(crate) struct Comparers(Arc<Mutex<Standing>>);

#[derive(Clone, Debug, Default)]
struct Standing {
    workers: usize,
    /// The places in the queue of those who are stepped over.
    left_out: Vec<i64>,
    is_scan_due: bool,
}

impl Comparers {
    /// Somebody begins to compare, until what it is given is dropped.
    pub(super) fn begin(&self) -> AtWork {
        self.standing().workers += 1;
        AtWork(self.clone())
    }

    fn standing(&self) -> MutexGuard<'_, Standing> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Somebody compares. Dropped, however that comes, it does so no more.
pub(super) struct AtWork(Comparers);

impl AtWork {
    /// Tells who is stepped over, and whether a scan must be asked for.
    pub fn tell(&self, left_out: &[i64], is_scan_due: bool) {
        let mut standing = self.0.standing();
        standing.left_out = left_out.to_vec();
        standing.is_scan_due = is_scan_due;
    }
}

impl Drop for AtWork {
    fn drop(&mut self) {
        let mut standing = self.0.standing();
        standing.workers -= 1;
        if standing.workers == 0 {
            *standing = Standing::default();
        }
    }
}

/// Comes back when everybody who changed before has been compared, by whichever server, and says so when that does not come about by itself.
/// It is for processes that compare: of others nobody knows how they get on.
pub async fn settled(database: &Database) -> Result<(), Unsettled> {
    loop {
        // Before the look: whoever has compared everybody and ended meanwhile has nobody waiting.
        let Standing { workers, left_out, is_scan_due } = database.comparers().standing().clone();
        let mut sql = Sql::new(
            "SELECT (SELECT count(*) FROM duplicate_stale) AS waiting, EXISTS (SELECT FROM duplicate_stale WHERE turn <> ALL(",
        );
        sql.push_bind(left_out)
            .push(")) AS is_anybody_left, EXISTS (SELECT FROM duplicate_census WHERE is_scan_due) AS is_scan_due");
        let reader = database.reader(&installation());
        let rows = reader.fetch(sql).await;
        reader.let_go().await;
        let rows = rows?;
        let row = rows.first().ok_or_else(|| Fault::Internal("a count has no row".to_owned()))?;
        let waiting: i64 = row.try_get("waiting").map_err(Fault::from)?;
        let is_anybody_left: bool = row.try_get("is_anybody_left").map_err(Fault::from)?;
        let is_due: bool = row.try_get("is_scan_due").map_err(Fault::from)?;
        match (waiting, is_due) {
            (0, false) => return Ok(()),
            _ if workers == 0 => return Err(Unsettled::NobodyCompares),
            (_, true) if is_scan_due => return Err(Unsettled::ScanIsDue),
            (_, false) if !is_anybody_left => {
                return Err(Unsettled::LeftOut(usize::try_from(waiting).unwrap_or(usize::MAX)));
            }
            _ => tokio::time::sleep(LOOK).await,
        }
    }
}
