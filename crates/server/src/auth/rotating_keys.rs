//! A key set that its issuer changes while the server runs: a JWKS in a file or behind a URL. A token may hasten a refresh, never force more than the limits allow.

use std::path::PathBuf;
use std::sync::{Arc, RwLock};
use std::time::Duration;

use chrono::{DateTime, Utc};
use reqwest::{Client, Url, redirect};

use super::algorithm::Algorithm;
use super::clock::Clock;
use super::error::AuthSetupError;
use super::key::{KeyRing, SetOrigin};

/// When a key set is read again, and how much of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RefreshLimits {
    /// The least time between two readings, whatever tokens ask for.
    pub least_interval: Duration,
    /// How old a set may be before a request waits for a new one. From half of this age on it is renewed in the background.
    pub longest_age: Duration,
    /// How long an older set is used when it cannot be renewed.
    pub stale_grace: Duration,
    /// How long a URL may take.
    pub timeout: Duration,
    /// How long a set may be, in bytes.
    pub most_bytes: usize,
}

impl Default for RefreshLimits {
    fn default() -> Self {
        Self {
            least_interval: Duration::from_secs(30),
            longest_age: Duration::from_secs(10 * 60),
            stale_grace: Duration::from_secs(60 * 60),
            timeout: Duration::from_secs(5),
            most_bytes: 256 * 1024,
        }
    }
}

/// Where a set comes from.
#[derive(Debug)]
enum Source {
    File(PathBuf),
    Url { url: Url, client: Client },
}

/// A key set, kept fresh.
#[derive(Debug)]
pub(super) struct RotatingKeys {
    source: Source,
    accepted: Vec<Algorithm>,
    limits: RefreshLimits,
    clock: Clock,
    state: RwLock<State>,
    refreshing: tokio::sync::Mutex<()>,
}

#[derive(Clone, Debug)]
struct State {
    ring: Arc<KeyRing>,
    read_at: DateTime<Utc>,
    /// The last attempt after the one at start: the first unknown key id may ask at once.
    attempted_at: Option<DateTime<Utc>>,
    last_attempt_failed: bool,
}

impl RotatingKeys {
    /// The set of a file, read once before this returns.
    pub(super) async fn of_file(
        path: PathBuf,
        accepted: Vec<Algorithm>,
        limits: RefreshLimits,
        clock: Clock,
    ) -> Result<Arc<Self>, AuthSetupError> {
        Self::start(Source::File(path), accepted, limits, clock).await
    }

    /// The set behind a URL, read once before this returns.
    pub(super) async fn of_url(
        url: &str,
        accepted: Vec<Algorithm>,
        limits: RefreshLimits,
        clock: Clock,
    ) -> Result<Arc<Self>, AuthSetupError> {
        let failed = |problem: String| AuthSetupError::Key { origin: "auth-jwks-url".to_owned(), problem };
        let url = allowed(url).map_err(failed)?;
        let builder = Client::builder()
            .timeout(limits.timeout)
            // A redirect could lead from https to anywhere.
            .redirect(redirect::Policy::none())
            .user_agent(concat!("liaison/", env!("CARGO_PKG_VERSION")));
        let builder = if is_loopback(&url) { builder.no_proxy() } else { builder };
        let client = builder.build().map_err(|error| failed(in_full(&error)))?;
        Self::start(Source::Url { url, client }, accepted, limits, clock).await
    }

    async fn start(
        source: Source,
        accepted: Vec<Algorithm>,
        limits: RefreshLimits,
        clock: Clock,
    ) -> Result<Arc<Self>, AuthSetupError> {
        let ring = source
            .read(&accepted, &limits)
            .await
            .map_err(|problem| AuthSetupError::Key { origin: source.name(), problem })?;
        let state =
            State { ring: Arc::new(ring), read_at: clock.now(), attempted_at: None, last_attempt_failed: false };
        let refreshing = tokio::sync::Mutex::new(());
        Ok(Arc::new(Self { source, accepted, limits, clock, state: RwLock::new(state), refreshing }))
    }

    /// The set as it is now known, or nothing when it is too old to be believed.
    pub(super) async fn current(self: &Arc<Self>) -> Option<Arc<KeyRing>> {
        let mut state = self.state();
        let age = self.since(state.read_at);
        if age > self.limits.longest_age / 2 && self.may_attempt(&state) {
            // While the issuer is down, requests do not queue up behind every new attempt.
            if age > self.limits.longest_age && !state.last_attempt_failed {
                self.refresh().await;
                state = self.state();
            } else {
                self.spawn_refresh();
            }
        }
        let believed_for = self.limits.longest_age.saturating_add(self.limits.stale_grace);
        (self.since(state.read_at) <= believed_for).then_some(state.ring)
    }

