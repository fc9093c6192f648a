//! `POST /graphql/stream`, and `GET` for all but mutations: one operation, answered by server-sent events as graphql-sse
//! has them ("distinct connections"). It may not answer an error as an event that could be an ordinary answer.

use std::time::Instant;

use axum::body::Body;
use axum::extract::{Request, State};
use axum::response::Response;
use bytes::Bytes;
use chrono::{DateTime, Utc};
use futures::future::BoxFuture;
use futures::stream::{BoxStream, StreamExt, unfold};
use futures::{FutureExt, stream};
use http::header::{CACHE_CONTROL, CONTENT_TYPE, HeaderName, VARY};
use http::request::Parts;
use http::{HeaderMap, HeaderValue, Method};
use liaison_graphql::request::{Delivery, Following, Opened, Outcome};

use super::accept::{self, MediaType};
use super::live::{self, Place};
use super::refusal::Refusal;
use super::request_id::RequestId;
use super::{Front, OperationName, body, is_name, respond};

/// Where a client that comes back goes on.
pub const LAST_EVENT_ID: HeaderName = HeaderName::from_static("last-event-id");
/// Asks the proxies in front of us to pass on what comes when it comes.
const X_ACCEL_BUFFERING: HeaderName = HeaderName::from_static("x-accel-buffering");

/// The entrance.
pub async fn stream(State(front): State<Front>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let request_id = RequestId::of(&parts.extensions);
    let mut name = None;
    let answered = answer(&front, &parts, body, &request_id, &mut name).await;
    // The newer type, whose status says that nothing was run: a client of events looks at the status before the body.
    let mut response = answered.unwrap_or_else(|refusal| refusal.response(MediaType::GraphqlResponse, &request_id));
    if let Some(name) = name {
        response.extensions_mut().insert(name);
    }
    response
}

async fn answer(
    front: &Front,
    parts: &Parts,
    body: Body,
    request_id: &RequestId,
    name: &mut Option<OperationName>,
) -> Result<Response, Refusal> {
    let admitted = async {
        if parts.method == Method::HEAD {
            // It would open a stream of which nobody reads a word.
            return Err(Refusal::method_not_allowed(
                "Use POST, or GET for all but mutations.",
                Some("GET,POST,OPTIONS"),
            ));
        }
        accept::check_event_stream(&parts.headers)?;
        let resume_after = last_event_id(&parts.headers)?;
        let (caller, expires_at) = front.admit(parts, request_id).await?;
        let place = front.live().place()?;
        Ok((liaison_graphql::request::Caller { resume_after, ..caller }, expires_at, place))
    };
    let (caller, expires_at, place) = match admitted.await {
        Ok(admitted) => admitted,
        Err(refusal) => {
            body::discard(&parts.headers, body).await;
            return Err(refusal);
        }
    };
    let ask = front.ask(parts, body, caller.queries_only).await?;
    *name = ask.operation_name.clone().filter(|name| is_name(name)).map(OperationName);
    match front.open(ask, caller).await? {
        Opened::Answered(answer) if answer.outcome == Outcome::Executed => {
            let next = event(&Delivery { position: None, body: answer.body });
            Ok(of_events(Body::from_stream(stream::iter([next, complete()].map(Ok::<_, std::convert::Infallible>)))))
        }
        Opened::Answered(answer) => Ok(respond(answer, MediaType::GraphqlResponse)),
        Opened::Following(following) => {
            let line = Line { request_id: request_id.clone(), name: name.clone(), since: Instant::now(), delivered: 0 };
            Ok(of_events(follow(front, following, expires_at, place, line)))
        }
    }
}

/// A position that this server gave as the id of an event.
fn last_event_id(headers: &HeaderMap) -> Result<Option<String>, Refusal> {
    match headers.get(LAST_EVENT_ID) {
        None => Ok(None),
        Some(value) if value.is_empty() => Ok(None),
        Some(value) => match value.to_str() {
            Ok(text) => Ok(Some(text.to_owned())),
            Err(_) => Err(Refusal::bad_request(
                "The header Last-Event-ID must be the id of an event of this stream, as it came.",
            )),
        },
    }
}

