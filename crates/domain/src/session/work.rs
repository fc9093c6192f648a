//! How a command runs: lock, allow, decide, record, return, in one transaction, retried within a bound when concurrent work got in
//! the way. A command reads with its viewer's claims; only the recording takes the projector's role, and only for its moment.

use chrono::{DateTime, Utc};
use sqlx::{Postgres, QueryBuilder};
use uuid::Uuid;

use super::{Database, Transaction};
use crate::access::Scope;
use crate::event::{Metadata, NewEvent};
use crate::failure::{Failure, Fault};
use crate::position::Position;
use crate::store;
use crate::viewer::Viewer;

/// Something that a viewer wants done. `decide` reads, judges and puts events into the work; it may run again after a conflict, so
/// it keeps nothing between runs.
pub trait Command: Sync {
    /// What it gives back when it is done.
    type Output: Send;

    /// What the input alone forbids. It is asked before any lock is taken: a command that names thousands of things must not lock
    /// thousands of things first.
    fn check(&self, _viewer: &Viewer) -> Result<(), Failure> {
        Ok(())
    }

    /// What nobody else may change meanwhile. Every lock is taken before the first write: the order of the log rests on it.
    fn locks(&self, viewer: &Viewer) -> Vec<Lock>;

    /// Allow and decide. No event means that it was already so.
    fn decide(&self, work: &mut Work<'_>) -> impl Future<Output = Result<Self::Output, Failure>> + Send;
}

/// Something that a command keeps others from changing until it has ended.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Lock {
    /// One node, to change it or what hangs on it.
    Node(Uuid),
    /// One node, to rely on it: others may rely on it too, nobody may change it.
    Relied(Uuid),
    /// Who is primary for a role (or a kind of address) at one owner.
    Role(Uuid, &'static str),
    /// One name in use, such as a subdomain.
    Name(String),
}

impl Lock {
    fn key(&self) -> String {
        match self {
            Self::Node(id) | Self::Relied(id) => format!("node {id}"),
            Self::Role(id, role) => format!("role {role} {id}"),
            Self::Name(name) => format!("name {name}"),
        }
    }
}

/// What the caller says beside the command.
#[derive(Clone, Debug, Default)]
pub struct Note {
    /// Why, for the log.
    pub reason: Option<String>,
    /// The request that carries the command.
    pub request_id: Option<String>,
    /// The caller's idempotency key.
    pub idempotency_key: Option<String>,
}

/// A command that was done.
#[derive(Clone, Debug)]
pub struct Recorded<T> {
    /// What it gave back.
    pub output: T,
    /// Where its last event stands; `None` when it was already so.
    pub position: Option<Position>,
}

/// A command's workplace: reads with the viewer's claims, and the events that it decided on.
pub struct Work<'a> {
    database: &'a Database,
    viewer: &'a Viewer,
    transaction: &'a Transaction,
    at: DateTime<Utc>,
    events: Vec<NewEvent>,
}

impl<'a> Work<'a> {
    /// Who wants it done.
    pub fn viewer(&self) -> &'a Viewer {
        self.viewer
    }

    /// What the command's statements must ask for: commands are always behind both walls.
    pub fn scope(&self) -> Scope {
        Scope::of(self.viewer)
    }

    /// When it happens: one instant for the whole command.
    pub fn at(&self) -> DateTime<Utc> {
        self.at
    }

    /// The client's id, or a new one.
    pub fn id_or_new(&self, given: Option<Uuid>) -> Uuid {
        given.unwrap_or_else(|| self.database.clock.id(self.at))
    }

    /// The open transaction, to read with.
    pub fn rows(&self) -> &'a Transaction {
        self.transaction
    }

    /// Puts an event where the recording will find it. Nothing is written yet.
    pub fn record(&mut self, event: NewEvent) {
        self.events.push(event);
    }
}

