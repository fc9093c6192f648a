//! What stands around `/graphql`: health, unknown paths, CORS, security headers, compression, host names.

use std::io::Read;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use axum::Router;
use axum::routing::{get, post};
use futures::FutureExt;
use liaison_server::health::{Check, Checks};
use liaison_server::http::FrontSettings;
use liaison_server::http::host::Hosts;
use liaison_server::router::{OtherRoutes, RouterSettings, router};

use crate::door::{Door, Seen};

#[tokio::test]
async fn the_process_lives_and_says_its_version() {
    let door = Door::open();
    let live = door.request("GET", "/livez", &[]).await;
    assert_eq!((live.status, live.json()["status"].as_str()), (200, Some("alive")));
    let version = door.request("GET", "/version", &[]).await.json();
    assert_eq!(
        (version["name"].as_str(), version["version"].as_str()),
        (Some("liaison"), Some(env!("CARGO_PKG_VERSION")))
    );
    let head = door.request("HEAD", "/livez", &[]).await;
    assert_eq!((head.status, head.bytes.len()), (200, 0));
    let options = door.request("OPTIONS", "/livez", &[]).await;
    assert_eq!((options.status, options.header("allow")), (204, "GET,HEAD"));
}

#[tokio::test]
async fn readiness_follows_its_checks_and_is_not_asked_twice_at_once() {
    let (broken, asked) = (Arc::new(AtomicBool::new(true)), Arc::new(AtomicUsize::new(0)));
    let checks: Checks = {
        let (broken, asked) = (Arc::clone(&broken), Arc::clone(&asked));
        Arc::new(move || {
            asked.fetch_add(1, Ordering::SeqCst);
            let database = if broken.load(Ordering::SeqCst) {
                Check::failed("database", "the database does not answer")
            } else {
                Check::passed("database")
            };
            async move { vec![Check::passed("migrations"), database] }.boxed()
        })
    };
    let mut door = Door::open();
    door.router = router(door.front.clone(), checks, OtherRoutes::default(), &RouterSettings::default());
    let answers = futures::future::join_all((0..20).map(|_| door.request("GET", "/readyz", &[]))).await;
    for seen in answers {
        assert_eq!((seen.status, seen.json()["status"].as_str()), (503, Some("unready")));
        assert_eq!(seen.json()["checks"][0], serde_json::json!({ "name": "migrations", "ok": true }));
        assert_eq!(seen.json()["checks"][1]["reason"], "the database does not answer");
    }
    let asked = asked.load(Ordering::SeqCst);
    assert!((1..20).contains(&asked), "twenty askers, and {asked} checks");
    broken.store(false, Ordering::SeqCst);
    tokio::time::sleep(Duration::from_millis(300)).await;
    let seen = door.request("GET", "/readyz", &[]).await;
    assert_eq!((seen.status, seen.json()["status"].as_str()), (200, Some("ready")));
}

#[tokio::test]
async fn a_check_that_hangs_is_unready() {
    let mut door = Door::open();
    let checks: Checks = Arc::new(|| futures::future::pending().boxed());
    door.router = router(door.front.clone(), checks, OtherRoutes::default(), &RouterSettings::default());
    assert_eq!(door.request("GET", "/readyz", &[]).await.status, 503);
}

#[tokio::test]
async fn an_unknown_path_names_the_known_ones() {
    let others = OtherRoutes {
        routes: Router::new().route("/graphiql", get(async || "page")),
        paths: vec!["/graphiql"],
        ..OtherRoutes::default()
    };
    let door = Door::with(FrontSettings::default(), &RouterSettings::default(), others);
    let seen = door.request("GET", "/nowhere", &[]).await;
    assert_eq!((seen.status, seen.code().as_str()), (404, "NOT_FOUND"));
    for path in ["/graphql", "/livez", "/readyz", "/version", "/graphiql"] {
        assert!(seen.message().contains(path), "{path}");
    }
    assert_eq!(door.request("GET", "/graphiql", &[]).await.bytes, b"page");
}

#[tokio::test]
async fn other_paths_have_a_body_limit_too() {
    let routes = Router::new().route("/imports", post(async |body: String| body.len().to_string()));
    let settings = RouterSettings { most_body_bytes: 10, ..RouterSettings::default() };
    let others = || OtherRoutes { routes: routes.clone(), paths: vec!["/imports"], ..OtherRoutes::default() };
    let door = Door::with(FrontSettings::default(), &settings, others());
    let send = async |body: String, announced: bool| {
        let request = http::Request::post("/imports");
        let request = if announced { request.header("content-length", body.len()) } else { request };
        Seen::of(door.send(request.body(body.into()).expect("a request")).await).await
    };
    assert_eq!(send("x".repeat(10), false).await.bytes, b"10");
    assert_eq!(send("x".repeat(11), false).await.status, 413);
    let announced = send("x".repeat(11), true).await;
    assert_eq!((announced.status, announced.code().as_str()), (413, "PAYLOAD_TOO_LARGE"));
}

