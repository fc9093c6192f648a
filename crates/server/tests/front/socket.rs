//! `graphql-transport-ws`: the handshake, each message, each close code, and the ends of a socket.

use std::time::Duration;

use liaison_server::http::FrontSettings;
use liaison_server::http::live::LiveSettings;
use serde_json::json;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::protocol::CloseFrame;
use tokio_tungstenite::tungstenite::protocol::frame::coding::CloseCode;

use crate::caller::{PATIENCE, Served};
use crate::held::Held;

const PROTOCOL: (&str, &str) = ("sec-websocket-protocol", "graphql-transport-ws");

fn init(token: &str) -> serde_json::Value {
    json!({ "type": "connection_init", "payload": { "Authorization": format!("Bearer {token}") } })
}

#[tokio::test]
async fn a_handshake_needs_the_subprotocol_and_an_origin_of_ours() {
    let served = Served::start(LiveSettings::default()).await;
    for protocols in [&[][..], &[("sec-websocket-protocol", "graphql-ws")]] {
        let (status, body) = served.refusal(protocols).await;
        assert_eq!(status, 400, "{body}");
        assert!(body.contains("graphql-transport-ws"), "{body}");
    }
    let (status, _) = served.refusal(&[PROTOCOL, ("origin", "https://evil.example")]).await;
    assert_eq!(status, 400);
    let (status, _) = served.refusal(&[PROTOCOL, ("sec-fetch-site", "cross-site")]).await;
    assert_eq!(status, 400);
    let own = format!("http://{}", served.address);
    assert!(served.shake(&[PROTOCOL, ("origin", own.as_str())]).await.is_ok());
    assert!(served.shake(&[("sec-websocket-protocol", "graphql-ws, graphql-transport-ws")]).await.is_ok());

    let seen = served.door.request("GET", "/graphql/ws", &[]).await;
    assert_eq!((seen.status, seen.header("upgrade")), (426, "websocket"));
    assert!(seen.message().contains("/graphql/stream"));
    assert_eq!(served.door.request("POST", "/graphql/ws", &[]).await.status, 405);
}

#[tokio::test]
async fn an_allowed_origin_may_open_a_socket() {
    let allowed_origins = vec!["https://app.acme.example".to_owned()];
    let served = Served::of(FrontSettings { allowed_origins, ..FrontSettings::default() }).await;
    assert!(served.shake(&[PROTOCOL, ("origin", "https://app.acme.example")]).await.is_ok());
}

#[tokio::test]
async fn queries_mutations_and_subscriptions_run_over_one_socket() {
    let served = Served::start(LiveSettings::default()).await;
    let mut socket = served.jane().await;
    socket.subscribe("q", "{ a }", json!({ "n": 1 })).await;
    let next = socket.hear().await;
    assert_eq!((&next["id"], &next["type"]), (&json!("q"), &json!("next")));
    assert_eq!(next["payload"]["data"]["subject"], "jane");
    assert_eq!(next["payload"]["data"]["variables"], json!({ "n": 1 }));
    assert_eq!(next["payload"]["data"]["queriesOnly"], false);
    assert_eq!(socket.hear().await, json!({ "id": "q", "type": "complete" }));

    // The id is free again.
    socket.subscribe("q", "subscription { changes }", json!({ "count": 3 })).await;
    for at in 0..3 {
        let next = socket.hear().await;
        assert_eq!((&next["id"], &next["payload"]["data"]["at"]), (&json!("q"), &json!(at)));
    }
    assert_eq!(socket.hear().await, json!({ "id": "q", "type": "complete" }));

    socket.subscribe("m", "mutation { a }", json!({})).await;
    assert_eq!(socket.hear().await["payload"]["data"]["query"], "mutation { a }");
    assert_eq!(socket.hear().await, json!({ "id": "m", "type": "complete" }));
}

