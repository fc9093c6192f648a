//! What the installation reads of everybody, for work that no organization's sight bounds, such as finding duplicates: one snapshot with the
//! projector's rights, which can write nothing. No request reads through it.

use std::sync::Arc;
use std::time::Duration;

use sqlx::Row;
use sqlx::postgres::PgRow;

use super::claims::Claims;
use super::turn::TURNS;
use super::{Database, Sql, Transaction};
use crate::failure::Fault;
use crate::viewer::Viewer;

/// How long a connection of those who work apart may rest until it is closed.
const RESTS: Duration = Duration::from_secs(30);

/// Everybody, at one moment.
pub(crate) struct Survey(Transaction);

impl Survey {
    /// Runs one statement in the snapshot.
    pub async fn fetch(&self, sql: Sql) -> Result<Vec<PgRow>, Fault> {
        Ok(self.0.fetch(sql).await?)
    }

    /// Takes the turn of this name until the snapshot ends, unless somebody has it.
    pub async fn take_turn(&self, name: &str) -> Result<bool, Fault> {
        let mut sql = Sql::new(format!("SELECT pg_try_advisory_xact_lock({TURNS}, hashtext("));
        sql.push_bind(name).push("))");
        let rows = self.fetch(sql).await?;
        rows.first().map_or(Ok(false), |row| Ok(row.try_get(0)?))
    }

    /// Ends the snapshot.
    pub async fn end(self) -> Result<(), Fault> {
        self.0.rollback().await
    }
}

impl Database {
    /// A snapshot of everybody, for the installation alone.
    pub(crate) async fn survey(&self, viewer: &Viewer) -> Result<Survey, Fault> {
        if viewer.acts_for().is_some() {
            return Err(Fault::Internal("only the installation itself surveys everybody".to_owned()));
        }
        let begin = Claims::of(viewer).opening("BEGIN TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY");
        // What is looked for is always a small part, which the planner cannot know of arrays: it would rather read all there is.
        let opening = format!("{begin}; SET LOCAL ROLE liaison_projector; SET LOCAL enable_seqscan = off");
        Transaction::open(&self.pool, &opening, self.options.statement_timeout).await.map(Survey)
    }

    /// The same database through connections of its own, which PostgreSQL shows under this name: who works for long beside the requests
    /// takes none of theirs.
    pub(crate) fn apart(&self, name: &str, most_connections: u32) -> Self {
        let connect = self.connect.as_ref().clone().application_name(name);
        let pool = self.options.pool(connect.clone(), most_connections, RESTS);
        Self { pool, connect: Arc::new(connect), ..self.clone() }
    }

    /// Ends the connections of [`Database::apart`], and nothing that others share with it.
    pub(crate) async fn leave(&self) {
        self.pool.close().await;
    }
}
