//! What an operator's machinery asks: does the process live, may it have traffic, which version is it.
//! It may not tell a stranger anything that helps an attacker: reasons are the sentences that the closure chose.

use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::Router;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use futures::future::BoxFuture;
use http::StatusCode;
use serde::Serialize;
use serde_json::json;
use tokio::sync::Mutex;

/// The paths of this module.
pub const PATHS: [&str; 3] = ["/livez", "/readyz", "/version"];

/// How long an answer of `/readyz` is good. Anyone may ask it, and each real check costs a statement.
const GOOD_FOR: Duration = Duration::from_millis(250);

/// How long a check may take: one that hangs says as much as one that fails.
const PATIENCE: Duration = Duration::from_secs(2);

/// One thing that must hold before the server may have traffic.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Check {
    /// What is checked: `database`, `migrations`, `projections`.
    pub name: &'static str,
    /// Whether it holds.
    pub ok: bool,
    /// Why not, in a sentence that a stranger may read.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

impl Check {
    /// It holds.
    pub const fn passed(name: &'static str) -> Self {
        Self { name, ok: true, reason: None }
    }

    /// It does not.
    pub fn failed(name: &'static str, reason: impl Into<String>) -> Self {
        Self { name, ok: false, reason: Some(reason.into()) }
    }
}

/// Asks everything that must hold.
pub type Checks = Arc<dyn Fn() -> BoxFuture<'static, Vec<Check>> + Send + Sync>;

#[derive(Clone)]
struct Readiness {
    checks: Checks,
    last: Arc<Mutex<Option<Outcome>>>,
}

struct Outcome {
    at: Instant,
    checks: Vec<Check>,
}

impl Readiness {
    async fn check(&self) -> Vec<Check> {
        // Held while checking, so that a hundred askers cause one check.
        let mut last = self.last.lock().await;
        if let Some(outcome) = last.as_ref()
            && outcome.at.elapsed() < GOOD_FOR
        {
            return outcome.checks.clone();
        }
        let checks = tokio::time::timeout(PATIENCE, (self.checks)())
            .await
            .unwrap_or_else(|_| vec![Check::failed("time", "the checks did not finish within 2 seconds")]);
        *last = Some(Outcome { at: Instant::now(), checks: checks.clone() });
        checks
    }
}

/// The routes `/livez`, `/readyz`, `/version`.
pub fn routes(checks: Checks) -> Router {
    let readiness = Readiness { checks, last: Arc::default() };
    Router::new()
        .route("/livez", get(async || axum::Json(json!({ "status": "alive" }))))
        .route("/readyz", get(readyz).with_state(readiness))
        .route("/version", get(async || axum::Json(version())))
}

async fn readyz(State(readiness): State<Readiness>) -> Response {
    let checks = readiness.check().await;
    let (status, word) = if checks.iter().all(|check| check.ok) {
        (StatusCode::OK, "ready")
    } else {
        (StatusCode::SERVICE_UNAVAILABLE, "unready")
    };
    (status, axum::Json(json!({ "status": word, "checks": checks }))).into_response()
}

/// What was built: name and version always, revision and compiler if the build was told them
/// (`LIAISON_GIT_SHA`, `LIAISON_RUSTC` in its environment).
pub fn version() -> serde_json::Value {
    json!({
        "name": "liaison",
        "version": env!("CARGO_PKG_VERSION"),
        "gitSha": option_env!("LIAISON_GIT_SHA"),
        "rustc": option_env!("LIAISON_RUSTC"),
    })
}
