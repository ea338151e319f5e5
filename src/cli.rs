//! The command line: the tree of commands, and errors in the arguments.

mod guess;
mod help;
mod invalid;
mod variables;

use std::ffi::OsString;

use clap::error::ErrorKind;
use clap::{CommandFactory, FromArgMatches, Parser, Subcommand, ValueEnum};

use crate::commands::{
    add, api, class, clean, completions, demo, deploy, dev, doctor, init, invoke, lab, list, logs,
    man, play, sandbox, status, table, undo, watch,
};
use crate::context::Context;
use crate::error::Error;
use crate::invocation::Invocation;
use crate::options::{Color, Options};
use help::Detail;

/// The widest that help becomes, in columns.
const MAX_HELP_WIDTH: usize = 80;

/// Learn serverless with the party game Mafia: build, deploy, patch and play
#[derive(Debug, Parser)]
#[command(
    name = "mafia",
    version,
    max_term_width = MAX_HELP_WIDTH,
    subcommand_value_name = "COMMAND",
    override_usage = "mafia [OPTIONS] COMMAND"
)]
#[command(after_help = "\
Start with `mafia demo`. After an edit: `mafia deploy`, then `mafia play`.")]
#[command(after_long_help = "\
You can write global options before or after the command. Each has an
environment variable: MAFIA_STACK for --stack, MAFIA_ENDPOINT_URL for
--endpoint-url, and so on.

Exit codes:
  0    success
  1    the work failed: a build, a stack, a function
  2    wrong usage or configuration
  3    blocked: no credentials, target unreachable, quota exceeded
  130  interrupted with Ctrl-C

For a command, run `mafia help COMMAND`.")]
pub struct Cli {
    #[command(flatten)]
    pub options: Options,
    #[command(subcommand)]
    pub command: Command,
}

#[derive(Debug, Subcommand)]
pub enum Command {
    Demo(demo::Demo),
    Init(init::Init),
    Doctor(doctor::Doctor),
    Status(status::Status),
    Deploy(deploy::Deploy),
    Undo(undo::Undo),
    Watch(watch::Watch),
    Add(add::Add),
    Play(play::Play),
    Invoke(invoke::Invoke),
    Api(api::Api),
    Logs(logs::Logs),
    Table(table::Table),
    Lab(lab::Lab),
    List(list::List),
    Class(class::Class),
    Clean(clean::Clean),
    Sandbox(sandbox::Sandbox),
    Completions(completions::Completions),
    Man(man::Man),
    /// Work on the labs of the workshop
    #[command(hide = true)]
    Dev(dev::Dev),
}

impl Command {
    /// Whether the command handles Ctrl-C itself.
    pub fn handles_signals(&self) -> bool {
        match self {
            Self::Sandbox(command) => command.is_server(),
            Self::Api(command) => command.handles_signals(),
            Self::Class(command) => command.handles_signals(),
            Self::Lab(command) => command.handles_signals(),
            _ => false,
        }
    }

    /// Whether it works where the workshop folder's settings say. Commands on a class work where the roster
    /// says; others need no place, or write the settings.
    pub fn uses_settings(&self) -> bool {
        !matches!(
            self,
            Self::Init(_) | Self::Class(_) | Self::Completions(_) | Self::Man(_)
        )
    }

