//! Which path goes where, and the layers around all of them. It may not answer anything itself but "there is no such path"
//! and "not with this method".

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::Request;
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use http::header::{
    AUTHORIZATION, CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_LENGTH, CONTENT_SECURITY_POLICY, CONTENT_TYPE,
    HeaderName, REFERRER_POLICY, RETRY_AFTER, WWW_AUTHENTICATE, X_CONTENT_TYPE_OPTIONS, X_FRAME_OPTIONS,
};
use http::{HeaderValue, Method, StatusCode};
use http_body_util::Limited;
use tower_http::CompressionLevel;
use tower_http::compression::CompressionLayer;
use tower_http::compression::predicate::{DefaultPredicate, Predicate, SizeAbove};
use tower_http::cors::{AllowOrigin, CorsLayer};
use tower_http::timeout::TimeoutBody;

use crate::health::{self, Checks};
use crate::http::accept::MediaType;
use crate::http::headers::IDEMPOTENCY_KEY;
use crate::http::host::Hosts;
use crate::http::refusal::Refusal;
use crate::http::request_id::{RequestId, X_REQUEST_ID};
use crate::http::socket::socket;
use crate::http::stream::{LAST_EVENT_ID, stream};
use crate::http::{Front, cross_site, graphql};
use crate::metrics::Counted;
use crate::telemetry;

/// The one path of GraphQL over HTTP.
pub const GRAPHQL_PATH: &str = "/graphql";
/// GraphQL over a WebSocket.
pub const SOCKET_PATH: &str = "/graphql/ws";
/// GraphQL over server-sent events.
pub const STREAM_PATH: &str = "/graphql/stream";

/// What surrounds the paths.
#[derive(Clone, Debug)]
pub struct RouterSettings {
    /// Responses of this size and more are compressed for clients that ask for it; `None`: never.
    pub compress_from_bytes: Option<u64>,
    /// The most bytes of a body on every path but `/graphql`, which has its own limit.
    pub most_body_bytes: usize,
    /// How long such a body may pause.
    pub body_pause: Duration,
    /// The names that the server answers to.
    pub hosts: Hosts,
    /// Who counts answers.
    pub counted: Option<Counted>,
}

impl Default for RouterSettings {
    fn default() -> Self {
        Self {
            compress_from_bytes: Some(1024),
            most_body_bytes: 1 << 20,
            body_pause: Duration::from_secs(10),
            hosts: Hosts::Any,
            counted: None,
        }
    }
}

/// Routes of other modules, with the paths by which the 404 names them.
#[derive(Debug, Default)]
pub struct OtherRoutes {
    /// The routes.
    pub routes: Router,
    /// Routes that take large bodies in, and bound them themselves.
    pub uploads: Router,
    /// Their paths, for people: `/graphiql`, `/exports/contacts.csv`.
    pub paths: Vec<&'static str>,
}

/// The whole server as one service.
pub fn router(front: Front, checks: Checks, others: OtherRoutes, settings: &RouterSettings) -> Router {
    let (most, pause) = (settings.most_body_bytes, settings.body_pause);
    let mut paths = vec![GRAPHQL_PATH, SOCKET_PATH, STREAM_PATH];
    paths.extend(health::PATHS);
    paths.extend(others.paths);
    let paths: Arc<str> = paths.join(", ").into();
    let cors = cors(&front.settings().allowed_origins);
    let (hosts, counted) = (settings.hosts.clone(), settings.counted.clone());

    let bounded = Router::new()
        .merge(health::routes(checks))
        .merge(others.routes)
        .layer(middleware::from_fn(move |request, next| bound(most, pause, request, next)));
    let mut router = Router::new()
        .route(GRAPHQL_PATH, get(graphql).post(graphql).with_state(front.clone()))
        .route(SOCKET_PATH, get(socket).with_state(front.clone()))
        .route(STREAM_PATH, get(stream).post(stream).with_state(front))
        .merge(bounded)
        .merge(others.uploads)
        .method_not_allowed_fallback(method_not_allowed)
        .fallback(move |request| not_found(Arc::clone(&paths), request));
    if let Some(from) = settings.compress_from_bytes {
        let worth_it = DefaultPredicate::new().and(SizeAbove::new(from));
        router = router.layer(CompressionLayer::new().quality(CompressionLevel::Fastest).compress_when(worth_it));
    }
    if let Some(cors) = cors {
        router = router.layer(cors);
    }
    // One layer, as each costs every request a few allocations.
    router.layer(middleware::from_fn(move |request, next: Next| {
        let hosts = hosts.clone();
        let answered = async move |request| harden(guard_host(hosts, request, next).await);
        telemetry::observe(counted.clone(), request, answered)
    }))
}

