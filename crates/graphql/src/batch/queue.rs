//! One queue: the keys that wait for the next batch, and the values that were loaded. It does not decide when to flush.

use std::collections::HashMap;
use std::future::{Future, poll_fn};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::task::{Poll, Waker};

use dataloader::BatchFn;
use dataloader::cached::Loader;
use futures::FutureExt;
use futures::future::BoxFuture;

use super::{Batch, Flush, Outcome};

/// A queue of one kind of look-up with one set of arguments. Clones share keys and values.
pub struct Queue<B: Batch> {
    loader: Loader<B::Key, Outcome<B>, Fetch<B>>,
    open: Arc<Mutex<Option<Arc<Wave<B>>>>>,
}

impl<B: Batch> Clone for Queue<B> {
    fn clone(&self) -> Self {
        Self { loader: self.loader.clone(), open: self.open.clone() }
    }
}

/// Everyone who waits for the same batch.
struct Wave<B: Batch> {
    asked: Mutex<Asked<B::Key>>,
    found: OnceLock<HashMap<B::Key, Outcome<B>>>,
}

struct Asked<Key> {
    keys: Vec<Key>,
    waiting: Vec<Waker>,
}

/// The batch function as `dataloader` wants it: a value for every key, errors among the values.
struct Fetch<B>(Arc<B>);

impl<B: Batch> BatchFn<B::Key, Outcome<B>> for Fetch<B> {
    async fn load(&mut self, keys: &[B::Key]) -> HashMap<B::Key, Outcome<B>> {
        match self.0.load(keys.to_vec()).await {
            Ok(mut found) => keys.iter().map(|key| (key.clone(), Ok(found.remove(key)))).collect(),
            Err(error) => keys.iter().map(|key| (key.clone(), Err(error.clone()))).collect(),
        }
    }
}

impl<B: Batch> Queue<B> {
    pub(super) fn new(batch: B) -> Self {
        // No yield and no bound: the tick is the wait, and the lists are bounded by their pages.
        let loader = Loader::new(Fetch(Arc::new(batch))).with_yield_count(0).with_max_batch_size(usize::MAX);
        Self { loader, open: Arc::default() }
    }

    /// The value of a key, or nothing if it has none. Pending until [`super::drive`] flushes.
    pub async fn load(&self, key: B::Key) -> Outcome<B> {
        let wave = self.wait_for(std::slice::from_ref(&key)).await;
        wave.outcome(&key)
    }

    /// The values of several keys; keys without one are left out.
    pub async fn load_many(&self, keys: Vec<B::Key>) -> Result<HashMap<B::Key, B::Value>, B::Error> {
        if keys.is_empty() {
            return Ok(HashMap::new());
        }
        let wave = self.wait_for(&keys).await;
        let mut found = HashMap::with_capacity(keys.len());
        for key in keys {
            if let Some(value) = wave.outcome(&key)? {
                found.insert(key, value);
            }
        }
        Ok(found)
    }

    /// Puts keys into the next batch and waits for it.
    fn wait_for<'a>(&'a self, keys: &'a [B::Key]) -> impl Future<Output = Arc<Wave<B>>> + Send + use<'a, B> {
        let mut joined: Option<(Arc<Wave<B>>, usize)> = None;
        poll_fn(move |context| {
            let Some((wave, seat)) = &joined else {
                let mut open = lock(&self.open);
                let wave = open.get_or_insert_with(Wave::new);
                let mut asked = lock(&wave.asked);
                asked.keys.extend_from_slice(keys);
                asked.waiting.push(context.waker().clone());
                let seat = asked.waiting.len() - 1;
                drop(asked);
                joined = Some((wave.clone(), seat));
                return Poll::Pending;
            };
            if wave.found.get().is_some() {
                return Poll::Ready(wave.clone());
            }
            // Under the same lock as the wave is settled with: whoever comes too late for the waking sees the values.
            let mut asked = lock(&wave.asked);
            match asked.waiting.get_mut(*seat) {
                Some(waiting) => waiting.clone_from(context.waker()),
                None => return Poll::Ready(wave.clone()),
            }
            Poll::Pending
        })
    }
}

impl<B: Batch> Wave<B> {
    fn new() -> Arc<Self> {
        let asked = Mutex::new(Asked { keys: Vec::new(), waiting: Vec::new() });
        Arc::new(Self { asked, found: OnceLock::new() })
    }

    fn outcome(&self, key: &B::Key) -> Outcome<B> {
        self.found.get().and_then(|found| found.get(key)).cloned().unwrap_or(Ok(None))
    }

    fn settle(&self, found: HashMap<B::Key, Outcome<B>>) {
        // Set once: a wave is flushed once.
        let _ = self.found.set(found);
        let waiting = std::mem::take(&mut lock(&self.asked).waiting);
        waiting.into_iter().for_each(Waker::wake);
    }
}

impl<B: Batch> Flush for Queue<B> {
    fn flush(&self) -> Option<BoxFuture<'static, ()>> {
        let wave = lock(&self.open).take()?;
        let keys = std::mem::take(&mut lock(&wave.asked).keys);
        let loader = self.loader.clone();
        Some(
            async move {
                // `Fetch` answers every key, so the one error that the loader knows (a key without a value) cannot come.
                let found = loader.try_load_many(keys).await.unwrap_or_default();
                wave.settle(found);
            }
            .boxed(),
        )
    }

    fn clear(&self) -> BoxFuture<'_, ()> {
        self.loader.clear_all().boxed()
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
