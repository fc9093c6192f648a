//! The tick: runs a future and flushes the queues whenever it has nothing left to do. It never flushes early.

use std::future::{Future, poll_fn};
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll, Wake, Waker};

use futures::stream::{FuturesUnordered, StreamExt};
use futures::task::AtomicWaker;

use super::Batches;

/// Polls in a row before the task gives way to others.
const ROUNDS: usize = 64;

/// Whether the future was woken, and who is to be told when that happens between two polls.
#[derive(Default)]
struct Progress {
    woken: AtomicBool,
    polling: AtomicBool,
    task: AtomicWaker,
}

impl Wake for Progress {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        self.woken.store(true, Ordering::SeqCst);
        // While the tick polls it looks at the flag itself; to wake the task as well would poll it once too often.
        if !self.polling.load(Ordering::SeqCst) {
            self.task.wake();
        }
    }
}

/// Runs `future` to its end, loading what it waits for in batches. Only in here do the queues of `batches` ever answer.
///
/// Nothing can be lost by dropping it: waiters and batches are polled by the one task and fall together.
pub async fn drive<F: Future>(future: F, batches: &Batches) -> F::Output {
    // Tokio makes its own primitives pending once a task has used up its share, and wakes them after the poll: that would
    // look like having nothing left to do. The share is given back below.
    let mut future = pin!(tokio::task::unconstrained(future));
    let mut running = FuturesUnordered::new();
    let progress = Arc::new(Progress { woken: AtomicBool::new(true), ..Progress::default() });
    let waker = Waker::from(progress.clone());
    poll_fn(move |task| {
        progress.task.register(task.waker());
        progress.polling.store(true, Ordering::SeqCst);
        for _ in 0..ROUNDS {
            // Where only a batch was woken, the future has nothing new to see.
            if progress.woken.swap(false, Ordering::SeqCst) {
                if let Poll::Ready(output) = future.as_mut().poll(&mut Context::from_waker(&waker)) {
                    return Poll::Ready(output);
                }
                // A `FuturesUnordered` within wakes itself and is pending after so many of its children: not idle yet.
                if progress.woken.load(Ordering::SeqCst) {
                    continue;
                }
            }
            if running.is_empty() {
                running.extend(batches.flush());
            }
            while let Poll::Ready(Some(())) = running.poll_next_unpin(task) {}
            if progress.woken.load(Ordering::SeqCst) {
                continue;
            }
            progress.polling.store(false, Ordering::SeqCst);
            // Woken from another thread since the last look, by one who saw that the tick was still polling.
            if progress.woken.load(Ordering::SeqCst) {
                progress.polling.store(true, Ordering::SeqCst);
                continue;
            }
            return Poll::Pending;
        }
        progress.polling.store(false, Ordering::SeqCst);
        task.waker().wake_by_ref();
        Poll::Pending
    })
    .await
}
