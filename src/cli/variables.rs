//! The variables that give options, where they do not count.

use std::ffi::OsString;

use clap::builder::Resettable;
use clap::error::{ContextKind, ContextValue, ErrorKind};
use clap::{Arg, Command};

/// Without the variables that are empty: they count as not set.
pub fn without_empty(tree: Command) -> Command {
    without(tree, &|argument| {
        let name = argument.get_env();
        name.and_then(std::env::var_os)
            .is_some_and(|value| value.is_empty())
    })
}

/// Without the variables of options that a typed option excludes; `None` if `error` is not about such.
pub fn without_excluded(
    error: &clap::Error,
    tree: &Command,
    arguments: &[OsString],
) -> Option<Command> {
    if error.kind() != ErrorKind::ArgumentConflict {
        return None;
    }
    let named: Vec<&str> = [ContextKind::InvalidArg, ContextKind::PriorArg]
        .into_iter()
        .filter_map(|kind| error.get(kind))
        .flat_map(|value| match value {
            ContextValue::String(text) => std::slice::from_ref(text),
            ContextValue::Strings(texts) => texts.as_slice(),
            _ => &[][..],
        })
        .filter_map(|argument| argument.split(' ').next())
        .filter(|option| !is_typed(option, arguments))
        .collect();
    let is_excluded = |argument: &Arg| {
        let long = argument.get_long().map(|long| format!("--{long}"));
        long.is_some_and(|long| named.contains(&long.as_str()))
    };
    (!named.is_empty()).then(|| without(tree.clone(), &is_excluded))
}

/// Whether the option `--name` is among the arguments, perhaps by its first letter.
fn is_typed(option: &str, arguments: &[OsString]) -> bool {
    let letter = option.chars().nth(2);
    arguments.iter().any(|argument| {
        let argument = argument.to_string_lossy();
        let word = argument.split('=').next().unwrap_or_default();
        let is_short = word.starts_with('-') && !word.starts_with("--");
        word == option || (is_short && letter.is_some_and(|letter| word.contains(letter)))
    })
}

/// The whole tree, without the variables of the arguments that are `meant`.
fn without(tree: Command, meant: &dyn Fn(&Arg) -> bool) -> Command {
    tree.mut_args(|argument| match argument.get_env() {
        Some(_) if meant(&argument) => argument.env(Resettable::Reset),
        _ => argument,
    })
    .mut_subcommands(|command| without(command, meant))
}
