//! `liaison serve`: the database, the tables, the demo data, the door, and an orderly end.

use std::ffi::OsString;
use std::fmt::Write as _;
use std::io;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use liaison_domain::session::DatabaseOptions;
use liaison_graphql::document::SchemaFault;
use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};

use crate::auth::{AuthSetupError, Authenticator, DemoKey, DemoKeyError};
use crate::config::{DatabaseSettings, Settings, SignIn, SignInError, USUAL_LISTEN, program};
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
        address: SocketAddr,
        /// What the system says.
        reason: io::Error,
    },
    /// The same for the numbers.
    #[error("{address} cannot be listened on for metrics: {reason}; choose another with --metrics-listen ADDRESS:PORT")]
    ListenForMetrics {
        /// Where.
        address: SocketAddr,
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
    listen: SocketAddr,
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
fn banner(settings: &Settings, storage: &Storage, listen: SocketAddr, is_demo: bool, is_filled: bool) -> String {
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
        line("sign in", &format!("demo: a key made at this start, kept in {folder}, taken on loopback only"));
        line("token", &token_line(program(), &settings.database, listen));
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

/// The command that signs a token for this very server, to be pasted into a shell as it stands: with its program, and with the data folder and the
/// address where they are not those that it would take by itself.
fn token_line(program: Option<OsString>, database: &DatabaseSettings, listen: SocketAddr) -> String {
    let program = program.filter(|program| !program.is_empty()).unwrap_or_else(|| "liaison".into());
    // Whoever pastes it may stand elsewhere. A name alone is found by the shell wherever that is.
    let everywhere = |path: &Path| std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
    let program = PathBuf::from(program);
    let program = if program.components().count() > 1 { everywhere(&program) } else { program };
    let mut line = format!("{} token --role super_admin --org platform", quoted(&program.to_string_lossy()));
    if let Some(folder) = database.named_data_dir() {
        let _ = write!(line, " --data-dir {}", quoted(&everywhere(folder).to_string_lossy()));
    }
    if listen.to_string() != USUAL_LISTEN {
        let _ = write!(line, " --listen {}", quoted(&listen.to_string()));
    }
    line
}

/// A word as a shell takes it for one.
fn quoted(word: &str) -> String {
    let is_plain = |letter: char| letter.is_ascii_alphanumeric() || "/._-:,+@%=".contains(letter);
    if !word.is_empty() && word.chars().all(is_plain) {
        return word.to_owned();
    }
    format!("'{}'", word.replace('\'', r"'\''"))
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{Command, CommandLine};

    fn settings(arguments: &[&str]) -> CommandLine {
        let home = |name: &str| (name == "HOME").then(|| OsString::from("/home/jane"));
        let read = CommandLine::read(std::iter::once("liaison").chain(arguments.iter().copied()), &home);
        read.unwrap_or_else(|error| panic!("refused: {error}"))
    }

    fn told(program: &str, arguments: &[&str], listen: &str) -> String {
        let listen = listen.parse().expect("an address");
        token_line(Some(program.into()), &settings(arguments).settings.database, listen)
    }

    #[test]
    fn the_line_for_a_token_says_what_the_command_would_not_take_by_itself() {
        let plain = "liaison token --role super_admin --org platform";
        assert_eq!(told("liaison", &[], "127.0.0.1:8080"), plain);
        assert_eq!(told("liaison", &["--data-dir", "/home/jane/.local/share/liaison"], "127.0.0.1:8080"), plain);
        assert_eq!(told("liaison", &[], "[::1]:8080"), format!("{plain} --listen '[::1]:8080'"));
        assert_eq!(
            told("/opt/liaison", &["--data-dir=/srv/it's data"], "127.0.0.1:41235"),
            r"/opt/liaison token --role super_admin --org platform --data-dir '/srv/it'\''s data' --listen 127.0.0.1:41235"
        );
        let beside = told("liaison", &["--data-dir", "here"], "127.0.0.1:8080");
        let here = |name: &str| quoted(&std::env::current_dir().expect("a folder").join(name).to_string_lossy());
        assert_eq!(beside, format!("{plain} --data-dir {}", here("here")));
        let built = told("target/debug/liaison", &[], "127.0.0.1:8080");
        assert_eq!(built, plain.replacen("liaison", &here("target/debug/liaison"), 1));
    }

    /// What a shell makes of the line is what the command is given.
    #[test]
    fn a_shell_reads_the_line_as_it_is_meant() {
        let line = told("liaison", &["--data-dir", "/tmp/a $HOME `b` (c) \"d\" 'e'"], "127.0.0.1:9");
        let words = std::process::Command::new("sh").args(["-c", &format!(r"printf '%s\n' {line}")]).output();
        let words = String::from_utf8(words.expect("a shell").stdout).expect("a text");
        let words: Vec<&str> = words.lines().skip(1).collect();
        let read = settings(&words);
        assert!(matches!(read.command(), Command::Token(_)), "{words:?}");
        assert_eq!(read.settings.database.data_dir(), std::path::Path::new("/tmp/a $HOME `b` (c) \"d\" 'e'"));
        assert_eq!(read.settings.service.listen.to_string(), "127.0.0.1:9");
    }
}
