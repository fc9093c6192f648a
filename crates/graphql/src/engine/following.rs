//! Following the log for one subscription: reads on when there is something new, and runs the document for each entry, with a
//! snapshot and rights of that moment. It may not hold more than a handful of entries, nor any of them for long.

use std::collections::VecDeque;
use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};

use async_graphql::{Pos, ServerError};
use futures::stream::{StreamExt, unfold};
use liaison_domain::failure::Fault;
use liaison_domain::history::{self, ChangeFilter, Entry};
use liaison_domain::position::Position;
use liaison_domain::session::{Follower, Reader};
use tokio::task::JoinHandle;
use tracing::Instrument as _;
use uuid::Uuid;

use super::{Engine, body_of, body_of_errors, refused, with_code};
use crate::as_of::Moments;
use crate::batch::{Batches, drive};
use crate::change::{Change, Wanted};
use crate::context::Request;
use crate::document::Plan;
use crate::error::{self, Code};
use crate::request::{Answer, Caller, Delivery, Following, Opened, Report};
use crate::subscription::{Followed, Turn};

/// What a document was found to follow, and from where.
enum Armed {
    Log { after: Option<Position>, filter: ChangeFilter },
    Import(Uuid),
}

/// Entries that are read at once.
const AHEAD: usize = 32;
/// How long an entry that was read may wait for its subscriber; then it is read again, as the rights may be others by now.
const FRESH: Duration = Duration::from_secs(1);
/// How soon to look again without a wake-up.
const SLOW: Duration = Duration::from_secs(15);
/// How soon to look again while a transaction under way holds entries back, at first and at most.
const HELD_BACK: (Duration, Duration) = (Duration::from_millis(10), Duration::from_millis(500));
/// How soon to try again when the database does not answer, at first and at most.
const AWAY: (Duration, Duration) = (Duration::from_millis(100), Duration::from_secs(5));

impl Engine {
    /// Begins to follow, or says why not.
    pub(super) async fn follow(self: &Arc<Self>, plan: Plan, caller: Caller) -> Opened {
        match self.arm(&plan, &caller).await {
            Err(answer) => Opened::Answered(answer),
            Ok((Armed::Import(id), follower)) => {
                let deliveries = self.watch(plan, caller, id, follower);
                Opened::Following(Following { position: None, report: Report::default(), deliveries })
            }
            Ok((Armed::Log { after, filter }, follower)) => {
                let position = after.map(|after| self.database.positions().seal(after));
                let follow = Follow {
                    engine: Arc::clone(self),
                    plan,
                    caller,
                    filter,
                    cursor: after,
                    follower,
                    ahead: VecDeque::new(),
                    end: None,
                    read_at: Instant::now(),
                    rest: None,
                    patience: None,
                };
                let deliveries = unfold(Some(follow), |follow| async move {
                    let mut follow = follow?;
                    let told = follow.next().await;
                    Some(match told {
                        Ok(delivery) => (delivery, Some(follow)),
                        Err(last) => (last, None),
                    })
                });
                Opened::Following(Following { position, report: Report::default(), deliveries: deliveries.boxed() })
            }
        }
    }

    /// Runs the document once to learn what it asks for, and settles where it begins.
    async fn arm(&self, plan: &Plan, caller: &Caller) -> Result<(Armed, Follower), Answer> {
        // Before the log is looked at, so that nothing falls between the two.
        let follower = self.database.feed().follow();
        let turn = Turn::Arm { resume_after: caller.resume_after.clone(), wanted: OnceLock::new() };
        let turn = Arc::new(turn);
        let (reader, batches, request) = self.prepare(caller);
        let asked = plan.request().data(request).data(Arc::clone(&turn));
        let response = drive(self.schema.execute_stream(asked).next(), &batches).await;
        if let Some(response) = response {
            return Err(refused(response.errors, caller));
        }
        let wanted = match &*turn {
            Turn::Arm { wanted, .. } => wanted.get(),
            Turn::Tell(_) | Turn::TellImport(_) => None,
        };
        let (Some(wanted), Some(reader)) = (wanted, reader) else {
            return Err(refused(vec![internal()], caller));
        };
        let (after, mut filter) = match wanted {
            Followed::Log(Wanted { after, filter }) => (*after, filter.clone()),
            Followed::Import(id) => {
                reader.let_go().await;
                return Ok((Armed::Import(*id), follower));
            }
        };
        filter.not_again = after;
        let begin = history::begin(&reader, after).await;
        reader.let_go().await;
        let after = begin.map_err(|fault| refused(vec![of(&fault)], caller))?;
        Ok((Armed::Log { after, filter }, follower))
    }

    /// What one run of the document works with. It looks at no moment of the past.
    fn prepare(&self, caller: &Caller) -> (Option<Arc<Reader>>, Batches, Request) {
        let reader = caller.viewer.as_ref().map(|viewer| Arc::new(self.database.reader(viewer)));
        let batches = Batches::new();
        let request =
            Request::new(reader.clone(), batches.clone(), caller.request_id.clone(), None, Moments::default());
        (reader, batches, request)
    }

    /// Runs the document once more, for what this turn tells.
    pub(super) async fn run_turn(&self, plan: &Plan, caller: &Caller, turn: Turn) -> Option<Vec<u8>> {
        let (reader, batches, request) = self.prepare(caller);
        let asked = plan.request().data(request).data(Arc::new(turn));
        let response = drive(self.schema.execute_stream(asked).next(), &batches).await;
        if let Some(reader) = &reader {
            reader.let_go().await;
        }
        match response {
            Some(response) if response.errors.iter().any(is_unavailable) => None,
            Some(response) => Some(body_of(response, None, caller)),
            None => Some(body_of_errors(vec![internal()], caller)),
        }
    }

