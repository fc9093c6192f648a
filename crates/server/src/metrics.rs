//! Numbers for Prometheus: what was asked and how long it took, how the directory stands, what the process uses. They are of the whole
//! installation and so nobody's who is a tenant: they stand on a listener of their own (`--metrics-listen`) and not at the door of the API. No
//! number has a person's or an organization's name or id beside it.

mod counted;
mod figures;

use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::Router;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use http::StatusCode;
use http::header::CONTENT_TYPE;
use liaison_domain::session::Database;
use liaison_domain::vitals::vitals;
use prometheus_client::encoding::text::encode;
use prometheus_client::metrics::info::Info;
use prometheus_client::registry::Registry;
use tokio::net::TcpListener;
use tokio::sync::Mutex;
use tokio::task::JoinHandle;

pub use counted::Counted;
use figures::{Figures, Now};

use crate::http::Front;
use crate::serving::{self, ServingSettings};

/// The one path.
pub const PATH: &str = "/metrics";

/// What the text is: OpenMetrics, which Prometheus asks for.
const MEDIA_TYPE: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";
/// What is dear is read so often at most.
const FRESH: Duration = Duration::from_secs(60);
/// And so soon again when the database did not answer.
const AGAIN: Duration = Duration::from_secs(5);
/// So long a scrape waits for it; it tells the numbers of before then, and the next one the new ones.
const PATIENCE: Duration = Duration::from_secs(3);
/// So many scrapes are served at once.
const MOST_CONNECTIONS: u32 = 16;

/// The numbers of one service.
pub struct Metrics {
    registry: Registry,
    figures: Figures,
    database: Database,
    front: Front,
    reading: Mutex<Reading>,
}

/// Whether what is dear is being read, and when it is to be read again.
#[derive(Default)]
struct Reading {
    task: Option<JoinHandle<bool>>,
    next: Option<Instant>,
}

impl Metrics {
    /// The numbers of this service; what was asked is in `counted`.
    pub fn new(counted: &Counted, database: Database, front: Front) -> Self {
        let mut registry = Registry::default();
        registry.register(
            "liaison_build",
            "The version that runs",
            Info::new([("version", env!("CARGO_PKG_VERSION"))]),
        );
        counted.register(&mut registry);
        let figures = Figures::default();
        registry.register_collector(Box::new(figures.clone()));
        Self { registry, figures, database, front, reading: Mutex::default() }
    }

    /// Serves them until `shutdown` completes.
    pub async fn serve(self, listener: TcpListener, shutdown: impl Future<Output = ()> + Send) {
        let routes = Router::new().route(PATH, get(scrape)).with_state(Arc::new(self));
        let settings = ServingSettings {
            most_connections: MOST_CONNECTIONS,
            drain_time: Duration::from_secs(1),
            ..ServingSettings::default()
        };
        serving::serve(listener, routes, settings, shutdown).await;
    }

    /// The text as Prometheus reads it.
    async fn text(&self) -> Result<String, std::fmt::Error> {
        self.read_again().await;
        let (used, idle) = self.database.connections();
        self.figures.now(Now {
            is_database_up: self.database.ping().await.is_ok(),
            used,
            idle,
            most: self.database.most_connections(),
            recorded: self.database.feed().recorded(),
            running: self.front.running(),
            live: self.front.live().open(),
        });
        let mut text = String::new();
        encode(&mut text, &self.registry)?;
        Ok(text)
    }

    /// Reads what is dear when it is time to. It goes on in a task of its own whether or not who scrapes waits.
    async fn read_again(&self) {
        let mut reading = self.reading.lock().await;
        if reading.task.is_none() && reading.next.is_none_or(|next| next <= Instant::now()) {
            let (database, figures) = (self.database.clone(), self.figures.clone());
            reading.task = Some(tokio::spawn(async move {
                match vitals(&database).await {
                    Ok(vitals) => {
                        figures.found(vitals);
                        true
                    }
                    Err(failure) => {
                        tracing::warn!(?failure, "the numbers of the directory could not be read");
                        false
                    }
                }
            }));
        }
        if let Some(task) = &mut reading.task
            && let Ok(ended) = tokio::time::timeout(PATIENCE, task).await
        {
            reading.task = None;
            let is_read = ended.unwrap_or(false);
            reading.next = Some(Instant::now() + if is_read { FRESH } else { AGAIN });
        }
    }
}

async fn scrape(State(metrics): State<Arc<Metrics>>) -> Response {
    match metrics.text().await {
        Ok(text) => ([(CONTENT_TYPE, MEDIA_TYPE)], text).into_response(),
        Err(error) => {
            tracing::error!(%error, "the numbers cannot be written");
            StatusCode::INTERNAL_SERVER_ERROR.into_response()
        }
    }
}
