//! Time and new ids, handed in from outside: the domain never asks the ambient clock, so that a test may decide what time it is.

use std::sync::Arc;

use chrono::{DateTime, SubsecRound, Utc};
use uuid::{ContextV7, Timestamp, Uuid};

/// A source of instants and of time-ordered ids.
#[derive(Clone)]
pub struct Clock {
    now: Arc<dyn Fn() -> DateTime<Utc> + Send + Sync>,
    ids: Arc<std::sync::Mutex<ContextV7>>,
}

impl Clock {
    /// A clock that reads its instants from `now`.
    pub fn new(now: impl Fn() -> DateTime<Utc> + Send + Sync + 'static) -> Self {
        Self { now: Arc::new(now), ids: Arc::new(std::sync::Mutex::new(ContextV7::new())) }
    }

    /// The instant, in whole microseconds: what the database keeps, so that a replay finds the same value.
    pub fn now(&self) -> DateTime<Utc> {
        (self.now)().trunc_subsecs(6)
    }

    /// A new UUIDv7 for `at`, ascending within this process.
    pub fn id(&self, at: DateTime<Utc>) -> Uuid {
        let seconds = u64::try_from(at.timestamp()).unwrap_or_default();
        let context = self.ids.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        Uuid::new_v7(Timestamp::from_unix(&*context, seconds, at.timestamp_subsec_nanos()))
    }
}
