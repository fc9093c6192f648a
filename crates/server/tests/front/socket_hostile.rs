//! Sockets of clients that mean no good: floods, giants, silence, and those that never read.

use std::sync::atomic::Ordering;
use std::time::Duration;

use futures::{SinkExt, StreamExt};
use liaison_server::http::live::LiveSettings;
use serde_json::json;
use tokio::io::AsyncWriteExt;
use tokio::time::{sleep, timeout};
use tokio_tungstenite::tungstenite::Message;

use crate::caller::{PATIENCE, Served};

#[tokio::test]
async fn a_giant_message_is_refused_by_its_size() {
    let served = Served::start(LiveSettings { most_message_bytes: 4096, ..LiveSettings::default() }).await;
    let mut socket = served.jane().await;
    socket.subscribe("1", &"x".repeat(3000), json!({})).await;
    assert_eq!(socket.hear().await["type"], "next");
    socket.subscribe("2", &"x".repeat(5000), json!({})).await;
    let (code, reason) = socket.closed().await;
    assert_eq!(code, 1009);
    assert!(reason.contains("4096"), "{reason}");

    // Announced only: not one byte of it has to come.
    let mut socket = served.jane().await;
    let header = [0x81, 0xff, 0, 0, 0, 0xff, 0xff, 0xff, 0xff, 0xff, 1, 2, 3, 4];
    socket.0.get_mut().write_all(&header).await.expect("written");
    assert_eq!(socket.closed().await.0, 1009);

    // In pieces that are small each.
    let mut socket = served.jane().await;
    let piece = |first: bool| {
        let opcode = if first { 0x01 } else { 0x00 };
        let mut piece = vec![opcode, 0x80 | 126, 0x04, 0x00, 0, 0, 0, 0];
        piece.extend([b' '; 1024]);
        piece
    };
    for at in 0..5 {
        let _ = socket.0.get_mut().write_all(&piece(at == 0)).await;
    }
    assert_eq!(socket.closed().await.0, 1009);
}

#[tokio::test]
async fn bytes_that_are_no_frames_end_the_socket() {
    let served = Served::start(LiveSettings::default()).await;
    let mut unmasked = served.jane().await;
    unmasked.0.get_mut().write_all(&[0x81, 0x02, b'{', b'}']).await.expect("written");
    assert_eq!(unmasked.closed().await.0, 1002);
    let mut no_text = served.jane().await;
    no_text.0.get_mut().write_all(&[0x81, 0x82, 0, 0, 0, 0, 0xff, 0xff]).await.expect("written");
    assert_eq!(no_text.closed().await.0, 1007);
}

#[tokio::test]
async fn a_flood_of_messages_is_handled_one_by_one() {
    let served = Served::start(LiveSettings { most_operations: 4, ..LiveSettings::default() }).await;
    let (mut sending, mut receiving) = served.jane().await.0.split();
    let flood = tokio::spawn(async move {
        for at in 0..2000 {
            let message = json!({ "id": format!("{at}"), "type": "subscribe", "payload": { "query": "{ a }" } });
            sending.send(Message::text(message.to_string())).await.expect("the socket stays open");
        }
        sending
    });
    let (mut answered, mut refused) = (0, 0);
    while answered + refused < 2000 {
        let Some(Ok(Message::Text(text))) = timeout(PATIENCE, receiving.next()).await.expect("an answer") else {
            panic!("the socket ended")
        };
        let message: serde_json::Value = serde_json::from_str(&text).expect("JSON");
        match message["type"].as_str() {
            Some("complete") => answered += 1,
            Some("error") => {
                assert_eq!(message["payload"][0]["extensions"]["code"], "TOO_MANY_OPERATIONS");
                refused += 1;
            }
            _ => {}
        }
    }
    assert!(answered >= 4, "{answered}");
    drop(flood.await.expect("no panic"));
}

