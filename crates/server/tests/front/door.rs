//! A front door before an engine that echoes, and ways to knock at it. It may not assert anything.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use axum::Router;
use axum::body::Body;
use axum::response::Response;
use futures::{FutureExt, StreamExt, stream};
use http::Request;
use http_body_util::BodyExt;
use liaison_domain::viewer::{Role, Viewer};
use liaison_graphql::request::{Answer, Ask, Caller, Delivery, Following, Opened, Outcome, Report};
use liaison_server::health::{Check, Checks};
use liaison_server::http::refusal::Refusal;
use liaison_server::http::{Authenticate, Authenticated, Execute, Front, FrontSettings, Open};
use liaison_server::router::{OtherRoutes, RouterSettings, router};
use serde_json::{Value, json};
use tower::ServiceExt;
use uuid::Uuid;

/// A door, a count of the operations that ran to their end behind it, and one of the events that subscribers asked for.
#[derive(Clone)]
pub struct Door {
    pub front: Front,
    pub finished: Arc<AtomicUsize>,
    pub pulled: Arc<AtomicUsize>,
    pub router: Router,
}

impl Door {
    pub fn open() -> Self {
        Self::with(FrontSettings::default(), &RouterSettings::default(), OtherRoutes::default())
    }

    pub fn of(settings: FrontSettings) -> Self {
        Self::with(settings, &RouterSettings::default(), OtherRoutes::default())
    }

    pub fn with(settings: FrontSettings, around: &RouterSettings, others: OtherRoutes) -> Self {
        let finished = Arc::new(AtomicUsize::new(0));
        let pulled = Arc::new(AtomicUsize::new(0));
        let echo = echo(Arc::clone(&finished));
        let front =
            Front::new(Arc::clone(&echo), verifier(), settings).with_subscriptions(follow(echo, Arc::clone(&pulled)));
        let checks: Checks = Arc::new(|| async { vec![Check::passed("database")] }.boxed());
        let router = router(front.clone(), checks, others, around);
        Self { front, finished, pulled, router }
    }

    pub async fn send(&self, request: Request<Body>) -> Response {
        self.router.clone().oneshot(request).await.expect("a router never fails")
    }

    /// POSTs this body as JSON.
    pub async fn post(&self, body: impl Into<Body>, headers: &[(&str, &str)]) -> Seen {
        let mut request = Request::post("/graphql").header("content-type", "application/json");
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        Seen::of(self.send(request.body(body.into()).expect("a request")).await).await
    }

    pub async fn ask(&self, query: &str) -> Seen {
        self.post(json!({ "query": query }).to_string(), &[]).await
    }

    pub async fn request(&self, method: &str, path: &str, headers: &[(&str, &str)]) -> Seen {
        let mut request = Request::builder().method(method).uri(path);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        Seen::of(self.send(request.body(Body::empty()).expect("a request")).await).await
    }

    pub fn finished(&self) -> usize {
        self.finished.load(Ordering::SeqCst)
    }
}

/// A response, read whole.
#[derive(Debug)]
pub struct Seen {
    pub status: u16,
    pub headers: http::HeaderMap,
    pub bytes: Vec<u8>,
}

impl Seen {
    pub async fn of(response: Response) -> Self {
        let (parts, body) = response.into_parts();
        let bytes = body.collect().await.expect("a body").to_bytes().to_vec();
        Self { status: parts.status.as_u16(), headers: parts.headers, bytes }
    }

    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().expect("a text"))
    }

    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.bytes).unwrap_or_else(|error| panic!("{error} in {self:?}"))
    }

    /// The code of the only error, checked for the shape that every error has.
    pub fn code(&self) -> String {
        let body = self.json();
        assert!(body.get("data").is_none(), "{body}");
        assert_eq!(body["errors"].as_array().map(Vec::len), Some(1), "{body}");
        assert!(!body["errors"][0]["message"].as_str().expect("a message").is_empty());
        assert_eq!(body["errors"][0]["extensions"]["requestId"].as_str(), Some(self.header("x-request-id")), "{body}");
        body["errors"][0]["extensions"]["code"].as_str().expect("a code").to_owned()
    }

    pub fn message(&self) -> String {
        self.json()["errors"][0]["message"].as_str().expect("a message").to_owned()
    }
}

