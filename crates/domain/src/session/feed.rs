//! What wakes those who follow the log: this process's own commits at once, other processes' through PostgreSQL's notifications, and a
//! slow look at the log in case one was lost. A wake-up carries nothing; what there is to see, everybody reads for themselves.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use sqlx::postgres::{PgConnectOptions, PgListener, PgPoolOptions};
use sqlx::{PgPool, Row};
use tokio::sync::{Notify, watch};

use super::{Database, Pool, RESTS, Sql, Transaction};
use crate::failure::Fault;

/// The channel of the notifications. They have no payload.
const CHANNEL: &str = "liaison_changes";
/// After a notification, which goes out at once, commits within this time are the next one: each queues at one lock of the whole cluster and
/// wakes a process and a connection of every server.
const TOGETHER: Duration = Duration::from_millis(25);
/// How often the log itself is looked at.
const LOOK: Duration = Duration::from_secs(1);
/// How long an answer of the database is waited for.
const PATIENCE: Duration = Duration::from_secs(20);
/// How long to wait before connecting again, at first and at most.
const BACKOFF: (Duration, Duration) = (Duration::from_millis(100), Duration::from_secs(5));

/// The wake-ups of one process. Without a running [`Database::start_feed`] only local commits wake anybody.
#[derive(Clone)]
pub struct Feed {
    inner: Arc<Inner>,
}

struct Inner {
    ticks: watch::Sender<()>,
    /// A local commit that others have not been told of.
    untold: Notify,
    is_started: AtomicBool,
    /// How many events this process has committed.
    recorded: AtomicU64,
    ends: watch::Sender<bool>,
}

impl Feed {
    pub(super) fn new() -> Self {
        let inner = Inner {
            ticks: watch::Sender::new(()),
            untold: Notify::new(),
            is_started: AtomicBool::new(false),
            recorded: AtomicU64::new(0),
            ends: watch::Sender::new(false),
        };
        Self { inner: Arc::new(inner) }
    }

    /// Somebody who wants to be woken from now on.
    pub fn follow(&self) -> Follower {
        Follower { ticks: self.inner.ticks.subscribe() }
    }

    /// So many events were committed here.
    pub(super) fn poke(&self, events: usize) {
        self.inner.recorded.fetch_add(events as u64, Ordering::Relaxed);
        self.tick();
        self.inner.untold.notify_one();
    }

    /// Wakes everybody here.
    fn tick(&self) {
        self.inner.ticks.send_replace(());
    }

    /// How many events this process has committed since it began.
    pub fn recorded(&self) -> u64 {
        self.inner.recorded.load(Ordering::Relaxed)
    }

    pub(super) fn end(&self) {
        self.inner.ends.send_replace(true);
    }

    /// Comes back when the database is closed.
    pub(crate) async fn ended(&self) {
        drop(self.inner.ends.subscribe().wait_for(|has_ended| *has_ended).await);
    }
}

/// Somebody who is woken.
pub struct Follower {
    ticks: watch::Receiver<()>,
}

impl Follower {
    /// Comes back when there may be something new since the last time, or since the beginning; at once if that was meanwhile. Any
    /// number of changes are one wake-up, and it may be for nothing.
    pub async fn changed(&mut self) {
        if self.ticks.changed().await.is_err() {
            // The feed is gone, and with it whatever could change.
            std::future::pending::<()>().await;
        }
    }
}

impl Database {
    /// The wake-ups of this process.
    pub fn feed(&self) -> &Feed {
        &self.feed
    }

    /// Listens to other processes and tells them of what is committed here, on two connections of its own, until the database is closed.
    /// To start it twice is to start it once.
    pub fn start_feed(&self) {
        if self.feed.inner.is_started.swap(true, Ordering::SeqCst) {
            return;
        }
        let feed = self.feed.clone();
        let listening = of_one(self.connect.as_ref().clone());
        let telling = self.options.pool(self.connect.as_ref().clone(), 1, RESTS);
        tokio::spawn(async move {
            tokio::select! {
                () = feed.ended() => {}
                () = listen(&feed, &listening) => {}
                () = tell(&feed, &telling) => {}
            }
            listening.close().await;
            telling.close().await;
        });
    }
}

