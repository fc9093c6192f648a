//! Which PostgreSQL the server works on: a given one, or a private one that it brings up. It sees to the migrations and hands out
//! how to connect in each role; it reads and writes no row itself.

use std::str::FromStr;

use liaison_domain::clock::Clock;
use liaison_domain::failure::Fault;
use liaison_domain::replay::Steward;
use liaison_domain::session::{Database, DatabaseOptions};
use liaison_migrations::{Migrator, MigratorTrait};
use sea_orm::SqlxPostgresConnector;
use secrecy::ExposeSecret;
use sqlx::Connection;
use sqlx::postgres::{PgConnectOptions, PgConnection, PgPoolOptions};

use crate::cluster::{Cluster, ClusterError, ClusterOptions, DATABASE_NAME, Download, Login, LoginKind, prepare_roles};
use crate::config::DatabaseSettings;

/// The limits that every session of the app has, whichever login took its role on.
const APP_LIMITS: [(&str, &str); 3] =
    [("statement_timeout", "30s"), ("lock_timeout", "5s"), ("idle_in_transaction_session_timeout", "30s")];

/// The database of this process.
pub struct Storage {
    cluster: Option<Cluster>,
    owner: Option<PgConnectOptions>,
    app: PgConnectOptions,
    description: String,
}

/// Why there is no database to work on.
#[derive(Debug, thiserror::Error)]
pub enum StorageError {
    /// The private PostgreSQL, or the roles of a given one.
    #[error(transparent)]
    Cluster(#[from] ClusterError),
    /// The address of the database is not one.
    #[error("the database address is not one such as postgres://user:password@host:5432/liaison: {0}")]
    Address(sqlx::Error),
    /// The address signs in as the owner, which cannot take the app's role on.
    #[error(
        "{0} may migrate but not serve: give the same database as liaison_app in app-database-url, or sign in as a role that may take \
         both roles on"
    )]
    CannotServe(String),
    /// The address signs in as the app, which cannot migrate.
    #[error(
        "{0} may serve but not change tables: run \"liaison migrate\" with a database-url that may become liaison_owner, then give this \
         address in app-database-url"
    )]
    CannotMigrate(String),
    /// A migration did not go through, or the database is newer.
    #[error("the tables could not be brought to this version: {0}")]
    Migration(String),
    /// The database has migrations that this program does not know.
    #[error(
        "the database is newer than this program: it has the migration {0}, which this version does not know. Start the version that \
         made it, or a newer one; nothing was changed"
    )]
    Newer(String),
    /// The database is of an older version of the program, or has no tables at all.
    #[error(
        "the database's tables are of an older version: run \"liaison migrate\", or start this version's server on it"
    )]
    Older,
    /// Connecting failed.
    #[error("{0}")]
    Fault(#[from] Fault),
}

impl Storage {
    /// Finds or brings up the database that the settings mean.
    pub async fn open(settings: &DatabaseSettings) -> Result<Self, StorageError> {
        match &settings.database_url {
            Some(url) => Self::given(url.expose_secret(), settings).await,
            None => Self::private(settings).await,
        }
    }

    /// As [`Storage::open`], for those who work on tables that are there; where another process serves on the private PostgreSQL, beside it
    /// instead of refusing.
    pub async fn beside(settings: &DatabaseSettings) -> Result<Self, StorageError> {
        let storage = Self::open_beside(settings).await?;
        match are_of_this_version(&storage.app).await {
            Ok(true) => Ok(storage),
            outcome => {
                storage.close().await?;
                outcome.and(Err(StorageError::Older))
            }
        }
    }

    async fn open_beside(settings: &DatabaseSettings) -> Result<Self, StorageError> {
        match Self::open(settings).await {
            Err(StorageError::Cluster(ClusterError::InUse { folder, .. })) => Ok(Self {
                cluster: None,
                owner: Some(Cluster::beside(&folder, Login::Owner)?),
                app: Cluster::beside(&folder, Login::App)?,
                description: format!("private PostgreSQL in {}, run by another process", folder.display()),
            }),
            opened => opened,
        }
    }

    async fn private(settings: &DatabaseSettings) -> Result<Self, StorageError> {
        let mut options = if settings.ephemeral {
            ClusterOptions::temporary()
        } else {
            ClusterOptions::in_folder(settings.data_dir())
        };
        options.finder.bin_dir.clone_from(&settings.postgres_bin_dir);
        if settings.offline {
            options.download = Download::Forbidden;
        }
        let options = options.setting("max_connections", (settings.pool_size + 20).to_string());
        let cluster = Cluster::start(options).await?;
        Ok(Self {
            owner: Some(cluster.connect_options(Login::Owner, DATABASE_NAME)),
            app: cluster.connect_options(Login::App, DATABASE_NAME),
            description: cluster.describe(),
            cluster: Some(cluster),
        })
    }

