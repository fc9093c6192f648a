//! The binary `liaison`: reads the command line and hands over. Everything it does is in the library beside it.

use std::process::ExitCode;

use liaison_server::command;
use liaison_server::config::CommandLine;

fn main() -> ExitCode {
    match CommandLine::of_process() {
        Ok(line) => command::run_to_its_end(line),
        Err(error) => error.exit(),
    }
}
