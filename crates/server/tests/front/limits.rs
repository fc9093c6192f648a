//! Bytes, time and numbers: what is too much, and what becomes of work that nobody waits for.

use std::sync::Arc;
use std::time::Duration;

use axum::body::Body;
use bytes::Bytes;
use futures::{StreamExt, stream};
use liaison_server::http::FrontSettings;
use tokio::sync::Notify;

use crate::door::Door;
use crate::held::Held;

fn chunks(size: usize, number: usize) -> Body {
    let chunk = Bytes::from(vec![b' '; size]);
    Body::from_stream(stream::repeat(chunk).take(number).map(Ok::<_, std::io::Error>))
}

#[tokio::test]
async fn a_body_over_the_limit_is_refused_announced_or_not() {
    let door = Door::of(FrontSettings { most_body_bytes: 1000, ..FrontSettings::default() });
    let exact = format!("{{\"query\":\"{{a}}\"{}}}", " ".repeat(1000 - 15));
    assert_eq!(exact.len(), 1000);
    assert_eq!(door.post(exact.clone(), &[]).await.status, 200);

    let over = door.post(format!("{exact} "), &[("content-length", "1001")]).await;
    assert_eq!((over.status, over.code().as_str()), (413, "PAYLOAD_TOO_LARGE"));
    assert!(over.message().contains("1000 bytes"));

    let chunked = door.post(chunks(100, 11), &[]).await;
    assert_eq!((chunked.status, chunked.code().as_str()), (413, "PAYLOAD_TOO_LARGE"));

    // A body without end is not read to its end.
    assert_eq!(door.post(chunks(1 << 16, usize::MAX), &[]).await.status, 413);
    assert_eq!(door.finished(), 1);
}

#[tokio::test]
async fn all_bodies_together_have_a_limit() {
    let door = Door::of(FrontSettings { most_buffered_bytes: 1000, ..FrontSettings::default() });
    let half = "x".repeat(600);
    let (taken, broken) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
    // When the rest is asked for, the first half has been taken in.
    let rest = {
        let (taken, broken) = (Arc::clone(&taken), Arc::clone(&broken));
        stream::once(async move {
            taken.notify_one();
            broken.notified().await;
            Err(std::io::Error::other("hung up"))
        })
    };
    let stuck = stream::iter([Ok(Bytes::from(half.clone()))]).chain(rest);
    let body = format!("{{\"query\":\"{half}\"}}");
    let (first, second) = tokio::join!(door.post(Body::from_stream(stuck), &[]), async {
        taken.notified().await;
        let second = door.post(body.clone(), &[]).await;
        broken.notify_one();
        second
    });
    assert_eq!((first.status, second.status), (400, 503));
    assert_eq!(second.code(), "UNAVAILABLE");
    assert_eq!(door.post(body, &[]).await.status, 200, "what was taken is given back");
}

#[tokio::test]
async fn a_body_that_does_not_arrive_is_not_waited_for() {
    let door = Door::of(FrontSettings { body_time: Duration::from_millis(100), ..FrontSettings::default() });
    let drip = stream::unfold((), async |()| {
        tokio::time::sleep(Duration::from_millis(20)).await;
        Some((Ok::<_, std::io::Error>(Bytes::from_static(b" ")), ()))
    });
    let seen = door.post(Body::from_stream(drip), &[]).await;
    assert_eq!((seen.status, seen.code().as_str()), (408, "TIMEOUT"));
    assert_eq!(seen.header("connection"), "close");

    let broken = stream::iter([Ok(Bytes::from_static(b"{")), Err(std::io::Error::other("hung up"))]);
    let seen = door.post(Body::from_stream(broken), &[]).await;
    assert_eq!((seen.status, seen.code().as_str()), (400, "BAD_REQUEST"));
}

#[tokio::test]
async fn an_operation_over_its_time_is_answered_and_still_finishes() {
    let door = Door::of(FrontSettings { request_time: Duration::from_millis(50), ..FrontSettings::default() });
    let held = Held::new();
    let seen = door.ask(held.query()).await;
    assert_eq!((seen.status, seen.code().as_str()), (504, "TIMEOUT"));
    assert!(seen.message().contains("the same Idempotency-Key"));
    assert_eq!(door.finished(), 0);
    held.let_go();
    door.front.drained().await;
    assert_eq!(door.finished(), 1);
}

#[tokio::test]
async fn work_goes_on_when_its_client_hangs_up() {
    let door = Door::open();
    let held = Held::new();
    tokio::select! {
        _ = door.ask(held.query()) => panic!("nobody let it go"),
        // The handler's future is dropped.
        () = held.has_begun() => {}
    }
    assert_eq!(door.finished(), 0);
    held.let_go();
    door.front.drained().await;
    assert_eq!(door.finished(), 1);
}

#[tokio::test]
async fn one_operation_too_many_is_told_to_come_back() {
    let door = Door::of(FrontSettings { most_operations: 1, ..FrontSettings::default() });
    let held = Held::new();
    let (first, second) = tokio::join!(door.ask(held.query()), async {
        held.has_begun().await;
        let second = door.ask("{a}").await;
        held.let_go();
        second
    });
    assert_eq!(first.status, 200);
    assert_eq!((second.status, second.code().as_str()), (503, "UNAVAILABLE"));
    assert_eq!(second.header("retry-after"), "1");
    assert_eq!(door.ask("{a}").await.status, 200);
    // Neither a panic nor a client that hung up keeps its place.
    assert_eq!(door.ask("panic").await.status, 500);
    assert_eq!(door.ask("{a}").await.status, 200);
}
