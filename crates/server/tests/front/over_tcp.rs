//! Connections, byte by byte: slow ones, broken ones, too many of them, and the drain. It may not use a client that mends
//! what it is given.

use std::net::SocketAddr;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::routing::get;
use futures::stream;
use http_body_util::{BodyExt, Full};
use hyper_util::rt::{TokioExecutor, TokioIo};
use liaison_server::http::FrontSettings;
use liaison_server::router::{OtherRoutes, RouterSettings};
use liaison_server::serving::{Drained, ServingSettings, serve};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::oneshot;
use tokio::task::JoinHandle;
use tokio::time::{sleep, timeout};

use crate::door::Door;
use crate::held::Held;

struct Server {
    address: SocketAddr,
    door: Door,
    stop: oneshot::Sender<()>,
    ended: JoinHandle<Drained>,
}

impl Server {
    async fn start(settings: ServingSettings) -> Self {
        let ticks = Router::new().route("/ticks", get(ticks));
        let others = OtherRoutes { routes: ticks, paths: vec!["/ticks"], ..OtherRoutes::default() };
        let door = Door::with(FrontSettings::default(), &RouterSettings::default(), others);
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = listener.local_addr().expect("an address");
        let (stop, stopped) = oneshot::channel();
        let router = door.router.clone();
        let ended = tokio::spawn(serve(listener, router, settings, async { stopped.await.unwrap_or_default() }));
        Self { address, door, stop, ended }
    }

    async fn connect(&self) -> TcpStream {
        TcpStream::connect(self.address).await.expect("a connection")
    }

    async fn is_well(&self) {
        let mut stream = self.connect().await;
        stream.write_all(b"GET /livez HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n").await.expect("written");
        assert!(read_all(&mut stream).await.starts_with("HTTP/1.1 200 OK"));
    }

    async fn stop(self) -> Drained {
        self.stop.send(()).expect("a server");
        self.ended.await.expect("no panic")
    }
}

/// A stream of two seconds, like server-sent events.
async fn ticks() -> Body {
    Body::from_stream(stream::unfold(0, async |tick| {
        sleep(Duration::from_millis(100)).await;
        (tick < 20).then(|| (Ok::<_, std::io::Error>("tick"), tick + 1))
    }))
}

/// So long that no machine is slow enough for it: each test shortens the one time that it is about.
const NEVER: Duration = Duration::from_secs(600);

fn patient() -> ServingSettings {
    ServingSettings {
        head_time: NEVER,
        idle_time: NEVER,
        write_time: NEVER,
        drain_time: NEVER,
        ..ServingSettings::default()
    }
}

fn post(query: &str) -> Vec<u8> {
    let body = format!("{{\"query\":\"{query}\"}}");
    format!(
        "POST /graphql HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n{body}",
        body.len()
    )
    .into_bytes()
}

/// What comes until the server closes; a reset is an end as well.
async fn read_all(stream: &mut TcpStream) -> String {
    let (mut bytes, mut buffer) = (Vec::new(), [0; 65536]);
    let reading = async {
        while let Ok(read @ 1..) = stream.read(&mut buffer).await {
            bytes.extend_from_slice(&buffer[..read]);
        }
    };
    timeout(NEVER, reading).await.expect("the server closes the connection");
    String::from_utf8_lossy(&bytes).into_owned()
}

/// Reads one response with a length.
async fn read_response(stream: &mut TcpStream) -> String {
    let (mut bytes, mut buffer) = (Vec::new(), [0; 4096]);
    loop {
        let text = String::from_utf8_lossy(&bytes).into_owned();
        if let Some((head, body)) = text.split_once("\r\n\r\n") {
            let length = head.lines().find_map(|line| line.strip_prefix("content-length: ")).expect("a length");
            if body.len() >= length.parse::<usize>().expect("a number") {
                return text;
            }
        }
        let read = timeout(NEVER, stream.read(&mut buffer)).await.expect("in time").expect("bytes");
        assert!(read > 0, "the connection ended after {text:?}");
        bytes.extend_from_slice(&buffer[..read]);
    }
}

/// Waits until the server closes this connection while a byte goes in now and then.
async fn drip(stream: TcpStream, bytes: &'static [u8]) {
    let (mut reading, mut writing) = stream.into_split();
    let dripping = tokio::spawn(async move {
        for byte in bytes.iter().cycle() {
            if writing.write_all(&[*byte]).await.is_err() {
                return;
            }
            sleep(Duration::from_millis(40)).await;
        }
    });
    let mut rest = Vec::new();
    let closed = timeout(NEVER, reading.read_to_end(&mut rest)).await;
    dripping.abort();
    assert!(closed.is_ok(), "the connection was never closed");
}