/// Nothing without a list: then no page of another origin may read anything here.
fn cors(allowed_origins: &[String]) -> Option<CorsLayer> {
    if allowed_origins.is_empty() {
        return None;
    }
    let origins = allowed_origins.iter().filter_map(|origin| HeaderValue::from_str(origin).ok());
    let mut sent = vec![AUTHORIZATION, CONTENT_TYPE, X_REQUEST_ID, IDEMPOTENCY_KEY, LAST_EVENT_ID];
    sent.extend(cross_site::PREFLIGHTED.map(HeaderName::from_static));
    Some(
        CorsLayer::new()
            .allow_origin(AllowOrigin::list(origins))
            .allow_methods([Method::GET, Method::POST])
            .allow_headers(sent)
            .expose_headers([X_REQUEST_ID, RETRY_AFTER, WWW_AUTHENTICATE, CONTENT_DISPOSITION])
            .max_age(Duration::from_secs(7200)),
    )
}

async fn guard_host(hosts: Hosts, request: Request, next: Next) -> Response {
    let (parts, body) = request.into_parts();
    match hosts.check(&parts) {
        Ok(()) => next.run(Request::from_parts(parts, body)).await,
        Err(refusal) => refusal.response(MediaType::Json, &RequestId::of(&parts.extensions)),
    }
}

/// The body limit of all paths that have none of their own. An announced length is refused at once; a body that turns out
/// longer, or that pauses for too long, breaks off in the handler's hands.
async fn bound(most: usize, pause: Duration, request: Request, next: Next) -> Response {
    let length = request.headers().get(CONTENT_LENGTH).and_then(|value| value.to_str().ok()?.parse::<u64>().ok());
    if length.is_some_and(|length| length > most as u64) {
        return Refusal::payload_too_large(format!(
            "The body is larger than {most} bytes, the most that is read here."
        ))
        .response(MediaType::Json, &RequestId::of(request.extensions()));
    }
    next.run(request.map(|body| Body::new(Limited::new(TimeoutBody::new(pause, body), most)))).await
}

/// Headers that every response has unless its handler knows better (GraphiQL brings its own policy).
fn harden(mut response: Response) -> Response {
    const CROSS_ORIGIN_RESOURCE_POLICY: HeaderName = HeaderName::from_static("cross-origin-resource-policy");
    for (name, value) in [
        (X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (CACHE_CONTROL, "no-store"),
        (REFERRER_POLICY, "no-referrer"),
        (X_FRAME_OPTIONS, "DENY"),
        (CONTENT_SECURITY_POLICY, "default-src 'none'; frame-ancestors 'none'"),
        (CROSS_ORIGIN_RESOURCE_POLICY, "same-origin"),
    ] {
        response.headers_mut().entry(name).or_insert(HeaderValue::from_static(value));
    }
    response
}

/// Also answers `OPTIONS`: the router adds the header `Allow` to either.
async fn method_not_allowed(request: Request) -> Response {
    if request.method() == Method::OPTIONS {
        return StatusCode::NO_CONTENT.into_response();
    }
    Refusal::method_not_allowed(
        "This path is not served with this method: the header Allow lists those that are.",
        None,
    )
    .response(MediaType::Json, &RequestId::of(request.extensions()))
}

async fn not_found(paths: Arc<str>, request: Request) -> Response {
    Refusal::not_found(format!("Nothing is served under this path. There are: {paths}."))
        .response(MediaType::Json, &RequestId::of(request.extensions()))
}
