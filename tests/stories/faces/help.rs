//! Help: one screen, 80 columns, the same on a terminal and in a pipe.

use super::{assert_faces, assert_snapshot};
use crate::mafia::{Mafia, Outcome};

const COMMANDS: [&[&str]; 22] = [
    &[],
    &["demo"],
    &["doctor"],
    &["deploy"],
    &["play"],
    &["play", "new"],
    &["play", "state"],
    &["play", "night"],
    &["play", "day"],
    &["play", "judge"],
    &["play", "auto"],
    &["invoke"],
    &["logs"],
    &["clean"],
    &["sandbox"],
    &["sandbox", "start"],
    &["sandbox", "stop"],
    &["sandbox", "status"],
    &["sandbox", "reset"],
    &["sandbox", "env"],
    &["sandbox", "logs"],
    &["completions"],
];

#[test]
fn every_command_has_help_that_fits_on_a_page() {
    let mut pages = Vec::new();
    for command in COMMANDS {
        // Without a word on how wide the page is.
        let mafia = Mafia::alone().without_env("COLUMNS");
        let help = mafia
            .run(&[command, &["--help"]].concat())
            .succeeds()
            .reads_well_in_a_pipe();
        assert!(help.stderr.is_empty(), "{help:?}");
        assert!(help.stdout.lines().count() <= 48, "{help:?}");
        let short = mafia.run(&[command, &["-h"]].concat());
        assert_eq!(short.stdout, help.stdout, "-h and --help say the same");
        match command {
            [] => assert_faces("help", &[&help]),
            _ => pages.push(without_global_options(&help)),
        }
    }
    assert_snapshot("help-of-commands", &pages.join("\n\n"));
}

/// They are the same on every page.
fn without_global_options(help: &Outcome) -> String {
    let (before, options) = help
        .stdout
        .split_once("Global options:")
        .expect("every command takes them");
    let (_, after) = options
        .split_once("Answer yes to every question")
        .expect("it is the last of them");
    let page = format!("$ {}\n{before}[global options]{after}", help.command);
    page.trim_end().to_owned()
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
fn without_a_command_help_comes_with_the_refusal() {
    let bare = Mafia::alone().run(&[]).exits_with(2).prints_nothing();
    bare.remarks("Usage: mafia")
        .remarks("error: no command given");
}

#[test]
fn the_version_is_one_line() {
    let version = Mafia::alone().run(&["--version"]).succeeds();
    assert_eq!(
        version.stdout,
        format!("mafia {}\n", env!("CARGO_PKG_VERSION"))
    );
}

#[test]
fn the_lines_for_completions_work_in_a_new_home() {
    let mafia = Mafia::alone();
    let help = mafia.run(&["completions", "--help"]).stdout;
    let is_command = |line: &&str| line.starts_with("mkdir ") || line.starts_with("mafia ");
    let lines: Vec<&str> = help.lines().map(str::trim).filter(is_command).collect();
    let script = format!(
        "set -e; mafia() {{ \"$MAFIA\" \"$@\"; }}\n{}",
        lines.join("\n")
    );
    mafia.run_in_shell(&script).succeeds();
    for file in [
        ".local/share/bash-completion/completions/mafia",
        ".zfunc/_mafia",
        ".config/fish/completions/mafia.fish",
    ] {
        let script = std::fs::read_to_string(mafia.home().join(file));
        assert!(
            script.is_ok_and(|script| script.contains("mafia")),
            "{file}"
        );
    }
}
