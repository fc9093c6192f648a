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

/// Whether PostgreSQL asks its policies.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum RowSecurity {
    /// As the server always runs.
    On,
    /// The same server and requests on tables that ask no policy; the scope stands in the statements as ever.
    Off,
    /// One after the other, for the ratio.
    Both,
}

/// What the requests of the design cost: on a directory of some scale, over HTTP, beside a floor.
///
/// The floor is one statement a request, written by hand over the normalised tables, behind a bare handler in a process of its own, on the
/// same database. Before a request is measured both must give the same answers. They are then asked in turn, so that their ratio
/// means something whatever else the machine does; times by themselves do not.
///
/// The directory is made once for each scale and kept. Nothing else is changed: what writes does so in a copy.
#[derive(Debug, Parser)]
#[command(name = "bench-liaison")]
pub struct Options {
    /// How large the directory is.
    #[arg(long, default_value = "S", ignore_case = true)]
    pub scale: ScaleName,

    /// Ask the same of a directory of this scale too, for the ratio: `--scale L --beside S`. What writes is measured at the first alone.
    #[arg(long, ignore_case = true)]
    pub beside: Option<ScaleName>,

    /// Look only quickly: 1.5 seconds for each figure. Good with S, to see whether a change went the right way.
    #[arg(long)]
    pub quick: bool,

    /// How long each figure is measured, in seconds [default: 5; 1.5 with --quick].
    #[arg(long)]
    seconds: Option<f64>,

    /// Only these, with commas between: Q1,Q2. The letter l means of large organizations, t asked by tenants, n with the number of all;
    /// `export` is a file of everybody.
    #[arg(long, value_delimiter = ',')]
    pub only: Vec<String>,

    /// How many clients ask at a time, with commas between.
    #[arg(long, value_delimiter = ',', default_value = "1,8,32")]
    pub connections: Vec<usize>,

    /// Whether PostgreSQL asks its policies.
    #[arg(long, default_value = "on")]
    pub row_security: RowSecurity,

    /// Leave the floor out.
    #[arg(long)]
    pub no_floor: bool,

    /// Ask peers too, in turn with the server: PostGraphile 5 and Mercurius, which npm installs under target/bench-peers. They answer
    /// Q1, Q1l, Q2, Q2l, Q4, Q5, Q7 and Q8, and must give the same answers first.
    #[arg(long)]
    pub peers: bool,

    /// Make people without comparing them with others afterwards, which Q8 pays for otherwise: CPU counts until nobody waits for it.
    #[arg(long)]
    pub no_duplicates: bool,

    /// Where the generated data is kept between runs.
    #[arg(long, default_value = concat!(env!("CARGO_MANIFEST_DIR"), "/../target/bench-data"))]
    pub data: PathBuf,

    /// Make the data anew even if it is there.
    #[arg(long)]
    pub fresh: bool,

    /// Prove the generated projections against the log, and afterwards what was written. What writes then has no floor and
    /// no peers, which write no log.
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

impl Options {
    /// How long each figure is measured.
    pub fn seconds(&self) -> f64 {
        self.seconds.unwrap_or(if self.quick { 1.5 } else { 5.0 })
    }
}
