//! Lanes: connections that many requests share at the same time. A statement that is all that its request asks goes onto one behind those
//! that are under way there, without waiting for their answers: the database finds the next statement when it has done one, instead of
//! waking up for each, and a few processes of its do what one for each request would do dearer.
//!
//! What goes there opens no transaction: each statement is one of its own, sets its claims itself and loses them with its end
//! (`Reader::begin`). It is known to be short, as whoever comes behind waits for it; what turns out to be slow is left alone, and others
//! take another lane or a connection of their own. Nothing hangs on lanes: where there is none, the pool serves.

use std::error::Error as StdError;
use std::path::Path;
use std::pin::pin;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use bytes::BytesMut;
use futures::TryStreamExt as _;
use percent_encoding::percent_decode_str;
use postgres_types::{IsNull, ToSql, Type, to_sql_checked};
use quick_cache::sync::Cache;
use sqlx::ConnectOptions as _;
use sqlx::postgres::{PgConnectOptions, PgSslMode};
use tokio::task::JoinHandle;
use tokio_postgres::{Client, Config, NoTls, Statement};

use super::pool::{OLDEST, count};
use super::sql::{Sql, Value};
use super::transaction::OUR_LIMIT;
use super::{PLANS_KEPT, Row, STATEMENTS_KEPT};
use crate::failure::Fault;

/// While what is under way weighs less nobody looks for another lane; the lightest statement weighs 1.
const LITTLE: usize = 8;
/// While it weighs so much a lane takes no more. That is a lot: to wait one's turn on a lane that gets on takes less time than to share the
/// processors with many.
const MUCH: usize = 1_600;
/// A lane that has answered nothing for so long while something was under way has something slow on it.
const SLOW: Duration = Duration::from_millis(10);
/// How long to wait before a lane is opened again, after that failed.
const PAUSE: Duration = Duration::from_secs(1);

/// The lanes to one database.
#[derive(Clone)]
pub(super) struct Lanes(Arc<Shared>);

struct Shared {
    config: Config,
    /// How long connecting may take.
    patience: Duration,
    /// How many there are at most.
    most: usize,
    began: Instant,
    open: Mutex<Open>,
}

#[derive(Default)]
struct Open {
    lanes: Vec<Arc<Lane>>,
    /// What carries the messages of each, until it has ended.
    carriers: Vec<JoinHandle<()>>,
    is_opening: bool,
    /// When opening one failed last.
    failed: Option<Instant>,
    is_closed: bool,
}

struct Lane {
    client: Client,
    statements: Cache<String, Statement>,
    opened: Instant,
    /// What is under way weighs so much.
    load: AtomicUsize,
    /// When the last answer came, or the first statement after a rest went: microseconds from the beginning of all lanes.
    since: AtomicU64,
    /// Somebody has gone without an answer, which may take long.
    is_left: AtomicBool,
}

/// A statement's place on a lane.
struct Place {
    lane: Arc<Lane>,
    shared: Arc<Shared>,
    weight: usize,
    is_answered: bool,
}

impl Lanes {
    /// Lanes, at most so many, to a database that is reached without encryption: by a socket, on this machine, or because it is asked for so.
    /// None of others: the driver would need keys that the options do not give away.
    pub fn new(connect: &PgConnectOptions, most: usize, patience: Duration) -> Self {
        let config = config(connect);
        let most = if config.is_some() { most } else { 0 };
        let (config, began) = (config.unwrap_or_default(), Instant::now());
        Self(Arc::new(Shared { config, patience, most, began, open: Mutex::default() }))
    }

    /// How many there are at most.
    pub fn most(&self) -> usize {
        self.0.most
    }

    /// How many are in use, and how many rest.
    pub fn usage(&self) -> (u32, u32) {
        let open = self.0.open();
        let used = open.lanes.iter().filter(|lane| lane.load() > 0).count();
        (count(used), count(open.lanes.len() - used))
    }

