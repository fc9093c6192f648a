//! Whether a server finds duplicates, and what `liaison duplicates` is told. They may not say who is one.

use std::path::PathBuf;

use clap::{Args, Subcommand};
use liaison_domain::duplicate::LIKELY;

/// How duplicates are found.
#[derive(Clone, Debug, PartialEq, Eq, Args)]
#[command(next_help_heading = "Duplicates")]
pub struct DuplicateSettings {
    /// Whether this server compares people who change with those who are there. Of several servers on one database one does it at a time; with `false` it leaves that to others.
    #[arg(long, env = "LIAISON_FIND_DUPLICATES", default_value = "true", num_args = 0..=1, require_equals = true,
          default_missing_value = "true", action = clap::ArgAction::Set, value_name = "true|false", hide_possible_values = true)]
    pub find_duplicates: bool,
}

/// What is to be done about duplicates.
#[derive(Clone, Debug, PartialEq, Subcommand)]
pub enum DuplicatesCommand {
    /// Compares everybody with everybody whom they meet, and tells how many duplicates there are. A server does that by itself for whoever changes, so it is needed once for a large directory of an older version, after a rebuild, and to count names.
    Scan(ScanCommand),
}

/// How everybody is to be compared.
#[derive(Clone, Debug, PartialEq, Args)]
pub struct ScanCommand {
    /// Count how common names are in this directory first, and go by that from now on: two with a rare name are sooner one person.
    #[arg(long)]
    pub recount: bool,

    /// Tell what came of it as JSON, and pairs as a line of JSON each.
    #[arg(long)]
    pub json: bool,

    /// A file to write the open pairs to, the likeliest first: CSV with scores, ids and external ids. With - they go to standard output, and what
    /// came of the scan to standard error.
    #[arg(long, value_name = "FILE|-")]
    pub pairs: Option<PathBuf>,

    /// The lowest score of the pairs that are written; 0 writes all that are kept.
    #[arg(long, value_name = "SCORE", default_value_t = LIKELY, value_parser = score, requires = "pairs")]
    pub min_score: f64,
}

fn score(text: &str) -> Result<f64, String> {
    let score = text.parse().ok().filter(|score| (0.0..=1.0).contains(score));
    score.ok_or_else(|| "must be between 0 and 1, such as 0.5".to_owned())
}
