//! `liaison serve`: the database, the tables, the demo data, the door, and an orderly end.

use std::fmt::Write as _;
use std::io;
use std::sync::Arc;

use liaison_domain::session::DatabaseOptions;
use liaison_graphql::document::SchemaFault;
use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};

use crate::auth::{AuthSetupError, Authenticator, DemoKey, DemoKeyError};
use crate::config::{Settings, SignIn, SignInError};
use crate::demo;
use crate::metrics;
use crate::service::{Parts, Service, address};
use crate::storage::{Storage, StorageError};

/// Why the server does not serve.
#[derive(Debug, thiserror::Error)]
pub enum ServeError {
    /// Nobody could sign in.
    #[error(transparent)]
    SignIn(#[from] SignInError),
    /// The keys are not sound.
    #[error(transparent)]
    Setup(#[from] AuthSetupError),
    /// The demo key cannot be kept.
    #[error(transparent)]
    DemoKey(#[from] DemoKeyError),
    /// No database.
    #[error(transparent)]
    Storage(#[from] StorageError),
    /// The demo data was refused.
    #[error("the demo data could not be made: {0}")]
    Demo(#[from] demo::SeedError),
    /// Our own schema cannot be read.
    #[error("the schema is not sound: {0}")]
    Schema(#[from] SchemaFault),
    /// The address is taken or not ours.
    #[error("{address} cannot be listened on: {reason}; choose another with --listen ADDRESS:PORT")]
    Listen {
        /// Where.
        address: std::net::SocketAddr,
        /// What the system says.
        reason: io::Error,
    },
    /// The same for the numbers.
    #[error("{address} cannot be listened on for metrics: {reason}; choose another with --metrics-listen ADDRESS:PORT")]
    ListenForMetrics {
        /// Where.
        address: std::net::SocketAddr,
        /// What the system says.
        reason: io::Error,
    },
    /// Nothing can be posted.
    #[error("verification codes cannot be posted: {0}")]
    Courier(String),
    /// Signals cannot be waited for.
    #[error("signals cannot be waited for: {0}")]
    Signal(io::Error),
}

/// Serves until a signal.
pub async fn serve(settings: &Settings) -> Result<(), ServeError> {
    let listen = settings.service.listen;
    let sign_in = settings.sign_in()?;
    // Before the database: whoever chose a port in use learns it at once, and nothing was started.
    let listener = TcpListener::bind(listen).await.map_err(|reason| ServeError::Listen { address: listen, reason })?;
    let listen = listener.local_addr().map_err(|reason| ServeError::Listen { address: listen, reason })?;
    let metrics = match settings.service.metrics_listen {
        Some(address) => {
            let bound = TcpListener::bind(address).await;
            Some(bound.map_err(|reason| ServeError::ListenForMetrics { address, reason })?)
        }
        None => None,
    };
    // From here on a signal means an orderly end, also while the database comes up.
    let stop = stop_signal().map_err(ServeError::Signal)?;
    let storage = Storage::open(&settings.database).await?;
    let served = serve_on(settings, &storage, sign_in, Listeners { listener, listen, metrics }, stop).await;
    let closed = storage.close().await;
    served?;
    closed?;
    tracing::info!("stopped");
    Ok(())
}

/// Where is listened.
struct Listeners {
    listener: TcpListener,
    listen: std::net::SocketAddr,
    metrics: Option<TcpListener>,
}

async fn serve_on(
    settings: &Settings,
    storage: &Storage,
    sign_in: SignIn,
    Listeners { listener, listen, metrics }: Listeners,
    stop: impl Future<Output = ()> + Send,
) -> Result<(), ServeError> {
    if storage.may_migrate() {
        storage.migrate().await?;
    }
    let options = DatabaseOptions { max_connections: settings.database.pool_size, ..DatabaseOptions::default() };
    let courier = settings.courier.courier().map_err(|error| ServeError::Courier(error.to_string()))?;
    let database = storage.database(options).await?.with_courier(courier);
    let (auth, demo_key) = match sign_in {
        SignIn::Configured(auth) => (*auth, None),
        SignIn::Demo => {
            let key = DemoKey::make(settings.database.data_dir())?;
            (key.settings(listen)?, Some(Arc::new(key)))
        }
    };
    let fills = settings.service.demo.unwrap_or(demo_key.is_some() && settings.database.database_url.is_none());
    let filled = if fills { Some(demo::seed(&database).await?) } else { None };
    let authenticator = Authenticator::new(auth).await?;
    let is_demo = demo_key.is_some();
    let mut service = Service::new(Parts { database, authenticator, demo_key }, settings)?;
    let mut text = banner(settings, storage, listen, is_demo, filled.is_some());
    if let Some(listener) = metrics {
        if let Ok(at) = listener.local_addr() {
            let _ = writeln!(text, "  {:<10} {}{}", "metrics", address(at), metrics::PATH);
        }
        service = service.with_metrics_on(listener);
    }
    eprintln!("{text}");
    service.serve(listener, stop).await;
    Ok(())
}

/// What a person sees when the server is up: where, on what, behind which guard, and how to get in.
fn banner(
    settings: &Settings,
    storage: &Storage,
    listen: std::net::SocketAddr,
    is_demo: bool,
    is_filled: bool,
) -> String {
    let at = address(listen);
    let mut text = format!("\nLiaison {}\n", env!("CARGO_PKG_VERSION"));
    let mut line = |name: &str, value: &str| {
        let _ = writeln!(text, "  {name:<10} {value}");
    };
    line("database", storage.describe());
    line("guard", "two walls: the scope in every statement, and row-level security as liaison_app");
    line("address", &format!("{at}/graphql"));
    if is_demo {
        let folder = settings.database.data_dir().display();
        line("GraphiQL", &format!("{at}/graphiql  (choose who you are at the top)"));
        line("sign in", "demo: a key made at this start, taken on loopback only");
        line("token", &format!("liaison token --role super_admin --org platform   (reads the key in {folder})"));
    } else {
        line("sign in", "tokens of the configured issuer");
    }
    if is_filled {
        line(
            "data",
            "the four use cases of the vision: Acme Healthcare, TechPartner, John Doe, the billing department",
        );
    }
    text
}

/// Completes at the first SIGINT or SIGTERM.
fn stop_signal() -> io::Result<impl Future<Output = ()> + Send> {
    let mut interrupt = signal(SignalKind::interrupt())?;
    let mut terminate = signal(SignalKind::terminate())?;
    Ok(async move {
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
        }
        tracing::info!("stopping: finishing what is under way");
    })
}
