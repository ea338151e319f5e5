//! `mafia`: a serverless workshop around the party game Mafia.
//!
//! Data flows one way: arguments become a [`context::Context`]; a command runs an operation that
//! emits events and returns one outcome; [`render`] turns both into words; the exit code tells the
//! rest.
//!
//! | module | is |
//! |---|---|
//! | [`cli`], [`commands`] | what can be typed, one file per command |
//! | [`deploy`], [`game`] | operations: they know the target and the bundles, not the terminal |
//! | [`bundle`] | functions built and zipped; knows no AWS |
//! | [`cloud`] | AWS's protocols, the only place that names its SDK |
//! | [`render`] | tables, progress, JSON, the only place that prints |

pub mod bundle;
pub mod cli;
pub mod cloud;
pub mod commands;
pub mod context;
pub mod deploy;
pub mod error;
pub mod game;
pub mod render;

use std::process::ExitCode;

use cli::Cli;
use context::Context;
use error::Error;

/// The code by which shells know a program that was interrupted: 128 + SIGINT.
const INTERRUPTED: u8 = 130;

/// Runs the command and tells how it ended.
pub fn run(cli: Cli) -> ExitCode {
    let context = Context::new(cli.options);
    let runtime = match tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
    {
        Ok(runtime) => runtime,
        Err(error) => {
            return ended(
                &context,
                Err(Error::failed(format!("cannot start a runtime: {error}"))),
            );
        }
    };
    let ran = runtime.block_on(async {
        tokio::select! {
            ran = cli.command.run(&context) => Some(ran),
            _ = tokio::signal::ctrl_c() => None,
        }
    });
    // Does not wait for what still computes, such as a bundle being zipped.
    runtime.shutdown_background();
    match ran {
        Some(ran) => ended(&context, ran),
        None => {
            context.printer.interrupted();
            ExitCode::from(INTERRUPTED)
        }
    }
}

fn ended(context: &Context, ran: Result<(), Error>) -> ExitCode {
    match ran {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            context.printer.error(&error);
            ExitCode::from(error.kind.exit_code())
        }
    }
}
