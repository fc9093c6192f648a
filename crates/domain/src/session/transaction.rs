//! One transaction on one pooled connection. A connection goes back to the pool only after its transaction has ended in so many
//! words; whatever happens to the future that used it, an open transaction and its claims are never handed to the next viewer.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use sea_orm::{ConnectionTrait, DbBackend, DbErr, ExecResult, QueryResult, RuntimeErr, Statement};
use sea_query_sqlx::SqlxValues;
use sqlx::postgres::{PgArguments, PgRow};
use sqlx::query::Query;
use sqlx::{AssertSqlSafe, Executor, PgConnection, Postgres};
use tokio::sync::Mutex;

use super::Sql;
use super::pool::{Lent, Pool};
use crate::failure::Fault;

/// An open transaction. SeaORM entities work on it as on any connection.
pub struct Transaction {
    /// `None` once ended or broken.
    connection: Mutex<Option<Lent>>,
    statement_timeout: Duration,
    statements: AtomicU64,
    rows: AtomicU64,
}

impl Transaction {
    /// Opens a transaction with `opening`, one simple query of several statements and so one round trip.
    pub(crate) async fn open(pool: &Pool, opening: &str, statement_timeout: Duration) -> Result<Self, Fault> {
        let mut connection = pool.acquire().await?;
        within(statement_timeout, connection.execute(sqlx::raw_sql(AssertSqlSafe(opening)))).await?;
        let (statements, rows) = Default::default();
        Ok(Self { connection: Mutex::new(Some(connection)), statement_timeout, statements, rows })
    }

    /// Runs one statement that needs no transaction of its own: the server opens one for it and ends it with it. Whatever fails closes the
    /// connection.
    pub(super) async fn alone(pool: &Pool, sql: Sql, statement_timeout: Duration) -> Result<Vec<PgRow>, Fault> {
        let mut connection = pool.acquire().await?;
        let rows = within(statement_timeout, query(sql).fetch_all(&mut *connection)).await?;
        connection.release();
        Ok(rows)
    }

    /// Makes what was written last.
    pub(crate) async fn commit(self) -> Result<(), Fault> {
        self.end("COMMIT").await
    }

    /// Ends without a trace.
    pub(crate) async fn rollback(self) -> Result<(), Fault> {
        self.end("ROLLBACK").await
    }

    async fn end(self, word: &'static str) -> Result<(), Fault> {
        let Some(mut connection) = self.connection.into_inner() else {
            return Err(Fault::Unavailable("the connection was lost".to_owned()));
        };
        within(self.statement_timeout, connection.execute(sqlx::raw_sql(word))).await?;
        connection.release();
        Ok(())
    }

    /// How many statements it has run since it was opened, and how many rows they gave.
    pub(crate) fn effort(&self) -> (u64, u64) {
        (self.statements.load(Ordering::Relaxed), self.rows.load(Ordering::Relaxed))
    }

    fn count(&self, rows: usize) {
        self.statements.fetch_add(1, Ordering::Relaxed);
        self.rows.fetch_add(rows as u64, Ordering::Relaxed);
    }

    /// Runs one statement without reading rows.
    pub(crate) async fn execute(&self, sql: Sql) -> Result<u64, DbErr> {
        let mut guard = self.connection.lock().await;
        let connection = live(&mut guard).map_err(execution_failed)?;
        let done = timed(self.statement_timeout, query(sql).execute(connection)).await.map_err(execution_failed)?;
        self.count(0);
        Ok(done.rows_affected())
    }

    /// Runs one statement and reads its rows.
    pub(crate) async fn fetch(&self, sql: Sql) -> Result<Vec<PgRow>, DbErr> {
        let mut guard = self.connection.lock().await;
        let connection = live(&mut guard).map_err(query_failed)?;
        let rows = timed(self.statement_timeout, query(sql).fetch_all(connection)).await.map_err(query_failed)?;
        self.count(rows.len());
        Ok(rows)
    }
}

