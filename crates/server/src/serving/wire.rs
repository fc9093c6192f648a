//! A TCP stream that remembers what its client is slow at, and holds the connection's place until it closes, as a socket
//! too. It may not act on what it remembers: `connection` does.

use std::io;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;

use super::Place;

/// What a connection is at. Shared by its wire, its requests and its watchdog.
#[derive(Clone, Debug)]
pub(super) struct Activity(Arc<Mutex<State>>);

#[derive(Debug)]
struct State {
    under_way: usize,
    /// Since when the client owes us a request's head: since it connected, or since the first byte after the last request.
    head_since: Option<Instant>,
    rests_since: Instant,
    write_stuck_since: Option<Instant>,
    /// On HTTP/2 bytes between requests are pings and window updates, not a head.
    bytes_may_be_a_head: bool,
}

/// Why a connection is ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    /// The head did not come in time.
    SlowHead,
    /// Nothing was asked for a long time.
    Idle,
    /// The client does not read.
    Unread,
}

/// Held while a request is under way, to the last byte of its response.
#[derive(Debug)]
pub(super) struct UnderWay(Activity);

impl Activity {
    fn new() -> Self {
        let now = Instant::now();
        Self(Arc::new(Mutex::new(State {
            under_way: 0,
            head_since: Some(now),
            rests_since: now,
            write_stuck_since: None,
            bytes_may_be_a_head: true,
        })))
    }

    fn with<T>(&self, change: impl FnOnce(&mut State) -> T) -> T {
        change(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// A request's head has arrived.
    pub(super) fn begin(&self, version: http::Version) -> UnderWay {
        self.with(|state| {
            state.under_way += 1;
            state.head_since = None;
            state.bytes_may_be_a_head = version < http::Version::HTTP_2;
        });
        UnderWay(self.clone())
    }

    /// Whether the connection should end now.
    pub(super) fn verdict(&self, head: Duration, idle: Duration, write: Duration) -> Option<Verdict> {
        self.with(|state| {
            let over = |since: Option<Instant>, time| since.is_some_and(|since| since.elapsed() > time);
            if over(state.write_stuck_since, write) {
                Some(Verdict::Unread)
            } else if state.under_way > 0 {
                None
            } else if over(state.head_since, head) {
                Some(Verdict::SlowHead)
            } else if over(Some(state.rests_since), idle) {
                Some(Verdict::Idle)
            } else {
                None
            }
        })
    }
}

impl Drop for UnderWay {
    fn drop(&mut self) {
        self.0.with(|state| {
            state.under_way -= 1;
            state.rests_since = Instant::now();
        });
    }
}

/// The stream.
#[derive(Debug)]
pub(super) struct Wire {
    stream: TcpStream,
    activity: Activity,
    _place: Place,
}

impl Wire {
    pub(super) fn new(stream: TcpStream, place: Place) -> Self {
        Self { stream, activity: Activity::new(), _place: place }
    }

    pub(super) fn activity(&self) -> Activity {
        self.activity.clone()
    }

    fn written<T>(&self, outcome: Poll<T>) -> Poll<T> {
        self.activity.with(|state| match outcome {
            Poll::Pending => {
                state.write_stuck_since.get_or_insert_with(Instant::now);
            }
            Poll::Ready(_) => state.write_stuck_since = None,
        });
        outcome
    }
}

impl AsyncRead for Wire {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buffer: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let before = buffer.filled().len();
        let outcome = Pin::new(&mut self.stream).poll_read(cx, buffer);
        if buffer.filled().len() > before {
            self.activity.with(|state| {
                if state.under_way == 0 && state.bytes_may_be_a_head {
                    state.head_since.get_or_insert_with(Instant::now);
                }
            });
        }
        outcome
    }
}

impl AsyncWrite for Wire {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let outcome = Pin::new(&mut self.stream).poll_write(cx, bytes);
        self.written(outcome)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        slices: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let outcome = Pin::new(&mut self.stream).poll_write_vectored(cx, slices);
        self.written(outcome)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}
