//! The command line: the tree of commands, and errors in the arguments.

use std::ffi::{OsStr, OsString};

use clap::builder::Resettable;
use clap::error::{ContextKind, ContextValue, ErrorKind};
use clap::{CommandFactory, FromArgMatches, Parser, Subcommand, ValueEnum};

use crate::commands::{clean, completions, demo, deploy, doctor, invoke, logs, play, sandbox};
use crate::context::Context;
use crate::error::Error;
use crate::options::{Color, Options, variable_of};

/// The widest that help becomes, in columns.
const MAX_HELP_WIDTH: usize = 80;

/// A serverless workshop in your terminal: build the Rust functions of the party game Mafia, deploy
/// them with CloudFormation, update them quickly, and play.
#[derive(Debug, Parser)]
#[command(
    name = "mafia",
    version,
    disable_help_subcommand = true,
    max_term_width = MAX_HELP_WIDTH,
    subcommand_value_name = "COMMAND"
)]
#[command(after_help = "\
Start with `mafia demo`. Then use `mafia deploy` and `mafia play`.\n\n\
You can write global options before or after the command. Each has an environment variable: \
MAFIA_STACK for --stack, MAFIA_ENDPOINT_URL for --endpoint-url, and so on.\n\n\
Exit codes:
  0    success
  1    the work failed: a build, a stack, a function
  2    wrong usage or configuration
  3    blocked: no credentials, target unreachable, quota exceeded
  130  interrupted with Ctrl-C")]
pub struct Cli {
    #[command(flatten)]
    pub options: Options,
    #[command(subcommand)]
    pub command: Command,
}

#[derive(Debug, Subcommand)]
pub enum Command {
    Demo(demo::Demo),
    Doctor(doctor::Doctor),
    Deploy(deploy::Deploy),
    Play(play::Play),
    Invoke(invoke::Invoke),
    Logs(logs::Logs),
    Clean(clean::Clean),
    Sandbox(sandbox::Sandbox),
    Completions(completions::Completions),
}

impl Command {
    /// Whether the command handles Ctrl-C itself.
    pub fn handles_signals(&self) -> bool {
        matches!(self, Self::Sandbox(command) if command.is_server())
    }

    pub async fn run(self, context: &Context) -> Result<(), Error> {
        match self {
            Self::Demo(command) => command.run(context).await,
            Self::Doctor(command) => command.run(context).await,
            Self::Deploy(command) => command.run(context).await,
            Self::Play(command) => command.run(context).await,
            Self::Invoke(command) => command.run(context).await,
            Self::Logs(command) => command.run(context).await,
            Self::Clean(command) => command.run(context).await,
            Self::Sandbox(command) => command.run(context).await,
            Self::Completions(command) => command.run(context, Cli::command()),
        }
    }
}

/// Arguments without a command to run, and the options that could be read in them.
#[derive(Debug)]
pub enum Unparsed {
    /// The text of the help or the version that was asked for.
    Help(String, Options),
    /// There is no command; the text of the help.
    NoCommand(String, Options),
    Invalid(Error, Options),
}

impl Cli {
    /// Reads the command line; the program's name comes first.
    pub fn read(arguments: impl IntoIterator<Item = OsString>) -> Result<Self, Box<Unparsed>> {
        let arguments: Vec<OsString> = arguments.into_iter().collect();
        let matches = command().try_get_matches_from(&arguments);
        let read = matches.and_then(|matches| Self::from_arg_matches(&matches));
        read.map_err(|error| {
            let options = readable_options(&arguments);
            Box::new(match error.kind() {
                ErrorKind::DisplayHelp | ErrorKind::DisplayVersion => {
                    Unparsed::Help(error.render().ansi().to_string(), options)
                }
                ErrorKind::MissingSubcommand
                | ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand => {
                    let help = Self::command().render_help();
                    Unparsed::NoCommand(help.ansi().to_string(), options)
                }
                _ => Unparsed::Invalid(invalid_usage(&error), options),
            })
        })
    }
}

