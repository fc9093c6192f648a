//! Loading in batches: resolvers ask for one key each, and one statement answers all of them once the executor has nothing
//! left to do. It knows no timer, spawns no task, and outlives no request.
//!
//! [`drive`] polls the execution with a waker of its own. When the execution is pending and nobody woke it during that poll,
//! it can only go on with data: then every queue is flushed, one batch a queue, and the batches run in the same task. The
//! next flush waits until all of them are done, so that the number of batches follows from the document and not from which
//! statement happened to be quicker.
//!
//! Beneath each queue is a `Loader` of the crate `dataloader`: it holds the values of the request and sorts out double keys.
//! Its own wait (yield some times and hope) is not used.

mod drive;
mod queue;

#[cfg(test)]
mod tests;

use std::any::{Any, TypeId};
use std::collections::HashMap;
use std::fmt::Debug;
use std::future::Future;
use std::hash::Hash;
use std::sync::{Arc, Mutex, PoisonError};

use futures::future::BoxFuture;

pub use drive::drive;
pub use queue::Queue;

/// One kind of look-up: many keys at once.
pub trait Batch: Send + Sync + 'static {
    /// What is asked by.
    type Key: Hash + Eq + Clone + Debug + Send + Sync + 'static;
    /// What is found; cloned for everyone who asks for it, so wrap what is large in an `Arc`.
    type Value: Clone + Send + Sync + 'static;
    /// Why nothing could be found; it reaches everyone whose key was in the batch, and is kept like a value.
    type Error: Clone + Send + Sync + 'static;

    /// Finds the values of distinct keys; a key that is left out has none. It may not load through a queue itself: nothing
    /// is flushed while a batch runs.
    fn load(
        &self,
        keys: Vec<Self::Key>,
    ) -> impl Future<Output = Result<HashMap<Self::Key, Self::Value>, Self::Error>> + Send;
}

/// What came of one key.
pub type Outcome<B> = Result<Option<<B as Batch>::Value>, <B as Batch>::Error>;

/// The queues of one request, by kind of look-up and arguments.
#[derive(Clone, Default)]
pub struct Batches {
    registry: Arc<Registry>,
}

#[derive(Default)]
struct Registry {
    /// `HashMap<Arguments, Queue<Batch>>` by the pair of their types.
    by_kind: Mutex<HashMap<TypeId, Box<dyn Any + Send>>>,
    all: Arc<Mutex<Vec<Arc<dyn Flush>>>>,
}

/// A queue whose type is forgotten.
trait Flush: Send + Sync {
    /// The batch of everything that waits, if anything does.
    fn flush(&self) -> Option<BoxFuture<'static, ()>>;
    /// Forgets every value.
    fn clear(&self) -> BoxFuture<'_, ()>;
}

impl Batches {
    /// No queues yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Queues beside these, for what is asked of somewhere else: they share nothing but the tick that flushes them.
    #[must_use]
    pub fn beside(&self) -> Self {
        Self { registry: Arc::new(Registry { by_kind: Mutex::default(), all: self.registry.all.clone() }) }
    }

    /// The queue of a kind of look-up with these arguments: the same for equal arguments, so that whoever asks with them
    /// shares one batch. `make` is called when there is none yet.
    pub fn queue<B, Arguments>(&self, arguments: Arguments, make: impl FnOnce(&Arguments) -> B) -> Queue<B>
    where
        B: Batch,
        Arguments: Hash + Eq + Send + 'static,
    {
        let mut by_kind = self.registry.by_kind.lock().unwrap_or_else(PoisonError::into_inner);
        let queues = by_kind
            .entry(TypeId::of::<(B, Arguments)>())
            .or_insert_with(|| Box::new(HashMap::<Arguments, Queue<B>>::new()))
            .downcast_mut::<HashMap<Arguments, Queue<B>>>()
            .expect("the entry's key is the type of its value");
        if let Some(queue) = queues.get(&arguments) {
            return queue.clone();
        }
        let queue = Queue::new(make(&arguments));
        queues.insert(arguments, queue.clone());
        self.registry.all.lock().unwrap_or_else(PoisonError::into_inner).push(Arc::new(queue.clone()));
        queue
    }

    /// Forgets every value that was loaded: what a mutation changed is asked anew.
    pub async fn clear(&self) {
        let all = self.registry.all.lock().unwrap_or_else(PoisonError::into_inner).clone();
        for queue in all {
            queue.clear().await;
        }
    }

    /// One batch a queue in which something waits.
    fn flush(&self) -> Vec<BoxFuture<'static, ()>> {
        let all = self.registry.all.lock().unwrap_or_else(PoisonError::into_inner);
        all.iter().filter_map(|queue| queue.flush()).collect()
    }
}
