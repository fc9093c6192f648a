//! Server-sent events: what is one, what is an ordinary answer, and where a stream goes on and ends.

use std::time::Duration;

use axum::body::{Body, BodyDataStream};
use futures::StreamExt;
use http::Request;
use liaison_server::http::FrontSettings;
use liaison_server::http::live::LiveSettings;
use serde_json::{Value, json};
use tokio::time::timeout;

use crate::caller::PATIENCE;
use crate::door::{Door, Seen};

/// A stream as it comes in, event by event.
struct Events {
    body: BodyDataStream,
    text: String,
}

#[derive(Debug, PartialEq)]
struct Event {
    kind: String,
    id: Option<String>,
    data: String,
}

impl Events {
    async fn of(door: &Door, variables: Value, headers: &[(&str, &str)]) -> Self {
        let body = json!({ "query": "subscription { changes }", "variables": variables });
        Self::asking(door, body, headers).await
    }

    async fn asking(door: &Door, body: Value, headers: &[(&str, &str)]) -> Self {
        let response = door.send(request(&body, headers)).await;
        assert_eq!(response.status(), 200);
        assert_eq!(response.headers()["content-type"], "text/event-stream; charset=utf-8");
        Self { body: response.into_body().into_data_stream(), text: String::new() }
    }

    /// The next block, comments among them; nothing at the end.
    async fn block(&mut self) -> Option<String> {
        loop {
            if let Some((block, rest)) = self.text.split_once("\n\n") {
                let block = block.to_owned();
                self.text = rest.to_owned();
                return Some(block);
            }
            match timeout(PATIENCE, self.body.next()).await.expect("the stream says something") {
                Some(bytes) => self.text.push_str(std::str::from_utf8(&bytes.expect("bytes")).expect("UTF-8")),
                None => return None,
            }
        }
    }

    async fn next(&mut self) -> Option<Event> {
        loop {
            let block = self.block().await?;
            let field = |name: &str| {
                block
                    .lines()
                    .find_map(|line| line.strip_prefix(name)?.strip_prefix(':'))
                    .map(|value| value.trim().to_owned())
            };
            if let Some(kind) = field("event") {
                return Some(Event { kind, id: field("id"), data: field("data").unwrap_or_default() });
            }
        }
    }
}

fn request(body: &Value, headers: &[(&str, &str)]) -> Request<Body> {
    let mut request = Request::post("/graphql/stream")
        .header("content-type", "application/json")
        .header("accept", "text/event-stream")
        .header("authorization", "Bearer jane");
    for (name, value) in headers {
        request
            .headers_mut()
            .expect("headers")
            .insert(http::HeaderName::try_from(*name).expect("a name"), value.parse().expect("a value"));
    }
    request.body(Body::from(body.to_string())).expect("a request")
}

async fn refused(door: &Door, body: Value, headers: &[(&str, &str)]) -> Seen {
    Seen::of(door.send(request(&body, headers)).await).await
}

#[tokio::test]
async fn a_subscription_is_a_stream_of_events_with_their_positions() {
    let door = Door::open();
    let mut events = Events::of(&door, json!({ "count": 2 }), &[]).await;
    for at in 0..2 {
        let event = events.next().await.expect("an event");
        assert_eq!((event.kind.as_str(), event.id), ("next", Some((at + 1).to_string())));
        assert_eq!(serde_json::from_str::<Value>(&event.data).expect("JSON")["data"]["at"], at);
    }
    let complete = Event { kind: "complete".to_owned(), id: None, data: String::new() };
    assert_eq!(events.next().await, Some(complete));
    assert_eq!(events.next().await, None);
    assert_eq!(door.front.live().open(), 0);
}

#[tokio::test]
async fn a_client_that_comes_back_goes_on_where_it_was() {
    let door = Door::open();
    let mut events = Events::of(&door, json!({ "count": 1 }), &[("last-event-id", "41")]).await;
    assert_eq!(events.next().await.expect("an event").id.as_deref(), Some("42"));
    let mut events = Events::of(&door, json!({ "count": 1 }), &[("last-event-id", "")]).await;
    assert_eq!(events.next().await.expect("an event").id.as_deref(), Some("1"));
    let seen = refused(&door, json!({ "query": "subscription" }), &[("last-event-id", "\u{e9}")]).await;
    assert_eq!((seen.status, seen.code().as_str()), (400, "BAD_REQUEST"));
}

#[tokio::test]
async fn a_query_and_a_mutation_are_one_event_and_the_end() {
    let door = Door::open();
    for query in ["{ a }", "mutation { a }"] {
        let mut events = Events::asking(&door, json!({ "query": query }), &[]).await;
        let event = events.next().await.expect("an event");
        assert_eq!(event.kind, "next");
        assert_eq!(serde_json::from_str::<Value>(&event.data).expect("JSON")["data"]["query"], query);
        assert_eq!(events.next().await.expect("an event").kind, "complete");
        assert_eq!(events.next().await, None);
    }
}

