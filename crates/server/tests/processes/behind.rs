//! Looking behind the API as the owner of the tables. It changes nothing.

use liaison_domain::replay::{Steward, Verdict};
use serde_json::Value;
use sqlx::postgres::{PgConnectOptions, PgConnection};
use sqlx::{AssertSqlSafe, Connection};

/// What a question to the tables gives: a list of JSON.
pub async fn rows(owner: &PgConnectOptions, sql: &str) -> Vec<Value> {
    let mut owner = PgConnection::connect_with(owner).await.unwrap();
    let asked = AssertSqlSafe(format!("SELECT to_jsonb(behind) FROM ({sql}) behind"));
    let rows = sqlx::query_scalar(asked).fetch_all(&mut owner).await.unwrap_or_else(|error| panic!("{sql}: {error}"));
    owner.close().await.unwrap();
    rows
}

/// How many rows a question gives.
pub async fn count(owner: &PgConnectOptions, from: &str) -> u64 {
    rows(owner, &format!("SELECT count(*) AS n FROM {from}")).await[0]["n"].as_u64().unwrap()
}

/// The tables are what the log says.
pub async fn proved(owner: &PgConnectOptions) {
    let steward = Steward::open(owner.clone()).await.unwrap();
    match steward.verify().await.unwrap() {
        Verdict::Proved { .. } => steward.close().await,
        Verdict::Differs(difference) => panic!("{difference}"),
    }
}
