//! Help: an overview that fits a small terminal, a short and a long page of each command, the manual.

use std::collections::BTreeMap;

use clap::Command;

use super::terminal::see;
use super::{assert_faces, assert_snapshot};
use crate::hints::{problem, words};
use crate::mafia::{Mafia, Outcome};

/// The commands that people see, each as the words that name it; the program itself has none.
fn commands() -> Vec<Vec<String>> {
    fn walk(command: &Command, path: &[String], found: &mut Vec<Vec<String>>) {
        found.push(path.to_owned());
        for below in command.get_subcommands().filter(|it| !it.is_hide_set()) {
            walk(
                below,
                &[path, &[below.get_name().to_owned()]].concat(),
                found,
            );
        }
    }
    let mut found = Vec::new();
    walk(&::mafia::cli::tree(), &[], &mut found);
    found
}

/// The page that `flag` shows for the command, without a word on how wide the terminal is.
fn page(command: &[String], flag: &str) -> Outcome {
    let words = command.iter().map(String::as_str).chain([flag]);
    let page = Mafia::alone()
        .without_env("COLUMNS")
        .run(&words.collect::<Vec<_>>())
        .succeeds()
        .reads_well_in_a_pipe();
    assert!(page.stderr.is_empty(), "{page:?}");
    page
}

#[test]
fn every_command_has_a_short_page_and_a_long_one() {
    let mut long = Vec::new();
    for command in commands() {
        let pages = [page(&command, "-h"), page(&command, "--help")];
        for (page, most) in pages.iter().zip([40, 56]) {
            assert!(page.stdout.lines().count() <= most, "{page:?}");
        }
        assert!(pages[0].stdout.len() < pages[1].stdout.len(), "{pages:?}");
        if command.is_empty() {
            assert_faces("help", &[&pages[0], &pages[1]]);
            continue;
        }
        for page in &pages {
            let (before, globals) = page
                .stdout
                .split_once("\nGlobal options:\n")
                .expect("every command takes them");
            assert!(before.contains("\nExamples:"), "{page:?}");
            assert!(!globals.contains(":\n"), "they come last: {page:?}");
        }
        let without_globals = |page: &Outcome| {
            let before = page.stdout.split("\nGlobal options:").next();
            let before = before.unwrap_or_default().trim_end();
            format!("$ {}\n{before}\n\n[global options]", page.command)
        };
        if command == ["deploy"] {
            assert_snapshot("help-of-a-command", &pages[0].stdout);
        }
        long.push(without_globals(&pages[1]));
    }
    assert_snapshot("help-of-commands", &long.join("\n\n"));
}

#[test]
fn every_example_can_be_typed() {
    let mut number = 0;
    for command in commands() {
        let page = page(&command, "--help").stdout;
        let Some((_, examples)) = page.split_once("Examples:") else {
            assert!(command.is_empty(), "{command:?} has none");
            continue;
        };
        let examples = examples
            .split("\nGlobal options:")
            .next()
            .unwrap_or_default();
        for line in examples.lines() {
            let Some(at) = line.find("mafia ") else {
                continue;
            };
            number += 1;
            let line = line[at..].trim_end_matches([')', '"', '\'']);
            let line = if line.contains('{') {
                line.to_owned() + "'"
            } else {
                line.to_owned()
            };
            let line = line.split(")' ").next().unwrap_or_default();
            assert_eq!(problem(line), None);
            assert!(words(line).len() > 1, "{line}");
        }
    }
    assert!(number > 30, "{number}");
}

#[test]
fn without_a_command_the_overview_comes_as_an_error() {
    for (words, page) in [
        (&[][..], "Usage: mafia "),
        (&["sandbox"], "Usage: mafia sandbox"),
    ] {
        let short = Mafia::alone().run(&[words, &["-h"]].concat());
        let bare = Mafia::alone().run(words).exits_with(2).prints_nothing();
        assert_eq!(bare.stderr.trim_end(), short.stdout.trim_end());
        bare.remarks(page);
        let with_option = [words, &["--color", "never"]].concat();
        let with_option = Mafia::alone().run(&with_option).exits_with(2);
        assert_eq!(with_option.stderr.trim_end(), short.stdout.trim_end());
    }
    let bare = Mafia::alone().run(&[]);
    assert!(bare.stderr.lines().count() <= 24, "{bare:?}");
    let json = Mafia::alone().run(&["--json"]).exits_with(2).json();
    assert_eq!(json["error"]["message"], "no command given");
}

#[test]
fn mafia_help_shows_the_page_of_any_command() {
    for command in commands() {
        let asked: Vec<&str> = ["help"]
            .into_iter()
            .chain(command.iter().map(String::as_str))
            .collect();
        let help = Mafia::alone().without_env("COLUMNS").run(&asked).succeeds();
        assert_eq!(help.stdout, page(&command, "--help").stdout);
    }
    Mafia::alone()
        .run(&["help", "depoy"])
        .exits_with(2)
        .remarks("depoy");
}

#[test]
fn one_letter_means_one_thing() {
    let mut meanings = BTreeMap::<char, String>::new();
    let mut left = vec![::mafia::cli::tree()];
    while let Some(command) = left.pop() {
        for option in command.get_arguments() {
            if let (Some(letter), Some(long)) = (option.get_short(), option.get_long()) {
                let meaning = meanings.entry(letter).or_insert_with(|| long.to_owned());
                assert_eq!(meaning, long, "-{letter} of {}", command.get_name());
            }
        }
        left.extend(command.get_subcommands().cloned());
    }
    assert!(
        meanings.contains_key(&'f') && meanings.contains_key(&'p'),
        "{meanings:?}"
    );
}

#[test]
#[ignore = "needs Python: run .ci/run, or pass --include-ignored"]
fn the_overview_fits_a_small_terminal() {
    let screens = [80, 40].map(|columns| {
        let seen = see(&Mafia::alone(), columns, &[], &[]);
        assert_eq!(seen.code, 2);
        let lines = seen.screen.lines().count();
        assert!(lines <= 24 && seen.wrapped.is_empty(), "{}", seen.screen);
        format!("--- {columns} columns\n{}", seen.screen)
    });
    assert_snapshot("help-on-a-terminal", &screens.join("\n\n"));
}

#[test]
fn the_exit_codes_are_documented() {
    let help = Mafia::alone().run(&["--help"]).stdout;
    for code in [
        "0    success",
        "1    the work",
        "2    wrong",
        "3    blocked",
        "130  interrupted",
    ] {
        assert!(help.contains(code), "{help}");
    }
}

#[test]
fn the_version_is_one_line() {
    let version = Mafia::alone().run(&["--version"]).succeeds();
    assert_eq!(
        version.stdout,
        format!("mafia {}\n", env!("CARGO_PKG_VERSION"))
    );
}