    /// Runs a statement of this weight that needs no transaction of its own on a lane. Nothing, if there is none to take it, or it was lost
    /// with its lane.
    pub async fn fetch(&self, sql: &Sql, weight: usize, limit: Duration) -> Option<Result<Vec<Row>, Fault>> {
        let place = self.place(weight)?;
        match tokio::time::timeout(limit, place.lane.run(sql)).await {
            Ok(Ok(rows)) => {
                place.answered();
                Some(Ok(rows))
            }
            Ok(Err(error)) => match error.as_db_error() {
                Some(told) => {
                    // It may have been prepared for tables that have changed since.
                    place.lane.statements.remove(sql.text());
                    let fault = Fault::of_state(told.code().code(), told.message().to_owned());
                    place.answered();
                    Some(Err(fault))
                }
                None => {
                    tracing::debug!(%error, "a lane was lost");
                    None
                }
            },
            Err(_) => Some(Err(Fault::TimedOut(OUR_LIMIT.to_owned()))),
        }
    }

    /// A place for one statement, if a lane has one; another lane is opened where those that there are have much to do.
    fn place(&self, weight: usize) -> Option<Place> {
        let shared = &self.0;
        let now = shared.now();
        let mut open = shared.open();
        open.lanes.retain(|lane| lane.is_good());
        let ready = || open.lanes.iter().filter(|lane| !lane.is_slow(now));
        // The first that has little to do, so that few are at work; else the one that has least.
        let light = ready().find(|lane| lane.load() < LITTLE);
        let is_enough = light.is_some();
        let found = light.or_else(|| ready().filter(|lane| lane.load() < MUCH).min_by_key(|lane| lane.load())).cloned();
        let may_open = !open.is_closed && !open.is_opening && open.lanes.len() < shared.most;
        if !is_enough && may_open && open.failed.is_none_or(|at| at.elapsed() > PAUSE) {
            open.is_opening = true;
            tokio::spawn(open_one(shared.clone()));
        }
        let lane = found?;
        if lane.load.fetch_add(weight, Ordering::Relaxed) == 0 {
            lane.since.store(now, Ordering::Relaxed);
        }
        Some(Place { lane, shared: shared.clone(), weight, is_answered: false })
    }

    /// Ends all; what is under way is answered first.
    pub async fn close(&self) {
        let carriers = {
            let mut open = self.0.open();
            open.is_closed = true;
            open.lanes.clear();
            std::mem::take(&mut open.carriers)
        };
        for carrier in carriers {
            if let Err(error) = carrier.await {
                tracing::debug!(%error, "a lane did not end cleanly");
            }
        }
    }
}

impl Shared {
    /// Nobody who holds it can panic half-way through a change that matters.
    fn open(&self) -> MutexGuard<'_, Open> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn now(&self) -> u64 {
        u64::try_from(self.began.elapsed().as_micros()).unwrap_or(u64::MAX)
    }

    async fn connect(&self) -> Result<(Lane, JoinHandle<()>), tokio_postgres::Error> {
        let (client, connection) = self.config.connect(NoTls).await?;
        let carrier = tokio::spawn(async move {
            if let Err(error) = connection.await {
                tracing::debug!(%error, "a lane ended");
            }
        });
        // As sqlx begins its connections.
        client.batch_execute(&format!("SET TimeZone = 'UTC'; SET DateStyle = 'ISO, MDY'; {PLANS_KEPT}")).await?;
        let lane = Lane {
            client,
            statements: Cache::new(STATEMENTS_KEPT),
            opened: Instant::now(),
            load: AtomicUsize::new(0),
            since: AtomicU64::new(0),
            is_left: AtomicBool::new(false),
        };
        Ok((lane, carrier))
    }
}

async fn open_one(shared: Arc<Shared>) {
    let connected = tokio::time::timeout(shared.patience, shared.connect()).await;
    let mut open = shared.open();
    open.is_opening = false;
    let why: Box<dyn StdError> = match connected {
        Ok(Ok((lane, carrier))) => {
            open.failed = None;
            open.carriers.retain(|carrier| !carrier.is_finished());
            open.carriers.push(carrier);
            if !open.is_closed {
                open.lanes.push(Arc::new(lane));
            }
            return;
        }
        Ok(Err(error)) => error.into(),
        Err(late) => late.into(),
    };
    open.failed = Some(Instant::now());
    tracing::debug!(error = %why, "a lane could not be opened");
}

impl Lane {
    fn load(&self) -> usize {
        self.load.load(Ordering::Relaxed)
    }

    fn is_good(&self) -> bool {
        !self.client.is_closed() && !self.is_left.load(Ordering::Relaxed) && self.opened.elapsed() < OLDEST
    }

