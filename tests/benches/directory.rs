//! The benchmark (design, quality.md §Speed): a directory of a given scale, requests over HTTP to a server in a process of its own, and
//! a table of what they cost. It changes nothing outside its data folder.
//!
//! `cargo bench-liaison --scale M` makes the data once, keeps it, and prints the table; `--help` lists the options.
#![allow(clippy::print_stdout, reason = "the table is what it is for")]

use std::error::Error;
use std::ffi::OsString;
use std::process::ExitCode;

use clap::Parser;
use liaison_server::command;
use liaison_server::config::CommandLine;

use directory::beside::Beside;
use directory::contest::{Contest, Does};
use directory::database::Database;
use directory::floor;
use directory::ground::Ground;
use directory::options::Options;
use directory::requests::Wanted;
use directory::table::{self, Findings};
use directory::{peers, plans, server, targets};

mod directory {
    pub mod append;
    pub mod beside;
    pub mod contest;
    pub mod cost;
    pub mod database;
    pub mod events;
    pub mod export;
    pub mod floor;
    pub mod ground;
    pub mod load;
    pub mod options;
    pub mod peers;
    pub mod plans;
    pub mod requests;
    pub mod same;
    pub mod server;
    pub mod table;
    pub mod targets;
    pub mod texts;
    pub mod wall;
    pub mod world;
}

/// What any part of the benchmark may end with.
pub type Outcome<T> = Result<T, Box<dyn Error + Send + Sync>>;

fn main() -> ExitCode {
    let mut arguments: Vec<OsString> = std::env::args_os().collect();
    // The server under test is this program in a process of its own: the same library that the binary `liaison` hands over to. So is the
    // floor.
    match arguments.get(1) {
        Some(first) if first == server::AS_SERVER => {
            arguments.remove(1);
            return serve(arguments);
        }
        Some(first) if first == floor::AS_FLOOR => return serve_floor(&arguments),
        _ => {}
    }
    let options = Options::parse();
    // One thread: what asks must not take more of the machine than it needs.
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    said(runtime.block_on(run(&options)))
}

fn said(outcome: Outcome<()>) -> ExitCode {
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("benchmark: {error}");
            ExitCode::FAILURE
        }
    }
}

fn serve(arguments: Vec<OsString>) -> ExitCode {
    match CommandLine::read(arguments, &|_| None) {
        Ok(line) => command::run_to_its_end(line),
        Err(error) => error.exit(),
    }
}

fn serve_floor(arguments: &[OsString]) -> ExitCode {
    let [_, _, address, database] = arguments else { return said(Err("the floor needs two addresses".into())) };
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    said(runtime.block_on(floor::serve(&address.to_string_lossy(), &database.to_string_lossy())))
}

async fn run(options: &Options) -> Outcome<()> {
    let wanted = Wanted::of(options)?;
    if options.peers {
        peers::install::run()?;
    }
    let ground = Ground::prepare(options.scale, options, wanted.writes() && !options.plans).await?;
    if options.plans {
        return plans::print(&ground).await;
    }
    let mut findings = Findings::default();
    if !wanted.reading.is_empty() {
        let database = ground.open().await?;
        let measured = read(&wanted, &ground, &database, options, &mut findings).await;
        database.close().await?;
        measured?;
    }
    if wanted.writes() {
        // What writes does so in a copy, which goes afterwards: the next run reads what this one read.
        let copy = ground.copy().await?;
        let measured = write(&wanted, &ground, &copy, options, &mut findings).await;
        copy.close().await?;
        measured?;
    }
    println!("{}\n{}", table::text(&ground, options, &findings), targets::text(&findings));
    match findings.failures.as_slice() {
        [] => Ok(()),
        failures => Err(format!("not everything could be measured:\n{}", failures.join("\n")).into()),
    }
}

async fn read(
    wanted: &Wanted,
    ground: &Ground,
    database: &Database,
    options: &Options,
    findings: &mut Findings,
) -> Outcome<()> {
    let beside = match options.beside.filter(|scale| *scale != options.scale) {
        Some(scale) => Some(Beside::start(scale, &wanted.reading, options).await?),
        None => None,
    };
    findings.beside = beside.as_ref().map(|beside| beside.scale);
    let measured = async {
        let contest = Contest::start(ground, database, options, Does::Read).await?;
        findings.idle = Some(contest.idle()?);
        let measured = contest.measure(&wanted.reading, beside.as_ref(), findings).await;
        contest.stop()?;
        measured
    };
    let measured = measured.await;
    if let Some(beside) = beside {
        beside.stop().await?;
    }
    measured
}

async fn write(
    wanted: &Wanted,
    ground: &Ground,
    copy: &Database,
    options: &Options,
    findings: &mut Findings,
) -> Outcome<()> {
    if wanted.export {
        let contest = Contest::start(ground, copy, options, Does::Read).await?;
        let exported = contest.export().await;
        contest.stop()?;
        findings.export = Some(exported?);
    }
    if !wanted.writing.is_empty() {
        let contest = Contest::start(ground, copy, options, Does::Write).await?;
        let measured = contest.measure(&wanted.writing, None, findings).await;
        contest.stop()?;
        measured?;
    }
    if options.verify { copy.verify().await } else { Ok(()) }
}
