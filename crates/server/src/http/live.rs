//! What sockets and streams share: their limits, their places, and the word that the server stops. It may not know either
//! protocol.

use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, Utc};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};

use super::refusal::Refusal;

/// The limits of sockets and streams.
#[derive(Clone, Debug)]
pub struct LiveSettings {
    /// How many sockets and streams are open at once; one more is told to come back.
    pub most: u32,
    /// How many operations one socket runs at once.
    pub most_operations: usize,
    /// The most bytes of one message of a client.
    pub most_message_bytes: usize,
    /// How long a socket may take to say who it is.
    pub init_time: Duration,
    /// How often a socket is pinged and a quiet stream sends a comment. A socket that answers two pings with nothing is dead.
    pub keep_alive: Duration,
    /// How long a client may take to take one message in.
    pub write_time: Duration,
}

impl Default for LiveSettings {
    fn default() -> Self {
        Self {
            most: 512,
            most_operations: 64,
            most_message_bytes: 256 << 10,
            init_time: Duration::from_secs(5),
            keep_alive: Duration::from_secs(20),
            write_time: Duration::from_secs(30),
        }
    }
}

/// The places of sockets and streams, and the signal that ends them.
#[derive(Debug)]
pub struct Live {
    settings: LiveSettings,
    places: Arc<Semaphore>,
    stopping: watch::Sender<bool>,
}

/// Held as long as a socket or stream is open.
pub type Place = OwnedSemaphorePermit;

impl Live {
    pub(super) fn new(settings: LiveSettings) -> Self {
        let places = Arc::new(Semaphore::new(settings.most as usize));
        Self { settings, places, stopping: watch::Sender::new(false) }
    }

    /// The limits.
    pub fn settings(&self) -> &LiveSettings {
        &self.settings
    }

    /// How many sockets and streams are open.
    pub fn open(&self) -> usize {
        self.settings.most as usize - self.places.available_permits()
    }

    /// A place for one more.
    pub(super) fn place(&self) -> Result<Place, Refusal> {
        Arc::clone(&self.places).try_acquire_owned().map_err(|_| {
            Refusal::unavailable(format!(
                "The server is at its limit of {} sockets and streams: try again later, or run several subscriptions over \
                 one socket.",
                self.settings.most
            ))
        })
    }

    /// Tells every socket and stream to end: nothing else would, and a drain would wait for them in vain.
    pub fn stop(&self) {
        self.stopping.send_replace(true);
    }

    /// Completes when the server stops.
    pub(super) fn stopped(&self) -> impl Future<Output = ()> + Send + use<> {
        let mut stopping = self.stopping.subscribe();
        async move {
            // A door that is gone is an end as well.
            let _ = stopping.wait_for(|stopping| *stopping).await;
        }
    }
}

/// Completes when a token has expired; never without one.
pub(super) async fn expired(expires_at: Option<DateTime<Utc>>) {
    let Some(expires_at) = expires_at else { return std::future::pending().await };
    // In steps: the clock of a machine that slept goes on, the runtime's timer does not.
    while let Some(left) = (expires_at - Utc::now()).to_std().ok().filter(|left| !left.is_zero()) {
        tokio::time::sleep(left.min(Duration::from_secs(30))).await;
    }
}