    async fn given(url: &str, settings: &DatabaseSettings) -> Result<Self, StorageError> {
        let address = |url: &str| PgConnectOptions::from_str(url).map_err(StorageError::Address);
        let login = address(url)?;
        let app_login = settings.app_database_url.as_ref().map(|url| address(url.expose_secret())).transpose()?;
        let prepared = prepare_roles(&login).await?;
        let as_role = |role: &str| login.clone().options([("role", role)]);
        let (owner, app) = match (prepared.kind, app_login) {
            (LoginKind::Superuser | LoginKind::Both, Some(app)) => (Some(as_role("liaison_owner")), app),
            (LoginKind::Superuser | LoginKind::Both, None) => (Some(as_role("liaison_owner")), as_role("liaison_app")),
            (LoginKind::Owner, Some(app)) => (Some(login.clone()), app),
            (LoginKind::Owner, None) => return Err(StorageError::CannotServe(prepared.login)),
            (LoginKind::App, app) => (None, app.unwrap_or_else(|| login.clone())),
        };
        let place = format!("{}:{}/{}", login.get_host(), login.get_port(), login.get_database().unwrap_or("?"));
        let app = app.options(APP_LIMITS);
        Ok(Self { cluster: None, owner, app, description: format!("PostgreSQL at {place}, given") })
    }

    /// For the banner.
    pub fn describe(&self) -> &str {
        &self.description
    }

    fn owner(&self) -> Result<PgConnectOptions, StorageError> {
        self.owner.clone().ok_or_else(|| StorageError::CannotMigrate(self.app.get_username().to_owned()))
    }

    /// Brings the tables to this version. A fresh database gets them all; one that is newer is refused and left alone.
    pub async fn migrate(&self) -> Result<(), StorageError> {
        migrate(self.owner()?).await?;
        Ok(self.steward().await?.settle_epoch().await?)
    }

    /// The owner of the tables, for `verify` and `rebuild`.
    pub async fn steward(&self) -> Result<Steward, StorageError> {
        Ok(Steward::open(self.owner()?).await?)
    }

    /// The database as requests see it.
    pub async fn database(&self, options: DatabaseOptions) -> Result<Database, StorageError> {
        Ok(Database::open(self.app.clone(), options, system_clock()).await?)
    }

    /// Whether this process may change tables.
    pub fn may_migrate(&self) -> bool {
        self.owner.is_some()
    }

    /// Ends a private PostgreSQL; a given one goes on.
    pub async fn close(self) -> Result<(), StorageError> {
        match self.cluster {
            Some(cluster) => Ok(cluster.stop().await?),
            None => Ok(()),
        }
    }
}

/// The one place where the ambient clock enters.
pub fn system_clock() -> Clock {
    Clock::new(chrono::Utc::now)
}

/// Whether every migration of this program has been applied, as the app can see it.
async fn are_of_this_version(app: &PgConnectOptions) -> Result<bool, StorageError> {
    let mut connection = PgConnection::connect_with(app).await.map_err(Fault::from)?;
    let applied =
        sqlx::query_scalar::<_, String>("SELECT version FROM seaql_migrations").fetch_all(&mut connection).await;
    let applied = match applied {
        Ok(applied) => applied,
        // There are no tables at all.
        Err(sqlx::Error::Database(error)) if error.code().as_deref() == Some("42P01") => Vec::new(),
        Err(error) => return Err(Fault::from(error).into()),
    };
    connection.close().await.map_err(Fault::from)?;
    Ok(Migrator::migrations().iter().all(|migration| applied.iter().any(|name| name == migration.name())))
}

/// Applies what is missing, as the owner.
pub async fn migrate(owner: PgConnectOptions) -> Result<(), StorageError> {
    let owner = owner.options([("statement_timeout", "0"), ("lock_timeout", "30s")]);
    let pool = PgPoolOptions::new().max_connections(2).connect_with(owner.clone()).await.map_err(Fault::from)?;
    // Two servers that start at once migrate one after the other.
    let mut turn = pool.acquire().await.map_err(Fault::from)?;
    let lock = "SELECT pg_advisory_lock(hashtextextended('liaison migrations', 0))";
    sqlx::query(lock).execute(&mut *turn).await.map_err(Fault::from)?;
    let connection = SqlxPostgresConnector::from_sqlx_postgres_pool(pool.clone());
    let migrated = match apply(&connection).await {
        // Within the turn: nobody serves from tables that are not filled yet.
        Ok(()) => fill(owner).await,
        refused => refused,
    };
    drop(turn);
    pool.close().await;
    migrated
}

async fn fill(owner: PgConnectOptions) -> Result<(), StorageError> {
    let steward = Steward::open(owner).await?;
    let settled = async {
        steward.settle_search().await?;
        steward.settle_profiles().await?;
        steward.settle_cards().await
    }
    .await;
    steward.close().await;
    Ok(settled.map(drop)?)
}

async fn apply(connection: &sea_orm::DatabaseConnection) -> Result<(), StorageError> {
    let failed = |error: sea_orm::DbErr| StorageError::Migration(error.to_string());
    Migrator::install(connection).await.map_err(failed)?;
    let applied = Migrator::get_migration_models(connection).await.map_err(failed)?;
    let known: Vec<String> = Migrator::migrations().iter().map(|migration| migration.name().to_owned()).collect();
    if let Some(newer) = applied.iter().find(|model| !known.contains(&model.version)) {
        return Err(StorageError::Newer(newer.version.clone()));
    }
    Migrator::up(connection, None).await.map_err(failed)
}
