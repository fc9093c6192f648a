//! What a query reads through: one read-only snapshot for the whole request, with the viewer's claims on it.
//! It opens with the first statement, so that a request that needs no data costs no connection. What a command did is read in the
//! command's own transaction, until that is settled.

use chrono::NaiveDate;
use sqlx::postgres::PgRow;
use tokio::sync::Mutex;

use super::claims::Claims;
use super::work::{Command, Note, OpenWork, Recorded, Settlement};
use super::{Database, FirstWall, Sql, Transaction};
use crate::access::Scope;
use crate::failure::{Failure, Fault};
use crate::viewer::Viewer;

/// A viewer's view of the directory at one moment.
pub struct Reader {
    database: Database,
    viewer: Viewer,
    snapshot: Mutex<Snapshot>,
    reads: Reads,
}

/// A row of an answer, by whichever driver it came.
pub(crate) enum Row {
    /// On a connection that was lent.
    Lent(PgRow),
    /// On a lane.
    Laned(tokio_postgres::Row),
}

/// A statement that is being written.
pub(crate) struct Begun {
    pub(crate) sql: Sql,
    /// The condition to put before all others.
    pub(crate) first: &'static str,
    /// How much work it is, beside one that reads a row or a page by an index, if that is known and no more than what others may wait for.
    pub(crate) weight: Option<usize>,
    is_alone: bool,
}

/// What the statements of a reader find.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Reads {
    /// The directory as it is.
    Present,
    /// Tables of its transaction's own, with nothing in them but what the viewer may see.
    Past,
}

#[derive(Default)]
struct Snapshot {
    transaction: Option<Transaction>,
    /// How the transaction ends that a command has lent; `None` for a snapshot of our own.
    lent: Option<Settlement>,
    /// A statement that failed ends the transaction; what follows fails alike instead of pointing at us.
    broken: Option<Fault>,
    statements: u64,
    rows: u64,
}

impl Reader {
    pub(super) fn new(database: Database, viewer: Viewer) -> Self {
        Self { database, viewer, snapshot: Mutex::default(), reads: Reads::Present }
    }

    /// A transaction with the viewer's claims that may make tables for itself. It must never be committed.
    pub(crate) async fn open_past(&self) -> Result<Transaction, Fault> {
        let opening = Claims::of(&self.viewer).opening("BEGIN TRANSACTION ISOLATION LEVEL REPEATABLE READ READ WRITE");
        Transaction::open(&self.database.pool, &opening, self.database.options.statement_timeout).await
    }

    /// A reader of the tables that such a transaction has made.
    pub(crate) fn of_past(&self, transaction: Transaction) -> Self {
        let snapshot = Snapshot { transaction: Some(transaction), ..Snapshot::default() };
        let (database, viewer) = (self.database.clone(), self.viewer.clone());
        Self { database, viewer, snapshot: Mutex::new(snapshot), reads: Reads::Past }
    }

    /// Who reads.
    pub fn viewer(&self) -> &Viewer {
        &self.viewer
    }

    /// The database that a command of this request runs on.
    pub fn database(&self) -> &Database {
        &self.database
    }

    /// What day it is, in UTC: what holds today is asked of this day.
    pub fn today(&self) -> NaiveDate {
        self.database.clock.now().date_naive()
    }

    /// What the statements of this reader must ask for.
    pub fn scope(&self) -> Scope {
        // What stands in the tables of the past was asked for by the scope that the viewer has today.
        if self.reads == Reads::Past {
            return Scope::Everything;
        }
        match self.database.options.first_wall {
            FirstWall::Stands => Scope::of(&self.viewer),
            FirstWall::Down => Scope::Everything,
        }
    }

    /// Runs one statement in the snapshot. The builder lets statements be written in the module that knows their scope.
    pub(crate) async fn fetch(&self, sql: Sql) -> Result<Vec<PgRow>, Fault> {
        let mut snapshot = self.snapshot.lock().await;
        if let Some(fault) = &snapshot.broken {
            return Err(fault.clone());
        }
        if snapshot.transaction.is_none() && self.reads == Reads::Past {
            return Err(Fault::Internal("a moment of the past was read after its end".to_owned()));
        }
        if snapshot.transaction.is_none() {
            let opening =
                Claims::of(&self.viewer).opening("BEGIN TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY");
            let options = &self.database.options;
            let opened = Transaction::open(&self.database.pool, &opening, options.statement_timeout).await;
            match opened {
                Ok(transaction) => snapshot.transaction = Some(transaction),
                Err(fault) => {
                    snapshot.broken = Some(fault.clone());
                    return Err(fault);
                }
            }
        }
        let transaction = snapshot.transaction.as_ref().expect("opened above");
        match transaction.fetch(sql).await {
            Ok(rows) => {
                snapshot.statements += 1;
                snapshot.rows += rows.len() as u64;
                Ok(rows)
            }
            Err(error) => {
                let fault = Fault::from(error);
                // Dropping the transaction closes its connection, whatever state that is in.
                snapshot.transaction = None;
                snapshot.broken = Some(fault.clone());
                Err(fault)
            }
        }
    }

