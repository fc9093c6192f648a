//! The GraphQL front door over HTTP: from a request's bytes to an `Ask`, from an `Answer` to a response, by the draft
//! "GraphQL over HTTP". It may not parse a document, know the engine behind its closures, or decide a right.

pub mod accept;
pub mod body;
pub mod cross_site;
mod finishing;
pub mod headers;
pub mod host;
pub mod live;
pub mod parameters;
pub mod refusal;
pub mod request_id;
pub mod socket;
pub mod stream;

use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Duration;

use axum::body::Body;
use axum::extract::{Request, State};
use axum::response::Response;
use chrono::{DateTime, Utc};
use futures::FutureExt;
use futures::future::BoxFuture;
use http::header::{ALLOW, CONTENT_TYPE, VARY};
use http::request::Parts;
use http::{HeaderMap, HeaderValue, Method, StatusCode};
use liaison_domain::viewer::Viewer;
use liaison_graphql::request::{Answer, Ask, Caller, Opened, Outcome};
use tokio::sync::Semaphore;
use tracing::Instrument as _;

use self::accept::MediaType;
use self::finishing::Finishing;
use self::live::{Live, LiveSettings};
use self::refusal::Refusal;
use self::request_id::RequestId;

/// The engine as the door sees it.
pub type Execute = Arc<dyn Fn(Ask, Caller) -> BoxFuture<'static, Answer> + Send + Sync>;

/// The engine as the entrances that follow see it: sockets and streams.
pub type Open = Arc<dyn Fn(Ask, Caller) -> BoxFuture<'static, Opened> + Send + Sync>;

/// The verifier of tokens as the door sees it: from the text of `Authorization` to who that is. `None` is nobody.
pub type Authenticate =
    Arc<dyn Fn(Option<String>) -> BoxFuture<'static, Result<Option<Authenticated>, Refusal>> + Send + Sync>;

/// Who a good token says that its bearer is, and until when.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Authenticated {
    /// Who asks.
    pub viewer: Viewer,
    /// When the token ends. One request does not outlive it noticeably; a socket must close then.
    pub expires_at: DateTime<Utc>,
}

/// Who may ask for `__schema` and `__type`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Introspection {
    /// Anyone: development and demo.
    Everyone,
    /// `super_admin` only: production, unless configured otherwise.
    #[default]
    SuperAdmins,
    /// No one.
    NoOne,
}

/// What an operation came to, or what it panicked with.
type Ended<T> = std::thread::Result<T>;

/// The door's limits and manners.
#[derive(Clone, Debug)]
pub struct FrontSettings {
    /// The most bytes of a body.
    pub most_body_bytes: usize,
    /// The most bytes of all bodies that are being read at once.
    pub most_buffered_bytes: u32,
    /// How long a body may take to arrive.
    pub body_time: Duration,
    /// How long an operation may take until its client is told that it took too long.
    pub request_time: Duration,
    /// How many operations run at once; one more is told to come back.
    pub most_operations: u32,
    /// Who may introspect.
    pub introspection: Introspection,
    /// Origins (`https://app.acme.example`) whose pages may call this server.
    pub allowed_origins: Vec<String>,
    /// The limits of sockets and streams.
    pub live: LiveSettings,
}

impl Default for FrontSettings {
    fn default() -> Self {
        Self {
            most_body_bytes: 1 << 20,
            most_buffered_bytes: 128 << 20,
            body_time: Duration::from_secs(10),
            request_time: Duration::from_secs(30),
            most_operations: 512,
            introspection: Introspection::default(),
            allowed_origins: Vec::new(),
            live: LiveSettings::default(),
        }
    }
}

/// The name of the operation, for the access log: a response carries it in its extensions if it is known.
#[derive(Clone, Debug)]
pub struct OperationName(pub String);

/// The door: what every entrance (POST, GET, and the sockets and streams beside them) needs.
#[derive(Clone)]
pub struct Front {
    execute: Execute,
    open: Open,
    authenticate: Authenticate,
    settings: Arc<FrontSettings>,
    running: Arc<Semaphore>,
    memory: Arc<Semaphore>,
    live: Arc<Live>,
}

