//! `mafia`: a serverless workshop around the party game Mafia.
//!
//! Data flows one way: arguments become a [`context::Context`]; a command runs an operation that
//! emits events and returns one outcome; [`render`] prints both; the exit code says how it ended.
//!
//! | module | is |
//! |---|---|
//! | [`cli`], [`commands`] | what can be typed, one file per command |
//! | [`options`] | the global options, below everything that reads them |
//! | [`invocation`] | how the program was started, and so how commands have to be typed |
//! | [`deploy`], [`functions`], [`api`], [`game`], [`preflight`] | operations on the target; no terminal |
//! | [`watch`] | which files were saved |
//! | [`status`] | how the stack, its functions and the game stand |
//! | [`class`] | operations on the stacks of many students; no terminal |
//! | [`lab`] | the labs of the workshop: their list, lessons, progress, checks; no terminal |
//! | [`page`] | pages in a browser on this machine: a server for who has its link |
//! | [`board`], [`game_page`] | the page that shows a class, and the one that plays the game; no terminal, no AWS |
//! | [`bundle`] | functions built and zipped; knows no AWS |
//! | [`cloud`] | AWS through its SDK, which no other module uses |
//! | [`target`] | which target a command works on, from the options and the environment |
//! | [`sandbox`] | the embedded sandbox: its folder, its start, its status |
//! | [`workspace`] | the folder that a command is run in |
//! | [`render`] | tables, progress, JSON, the only place that prints |
//! | [`clock`] | the time that waiting follows, also a simulated one |
//! | [`source`] | files that people write: their values, and what is wrong where; pure |
//! | [`names`] | the naming rules of stacks, functions and log groups; pure |
//! | [`error`], [`wording`] | the one error that a person sees; wording that several modules share |

pub mod api;
pub mod board;
pub mod bundle;
pub mod class;
pub mod cli;
pub mod clock;
pub mod cloud;
pub mod commands;
pub mod context;
pub mod deploy;
pub mod error;
pub mod functions;
pub mod game;
pub mod game_page;
pub mod invocation;
pub mod lab;
pub mod names;
pub mod options;
pub mod page;
pub mod preflight;
pub mod render;
pub mod sandbox;
pub mod source;
pub mod status;
pub mod target;
pub mod watch;
pub mod wording;
pub mod workspace;

use std::ffi::OsString;
use std::process::ExitCode;
use std::time::Duration;

use cli::{Cli, Unparsed};
use context::Context;
use error::{Error, Kind};
use options::Options;
use render::Printer;

/// Linux discards what is written to a terminal while it delivers Ctrl-C, which takes some
/// microseconds. Without a pause the message about the interruption would sometimes be lost.
const CTRL_C_DELIVERY: Duration = Duration::from_millis(20);

/// Runs the command in `arguments`, which start with the program's name.
pub fn run(arguments: impl IntoIterator<Item = OsString>) -> ExitCode {
    let arguments: Vec<OsString> = arguments.into_iter().collect();
    if let Some(code) = bundle::run_as_compiler(&arguments) {
        return code;
    }
    let read = match cli::complete(arguments.clone()) {
        Ok(true) => return ExitCode::SUCCESS,
        Ok(false) => Cli::read(arguments, render::help_width()),
        Err(failed) => Err(failed),
    };
    let unparsed = match read {
        Ok(cli) => {
            let (context, settled) = settled(cli.options, &cli.command);
            let result = settled.and_then(|()| run_command(cli.command, &context));
            return exit_code(result, &context.printer);
        }
        Err(unparsed) => *unparsed,
    };
    match unparsed {
        Unparsed::Help(text, options) => {
            let printer = Printer::new(&options);
            exit_code(printer.print_raw(&text), &printer)
        }
        Unparsed::NoCommand(help, options) => {
            let printer = Printer::new(&options);
            let error =
                Error::usage("no command given").hint("run `mafia help` to see the commands");
            if options.json {
                return exit_code(Err(error), &printer);
            }
            printer.note_colored(help.trim_end(), true);
            ExitCode::from(error.kind.exit_code())
        }
        Unparsed::Invalid(error, options) => exit_code(Err(error), &Printer::new(&options)),
    }
}

/// What the command works with, and the error if the workshop folder's settings cannot be read.
fn settled(options: Options, command: &cli::Command) -> (Context, Result<(), Error>) {
    if !command.uses_settings() {
        return (Context::new(options), Ok(()));
    }
    // A folder that cannot be read is told by what needs it.
    let folder = workspace::current_folder().ok();
    match folder.map_or(Ok(None), |folder| workspace::settings(&folder)) {
        Ok(Some((file, settings))) => (Context::new(options.with_settings(file, settings)), Ok(())),
        Ok(None) => (Context::new(options), Ok(())),
        Err(error) => (Context::new(options), Err(error)),
    }
}

fn run_command(command: cli::Command, context: &Context) -> Result<(), Error> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .map_err(|error| Error::failed(format!("cannot start a runtime: {error}")))?;
    let handles_signals = command.handles_signals();
    let result = runtime.block_on(async {
        tokio::select! {
            // The signal first: Ctrl-C also ends child processes, which must not count as failed.
            biased;
            _ = tokio::signal::ctrl_c(), if !handles_signals => Err(Error::interrupted()),
            result = command.run(context) => match result {
                Err(error) => Err(context.with_hints_for_stack(error).await),
                Ok(()) => Ok(()),
            },
        }
    });
    // Does not wait for threads that still compute, such as one that zips a bundle.
    runtime.shutdown_background();
    match result {
        Err(error) if error.kind == Kind::Interrupted => {
            std::thread::sleep(CTRL_C_DELIVERY);
            Err(context.printer.interrupted())
        }
        result => result,
    }
}

fn exit_code(result: Result<(), Error>, printer: &Printer) -> ExitCode {
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            printer.error(&error);
            ExitCode::from(error.kind.exit_code())
        }
    }
}