/// The heart of the matter: a client that reads nothing is not written for either.
#[tokio::test]
async fn a_client_that_does_not_read_holds_up_its_own_events_and_nothing_else() {
    let served = Served::start(LiveSettings::default()).await;
    let mut lazy = served.jane().await;
    lazy.subscribe("s", "subscription { changes }", json!({ "bytes": 65536 })).await;
    // Until the pipe is full: then the number stands still, whatever it is.
    let settled = async {
        let mut before = 0;
        loop {
            sleep(Duration::from_millis(300)).await;
            let now = served.door.pulled.load(Ordering::SeqCst);
            if now == before && now > 0 {
                return now;
            }
            before = now;
        }
    };
    let pulled = timeout(PATIENCE, settled).await.expect("the server stops to ask for events");
    // What the two kernels hold of a connection is some megabytes; thousands of events would be hundreds.
    assert!(pulled < 400, "{pulled} events of 64 KiB were asked for though nobody read one");
    // Others are served meanwhile.
    let mut prompt = served.jane().await;
    prompt.subscribe("s", "subscription { changes }", json!({ "count": 100 })).await;
    for at in 0..100 {
        assert_eq!(prompt.hear().await["payload"]["data"]["at"], at);
    }
    // And the lazy one, once it reads, has missed nothing.
    for at in 0..pulled + 50 {
        assert_eq!(lazy.hear().await["payload"]["data"]["at"], at);
    }
}

#[tokio::test]
async fn a_client_that_never_reads_loses_its_socket() {
    let live = LiveSettings { write_time: Duration::from_millis(300), ..LiveSettings::default() };
    let served = Served::start(live).await;
    let mut lazy = served.jane().await;
    lazy.subscribe("s", "subscription { changes }", json!({ "bytes": 65536 })).await;
    let given_up = async {
        while served.door.front.live().open() > 0 {
            sleep(Duration::from_millis(20)).await;
        }
    };
    timeout(PATIENCE, given_up).await.expect("the place comes back");
}

#[tokio::test]
async fn a_client_that_never_reads_does_not_hold_up_the_drain() {
    let mut served = Served::start(LiveSettings::default()).await;
    let mut lazy = served.jane().await;
    lazy.subscribe("s", "subscription { changes }", json!({ "bytes": 65536 })).await;
    assert_eq!(lazy.hear().await["type"], "next");
    served.stop();
    assert_eq!(served.ended().await.cut, 0);
    drop(lazy);
}

#[tokio::test]
async fn a_dead_client_is_noticed_by_its_silence() {
    let live = LiveSettings { keep_alive: Duration::from_millis(100), ..LiveSettings::default() };
    let served = Served::start(live).await;
    // Who reads answers pings; this one holds its end open and does nothing.
    let dead = served.jane().await;
    let noticed = async {
        while served.door.front.live().open() > 0 {
            sleep(Duration::from_millis(20)).await;
        }
    };
    timeout(PATIENCE, noticed).await.expect("the place comes back");
    drop(dead);
}

#[tokio::test]
async fn a_quiet_client_that_lives_keeps_its_socket() {
    let live = LiveSettings { keep_alive: Duration::from_millis(500), ..LiveSettings::default() };
    let served = Served::start(live).await;
    let mut alive = served.jane().await;
    for _ in 0..5 {
        let ping = timeout(PATIENCE, alive.0.next()).await.expect("a ping");
        assert!(matches!(ping, Some(Ok(Message::Ping(_)))), "{ping:?}");
    }
    alive.say(json!({ "type": "ping" })).await;
    assert_eq!(alive.hear().await["type"], "pong");
}

#[tokio::test]
async fn sockets_that_break_off_leave_nothing_open() {
    let served = Served::start(LiveSettings::default()).await;
    for _ in 0..20 {
        let mut socket = served.jane().await;
        socket.subscribe("s", "subscription { silent }", json!({})).await;
        drop(socket);
    }
    let left = async {
        while served.door.front.live().open() > 0 {
            sleep(Duration::from_millis(20)).await;
        }
    };
    timeout(PATIENCE, left).await.expect("every place comes back");
}