#[tokio::test]
async fn an_operation_that_does_not_run_ends_in_an_error_and_the_socket_goes_on() {
    let served = Served::start(LiveSettings::default()).await;
    let mut socket = served.jane().await;
    socket.subscribe("1", "refuse", json!({})).await;
    assert_eq!(socket.hear().await, json!({ "id": "1", "type": "error", "payload": [{ "message": "refused" }] }));
    socket.subscribe("1", "panic", json!({})).await;
    let error = socket.hear().await;
    assert_eq!((&error["type"], &error["payload"][0]["extensions"]["code"]), (&json!("error"), &json!("INTERNAL")));
    assert!(!error.to_string().contains("secret"), "{error}");
    socket.subscribe("1", "{ a\u{0} }", json!({})).await;
    let error = socket.hear().await;
    assert_eq!(error["payload"][0]["extensions"]["code"], "BAD_REQUEST");
    socket.subscribe("1", "{ a }", json!({})).await;
    assert_eq!(socket.hear().await["type"], "next");
}

#[tokio::test]
async fn a_client_ends_its_operation_and_hears_no_more_of_it() {
    let served = Served::start(LiveSettings::default()).await;
    let mut socket = served.jane().await;
    socket.subscribe("s", "subscription { changes }", json!({})).await;
    assert_eq!(socket.hear().await["payload"]["data"]["at"], 0);
    socket.say(json!({ "id": "s", "type": "complete" })).await;
    // Unknown, or ended already: both ends may have said it at once.
    socket.say(json!({ "id": "s", "type": "complete" })).await;
    socket.subscribe("q", "{ a }", json!({})).await;
    loop {
        let next = socket.hear().await;
        if next["id"] == "q" {
            break;
        }
        assert_eq!(next["type"], "next", "an operation that its client ended is not completed by us");
    }
    assert_eq!(socket.hear().await, json!({ "id": "q", "type": "complete" }));
    let pulled = served.door.pulled.load(std::sync::atomic::Ordering::SeqCst);
    socket.subscribe("q", "{ a }", json!({})).await;
    socket.hear().await;
    assert_eq!(served.door.pulled.load(std::sync::atomic::Ordering::SeqCst), pulled);
}

#[tokio::test]
async fn pings_go_both_ways() {
    let served = Served::start(LiveSettings::default()).await;
    let mut socket = served.socket().await;
    socket.say(json!({ "type": "ping" })).await;
    assert_eq!(socket.hear().await, json!({ "type": "pong" }));
    socket.say(json!({ "type": "ping", "payload": { "at": 7 } })).await;
    assert_eq!(socket.hear().await, json!({ "type": "pong", "payload": { "at": 7 } }));
    socket.say(json!({ "type": "pong" })).await;
    socket.say(init("jane")).await;
    assert_eq!(socket.hear().await["type"], "connection_ack");
}

#[tokio::test]
async fn a_token_comes_in_the_header_or_in_the_payload() {
    let served = Served::start(LiveSettings::default()).await;
    let mut socket = served.shake(&[PROTOCOL, ("authorization", "Bearer owner")]).await.expect("a handshake");
    socket.say(json!({ "type": "connection_init" })).await;
    assert_eq!(socket.hear().await["type"], "connection_ack");
    socket.subscribe("1", "{ a }", json!({})).await;
    let next = socket.hear().await;
    assert_eq!(next["payload"]["data"]["subject"], "owner");
    assert_eq!(next["payload"]["data"]["mayIntrospect"], true);

    let mut socket = served.socket().await;
    socket.say(json!({ "type": "connection_init", "payload": { "authorization": "Bearer jane" } })).await;
    assert_eq!(socket.hear().await["type"], "connection_ack");

    let mut twice = served.shake(&[PROTOCOL, ("authorization", "Bearer jane")]).await.expect("a handshake");
    twice.say(init("owner")).await;
    assert_eq!(twice.closed().await.0, 4403);
}

