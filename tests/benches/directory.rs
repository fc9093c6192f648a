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

use directory::ground::Ground;
use directory::options::Options;
use directory::{load, plans, requests, server, table};

mod directory {
    pub mod append;
    pub mod copy;
    pub mod cost;
    pub mod events;
    pub mod ground;
    pub mod load;
    pub mod options;
    pub mod plans;
    pub mod requests;
    pub mod server;
    pub mod table;
    pub mod world;
}

/// What any part of the benchmark may end with.
pub type Outcome<T> = Result<T, Box<dyn Error + Send + Sync>>;

fn main() -> ExitCode {
    let mut arguments: Vec<OsString> = std::env::args_os().collect();
    // The server under test is this program in a process of its own: the same library that the binary `liaison` hands over to.
    if arguments.get(1).is_some_and(|first| first == server::AS_SERVER) {
        arguments.remove(1);
        return serve(arguments);
    }
    let options = Options::parse();
    // One thread: what asks must not take more of the machine than it needs.
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    match runtime.block_on(run(&options)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("benchmark: {error}");
            ExitCode::FAILURE
        }
    }
}

fn serve(arguments: Vec<OsString>) -> ExitCode {
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    match CommandLine::read(arguments, &|_| None) {
        Ok(line) => runtime.block_on(command::run(line)),
        Err(error) => error.exit(),
    }
}

async fn run(options: &Options) -> Outcome<()> {
    let ground = Ground::prepare(options).await?;
    if options.plans {
        return plans::print(&ground).await;
    }
    let (reading, writing) = requests::wanted(options)?;
    let mut rows = Vec::new();
    if !reading.is_empty() {
        let server = server::Server::start(&ground, &[])?;
        let measured = measure(&server, &reading, &ground, options).await;
        server.stop()?;
        rows.extend(measured?);
    }
    if !writing.is_empty() {
        rows.extend(measure_writing(&writing, &ground, options).await?);
    }
    println!("{}", table::text(&ground, options, &rows));
    Ok(())
}

/// What writes does so in a copy of the database, which goes afterwards: the next run reads what this one read.
async fn measure_writing(names: &[&'static str], ground: &Ground, options: &Options) -> Outcome<Vec<table::Row>> {
    let copy = ground.copy().await?;
    let server = server::Server::start(ground, &copy.arguments());
    let measured = match server {
        Ok(server) => {
            let measured = measure(&server, names, ground, options).await;
            server.stop().and(measured)
        }
        Err(error) => Err(error),
    };
    let proved = if options.verify { copy.verify().await } else { Ok(()) };
    copy.remove().await?;
    proved?;
    measured
}

async fn measure(
    server: &server::Server,
    names: &[&'static str],
    ground: &Ground,
    options: &Options,
) -> Outcome<Vec<table::Row>> {
    server.wait_until_ready().await?;
    let mut rows = Vec::new();
    for request in requests::named(names, server, &ground.world).await? {
        let effort = requests::effort(server, &request).await?;
        for connections in &options.connections {
            let cost = load::run(server, &request, *connections, options.seconds).await?;
            eprintln!("{} with {connections} clients: {:.0} requests/s", request.name, cost.throughput());
            rows.push(table::Row { name: request.name, connections: *connections, effort, cost });
        }
    }
    Ok(rows)
}
