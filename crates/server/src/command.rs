//! The subcommands: each brings up what it needs, does its one thing and ends. What they print is for people; the exit code for
//! scripts.

mod acting;
mod duplicates;
mod export;
mod import;
mod serve;
mod token;

use std::process::ExitCode;

use liaison_domain::replay::Verdict;

use crate::config::{Command, CommandLine, LogFormat, Settings};
use crate::storage::{Storage, StorageError};
use crate::telemetry::{self, TelemetryError};

/// Why a command did not do its thing.
#[derive(Debug, thiserror::Error)]
pub enum CommandError {
    /// No database.
    #[error(transparent)]
    Storage(#[from] StorageError),
    /// No log.
    #[error(transparent)]
    Telemetry(#[from] TelemetryError),
    /// The database failed under way.
    #[error("{0}")]
    Fault(#[from] liaison_domain::failure::Fault),
    /// Serving did not come about.
    #[error(transparent)]
    Serve(#[from] serve::ServeError),
    /// Nobody came in.
    #[error(transparent)]
    Import(#[from] import::ImportError),
    /// Nobody was compared.
    #[error(transparent)]
    Duplicates(#[from] duplicates::DuplicatesError),
    /// No file.
    #[error(transparent)]
    Export(#[from] export::ExportError),
    /// No token.
    #[error(transparent)]
    Token(#[from] token::TokenError),
}

/// The stack of each thread, in bytes: a request is answered by the connection's own task, with all of HTTP below it, and a build without
/// optimizations keeps every step of that. Only what is used of it takes memory.
const STACK: usize = 4 << 20;

/// Runs the command of a command line on threads of its own; the exit code.
pub fn run_to_its_end(line: CommandLine) -> ExitCode {
    match tokio::runtime::Builder::new_multi_thread().enable_all().thread_stack_size(STACK).build() {
        Ok(runtime) => runtime.block_on(run(line)),
        Err(error) => {
            eprintln!("liaison: the system gives no threads to work on: {error}");
            ExitCode::FAILURE
        }
    }
}

/// Runs the command of a command line; the exit code.
pub async fn run(line: CommandLine) -> ExitCode {
    match execute(&line).await {
        Ok(code) => code,
        Err(error) => {
            eprintln!("liaison: {error}");
            ExitCode::FAILURE
        }
    }
}

async fn execute(line: &CommandLine) -> Result<ExitCode, CommandError> {
    let settings = &line.settings;
    match line.command() {
        Command::Schema => {
            out(&liaison_graphql::engine::sdl());
            Ok(ExitCode::SUCCESS)
        }
        Command::Token(wanted) => {
            out(&format!("{}\n", token::issue(settings, &wanted).await?));
            Ok(ExitCode::SUCCESS)
        }
        Command::Import(wanted) => {
            start_log(settings)?;
            Ok(import::import(settings, &wanted).await?)
        }
        Command::Export(wanted) => {
            start_log(settings)?;
            export::export(settings, &wanted).await?;
            Ok(ExitCode::SUCCESS)
        }
        Command::Duplicates(wanted) => {
            start_log(settings)?;
            duplicates::duplicates(settings, &wanted).await?;
            Ok(ExitCode::SUCCESS)
        }
        Command::Serve => {
            start_log(settings)?;
            serve::serve(settings).await?;
            Ok(ExitCode::SUCCESS)
        }
        Command::Migrate => {
            start_log(settings)?;
            let storage = Storage::open(&settings.database).await?;
            let migrated = storage.migrate().await;
            storage.close().await?;
            migrated?;
            out("the tables are of this version\n");
            Ok(ExitCode::SUCCESS)
        }
        Command::Rebuild => {
            start_log(settings)?;
            let storage = Storage::beside(&settings.database).await?;
            let events = storage.steward().await?.rebuild().await;
            storage.close().await?;
            out(&format!("rebuilt every projection from {} events\n", events?));
            Ok(ExitCode::SUCCESS)
        }
        Command::Verify => {
            start_log(settings)?;
            let storage = Storage::beside(&settings.database).await?;
            let verdict = storage.steward().await?.verify().await;
            storage.close().await?;
            match verdict? {
                Verdict::Proved { events, rows } => {
                    out(&format!("proved: {rows} rows are what the log's {events} events say\n"));
                    Ok(ExitCode::SUCCESS)
                }
                Verdict::Differs(difference) => {
                    out(&format!("{difference}\n\"liaison rebuild\" puts the rows back to what the log says\n"));
                    Ok(ExitCode::FAILURE)
                }
            }
        }
    }
}

fn start_log(settings: &Settings) -> Result<(), TelemetryError> {
    let format = match settings.logs.log_format {
        LogFormat::Human => telemetry::LogFormat::Human,
        LogFormat::Json => telemetry::LogFormat::Json,
    };
    telemetry::start(format, &settings.logs.log)
}

/// What a command is asked to print goes to standard output; everything else to standard error.
fn out(text: &str) {
    use std::io::Write as _;
    // Whoever reads no further, such as `head`, has seen enough.
    if let Err(error) = std::io::stdout().lock().write_all(text.as_bytes())
        && error.kind() != std::io::ErrorKind::BrokenPipe
    {
        tracing::warn!(%error, "standard output cannot be written to");
    }
}
