//! How a command runs: lock, allow, decide, record, return, in one transaction, retried within a bound when concurrent work got in
//! the way. A command reads with its viewer's claims; only the recording takes the projector's role, and only for its moment.
//!
//! What a command did stays open until it is settled: its payload is read in the command's own transaction, and the answer is stored
//! with it. So a rehearsal shows what would be, and a receipt is there exactly when the effect is.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use chrono::{DateTime, Utc};
use liaison_entity::organization;
use uuid::Uuid;

use super::claims::Claims;
use super::lock::{Hold, Lock, locking};
use super::receipt::{self, Idempotency};
use super::{Database, Feed, Sql, Transaction};
use crate::access::Scope;
use crate::candidate::Counted;
use crate::code::{Family, Vocabulary};
use crate::contact::LinkTokenKey;
use crate::edit::Changes;
use crate::event::{Event, Metadata, NewEvent, Stream};
use crate::failure::{Failure, Fault, Refusal};
use crate::position::Position;
use crate::store;
use crate::verification::{CodeKey, Courier, Letter};
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

/// Whether a command is meant.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Mode {
    /// Do it.
    #[default]
    Real,
    /// Do all of it, show it, and leave nothing behind.
    Rehearsal,
}

/// What the caller says beside the command.
#[derive(Clone, Debug, Default)]
pub struct Note {
    /// Why, for the log.
    pub reason: Option<String>,
    /// The request that carries the command.
    pub request_id: Option<String>,
    /// Whether it is meant.
    pub mode: Mode,
    /// The version that the caller has seen of what the command selects; 0 for what is to be made.
    pub expected_version: Option<i32>,
    /// The caller's idempotency key, and what it stands for.
    pub idempotency: Option<Idempotency>,
}

impl Note {
    /// The idempotency key that the command is done under: a rehearsal holds none and leaves none.
    fn held_key(&self) -> Option<&Idempotency> {
        self.idempotency.as_ref().filter(|_| self.mode == Mode::Real)
    }
}

/// A command that was done.
#[derive(Clone, Debug)]
pub struct Recorded<T> {
    /// What it gave back.
    pub output: T,
    /// Where its last event stands; `None` when it was already so.
    pub position: Option<Position>,
}

/// What came of a command that was not refused.
pub enum Attempt<T> {
    /// The same request was answered before, with this text.
    Replayed(String),
    /// It is done as far as its own transaction is concerned, and for everybody once that is settled.
    Open {
        /// What it gave back.
        output: T,
        /// What it recorded, each with its place; none when it was already so.
        events: Vec<(Event, Position)>,
        /// What settles it.
        work: Box<OpenWork>,
    },
}

/// A command's transaction before its end. Dropped as it is, nothing happened.
pub struct OpenWork {
    pub(super) transaction: Transaction,
    pub(super) settlement: Settlement,
}

/// How a command's transaction ends.
pub(super) struct Settlement {
    has_written: bool,
    /// How many events there are for those who follow the log.
    events: usize,
    mode: Mode,
    receipt: Option<(Viewer, Idempotency)>,
    at: DateTime<Utc>,
    feed: Feed,
    letters: Vec<Letter>,
    courier: Arc<dyn Courier>,
}

impl Settlement {
    /// Ends the transaction: for good, with a receipt if a key came, or without a trace.
    pub(super) async fn settle(self, transaction: Transaction, answer: &str) -> Result<(), Fault> {
        match (self.mode, &self.receipt) {
            (Mode::Rehearsal, _) => transaction.rollback().await,
            (Mode::Real, Some((viewer, idempotency))) => {
                transaction.execute(Sql::new("SET LOCAL ROLE liaison_projector")).await?;
                receipt::store(&transaction, viewer, idempotency, answer, self.at).await?;
                transaction.commit().await
            }
            (Mode::Real, None) if self.has_written => transaction.commit().await,
            (Mode::Real, None) => transaction.rollback().await,
        }?;
        if self.has_written && self.mode == Mode::Real {
            if self.events > 0 {
                self.feed.poke(self.events);
            }
            // It is written: whatever becomes of the letter, the answer says so. Nobody waits for a courier.
            for letter in self.letters {
                let courier = Arc::clone(&self.courier);
                tokio::spawn(async move {
                    let method = letter.method;
                    if let Err(why) = courier.send(letter).await {
                        tracing::error!(%method, why, "a verification code could not be sent; another can be asked for in a minute");
                    }
                });
            }
        }
        Ok(())
    }
}