impl Front {
    /// A door to this engine, with this verifier of tokens. Sockets and streams give one answer and nothing more until
    /// [`Self::with_subscriptions`].
    pub fn new(execute: Execute, authenticate: Authenticate, settings: FrontSettings) -> Self {
        let running = Arc::new(Semaphore::new(settings.most_operations as usize));
        let memory = Arc::new(Semaphore::new(settings.most_buffered_bytes as usize));
        let live = Arc::new(Live::new(settings.live.clone()));
        let once = Arc::clone(&execute);
        let open: Open = Arc::new(move |ask, caller| once(ask, caller).map(Opened::Answered).boxed());
        Self { execute, open, authenticate, settings: Arc::new(settings), running, memory, live }
    }

    /// The same door, whose sockets and streams can follow.
    pub fn with_subscriptions(self, open: Open) -> Self {
        Self { open, ..self }
    }

    /// The settings it was made with.
    pub fn settings(&self) -> &FrontSettings {
        &self.settings
    }

    /// Who sent these headers: nobody without a token, a refusal with a bad one.
    pub async fn authenticate(&self, headers: &HeaderMap) -> Result<Option<Authenticated>, Refusal> {
        self.verify(headers::authorization(headers)?).await
    }

    /// The same for the text of `Authorization`, however it came.
    pub(super) async fn verify(&self, authorization: Option<String>) -> Result<Option<Authenticated>, Refusal> {
        (self.authenticate)(authorization).await
    }

    /// Whether this viewer may introspect.
    pub fn may_introspect(&self, viewer: Option<&Viewer>) -> bool {
        match self.settings.introspection {
            Introspection::Everyone => true,
            Introspection::SuperAdmins => viewer.is_some_and(Viewer::is_super_admin),
            Introspection::NoOne => false,
        }
    }

    /// What sockets and streams share.
    pub fn live(&self) -> &Live {
        &self.live
    }

    /// Runs one operation, which finishes whether or not anyone still waits: a future that is dropped while a transaction opens
    /// would hand its connection, claims and all, to the next tenant (quality.md).
    pub async fn run(&self, ask: Ask, caller: Caller) -> Result<Answer, Refusal> {
        self.finish((self.execute)(ask, caller), Finishing::new).await
    }

    /// The same for an operation that may be a subscription, in a task of its own, because a socket has many at a time: this runs it until it
    /// follows. What it then delivers counts no longer as an operation that runs.
    pub async fn open(&self, ask: Ask, caller: Caller) -> Result<Opened, Refusal> {
        let apart = |work| {
            tokio::spawn(work).map(|ended| {
                ended.unwrap_or_else(|error| Err(error.try_into_panic().unwrap_or_else(|cut| Box::new(cut))))
            })
        };
        self.finish((self.open)(ask, caller), apart).await
    }