#[tokio::test]
async fn without_a_good_token_a_socket_is_forbidden() {
    let served = Served::start(LiveSettings::default()).await;
    for (init, reason) in [
        (init("stale"), "expired"),
        (json!({ "type": "connection_init" }), "connection_init"),
        (json!({ "type": "connection_init", "payload": { "Authorization": null } }), "connection_init"),
    ] {
        let mut socket = served.socket().await;
        socket.say(init).await;
        let (code, said) = socket.closed().await;
        assert_eq!(code, 4403);
        assert!(said.starts_with("Forbidden: ") && said.contains(reason), "{said}");
    }
    let mut stale = served.shake(&[PROTOCOL, ("authorization", "Bearer stale")]).await.expect("a handshake");
    stale.say(json!({ "type": "connection_init" })).await;
    assert_eq!(stale.closed().await.0, 4403);
    // Clients come back after this one by themselves.
    let mut socket = served.socket().await;
    socket.say(init("unknowable")).await;
    assert_eq!(socket.closed().await.0, 1013);
    let mut socket = served.socket().await;
    socket.say(init("panic")).await;
    let (code, said) = socket.closed().await;
    assert_eq!(code, 4500);
    assert!(!said.contains("secret"), "{said}");
}

#[tokio::test]
async fn an_operation_before_the_acknowledgement_is_unauthorized() {
    let served = Served::start(LiveSettings::default()).await;
    let mut socket = served.socket().await;
    socket.subscribe("1", "{ a }", json!({})).await;
    assert_eq!(socket.closed().await.0, 4401);
    assert_eq!(served.door.finished(), 0);
}

#[tokio::test]
async fn a_socket_that_does_not_say_who_it_is_times_out() {
    let live = LiveSettings { init_time: Duration::from_millis(200), ..LiveSettings::default() };
    let served = Served::start(live).await;
    let mut socket = served.socket().await;
    // A sign of life is no initialisation.
    socket.say(json!({ "type": "ping" })).await;
    assert_eq!(socket.closed().await, (4408, "Connection initialisation timeout".to_owned()));
}

#[tokio::test]
async fn a_second_initialisation_is_one_too_many() {
    let served = Served::start(LiveSettings::default()).await;
    let mut socket = served.jane().await;
    socket.say(init("jane")).await;
    assert_eq!(socket.closed().await, (4429, "Too many initialisation requests".to_owned()));
}

#[tokio::test]
async fn an_id_in_use_is_a_subscriber_that_exists() {
    let served = Served::start(LiveSettings::default()).await;
    let mut socket = served.jane().await;
    socket.subscribe("twin", "subscription { silent }", json!({})).await;
    socket.subscribe("twin", "{ a }", json!({})).await;
    assert_eq!(socket.closed().await, (4409, "Subscriber for twin already exists".to_owned()));
    assert_eq!(served.door.finished(), 0, "the second one did not run");
}

