//! The private PostgreSQL that the server brings up itself: found or fetched, made once, started on a Unix socket, stopped.
//! It may not listen on a network, connect as a superuser, or hold any SQL but that of the roles and the database.
//!
//! In the data folder lie `cluster` (PostgreSQL's own folder), `socket`, the three configuration files, `postgres.log` and
//! `owner.pid`, whose lock says that a server has the folder. A PostgreSQL that a killed server left running is adopted by
//! the next one, or restarted if it would be started differently now; a temporary one is stopped by its keeper.

use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};

use sqlx::Connection;
use sqlx::postgres::{PgConnectOptions, PgConnection, PgSslMode};

use account::Account;
use folder::{Folder, PORT};
use keeper::Keeper;
use postmaster::{Postmaster, Shutdown};

mod account;
mod binaries;
mod bootstrap;
mod download;
mod error;
mod folder;
mod keeper;
mod options;
mod postmaster;
mod roles;
mod settings;

pub use binaries::{Binaries, Finder};
pub use bootstrap::{DATABASE_NAME, ROLES};
pub use error::ClusterError;
pub use folder::{default_cache_folder, default_data_folder};
pub use options::{ClusterOptions, Download, Durability, Notice, Place};
pub use roles::{LoginKind, PreparedRoles, prepare_roles, require_safe};

const ADOPTION_PATIENCE: Duration = Duration::from_secs(5);

/// The roles that connect; there is no third.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Login {
    /// Migrates.
    Owner,
    /// Serves requests, under row-level security.
    App,
}

impl Login {
    pub fn role(self) -> &'static str {
        match self {
            Self::Owner => "liaison_owner",
            Self::App => "liaison_app",
        }
    }
}

/// How this process came by the running PostgreSQL.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Origin {
    /// The cluster was made and started.
    Made,
    /// The cluster was there and was started.
    Started,
    /// PostgreSQL was still running, left by a server that was killed.
    Adopted,
}

/// A running PostgreSQL that belongs to this process.
pub struct Cluster {
    folder: Folder,
    postmaster: Postmaster,
    keeper: Option<Keeper>,
    binaries: Binaries,
    origin: Origin,
    has_stopped: bool,
}

impl Cluster {
    /// Brings one up, and returns when it takes connections.
    pub async fn start(options: ClusterOptions) -> Result<Self, ClusterError> {
        let root = Folder::locate(&options.place)?;
        let started = Self::start_in(&root, &options).await;
        if started.is_err() && matches!(options.place, Place::Temporary) {
            let _ = folder::remove_folder(&root);
        }
        started
    }

    async fn start_in(root: &Path, options: &ClusterOptions) -> Result<Self, ClusterError> {
        let account = Account::choose(options.run_as.as_deref(), &Folder::cluster_in(root))?;
        let folder = Folder::take(root.to_path_buf(), &options.place, &account)?;
        let keeper = if folder.is_temporary() { Some(Keeper::of(&folder)?) } else { None };
        let made_by = bootstrap::made_by(&folder.cluster())?;
        let binaries = choose_binaries(options, &account, &folder.cluster(), made_by).await?;

        let main = settings::main(options, &binaries, &folder)?;
        let main_before = fs::read_to_string(folder.file(settings::MAIN)).unwrap_or_default();
        // Each time anew, as the server may run as another user than the last time.
        folder.write(settings::ADMISSION, &settings::admission(), &account)?;
        folder.write(settings::NAMES, &settings::names(&account)?, &account)?;

        if let Some(mut left) = made_by.and_then(|_| Postmaster::left_running(&folder.cluster())) {
            left.reload();
            let (pid, log) = (left.pid(), folder.log());
            // Equal texts: it runs as it would be started now.
            if main == main_before && answers(&folder, ADOPTION_PATIENCE).await.is_ok() {
                return Ok(Self::of(folder, left, keeper, binaries, Origin::Adopted));
            }
            tracing::info!(pid, "stopping the PostgreSQL that an earlier server left, to start it as it should be now");
            left.stop(Shutdown::Fast, log).await?;
        }
        let origin = if made_by.is_none() {
            tracing::info!(folder = %root.display(), version = %binaries.version, "making a private PostgreSQL cluster");
            bootstrap::make(&binaries, &folder, &account, options.durability).await?;
            Origin::Made
        } else {
            if !settings::has_roles_of_now(&main_before) {
                bootstrap::renew_roles(&binaries, &folder, &account, options.durability).await?;
            }
            Origin::Started
        };
        folder.write(settings::MAIN, &main, &account)?;
        let postmaster = Postmaster::start(&binaries, &folder, &account).await?;
        let cluster = Self::of(folder, postmaster, keeper, binaries, origin);
        answers(&cluster.folder, ADOPTION_PATIENCE).await?;
        Ok(cluster)
    }

    fn of(folder: Folder, postmaster: Postmaster, keeper: Option<Keeper>, binaries: Binaries, origin: Origin) -> Self {
        Self { folder, postmaster, keeper, binaries, origin, has_stopped: false }
    }