/// A pool of one connection, as those who listen want it, beside that of the requests: when those have taken every connection, wake-ups
/// still come and go.
fn of_one(connect: PgConnectOptions) -> PgPool {
    PgPoolOptions::new().max_connections(1).max_lifetime(None).idle_timeout(None).connect_lazy_with(connect)
}

/// Listens for ever, and connects again when the connection is lost. What was told meanwhile is not told again, so that everybody is
/// woken when it is back.
async fn listen(feed: &Feed, pool: &PgPool) {
    let mut wait = BACKOFF.0;
    loop {
        if let Err(error) = listen_until_lost(feed, pool, &mut wait).await {
            tracing::warn!(%error, "no notifications of other processes; connecting again");
        }
        tokio::time::sleep(wait).await;
        wait = (wait * 2).min(BACKOFF.1);
    }
}

async fn listen_until_lost(feed: &Feed, pool: &PgPool, wait: &mut Duration) -> Result<(), sqlx::Error> {
    let mut listener = PgListener::connect_with(pool).await?;
    listener.eager_reconnect(false);
    listener.listen(CHANNEL).await?;
    *wait = BACKOFF.0;
    feed.tick();
    while listener.try_recv().await?.is_some() {
        feed.tick();
    }
    Ok(())
}

/// Tells others of what was committed here, and looks at the log now and then: a notification can be lost with its connection, on
/// their side or on ours.
async fn tell(feed: &Feed, pool: &Pool) {
    let mut known = None;
    loop {
        let is_untold = tokio::select! {
            () = feed.inner.untold.notified() => true,
            () = tokio::time::sleep(LOOK) => false,
        };
        let done = if is_untold { notify(pool).await } else { look(feed, pool, &mut known).await };
        if let Err(error) = done {
            tracing::warn!(%error, "other processes could not be told, or the log not be looked at");
            if is_untold {
                feed.inner.untold.notify_one();
            }
            tokio::time::sleep(BACKOFF.0).await;
        }
        tokio::time::sleep(TOGETHER).await;
    }
}

async fn notify(pool: &Pool) -> Result<(), Fault> {
    let mut sql = Sql::new("SELECT pg_notify(");
    sql.push_bind(CHANNEL).push(", '')");
    Transaction::alone(pool, sql, PATIENCE).await.map(drop)
}

/// Wakes everybody here if the log ends elsewhere than the last time.
async fn look(feed: &Feed, pool: &Pool, known: &mut Option<(i64, i64, i64)>) -> Result<(), Fault> {
    let sql = Sql::new("SELECT epoch, xid, seq FROM app.log_end()");
    let rows = Transaction::alone(pool, sql, PATIENCE).await?;
    let Some(row) = rows.first() else { return Ok(()) };
    if row.try_get::<Option<i64>, _>("epoch")?.is_none() {
        return Ok(());
    }
    let end = (row.try_get("epoch")?, row.try_get("xid")?, row.try_get("seq")?);
    if known.replace(end) != Some(end) {
        feed.tick();
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use futures::FutureExt;

    use super::*;

    #[test]
    fn what_comes_between_two_calls_is_not_missed_and_many_are_one() {
        let feed = Feed::new();
        let mut follower = feed.follow();
        assert_eq!(follower.changed().now_or_never(), None, "nothing has happened yet");
        feed.poke(1);
        feed.poke(1);
        assert_eq!(follower.changed().now_or_never(), Some(()));
        assert_eq!(follower.changed().now_or_never(), None, "both were one");
        feed.poke(1);
        assert_eq!(follower.changed().now_or_never(), Some(()));
    }
}
