//! What was probably meant by words that are no command or option here.

use std::ffi::OsString;

use clap::Command;

use crate::commands::{lab, play};
use crate::wording::nearest;

/// What people type who know other tools, or the game, and what it is called here.
const COMMANDS: [(&str, &str); 54] = [
    ("apply", "mafia deploy"),
    ("auto", "mafia play auto"),
    ("build", "mafia deploy --dry-run"),
    ("call", "mafia invoke"),
    ("check", "mafia doctor"),
    ("cleanup", "mafia clean"),
    ("completion", "mafia completions"),
    ("config", "mafia doctor"),
    ("create", "mafia deploy"),
    ("delete", "mafia clean"),
    ("destroy", "mafia clean"),
    ("diff", "mafia deploy --dry-run"),
    ("down", "mafia clean"),
    ("env", "mafia sandbox env"),
    ("exec", "mafia invoke"),
    ("game", "mafia play"),
    ("info", "mafia play state"),
    ("install", "mafia doctor"),
    ("kill", "mafia sandbox stop"),
    ("log", "mafia logs"),
    ("patch", "mafia deploy"),
    ("plan", "mafia deploy --dry-run"),
    ("players", "mafia play state"),
    ("preview", "mafia deploy --dry-run"),
    ("publish", "mafia deploy"),
    ("push", "mafia deploy"),
    ("remove", "mafia clean"),
    ("reset", "mafia sandbox reset"),
    ("rm", "mafia clean"),
    ("run", "mafia play"),
    ("serve", "mafia sandbox start"),
    ("server", "mafia sandbox start"),
    ("start", "mafia sandbox start"),
    ("stop", "mafia sandbox stop"),
    ("sync", "mafia deploy"),
    ("tail", "mafia logs --follow"),
    ("test", "cargo test"),
    ("up", "mafia deploy"),
    ("update", "mafia deploy"),
    ("version", "mafia --version"),
    ("vote", "mafia play judge"),
    ("play begin", "mafia play new"),
    ("play kill", "mafia play night"),
    ("play sentence", "mafia play judge"),
    ("play start", "mafia play new"),
    ("play status", "mafia play state"),
    ("play vote", "mafia play judge"),
    ("sandbox clean", "mafia sandbox reset"),
    ("sandbox delete", "mafia sandbox reset"),
    ("sandbox down", "mafia sandbox stop"),
    ("sandbox info", "mafia sandbox status"),
    ("sandbox kill", "mafia sandbox stop"),
    ("sandbox run", "mafia sandbox start --foreground"),
    ("sandbox up", "mafia sandbox start"),
];

/// Options of other tools, and what they are called here.
const OPTIONS: [(&str, &str); 16] = [
    ("--assume-yes", "--yes"),
    ("--debug", "--verbose"),
    ("--dry", "--dry-run"),
    ("--endpoint", "--endpoint-url"),
    ("--force", "--yes"),
    ("--no-color", "--color never"),
    ("--no-colour", "--color never"),
    ("--no-confirm", "--yes"),
    ("--noconfirm", "--yes"),
    ("--output", "--json"),
    ("--param", "--parameter"),
    ("--silent", "--quiet"),
    ("--stack-name", "--stack"),
    ("--url", "--endpoint-url"),
    ("--watch", "--follow"),
    ("-f", "--function"),
];

/// The parameters of the game's template that people set, each with a value that it takes.
const PARAMETERS: [(&str, &str); 7] = [
    ("Api", "yes"),
    ("Architecture", "arm64"),
    ("FunctionRole", "arn:aws:iam::123456789012:role/NAME"),
    ("Mafia", "2"),
    (
        "PermissionsBoundary",
        "arn:aws:iam::123456789012:policy/NAME",
    ),
    ("Players", "8"),
    ("RolePath", "/workshop/"),
];

/// The command that shows the help of another.
const HELP: &str = "help";

/// A command line, as far as it names commands.
pub struct Named<'a> {
    /// The command that the words name, such as that of `mafia sandbox`.
    pub command: &'a Command,
    /// `mafia sandbox`
    pub path: String,
    /// The place of the first word that names no command, in the arguments.
    pub rest: usize,
}

/// Follows the words that name commands. Options between them are passed over.
pub fn named<'a>(tree: &'a Command, arguments: &[OsString]) -> Named<'a> {
    let mut named = Named {
        command: tree,
        path: tree.get_name().to_owned(),
        rest: 1,
    };
    for (at, word) in arguments.iter().enumerate().skip(1) {
        if is_value(tree, arguments, at) {
            continue;
        }
        let word = word.to_string_lossy();
        if let Some(command) = named.command.find_subcommand(&*word) {
            named = Named {
                command,
                path: format!("{} {}", named.path, command.get_name()),
                rest: at + 1,
            };
        } else if !word.starts_with('-') && named.command.has_subcommands() {
            named.rest = at;
            break;
        }
    }
    named
}

/// Whether the word is the value of the global option before it.
fn is_value(tree: &Command, arguments: &[OsString], at: usize) -> bool {
    let before = arguments[at - 1].to_string_lossy();
    let option = before.strip_prefix("--").and_then(|name| {
        let mut options = tree.get_arguments();
        options.find(|option| option.get_long() == Some(name))
    });
    option.is_some_and(|option| option.get_action().takes_values())
}