    /// How to connect as one of the two roles. Nothing of the environment counts but `PGOPTIONS`.
    pub fn connect_options(&self, login: Login, database: &str) -> PgConnectOptions {
        connect_options(self.folder.socket(), login, database)
    }

    /// How to connect to the one that another process runs on this folder, for commands that may work beside a server.
    pub fn beside(folder: &Path, login: Login) -> Result<PgConnectOptions, ClusterError> {
        Ok(connect_options(&Folder::socket_of(folder)?, login, DATABASE_NAME))
    }

    /// For the banner: which PostgreSQL, where, and how we came by it.
    pub fn describe(&self) -> String {
        let how = match self.origin {
            Origin::Made => "made now",
            Origin::Started => "was there",
            Origin::Adopted => "still running, adopted",
        };
        let kept = if self.folder.is_temporary() { "temporary" } else { how };
        format!("private PostgreSQL {} in {} ({kept})", self.binaries.version, self.folder.root().display())
    }

    pub fn origin(&self) -> Origin {
        self.origin
    }

    /// Whose programs run.
    pub fn binaries(&self) -> &Binaries {
        &self.binaries
    }

    /// The number of PostgreSQL's first process.
    pub fn pid(&self) -> i32 {
        self.postmaster.pid()
    }

    pub fn data_dir(&self) -> &Path {
        self.folder.root()
    }

    pub fn socket_dir(&self) -> &Path {
        self.folder.socket()
    }

    /// Stops PostgreSQL the orderly way and gives the folder free; a temporary one is removed.
    pub async fn stop(self) -> Result<(), ClusterError> {
        self.end(Shutdown::Fast).await
    }

    /// Stops PostgreSQL as a crash would, for tests; the next start on the same folder recovers.
    pub async fn stop_immediately(self) -> Result<(), ClusterError> {
        self.end(Shutdown::Immediate).await
    }

    async fn end(mut self, shutdown: Shutdown) -> Result<(), ClusterError> {
        self.postmaster.stop(shutdown, self.folder.log()).await?;
        self.has_stopped = true;
        self.folder.clear()?;
        if let Some(keeper) = self.keeper.take() {
            keeper.dismiss();
        }
        Ok(())
    }
}

impl Drop for Cluster {
    /// Whoever forgets to stop it leaves nothing running for long, but cannot be waited for.
    fn drop(&mut self) {
        if !self.has_stopped {
            self.postmaster.interrupt(Shutdown::Fast);
        }
    }
}

/// The programs that fit: those of the version that made the cluster, else the newest that have all modules.
async fn choose_binaries(
    options: &ClusterOptions,
    account: &Account,
    cluster: &Path,
    made_by: Option<u32>,
) -> Result<Binaries, ClusterError> {
    let found = options.finder.find().await?;
    let fits = |binaries: &&Binaries| made_by.is_none_or(|major| major == binaries.major);
    let mut incomplete = None;
    for binaries in found.iter().filter(fits) {
        let missing = binaries.missing_extensions(account).await?;
        if missing.is_empty() {
            return Ok(binaries.clone());
        }
        incomplete.get_or_insert(ClusterError::NoContrib { folder: binaries.folder.clone(), missing });
    }
    if let Some(incomplete) = incomplete {
        return Err(incomplete);
    }
    if let Some(made_by) = made_by.filter(|major| *major != download::MAJOR) {
        let found: Vec<&str> = found.iter().map(|binaries| binaries.version.as_str()).collect();
        let found = if found.is_empty() { "none".to_owned() } else { found.join(", ") };
        return Err(ClusterError::OtherMajor { folder: cluster.to_path_buf(), made_by, found });
    }
    let reason = || "this user has no folder for caches".to_owned();
    let cache = options.cache_folder.clone().or_else(default_cache_folder);
    let cache = cache.ok_or_else(|| ClusterError::NoBinaries { reason: reason() })?;
    let fetched = download::binaries(options, &cache).await?;
    let missing = fetched.missing_extensions(account).await?;
    if missing.is_empty() {
        return Ok(fetched);
    }
    Err(ClusterError::NoContrib { folder: fetched.folder, missing })
}

fn connect_options(socket: &Path, login: Login, database: &str) -> PgConnectOptions {
    PgConnectOptions::new_without_pgpass()
        .socket(socket)
        .port(PORT)
        .username(login.role())
        .database(database)
        .ssl_mode(PgSslMode::Disable)
        .application_name("liaison")
}

/// Connects as the owner and looks at the roles, until it goes well or time is up.
async fn answers(folder: &Folder, patience: Duration) -> Result<(), ClusterError> {
    let begin = Instant::now();
    loop {
        let asked = async {
            let options = connect_options(folder.socket(), Login::Owner, DATABASE_NAME);
            let mut connection = PgConnection::connect_with(&options).await?;
            let safe = require_safe(&mut connection).await;
            let _ = connection.close().await;
            safe
        };
        match asked.await {
            Err(ClusterError::Database(_)) if begin.elapsed() < patience => {
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
            answer => return answer,
        }
    }
}
