//! How the installation as a whole gets on, for whoever runs it: numbers over all organizations, by which nobody can be known. They are no
//! tenant's, so no query tells them.

use sqlx::{QueryBuilder, Row};

use crate::candidate::{self, Summary};
use crate::failure::{Failure, Fault};
use crate::session::{Database, Reader};
use crate::viewer::Viewer;

/// What the database tells of the installation.
#[derive(Clone, Debug, PartialEq)]
pub struct Vitals {
    /// The duplicates, as `duplicateSummary` tells them.
    pub duplicates: Summary,
    /// What is written and does not reach followers yet.
    pub held_back: HeldBack,
}

/// Entries of the log above the horizon: committed, but an older transaction is under way, so that followers wait.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct HeldBack {
    /// How many.
    pub events: i64,
    /// For how long the oldest of them has waited.
    pub seconds: f64,
}

/// Reads them. It looks at every pair that may be one person: not a thing to do all the time.
pub async fn vitals(database: &Database) -> Result<Vitals, Failure> {
    let reader = database.reader(&Viewer::installation("metrics"));
    let read = read(&reader).await;
    reader.let_go().await;
    read
}

async fn read(reader: &Reader) -> Result<Vitals, Failure> {
    let held_back = held_back(reader).await?;
    Ok(Vitals { duplicates: candidate::summary(reader).await?, held_back })
}

async fn held_back(reader: &Reader) -> Result<HeldBack, Fault> {
    let sql = "SELECT count(*) AS events,
                      coalesce(greatest(extract(epoch FROM clock_timestamp() - min(recorded_at)), 0), 0)::float8 AS seconds
               FROM domain_events
               WHERE epoch = (SELECT last.epoch FROM domain_events last ORDER BY last.epoch DESC, last.xid DESC, last.seq DESC LIMIT 1)
                 AND xid >= pg_snapshot_xmin(pg_current_snapshot())";
    let rows = reader.fetch(QueryBuilder::new(sql)).await?;
    let row = rows.first().ok_or_else(|| Fault::Internal("a count has no row".to_owned()))?;
    Ok(HeldBack { events: row.try_get("events")?, seconds: row.try_get("seconds")? })
}