    fn is_slow(&self, now: u64) -> bool {
        let silent = now.saturating_sub(self.since.load(Ordering::Relaxed));
        self.load() > 0 && u128::from(silent) > SLOW.as_micros()
    }

    async fn run(&self, sql: &Sql) -> Result<Vec<Row>, tokio_postgres::Error> {
        let statement = match self.statements.get(sql.text()) {
            Some(statement) => statement,
            None => {
                let kinds = sql.values().map(|value| value.kind.oid());
                let kinds = kinds.map(|oid| oid.and_then(|oid| Type::from_oid(oid.0)).unwrap_or(Type::UNKNOWN));
                let kinds: Vec<Type> = kinds.collect();
                let statement = self.client.prepare_typed(sql.text(), &kinds).await?;
                self.statements.insert(sql.text().to_owned(), statement.clone());
                statement
            }
        };
        let rows = self.client.query_raw(&statement, sql.values()).await?;
        pin!(rows.map_ok(Row::Laned)).try_collect().await
    }
}

impl Place {
    fn answered(mut self) {
        self.lane.since.store(self.shared.now(), Ordering::Relaxed);
        self.is_answered = true;
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        if !self.is_answered {
            self.lane.is_left.store(true, Ordering::Relaxed);
        }
        self.lane.load.fetch_sub(self.weight, Ordering::Relaxed);
    }
}

impl ToSql for Value<'_> {
    fn to_sql(&self, _: &Type, out: &mut BytesMut) -> Result<IsNull, Box<dyn StdError + Sync + Send>> {
        let Some(bytes) = self.bytes else { return Ok(IsNull::Yes) };
        out.extend_from_slice(bytes);
        Ok(IsNull::No)
    }

    fn accepts(_: &Type) -> bool {
        true
    }

    to_sql_checked!();
}

/// The same database and login, as the lanes' driver takes them.
fn config(connect: &PgConnectOptions) -> Option<Config> {
    let mut config = Config::new();
    let host = connect.get_host();
    match connect.get_socket().map(|socket| socket.as_path()) {
        Some(socket) => config.host_path(socket),
        None if host.starts_with('/') => config.host_path(Path::new(host)),
        None => {
            let is_here = ["localhost", "127.0.0.1", "::1"].contains(&host);
            let is_plain = match connect.get_ssl_mode() {
                PgSslMode::Disable => true,
                PgSslMode::Allow | PgSslMode::Prefer => is_here,
                PgSslMode::Require | PgSslMode::VerifyCa | PgSslMode::VerifyFull => false,
            };
            if !is_plain {
                return None;
            }
            config.host(host)
        }
    };
    config.port(connect.get_port()).user(connect.get_username());
    config.dbname(connect.get_database().unwrap_or(connect.get_username()));
    if let Some(options) = connect.get_options() {
        config.options(options);
    }
    config.application_name(format!("{} lane", connect.get_application_name().unwrap_or("liaison")));
    // The options tell the password in no other way.
    if let Some(password) = connect.to_url_lossy().password() {
        config.password(percent_decode_str(password).collect::<Vec<u8>>());
    }
    config.ssl_mode(tokio_postgres::config::SslMode::Disable);
    Some(config)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lane_goes_where_the_pool_goes_and_never_unencrypted_where_that_may_encrypt() {
        let of = |url: &str| config(&url.parse().unwrap());
        let local =
            of("postgres://somebody:p%40ss%20word@localhost:6543/liaison?options=-c%20role%3Dliaison_app").unwrap();
        assert_eq!(local.get_user(), Some("somebody"));
        assert_eq!(local.get_password(), Some("p@ss word".as_bytes()));
        assert_eq!(local.get_dbname(), Some("liaison"));
        assert_eq!(local.get_ports(), [6543]);
        assert_eq!(local.get_options(), Some("-c role=liaison_app"));
        assert!(of("postgres://somebody@database.example/liaison").is_none());
        assert!(of("postgres://somebody@localhost/liaison?sslmode=require").is_none());
        assert!(of("postgres://somebody@database.example/liaison?sslmode=disable").is_some());
        let socket = of("postgres://somebody@%2Frun%2Fpostgresql/liaison?sslmode=require").unwrap();
        assert_eq!(socket.get_hosts(), [tokio_postgres::config::Host::Unix("/run/postgresql".into())]);
    }
}