fn live(lent: &mut Option<Lent>) -> Result<&mut PgConnection, sqlx::Error> {
    lent.as_deref_mut().ok_or(sqlx::Error::PoolClosed)
}

/// What our own time limit says; `failure` tells it from a lost connection by it.
pub(crate) const OUR_LIMIT: &str = "the statement took longer than this server waits";

/// A frozen database never fires its own timeout; ours leaves the connection behind, and dropping it closes it.
async fn timed<T>(limit: Duration, work: impl Future<Output = Result<T, sqlx::Error>>) -> Result<T, sqlx::Error> {
    match tokio::time::timeout(limit, work).await {
        Ok(outcome) => outcome,
        Err(_) => Err(sqlx::Error::Io(std::io::Error::new(std::io::ErrorKind::TimedOut, OUR_LIMIT))),
    }
}

async fn within<T>(limit: Duration, work: impl Future<Output = Result<T, sqlx::Error>>) -> Result<T, Fault> {
    timed(limit, work).await.map_err(Fault::from)
}

fn query(sql: Sql) -> Query<'static, Postgres, PgArguments> {
    let (text, arguments) = sql.for_sqlx();
    sqlx::query_with(AssertSqlSafe(text), arguments)
}

fn values(statement: Statement) -> (String, PgArguments) {
    use sqlx::IntoArguments;
    let arguments = statement.values.map_or_else(PgArguments::default, |values| SqlxValues(values).into_arguments());
    (statement.sql, arguments)
}

fn query_failed(error: sqlx::Error) -> DbErr {
    DbErr::Query(RuntimeErr::SqlxError(error.into()))
}

fn execution_failed(error: sqlx::Error) -> DbErr {
    DbErr::Exec(RuntimeErr::SqlxError(error.into()))
}

#[async_trait::async_trait]
impl ConnectionTrait for Transaction {
    fn get_database_backend(&self) -> DbBackend {
        DbBackend::Postgres
    }

    async fn execute_raw(&self, statement: Statement) -> Result<ExecResult, DbErr> {
        let (sql, arguments) = values(statement);
        let mut guard = self.connection.lock().await;
        let connection = live(&mut guard).map_err(execution_failed)?;
        let work = sqlx::query_with(AssertSqlSafe(sql), arguments).execute(connection);
        let done = timed(self.statement_timeout, work).await.map_err(execution_failed)?;
        self.count(0);
        Ok(done.into())
    }

    async fn execute_unprepared(&self, sql: &str) -> Result<ExecResult, DbErr> {
        let mut guard = self.connection.lock().await;
        let connection = live(&mut guard).map_err(execution_failed)?;
        let work = connection.execute(sqlx::raw_sql(AssertSqlSafe(sql)));
        let done = timed(self.statement_timeout, work).await.map_err(execution_failed)?;
        self.count(0);
        Ok(done.into())
    }

    async fn query_one_raw(&self, statement: Statement) -> Result<Option<QueryResult>, DbErr> {
        let (sql, arguments) = values(statement);
        let mut guard = self.connection.lock().await;
        let connection = live(&mut guard).map_err(query_failed)?;
        let work = sqlx::query_with(AssertSqlSafe(sql), arguments).fetch_optional(connection);
        let row = timed(self.statement_timeout, work).await.map_err(query_failed)?;
        self.count(usize::from(row.is_some()));
        Ok(row.map(Into::into))
    }

    async fn query_all_raw(&self, statement: Statement) -> Result<Vec<QueryResult>, DbErr> {
        let (sql, arguments) = values(statement);
        let mut guard = self.connection.lock().await;
        let connection = live(&mut guard).map_err(query_failed)?;
        let work = sqlx::query_with(AssertSqlSafe(sql), arguments).fetch_all(connection);
        let rows = timed(self.statement_timeout, work).await.map_err(query_failed)?;
        self.count(rows.len());
        Ok(rows.into_iter().map(Into::into).collect())
    }
}

/// What cannot be read of a row that came, as the projector tells it.
pub(crate) fn broken(error: sqlx::Error) -> DbErr {
    DbErr::Custom(error.to_string())
}
