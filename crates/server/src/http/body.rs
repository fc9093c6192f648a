//! Reading a body within its limits: bytes and time, counted as they arrive and not as announced.
//! It may not understand what it reads.

use std::ops::Deref;
use std::sync::Arc;
use std::time::Duration;

use axum::body::Body;
use bytes::{Bytes, BytesMut};
use http::HeaderMap;
use http::header::{CONTENT_LENGTH, EXPECT};
use http_body_util::BodyExt;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::refusal::Refusal;

/// How much of a refused body is still taken in and thrown away. A server that closes a connection on unread bytes resets it,
/// and then most clients report "connection reset" and never see the refusal.
const PATIENCE_BYTES: usize = 8 << 20;
const PATIENCE: Duration = Duration::from_secs(2);

/// A body, and its share of the memory for bodies, which it gives back when it is dropped.
#[derive(Debug)]
pub struct Whole {
    bytes: Bytes,
    _share: Option<OwnedSemaphorePermit>,
}

impl Deref for Whole {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        &self.bytes
    }
}

/// The whole body, or why not. `memory` counts the bytes of all bodies that are being read: a limit per body alone would
/// let many connections that each send almost one fill the machine, token or not.
pub async fn read(
    headers: &HeaderMap,
    body: Body,
    most: usize,
    within: Duration,
    memory: &Arc<Semaphore>,
) -> Result<Whole, Refusal> {
    let too_large = || {
        Refusal::payload_too_large(format!("The body is larger than {most} bytes, the most that this server reads."))
    };
    let announced =
        headers.get(CONTENT_LENGTH).and_then(|value| value.to_str().ok()).and_then(|value| value.parse::<u64>().ok());
    if announced.is_some_and(|announced| announced > most as u64) {
        discard(headers, body).await;
        return Err(too_large());
    }
    let reading = async {
        let mut body = body;
        // What was announced is reserved only as it arrives: a liar costs nothing.
        let mut whole = BytesMut::new();
        let mut share: Option<OwnedSemaphorePermit> = None;
        while let Some(frame) = body.frame().await {
            let frame = frame.map_err(|_| Refusal::bad_request("The body broke off before its end."))?;
            let Ok(data) = frame.into_data() else { continue };
            if whole.len() + data.len() > most {
                drop(whole);
                discard(headers, body).await;
                return Err(too_large());
            }
            let more = u32::try_from(data.len())
                .ok()
                .and_then(|size| Arc::clone(memory).try_acquire_many_owned(size).ok())
                .ok_or_else(|| Refusal::unavailable("The server reads too many bodies at once: try again shortly."))?;
            match &mut share {
                Some(share) => share.merge(more),
                None => share = Some(more),
            }
            whole.extend_from_slice(&data);
        }
        Ok(Whole { bytes: whole.freeze(), _share: share })
    };
    match tokio::time::timeout(within, reading).await {
        Ok(outcome) => outcome,
        Err(_) => {
            Err(Refusal::body_too_slow(format!("The body did not arrive within {} seconds.", within.as_secs_f32())))
        }
    }
}

/// Takes in what a client is already sending after it was refused, within bounds.
pub async fn discard(headers: &HeaderMap, mut body: Body) {
    // Who waits for `100 Continue` has sent nothing yet, and asking the body for a frame would call for all of it.
    if headers.contains_key(EXPECT) {
        return;
    }
    let discarding = async {
        let mut taken = 0;
        while let Some(Ok(frame)) = body.frame().await {
            taken += frame.data_ref().map_or(0, Bytes::len);
            if taken > PATIENCE_BYTES {
                return;
            }
        }
    };
    // Out of patience is as good as done: nobody waits for these bytes.
    let _ = tokio::time::timeout(PATIENCE, discarding).await;
}
