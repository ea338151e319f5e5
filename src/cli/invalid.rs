//! What is wrong with a command line that cannot be run, and what was probably meant.

use std::error::Error as _;
use std::ffi::OsString;

use clap::Command;
use clap::error::{ContextKind, ContextValue, ErrorKind};

use super::guess::{self, Named};
use crate::commands::play;
use crate::error::Error;
use crate::wording::alternatives;

/// Clap's error as one of ours.
pub fn usage(error: &clap::Error, tree: &Command, arguments: &[OsString]) -> Error {
    let named = guess::named(tree, arguments);
    let invalid = Invalid {
        error,
        tree,
        arguments,
        named,
    };
    match error.kind() {
        ErrorKind::InvalidSubcommand => invalid.command(),
        ErrorKind::UnknownArgument => invalid.argument(),
        ErrorKind::MissingRequiredArgument => invalid.missing(),
        ErrorKind::ArgumentConflict => invalid.conflict(),
        ErrorKind::InvalidValue | ErrorKind::ValueValidation => invalid.value(),
        _ => invalid.other(),
    }
}

struct Invalid<'a> {
    error: &'a clap::Error,
    tree: &'a Command,
    arguments: &'a [OsString],
    named: Named<'a>,
}

impl Invalid<'_> {
    fn command(&self) -> Error {
        let typed = self.first(ContextKind::InvalidSubcommand);
        let path = &self.named.path;
        let error = Error::usage(format!("there is no command `{path} {typed}`"));
        let similar = self.all(ContextKind::SuggestedSubcommand);
        let similar = similar.last().map(String::as_str);
        let meant = guess::command(self.tree, self.arguments, similar);
        let meant = meant.or_else(|| self.turns(&typed));
        error
            .hints(meant.map(|meant| format!("did you mean `{meant}`?")))
            .hint(format!("run `{path} --help` to see the commands"))
    }

    /// The turns of the game that may be meant by a word of several functions' names.
    fn turns(&self, typed: &str) -> Option<String> {
        let turns = play::turns_called(typed).into_iter();
        let commands: Vec<String> = turns.map(|turn| format!("mafia play {turn}")).collect();
        (!commands.is_empty()).then(|| commands.join("` or `"))
    }

    fn argument(&self) -> Error {
        let typed = self.first(ContextKind::InvalidArg);
        let path = &self.named.path;
        if !typed.starts_with('-') {
            return Error::usage(format!("`{path}` does not take `{typed}`"))
                .hints(self.option_for(&typed))
                .hints(self.command_behind(&typed))
                .hint(self.see_help());
        }
        let similar = self.first(ContextKind::SuggestedArg);
        let similar = (!similar.is_empty()).then_some(similar);
        let meant = guess::option(self.tree, self.named.command, &typed)
            .or_else(|| self.parameter(&typed))
            .or(similar);
        Error::usage(format!("`{path}` has no option {typed}"))
            .hints(meant.map(|meant| format!("did you mean `{meant}`?")))
            .hint(self.see_help())
    }

    /// The same with the dashes before a command that is run for many.
    fn command_behind(&self, typed: &str) -> Option<String> {
        let mut options = self.named.command.get_arguments();
        options.find(|option| option.is_last_set())?;
        let words = self.arguments.get(self.named.rest..)?.iter();
        let words: Vec<&str> = words.filter_map(|word| word.to_str()).collect();
        let (own, command) = words.split_at(words.iter().position(|word| *word == typed)?);
        let own: String = own.iter().map(|word| format!(" {word}")).collect();
        let path = &self.named.path;
        let command = command.join(" ");
        Some(format!("did you mean `{path}{own} -- {command}`?"))
    }

    /// The option that a value without one was probably meant for.
    fn option_for(&self, value: &str) -> Option<String> {
        let has = |name| {
            let mut options = self.named.command.get_arguments();
            options.any(|option| option.get_long() == Some(name))
        };
        if value.starts_with("mafia-") {
            Some(format!("did you mean `--stack {value}`?"))
        } else if has("seed") && value.parse::<u64>().is_ok() {
            Some(format!("did you mean `--seed {value}`?"))
        } else {
            None
        }
    }

    /// The template's parameter that was typed like an option of a command that takes parameters.
    fn parameter(&self, typed: &str) -> Option<String> {
        let has = |option: &clap::Arg| option.get_long() == Some("parameter");
        self.named
            .command
            .get_arguments()
            .find(|option| has(option))?;
        let words: Vec<&str> = self
            .arguments
            .iter()
            .filter_map(|word| word.to_str())
            .collect();
        let at = words.iter().position(|word| word.starts_with(typed))?;
        guess::parameter(words[at], words.get(at + 1).copied())
    }

    fn missing(&self) -> Error {
        let names = self.all(ContextKind::InvalidArg).join(" and ");
        Error::usage(format!("`{}` needs {names}", self.named.path))
            .hints(
                self.example()
                    .map(|example| format!("for example, run `{example}`")),
            )
            .hint(self.see_help())
    }

    /// The first of the command's examples that has arguments.
    fn example(&self) -> Option<String> {
        let examples = self.named.command.get_after_help()?.to_string();
        let start = format!("{} ", self.named.path);
        let example = examples
            .lines()
            .map(str::trim)
            .find(|line| line.starts_with(&start));
        example.map(str::to_owned)
    }

    fn value(&self) -> Error {
        let argument = name(&self.first(ContextKind::InvalidArg));
        let argument = self.variable(&argument).unwrap_or(argument);
        let typed = self.first(ContextKind::InvalidValue);
        let values = self.all(ContextKind::ValidValue);
        let error = match typed.as_str() {
            "" => Error::usage(format!("{argument} needs a value")),
            _ => Error::usage(format!("invalid value '{typed}' for {argument}")),
        };
        let spaced = argument
            .contains("--parameter")
            .then(|| guess::value_after_a_space(self.arguments, &typed));
        let expected = match spaced.flatten() {
            Some(meant) => Some(format!("did you mean `{meant}`?")),
            None if values.is_empty() => self.error.source().map(ToString::to_string),
            None => Some(format!("use {}", alternatives(&values))),
        };
        error.hints(expected).hint(self.see_help())
    }

    /// The variable that a value comes from which is not from the command line.
    fn variable(&self, argument: &str) -> Option<String> {
        let option = argument.split(' ').next()?;
        let is_typed = |word: &OsString| word.to_string_lossy().starts_with(option);
        if self.arguments.iter().any(is_typed) {
            return None;
        }
        let globals = self.tree.get_arguments();
        let mut options = globals.chain(self.named.command.get_arguments());
        let found = options.find(|it| it.get_long() == option.strip_prefix("--"))?;
        Some(found.get_env()?.to_string_lossy().into_owned())
    }

    fn conflict(&self) -> Error {
        let argument = name(&self.first(ContextKind::InvalidArg));
        let others: Vec<String> = self
            .all(ContextKind::PriorArg)
            .iter()
            .map(|it| name(it))
            .collect();
        if others.contains(&argument) {
            return Error::usage(format!("{argument} is given twice")).hint("give it once");
        }
        let others = others.join(" and ");
        Error::usage(format!("{argument} and {others} cannot be used together"))
            .hint("leave one of them out")
            .hint(self.see_help())
    }

    /// The first paragraph of clap's message says what is wrong.
    fn other(&self) -> Error {
        let text = self.error.render().to_string();
        let first = text.split("\n\n").next().unwrap_or_default();
        Error::usage(first.trim_start_matches("error: ")).hint(self.see_help())
    }

    fn see_help(&self) -> String {
        format!("run `{} --help` to see how to use it", self.named.path)
    }

    fn first(&self, kind: ContextKind) -> String {
        self.all(kind).into_iter().next().unwrap_or_default()
    }

    fn all(&self, kind: ContextKind) -> Vec<String> {
        match self.error.get(kind) {
            Some(ContextValue::String(text)) => vec![text.clone()],
            Some(ContextValue::Strings(texts)) => texts.clone(),
            _ => Vec::new(),
        }
    }
}