    /// Reads the set again, unless that was done a moment ago. Callers at the same time share one reading.
    pub(super) async fn refresh(self: &Arc<Self>) {
        // A task of its own: a client that hangs up does not waste the attempt for everybody else.
        // The task does not panic; were it cancelled, at shutdown, the old set would stand.
        let _ = self.spawn_refresh().await;
    }

    fn spawn_refresh(self: &Arc<Self>) -> tokio::task::JoinHandle<()> {
        let keys = Arc::clone(self);
        tokio::spawn(async move { keys.read_again().await })
    }

    async fn read_again(&self) {
        let _turn = self.refreshing.lock().await;
        if !self.may_attempt(&self.state()) {
            return;
        }
        self.change(|state| state.attempted_at = Some(self.clock.now()));
        match self.source.read(&self.accepted, &self.limits).await {
            Ok(ring) => {
                let read_at = self.clock.now();
                self.change(|state| {
                    state.ring = Arc::new(ring);
                    state.read_at = read_at;
                    state.last_attempt_failed = false;
                });
                tracing::debug!(origin = self.source.name(), "read the key set again");
            }
            Err(problem) => {
                self.change(|state| state.last_attempt_failed = true);
                tracing::warn!(
                    origin = self.source.name(),
                    problem,
                    "the key set cannot be read: keeping the last one"
                );
            }
        }
    }

    fn may_attempt(&self, state: &State) -> bool {
        state.attempted_at.is_none_or(|at| self.since(at) >= self.limits.least_interval)
    }

    /// A clock that was set back makes an age of nothing, not an error.
    fn since(&self, at: DateTime<Utc>) -> Duration {
        self.clock.now().signed_duration_since(at).to_std().unwrap_or_default()
    }

    fn state(&self) -> State {
        self.state.read().unwrap_or_else(std::sync::PoisonError::into_inner).clone()
    }

    fn change(&self, change: impl FnOnce(&mut State)) {
        change(&mut self.state.write().unwrap_or_else(std::sync::PoisonError::into_inner));
    }
}

impl Source {
    fn name(&self) -> String {
        match self {
            Self::File(path) => path.display().to_string(),
            // Without the query, which may hold a key of its own.
            Self::Url { url, .. } => format!("{}{}", url.origin().ascii_serialization(), url.path()),
        }
    }

    async fn read(&self, accepted: &[Algorithm], limits: &RefreshLimits) -> Result<KeyRing, String> {
        match self {
            Self::File(path) => {
                let json = tokio::fs::read(path).await.map_err(|error| format!("cannot be read: {error}"))?;
                if json.len() > limits.most_bytes {
                    return Err(format!("longer than {} bytes", limits.most_bytes));
                }
                KeyRing::from_jwks(&json, accepted, SetOrigin::File)
            }
            Self::Url { url, client } => {
                let json = fetch(client, url.clone(), limits.most_bytes).await?;
                KeyRing::from_jwks(&json, accepted, SetOrigin::Url)
            }
        }
    }
}

async fn fetch(client: &Client, url: Url, most_bytes: usize) -> Result<Vec<u8>, String> {
    let failed = |error: reqwest::Error| format!("cannot be read: {}", in_full(&error.without_url()));
    let mut response = client.get(url).header("accept", "application/json").send().await.map_err(failed)?;
    if response.status() != 200 {
        return Err(format!("answers with status {} instead of 200", response.status().as_u16()));
    }
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(failed)? {
        if body.len() + chunk.len() > most_bytes {
            return Err(format!("answers with more than {most_bytes} bytes"));
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body)
}

/// The URL, if what it answers can be trusted to come from the issuer.
fn allowed(text: &str) -> Result<Url, String> {
    let url: Url = text.parse().map_err(|error| format!("not a URL: {error}"))?;
    if !url.username().is_empty() || url.password().is_some() {
        return Err("a key set is public: leave the user name and password out of the URL".to_owned());
    }
    match url.scheme() {
        "https" => Ok(url),
        "http" if is_loopback(&url) => Ok(url),
        _ => Err("use https (or http on loopback): whoever can change the key set can sign any token".to_owned()),
    }
}

fn is_loopback(url: &Url) -> bool {
    let host = url.host_str().unwrap_or_default();
    let address = host.trim_start_matches('[').trim_end_matches(']').parse::<std::net::IpAddr>();
    host == "localhost" || address.is_ok_and(|address| address.to_canonical().is_loopback())
}

/// reqwest says the outermost reason only.
fn in_full(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(error) = source {
        text = format!("{text}: {error}");
        source = error.source();
    }
    text
}
