//! `mafia`: a serverless workshop around the party game Mafia.
//!
//! Data flows one way: arguments become a [`context::Context`]; a command runs an operation that
//! emits events and returns one outcome; [`render`] turns both into words; the exit code tells the
//! rest.
//!
//! | module | is |
//! |---|---|
//! | [`cli`], [`commands`] | what can be typed, one file per command |
//! | [`options`] | the global options, below everything that reads them |
//! | [`deploy`], [`functions`], [`game`], [`preflight`] | operations: they know the target and the bundles, not the terminal |
//! | [`bundle`] | functions built and zipped; knows no AWS |
//! | [`cloud`] | AWS's protocols, the only place that names its SDK |
//! | [`target`] | which target a command works on, from the options and the environment |
//! | [`sandbox`] | the embedded sandbox: its folder, its start, its status |
//! | [`workspace`] | the folder that a command is run in |
//! | [`render`] | tables, progress, JSON, the only place that prints |
//! | [`names`] | the naming rules of stacks, functions and log groups; pure |
//! | [`error`], [`wording`] | the one error that a person sees; wording that several modules share |

pub mod bundle;
pub mod cli;
pub mod cloud;
pub mod commands;
pub mod context;
pub mod deploy;
pub mod error;
pub mod functions;
pub mod game;
pub mod names;
pub mod options;
pub mod preflight;
pub mod render;
pub mod sandbox;
pub mod target;
pub mod wording;
pub mod workspace;

use std::ffi::OsString;
use std::process::ExitCode;
use std::time::Duration;

use cli::{Cli, Unparsed};
use context::Context;
use error::{Error, Kind};
use render::Printer;

/// Linux throws away what is written to a terminal while that delivers Ctrl-C, which takes it some
/// microseconds: what is said about the interruption would now and then be lost.
const TERMINAL_SETTLES: Duration = Duration::from_millis(20);

/// Runs the command that `arguments` are (the program's name first), and tells how it ended.
pub fn run(arguments: impl IntoIterator<Item = OsString>) -> ExitCode {
    let unparsed = match Cli::read(arguments) {
        Ok(cli) => {
            let context = Context::new(cli.options);
            let ended = run_command(cli.command, &context);
            return exit_code(ended, &context.printer);
        }
        Err(unparsed) => *unparsed,
    };
    match unparsed {
        Unparsed::Asked(text, options) => {
            let printer = Printer::new(&options);
            exit_code(printer.text(&text), &printer)
        }
        Unparsed::Nothing(help, options) => {
            let printer = Printer::new(&options);
            printer.note(&help);
            let error = Error::usage("no command given").hint("run `mafia demo` for a first look");
            exit_code(Err(error), &printer)
        }
        Unparsed::Wrong(error, options) => exit_code(Err(error), &Printer::new(&options)),
    }
}

fn run_command(command: cli::Command, context: &Context) -> Result<(), Error> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .map_err(|error| Error::failed(format!("cannot start a runtime: {error}")))?;
    let minds_signals = command.minds_signals();
    let ended = runtime.block_on(async {
        tokio::select! {
            // First the signal: what it ended at the same time, such as a build, is no failure.
            biased;
            _ = tokio::signal::ctrl_c(), if !minds_signals => Err(Error::interrupted()),
            ended = command.run(context) => ended,
        }
    });
    // Does not wait for what still computes, such as a bundle being zipped.
    runtime.shutdown_background();
    match ended {
        Err(error) if error.kind == Kind::Interrupted => {
            std::thread::sleep(TERMINAL_SETTLES);
            Err(context.printer.interruption())
        }
        ended => ended,
    }
}

fn exit_code(ended: Result<(), Error>, printer: &Printer) -> ExitCode {
    match ended {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            printer.error(&error);
            ExitCode::from(error.kind.exit_code())
        }
    }
}
