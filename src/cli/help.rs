//! The pages of help: the overview of all commands, the short page of a command (`-h`) and the long
//! one (`--help`).
//!
//! A command's `after_help` is its examples, and its `after_long_help` its details. Every page ends
//! with the global options; the short one leaves out those with `hide_short_help`.

use std::ffi::OsString;

use clap::builder::{Resettable, StyledStr};
use clap::{Args, Command};

use super::MAX_HELP_WIDTH;
use crate::invocation::Invocation;
use crate::options::Options;

/// The commands by what people do with them, in the order of the overview.
const GROUPS: [(&str, &[&str]); 7] = [
    ("Learn", &["init", "lab"]),
    ("Play", &["demo", "play"]),
    ("Deploy", &["deploy", "watch", "undo", "add", "invoke"]),
    ("Look", &["status", "list", "table", "logs", "api"]),
    ("Teach", &["class"]),
    ("Set up", &["doctor", "sandbox", "completions"]),
    ("Clean up", &["clean"]),
];

const MORE: &str = "For all options, run `mafia --help`; for a command, `mafia help COMMAND`.";

/// In fewer columns, the overview has no descriptions.
const NARROW: usize = 60;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Detail {
    Short,
    Long,
}

impl Detail {
    /// What a command line asks for: `--help` and `mafia help` ask for everything.
    pub fn of(arguments: &[OsString]) -> Self {
        let mut words = arguments.iter().skip(1);
        match words.any(|word| word == "--help" || word == "help") {
            true => Self::Long,
            false => Self::Short,
        }
    }
}

/// The tree of commands with these pages; `width` is that of the terminal, if there is one.
pub fn with_pages(
    root: Command,
    detail: Detail,
    width: Option<usize>,
    invocation: &Invocation,
) -> Command {
    let overview = overview(&root, width);
    let globals = global_options(detail);
    let root = root
        .mut_args(hidden_if_global)
        .mut_subcommands(|command| page(command, "mafia", detail, &globals, invocation));
    let details = text(root.get_after_long_help());
    let examples = text(root.get_after_help());
    // The short page fits into a terminal of 24 lines.
    let (gap, after, end) = match detail {
        Detail::Short => ("\n", format!("{examples}\n{MORE}"), String::new()),
        Detail::Long => (
            "\n\n",
            format!("{details}\n\n{examples}"),
            format!("\n\n{globals}"),
        ),
    };
    root.after_long_help(Resettable::Reset)
        .after_help(invocation.in_page(&after))
        .help_template(format!(
            "{{about-with-newline}}{{usage-heading}} {{usage}}{gap}{overview}{{after-help}}{end}"
        ))
}

fn page(
    command: Command,
    parent: &str,
    detail: Detail,
    globals: &str,
    invocation: &Invocation,
) -> Command {
    let path = format!("{parent} {}", command.get_name());
    let command =
        command.mut_subcommands(|command| page(command, &path, detail, globals, invocation));
    let examples = text(command.get_after_help());
    let details = text(command.get_after_long_help());
    let after = match detail {
        Detail::Short => format!("{examples}\n\nFor details and all options, run `{path} --help`."),
        Detail::Long if details.is_empty() => examples,
        Detail::Long => format!("{details}\n\n{examples}"),
    };
    command
        .after_long_help(Resettable::Reset)
        .after_help(invocation.in_page(&after))
        .help_template(format!(
            "{{about-with-newline}}\n{{usage-heading}} {{usage}}\n\n{{all-args}}{{after-help}}\n\n{globals}"
        ))
}

/// The tree for the manual: every command with its details and examples, and the global options with the
/// program alone.
pub fn for_manual(root: Command) -> Command {
    let mut root = in_full(root.mut_args(|argument| argument.hide_short_help(false)));
    root.build();
    root.mut_subcommands(without_global_options)
}

fn in_full(command: Command) -> Command {
    let command = command.mut_subcommands(in_full);
    let details = text(command.get_after_long_help());
    let examples = text(command.get_after_help());
    command
        .disable_help_subcommand(true)
        .after_long_help(format!("{details}\n\n{examples}").trim().to_owned())
}

