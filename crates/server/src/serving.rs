//! The accept loop: connections in, within limits, until a signal; then a drain with a deadline. It may not know what is
//! served. (`axum::serve` never drops a client that drips headers, and has no cap: quality.md.)

mod connection;
mod wire;

use std::io;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use hyper_util::rt::{TokioExecutor, TokioTimer};
use hyper_util::server::conn::auto::Builder;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Semaphore, watch};
use tokio::task::JoinSet;

/// The limits of connections.
#[derive(Clone, Debug)]
pub struct ServingSettings {
    /// How many connections are open at once, sockets included; more wait in the kernel's queue.
    pub most_connections: u32,
    /// How long a request's head may take to arrive, from the connection's start or the head's first byte.
    pub head_time: Duration,
    /// How long a connection may rest between two requests.
    pub idle_time: Duration,
    /// How long a client may leave a response unread.
    pub write_time: Duration,
    /// The most bytes of a request's head.
    pub most_head_bytes: usize,
    /// The most headers of an HTTP/1 request.
    pub most_headers: usize,
    /// How many requests an HTTP/2 connection may have under way.
    pub most_streams: u32,
    /// How long requests that are under way may still take after the signal.
    pub drain_time: Duration,
}

impl Default for ServingSettings {
    fn default() -> Self {
        Self {
            most_connections: 4096,
            head_time: Duration::from_secs(10),
            idle_time: Duration::from_secs(75),
            write_time: Duration::from_secs(30),
            most_head_bytes: 64 << 10,
            most_headers: 100,
            most_streams: 64,
            drain_time: Duration::from_secs(25),
        }
    }
}

/// How serving ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Drained {
    /// Connections that were cut because the drain time was over.
    pub cut: usize,
}

/// Serves until `shutdown` completes, then lets requests under way finish within the drain time. Errors of single
/// connections and of accepting never end it.
pub async fn serve(
    listener: TcpListener,
    router: Router,
    settings: ServingSettings,
    shutdown: impl Future<Output = ()> + Send,
) -> Drained {
    let builder = Arc::new(builder(&settings));
    let settings = Arc::new(settings);
    let places = Arc::new(Semaphore::new(settings.most_connections as usize));
    let (stopping, _) = watch::channel(false);
    let mut connections = JoinSet::new();
    let mut shutdown = std::pin::pin!(shutdown);

    loop {
        // The place is taken before the connection, so that what is over the cap waits outside.
        let (place, stream) = tokio::select! {
            biased;
            () = &mut shutdown => break,
            accepted = accept(&listener, &places) => accepted,
        };
        while connections.try_join_next().is_some() {}
        let (peer, stream) = stream;
        let wire = wire::Wire::new(stream, place);
        let (builder, router, settings) = (Arc::clone(&builder), router.clone(), Arc::clone(&settings));
        let stopping = stopping.subscribe();
        connections.spawn(connection::serve(builder, wire, peer, router, settings, stopping));
    }

    drop(listener);
    // No receiver is no connection, which is fine.
    let _ = stopping.send(true);
    // Every connection's wire holds a place, those that became sockets included.
    let all = places.acquire_many(settings.most_connections);
    let cut = match tokio::time::timeout(settings.drain_time, all).await {
        Ok(_) => 0,
        Err(_) => settings.most_connections as usize - places.available_permits(),
    };
    if cut > 0 {
        tracing::warn!(cut, "the drain time is over: connections are cut");
    }
    connections.shutdown().await;
    Drained { cut }
}

type Place = tokio::sync::OwnedSemaphorePermit;

/// The next connection, however long that takes and whatever fails before it.
async fn accept(listener: &TcpListener, places: &Arc<Semaphore>) -> (Place, (std::net::SocketAddr, TcpStream)) {
    let place = Arc::clone(places).acquire_owned().await.expect("the semaphore of places is never closed");
    loop {
        match listener.accept().await {
            Ok((stream, peer)) => {
                // Answers are small and wanted at once; failing to say so costs milliseconds, not correctness.
                let _ = stream.set_nodelay(true);
                return (place, (peer, stream));
            }
            Err(error) if is_of_one_connection(&error) => {}
            Err(error) => {
                // Out of file descriptors or memory: waiting helps, ending would not.
                tracing::warn!(%error, "a connection cannot be accepted");
                tokio::time::sleep(Duration::from_millis(200)).await;
            }
        }
    }
}

fn is_of_one_connection(error: &io::Error) -> bool {
    use io::ErrorKind::{ConnectionAborted, ConnectionRefused, ConnectionReset, Interrupted};
    matches!(error.kind(), ConnectionAborted | ConnectionRefused | ConnectionReset | Interrupted)
}

fn builder(settings: &ServingSettings) -> Builder<TokioExecutor> {
    let mut builder = Builder::new(TokioExecutor::new());
    builder
        .http1()
        .timer(TokioTimer::new())
        // hyper's own clock also runs while a connection rests, so it gets the time for resting; a head that drips is
        // dropped by `connection`.
        .header_read_timeout(settings.idle_time)
        .max_buf_size(settings.most_head_bytes.max(8192))
        .max_headers(settings.most_headers);
    builder
        .http2()
        .timer(TokioTimer::new())
        .max_header_list_size(u32::try_from(settings.most_head_bytes).unwrap_or(u32::MAX))
        .max_concurrent_streams(settings.most_streams)
        .keep_alive_interval(Duration::from_secs(20))
        .keep_alive_timeout(Duration::from_secs(10));
    builder
}
