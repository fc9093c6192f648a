//! A file as a response's body: a piece is read when the one before it is taken, and what breaks off looks broken. It knows no list.
//!
//! A body without a length is over when its last chunk says so. Every way out but one (the file is whole) is therefore an error of the
//! body: HTTP/1.1 closes the connection before the last chunk, HTTP/2 resets the stream, and a client knows that it has no whole file.

use std::io;
use std::time::Duration;

use axum::body::Body;
use bytes::Bytes;
use futures::stream::unfold;
use tokio::sync::mpsc;
use tokio::time::{Instant, timeout, timeout_at};
use tracing::Instrument as _;

use super::ExportLimits;
use super::file::File;
use super::places::Place;

/// What comes through the pipe. That it ended is said in so many words: a sender that is merely gone has broken off.
enum Piece {
    Of(Bytes),
    End,
}

/// The body of a response that sends this file, and keeps its place as long.
pub fn body(file: File, place: Place, limits: &ExportLimits) -> Body {
    let (send, receive) = mpsc::channel(1);
    let (time, pause) = (limits.time, limits.pause);
    let task = async move {
        let _place = place;
        push(file, &send, time, pause).await;
    };
    tokio::spawn(task.in_current_span());
    Body::from_stream(unfold(Some(receive), |receive| async move {
        let mut receive = receive?;
        match receive.recv().await {
            Some(Piece::Of(bytes)) => Some((Ok(bytes), Some(receive))),
            Some(Piece::End) => None,
            None => Some((Err(io::Error::new(io::ErrorKind::UnexpectedEof, "the file broke off")), None)),
        }
    }))
}

async fn push(mut file: File, send: &mpsc::Sender<Piece>, time: Duration, pause: Duration) {
    let deadline = Instant::now() + time;
    let why = loop {
        let piece = match timeout_at(deadline, file.next()).await {
            Ok(Ok(Some(piece))) => Piece::Of(piece),
            Ok(Ok(None)) => Piece::End,
            Ok(Err(fault)) => {
                tracing::error!(%fault, rows = file.written(), "an export broke off");
                break None;
            }
            // What was being read is dropped, and with it its connection.
            Err(_) => break Some("it took longer than exports may"),
        };
        let is_whole = matches!(piece, Piece::End);
        match timeout(pause, send.send(piece)).await {
            Ok(Ok(())) if is_whole => {
                tracing::info!(rows = file.written(), "an export is whole");
                return;
            }
            Ok(Ok(())) => {}
            Ok(Err(_)) => break Some("its client went away"),
            Err(_) => break Some("its client read nothing for too long"),
        }
        if Instant::now() >= deadline {
            break Some("it took longer than exports may");
        }
    };
    if let Some(why) = why {
        tracing::warn!(why, rows = file.written(), "an export broke off");
    }
    file.abandon().await;
}