impl OpenWork {
    /// Ends it; `answer` is what a receipt keeps.
    pub async fn settle(self, answer: &str) -> Result<(), Fault> {
        self.settlement.settle(self.transaction, answer).await
    }
}

/// A statement that writes what is no fact, such as how far an import came, in the transaction of what it tells of.
pub(crate) struct Beside {
    /// The statement. It is run with the projector's rights and must itself say whose rows it means.
    pub sql: Sql,
    /// How many rows it must write, or all is undone and this is why.
    pub wanted: Option<(u64, Refusal)>,
}

/// A command's workplace: reads with the viewer's claims, and the events that it decided on.
pub struct Work<'a> {
    database: &'a Database,
    viewer: &'a Viewer,
    transaction: &'a Transaction,
    hold: &'a Hold,
    at: DateTime<Utc>,
    events: Vec<NewEvent>,
    beside: Vec<Beside>,
    late_locks: Vec<Lock>,
    expected_version: Option<i32>,
    is_version_compared: bool,
    reason: Option<&'a str>,
    mode: Mode,
    letters: Vec<Letter>,
    known: Mutex<Known>,
}

/// What was read since the last lock.
#[derive(Default)]
struct Known {
    /// The organizations that were looked for, and what was found.
    organizations: HashMap<Uuid, Option<organization::Model>>,
    phone_codes: Option<Vocabulary>,
    email_codes: Option<Vocabulary>,
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

    /// Why the caller wants it done.
    pub fn reason(&self) -> Option<&'a str> {
        self.reason
    }

    /// Whether nothing of it will be kept.
    pub fn is_rehearsed(&self) -> bool {
        self.mode == Mode::Rehearsal
    }

    /// The client's id, or a new one.
    pub fn id_or_new(&self, given: Option<Uuid>) -> Uuid {
        given.unwrap_or_else(|| self.database.clock.id(self.at))
    }

    /// The open transaction, to read with.
    pub fn rows(&self) -> &'a Transaction {
        self.transaction
    }

    /// The keys of what this installation gives out for a look-up.
    pub(crate) fn link_tokens(&self) -> &'a LinkTokenKey {
        self.database.link_tokens()
    }

    /// How common names are.
    pub(crate) fn names(&self) -> &'a Counted {
        self.database.names()
    }

    /// Locks what could be known only after a look at the directory. Still before the first write, but out of the one order: two who
    /// wait for each other so are told apart by the database, and one of them tries again.
    pub async fn lock_also(&self, locks: Vec<Lock>) -> Result<(), Failure> {
        if locks.is_empty() {
            return Ok(());
        }
        self.hold.take(self.transaction, locks, "").await?;
        // What this waited for may have changed them.
        *self.known() = Known::default();
        Ok(())
    }

    /// Keeps everybody who holds a method from giving or taking links of its kind until this is done, whether the viewer sees them or not.
    /// Each value is unique among an owner's open links: whoever gets the one that this gives up must stand behind it in the log. To be
    /// called with the method's own lock, so that nobody comes to hold it meanwhile, and before its links are read.
    pub(crate) async fn lock_holders(&self, method: Uuid) -> Result<(), Fault> {
        self.hold.take_holders(self.transaction, method).await
    }

    /// An organization that this decision has looked for already; outside, if it has not.
    pub(crate) fn looked_for(&self, id: Uuid) -> Option<Option<organization::Model>> {
        self.known().organizations.get(&id).cloned()
    }

    /// Remembers what was found, so that one decision asks once and judges by one answer.
    pub(crate) fn remember(&self, id: Uuid, found: Option<organization::Model>) {
        self.known().organizations.insert(id, found);
    }

    /// The codes of a vocabulary, if this decision has read them already.
    pub(crate) fn known_codes(&self, family: Family) -> Option<Vocabulary> {
        let known = self.known();
        match family {
            Family::Phone => known.phone_codes.clone(),
            Family::Email => known.email_codes.clone(),
        }
    }

    /// Remembers the codes that were read.
    pub(crate) fn remember_codes(&self, phones: Option<Vocabulary>, emails: Option<Vocabulary>) {
        let mut known = self.known();
        known.phone_codes = phones.or(known.phone_codes.take());
        known.email_codes = emails.or(known.email_codes.take());
    }

    fn known(&self) -> MutexGuard<'_, Known> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Refuses when the caller has seen another version of what it selects than the one that is. Every command says once, after it
    /// allowed and before it decides, which version that is; 0 for what it is about to make.
    pub fn compare_version(&mut self, current: i32) -> Result<(), Refusal> {
        self.is_version_compared = true;
        match self.expected_version {
            Some(expected) if expected != current => Err(Refusal::version_conflict(expected, current)),
            _ => Ok(()),
        }
    }

    /// Has such locks taken when all is decided and nothing is written yet: for what the decision does not read and the recording does.
    pub(crate) fn lock_to_record(&mut self, late: impl IntoIterator<Item = Lock>) {
        self.late_locks.extend(late);
    }

    /// Records what changed of a node that has seen `version` events; nothing when it was so already.
    pub(crate) fn record_changes(
        &mut self,
        version: i32,
        stream: Stream,
        id: Uuid,
        event_type: &'static str,
        changes: &Changes,
    ) {
        if !changes.is_empty() {
            self.record(NewEvent::after(version, stream, id, event_type, changes));
        }
    }

    /// The key of the codes that this installation sends.
    pub(crate) fn codes(&self) -> &'a CodeKey {
        self.database.codes()
    }

    /// Has a code sent when all is recorded for good, and not when it is only rehearsed.
    pub(crate) fn send(&mut self, letter: Letter) {
        self.letters.push(letter);
    }

    /// Has a statement run beside the recording of the events.
    pub(crate) fn write_beside(&mut self, beside: Beside) {
        self.beside.push(beside);
    }

    /// Puts an event where the recording will find it. Nothing is written yet.
    pub fn record(&mut self, event: NewEvent) {
        self.events.push(event);
    }
}

