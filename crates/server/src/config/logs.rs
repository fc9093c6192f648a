//! Settings of the log. They may not decide what is personal: that never is in the log.

use clap::{Args, ValueEnum};

/// How a log line looks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum LogFormat {
    /// For eyes.
    Human,
    /// One JSON object a line.
    Json,
}

/// What is written about requests.
#[derive(Clone, Debug, PartialEq, Eq, Args)]
#[command(next_help_heading = "Log")]
pub struct LogSettings {
    /// Which events are logged: a level (error, warn, info, debug, trace), or a filter by module such as info,liaison_server=debug.
    #[arg(long, value_name = "FILTER", env = "LIAISON_LOG", default_value = "info,sqlx=warn,sea_orm_migration=warn")]
    pub log: String,

    /// How a log line looks.
    #[arg(
        long,
        value_name = "human|json",
        env = "LIAISON_LOG_FORMAT",
        default_value = "human",
        hide_possible_values = true
    )]
    pub log_format: LogFormat,
}
