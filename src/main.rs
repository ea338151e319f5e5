//! The `mafia` program: arguments in, exit code out.

use std::process::ExitCode;

fn main() -> ExitCode {
    mafia::run(std::env::args_os())
}
