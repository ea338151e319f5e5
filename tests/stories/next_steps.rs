//! The command that each command names as the next: it is one that works as it is typed.

use crate::endpoint::Endpoint;
use crate::mafia::{Mafia, Outcome};
use crate::scripted::{Script, anna};
use crate::student::Student;
use crate::workspace::Workspace;

/// The command in the line `Next: mafia …`, without the program.
#[track_caller]
fn next(outcome: &Outcome) -> Vec<String> {
    let line = outcome
        .stderr
        .lines()
        .find_map(|it| it.strip_prefix("Next: mafia "));
    let Some(line) = line else {
        outcome.fails("should have named the next command");
    };
    line.split(' ')
        .map(|word| word.replace("NAME", "Cleo"))
        .collect()
}

#[track_caller]
fn follow(mafia: &Mafia, outcome: &Outcome) -> Outcome {
    let command = next(outcome);
    let words: Vec<&str> = command.iter().map(String::as_str).collect();
    mafia.run(&words).succeeds()
}

#[test]
fn a_game_is_played_by_following() {
    let stub = Script::game().deployed();
    let anna = anna(&stub);
    let new = anna.run(&["play", "new"]).succeeds();
    let night = follow(&anna, &new);
    let day = follow(&anna, &night).prints("Cleo blames on Dee");
    let judged = follow(&anna, &day).prints("Game over");
    assert_eq!(next(&judged), ["play", "new"]);
    let state = anna.run(&["play", "state"]).succeeds();
    assert_eq!(next(&state), ["play", "new"]);
    let auto = anna.run(&["play", "auto"]).succeeds();
    assert_eq!(next(&auto), ["play"]);
    let called = anna.run(&["invoke", "02-game-state"]).succeeds();
    follow(&anna, &called);
    // Quiet commands and failures name none.
    anna.run(&["play", "new", "--quiet"])
        .succeeds()
        .never_says("Next:");
    anna.run(&["invoke", "nobody"])
        .exits_with(2)
        .never_says("Next:");
    let document = anna.run(&["play", "new", "--json"]).succeeds();
    assert_eq!(document.json()["next"], "mafia play night");
    assert!(!document.stderr.contains("Next:"), "{}", document.stderr);
    // Which target that was is said in any case, and not in the document.
    let document = document.remarks("mafia-anna on http://");
    assert!(!document.stdout.contains("http://"), "{}", document.stdout);
}

#[test]
fn a_stack_is_deployed_by_following() {
    let endpoint = Endpoint::sandbox();
    let workspace = Workspace::light();
    let anna = Student::new(&endpoint, "mafia-anna", &workspace).mafia();
    let look = anna.run(&["status"]).succeeds();
    let deployed = follow(&anna, &look);
    assert_eq!(next(&deployed), ["play"]);
    let foreseen = anna
        .run(&["deploy", "--dry-run", "-p", "Players=7"])
        .succeeds();
    assert_eq!(next(&foreseen), ["deploy", "-p", "Players=7"]);
    follow(&anna, &foreseen).prints("resources updated");
    workspace.write("src/bin/extra.rs", "fn main() {}\n");
    let hinted = anna.run(&["deploy", "--json"]).succeeds().json();
    let hint = hinted["hints"][0].as_str().expect("a hint");
    assert!(
        hint.starts_with("the binary `extra` is not a function yet"),
        "{hint}"
    );
    let cleaned = anna.run(&["clean"]).succeeds();
    assert!(!cleaned.stderr.contains("Next:"), "{}", cleaned.stderr);
    // Where options were typed, the next command has them too.
    let other = anna.run(&["deploy", "--stack", "mafia-ben"]).succeeds();
    assert_eq!(next(&other), ["play", "--stack", "mafia-ben"]);
}

/// Somebody who has not installed it starts it by its path.
#[test]
fn what_follows_begins_with_the_program_as_it_was_started() {
    let stub = Script::game().deployed();
    let mafia = anna(&stub);
    let types = |line: &str| {
        let script = format!("ln -sf \"$MAFIA\" it\n./it {line}");
        mafia.run_in_shell(&script)
    };
    let new = types("play new --stack mafia-anna").succeeds();
    new.remarks("Next: ./it play night --stack mafia-anna\n");
    let document = types("play new --json").succeeds().json();
    assert_eq!(document["next"], "./it play night");
    let refused = types("play judge --json").exits_with(2).json();
    assert_eq!(
        refused["error"]["hints"][0],
        "for example, run `./it play judge Latifa`"
    );
    let ill = types("doctor --stack mafia-anna --json").exits_with(2);
    let remedies = ill.json()["checks"].to_string();
    assert!(!remedies.contains("`mafia "), "{remedies}");
    let left = types("play --stack mafia-anna < /dev/null").succeeds();
    left.prints("Game over").never_says("`mafia ");
    for page in ["--help", "-h", "help play", "deploy -h", "undo --help"] {
        let page = types(page).succeeds().never_says("`mafia ");
        page.never_says("\n  mafia ").prints("./it ");
    }
}

#[test]
fn the_sandbox_is_used_by_following() {
    let mafia = Mafia::alone();
    let started = mafia.run(&["sandbox", "start"]).succeeds();
    assert_eq!(next(&started), ["deploy"]);
    let emptied = mafia.run(&["sandbox", "reset", "--yes"]).succeeds();
    assert_eq!(next(&emptied), ["deploy"]);
    let status = mafia.run(&["sandbox", "status"]).exits_with(1);
    assert!(!status.stderr.contains("Next:"), "{}", status.stderr);
}
