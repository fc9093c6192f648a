//! Giving up on a future after so many polls: every point at which a request can be cut, however fast the machine is.
//! It does not look at a clock.

use std::future::poll_fn;
use std::task::Poll;
use std::time::Duration;

/// What happens between the last poll and the drop.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unseen {
    /// Dropped at once: what was asked for is under way.
    Nothing,
    /// A moment passes: what was asked for may have arrived, and nobody looked.
    TheAnswer,
}

/// What became of a future.
#[derive(Debug)]
pub enum Fate<T> {
    /// It ended.
    Whole(T),
    /// It was dropped while it waited.
    Cut,
}

/// Polls a future at most so often; if it waits then, it is dropped.
pub async fn cut_after<F: Future>(most: usize, unseen: Unseen, future: F) -> Fate<F::Output> {
    let mut future = Box::pin(future);
    let mut polls = 0;
    let ended = poll_fn(|context| {
        polls += 1;
        match future.as_mut().poll(context) {
            Poll::Ready(output) => Poll::Ready(Some(output)),
            Poll::Pending if polls >= most => Poll::Ready(None),
            Poll::Pending => Poll::Pending,
        }
    })
    .await;
    if let Some(output) = ended {
        return Fate::Whole(output);
    }
    if unseen == Unseen::TheAnswer {
        tokio::time::sleep(Duration::from_millis(3)).await;
    }
    drop(future);
    Fate::Cut
}