    /// Runs the document for one entry. `None` when the database did not answer: the entry is not told, and comes again.
    async fn tell(&self, plan: &Plan, caller: &Caller, entry: Entry) -> Option<Vec<u8>> {
        self.run_turn(plan, caller, Turn::Tell(Change::new(entry, self.database.positions()))).await
    }
}

/// One subscription that goes on.
struct Follow {
    engine: Arc<Engine>,
    plan: Plan,
    caller: Caller,
    filter: ChangeFilter,
    /// Everything up to here was told.
    cursor: Option<Position>,
    follower: Follower,
    /// Read and not told.
    ahead: VecDeque<Entry>,
    /// How far the log was read when `ahead` was.
    end: Option<Position>,
    read_at: Instant,
    /// How long to wait for a wake-up before the next look; `None` is not at all.
    rest: Option<Duration>,
    /// How long the last wait for others was: the next one is longer.
    patience: Option<Duration>,
}

impl Follow {
    /// The next delivery, however long it takes. An error is the last one: our bug.
    async fn next(&mut self) -> Result<Delivery, Delivery> {
        loop {
            if self.read_at.elapsed() > FRESH && !self.ahead.is_empty() {
                self.ahead.clear();
                self.rest = None;
            }
            let Some(entry) = self.ahead.pop_front() else {
                self.read().await?;
                continue;
            };
            let told = entry.position.or(self.cursor);
            let (plan, caller) = (self.plan.clone(), self.caller.clone());
            let telling = self.work(move |engine| async move { engine.tell(&plan, &caller, entry).await });
            let body = match telling.await.await {
                Ok(Some(body)) => body,
                Ok(None) => {
                    self.ahead.clear();
                    self.rest = Some(self.wait_longer(AWAY));
                    continue;
                }
                // It panicked, and would again: the subscriber learns that there is one to look at.
                Err(_) => body_of_errors(vec![internal()], &self.caller),
            };
            self.cursor = if self.ahead.is_empty() { self.end.max(told) } else { told };
            self.patience = None;
            return Ok(Delivery { position: told.map(|told| self.engine.database.positions().seal(told)), body });
        }
    }

    /// Waits until it is time to look, and looks.
    async fn read(&mut self) -> Result<(), Delivery> {
        if let Some(rest) = self.rest {
            tokio::select! {
                () = self.follower.changed() => {}
                () = tokio::time::sleep(rest) => {}
            }
        }
        let (viewer, filter, cursor) = (self.caller.viewer.clone(), self.filter.clone(), self.cursor);
        let reading = self.work(move |engine| async move {
            let viewer = viewer.ok_or_else(|| Fault::Internal("nobody follows".to_owned()))?;
            let reader = engine.database.reader(&viewer);
            let batch = history::changes(&reader, &filter, cursor, AHEAD).await;
            reader.let_go().await;
            batch
        });
        let batch = match reading.await.await {
            Ok(Ok(batch)) => batch,
            Ok(Err(fault @ Fault::Internal(_))) => {
                return Err(self.last(of(&fault)));
            }
            Ok(Err(fault)) => {
                if self.patience.is_none() {
                    tracing::warn!(%fault, "a subscription waits for the database");
                }
                self.rest = Some(self.wait_longer(AWAY));
                return Ok(());
            }
            Err(_) => return Err(self.last(internal())),
        };
        self.read_at = Instant::now();
        self.rest = match (batch.is_caught_up, batch.is_pending) {
            (false, _) => None,
            (true, true) => Some(self.wait_longer(HELD_BACK)),
            (true, false) => Some(SLOW),
        };
        if !batch.is_pending {
            self.patience = None;
        }
        if batch.entries.is_empty() {
            self.cursor = batch.end.max(self.cursor);
        }
        self.end = batch.end;
        self.ahead = batch.entries.into();
        Ok(())
    }

    /// Does what needs the database, in a task of its own that ends whether or not the subscriber is still there. Only so many of
    /// all subscriptions do at a time, so that requests find a connection.
    async fn work<T, F>(&self, work: impl FnOnce(Arc<Engine>) -> F) -> JoinHandle<T>
    where
        T: Send + 'static,
        F: Future<Output = T> + Send + 'static,
    {
        let permit = Arc::clone(&self.engine.following).acquire_owned().await;
        let work = work(Arc::clone(&self.engine));
        tokio::spawn(
            async move {
                let _permit = permit;
                work.await
            }
            .in_current_span(),
        )
    }

    fn wait_longer(&mut self, (first, most): (Duration, Duration)) -> Duration {
        let wait = self.patience.map_or(first, |last| (last * 2).min(most));
        self.patience = Some(wait);
        wait
    }

    fn last(&self, error: ServerError) -> Delivery {
        Delivery { position: None, body: body_of_errors(vec![error], &self.caller) }
    }
}

fn is_unavailable(error: &ServerError) -> bool {
    let code = error.extensions.as_ref().and_then(|extensions| extensions.get("code"));
    code.is_some_and(|code| *code == async_graphql::Value::from(Code::Unavailable.name()))
}

fn of(fault: &Fault) -> ServerError {
    error::of_fault(fault).into_server_error(Pos::default())
}

pub(super) fn internal() -> ServerError {
    let message = "something went wrong inside the service; quote extensions.requestId when you report it";
    with_code(ServerError::new(message, None), Code::Internal.name())
}