/// Repeats what it was asked, with a few words that make it misbehave.
fn echo(finished: Arc<AtomicUsize>) -> Execute {
    Arc::new(move |ask: Ask, caller: Caller| {
        let finished = Arc::clone(&finished);
        async move {
            match ask.query.as_str() {
                "panic" => panic!("a secret of the inside"),
                query => crate::held::wait(query).await,
            }
            let outcome = match ask.query.as_str() {
                "refuse" => Outcome::Refused,
                mutation if mutation.starts_with("mutation") && caller.queries_only => Outcome::MethodNotAllowed,
                _ => Outcome::Executed,
            };
            let body = match outcome {
                Outcome::Executed => json!({ "data": {
                    "query": ask.query,
                    "operationName": ask.operation_name,
                    "variables": ask.variables,
                    "extensions": ask.extensions,
                    "subject": caller.viewer.as_ref().map(Viewer::subject),
                    "requestId": caller.request_id,
                    "idempotencyKey": caller.idempotency_key,
                    "mayIntrospect": caller.may_introspect,
                    "queriesOnly": caller.queries_only,
                }}),
                Outcome::Refused | Outcome::MethodNotAllowed => json!({ "errors": [{ "message": "refused" }] }),
            };
            finished.fetch_add(1, Ordering::SeqCst);
            if ask.query == "large" {
                return Answer { outcome, body: vec![b' '; 32 << 20], report: Report::default() };
            }
            Answer { outcome, body: body.to_string().into_bytes(), report: Report::default() }
        }
        .boxed()
    })
}

/// Follows what begins with `subscription`: so many events as the variable `count` says, each of so many bytes as `bytes` says.
fn follow(echo: Execute, pulled: Arc<AtomicUsize>) -> Open {
    Arc::new(move |ask: Ask, caller: Caller| {
        if !ask.query.starts_with("subscription") || caller.viewer.is_none() {
            return echo(ask, caller).map(Opened::Answered).boxed();
        }
        let number = |name: &str, otherwise| {
            ask.variables.as_ref().and_then(|variables| variables.get(name)?.as_u64()).unwrap_or(otherwise)
        };
        let (count, bytes) = (number("count", u64::MAX), number("bytes", 0) as usize);
        let from: u64 = caller.resume_after.as_deref().map_or(0, |after| after.parse().expect("a number"));
        let pulled = Arc::clone(&pulled);
        let silent = ask.query.contains("silent");
        let events = stream::iter(from..from.saturating_add(count)).then(move |at| {
            pulled.fetch_add(1, Ordering::SeqCst);
            async move {
                if silent {
                    std::future::pending::<()>().await;
                }
                let body = json!({ "data": { "at": at, "filling": "x".repeat(bytes) } });
                Delivery { position: Some((at + 1).to_string()), body: body.to_string().into_bytes() }
            }
        });
        let following =
            Following { position: Some(from.to_string()), report: Report::default(), deliveries: events.boxed() };
        async move { Opened::Following(following) }.boxed()
    })
}

/// Knows two tokens, and some that end soon.
fn verifier() -> Authenticate {
    Arc::new(|authorization| {
        async move {
            let viewer = |subject: &str, role| Authenticated {
                viewer: Viewer::new(subject, Uuid::nil(), [role], None),
                expires_at: chrono::Utc::now() + chrono::TimeDelta::minutes(5),
            };
            match authorization.as_deref() {
                None => Ok(None),
                Some("Bearer jane") => Ok(Some(viewer("jane", Role::ProviderAdmin))),
                Some("Bearer owner") => Ok(Some(viewer("owner", Role::SuperAdmin))),
                Some("Bearer brief") => Ok(Some(Authenticated {
                    expires_at: chrono::Utc::now() + chrono::TimeDelta::milliseconds(300),
                    ..viewer("jane", Role::ProviderAdmin)
                })),
                Some("Bearer unknowable") => Err(Refusal::unavailable("The keys cannot be read just now.")),
                Some("Bearer panic") => panic!("a secret of the verifier"),
                Some(_) => Err(Refusal::unauthenticated("The token has expired: sign in again.")),
            }
        }
        .boxed()
    })
}
