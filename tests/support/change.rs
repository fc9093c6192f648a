//! Reading the payloads of mutations, and the log behind them. It changes nothing itself.

use liaison_domain::replay::PROJECTIONS;
use liaison_domain::replay::{Steward, Verdict};
use serde_json::{Value, json};
use sqlx::postgres::PgConnection;
use sqlx::{AssertSqlSafe, Connection};

use super::{Answer, App};

/// What a rule said: its code, the path into the input joined by dots, and the message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refused {
    pub code: String,
    pub field: String,
    pub message: String,
}

impl Answer {
    /// The payload of a mutation that was done, or was so already.
    #[track_caller]
    pub fn done(&self, mutation: &str) -> &Value {
        let payload = self.at(&format!("/{mutation}"));
        assert_eq!(payload["userErrors"], json!([]), "{mutation} was refused");
        payload
    }

    /// What a mutation that was not done was refused for. Then there is no object and no position.
    #[track_caller]
    pub fn refusals(&self, mutation: &str) -> Vec<Refused> {
        let payload = self.at(&format!("/{mutation}")).as_object().expect("a payload");
        for (field, value) in payload {
            assert!(field == "userErrors" || value.is_null(), "{field} of a refused {mutation} is {value}");
        }
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let errors = payload["userErrors"].as_array().expect("userErrors");
        assert!(!errors.is_empty(), "{mutation} was not refused");
        let refused = errors.iter().map(|error| {
            let path = error["field"].as_array().map(|path| path.iter().map(text).collect::<Vec<_>>());
            Refused {
                code: text(&error["code"]),
                field: path.unwrap_or_default().join("."),
                message: text(&error["message"]),
            }
        });
        refused.collect()
    }
}

/// How many rows the log, the projections and the receipts have, and which transaction wrote the newest of each, as one text: two of
/// them are equal when nothing was written meanwhile.
pub async fn trace(owner: &mut PgConnection) -> String {
    let sum = |table: &str| format!("(SELECT count(*) || ' ' || coalesce(max(xmin::text::bigint), 0) FROM {table})");
    let tables = PROJECTIONS.into_iter().chain(["domain_events", "command_receipts"]);
    let select = format!("SELECT concat_ws(', ', {})", tables.map(sum).collect::<Vec<_>>().join(", "));
    sqlx::query_scalar(AssertSqlSafe(select)).fetch_one(owner).await.expect("a question to the tables")
}

impl App {
    /// What stands in the tables, as their owner sees it: a list of JSON. For what the API does not tell yet (history, the log).
    pub async fn behind(&self, sql: &str) -> Vec<Value> {
        let mut owner = PgConnection::connect_with(&self.owner()).await.expect("the owner's login");
        let sql = AssertSqlSafe(format!("SELECT to_jsonb(behind) FROM ({sql}) behind"));
        let rows = sqlx::query_scalar(sql).fetch_all(&mut owner).await.expect("a question to the tables");
        owner.close().await.expect("an orderly end");
        rows
    }

    /// Holds every projection against what the log gives.
    pub async fn is_proved(&self) {
        let steward = Steward::open(self.owner()).await.expect("the owner's login");
        let verdict = steward.verify().await.expect("a verification");
        assert!(matches!(verdict, Verdict::Proved { .. }), "{verdict:?}");
        steward.close().await;
    }

    /// How many events the log holds.
    pub async fn events(&self) -> i64 {
        self.behind("SELECT count(*) AS n FROM domain_events").await[0]["n"].as_i64().expect("a number")
    }
}