#[tokio::test]
async fn a_client_that_drips_its_head_is_dropped() {
    let head_time = Duration::from_millis(300);
    let server = Server::start(ServingSettings { head_time, ..patient() }).await;
    let mut half_a_head = server.connect().await;
    half_a_head.write_all(b"GET /livez HTTP/1.1\r\nhost: ").await.expect("written");
    let mut half_a_preface = server.connect().await;
    half_a_preface.write_all(b"PRI * HT").await.expect("written");
    drip(server.connect().await, b"GET /livez HTTP/1.1\r\nx: y").await;
    // Nor on a connection that was good once.
    let mut stream = server.connect().await;
    stream.write_all(&post("{a}")).await.expect("written");
    assert!(read_response(&mut stream).await.starts_with("HTTP/1.1 200"));
    drip(stream, b"GET / HTTP/1.1\r\nx: y").await;
    for stream in [&mut half_a_preface, &mut half_a_head] {
        assert_eq!(read_all(stream).await, "");
    }
    server.is_well().await;

    // Who says nothing at all has no head that takes long: they rest.
    let server = Server::start(ServingSettings { idle_time: Duration::from_millis(300), ..patient() }).await;
    assert_eq!(read_all(&mut server.connect().await).await, "");
}

#[tokio::test]
async fn a_connection_may_rest_for_longer_than_a_head_may_take() {
    let server = Server::start(ServingSettings { head_time: Duration::from_secs(1), ..patient() }).await;
    let mut stream = server.connect().await;
    for _ in 0..2 {
        stream.write_all(&post("{a}")).await.expect("written");
        assert!(read_response(&mut stream).await.starts_with("HTTP/1.1 200"));
        sleep(Duration::from_millis(1_500)).await;
    }

    // But not for ever.
    let server = Server::start(ServingSettings { idle_time: Duration::from_secs(1), ..patient() }).await;
    let mut stream = server.connect().await;
    stream.write_all(&post("{a}")).await.expect("written");
    assert!(read_response(&mut stream).await.starts_with("HTTP/1.1 200"));
    assert_eq!(read_all(&mut stream).await, "");
}

#[tokio::test]
async fn an_answer_that_takes_long_is_not_an_idle_connection() {
    let short = Duration::from_secs(1);
    let server = Server::start(ServingSettings { head_time: short, idle_time: short, ..patient() }).await;
    let (mut stream, held) = (server.connect().await, Held::new());
    stream.write_all(&post(held.query())).await.expect("written");
    held.has_begun().await;
    sleep(2 * short).await;
    held.let_go();
    assert!(read_response(&mut stream).await.starts_with("HTTP/1.1 200"));

    let mut stream = server.connect().await;
    stream.write_all(b"GET /ticks HTTP/1.1\r\nhost: x\r\n\r\n").await.expect("written");
    assert_eq!(read_all(&mut stream).await.matches("tick").count(), 20);
}

#[tokio::test]
async fn a_client_that_does_not_read_is_dropped() {
    let server = Server::start(ServingSettings { write_time: Duration::from_millis(300), ..patient() }).await;
    let mut stream = server.connect().await;
    stream.write_all(&post("large")).await.expect("written");
    stream.readable().await.expect("an answer");
    sleep(Duration::from_secs(2)).await;
    let got = read_all(&mut stream).await;
    assert!(got.len() < 32 << 20, "the answer of 32 MiB was cut, not kept for ever: {}", got.len());
    assert!(got.starts_with("HTTP/1.1 200"));
}

#[tokio::test]
async fn a_slow_reader_that_reads_gets_everything() {
    let server = Server::start(ServingSettings { write_time: Duration::from_secs(2), ..patient() }).await;
    let mut stream = server.connect().await;
    stream.write_all(&post("large")).await.expect("written");
    let (mut buffer, mut total) = (vec![0; 2 << 20], 0);
    while total < 32 << 20 {
        // All of it takes longer than one write may.
        sleep(Duration::from_millis(150)).await;
        total += timeout(NEVER, stream.read(&mut buffer)).await.expect("in time").expect("bytes");
    }
}

#[tokio::test]
async fn no_more_connections_than_the_cap() {
    let server = Server::start(ServingSettings { most_connections: 1, ..patient() }).await;
    let mut first = server.connect().await;
    first.write_all(&post("{a}")).await.expect("written");
    assert!(read_response(&mut first).await.starts_with("HTTP/1.1 200"));
    let mut second = server.connect().await;
    second.write_all(&post("{a}")).await.expect("written");
    assert!(timeout(Duration::from_millis(200), second.readable()).await.is_err(), "the second waits outside");
    drop(first);
    assert!(read_response(&mut second).await.starts_with("HTTP/1.1 200"));
}

#[tokio::test]
async fn any_bytes_at_all_leave_the_server_well() {
    let server = Server::start(ServingSettings { head_time: Duration::from_millis(300), ..patient() }).await;
    for bytes in [
        &b"\x16\x03\x01\x02\x00\x01\x00"[..],
        b"\0\0\0\0\r\n\r\n",
        b"GET\r\n\r\n",
        b"GET /graphql HTTP/9.9\r\n\r\n",
        b"POST /graphql HTTP/1.1\r\ncontent-length: -1\r\n\r\n",
        b"POST /graphql HTTP/1.1\r\ncontent-length: 3\r\ncontent-length: 4\r\n\r\nabc",
        b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\nrubbish rubbish rubbish",
    ] {
        let mut stream = server.connect().await;
        stream.write_all(bytes).await.expect("written");
        let seen = read_all(&mut stream).await;
        assert!(!seen.starts_with("HTTP/1.1 5") && !seen.starts_with("HTTP/1.1 2"), "{bytes:?}: {seen}");
    }
    let mut stream = server.connect().await;
    let big = format!("GET /livez HTTP/1.1\r\nhost: x\r\nx: {}\r\n\r\n", "y".repeat(100_000));
    // The server may stop reading in the middle.
    let _ = stream.write_all(big.as_bytes()).await;
    assert!(!read_all(&mut stream).await.starts_with("HTTP/1.1 200"));
    server.is_well().await;
}

