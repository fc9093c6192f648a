//! Bringing a file in and waiting for its end. It looks at the API only.

use std::time::Duration;

use serde_json::{Value, json};

use super::{App, Who};

/// What an import came to.
#[derive(Clone, Debug)]
pub struct Imported {
    /// Its id.
    pub id: String,
    /// The import as `contactImport` tells it.
    pub told: Value,
}

const ASK: &str =
    "query Import($id: UUID!) { contactImport(id: $id) { id state fileName brought: broughtBy isDryRun failure
  total: rowTotal processed: rowProcessedCount created: createdCount updated: updatedCount unchanged: unchangedCount
  skipped: skippedCount failed: failedCount startedAt finishedAt
  errors(first: 200) { totalCount nodes { row line column code message } }
  preview(first: 200) { totalCount nodes { row line action contact { id name } changes { column old new } } } } }";

impl Imported {
    /// created, updated, unchanged, skipped, failed.
    #[track_caller]
    pub fn counts(&self) -> [i64; 5] {
        assert_eq!(self.told["state"], "DONE", "{:#}", self.told);
        ["created", "updated", "unchanged", "skipped", "failed"].map(|name| self.told[name].as_i64().unwrap())
    }

    /// Row, line, column, code and message of each error.
    pub fn errors(&self) -> Vec<(i64, i64, String, String, String)> {
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let errors = self.told["errors"]["nodes"].as_array().unwrap().iter();
        let error = |e: &Value| {
            let (row, line) = (e["row"].as_i64().unwrap(), e["line"].as_i64().unwrap());
            (row, line, text(&e["column"]), text(&e["code"]), text(&e["message"]))
        };
        errors.map(error).collect()
    }

    /// The rows of a dry run.
    pub fn preview(&self) -> &[Value] {
        self.told["preview"]["nodes"].as_array().unwrap()
    }
}

impl App {
    /// Sends a file; the status and the body.
    pub async fn send_file(&self, who: &Who, query: &str, file: impl Into<Vec<u8>>) -> (u16, Value) {
        let request = self.client().post(format!("{}/imports/contacts?{query}", self.url()));
        let request = request.bearer_auth(self.token(who)).header("content-type", "text/csv").body(file.into());
        let response = request.send().await.expect("an answer");
        let status = response.status().as_u16();
        (status, response.json().await.expect("an answer in JSON"))
    }

    /// Brings a file in and waits for its end.
    pub async fn import(&self, who: &Who, query: &str, file: impl Into<Vec<u8>>) -> Imported {
        let (status, body) = self.send_file(who, query, file).await;
        assert_eq!(status, 202, "{body:#}");
        self.await_import(who, body["id"].as_str().unwrap()).await
    }

    /// Waits for an import's end.
    pub async fn await_import(&self, who: &Who, id: &str) -> Imported {
        for _ in 0..2_000 {
            let told = self.ask_with(who, ASK, json!({ "id": id })).await.at("/contactImport").clone();
            if ["DONE", "FAILED", "CANCELLED", "INTERRUPTED"].contains(&told["state"].as_str().unwrap()) {
                return Imported { id: id.to_owned(), told };
            }
            tokio::time::sleep(Duration::from_millis(30)).await;
        }
        panic!("the import {id} came to no end");
    }
}
