//! A copy of the generated database, for requests that write: the data itself stays as it was made. It asks nothing of the data.

use liaison_domain::replay::{Steward, Verdict};
use liaison_server::cluster::{Cluster, ClusterOptions, DATABASE_NAME, Login};
use sqlx::postgres::PgConnectOptions;
use sqlx::{AssertSqlSafe, Connection, Executor, PgConnection};

use super::ground::Ground;
use crate::Outcome;

const NAME: &str = "liaison_to_write_in";

/// The copy, and the PostgreSQL that it is in.
pub struct Copy {
    cluster: Cluster,
}

impl Ground {
    /// Copies the database, in its own PostgreSQL; as durable as a server's.
    pub async fn copy(&self) -> Outcome<Copy> {
        let copy = Copy { cluster: Cluster::start(ClusterOptions::in_folder(self.data_dir())).await? };
        copy.drop_database().await?;
        // Files are copied as they are; the other way would write all of them to the log first.
        let create = format!("CREATE DATABASE {NAME} TEMPLATE {DATABASE_NAME} STRATEGY file_copy OWNER liaison_owner");
        copy.as_owner(&create).await?;
        copy.as_owner(&format!("GRANT CONNECT ON DATABASE {NAME} TO liaison_app")).await?;
        Ok(copy)
    }
}

impl Copy {
    /// The arguments of a server that works on it.
    pub fn arguments(&self) -> [String; 4] {
        let url = |login: PgConnectOptions| {
            let (role, port) = (login.get_username().to_owned(), login.get_port());
            format!("postgres://{role}@localhost:{port}/{NAME}?host={}", self.cluster.socket_dir().display())
        };
        let login = |login| url(self.cluster.connect_options(login, NAME));
        ["--database-url".to_owned(), login(Login::Owner), "--app-database-url".to_owned(), login(Login::App)]
    }

    /// Whether what was written is what the log says.
    pub async fn verify(&self) -> Outcome<()> {
        let steward = Steward::open(self.cluster.connect_options(Login::Owner, NAME)).await?;
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

    /// Drops it, and stops the PostgreSQL.
    pub async fn remove(self) -> Outcome<()> {
        let dropped = self.drop_database().await;
        self.cluster.stop().await?;
        dropped
    }

    async fn drop_database(&self) -> Outcome<()> {
        self.as_owner(&format!("DROP DATABASE IF EXISTS {NAME}")).await
    }

    /// On a database that is neither the one copied nor the copy.
    async fn as_owner(&self, statement: &str) -> Outcome<()> {
        let mut owner = PgConnection::connect_with(&self.cluster.connect_options(Login::Owner, "template1")).await?;
        owner.execute(AssertSqlSafe(statement.to_owned())).await?;
        Ok(owner.close().await?)
    }
}