    /// The beginning of a statement, for [`Self::finish`]; a `SELECT` is to follow. One that is alone in its request sets the viewer's claims
    /// by itself: its first condition refers to them, so that the database cannot but set them first. Should it ever look before they are
    /// set, row security shows it nothing.
    pub(crate) fn begin(&self, is_alone: bool) -> Begun {
        if !is_alone {
            return Begun { sql: Sql::new(""), first: "", weight: None, is_alone };
        }
        let mut sql = Sql::new("SELECT answer.* FROM (SELECT ");
        Claims::of(&self.viewer).push(&mut sql);
        sql.push("::text AS done OFFSET 0) AS entered CROSS JOIN LATERAL (");
        Begun { sql, first: "entered.done IS NOT NULL AND ", weight: None, is_alone }
    }

    /// Runs a statement that was begun here. Where no snapshot is open one that is alone needs none, one round trip instead of three; the next
    /// one would see another moment.
    pub(crate) async fn finish(&self, begun: Begun) -> Result<Vec<Row>, Fault> {
        let Begun { mut sql, weight, is_alone, .. } = begun;
        let lent = |rows: Vec<PgRow>| rows.into_iter().map(Row::Lent).collect();
        if !is_alone {
            return self.fetch(sql).await.map(lent);
        }
        sql.push(" OFFSET 0) AS answer");
        let mut snapshot = self.snapshot.lock().await;
        if self.reads == Reads::Past || snapshot.transaction.is_some() || snapshot.broken.is_some() {
            drop(snapshot);
            return self.fetch(sql).await.map(lent);
        }
        let Database { pool, lanes, options, .. } = &self.database;
        let limit = options.statement_timeout;
        let laned = match weight {
            Some(weight) => lanes.fetch(&sql, weight, limit).await,
            None => None,
        };
        let found = match laned {
            Some(found) => found,
            None => Transaction::alone(pool, sql, limit).await.map(lent),
        };
        match &found {
            Ok(rows) => {
                snapshot.statements += 1;
                snapshot.rows += rows.len() as u64;
            }
            Err(fault) => snapshot.broken = Some(fault.clone()),
        }
        found
    }

    /// Runs a command on the side of a query. The snapshot's connection goes back first, and nothing is read until the command is done:
    /// who holds a connection and waits for another could wait for one who does the same.
    pub async fn record<C: Command>(&self, note: &Note, command: &C) -> Result<Recorded<C::Output>, Failure> {
        let mut snapshot = self.snapshot.lock().await;
        if snapshot.lent.is_some() {
            return Err(Fault::Internal("a command was to run within another".to_owned()).into());
        }
        if let Some(transaction) = snapshot.transaction.take()
            && let Err(fault) = transaction.commit().await
        {
            // All that it gave was read; a snapshot that does not end cleanly has closed its connection.
            tracing::warn!(%fault, "a snapshot did not end cleanly");
        }
        self.database.run(&self.viewer, note, command).await
    }

    /// Ends the snapshot and reads in a command's transaction from now on: its payload shows what was done, before it is done for good.
    pub async fn lend(&self, work: OpenWork) {
        let OpenWork { transaction, settlement } = work;
        let mut snapshot = self.snapshot.lock().await;
        // What the command took counts with what its payload takes.
        let (statements, rows) = transaction.effort();
        snapshot.statements += statements;
        snapshot.rows += rows;
        snapshot.broken = None;
        snapshot.transaction = Some(transaction);
        snapshot.lent = Some(settlement);
    }

    /// Settles what was lent, with the answer that a receipt keeps. A read that broke the transaction has undone the command, and is
    /// the fault.
    pub async fn settle(&self, answer: &str) -> Result<(), Fault> {
        let mut snapshot = self.snapshot.lock().await;
        let broken = snapshot.broken.take();
        match (snapshot.transaction.take(), snapshot.lent.take()) {
            (Some(transaction), Some(settlement)) => settlement.settle(transaction, answer).await,
            _ => Err(broken.unwrap_or_else(|| Fault::Internal("there was nothing to settle".to_owned()))),
        }
    }

    /// Ends the snapshot. The next statement opens a new one. What a command lent and nobody settled is undone.
    pub async fn renew(&self) -> Result<(), Fault> {
        let mut snapshot = self.snapshot.lock().await;
        snapshot.broken = None;
        if snapshot.lent.take().is_some() || self.reads == Reads::Past {
            return match snapshot.transaction.take() {
                Some(transaction) => transaction.rollback().await,
                None => Ok(()),
            };
        }
        match snapshot.transaction.take() {
            Some(transaction) => transaction.commit().await,
            None => Ok(()),
        }
    }

    /// Ends the snapshot for those who have read all that they wanted: what was read stands, and a snapshot that does not end cleanly
    /// has closed its connection.
    pub async fn let_go(&self) {
        if let Err(fault) = self.renew().await {
            tracing::warn!(%fault, "a snapshot did not end cleanly");
        }
    }

    /// How many statements this reader has run, and how many rows they gave: what a benchmark and guarantee I7 count.
    pub async fn effort(&self) -> (u64, u64) {
        let snapshot = self.snapshot.lock().await;
        (snapshot.statements, snapshot.rows)
    }
}