#[tokio::test]
async fn a_refusal_of_a_large_body_is_seen_by_its_sender() {
    let server = Server::start(patient()).await;
    let mut stream = server.connect().await;
    let head =
        "POST /graphql HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ntransfer-encoding: chunked\r\n\r\n";
    stream.write_all(head.as_bytes()).await.expect("written");
    let chunk = format!("10000\r\n{}\r\n", " ".repeat(0x10000));
    for _ in 0..40 {
        stream.write_all(chunk.as_bytes()).await.expect("the server still takes it in");
        sleep(Duration::from_millis(5)).await;
    }
    stream.write_all(b"0\r\n\r\n").await.expect("written");
    let seen = read_response(&mut stream).await;
    assert!(seen.starts_with("HTTP/1.1 413") && seen.contains("PAYLOAD_TOO_LARGE"), "{seen}");
}

#[tokio::test]
async fn work_goes_on_when_the_line_is_cut() {
    let server = Server::start(patient()).await;
    let (mut stream, held) = (server.connect().await, Held::new());
    stream.write_all(&post(held.query())).await.expect("written");
    held.has_begun().await;
    drop(stream);
    // A moment in which it is seen that the line is cut.
    sleep(Duration::from_millis(100)).await;
    assert_eq!(server.door.finished(), 0);
    held.let_go();
    server.door.front.drained().await;
    assert_eq!(server.door.finished(), 1);
}

#[tokio::test]
async fn a_stop_drains_what_is_under_way() {
    let server = Server::start(ServingSettings { drain_time: Duration::from_secs(60), ..patient() }).await;
    let (address, held) = (server.address, Held::new());
    let mut busy = server.connect().await;
    busy.write_all(&post(held.query())).await.expect("written");
    held.has_begun().await;
    let mut resting = server.connect().await;
    resting.write_all(&post("{a}")).await.expect("written");
    read_response(&mut resting).await;
    let (drained, answer, ()) = tokio::join!(server.stop(), read_all(&mut busy), async {
        // The resting one is let go while the busy one still works, or this would wait until it rested for too long.
        assert_eq!(read_all(&mut resting).await, "");
        held.let_go();
    });
    assert_eq!(drained, Drained { cut: 0 });
    assert!(answer.starts_with("HTTP/1.1 200") && answer.contains(held.query()), "{answer}");
    assert!(TcpStream::connect(address).await.is_err(), "nobody new is let in");
}

#[tokio::test]
async fn a_stop_has_a_deadline() {
    let server = Server::start(ServingSettings { drain_time: Duration::from_millis(200), ..patient() }).await;
    let mut stuck = server.connect().await;
    stuck
        .write_all(
            b"POST /graphql HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\nexpect: 100-continue\r\ncontent-length: 9\r\n\r\n",
        )
        .await
        .expect("written");
    // The server waits for the body by now.
    let mut asked_for = [0; 25];
    stuck.read_exact(&mut asked_for).await.expect("an interim answer");
    assert_eq!(&asked_for, b"HTTP/1.1 100 Continue\r\n\r\n");
    assert_eq!(server.stop().await, Drained { cut: 1 });
    assert_eq!(read_all(&mut stuck).await, "");
}

#[tokio::test]
async fn http_2_is_served_rests_and_ends() {
    // Longer at rest than a head may take, and then for as long as a connection may rest.
    let settings =
        ServingSettings { head_time: Duration::from_secs(1), idle_time: Duration::from_secs(4), ..patient() };
    let server = Server::start(settings).await;
    let stream = TokioIo::new(server.connect().await);
    let (mut sender, connection) =
        hyper::client::conn::http2::handshake::<_, _, Full<bytes::Bytes>>(TokioExecutor::new(), stream)
            .await
            .expect("HTTP/2");
    let connection = tokio::spawn(connection);
    for _ in 0..2 {
        let request = http::Request::post(format!("http://{}/graphql", server.address))
            .header("content-type", "application/json")
            .body(Full::from(r#"{"query":"{a}"}"#))
            .expect("a request");
        let response = sender.send_request(request).await.expect("a response");
        assert_eq!((response.status(), response.version()), (http::StatusCode::OK, http::Version::HTTP_2));
        assert!(!response.into_body().collect().await.expect("a body").to_bytes().is_empty());
        sleep(Duration::from_millis(1_500)).await;
    }
    let ended = timeout(NEVER, connection).await.expect("an idle connection ends");
    assert!(ended.expect("no panic").is_ok());
}
