//! Asking: a GraphQL request over HTTP as somebody, and what came back.

use std::time::Duration;

use liaison_domain::viewer::Viewer;
use serde_json::{Value, json};

use super::{App, Who};

/// What came back.
#[derive(Clone, Debug)]
pub struct Answer {
    /// The HTTP status.
    pub status: u16,
    /// The whole body.
    pub body: Value,
}

impl Answer {
    /// `data`, of a request that went without errors.
    #[track_caller]
    pub fn data(&self) -> &Value {
        assert!(self.body.get("errors").is_none(), "errors: {:#}", self.body);
        &self.body["data"]
    }

    /// The value at a JSON pointer below `data`.
    #[track_caller]
    pub fn at(&self, pointer: &str) -> &Value {
        self.data().pointer(pointer).unwrap_or_else(|| panic!("nothing at {pointer} in {:#}", self.body))
    }

    /// The list at a JSON pointer below `data`.
    #[track_caller]
    pub fn list(&self, pointer: &str) -> &[Value] {
        self.at(pointer).as_array().unwrap_or_else(|| panic!("no list at {pointer} in {:#}", self.body))
    }

    /// The `extensions.code` of the first error.
    #[track_caller]
    pub fn code(&self) -> &str {
        self.body
            .pointer("/errors/0/extensions/code")
            .and_then(Value::as_str)
            .unwrap_or_else(|| panic!("no error with a code in {:#}", self.body))
    }
}

impl App {
    /// A token for somebody, good for an hour.
    pub fn token(&self, who: &Who) -> String {
        let lifetime = Duration::from_secs(3600);
        self.key().issue(who.subject, [who.role], who.organization_id, lifetime).expect("a token")
    }

    /// Asks for `changes` until they are told up to now: whoever else writes in this cluster holds everybody back for a moment. The
    /// query asks for `isCaughtUp`.
    pub async fn ask_caught_up(&self, who: &Who, query: &str) -> Answer {
        loop {
            let answer = self.ask(who, query).await;
            if answer.at("/changes/isCaughtUp") == &json!(true) {
                return answer;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    /// Asks as somebody.
    pub async fn ask(&self, who: &Who, query: &str) -> Answer {
        self.ask_with(who, query, json!({})).await
    }

    /// Asks as somebody, with variables.
    pub async fn ask_with(&self, who: &Who, query: &str, variables: Value) -> Answer {
        self.send(Some(&self.token(who)), &json!({ "query": query, "variables": variables })).await
    }

    /// Asks without a token.
    pub async fn ask_as_nobody(&self, query: &str) -> Answer {
        self.send(None, &json!({ "query": query })).await
    }

    /// Sends a body with a token or without.
    pub async fn send(&self, token: Option<&str>, body: &Value) -> Answer {
        let request = self.client().post(format!("{}/graphql", self.url())).json(body);
        let request = match token {
            Some(token) => request.bearer_auth(token),
            None => request,
        };
        let response = request.send().await.expect("an answer");
        let status = response.status().as_u16();
        Answer { status, body: response.json().await.expect("an answer in JSON") }
    }

    /// Somebody as the domain knows them, for guarantees that look behind the API.
    pub fn viewer(&self, who: &Who) -> Viewer {
        Viewer::new(who.subject, who.organization_id, [who.role], None)
    }
}
