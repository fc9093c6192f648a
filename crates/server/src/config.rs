//! Every setting, once: by flag, by environment variable, by file. No other room may read the environment.

mod courier;
mod database;
mod duplicates;
mod export;
mod file;
mod hooks;
mod import;
mod layers;
mod limits;
mod live;
mod logs;
mod service;
mod table;
mod tokens;

#[cfg(test)]
mod tests;

use std::collections::BTreeSet;
use std::ffi::OsString;
use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, CommandFactory, FromArgMatches, Parser, Subcommand};
use liaison_domain::viewer::Role;

pub use self::courier::CourierSettings;
pub use self::database::DatabaseSettings;
pub use self::duplicates::{DuplicateSettings, DuplicatesCommand, ScanCommand};
pub use self::export::{ExportCommand, ExportSettings, ExportedFormat, ExportedList};
pub use self::hooks::HookSettings;
pub use self::import::{ImportCommand, ImportSettings};
pub use self::layers::ConfigError;
pub use self::limits::LimitSettings;
pub use self::live::LiveSettings;
pub use self::logs::{LogFormat, LogSettings};
pub use self::service::{Exposure, ServiceSettings, USUAL_LISTEN};
pub use self::table::settings_table;
pub use self::tokens::{OrganizationName, SignIn, SignInError, TokenSettings};

/// Reads a variable of the environment. Tests hand in their own.
pub type Environment<'a> = &'a dyn Fn(&str) -> Option<OsString>;

/// The contact directory: one command serves it over GraphQL, on a PostgreSQL that it brings up itself.
#[derive(Clone, Debug, Parser)]
#[command(
    name = "liaison",
    version,
    subcommand_required = false,
    after_help = "Every setting can stand in the environment (its name is in brackets) or in a TOML file (--config), where its key is \
                  the flag without the dashes. A flag wins over the environment, the environment over the file.",
    max_term_width = 120
)]
pub struct CommandLine {
    /// What to do; `serve` when nothing is said.
    #[command(subcommand)]
    command: Option<Command>,

    /// All settings.
    #[command(flatten)]
    pub settings: Settings,
}

/// What the program can do.
#[derive(Clone, Debug, PartialEq, Subcommand)]
pub enum Command {
    /// Serves the directory until it is told to stop (what happens when no command is given).
    Serve,
    /// Brings the database's tables to this version, and ends.
    Migrate,
    /// Builds the tables anew from the event log, and ends.
    Rebuild,
    /// Replays the event log beside the tables and names the first row that differs.
    Verify,
    /// Prints the GraphQL schema.
    Schema,
    /// Prints a signed token: for a running demo server, or with the configured HS256 secret.
    Token(TokenCommand),
    /// Brings people in from a CSV file, or takes up again what was begun. Works beside a running server.
    Import(ImportCommand),
    /// Takes a list out as a file: of contacts, of whom to call at night, of referrals. Works beside a running server.
    Export(ExportCommand),
    /// Finds contacts that may be one person. Works beside a running server.
    #[command(subcommand)]
    Duplicates(DuplicatesCommand),
}

/// What a token shall say.
#[derive(Clone, Debug, PartialEq, Eq, Args)]
pub struct TokenCommand {
    /// A role: super_admin, provider_admin, partner_admin, clinician or viewer. May be given several times.
    #[arg(long = "role", value_name = "ROLE", required = true, value_delimiter = ',')]
    pub roles: Vec<Role>,

    /// The organization for which the login acts: its subdomain or its id.
    #[arg(long = "org", value_name = "SUBDOMAIN|UUID")]
    pub organization: OrganizationName,

    /// The login that acts.
    #[arg(long, default_value = "demo")]
    pub subject: String,

    /// A permission that narrows the roles. May be given several times.
    #[arg(long = "permission", value_name = "PERMISSION", value_delimiter = ',')]
    pub permissions: Vec<String>,

    /// How long the token is good, for example 30m, 8h or 7d.
    #[arg(long, value_name = "TIME", default_value = "8h", value_parser = humantime::parse_duration)]
    pub ttl: Duration,
}

impl TokenCommand {
    /// The roles, each once.
    pub fn roles(&self) -> BTreeSet<Role> {
        self.roles.iter().copied().collect()
    }

    /// What narrows the roles, if anything was said.
    pub fn permissions(&self) -> Option<BTreeSet<String>> {
        (!self.permissions.is_empty()).then(|| self.permissions.iter().cloned().collect())
    }
}

/// Every setting.
#[derive(Clone, Debug, Args)]
pub struct Settings {
    /// A TOML file with settings: `listen = "127.0.0.1:8080"`, one line each.
    #[arg(long, value_name = "FILE", env = "LIAISON_CONFIG")]
    pub config: Option<PathBuf>,

    /// What the server listens on and shows.
    #[command(flatten)]
    pub service: ServiceSettings,

    /// Where the data is.
    #[command(flatten)]
    pub database: DatabaseSettings,

    /// Whose tokens are good.
    #[command(flatten)]
    pub tokens: TokenSettings,

    /// How much one request may ask.
    #[command(flatten)]
    pub limits: LimitSettings,

    /// How much may stay open.
    #[command(flatten)]
    pub live: LiveSettings,

    /// How verification codes travel.
    #[command(flatten)]
    pub courier: CourierSettings,

    /// What others may call.
    #[command(flatten)]
    pub hooks: HookSettings,

    /// How much may come in as a file.
    #[command(flatten)]
    pub imports: ImportSettings,

    /// How many files may be on their way.
    #[command(flatten)]
    pub exports: ExportSettings,

    /// How duplicates are found.
    #[command(flatten)]
    pub duplicates: DuplicateSettings,

    /// What is written about requests.
    #[command(flatten)]
    pub logs: LogSettings,
}

/// How this program was called: what another line that calls it begins with.
pub fn program() -> Option<OsString> {
    std::env::args_os().next()
}

impl CommandLine {
    /// The arguments, the environment and the file of this process.
    pub fn of_process() -> Result<Self, ConfigError> {
        Self::read(std::env::args_os(), &|name| std::env::var_os(name))
    }

    /// The same from anywhere.
    pub fn read(
        arguments: impl IntoIterator<Item = impl Into<OsString>>,
        environment: Environment<'_>,
    ) -> Result<Self, ConfigError> {
        let arguments: Vec<OsString> = arguments.into_iter().map(Into::into).collect();
        let matches = layers::matches(&arguments, environment)?;
        let mut command_line = Self::from_arg_matches(&matches)?;
        command_line.settings.database.settle(environment);
        Ok(command_line)
    }

    /// What to do.
    pub fn command(&self) -> Command {
        self.command.clone().unwrap_or(Command::Serve)
    }

    /// The tree of flags, in which every setting may stand before or after the subcommand.
    fn tree() -> clap::Command {
        <Self as CommandFactory>::command().mut_args(|setting| setting.global(true))
    }
}
