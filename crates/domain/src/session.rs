//! The only way to the database: a reader serves a query, `run` runs a command, and both need a viewer.
//! Nothing here decides a rule; it sees to it that claims are set, that a transaction ends, and that nobody inherits one.

mod claims;
mod feed;
mod lanes;
mod lock;
mod pool;
mod reader;
mod receipt;
mod sql;
mod survey;
mod transaction;
mod turn;
mod work;

use std::num::NonZeroUsize;
use std::sync::Arc;
use std::time::Duration;

use sqlx::postgres::PgConnectOptions;
use sqlx::{Connection as _, Row as _};

pub(crate) use claims::Claims;
pub use feed::{Feed, Follower};
use lanes::Lanes;
pub use lock::Lock;
pub(crate) use pool::{Pool, PoolOptions};
pub use reader::Reader;
pub(crate) use reader::Row;
pub use receipt::{Idempotency, KEPT_FOR};
pub use sql::Sql;
pub(crate) use survey::Survey;
pub(crate) use transaction::OUR_LIMIT;
pub use transaction::Transaction;
pub(crate) use transaction::broken;
pub(crate) use turn::{Turn, push_is_taken};
pub(crate) use work::Beside;
pub use work::{Attempt, Command, Mode, Note, OpenWork, Recorded, Work};

use crate::candidate::{Comparers, Counted, Grouped};
use crate::clock::Clock;
use crate::contact::LinkTokenKey;
use crate::failure::Fault;
use crate::position::PositionKey;
use crate::verification::{CodeKey, Courier, LogCourier};
use crate::viewer::Viewer;

/// Whether statements ask the scope themselves. Row security holds either way; a guarantee test takes the first wall down to show it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FirstWall {
    /// Every statement asks the scope: always, outside that one test.
    Stands,
    /// Statements ask for everything and row security alone decides.
    Down,
}

/// How the database is used.
#[derive(Clone, Debug)]
pub struct DatabaseOptions {
    /// At most so many connections.
    pub max_connections: u32,
    /// How long a request waits for a connection before it is told that there is none.
    pub acquire_timeout: Duration,
    /// How long one statement may take, seen from our side: a frozen database never fires its own timeout.
    pub statement_timeout: Duration,
    /// Whether the first wall stands.
    pub first_wall: FirstWall,
}

impl Default for DatabaseOptions {
    fn default() -> Self {
        Self {
            max_connections: 8,
            acquire_timeout: Duration::from_secs(5),
            statement_timeout: Duration::from_secs(20),
            first_wall: FirstWall::Stands,
        }
    }
}

impl DatabaseOptions {
    /// How many of the connections are shared by short statements: a quarter, but no more than there are processors, as their processes do
    /// not wait for anything but each other.
    fn lanes(&self) -> usize {
        let processors = std::thread::available_parallelism().map_or(1, NonZeroUsize::get);
        (self.max_connections as usize / 4).min(processors)
    }

    fn pool(&self, connect: PgConnectOptions, most: u32, rests: Duration) -> Pool {
        // Each statement is planned once for a connection: with policies within policies, planning one costs several times what running it
        // does. Those that open transactions are prepared by name.
        let (enter, lock) = (Claims::PREPARED, lock::lock_prepared());
        let first = format!("{PLANS_KEPT}; {enter}; {lock}");
        Pool::new(connect, PoolOptions { most, patience: self.acquire_timeout, rests, first })
    }
}

/// How long a connection may rest until it is closed.
pub(crate) const RESTS: Duration = Duration::from_secs(600);

/// What each connection begins with: a statement's plan is made once, for all values.
const PLANS_KEPT: &str = "SET plan_cache_mode = force_generic_plan";

/// A connection keeps so many statements prepared. More texts than sqlx's usual 100 are in use: every list has one for each order,
/// filter and way that is asked for, and one that has fallen out is parsed and planned anew, policies and all.
const STATEMENTS_KEPT: usize = 256;

/// One process carries out so many imports at a time; others wait their turn.
const IMPORTS_AT_ONCE: usize = 2;

/// The database, seen as the unprivileged role `liaison_app`.
#[derive(Clone)]
pub struct Database {
    pool: Pool,
    lanes: Lanes,
    clock: Clock,
    options: Arc<DatabaseOptions>,
    positions: PositionKey,
    link_tokens: LinkTokenKey,
    codes: CodeKey,
    courier: Arc<dyn Courier>,
    feed: Feed,
    /// How the feed connects, and whoever takes a turn.
    connect: Arc<PgConnectOptions>,
    /// How many imports this process carries out at once.
    importing: Arc<tokio::sync::Semaphore>,
    /// Held by whoever wants to hold everything (`lock`), while it waits for that.
    everything: Arc<tokio::sync::Mutex<()>>,
    /// How common names are, as they were counted last.
    names: Counted,
    /// Who may all be one person, as the list was last.
    groups: Grouped,
    /// How those get on who compare people in this process.
    comparers: Comparers,
}

