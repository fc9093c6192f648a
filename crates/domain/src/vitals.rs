//! How the installation as a whole gets on, for whoever runs it: numbers over all organizations, by which nobody can be known. They are no
//! tenant's, so no query tells them.

use chrono::{DateTime, Utc};
use sqlx::Row;

use crate::candidate::{self, Summary};
use crate::failure::{Failure, Fault};
use crate::session::{Database, Reader, Sql};
use crate::viewer::Viewer;

/// What the database tells of the installation.
#[derive(Clone, Debug, PartialEq)]
pub struct Vitals {
    /// The duplicates, as `duplicateSummary` tells them.
    pub duplicates: Summary,
    /// The log, and whether the tables are where it is.
    pub log: Log,
    /// What is written and does not reach followers yet.
    pub held_back: HeldBack,
}

/// The log as a whole, and the tables beside it.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Log {
    /// How many entries it has.
    pub events: i64,
    /// When the last one was recorded.
    pub last_recorded_at: Option<DateTime<Utc>>,
    /// Of the contacts and organizations that the last entries are about, those whose rows do not have what the log says. A row is written
    /// with its entry: this is 0 unless something broke, and `liaison rebuild` mends it.
    pub rows_behind: i64,
}

/// So many of the last entries are held against the tables.
const HELD_AGAINST_TABLES: i64 = 1_000;

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
    let (log, held_back) = (log(reader).await?, held_back(reader).await?);
    Ok(Vitals { duplicates: candidate::summary(reader).await?, log, held_back })
}

async fn log(reader: &Reader) -> Result<Log, Fault> {
    let mut sql = Sql::new(
        "WITH newest AS (
           SELECT e.stream_type, e.stream_id, e.stream_version, e.recorded_at FROM domain_events e
           ORDER BY e.epoch DESC, e.xid DESC, e.seq DESC LIMIT ",
    );
    sql.push_bind(HELD_AGAINST_TABLES).push(
        "), told AS (SELECT stream_type, stream_id, max(stream_version) AS version FROM newest GROUP BY stream_type, stream_id)
         SELECT (SELECT count(*) FROM domain_events) AS events, (SELECT max(recorded_at) FROM newest) AS last_recorded_at,
                count(*) AS rows_behind FROM told
         LEFT JOIN contacts_projection c ON told.stream_type = 'contact' AND c.id = told.stream_id
         LEFT JOIN organizations_projection o ON told.stream_type = 'organization' AND o.id = told.stream_id
         WHERE told.stream_type IN ('contact', 'organization') AND coalesce(c.version, o.version, 0) < told.version",
    );
    let rows = reader.fetch(sql).await?;
    let row = rows.first().ok_or_else(|| Fault::Internal("a count has no row".to_owned()))?;
    Ok(Log {
        events: row.try_get("events")?,
        last_recorded_at: row.try_get("last_recorded_at")?,
        rows_behind: row.try_get("rows_behind")?,
    })
}

async fn held_back(reader: &Reader) -> Result<HeldBack, Fault> {
    let sql = "SELECT count(*) AS events,
                      coalesce(greatest(extract(epoch FROM clock_timestamp() - min(recorded_at)), 0), 0)::float8 AS seconds
               FROM domain_events
               WHERE epoch = (SELECT last.epoch FROM domain_events last ORDER BY last.epoch DESC, last.xid DESC, last.seq DESC LIMIT 1)
                 AND xid >= pg_snapshot_xmin(pg_current_snapshot())";
    let rows = reader.fetch(Sql::new(sql)).await?;
    let row = rows.first().ok_or_else(|| Fault::Internal("a count has no row".to_owned()))?;
    Ok(HeldBack { events: row.try_get("events")?, seconds: row.try_get("seconds")? })
}