/// A turn of `mafia play` that was called like its function becomes the name of the turn, and `mafia lab 01.2`
/// becomes `mafia lab show 01.2`.
pub fn in_full(tree: &Command, mut arguments: Vec<OsString>) -> Vec<OsString> {
    let Named { path, rest, .. } = named(tree, &arguments);
    let typed = arguments.get(rest).and_then(|word| word.to_str());
    match (path.as_str(), typed) {
        ("mafia play", Some(typed)) => {
            if let Some(turn) = play::turn_called(typed) {
                arguments[rest] = turn.into();
            }
        }
        ("mafia lab", Some(typed)) if lab::is_lab(typed) => arguments.insert(rest, "show".into()),
        _ => {}
    }
    arguments
}

/// The whole command line that was probably meant by one whose command is not known; `similar` is the name
/// of a command that is written much like it.
pub fn command(tree: &Command, arguments: &[OsString], similar: Option<&str>) -> Option<String> {
    let named = named(tree, arguments);
    let typed = arguments.get(named.rest)?.to_str()?;
    if typed == HELP {
        let mut without = arguments.to_owned();
        without.remove(named.rest);
        let meant = command(tree, &without, similar)?;
        return Some(meant.replacen("mafia ", "mafia help ", 1));
    }
    let below = named.path.split_once(' ').map_or("", |(_, below)| below);
    let key = format!("{below} {}", typed.to_lowercase());
    let known = COMMANDS.iter().find(|(word, _)| *word == key.trim_start());
    let meant = match (known, play::turn_called(typed)) {
        (Some((_, meant)), _) => (*meant).to_owned(),
        (None, Some(turn)) if below.is_empty() => format!("mafia play {turn}"),
        _ => {
            let names = named.command.get_subcommands();
            let names = names.filter(|command| !command.is_hide_set());
            let nearest = nearest(typed, names.map(Command::get_name));
            format!("{} {}", named.path, nearest.or(similar)?)
        }
    };
    let rest = arguments[named.rest + 1..].iter().map(|word| word.to_str());
    let rest = rest.collect::<Option<Vec<&str>>>().unwrap_or_default();
    let whole = [&[meant.as_str()][..], &rest].concat().join(" ");
    Some(if parses(tree, &whole) { whole } else { meant })
}

/// Whether a command line without quotes can be run.
fn parses(tree: &Command, line: &str) -> bool {
    let plain = |c: char| c.is_ascii_alphanumeric() || " -_=.,:/@".contains(c);
    line.chars().all(plain) && tree.clone().try_get_matches_from(line.split(' ')).is_ok()
}

/// The option that was probably meant by one that the `command` of the `tree` does not have.
pub fn option(tree: &Command, command: &Command, typed: &str) -> Option<String> {
    let name = typed.split('=').next()?;
    let (_, meant) = OPTIONS.iter().find(|(word, _)| *word == name)?;
    let long = meant.split(' ').next()?.strip_prefix("--");
    let mut options = tree.get_arguments().chain(command.get_arguments());
    options
        .any(|option| option.get_long() == long)
        .then(|| (*meant).to_owned())
}

/// How to set the parameter of the game that was typed like an option: `-p Players=4` for `--players 4`
/// or `--players=4`.
pub fn parameter(typed: &str, next: Option<&str>) -> Option<String> {
    let (name, value) = match typed.split_once('=') {
        Some((name, value)) => (name, Some(value)),
        None => (typed, next.filter(|next| !next.starts_with('-'))),
    };
    let name = name.strip_prefix("--")?.replace(['-', '_'], "");
    let (known, example) = PARAMETERS
        .iter()
        .find(|(known, _)| known.eq_ignore_ascii_case(&name))?;
    Some(format!("-p {known}={}", value.unwrap_or(example)))
}