/// The statements that open a transaction of `viewer`: one simple query. The claims are a UUID and a boolean of our own making, so
/// that nothing a client wrote stands in the text.
pub(super) fn opening(begin: &str, viewer: &Viewer) -> String {
    format!("{begin}; SELECT app.enter('{}', {})", viewer.organization_id(), viewer.is_super_admin())
}

/// How often a command is tried when serialisation or a deadlock ends it.
const TRIES: u32 = 4;

impl Database {
    /// Runs a command for `viewer`. Either all its events are in the log and in the projections when this returns, or none.
    pub async fn run<C: Command>(
        &self,
        viewer: &Viewer,
        note: &Note,
        command: &C,
    ) -> Result<Recorded<C::Output>, Failure> {
        command.check(viewer)?;
        let mut tried = 1;
        loop {
            match self.run_once(viewer, note, command).await {
                Err(Failure::Fault(Fault::Contended(why))) if tried < TRIES => {
                    tracing::debug!(tried, why, "a command is tried again");
                    tried += 1;
                }
                outcome => return outcome,
            }
        }
    }

    async fn run_once<C: Command>(
        &self,
        viewer: &Viewer,
        note: &Note,
        command: &C,
    ) -> Result<Recorded<C::Output>, Failure> {
        let opening = opening("BEGIN TRANSACTION ISOLATION LEVEL READ COMMITTED READ WRITE", viewer);
        let transaction = Transaction::open(&self.pool, &opening, self.options.statement_timeout).await?;
        lock(&transaction, command.locks(viewer)).await?;
        let at = self.clock.now();
        let mut work = Work { database: self, viewer, transaction: &transaction, at, events: Vec::new() };
        let decided = command.decide(&mut work).await;
        let events = std::mem::take(&mut work.events);
        let output = match decided {
            Ok(output) => output,
            Err(failure) => {
                transaction.rollback().await?;
                return Err(failure);
            }
        };
        if events.is_empty() {
            transaction.rollback().await?;
            return Ok(Recorded { output, position: None });
        }
        let metadata = Metadata {
            actor: viewer.subject().to_owned(),
            organization_id: Some(viewer.organization_id()),
            reason: note.reason.clone(),
            correlation_id: note.request_id.clone(),
            causation_id: None,
            idempotency_key: note.idempotency_key.clone(),
            request_id: note.request_id.clone(),
        };
        let recorded = async {
            transaction.execute(QueryBuilder::new("SET LOCAL ROLE liaison_projector")).await?;
            store::append_and_apply(&transaction, &self.clock, events, &metadata, at).await
        };
        match recorded.await {
            Ok(position) => {
                transaction.commit().await?;
                self.feed.poke();
                Ok(Recorded { output, position: Some(position) })
            }
            Err(failure) => {
                // The failed statement has ended the transaction; if even the rollback fails, dropping it closes the connection.
                if let Err(fault) = transaction.rollback().await {
                    tracing::warn!(%fault, "a rollback failed; its connection is closed");
                }
                Err(failure)
            }
        }
    }
}

/// Takes the locks in one order, whoever asks, so that two commands never wait for each other in a circle.
async fn lock(transaction: &Transaction, mut locks: Vec<Lock>) -> Result<(), Fault> {
    locks.sort();
    locks.dedup();
    let shared: Vec<bool> = locks.iter().map(|lock| matches!(lock, Lock::Relied(_))).collect();
    let keys: Vec<String> = locks.iter().map(Lock::key).collect();
    let mut sql = QueryBuilder::<Postgres>::new(
        "SELECT CASE WHEN shared THEN pg_advisory_xact_lock_shared(key) ELSE pg_advisory_xact_lock(key) END
         FROM (SELECT hashtextextended(name, 0) AS key, bool_and(shared) AS shared FROM unnest(",
    );
    sql.push_bind(keys).push("::text[], ").push_bind(shared);
    sql.push("::boolean[]) AS wanted (name, shared) GROUP BY 1 ORDER BY 1) AS ordered");
    transaction.fetch(sql).await.map(drop).map_err(Fault::from)
}