fn of_events(body: Body) -> Response {
    let mut response = Response::new(body);
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("text/event-stream; charset=utf-8"));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(VARY, HeaderValue::from_static("accept"));
    headers.insert(X_ACCEL_BUFFERING, HeaderValue::from_static("no"));
    response
}

/// What a stream holds until its client is gone.
struct Followed {
    deliveries: BoxStream<'static, Delivery>,
    stopped: BoxFuture<'static, ()>,
    expired: BoxFuture<'static, ()>,
    keep_alive: std::time::Duration,
    line: Line,
    _place: Place,
}

/// The body: an event is asked for when the one before it has been taken in.
fn follow(front: &Front, following: Following, expires_at: Option<DateTime<Utc>>, place: Place, line: Line) -> Body {
    let begun = begun(following.position.as_deref());
    let followed = Followed {
        deliveries: following.deliveries,
        stopped: front.live().stopped().boxed(),
        expired: live::expired(expires_at).boxed(),
        keep_alive: front.live().settings().keep_alive,
        line,
        _place: place,
    };
    let events = unfold(Some(followed), |followed| async move {
        let mut followed = followed?;
        let (bytes, goes_on) = tokio::select! {
            biased;
            // Without `complete`: the client shall come back, with another token or to another server.
            () = &mut followed.expired => (comment("the token has expired"), false),
            () = &mut followed.stopped => (comment("the server stops"), false),
            delivery = followed.deliveries.next() => match delivery {
                Some(delivery) => {
                    followed.line.delivered += 1;
                    (event(&delivery), true)
                }
                None => (complete(), false),
            },
            () = tokio::time::sleep(followed.keep_alive) => (comment("still here"), true),
        };
        Some((bytes, goes_on.then_some(followed)))
    });
    Body::from_stream(stream::iter([begun]).chain(events).map(Ok::<_, std::convert::Infallible>))
}

/// Sent at once, so that a client and the proxies before it see that the stream has begun. An id without data is no event: it
/// says where a client goes on that is cut off before the first one.
fn begun(position: Option<&str>) -> Bytes {
    match position {
        Some(position) => format!(": events follow\nid: {position}\n\n").into(),
        None => comment("events follow"),
    }
}

/// The body of an answer is JSON without a line break, so it is one line of data.
fn event(delivery: &Delivery) -> Bytes {
    let mut text = Vec::with_capacity(delivery.body.len() + 96);
    text.extend_from_slice(b"event: next\n");
    if let Some(position) = &delivery.position {
        text.extend_from_slice(format!("id: {position}\n").as_bytes());
    }
    text.extend_from_slice(b"data: ");
    text.extend_from_slice(&delivery.body);
    text.extend_from_slice(b"\n\n");
    text.into()
}

/// With a field `data`, or a browser would not dispatch it.
fn complete() -> Bytes {
    Bytes::from_static(b"event: complete\ndata:\n\n")
}

fn comment(text: &str) -> Bytes {
    format!(": {text}\n\n").into()
}

/// The line that tells how long a stream was open and what it delivered; the access line was written when it began.
struct Line {
    request_id: RequestId,
    name: Option<OperationName>,
    since: Instant,
    delivered: u64,
}

impl Drop for Line {
    fn drop(&mut self) {
        tracing::info!(
            target: "liaison::access",
            request_id = self.request_id.as_str(),
            path = crate::router::STREAM_PATH,
            operation = self.name.as_ref().map(|name| name.0.as_str()),
            delivered = self.delivered,
            ms = (self.since.elapsed().as_secs_f64() * 1e6).round() / 1e3,
            "a stream ended"
        );
    }
}
