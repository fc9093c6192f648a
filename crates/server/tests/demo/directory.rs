//! A directory for one test, on a PostgreSQL of its own, and the questions that tests ask of it.
//! It may not change what it is asked about.

use chrono::Utc;
use liaison_domain::clock::Clock;
use liaison_domain::entity::values::OrganizationKind;
use liaison_domain::organization;
use liaison_domain::replay::{Steward, Verdict};
use liaison_domain::session::{Database, DatabaseOptions};
use liaison_domain::viewer::Viewer;
use liaison_migrations::{Migrator, MigratorTrait};
use liaison_server::cluster::{Cluster, ClusterOptions, DATABASE_NAME, Login};
use liaison_server::demo::{self, DemoIdentity};
use sea_orm::SqlxPostgresConnector;
use sqlx::PgPool;
use sqlx::postgres::PgPoolOptions;
use uuid::Uuid;

/// A migrated directory of its own.
pub struct Directory {
    pub cluster: Cluster,
    pub owner: PgPool,
    pub database: Database,
}

impl Directory {
    pub async fn empty() -> Self {
        let cluster = Cluster::start(ClusterOptions::temporary()).await.unwrap();
        let owner = PgPoolOptions::new()
            .max_connections(2)
            .connect_with(cluster.connect_options(Login::Owner, DATABASE_NAME))
            .await
            .unwrap();
        Migrator::up(&SqlxPostgresConnector::from_sqlx_postgres_pool(owner.clone()), None).await.unwrap();
        let database = Database::open(
            cluster.connect_options(Login::App, DATABASE_NAME),
            DatabaseOptions::default(),
            Clock::new(Utc::now),
        );
        let database = database.await.unwrap();
        Self { cluster, owner, database }
    }

    pub async fn end(self) {
        self.database.close().await;
        self.owner.close().await;
        self.cluster.stop().await.unwrap();
    }

    /// One number, for a question about the open links and nodes.
    pub async fn count(&self, question: &str) -> i64 {
        let sql = sqlx::AssertSqlSafe(format!("SELECT count(*) FROM {question}"));
        sqlx::query_scalar(sql).fetch_one(&self.owner).await.unwrap_or_else(|error| panic!("{question}: {error}"))
    }

    pub async fn expect(&self, questions: &[(i64, &str)]) {
        for (expected, question) in questions {
            assert_eq!(self.count(question).await, *expected, "{question}");
        }
    }

    pub async fn texts(&self, sql: &'static str) -> Vec<String> {
        sqlx::query_scalar(sql).fetch_all(&self.owner).await.unwrap()
    }

    pub async fn verify(&self) -> Verdict {
        self.steward().await.verify().await.unwrap()
    }

    pub async fn steward(&self) -> Steward {
        Steward::open(self.cluster.connect_options(Login::Owner, DATABASE_NAME)).await.unwrap()
    }
}

/// One of the demo's identities.
pub fn viewer(label: &str) -> Viewer {
    let found = demo::identities().into_iter().find(|identity| identity.label == label);
    let DemoIdentity { subject, roles, organization_id, .. } = found.unwrap_or_else(|| panic!("no identity {label}"));
    Viewer::new(subject, organization_id, roles, None)
}

/// Somebody else's organization.
pub fn organization_of(subdomain: &str) -> organization::Create {
    organization::Create {
        id: Some(Uuid::from_u128(7)),
        name: "Somebody else".to_owned(),
        kind: OrganizationKind::Provider,
        partner_type: None,
        subdomain: subdomain.to_owned(),
        default_region: None,
        referring_partner_id: None,
    }
}