    pub async fn run(self, context: &Context) -> Result<(), Error> {
        match self {
            Self::Demo(command) => command.run(context).await,
            Self::Init(command) => command.run(context).await,
            Self::Doctor(command) => command.run(context).await,
            Self::Status(command) => command.run(context).await,
            Self::Deploy(command) => command.run(context).await,
            Self::Add(command) => command.run(context).await,
            Self::Undo(command) => command.run(context).await,
            Self::Watch(command) => command.run(context).await,
            Self::Play(command) => command.run(context).await,
            Self::Invoke(command) => command.run(context).await,
            Self::Api(command) => command.run(context).await,
            Self::Logs(command) => command.run(context).await,
            Self::Table(command) => command.run(context).await,
            Self::Lab(command) => command.run(context).await,
            Self::List(command) => command.run(context).await,
            Self::Class(command) => command.run(context).await,
            Self::Clean(command) => command.run(context).await,
            Self::Sandbox(command) => command.run(context).await,
            Self::Completions(command) => command.run(context),
            Self::Dev(command) => command.run(context).await,
            Self::Man(command) => command.run(context, help::for_manual(tree())),
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
    /// Reads the command line; the program's name comes first. `width` is that of the terminal, for the
    /// layout of help.
    pub fn read(
        arguments: impl IntoIterator<Item = OsString>,
        width: Option<usize>,
    ) -> Result<Self, Box<Unparsed>> {
        let mut tree = tree();
        let arguments = guess::in_full(&tree, arguments.into_iter().collect());
        let mut matches = tree.clone().try_get_matches_from(&arguments);
        // What is typed counts more than a variable.
        if let Err(error) = &matches
            && let Some(without) = variables::without_excluded(error, &tree, &arguments)
        {
            tree = without;
            matches = tree.clone().try_get_matches_from(&arguments);
        }
        // The pages are made where one is shown: most commands are run without.
        let pages = || {
            let (detail, invocation) = (Detail::of(&arguments), Invocation::of(&arguments));
            help::with_pages(tree.clone(), detail, width, &invocation)
        };
        let matches = matches.or_else(|error| match error.kind() {
            ErrorKind::DisplayVersion => Err(error),
            _ => pages().try_get_matches_from(&arguments),
        });
        let read = matches.and_then(|matches| {
            let mut cli = Self::from_arg_matches(&matches)?;
            cli.options.invocation = Invocation::of(&arguments);
            Ok(cli)
        });
        read.map_err(|error| {
            let options = readable_options(&arguments);
            let shown = |error: &clap::Error| error.render().ansi().to_string();
            Box::new(match error.kind() {
                ErrorKind::DisplayHelp | ErrorKind::DisplayVersion => {
                    Unparsed::Help(shown(&error), options)
                }
                ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand => {
                    Unparsed::NoCommand(shown(&error), options)
                }
                ErrorKind::MissingSubcommand => {
                    let named = guess::named(&tree, &arguments);
                    let asking = named.path.split(' ').chain(["-h"]);
                    let help = pages().try_get_matches_from(asking).err();
                    Unparsed::NoCommand(help.as_ref().map(shown).unwrap_or_default(), options)
                }
                _ => Unparsed::Invalid(invalid::usage(&error, &tree, &arguments), options),
            })
        })
    }
}

/// Answers the shell's question how a command line goes on, if the environment has one; says whether it
/// has.
pub fn complete(arguments: impl IntoIterator<Item = OsString>) -> Result<bool, Box<Unparsed>> {
    completions::complete(tree, arguments)
        .map_err(|error| Box::new(Unparsed::Invalid(error, Options::default())))
}

/// The tree of commands. A variable that is empty counts as one that is not set.
pub fn tree() -> clap::Command {
    variables::without_empty(Cli::command())
}

/// The options about output in a command line that has errors elsewhere, and how it begins.
fn readable_options(arguments: &[OsString]) -> Options {
    // Reads only the environment.
    let matches = tree()
        .ignore_errors(true)
        .try_get_matches_from(&arguments[..1.min(arguments.len())]);
    let mut options = matches
        .and_then(|matches| Options::from_arg_matches(&matches))
        .unwrap_or_default();
    options.invocation = Invocation::of(arguments);
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

#[cfg(test)]
mod tests {
    use super::*;

    fn read(line: &str) -> Unparsed {
        let arguments = line.split(' ').map(OsString::from);
        *Cli::read(arguments, None).expect_err("it is no command to run")
    }

    #[test]
    fn the_tree_of_commands_is_sound() {
        Cli::command().debug_assert();
    }

    #[test]
    fn options_that_say_where_to_work_are_remembered_where_they_were_typed() {
        for line in [
            "mafia --stack a-b play night",
            "mafia play night --stack a-b -q",
        ] {
            let words = line.split(' ').map(OsString::from);
            let cli = Cli::read(words, None).expect(line);
            assert_eq!(cli.options.invocation.typed("stack"), Some("a-b"), "{line}");
        }
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