/// An argument as help calls it: `--stack <NAME>`, or `FUNCTION` without what says how often it may stand.
fn name(argument: &str) -> String {
    argument
        .trim_end_matches("...")
        .trim_start_matches('[')
        .trim_end_matches(']')
        .to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::tree;

    /// The message and the first hint.
    fn said(line: &str) -> (String, String) {
        let words: Vec<OsString> = line.split(' ').map(OsString::from).collect();
        let error = tree().try_get_matches_from(&words).expect_err(line);
        let error = usage(&error, &tree(), &words);
        (error.message, error.hints[0].clone())
    }

    #[test]
    fn what_is_wrong_is_named_with_what_was_probably_meant() {
        for (line, message, hint) in [
            (
                "mafia invok",
                "there is no command `mafia invok`",
                "did you mean `mafia invoke`?",
            ),
            (
                "mafia sandbox strat",
                "there is no command `mafia sandbox strat`",
                "did you mean `mafia sandbox start`?",
            ),
            (
                "mafia play turn",
                "there is no command `mafia play turn`",
                "did you mean `mafia play night` or `mafia play day`?",
            ),
            (
                "mafia xyz",
                "there is no command `mafia xyz`",
                "run `mafia --help` to see the commands",
            ),
            (
                "mafia deploy --stak a",
                "`mafia deploy` has no option --stak",
                "did you mean `--stack`?",
            ),
            (
                "mafia deploy --players 4",
                "`mafia deploy` has no option --players",
                "did you mean `-p Players=4`?",
            ),
            (
                "mafia deploy --players=4",
                "`mafia deploy` has no option --players",
                "did you mean `-p Players=4`?",
            ),
            (
                "mafia clean --force",
                "`mafia clean` has no option --force",
                "did you mean `--yes`?",
            ),
            (
                "mafia play night now",
                "`mafia play night` does not take `now`",
                "run `mafia play night --help` to see how to use it",
            ),
            (
                "mafia play judge",
                "`mafia play judge` needs <NAME>",
                "for example, run `mafia play judge Latifa`",
            ),
            (
                "mafia deploy -p Players 4",
                "invalid value 'Players' for --parameter <NAME=VALUE>",
                "did you mean `-p Players=4`?",
            ),
            (
                "mafia --color pink doctor",
                "invalid value 'pink' for --color <WHEN>",
                "use auto, always or never",
            ),
            (
                "mafia doctor --stack",
                "--stack <NAME> needs a value",
                "run `mafia doctor --help` to see how to use it",
            ),
            (
                "mafia logs --since 5",
                "invalid value '5' for --since <TIME>",
                "add a unit: 5s, 5m, 5h or 5d",
            ),
        ] {
            assert_eq!(said(line), (message.to_owned(), hint.to_owned()), "{line}");
        }
    }
}
