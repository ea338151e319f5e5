//! The `mafia` program: parse, run, exit code.

use std::process::ExitCode;

use clap::Parser;
use mafia::cli::Cli;

fn main() -> ExitCode {
    mafia::run(Cli::parse())
}