#[tokio::test]
async fn only_allowed_origins_may_read() {
    let preflight = |origin: &'static str| {
        [
            ("origin", origin),
            ("access-control-request-method", "POST"),
            ("access-control-request-headers", "content-type,authorization,idempotency-key"),
        ]
    };
    let closed = Door::open();
    let seen = closed.request("OPTIONS", "/graphql", &preflight("https://app.acme.example")).await;
    assert_eq!(seen.header("access-control-allow-origin"), "");

    let allowed_origins = vec!["https://app.acme.example".to_owned()];
    let door = Door::of(FrontSettings { allowed_origins, ..FrontSettings::default() });
    let seen = door.request("OPTIONS", "/graphql", &preflight("https://app.acme.example")).await;
    assert_eq!(seen.status, 200);
    assert_eq!(seen.header("access-control-allow-origin"), "https://app.acme.example");
    assert!(seen.header("access-control-allow-headers").contains("idempotency-key"));
    assert_eq!(seen.header("access-control-allow-credentials"), "");
    let seen = door.post(r#"{"query":"{a}"}"#, &[("origin", "https://app.acme.example")]).await;
    assert_eq!(seen.header("access-control-allow-origin"), "https://app.acme.example");
    assert!(seen.header("access-control-expose-headers").contains("x-request-id"));
    let seen = door.request("OPTIONS", "/graphql", &preflight("https://evil.example")).await;
    assert_eq!(seen.header("access-control-allow-origin"), "");
}

#[tokio::test]
async fn every_response_is_hardened_unless_its_page_knows_better() {
    let page =
        get(async || ([("content-security-policy", "default-src 'self'"), ("cache-control", "max-age=60")], "page"));
    let others = OtherRoutes {
        routes: Router::new().route("/graphiql", page),
        paths: vec!["/graphiql"],
        ..OtherRoutes::default()
    };
    let door = Door::with(FrontSettings::default(), &RouterSettings::default(), others);
    for seen in [door.ask("{a}").await, door.ask("panic").await, door.request("GET", "/nowhere", &[]).await] {
        assert_eq!(seen.header("x-content-type-options"), "nosniff");
        assert_eq!(seen.header("cache-control"), "no-store");
        assert!(seen.header("content-security-policy").contains("default-src 'none'"));
    }
    let page = door.request("GET", "/graphiql", &[]).await;
    assert_eq!(page.header("content-security-policy"), "default-src 'self'");
    assert_eq!(page.header("cache-control"), "max-age=60");
    assert_eq!(page.header("x-content-type-options"), "nosniff");
}

#[tokio::test]
async fn long_answers_are_compressed_for_who_asks() {
    let door = Door::open();
    let long = serde_json::json!({ "query": "x".repeat(5000) }).to_string();
    let seen = door.post(long.clone(), &[("accept-encoding", "gzip")]).await;
    assert_eq!(seen.header("content-encoding"), "gzip");
    assert!(seen.header("vary").contains("accept"), "{:?}", seen.headers);
    let mut text = String::new();
    assert!(seen.bytes.len() < 1000);
    flate2::read::GzDecoder::new(seen.bytes.as_slice()).read_to_string(&mut text).expect("gzip");
    assert!(text.contains(&"x".repeat(5000)));
    assert_eq!(door.post(long, &[]).await.header("content-encoding"), "");
    assert_eq!(door.post(r#"{"query":"{a}"}"#, &[("accept-encoding", "gzip")]).await.header("content-encoding"), "");
}

#[tokio::test]
async fn a_server_with_names_answers_to_no_other() {
    let settings = RouterSettings { hosts: Hosts::loopback(), ..RouterSettings::default() };
    let door = Door::with(FrontSettings::default(), &settings, OtherRoutes::default());
    let seen = door.post(r#"{"query":"{a}"}"#, &[("host", "evil.example")]).await;
    assert_eq!((seen.status, seen.code().as_str()), (421, "BAD_REQUEST"));
    assert_eq!(door.post(r#"{"query":"{a}"}"#, &[("host", "localhost:4000")]).await.status, 200);
}
