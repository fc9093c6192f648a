//! Tokens, ids, keys, panics: what holds for every request. It may not need a socket.

use std::sync::{Arc, Mutex, PoisonError};

use http::Request;
use liaison_server::http::{FrontSettings, Introspection};
use liaison_server::telemetry::{self, LogFormat};
use serde_json::{Value, json};

use crate::door::{Door, Seen};
use crate::held::Held;

#[tokio::test]
async fn no_token_is_nobody_and_a_good_token_is_its_viewer() {
    let door = Door::open();
    let nobody = door.ask("{a}").await;
    assert_eq!((nobody.status, &nobody.json()["data"]["subject"]), (200, &Value::Null));
    let jane = door.post(r#"{"query":"{a}"}"#, &[("authorization", "Bearer jane")]).await;
    assert_eq!(jane.json()["data"]["subject"], "jane");
}

#[tokio::test]
async fn a_bad_token_is_refused_before_anything_runs() {
    let door = Door::open();
    for accept in ["application/json", "application/graphql-response+json"] {
        // Even the body is not looked at.
        let seen = door.post("{ broken", &[("authorization", "Bearer stale"), ("accept", accept)]).await;
        assert_eq!((seen.status, seen.code().as_str()), (401, "UNAUTHENTICATED"));
        assert!(seen.header("www-authenticate").starts_with("Bearer "));
        assert!(seen.header("www-authenticate").contains("invalid_token"));
    }
    let seen = door.request("GET", "/graphql?query=%7Ba%7D", &[("authorization", "Basic eDp5")]).await;
    assert_eq!(seen.status, 401);
    assert_eq!(door.finished(), 0);
}

#[tokio::test]
async fn introspection_is_for_whom_the_settings_say() {
    for (introspection, nobody, jane, owner) in [
        (Introspection::Everyone, true, true, true),
        (Introspection::SuperAdmins, false, false, true),
        (Introspection::NoOne, false, false, false),
    ] {
        let door = Door::of(FrontSettings { introspection, ..FrontSettings::default() });
        assert_eq!(door.ask("{a}").await.json()["data"]["mayIntrospect"], nobody);
        for (token, may) in [("Bearer jane", jane), ("Bearer owner", owner)] {
            let seen = door.post(r#"{"query":"{a}"}"#, &[("authorization", token)]).await;
            assert_eq!(seen.json()["data"]["mayIntrospect"], may, "{introspection:?} {token}");
        }
    }
}

#[tokio::test]
async fn every_response_has_a_request_id() {
    let door = Door::open();
    let body = r#"{"query":"{a}"}"#;
    let kept = door.post(body, &[("x-request-id", "acme-1.2_3")]).await;
    assert_eq!(kept.header("x-request-id"), "acme-1.2_3");
    assert_eq!(kept.json()["data"]["requestId"], "acme-1.2_3");
    for wrong in ["a b", "", "\"x\"", &"a".repeat(65)] {
        let seen = door.post(body, &[("x-request-id", wrong)]).await;
        assert_eq!(seen.header("x-request-id").len(), 36, "{wrong:?}");
    }
    for path in ["/livez", "/nowhere", "/graphql"] {
        assert_eq!(door.request("GET", path, &[]).await.header("x-request-id").len(), 36, "{path}");
    }
    assert_eq!(door.request("PUT", "/livez", &[("x-request-id", "r1")]).await.code(), "METHOD_NOT_ALLOWED");
}

#[tokio::test]
async fn an_idempotency_key_is_passed_on_if_it_is_one() {
    let door = Door::open();
    let body = r#"{"query":"{a}"}"#;
    let seen = door.post(body, &[("idempotency-key", "8e03978e-40d5")]).await;
    assert_eq!(seen.json()["data"]["idempotencyKey"], "8e03978e-40d5");
    for wrong in ["", "a b", &"k".repeat(256)] {
        let seen = door.post(body, &[("idempotency-key", wrong)]).await;
        assert_eq!((seen.status, seen.code().as_str()), (400, "BAD_REQUEST"), "{wrong:?}");
        assert!(seen.message().contains("Idempotency-Key"));
    }
}

#[tokio::test]
async fn a_panic_tells_nothing() {
    let door = Door::open();
    let in_the_engine = door.post(r#"{"query":"panic"}"#, &[]).await;
    let in_the_verifier = door.post(r#"{"query":"{a}"}"#, &[("authorization", "Bearer panic")]).await;
    for seen in [in_the_engine, in_the_verifier] {
        assert_eq!((seen.status, seen.code().as_str()), (500, "INTERNAL"));
        assert!(!String::from_utf8_lossy(&seen.bytes).contains("secret"));
        assert!(seen.message().contains("requestId"));
    }
    assert_eq!(door.ask("{a}").await.status, 200, "the door still stands");
}

/// Log lines, kept.
#[derive(Clone, Default)]
struct Lines(Arc<Mutex<Vec<u8>>>);

impl std::io::Write for Lines {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

#[tokio::test]
async fn one_log_line_per_request_without_anything_personal() {
    let lines = Lines::default();
    let writer = lines.clone();
    let subscriber = telemetry::subscriber(LogFormat::Json, "info", move || writer.clone()).expect("a subscriber");
    let guard = tracing::subscriber::set_default(subscriber);
    let door = Door::open();
    let body =
        json!({ "query": "query Jane { a }", "operationName": "Jane", "variables": { "email": "jane@acme.example" } });
    door.post(body.to_string(), &[("authorization", "Bearer jane"), ("x-request-id", "r1")]).await;
    door.request("GET", "/graphql?query=%7Bsecret%7D&operationName=a%20b%0A", &[("x-request-id", "r2")]).await;
    drop(door.request("GET", "/nowhere?token=secret", &[("x-request-id", "r3")]).await);
    // A client that hangs up.
    let request = Request::post("/graphql").header("content-type", "application/json").header("x-request-id", "r4");
    let held = Held::new();
    let request = request.body(json!({ "query": held.query() }).to_string().into()).expect("a request");
    tokio::select! {
        _ = door.send(request) => panic!("nobody let it go"),
        () = held.has_begun() => {}
    }
    drop(guard);

    let text = String::from_utf8(lines.0.lock().unwrap_or_else(PoisonError::into_inner).clone()).expect("a text");
    assert!(!text.contains("acme.example") && !text.contains("secret") && !text.contains("Bearer"), "{text}");
    let lines: Vec<Value> = text.lines().map(|line| serde_json::from_str(line).expect("a JSON line")).collect();
    let access: Vec<&Value> = lines.iter().filter(|line| line["target"] == "liaison::access").collect();
    assert_eq!(access.len(), 4, "{text}");
    for (line, (id, method, path, status)) in access.iter().zip([
        ("r1", "POST", "/graphql", 200),
        ("r2", "GET", "/graphql", 200),
        ("r3", "GET", "/nowhere", 404),
        ("r4", "POST", "/graphql", 499),
    ]) {
        assert_eq!(line["request_id"], id);
        assert_eq!(line["method"], method);
        assert_eq!(line["path"], path);
        assert_eq!(line["status"], status);
        assert!(line["ms"].is_number());
    }
    assert_eq!(access[0]["operation"], "Jane");
    assert!(access[1].get("operation").is_none(), "a name that is none is not written");
}

#[tokio::test]
async fn human_lines_and_a_wrong_filter() {
    assert!(telemetry::subscriber(LogFormat::Human, "info,sqlx=warn", std::io::sink).is_ok());
    let error = telemetry::subscriber(LogFormat::Human, "info,=,,=x", std::io::sink).err().expect("an error");
    assert!(error.to_string().contains("info,sqlx=warn"), "{error}");
    assert!("xml".parse::<LogFormat>().is_err());
}

#[tokio::test]
async fn a_refusal_is_read_by_the_same_parser_everywhere() {
    let door = Door::open();
    for (method, path, status, code) in [
        ("GET", "/nowhere", 404, "NOT_FOUND"),
        ("POST", "/readyz", 405, "METHOD_NOT_ALLOWED"),
        ("GET", "/graphql/", 404, "NOT_FOUND"),
    ] {
        let seen: Seen = door.request(method, path, &[]).await;
        assert_eq!((seen.status, seen.code().as_str()), (status, code), "{method} {path}");
    }
}