/// How often a command is tried when serialisation or a deadlock ends it.
const TRIES: u32 = 4;

impl Database {
    /// Runs a command for `viewer`, for good. Either all its events are in the log and in the projections when this returns, or none.
    /// For those who have no answer to keep: an idempotency key has no place in their note.
    pub async fn run<C: Command>(
        &self,
        viewer: &Viewer,
        note: &Note,
        command: &C,
    ) -> Result<Recorded<C::Output>, Failure> {
        match self.attempt(viewer, note, command).await? {
            Attempt::Open { output, events, work } => {
                work.settle("null").await?;
                Ok(Recorded { output, position: events.last().map(|(_, position)| *position) })
            }
            Attempt::Replayed(_) => Err(Fault::Internal("a command without an answer was replayed".to_owned()).into()),
        }
    }

    /// Runs a command for `viewer` up to the end of its transaction, which is the caller's to settle.
    pub async fn attempt<C: Command>(
        &self,
        viewer: &Viewer,
        note: &Note,
        command: &C,
    ) -> Result<Attempt<C::Output>, Failure> {
        command.check(viewer)?;
        let (mut tried, mut hold) = (1, Hold::default());
        loop {
            match self.attempt_once(viewer, note, command, &hold).await {
                Err(Failure::Fault(Fault::Contended(why))) if tried < TRIES || hold.is_too_much() => {
                    tracing::debug!(tried, why, "a command is tried again");
                    tried += 1;
                    hold = hold.again();
                }
                outcome => return outcome,
            }
        }
    }

