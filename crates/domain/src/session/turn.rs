//! A turn at something that one process at a time does, such as carrying an import out. It is held by a connection of its own: whoever
//! dies gives it up at once. It opens no transaction and reads no row.

use std::time::Duration;

use sqlx::{Connection, Executor, PgConnection, Row};

use super::{Database, Sql};
use crate::failure::Fault;

/// The first of the two numbers of every turn's lock; the second is made of its name.
pub(super) const TURNS: i32 = 1_953_853_038;

/// So long the database waits at a time for whoever has a turn: it notices then whether the one who waits is still there.
const IN_LINE: Duration = Duration::from_secs(5);

/// A turn. Dropped, it is given up.
pub(crate) struct Turn {
    connection: PgConnection,
}

impl Turn {
    /// Gives it up in so many words, so that the next may have it at once.
    pub async fn end(mut self) {
        // PostgreSQL notices later that a connection is closed than whoever closed it looks whether the turn is free.
        if let Err(error) = self.connection.execute("SELECT pg_advisory_unlock_all()").await {
            tracing::debug!(%error, "a turn could not be given up; it ends with its connection");
        }
        if let Err(error) = self.connection.close().await {
            tracing::debug!(%error, "a turn's connection did not close cleanly");
        }
    }
}

impl Database {
    /// Takes the turn of this name, unless somebody has it.
    pub(crate) async fn turn(&self, name: &str) -> Result<Option<Turn>, Fault> {
        let mut connection = PgConnection::connect_with(&self.connect).await?;
        let row = sqlx::query("SELECT pg_try_advisory_lock($1, hashtext($2))").bind(TURNS).bind(name);
        let row = row.fetch_one(&mut connection).await?;
        Ok(row.try_get::<bool, _>(0)?.then_some(Turn { connection }))
    }

    /// Waits for the turn of this name, for as long as that takes. Whoever only looks whether it is free does not get it meanwhile.
    pub(crate) async fn turn_in_line(&self, name: &str) -> Result<Turn, Fault> {
        let mut connection = PgConnection::connect_with(&self.connect).await?;
        let patience = sqlx::AssertSqlSafe(format!("SET lock_timeout = {}", IN_LINE.as_millis()));
        connection.execute(patience).await?;
        loop {
            let waiting = sqlx::query("SELECT pg_advisory_lock($1, hashtext($2))").bind(TURNS).bind(name);
            // A frozen database never fires its own timeout.
            let limit = IN_LINE + self.options.statement_timeout;
            let waited = tokio::time::timeout(limit, waiting.execute(&mut connection)).await;
            match waited.map_err(|_| Fault::TimedOut(super::OUR_LIMIT.to_owned()))?.map_err(Fault::from) {
                Ok(_) => return Ok(Turn { connection }),
                Err(Fault::Contended(_)) => {}
                Err(fault) => return Err(fault),
            }
        }
    }
}

/// Pushes the condition that somebody has the turn whose name this expression gives.
pub(crate) fn push_is_taken(sql: &mut Sql, name: &str) {
    sql.push(format_args!(
        "EXISTS (SELECT FROM pg_locks taken WHERE taken.locktype = 'advisory' AND taken.granted AND taken.objsubid = 2
           AND taken.database = (SELECT oid FROM pg_database WHERE datname = current_database())
           AND taken.classid::bigint = {TURNS} AND taken.objid::bigint = (hashtext({name})::bigint & 4294967295))"
    ));
}
