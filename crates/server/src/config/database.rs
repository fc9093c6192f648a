//! Settings of the database: which one, or where to bring one up. They may not open a connection.

use std::path::{Path, PathBuf};

use clap::Args;
use secrecy::SecretString;

use super::Environment;
use super::layers::secret;

/// Where the data is.
#[derive(Clone, Debug, Args)]
#[command(next_help_heading = "Database")]
pub struct DatabaseSettings {
    /// A PostgreSQL 15 or newer, as the owner of its tables. Without it the server brings up a private one in its data folder.
    #[arg(long, value_name = "URL", env = "DATABASE_URL", value_parser = secret)]
    pub database_url: Option<SecretString>,

    /// The same database as the unprivileged role that serves requests. Without it the server takes that role on with `SET ROLE`.
    #[arg(long, value_name = "URL", env = "LIAISON_APP_DATABASE_URL", value_parser = secret)]
    pub app_database_url: Option<SecretString>,

    /// Connections to keep open at most; up to a quarter of them is shared by short statements.
    #[arg(long, value_name = "NUMBER", env = "LIAISON_POOL_SIZE", default_value = "16",
          value_parser = clap::value_parser!(u32).range(2..=1000))]
    pub pool_size: u32,

    /// The folder of the private PostgreSQL and of the demo key. Default: liaison in $XDG_DATA_HOME or ~/.local/share; for root /var/lib/liaison.
    #[arg(long, value_name = "FOLDER", env = "LIAISON_DATA_DIR")]
    data_dir: Option<PathBuf>,

    /// The data folder of whoever names none.
    #[arg(skip)]
    usual_data_dir: PathBuf,

    /// Keep the private PostgreSQL in a temporary folder that goes when the server stops.
    #[arg(long, env = "LIAISON_EPHEMERAL", default_value = "false", num_args = 0..=1, require_equals = true,
          default_missing_value = "true", action = clap::ArgAction::Set, value_name = "true|false", hide_possible_values = true)]
    pub ephemeral: bool,

    /// The folder with the programs of PostgreSQL (initdb, postgres, pg_ctl). Without it they are looked for.
    #[arg(long, value_name = "FOLDER", env = "LIAISON_POSTGRES_BIN_DIR")]
    pub postgres_bin_dir: Option<PathBuf>,

    /// Never fetch PostgreSQL's programs from the network.
    #[arg(long, env = "LIAISON_OFFLINE", default_value = "false", num_args = 0..=1, require_equals = true,
          default_missing_value = "true", action = clap::ArgAction::Set, value_name = "true|false", hide_possible_values = true)]
    pub offline: bool,
}

impl DatabaseSettings {
    /// The data folder.
    pub fn data_dir(&self) -> &Path {
        self.data_dir.as_deref().unwrap_or(Path::new("liaison-data"))
    }

    /// The data folder where it is another than that of whoever names none: what another command has to be told.
    pub fn named_data_dir(&self) -> Option<&Path> {
        Some(self.data_dir()).filter(|folder| *folder != self.usual_data_dir)
    }

    /// Decides what depends on who runs the program.
    pub(super) fn settle(&mut self, environment: Environment<'_>) {
        self.usual_data_dir = usual_data_dir(environment);
        self.data_dir.get_or_insert_with(|| self.usual_data_dir.clone());
    }
}

fn usual_data_dir(environment: Environment<'_>) -> PathBuf {
    let folder = |name| environment(name).map(PathBuf::from).filter(|path| path.is_absolute());
    if let Some(data) = folder("XDG_DATA_HOME") {
        return data.join("liaison");
    }
    match folder("HOME") {
        // PostgreSQL refuses to run as root, and nobody else may enter root's home.
        Some(home) if home != Path::new("/root") && home != Path::new("/") => home.join(".local/share/liaison"),
        _ => PathBuf::from("/var/lib/liaison"),
    }
}
