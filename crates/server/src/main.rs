//! The binary `liaison`: reads the command line and hands over. Everything it does is in the library beside it.

use std::process::ExitCode;

use liaison_server::command;
use liaison_server::config::CommandLine;

#[tokio::main]
async fn main() -> ExitCode {
    match CommandLine::of_process() {
        Ok(line) => command::run(line).await,
        Err(error) => error.exit(),
    }
}
