//! What one may say on the command line. It holds no figure of the data; those are `world`'s.

use std::path::PathBuf;

use clap::{Parser, ValueEnum};

/// How large the directory is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
#[value(rename_all = "upper")]
pub enum ScaleName {
    /// 1,000 organizations, 20,000 contacts.
    S,
    /// 10,000 organizations, 200,000 contacts.
    M,
    /// 50,000 organizations, 1,000,000 contacts.
    L,
}

/// The benchmark of the directory.
#[derive(Debug, Parser)]
#[command(name = "bench-liaison")]
pub struct Options {
    /// How large the directory is.
    #[arg(long, default_value = "S", ignore_case = true)]
    pub scale: ScaleName,

    /// How long each request is measured at each number of connections, in seconds.
    #[arg(long, default_value = "5")]
    pub seconds: f64,

    /// Only these requests, with commas between: Q1,Q2.
    #[arg(long, value_delimiter = ',')]
    pub only: Vec<String>,

    /// How many clients ask at a time, with commas between.
    #[arg(long, value_delimiter = ',', default_value = "1,8,32")]
    pub connections: Vec<usize>,

    /// Where the generated data is kept between runs.
    #[arg(long, default_value = concat!(env!("CARGO_MANIFEST_DIR"), "/../target/bench-data"))]
    pub data: PathBuf,

    /// Make the data anew even if it is there.
    #[arg(long)]
    pub fresh: bool,

    /// Prove the generated projections against the log.
    #[arg(long)]
    pub verify: bool,

    /// Print how PostgreSQL answers the lists of a small and of a large organization, and measure nothing. Fails when a plan walks
    /// an index or a table of everybody's for one organization.
    #[arg(long)]
    pub plans: bool,

    /// What cargo passes to every benchmark.
    #[arg(long, hide = true)]
    pub bench: bool,
}