/// The parameter with its value, where a space stands instead of the `=`: `-p Players=4` for
/// `-p Players 4`.
pub fn value_after_a_space(arguments: &[OsString], typed: &str) -> Option<String> {
    let words: Vec<&str> = arguments.iter().filter_map(|word| word.to_str()).collect();
    let at = words.iter().position(|word| *word == typed)?;
    let mut values = words[at + 1..].iter().filter(|word| **word != "=");
    let value = values.next().filter(|value| !value.starts_with('-'))?;
    Some(format!("-p {typed}={}", value.trim_start_matches('=')))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::tree;

    fn words(line: &str) -> Vec<OsString> {
        line.split(' ').map(OsString::from).collect()
    }

    #[test]
    fn every_row_names_a_command_that_there_is_for_a_word_that_there_is_not() {
        let tree = tree();
        for (word, meant) in COMMANDS {
            let typed = words(&format!("mafia {word}"));
            assert!(
                named(&tree, &typed).rest < typed.len(),
                "{word} is a command"
            );
            if let Some(("mafia", rest)) = meant.split_once(' ') {
                let line = words(&format!("mafia {rest}"));
                let named = named(&tree, &line);
                let left = &line[named.rest.min(line.len())..];
                let is_option = |word: &OsString| word.to_string_lossy().starts_with('-');
                assert!(left.iter().all(is_option), "{word}: {meant}");
            }
        }
        for (typed, meant) in OPTIONS {
            let mut commands = vec![&tree];
            let mut has = false;
            while let Some(command) = commands.pop() {
                let long = |option: &clap::Arg| option.get_long().map(|long| format!("--{long}"));
                let options: Vec<String> = command.get_arguments().filter_map(long).collect();
                let knows_both = [typed, meant.split(' ').next().unwrap_or(meant)];
                assert!(
                    !knows_both
                        .iter()
                        .all(|it| options.iter().any(|option| option == it)),
                    "{typed} is an option beside {meant}"
                );
                has |= options
                    .iter()
                    .any(|option| meant.split(' ').next() == Some(option));
                commands.extend(command.get_subcommands());
            }
            assert!(has, "{meant}");
        }
        assert!(COMMANDS.is_sorted_by_key(|(word, _)| (word.contains(' '), *word)));
        assert!(OPTIONS.is_sorted());
    }

    #[test]
    fn the_rest_of_the_line_is_kept_where_it_fits() {
        let tree = tree();
        for (typed, meant) in [
            ("mafia night", Some("mafia play night")),
            ("mafia judge Ann", Some("mafia play judge Ann")),
            ("mafia --stack mafia-ann destroy", Some("mafia clean")),
            ("mafia tail night", Some("mafia logs --follow night")),
            ("mafia depoy day-turn", Some("mafia deploy day-turn")),
            ("mafia rm everything now", Some("mafia clean")),
            ("mafia Deploy", Some("mafia deploy")),
            ("mafia sandbox up", Some("mafia sandbox start")),
            ("mafia play strat", Some("mafia play state")),
            ("mafia NightTurn", Some("mafia play night")),
            ("mafia help destroy", Some("mafia help clean")),
            ("mafia help play strat", Some("mafia help play state")),
            ("mafia xyz", None),
        ] {
            assert_eq!(
                command(&tree, &words(typed), None).as_deref(),
                meant,
                "{typed}"
            );
        }
    }

    #[test]
    fn the_value_of_an_option_names_no_command() {
        let tree = tree();
        for (typed, path) in [
            ("mafia --target sandbox deploy", "mafia deploy"),
            ("mafia --stack play clean", "mafia clean"),
            ("mafia sandbox status", "mafia sandbox status"),
        ] {
            assert_eq!(named(&tree, &words(typed)).path, path, "{typed}");
        }
    }

    #[test]
    fn turns_are_called_like_their_functions_too_and_lessons_like_their_labs() {
        let tree = tree();
        for (typed, run) in [
            ("mafia play 3", "mafia play night"),
            ("mafia --json play NightTurn", "mafia --json play night"),
            ("mafia play 05-judgement Ann", "mafia play judge Ann"),
            ("mafia play night", "mafia play night"),
            ("mafia play turn", "mafia play turn"),
            ("mafia play judge day", "mafia play judge day"),
            ("mafia invoke 3", "mafia invoke 3"),
            ("mafia lab 01.2", "mafia lab show 01.2"),
            (
                "mafia lab --json game-state",
                "mafia lab --json show game-state",
            ),
            ("mafia lab check 01.2", "mafia lab check 01.2"),
            ("mafia lab 1.2", "mafia lab show 1.2"),
            ("mafia lab nxt", "mafia lab nxt"),
            ("mafia class lab 01.2", "mafia class lab 01.2"),
        ] {
            assert_eq!(in_full(&tree, words(typed)), words(run));
        }
    }

    #[test]
    fn the_parameters_are_those_of_the_template() {
        let template = include_str!("../../templates/game.yaml");
        let template = crate::deploy::Template::new(template);
        let settable = template.parameters().into_iter();
        let mut settable: Vec<&str> = settable
            .filter(|name| !name.ends_with("Code") && *name != "ArtifactBucket")
            .collect();
        settable.sort_unstable();
        assert_eq!(settable, PARAMETERS.map(|(name, _)| name));
        for (name, example) in PARAMETERS {
            assert_eq!(template.refusal(name, example, &[]), None, "{name}");
        }
    }

    #[test]
    fn parameters_are_understood_in_other_shapes() {
        assert_eq!(
            parameter("--players", Some("4")).as_deref(),
            Some("-p Players=4")
        );
        assert_eq!(
            parameter("--role-path=/a/", None).as_deref(),
            Some("-p RolePath=/a/")
        );
        assert_eq!(
            parameter("--players", Some("--json")).as_deref(),
            Some("-p Players=8")
        );
        assert_eq!(parameter("--stak", Some("x")), None);
        for typed in [
            "mafia deploy -p Players 4",
            "mafia deploy -p Players = 4",
            "mafia deploy -p Players =4",
        ] {
            assert_eq!(
                value_after_a_space(&words(typed), "Players").as_deref(),
                Some("-p Players=4")
            );
        }
        assert_eq!(
            value_after_a_space(&words("mafia deploy -p Players"), "Players"),
            None
        );
    }
}