impl Database {
    /// Connects and makes sure that the role is one that row security binds.
    pub async fn open(connect: PgConnectOptions, options: DatabaseOptions, clock: Clock) -> Result<Self, Fault> {
        let connect = connect.statement_cache_capacity(STATEMENTS_KEPT);
        // Who it is comes first: to somebody else the statements that connections begin with would mean nothing.
        let (patience, first) = (options.acquire_timeout, String::new());
        let door = Pool::new(connect.clone(), PoolOptions { most: 1, patience, rests: RESTS, first });
        let mut connection = door.acquire().await?;
        let row = sqlx::query(
            "SELECT current_user::text AS name, r.rolsuper, r.rolbypassrls,
                    EXISTS (SELECT FROM pg_class c WHERE c.relowner = r.oid AND c.relname = 'domain_events')
                      OR EXISTS (SELECT FROM pg_roles other
                                 WHERE other.rolname IN ('liaison_owner', 'liaison_projector', 'liaison_definer')
                                   AND pg_has_role(r.oid, other.oid, 'USAGE')) AS owns
             FROM pg_roles r WHERE r.rolname = current_user",
        )
        .fetch_one(&mut *connection)
        .await?;
        let name: String = row.try_get("name")?;
        if row.try_get::<bool, _>("rolsuper")? || row.try_get::<bool, _>("rolbypassrls")? || row.try_get("owns")? {
            return Err(Fault::Internal(format!(
                "row security does not bind the role {name}: the server must connect as liaison_app, which is neither a \
                 superuser nor BYPASSRLS, owns no table and inherits no role that does"
            )));
        }
        let mut transaction = connection.begin().await?;
        sqlx::query("SET LOCAL ROLE liaison_projector").execute(&mut *transaction).await?;
        let secret: Vec<u8> =
            sqlx::query("SELECT secret FROM installation").fetch_one(&mut *transaction).await?.try_get("secret")?;
        transaction.rollback().await?;
        connection.release();
        door.close().await;
        let lanes = Lanes::new(&connect, options.lanes(), options.acquire_timeout);
        let others = options.max_connections - u32::try_from(lanes.most()).unwrap_or_default();
        Ok(Self {
            pool: options.pool(connect.clone(), others, RESTS),
            lanes,
            clock,
            options: Arc::new(options),
            positions: PositionKey::new(&secret),
            link_tokens: LinkTokenKey::new(&secret),
            codes: CodeKey::new(&secret),
            courier: Arc::new(LogCourier),
            feed: Feed::new(),
            connect: Arc::new(connect),
            importing: Arc::new(tokio::sync::Semaphore::new(IMPORTS_AT_ONCE)),
            everything: Arc::default(),
            names: Counted::default(),
            groups: Grouped::default(),
            comparers: Comparers::default(),
        })
    }

    /// A reader for one request of `viewer`: one snapshot, opened when the first statement comes.
    pub fn reader(&self, viewer: &Viewer) -> Reader {
        Reader::new(self.clone(), viewer.clone())
    }

    /// Whether the database answers.
    pub async fn ping(&self) -> Result<(), Fault> {
        let limit = Duration::from_secs(2);
        let answer = tokio::time::timeout(limit, async {
            Transaction::alone(&self.pool, Sql::new("SELECT 1"), limit).await.map(drop)
        });
        answer.await.unwrap_or_else(|_| Err(Fault::Unavailable("no answer within 2 seconds".to_owned())))
    }

    /// The key that seals positions of this installation.
    pub fn positions(&self) -> &PositionKey {
        &self.positions
    }

    /// The keys of what this installation gives out for a look-up.
    pub(crate) fn link_tokens(&self) -> &LinkTokenKey {
        &self.link_tokens
    }

    /// The same with somebody who carries verification codes; without, they are written to the process log.
    #[must_use]
    pub fn with_courier(self, courier: Arc<dyn Courier>) -> Self {
        Self { courier, ..self }
    }

    /// The key of the codes that this installation sends.
    pub(crate) fn codes(&self) -> &CodeKey {
        &self.codes
    }

    /// How common names are.
    pub(crate) fn names(&self) -> &Counted {
        &self.names
    }

    /// Who may all be one person.
    pub(crate) fn groups(&self) -> &Grouped {
        &self.groups
    }

    /// How those get on who compare people in this process.
    pub(crate) fn comparers(&self) -> &Comparers {
        &self.comparers
    }

    /// A place among the imports that this process carries out, when one is free.
    pub(crate) async fn place_to_import(&self) -> Option<tokio::sync::OwnedSemaphorePermit> {
        Arc::clone(&self.importing).acquire_owned().await.ok()
    }

    /// The clock that commands read.
    pub fn clock(&self) -> &Clock {
        &self.clock
    }

    /// How many connections are in use, and how many rest.
    pub fn connections(&self) -> (u32, u32) {
        let ((used, resting), (busy, idle)) = (self.pool.usage(), self.lanes.usage());
        (used + busy, resting + idle)
    }

    /// How many connections there are at most.
    pub fn most_connections(&self) -> u32 {
        self.options.max_connections
    }

    /// How long a request waits for a connection.
    pub fn patience(&self) -> Duration {
        self.options.acquire_timeout
    }

    /// Ends all connections; requests that are under way finish first.
    pub async fn close(&self) {
        self.feed.end();
        self.importing.close();
        self.lanes.close().await;
        self.pool.close().await;
    }
}