    /// What an operation comes to, run this way to its end.
    async fn finish<T, F>(
        &self,
        work: BoxFuture<'static, T>,
        run: impl FnOnce(BoxFuture<'static, Ended<T>>) -> F,
    ) -> Result<T, Refusal>
    where
        T: Send + 'static,
        F: Future<Output = Ended<T>>,
    {
        let permit = Arc::clone(&self.running).try_acquire_owned().map_err(|_| {
            Refusal::unavailable("The server is at its limit of concurrent operations: try again shortly.")
        })?;
        let work = async move {
            let _permit = permit;
            AssertUnwindSafe(work).catch_unwind().await
        };
        let ended = run(work.in_current_span().boxed());
        match tokio::time::timeout(self.settings.request_time, ended).await {
            Ok(Ok(outcome)) => Ok(outcome),
            // The panic hook of `telemetry` has logged where; what it said may hold a person's data and goes nowhere.
            Ok(Err(_)) => Err(Refusal::internal()),
            Err(_) => Err(Refusal::took_too_long(format!(
                "The operation did not finish within {} seconds. Ask for less. A mutation may still have been done: \
                 look before you send it again, or send it again with the same Idempotency-Key, which does it once.",
                self.settings.request_time.as_secs_f32()
            ))),
        }
    }

    /// How many operations run.
    pub fn running(&self) -> usize {
        self.settings.most_operations as usize - self.running.available_permits()
    }

    /// Returns when no operation runs any more, those included that no client waits for.
    pub async fn drained(&self) {
        // The semaphore is never closed, so the only outcome is all permits, which go back at once.
        let _ = self.running.acquire_many(self.settings.most_operations).await;
    }

    /// What can be decided before the body is read.
    async fn admit(&self, parts: &Parts, request_id: &RequestId) -> Result<(Caller, Option<DateTime<Utc>>), Refusal> {
        let queries_only = match parts.method {
            Method::POST => {
                headers::check_json(&parts.headers)?;
                false
            }
            Method::GET | Method::HEAD => {
                cross_site::check_get(&parts.headers, &self.settings.allowed_origins)?;
                true
            }
            _ => {
                return Err(Refusal::method_not_allowed(
                    "Use POST, or GET for queries.",
                    Some("GET,HEAD,POST,OPTIONS"),
                ));
            }
        };
        let idempotency_key = headers::idempotency_key(&parts.headers)?;
        let (viewer, expires_at) = match self.authenticate(&parts.headers).await? {
            Some(Authenticated { viewer, expires_at }) => (Some(viewer), Some(expires_at)),
            None => (None, None),
        };
        let may_introspect = self.may_introspect(viewer.as_ref());
        let request_id = request_id.to_string();
        let caller = Caller { viewer, request_id, idempotency_key, may_introspect, queries_only, resume_after: None };
        Ok((caller, expires_at))
    }

    /// A request out of a body, or out of the query string of a GET.
    async fn ask(&self, parts: &Parts, body: Body, queries_only: bool) -> Result<Ask, Refusal> {
        if queries_only {
            return parameters::from_query_string(parts.uri.query().unwrap_or_default());
        }
        let settings = &self.settings;
        let body = body::read(&parts.headers, body, settings.most_body_bytes, settings.body_time, &self.memory).await?;
        parameters::from_body(&body)
    }
}

/// `POST /graphql`, and `GET /graphql` for queries.
pub async fn graphql(State(front): State<Front>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let request_id = RequestId::of(&parts.extensions);
    let (media_type, admitted) = match MediaType::negotiate(&parts.headers) {
        Ok(media_type) => (media_type, front.admit(&parts, &request_id).await),
        Err(refusal) => (MediaType::Json, Err(refusal)),
    };
    let mut operation_name = None;
    let answered = match admitted {
        Err(refusal) => {
            body::discard(&parts.headers, body).await;
            Err(refusal)
        }
        Ok((caller, _)) => match front.ask(&parts, body, caller.queries_only).await {
            Err(refusal) => Err(refusal),
            Ok(ask) => {
                operation_name = ask.operation_name.clone().filter(|name| is_name(name)).map(OperationName);
                front.run(ask, caller).await
            }
        },
    };
    let mut response = match answered {
        Ok(answer) => respond(answer, media_type),
        Err(refusal) => refusal.response(media_type, &request_id),
    };
    if let Some(operation_name) = operation_name {
        response.extensions_mut().insert(operation_name);
    }
    response
}

/// A request that was refused by the engine is an error under the newer media type and a success under the older.
fn respond(answer: Answer, media_type: MediaType) -> Response {
    let status = match (answer.outcome, media_type) {
        (Outcome::Executed, _) | (Outcome::Refused, MediaType::Json) => StatusCode::OK,
        (Outcome::Refused, MediaType::GraphqlResponse) => StatusCode::BAD_REQUEST,
        (Outcome::MethodNotAllowed, _) => StatusCode::METHOD_NOT_ALLOWED,
    };
    let mut response = Response::new(Body::from(answer.body));
    *response.status_mut() = status;
    let headers = response.headers_mut();
    // With those that the layers around add.
    headers.reserve(16);
    headers.insert(CONTENT_TYPE, media_type.content_type());
    headers.insert(VARY, HeaderValue::from_static("accept"));
    if status == StatusCode::METHOD_NOT_ALLOWED {
        headers.insert(ALLOW, HeaderValue::from_static("POST"));
    }
    response
}

/// Whether this is a GraphQL name of sane length: only such a one may stand in a log line.
fn is_name(text: &str) -> bool {
    (1..=128).contains(&text.len())
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
        && !text.starts_with(|first: char| first.is_ascii_digit())
}