/// The tree of commands. A variable that is empty counts as one that is not set.
fn command() -> clap::Command {
    let is_empty = |name: &OsStr| std::env::var_os(name).is_some_and(|value| value.is_empty());
    Cli::command().mut_args(|argument| match argument.get_env() {
        Some(name) if is_empty(name) => argument.env(Resettable::Reset),
        _ => argument,
    })
}

/// The options about output in a command line that has errors elsewhere.
fn readable_options(arguments: &[OsString]) -> Options {
    // Reads only the environment.
    let matches = command()
        .ignore_errors(true)
        .try_get_matches_from(&arguments[..1.min(arguments.len())]);
    let mut options = matches
        .and_then(|matches| Options::from_arg_matches(&matches))
        .unwrap_or_default();
    let mut words = arguments.iter().filter_map(|argument| argument.to_str());
    while let Some(word) = words.next() {
        match word.split_once('=').unwrap_or((word, "")) {
            ("--json", _) => options.json = true,
            ("--color", value) => {
                let value = Some(value).filter(|value| !value.is_empty());
                let color = value.or_else(|| words.next()).unwrap_or_default();
                options.color = Color::from_str(color, true).unwrap_or(options.color);
            }
            _ => {}
        }
    }
    options
}

/// Clap's message as an error of ours: its first paragraph says what is wrong.
fn invalid_usage(error: &clap::Error) -> Error {
    let text = error.render().to_string();
    let mut paragraphs = text.split("\n\n");
    let first = paragraphs.next().unwrap_or_default();
    let first = first.trim_start_matches("error: ");
    let error = match first.split_once("': expected ") {
        Some((what, expected)) => {
            let what = by_variable(error, &format!("{what}'"));
            Error::usage(what).hint(format!("expected {expected}"))
        }
        None => Error::usage(by_variable(error, first)),
    };
    let tips = paragraphs.filter_map(|text| text.trim().strip_prefix("tip: "));
    error
        .hints(tips.map(str::to_owned))
        .hint("run the command with --help to see its options")
}

/// The message, with the variable in it if that set the value that is wrong, and not the option.
fn by_variable(error: &clap::Error, message: &str) -> String {
    let context = |kind| match error.get(kind) {
        Some(ContextValue::String(text)) => text.as_str(),
        _ => "",
    };
    let [option, value] = [ContextKind::InvalidArg, ContextKind::InvalidValue].map(context);
    let variable = variable_of(option.split(' ').next().unwrap_or_default());
    if std::env::var(&variable).is_ok_and(|set| set == value) {
        message.replace(&format!("'{option}'"), &variable)
    } else {
        message.to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(line: &str) -> Unparsed {
        let arguments = line.split(' ').map(OsString::from);
        *Cli::read(arguments).expect_err("it is no command to run")
    }

    #[test]
    fn the_tree_of_commands_is_sound() {
        Cli::command().debug_assert();
    }

    #[test]
    fn invalid_usage_says_what_is_wrong_and_what_was_probably_meant() {
        let Unparsed::Invalid(error, _) = read("mafia invok") else {
            panic!("it is wrong");
        };
        assert_eq!(error.message, "unrecognized subcommand 'invok'");
        assert_eq!(error.hints[0], "a similar subcommand exists: 'invoke'");

        let Unparsed::Invalid(error, _) = read("mafia logs --since 5") else {
            panic!("it is wrong");
        };
        assert_eq!(error.message, "invalid value '5' for '--since <TIME>'");
        assert!(error.hints[0].starts_with("expected a number"), "{error:?}");
    }

    #[test]
    fn options_count_even_where_the_rest_is_wrong() {
        for line in [
            "mafia --json --color never depoy",
            "mafia play night --wrong --json --color never",
            "mafia deploy -p Players --color never --json",
            "mafia --help --json --color=never",
            "mafia --json --color never",
        ] {
            let (Unparsed::Invalid(_, options)
            | Unparsed::Help(_, options)
            | Unparsed::NoCommand(_, options)) = read(line);
            assert!(options.json, "{line}");
            assert_eq!(options.color, Color::Never, "{line}");
        }
    }
}