#[tokio::test]
async fn what_the_protocol_does_not_know_is_malformed() {
    let served = Served::start(LiveSettings::default()).await;
    for message in [
        Message::text("not JSON"),
        Message::text("[]"),
        Message::text(r#"{"type":"start","id":"1","payload":{"query":"{a}"}}"#),
        Message::text(r#"{"type":"subscribe","id":"1","payload":{}}"#),
        Message::text(r#"{"type":"subscribe","id":"1","payload":{"query":7}}"#),
        Message::text(r#"{"type":"subscribe","id":"1","payload":{"query":"{a}","variables":[]}}"#),
        Message::text(r#"{"type":"subscribe","payload":{"query":"{a}"}}"#),
        Message::text("[".repeat(100_000)),
        Message::binary(&br#"{"type":"ping"}"#[..]),
    ] {
        let mut socket = served.jane().await;
        socket.send(message.clone()).await;
        let (code, reason) = socket.closed().await;
        assert_eq!(code, 4400, "{message:?}");
        assert!(!reason.is_empty() && reason.len() <= 123, "{reason}");
    }
    assert_eq!(served.door.finished(), 0);
}

#[tokio::test]
async fn a_socket_ends_when_its_token_does() {
    let served = Served::start(LiveSettings::default()).await;
    let mut socket = served.socket().await;
    socket.say(init("brief")).await;
    socket.subscribe("s", "subscription { silent }", json!({})).await;
    let (code, reason) = socket.closed().await;
    assert_eq!(code, 4403);
    assert!(reason.contains("token has expired"), "{reason}");
}

#[tokio::test]
async fn a_client_that_closes_is_answered() {
    let served = Served::start(LiveSettings::default()).await;
    let mut socket = served.jane().await;
    socket.subscribe("s", "subscription { silent }", json!({})).await;
    let close = CloseFrame { code: CloseCode::Normal, reason: "Normal Closure".into() };
    socket.send(Message::Close(Some(close))).await;
    assert_eq!(socket.closed().await.0, 1000);
}

#[tokio::test]
async fn a_stop_ends_subscriptions_and_answers_what_was_begun() {
    let mut served = Served::start(LiveSettings::default()).await;
    let (mut follower, mut asker) = (served.jane().await, served.jane().await);
    follower.subscribe("s", "subscription { silent }", json!({})).await;
    asker.subscribe("s", "subscription { silent }", json!({})).await;
    let held = Held::new();
    asker.subscribe("m", held.query(), json!({})).await;
    held.has_begun().await;
    // Both were heard: what is said before is heard before.
    for socket in [&mut follower, &mut asker] {
        socket.say(json!({ "type": "ping" })).await;
        assert_eq!(socket.hear().await["type"], "pong");
    }
    served.stop();
    let (code, reason) = follower.closed().await;
    assert_eq!(code, 1001);
    assert!(reason.contains("connect again"), "{reason}");
    held.let_go();
    assert_eq!(asker.hear().await["id"], "m");
    assert_eq!(asker.hear().await, json!({ "id": "m", "type": "complete" }));
    assert_eq!(asker.closed().await.0, 1001);
    drop((follower, asker));
    assert_eq!(served.ended().await.cut, 0);
}

#[tokio::test]
async fn places_are_bounded_and_come_back() {
    let served = Served::start(LiveSettings { most: 2, ..LiveSettings::default() }).await;
    let (one, _two) = (served.jane().await, served.jane().await);
    assert_eq!(served.door.front.live().open(), 2);
    let (status, body) = served.refusal(&[PROTOCOL]).await;
    assert_eq!(status, 503, "{body}");
    assert!(body.contains("2 sockets") && body.contains("UNAVAILABLE"), "{body}");
    // Ordinary requests have places of their own.
    assert_eq!(served.door.ask("{a}").await.status, 200);
    drop(one);
    let again = async {
        while served.door.front.live().open() == 2 {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        served.jane().await
    };
    tokio::time::timeout(PATIENCE, again).await.expect("a place that was left is free");
}

#[tokio::test]
async fn one_socket_runs_so_many_operations_and_no_more() {
    let served = Served::start(LiveSettings { most_operations: 2, ..LiveSettings::default() }).await;
    let mut socket = served.jane().await;
    socket.subscribe("1", "subscription { silent }", json!({})).await;
    socket.subscribe("2", "subscription { silent }", json!({})).await;
    socket.subscribe("3", "{ a }", json!({})).await;
    let error = socket.hear().await;
    assert_eq!((&error["id"], &error["type"]), (&json!("3"), &json!("error")));
    assert_eq!(error["payload"][0]["extensions"]["code"], "TOO_MANY_OPERATIONS");
    socket.say(json!({ "id": "1", "type": "complete" })).await;
    socket.subscribe("3", "{ a }", json!({})).await;
    assert_eq!(socket.hear().await["type"], "next");
}
