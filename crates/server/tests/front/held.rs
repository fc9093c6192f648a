//! An operation that takes as long as its test wants: it tells that it has begun, and ends when it is let go. No clock decides.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::Semaphore;
use uuid::Uuid;

/// The first word of its document; the second says whose it is.
const WORD: &str = "held ";

static ALL: Mutex<Option<HashMap<String, Arc<Signals>>>> = Mutex::new(None);

#[derive(Debug)]
struct Signals {
    begun: Semaphore,
    let_go: Semaphore,
}

/// The test's end of it.
#[derive(Debug)]
pub struct Held {
    query: String,
    signals: Arc<Signals>,
}

impl Held {
    pub fn new() -> Self {
        let query = format!("{WORD}{}", Uuid::new_v4());
        let signals = Arc::new(Signals { begun: Semaphore::new(0), let_go: Semaphore::new(0) });
        let mut all = ALL.lock().unwrap_or_else(PoisonError::into_inner);
        all.get_or_insert_default().insert(query.clone(), Arc::clone(&signals));
        Self { query, signals }
    }

    /// The document that asks for it.
    pub fn query(&self) -> &str {
        &self.query
    }

    /// Waits until it is under way.
    pub async fn has_begun(&self) {
        self.signals.begun.acquire().await.expect("never closed").forget();
    }

    /// Lets it end.
    pub fn let_go(&self) {
        self.signals.let_go.add_permits(1);
    }
}

/// The operation's end: returns at once for any other document.
pub async fn wait(query: &str) {
    let signals = {
        let all = ALL.lock().unwrap_or_else(PoisonError::into_inner);
        all.as_ref().and_then(|all| all.get(query).cloned())
    };
    if let Some(signals) = signals {
        signals.begun.add_permits(1);
        signals.let_go.acquire().await.expect("never closed").forget();
    }
}
