//! Connections, as they are lent and come back. sqlx's own pool sends a message of its own whenever a connection comes back and has a task
//! wait for the answer: as much as a small statement costs. Ours come back only after their transaction has ended in so many
//! words (`transaction`), which tells as much.

use std::io::ErrorKind;
use std::ops::{Deref, DerefMut};
use std::time::Duration;

use backon::{ExponentialBuilder, Retryable as _};
use deadpool::managed::{self, Metrics, PoolError, QueueMode, RecycleResult, WeakPool};
use sqlx::postgres::PgConnectOptions;
use sqlx::{AssertSqlSafe, Connection as _, Executor as _, PgConnection};

/// A connection that rested no longer than this is used as it is; an older one is asked whether it lives, which costs a round trip.
const FRESH: Duration = Duration::from_secs(2);
/// No connection grows older than this: what PostgreSQL keeps for one only grows.
pub(super) const OLDEST: Duration = Duration::from_secs(30 * 60);
/// How long to wait before connecting again to a database that is just starting, at first and at most.
const BACKOFF: (Duration, Duration) = (Duration::from_millis(10), Duration::from_secs(1));

/// A connection that is lent. Whoever knows that nothing is under way on it releases it for the next. Dropped as it is, it is closed: a
/// statement may have been cut short, and PostgreSQL rolls back what was open.
pub(crate) struct Lent(Option<managed::Object<Connecting>>);

impl Lent {
    /// Lets it be lent to the next; nothing is under way on it, and no transaction is open.
    pub(crate) fn release(mut self) {
        drop(self.0.take());
    }
}

impl Drop for Lent {
    fn drop(&mut self) {
        if let Some(connection) = self.0.take() {
            drop(managed::Object::take(connection));
        }
    }
}

impl Deref for Lent {
    type Target = PgConnection;

    fn deref(&self) -> &PgConnection {
        self.0.as_ref().expect(IS_THERE)
    }
}

impl DerefMut for Lent {
    fn deref_mut(&mut self) -> &mut PgConnection {
        self.0.as_mut().expect(IS_THERE)
    }
}

const IS_THERE: &str = "the connection is taken only by what consumes it";

/// The connections of somebody to one database.
#[derive(Clone)]
pub(crate) struct Pool {
    connections: managed::Pool<Connecting>,
    patience: Duration,
}

/// How many connections there are, and for how long.
pub(crate) struct PoolOptions {
    /// At most so many.
    pub most: u32,
    /// How long whoever wants one waits for it.
    pub patience: Duration,
    /// How long one may rest until it is closed.
    pub rests: Duration,
    /// The statements that each begins with, of our own words.
    pub first: String,
}

/// How connections are made.
pub(crate) struct Connecting {
    connect: PgConnectOptions,
    patience: Duration,
    first: String,
}

impl Pool {
    /// Connects when somebody wants a connection. It runs within tokio's runtime.
    pub(crate) fn new(connect: PgConnectOptions, options: PoolOptions) -> Self {
        let PoolOptions { most, patience, rests, first } = options;
        // Who was used last has the most in its caches.
        let connections = managed::Pool::builder(Connecting { connect, patience, first })
            .max_size(most as usize)
            .queue_mode(QueueMode::Lifo)
            .build()
            .expect("only limits of time need a runtime, and none was set");
        tokio::spawn(close_who_rests(connections.weak(), rests));
        Self { connections, patience }
    }

    /// A connection outside of any transaction.
    pub(crate) async fn acquire(&self) -> Result<Lent, sqlx::Error> {
        match tokio::time::timeout(self.patience, self.connections.get()).await {
            Ok(Ok(connection)) => Ok(Lent(Some(connection))),
            Ok(Err(PoolError::Backend(error))) => Err(error),
            Ok(Err(PoolError::Closed)) => Err(sqlx::Error::PoolClosed),
            Ok(Err(error)) => Err(sqlx::Error::Configuration(error.to_string().into())),
            Err(_) => Err(sqlx::Error::PoolTimedOut),
        }
    }

    /// How many connections are in use, and how many rest.
    pub(crate) fn usage(&self) -> (u32, u32) {
        let status = self.connections.status();
        (count(status.size.saturating_sub(status.available)), count(status.available))
    }

    /// Ends all connections; who has one uses it to the end.
    pub(crate) async fn close(&self) {
        let resting = self.connections.retain(|_, _| false).removed;
        self.connections.close();
        for connection in resting {
            end(connection).await;
        }
        while self.connections.status().size > 0 {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }
}

impl managed::Manager for Connecting {
    type Type = PgConnection;
    type Error = sqlx::Error;

    async fn create(&self) -> Result<PgConnection, sqlx::Error> {
        let connect = async || PgConnection::connect_with(&self.connect).await;
        let (shortest, most) = BACKOFF;
        let waits = ExponentialBuilder::new().with_min_delay(shortest).with_max_delay(most).with_jitter();
        let waits = waits.with_total_delay(Some(self.patience)).without_max_times();
        let mut connection = connect.retry(waits).when(is_about_to_start).await?;
        connection.execute(sqlx::raw_sql(AssertSqlSafe(self.first.clone()))).await?;
        Ok(connection)
    }

    async fn recycle(&self, connection: &mut PgConnection, metrics: &Metrics) -> RecycleResult<sqlx::Error> {
        if metrics.age() > OLDEST {
            return Err(managed::RecycleError::message("it is old"));
        }
        if metrics.last_used() > FRESH {
            connection.ping().await?;
        }
        Ok(())
    }
}

/// A number of connections.
pub(super) fn count(size: usize) -> u32 {
    u32::try_from(size).unwrap_or(u32::MAX)
}

/// Whether the database may answer in a moment.
fn is_about_to_start(error: &sqlx::Error) -> bool {
    match error {
        sqlx::Error::Io(error) => error.kind() == ErrorKind::ConnectionRefused,
        sqlx::Error::Database(error) => error.is_transient_in_connect_phase(),
        _ => false,
    }
}

async fn close_who_rests(pool: WeakPool<Connecting>, rests: Duration) {
    loop {
        tokio::time::sleep(rests / 2).await;
        let Some(pool) = pool.upgrade().filter(|pool| !pool.is_closed()) else { return };
        for connection in pool.retain(|_, metrics| metrics.last_used() < rests).removed {
            end(connection).await;
        }
    }
}

async fn end(connection: PgConnection) {
    if let Err(error) = connection.close().await {
        tracing::debug!(%error, "a connection was gone before it was closed");
    }
}
