//! Settings of lists that leave as files, and what `liaison export` is told. They may not say who may take what.

use std::path::PathBuf;
use std::time::Duration;

use chrono::NaiveDate;
use clap::{Args, ValueEnum, value_parser};
use uuid::Uuid;

use super::OrganizationName;

/// How many files may be on their way, and for how long.
#[derive(Clone, Debug, PartialEq, Eq, Args)]
#[command(next_help_heading = "Exports")]
pub struct ExportSettings {
    /// How many files may be on their way at a time; never more than half of the database's connections.
    #[arg(long, value_name = "NUMBER", env = "LIAISON_MAX_EXPORTS", default_value = "4", value_parser = value_parser!(u32).range(1..))]
    pub max_exports: u32,

    /// How many files of one organization may be on their way at a time.
    #[arg(long, value_name = "NUMBER", env = "LIAISON_MAX_EXPORTS_PER_ORGANIZATION", default_value = "2", value_parser = value_parser!(u32).range(1..))]
    pub max_exports_per_organization: u32,

    /// How long a file may take, in milliseconds, until its transfer is broken off.
    #[arg(long, value_name = "MS", env = "LIAISON_EXPORT_TIMEOUT_MS", default_value = "600000", value_parser = value_parser!(u64).range(1..))]
    pub export_timeout_ms: u64,

    /// How long a client may read nothing of a file, in milliseconds, until its transfer is broken off.
    #[arg(long, value_name = "MS", env = "LIAISON_EXPORT_PAUSE_MS", default_value = "20000", value_parser = value_parser!(u64).range(1..=25_000))]
    pub export_pause_ms: u64,
}

impl ExportSettings {
    /// The same for the entrances.
    pub fn limits(&self) -> crate::export::ExportLimits {
        crate::export::ExportLimits {
            most: self.max_exports as usize,
            most_of_one: self.max_exports_per_organization as usize,
            time: Duration::from_millis(self.export_timeout_ms),
            pause: Duration::from_millis(self.export_pause_ms),
        }
    }
}

/// A list that goes into a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum ExportedList {
    /// The directory.
    Contacts,
    /// Whom to call at night.
    Emergency,
    /// The clients that were sent to providers.
    Referrals,
}

/// What kind of file.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum ExportedFormat {
    /// For spreadsheets, and for liaison import.
    #[default]
    Csv,
    /// For paper: the emergency list.
    Pdf,
}

/// What shall be taken out.
#[derive(Clone, Debug, PartialEq, Eq, Args)]
pub struct ExportCommand {
    /// Which list.
    #[arg(value_enum)]
    pub list: ExportedList,

    /// Act as an administrator of this organization, by its subdomain or its id; without it as the platform's.
    #[arg(long, value_name = "SUBDOMAIN|UUID")]
    pub organization: Option<OrganizationName>,

    /// What kind of file; pdf is for the emergency list.
    #[arg(long, value_enum, default_value_t = ExportedFormat::Csv)]
    pub format: ExportedFormat,

    /// Only these contacts: a ContactFilter as in GraphQL, in JSON.
    #[arg(long, value_name = "JSON")]
    pub filter: Option<String>,

    /// Only contacts that this text finds.
    #[arg(long, value_name = "TEXT")]
    pub search: Option<String>,

    /// In which order: a ContactOrder as in GraphQL, in JSON.
    #[arg(long, value_name = "JSON")]
    pub order_by: Option<String>,

    /// Only referrals to this provider. May be given several times.
    #[arg(long = "provider", value_name = "UUID", value_delimiter = ',')]
    pub providers: Vec<Uuid>,

    /// Only referrals of this day and later ones.
    #[arg(long, value_name = "DAY")]
    pub from: Option<NaiveDate>,

    /// Only referrals of this day and earlier ones.
    #[arg(long, value_name = "DAY")]
    pub until: Option<NaiveDate>,

    /// The file to write, which appears when it is whole; without it the list goes to standard output.
    #[arg(long, short, value_name = "FILE")]
    pub output: Option<PathBuf>,
}