fn without_global_options(command: Command) -> Command {
    command
        .mut_args(hidden_if_global)
        .mut_subcommands(without_global_options)
}

fn hidden_if_global(argument: clap::Arg) -> clap::Arg {
    let is_hidden = argument.is_global_set() || argument.is_hide_set();
    argument.hide(is_hidden)
}

fn text(styled: Option<&StyledStr>) -> String {
    styled
        .map(|text| text.ansi().to_string())
        .unwrap_or_default()
}

/// The section of the global options, with a heading.
fn global_options(detail: Detail) -> String {
    let command = Options::augment_args(Command::new("mafia"));
    let command = command.mut_args(|argument| {
        let rare = argument.is_hide_short_help_set();
        let is_hidden = argument.is_hide_set() || (rare && detail == Detail::Short);
        argument.hide(is_hidden).hide_short_help(false)
    });
    let mut command = command
        .disable_help_flag(true)
        .max_term_width(MAX_HELP_WIDTH)
        .help_template("{all-args}");
    let help = command.render_help().ansi().to_string();
    help.trim_end().to_owned()
}

/// The groups of commands: with a line for each command, or a line for each group where that is too wide.
fn overview(root: &Command, width: Option<usize>) -> String {
    let literal = root.get_styles().get_literal();
    let header = root.get_styles().get_header();
    let is_narrow = width.is_some_and(|width| width < NARROW);
    let known = |name: &&&str| root.find_subcommand(name).is_some();
    let about = |name: &str| text(root.find_subcommand(name).and_then(Command::get_about));
    let mut lines = String::new();
    for (group, names) in GROUPS {
        let mut names = names.iter().filter(known);
        if is_narrow {
            let names: Vec<&str> = names.copied().collect();
            let names = wrapped(&names, width.unwrap_or(NARROW) - 10);
            lines += &format!(
                "{header}{group}{header:#}{:pad$}{literal}{names}{literal:#}\n",
                "",
                pad = 10 - group.len()
            );
            continue;
        }
        let first = names.next().into_iter().map(|name| (group, name));
        for (group, name) in first.chain(names.map(|name| ("", name))) {
            let heading = match group {
                "" => String::new(),
                group => format!("{header}{group}{header:#}"),
            };
            lines += &format!(
                "{heading}{:pad$}{literal}{name:13}{literal:#}{}\n",
                "",
                about(name),
                pad = 10 - group.len()
            );
        }
    }
    lines.trim_end().to_owned()
}

/// The names in lines of at most `width` columns; all lines but the first begin with ten spaces.
fn wrapped(names: &[&str], width: usize) -> String {
    let mut lines = vec![String::new()];
    for (number, name) in names.iter().enumerate() {
        let comma = if number + 1 < names.len() { "," } else { "" };
        match lines.last_mut() {
            Some(line) if line.is_empty() || line.len() + name.len() + 2 <= width => {
                *line += if line.is_empty() { "" } else { " " };
                *line += &format!("{name}{comma}");
            }
            _ => lines.push(format!("{name}{comma}")),
        }
    }
    lines.join("\n          ")
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;
    use crate::cli::Cli;

    #[test]
    fn every_command_that_people_see_is_in_one_group() {
        let grouped: Vec<&str> = GROUPS
            .iter()
            .flat_map(|(_, names)| *names)
            .copied()
            .collect();
        let tree = Cli::command();
        for command in tree
            .get_subcommands()
            .filter(|command| !command.is_hide_set())
        {
            let times = grouped.iter().filter(|name| **name == command.get_name());
            assert_eq!(times.count(), 1, "{}", command.get_name());
        }
    }

    #[test]
    fn names_are_wrapped_between_words() {
        let names = ["doctor", "sandbox", "completions", "man"];
        assert_eq!(
            wrapped(&names, 30),
            "doctor, sandbox, completions,\n          man"
        );
    }
}
