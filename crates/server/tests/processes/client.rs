//! A client of the programs: signs in as somebody of the demo, asks over HTTP, and comes back when it is told to.
//! It knows no question itself.

use std::sync::Arc;
use std::time::Duration;

use liaison_server::auth::{AuthSettings, KeySource, TokenIssuer, TokenRequest};
use liaison_server::demo::{self, DemoIdentity};
use serde_json::{Value, json};
use uuid::Uuid;

/// What the programs and the client sign with.
pub const SECRET: &str = "a secret of tests that is long enough";
pub const ISSUER: &str = "https://issuer.example";
pub const AUDIENCE: &str = "liaison";

/// Who asks: labels of the demo's identities.
pub const ACME: &str = "Acme Healthcare admin";
pub const PLATFORM: &str = "Platform super admin";
pub const PARTNER: &str = "TechPartner admin";
pub const OTHER_PARTNER: &str = "Family Bridge admin";
pub const RIVERSIDE: &str = "Riverside Clinic admin (a stranger)";

/// What came back.
#[derive(Clone, Debug)]
pub struct Answer {
    pub body: Value,
}

impl Answer {
    /// The code of the first error beside or instead of the data.
    pub fn code(&self) -> Option<&str> {
        self.body.pointer("/errors/0/extensions/code").and_then(Value::as_str)
    }

    /// The one payload of a mutation that was answered.
    #[track_caller]
    pub fn payload(&self) -> &Value {
        assert!(self.body.get("errors").is_none(), "{:#}", self.body);
        self.body["data"].as_object().and_then(|data| data.values().next()).unwrap()
    }

    /// The codes of what the rules said no to.
    #[track_caller]
    pub fn refusals(&self) -> Vec<&str> {
        let errors = self.payload()["userErrors"].as_array().unwrap();
        errors.iter().map(|error| error["code"].as_str().unwrap()).collect()
    }

    /// Whether another request with its idempotency key is under way.
    pub fn is_in_flight(&self) -> bool {
        let payload = self.body["data"].as_object().and_then(|data| data.values().next());
        payload.is_some_and(|payload| payload["userErrors"][0]["code"] == "IDEMPOTENCY_KEY_IN_FLIGHT")
    }

    /// Where it was written; `None` when it was so already, or was refused.
    #[track_caller]
    pub fn position(&self) -> Option<&str> {
        self.payload()["position"].as_str()
    }
}

/// Far more often than any machine needs.
const TRIES: usize = 600;
const PAUSE: Duration = Duration::from_millis(100);

/// Asks over HTTP. Cheap to clone.
#[derive(Clone)]
pub struct Client {
    http: reqwest::Client,
    issuer: Arc<TokenIssuer>,
}

impl Client {
    pub fn new() -> Self {
        let secret = KeySource::Secret { secret: SECRET.into(), key_id: None };
        let issuer = TokenIssuer::new(&AuthSettings::new(vec![secret], ISSUER, vec![AUDIENCE.to_owned()])).unwrap();
        Self { http: reqwest::Client::builder().no_proxy().build().unwrap(), issuer: Arc::new(issuer) }
    }

    fn token(&self, who: &str) -> String {
        let found = demo::identities().into_iter().find(|identity| identity.label == who);
        let DemoIdentity { subject, roles, organization_id, .. } = found.unwrap_or_else(|| panic!("no identity {who}"));
        let lifetime = Duration::from_secs(3600);
        let roles = roles.into_iter().collect();
        let request = TokenRequest { subject, organization_id, roles, permissions: None, lifetime };
        self.issuer.issue(&request).unwrap()
    }

    /// Asks once; an error when the line broke, and then nobody knows what became of it.
    pub async fn try_ask(
        &self,
        url: &str,
        who: &str,
        query: &str,
        variables: &Value,
        key: Option<&str>,
    ) -> reqwest::Result<Answer> {
        let mut request = self.http.post(format!("{url}/graphql")).bearer_auth(self.token(who));
        if let Some(key) = key {
            request = request.header("idempotency-key", key);
        }
        let response = request.json(&json!({ "query": query, "variables": variables })).send().await?;
        Ok(Answer { body: response.json().await? })
    }

    /// Asks until there is an answer. Each request has an idempotency key of its own: a line that breaks on a machine that is too busy
    /// is no reason to do anything twice.
    pub async fn ask(&self, url: &str, who: &str, query: &str, variables: &Value) -> Answer {
        let key = Uuid::new_v4().to_string();
        for _ in 0..TRIES {
            let answer = self.ask_keyed(url, who, query, variables, Some(&key)).await;
            if !answer.is_in_flight() {
                return answer;
            }
            tokio::time::sleep(PAUSE).await;
        }
        panic!("{url} is never done with {query}");
    }

    /// As [`Client::ask`], with a given idempotency key. Whether a request with it is under way is for the caller to see.
    pub async fn ask_keyed(&self, url: &str, who: &str, query: &str, variables: &Value, key: Option<&str>) -> Answer {
        for _ in 0..TRIES {
            match self.try_ask(url, who, query, variables, key).await {
                // It says so before it does anything, and means "come back".
                Ok(answer) if matches!(answer.code(), Some("UNAVAILABLE" | "CONFLICT")) => {}
                Ok(answer) => return answer,
                Err(error) => assert!(!error.is_connect(), "nobody serves at {url}: {error}"),
            }
            tokio::time::sleep(PAUSE).await;
        }
        panic!("{url} had no time for {query}");
    }

    /// Sends a file of people that is taken in.
    pub async fn send_file(&self, url: &str, who: &str, file: String) -> Value {
        let request = self.http.post(format!("{url}/imports/contacts")).bearer_auth(self.token(who));
        let response = request.header("content-type", "text/csv").body(file).send().await.expect("an answer");
        assert_eq!(response.status().as_u16(), 202);
        response.json().await.unwrap()
    }

    /// The status and the body of a page of the operator.
    pub async fn look(&self, url: &str, path: &str) -> (u16, Value) {
        let response = self.http.get(format!("{url}{path}")).send().await.expect("an answer");
        (response.status().as_u16(), response.json().await.unwrap())
    }
}
