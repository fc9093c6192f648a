//! The generated database with its PostgreSQL running, or a copy of it for requests that write: the data itself stays as it was made.
//! It asks nothing of the data.

use std::path::PathBuf;
use std::time::{Duration, Instant};

use liaison_domain::replay::{Steward, Verdict};
use liaison_server::cluster::{Cluster, ClusterOptions, DATABASE_NAME, Login};
use sqlx::postgres::PgConnectOptions;
use sqlx::{AssertSqlSafe, Connection, Executor, PgConnection};

use super::ground::Ground;
use crate::Outcome;

const COPY: &str = "liaison_to_write_in";

/// How many connections there may be: the server, the floor and two peers keep theirs, 16 each and some, all through a run.
const SEATS: &str = "128";

/// How long comparing may go on after the last request.
const PATIENCE: Duration = Duration::from_mins(10);

/// A database to measure on, and the PostgreSQL that it is in.
pub struct Database {
    cluster: Cluster,
    name: &'static str,
}

impl Ground {
    /// The database as it was made; as durable as a server's.
    pub async fn open(&self) -> Outcome<Database> {
        self.open_with(&[("max_connections", SEATS)]).await
    }

    /// As [`Ground::open`], with settings of PostgreSQL's.
    pub async fn open_with(&self, settings: &[(&str, &str)]) -> Outcome<Database> {
        let options = ClusterOptions::in_folder(self.data_dir());
        let options = settings.iter().fold(options, |options, (name, value)| options.setting(*name, *value));
        Ok(Database { cluster: Cluster::start(options).await?, name: DATABASE_NAME })
    }

    /// A copy of it, in its own PostgreSQL.
    pub async fn copy(&self) -> Outcome<Database> {
        let copy = Database { name: COPY, ..self.open().await? };
        match copy.create().await {
            Ok(()) => Ok(copy),
            Err(error) => {
                copy.close().await?;
                Err(error)
            }
        }
    }
}

impl Database {
    /// The arguments of a server that works on it.
    pub fn arguments(&self) -> [String; 4] {
        ["--database-url".to_owned(), self.url(Login::Owner), "--app-database-url".to_owned(), self.url(Login::App)]
    }

    /// Its address, for one of the two roles.
    pub fn url(&self, login: Login) -> String {
        let (role, port) = (login.role(), self.connect_options(login).get_port());
        format!("postgres://{role}@localhost:{port}/{}?host={}", self.name, self.cluster.socket_dir().display())
    }

    pub fn connect_options(&self, login: Login) -> PgConnectOptions {
        self.cluster.connect_options(login, self.name)
    }

    /// What PostgreSQL has logged.
    pub fn log(&self) -> PathBuf {
        self.cluster.data_dir().join("postgres.log")
    }

    /// Whether what was written is what the log says.
    pub async fn verify(&self) -> Outcome<()> {
        let steward = Steward::open(self.connect_options(Login::Owner)).await?;
        let verdict = steward.verify().await;
        steward.close().await;
        match verdict? {
            Verdict::Proved { events, rows } => {
                eprintln!("proved what was written: {rows} rows are what {events} events say");
                Ok(())
            }
            Verdict::Differs(difference) => Err(difference.to_string().into()),
        }
    }

    /// Waits until the server has compared everybody who changed.
    pub async fn everybody_compared(&self) -> Outcome<()> {
        let mut owner = PgConnection::connect_with(&self.connect_options(Login::Owner)).await?;
        let begin = Instant::now();
        while sqlx::query_scalar("SELECT EXISTS (SELECT FROM duplicate_stale)").fetch_one(&mut owner).await? {
            if begin.elapsed() > PATIENCE {
                return Err("the server does not come to an end with comparing whoever changed".into());
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        Ok(owner.close().await?)
    }

    /// Drops it if it is a copy, and stops the PostgreSQL.
    pub async fn close(self) -> Outcome<()> {
        let dropped = if self.name == COPY { self.drop_copy().await } else { Ok(()) };
        self.cluster.stop().await?;
        dropped
    }

    async fn create(&self) -> Outcome<()> {
        self.drop_copy().await?;
        // Files are copied as they are; the other way would write all of them to the log first.
        let create = format!("CREATE DATABASE {COPY} TEMPLATE {DATABASE_NAME} STRATEGY file_copy OWNER liaison_owner");
        self.as_owner(&create).await?;
        self.as_owner(&format!("GRANT CONNECT ON DATABASE {COPY} TO liaison_app")).await
    }

    async fn drop_copy(&self) -> Outcome<()> {
        self.as_owner(&format!("DROP DATABASE IF EXISTS {COPY}")).await
    }

    /// On a database that is neither the one copied nor the copy.
    async fn as_owner(&self, statement: &str) -> Outcome<()> {
        let mut owner = PgConnection::connect_with(&self.cluster.connect_options(Login::Owner, "template1")).await?;
        owner.execute(AssertSqlSafe(statement.to_owned())).await?;
        Ok(owner.close().await?)
    }
}