    async fn attempt_once<C: Command>(
        &self,
        viewer: &Viewer,
        note: &Note,
        command: &C,
        hold: &Hold,
    ) -> Result<Attempt<C::Output>, Failure> {
        // Whoever wants everything waits for the one before it here, and not with a connection.
        let everything = hold.opening();
        let _next = match everything {
            Some(_) => Some(self.everything.lock().await),
            None => None,
        };
        let mut opening = Claims::of(viewer).opening("BEGIN TRANSACTION ISOLATION LEVEL READ COMMITTED READ WRITE");
        let mut locks = command.locks(viewer);
        // A key is held before anything else, and read by a statement that sees what whoever held it before has written.
        if let Some(everything) = &everything {
            opening.push_str(everything);
        } else if note.held_key().is_none() && !locks.is_empty() && locks.iter().all(Lock::is_plain) {
            opening.push_str(&locking(std::mem::take(&mut locks)));
        }
        let transaction = Transaction::open(&self.pool, &opening, self.options.statement_timeout).await?;
        match self.decide_and_record(&transaction, viewer, note, command, locks, hold).await {
            Ok(Decided::Replayed(answer)) => {
                transaction.rollback().await?;
                Ok(Attempt::Replayed(answer))
            }
            Ok(Decided::Done { output, events, has_written, at, letters }) => {
                let receipt = note.held_key().cloned();
                let settlement = Settlement {
                    has_written,
                    events: events.len(),
                    mode: note.mode,
                    receipt: receipt.map(|idempotency| (viewer.clone(), idempotency)),
                    at,
                    feed: self.feed.clone(),
                    letters,
                    courier: self.courier.clone(),
                };
                Ok(Attempt::Open { output, events, work: Box::new(OpenWork { transaction, settlement }) })
            }
            Err(failure) => {
                // A failed statement has ended the transaction; if even the rollback fails, dropping it closes the connection.
                if let Err(fault) = transaction.rollback().await {
                    tracing::warn!(%fault, "a rollback failed; its connection is closed");
                }
                Err(failure)
            }
        }
    }

    async fn decide_and_record<C: Command>(
        &self,
        transaction: &Transaction,
        viewer: &Viewer,
        note: &Note,
        command: &C,
        locks: Vec<Lock>,
        hold: &Hold,
    ) -> Result<Decided<C::Output>, Failure> {
        if let Some(idempotency) = note.held_key()
            && let Some(answer) = receipt::find(transaction, viewer, idempotency).await?
        {
            return Ok(Decided::Replayed(answer));
        }
        hold.take(transaction, locks, "").await?;
        let at = self.clock.now();
        let mut work = Work {
            database: self,
            viewer,
            transaction,
            hold,
            at,
            events: Vec::new(),
            beside: Vec::new(),
            late_locks: Vec::new(),
            expected_version: note.expected_version,
            is_version_compared: false,
            reason: note.reason.as_deref(),
            mode: note.mode,
            letters: Vec::new(),
            known: Mutex::default(),
        };
        let output = command.decide(&mut work).await?;
        if work.expected_version.is_some() && !work.is_version_compared {
            return Err(Fault::Internal("a command did not compare the version that was expected".to_owned()).into());
        }
        let (events, letters, beside) = (work.events, work.letters, work.beside);
        if events.is_empty() && beside.is_empty() {
            return Ok(Decided::Done { output, events: Vec::new(), has_written: false, at, letters });
        }
        let metadata = Metadata {
            actor: viewer.subject().to_owned(),
            organization_id: viewer.acts_for(),
            reason: note.reason.clone(),
            correlation_id: note.request_id.clone(),
            causation_id: None,
            idempotency_key: note.idempotency.as_ref().map(|idempotency| idempotency.key.clone()),
            request_id: note.request_id.clone(),
        };
        match work.late_locks.is_empty() {
            true => transaction.execute(Sql::new("SET LOCAL ROLE liaison_projector")).await.map(drop)?,
            // As `SET LOCAL ROLE`, with the last locks in one statement.
            false => {
                hold.take(transaction, work.late_locks, ", set_config('role', 'liaison_projector', true)").await?;
            }
        }
        let events = match events.is_empty() {
            true => Vec::new(),
            false => store::append_and_apply(transaction, &self.clock, events, &metadata, at).await?,
        };
        for Beside { sql, wanted } in beside {
            let rows = transaction.execute(sql).await?;
            if let Some((_, why)) = wanted.filter(|(wanted, _)| *wanted != rows) {
                return Err(why.into());
            }
        }
        // What is read from here on, for the payload, stands under the viewer's policies again.
        transaction.execute(Sql::new("SET LOCAL ROLE liaison_app")).await?;
        Ok(Decided::Done { output, events, has_written: true, at, letters })
    }
}

/// What a command came to within its transaction.
enum Decided<T> {
    Replayed(String),
    Done { output: T, events: Vec<(Event, Position)>, has_written: bool, at: DateTime<Utc>, letters: Vec<Letter> },
}
