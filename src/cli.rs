//! The command line: global options and the tree of commands.

use std::ffi::{OsStr, OsString};
use std::path::PathBuf;

use clap::builder::{FalseyValueParser, Resettable};
use clap::error::ErrorKind;
use clap::{Args, CommandFactory, FromArgMatches, Parser, Subcommand, ValueEnum};

use crate::commands::{clean, completions, demo, deploy, doctor, invoke, logs, play, sandbox};
use crate::context::Context;
use crate::error::Error;

/// The columns that help is written for, where no terminal says how many there are.
const COLUMNS: usize = 80;

/// A serverless workshop in your terminal: build the Rust functions of the party game Mafia, deploy
/// them with CloudFormation, patch them in a moment, and play.
#[derive(Debug, Parser)]
#[command(
    name = "mafia",
    version,
    disable_help_subcommand = true,
    max_term_width = COLUMNS,
    subcommand_value_name = "COMMAND"
)]
#[command(after_help = "\
Start with `mafia demo`; then come `mafia deploy` and `mafia play`.\n\n\
Global options go before or after the command. Each has an environment variable: MAFIA_STACK for \
--stack, MAFIA_ENDPOINT_URL for --endpoint-url, and so on.\n\n\
Exit codes:
  0    done
  1    the work failed: a build, a stack, a function
  2    wrong usage or configuration
  3    blocked: no credentials, target unreachable, quota
  130  interrupted with Ctrl-C")]
pub struct Cli {
    #[command(flatten)]
    pub options: Options,
    #[command(subcommand)]
    pub command: Command,
}

/// What every command takes, before or after its name.
#[derive(Args, Clone, Debug, Default)]
#[command(next_help_heading = "Global options")]
pub struct Options {
    /// Where to work: sandbox or aws [default: sandbox]
    #[arg(
        long,
        global = true,
        value_enum,
        env = "MAFIA_TARGET",
        hide_env = true,
        hide_possible_values = true
    )]
    pub target: Option<TargetName>,
    /// Work on another server that speaks AWS's protocols
    #[arg(
        long,
        global = true,
        value_name = "URL",
        env = "MAFIA_ENDPOINT_URL",
        hide_env = true
    )]
    pub endpoint_url: Option<String>,
    /// The sandbox's folder [default: .mafia/sandbox]
    #[arg(
        long,
        global = true,
        value_name = "DIR",
        env = "MAFIA_STATE_DIR",
        hide_env = true
    )]
    pub state_dir: Option<PathBuf>,
    /// Profile in AWS's config files
    #[arg(
        long,
        global = true,
        value_name = "NAME",
        env = "MAFIA_PROFILE",
        hide_env = true
    )]
    pub profile: Option<String>,
    /// AWS region, such as eu-west-1
    #[arg(
        long,
        global = true,
        value_name = "NAME",
        env = "MAFIA_REGION",
        hide_env = true
    )]
    pub region: Option<String>,
    /// Your stack [default: mafia-<your user name>]
    #[arg(
        long,
        global = true,
        value_name = "NAME",
        env = "MAFIA_STACK",
        hide_env = true
    )]
    pub stack: Option<String>,
    /// Stack that a class shares [default: mafia-workshop]
    #[arg(
        long,
        global = true,
        value_name = "NAME",
        env = "MAFIA_WORKSHOP",
        hide_env = true,
        default_value = "mafia-workshop",
        hide_default_value = true
    )]
    pub workshop: String,
    /// Print the result, or the error, as one JSON document
    #[arg(long, global = true, env = "MAFIA_JSON", hide_env = true, value_parser = FalseyValueParser::new())]
    pub json: bool,
    /// Print nothing but results and errors
    #[arg(short, long, global = true, env = "MAFIA_QUIET", hide_env = true, value_parser = FalseyValueParser::new())]
    pub quiet: bool,
    /// Print more, such as what Lambda reports of each call
    #[arg(short, long, global = true, env = "MAFIA_VERBOSE", hide_env = true, value_parser = FalseyValueParser::new())]
    pub verbose: bool,
    /// Colours: auto, always or never [default: auto]
    #[arg(
        long,
        global = true,
        value_enum,
        value_name = "WHEN",
        env = "MAFIA_COLOR",
        hide_env = true,
        hide_possible_values = true,
        default_value_t,
        hide_default_value = true
    )]
    pub color: Color,
    /// Answer yes to every question
    #[arg(short, long, global = true, env = "MAFIA_YES", hide_env = true, value_parser = FalseyValueParser::new())]
    pub yes: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum TargetName {
    /// The embedded AWS on this machine
    Sandbox,
    /// AWS, as its environment and config files say
    Aws,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum Color {
    #[default]
    Auto,
    Always,
    Never,
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
    /// Whether it ends by itself when it is interrupted.
    pub fn minds_signals(&self) -> bool {
        matches!(self, Self::Sandbox(command) if command.serves())
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
            Self::Completions(command) => command.run(context),
        }
    }
}

/// Arguments that are no command to run, with the options that could be read all the same.
#[derive(Debug)]
pub enum Unparsed {
    /// Help or the version was asked for; this is it.
    Asked(String, Options),
    /// Not even a command is there; this is what helps.
    Nothing(String, Options),
    Wrong(Error, Options),
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
                    Unparsed::Asked(error.render().ansi().to_string(), options)
                }
                ErrorKind::MissingSubcommand
                | ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand => {
                    let help = Self::command().render_help();
                    Unparsed::Nothing(help.ansi().to_string(), options)
                }
                _ => Unparsed::Wrong(wrong_usage(&error), options),
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

/// What of the options a command line that is wrong elsewhere still says about how to tell so.
fn readable_options(arguments: &[OsString]) -> Options {
    // Without the arguments, the variables in the environment remain.
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

/// Clap's account in the form of all our errors: its first paragraph says what is wrong.
fn wrong_usage(error: &clap::Error) -> Error {
    let text = error.render().to_string();
    let mut paragraphs = text.split("\n\n");
    let first = paragraphs.next().unwrap_or_default();
    let first = first.trim_start_matches("error: ");
    let told = match first.split_once("': expected ") {
        Some((what, expected)) => {
            Error::usage(format!("{what}'")).hint(format!("expected {expected}"))
        }
        None => Error::usage(first),
    };
    let tips = paragraphs.filter_map(|text| text.trim().strip_prefix("tip: "));
    told.hints(tips.map(str::to_owned))
        .hint("--help after a command shows what it takes")
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
    fn wrong_usage_says_what_and_what_was_probably_meant() {
        let Unparsed::Wrong(error, _) = read("mafia invok") else {
            panic!("it is wrong");
        };
        assert_eq!(error.message, "unrecognized subcommand 'invok'");
        assert_eq!(error.hints[0], "a similar subcommand exists: 'invoke'");

        let Unparsed::Wrong(error, _) = read("mafia logs --since 5") else {
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
            let (Unparsed::Wrong(_, options)
            | Unparsed::Asked(_, options)
            | Unparsed::Nothing(_, options)) = read(line);
            assert!(options.json, "{line}");
            assert_eq!(options.color, Color::Never, "{line}");
        }
    }
}