#[tokio::test]
async fn what_goes_wrong_before_the_stream_is_an_ordinary_answer() {
    let door = Door::open();
    let ask = json!({ "query": "subscription { changes }" });
    for (body, headers, status) in [
        (json!({ "query": "refuse" }), &[][..], 400),
        (json!({ "query": 7 }), &[], 400),
        (json!({ "query": "panic" }), &[], 500),
        (ask.clone(), &[("accept", "application/json")], 406),
        (ask.clone(), &[("accept", "text/event-stream;q=0")], 406),
        (ask.clone(), &[("authorization", "Bearer stale")], 401),
        (ask.clone(), &[("content-type", "text/plain")], 415),
    ] {
        let seen = refused(&door, body.clone(), headers).await;
        assert_eq!(seen.status, status, "{body} {headers:?}");
        assert!(seen.header("content-type").contains("json"), "{seen:?}");
        assert!(seen.json()["errors"][0]["message"].is_string());
    }
    assert_eq!(door.front.live().open(), 0);
}

#[tokio::test]
async fn a_get_follows_but_changes_nothing() {
    let door = Door::open();
    let get = async |query: &str, headers: &[(&str, &str)]| {
        let mut request = Request::get(format!("/graphql/stream?query={query}&variables=%7B%22count%22:1%7D"));
        for (name, value) in [("accept", "text/event-stream"), ("authorization", "Bearer jane")].iter().chain(headers) {
            request = request.header(*name, *value);
        }
        Seen::of(door.send(request.body(Body::empty()).expect("a request")).await).await
    };
    let seen = get("subscription", &[]).await;
    assert_eq!(seen.status, 200);
    assert!(String::from_utf8_lossy(&seen.bytes).contains("event: next\nid: 1\n"));
    assert_eq!(get("mutation%7Ba%7D", &[]).await.status, 405);
    let foreign =
        [("accept", "text/event-stream"), ("origin", "https://evil.example"), ("sec-fetch-site", "cross-site")];
    assert_eq!(door.request("GET", "/graphql/stream?query=subscription", &foreign).await.status, 400);
    assert_eq!(door.request("HEAD", "/graphql/stream?query=subscription", &foreign[..1]).await.status, 405);
    assert_eq!(door.request("PUT", "/graphql/stream", &[]).await.status, 405);
}

#[tokio::test]
async fn nothing_is_compressed_or_held_back() {
    let door = Door::open();
    let body = json!({ "query": "subscription", "variables": { "count": 1, "bytes": 5000 } });
    let seen = refused(&door, body, &[("accept-encoding", "gzip")]).await;
    assert_eq!((seen.header("content-encoding"), seen.header("x-accel-buffering")), ("", "no"));
    assert_eq!(seen.header("cache-control"), "no-store");
    // The first bytes come before the first event.
    let mut events = Events::asking(&door, json!({ "query": "subscription { silent }" }), &[]).await;
    assert_eq!(events.block().await.as_deref(), Some(": events follow\nid: 0"));
}

#[tokio::test]
async fn a_quiet_stream_says_that_it_lives() {
    let live = LiveSettings { keep_alive: Duration::from_millis(50), ..LiveSettings::default() };
    let door = Door::of(FrontSettings { live, ..FrontSettings::default() });
    let mut events = Events::asking(&door, json!({ "query": "subscription { silent }" }), &[]).await;
    events.block().await;
    for _ in 0..3 {
        assert_eq!(events.block().await.as_deref(), Some(": still here"));
    }
}

#[tokio::test]
async fn a_stream_ends_with_its_token_and_with_the_server() {
    let door = Door::open();
    let ask = json!({ "query": "subscription { silent }" });
    let mut events = Events::asking(&door, ask.clone(), &[("authorization", "Bearer brief")]).await;
    events.block().await;
    assert_eq!(events.block().await.as_deref(), Some(": the token has expired"));
    assert_eq!(events.block().await, None, "no `complete`: the client shall come back");
    let mut events = Events::asking(&door, ask, &[]).await;
    events.block().await;
    door.front.live().stop();
    assert_eq!(events.block().await.as_deref(), Some(": the server stops"));
    assert_eq!(events.block().await, None);
}

#[tokio::test]
async fn streams_have_places_and_are_asked_only_for_what_is_read() {
    let live = LiveSettings { most: 1, ..LiveSettings::default() };
    let door = Door::of(FrontSettings { live, ..FrontSettings::default() });
    let mut events = Events::of(&door, json!({}), &[]).await;
    events.next().await.expect("an event");
    assert!(door.pulled.load(std::sync::atomic::Ordering::SeqCst) <= 2);
    let seen = refused(&door, json!({ "query": "subscription" }), &[]).await;
    assert_eq!((seen.status, seen.code().as_str()), (503, "UNAVAILABLE"));
    assert_eq!(door.ask("{a}").await.status, 200);
    drop(events);
    assert_eq!(door.front.live().open(), 0);
}
