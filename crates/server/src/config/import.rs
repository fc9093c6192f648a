//! Settings of files that come in, and what `liaison import` is told. They may not say who may bring what.

use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, ValueEnum, value_parser};
use liaison_domain::import::{Meant, OnMatch, OnNew};

use super::OrganizationName;

/// How much may come in as a file.
#[derive(Clone, Debug, PartialEq, Eq, Args)]
#[command(next_help_heading = "Imports")]
pub struct ImportSettings {
    /// How many bytes a file may have that comes in over HTTP; on the command line there is no such limit.
    #[arg(long, value_name = "BYTES", env = "LIAISON_MAX_IMPORT_BYTES", default_value = "67108864", value_parser = value_parser!(u64).range(1..))]
    pub max_import_bytes: u64,

    /// How many files may come in over HTTP at a time.
    #[arg(long, value_name = "NUMBER", env = "LIAISON_MAX_UPLOADS", default_value = "4", value_parser = value_parser!(u32).range(1..))]
    pub max_uploads: u32,

    /// How long a file that comes in may pause, in milliseconds, until it is given up.
    #[arg(long, value_name = "MS", env = "LIAISON_UPLOAD_PAUSE_MS", default_value = "10000", value_parser = value_parser!(u64).range(1..))]
    pub upload_pause_ms: u64,
}

impl ImportSettings {
    /// The same for the entrances.
    pub fn limits(&self) -> crate::import::ImportLimits {
        crate::import::ImportLimits {
            most_bytes: self.max_import_bytes,
            most_uploads: self.max_uploads as usize,
            pause: Duration::from_millis(self.upload_pause_ms),
        }
    }
}

/// What is done with whom we know.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum MatchChoice {
    /// What the row says becomes so.
    #[default]
    Update,
    /// Nothing.
    Skip,
    /// Somebody new is made; only an id means whoever has it. Who is there twice is found by `liaison duplicates`.
    Create,
}

impl From<MatchChoice> for OnMatch {
    fn from(choice: MatchChoice) -> Self {
        match choice {
            MatchChoice::Update => Self::Update,
            MatchChoice::Skip => Self::Skip,
            MatchChoice::Create => Self::Create,
        }
    }
}

/// What is done with whom we do not know.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum NewChoice {
    /// They come into the directory.
    #[default]
    Create,
    /// Nothing.
    Skip,
}

impl From<NewChoice> for OnNew {
    fn from(choice: NewChoice) -> Self {
        match choice {
            NewChoice::Create => Self::Create,
            NewChoice::Skip => Self::Skip,
        }
    }
}

/// What shall come in.
#[derive(Clone, Debug, PartialEq, Eq, Args)]
pub struct ImportCommand {
    /// The CSV file; - reads standard input.
    #[arg(value_name = "FILE|-")]
    pub file: PathBuf,

    /// Act as an administrator of this organization, by its subdomain or its id; without it as the platform's.
    #[arg(long, value_name = "SUBDOMAIN|UUID")]
    pub organization: Option<OrganizationName>,

    /// Which column of the file is which of ours, where the names differ: last_name=Surname. May be given several times.
    #[arg(long, value_name = "OURS=THEIRS")]
    pub mapping: Vec<String>,

    /// Shows what would be, and does nothing.
    #[arg(long)]
    pub dry_run: bool,

    /// What is done with rows whose email or phone somebody has who is there.
    #[arg(long, value_enum, default_value_t = MatchChoice::Update)]
    pub on_match: MatchChoice,

    /// What is done with rows that mean nobody who is there.
    #[arg(long, value_enum, default_value_t = NewChoice::Create)]
    pub on_new: NewChoice,

    /// The system whose ids the column external_id holds.
    #[arg(long, value_name = "NAME")]
    pub source_system: Option<String>,

    /// A role at the organization for new people whose row names none: administrative, billing, technical, emergency or stakeholder.
    #[arg(long = "type", value_name = "ROLE", value_delimiter = ',')]
    pub types: Vec<String>,

    /// What stands between cells, if it is not to be found out: a comma, a semicolon, a bar, or tab.
    #[arg(long, value_name = "CHARACTER")]
    pub delimiter: Option<String>,

    /// A file to write the rows to that did not come in, with what would be right.
    #[arg(long, value_name = "FILE")]
    pub errors: Option<PathBuf>,
}

impl ImportCommand {
    /// Whether it is meant.
    pub fn meant(&self) -> Meant {
        if self.dry_run { Meant::DryRun } else { Meant::Really }
    }
}
