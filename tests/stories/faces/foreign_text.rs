//! What functions answer, log and fail with, and what files and folders are called, cannot make a terminal
//! do anything.

use std::fs;

use serde_json::json;

use crate::mafia::{Mafia, Outcome};
use crate::scripted::{Says, Script, anna};

/// A colour, the clipboard, a clear screen in two forms, a new direction, a new line's end.
const EVIL: &str = "\u{1b}[45m\u{1b}]52;c;eA==\u{7}\u{1b}[2J\u{9b}2J\u{202e}\r.";
const FAILURE: Says = Says::Fails("Type", EVIL, EVIL);
/// The colours that `mafia` itself uses.
const OURS: [&str; 7] = ["0", "1", "2", "4", "31", "32", "36"];

fn is_obeyed(character: char) -> bool {
    let is_shown = ['\n', '\t'].contains(&character);
    (character.is_control() && !is_shown) || character == '\u{202e}'
}

#[track_caller]
fn assert_harmless(outcome: &Outcome) {
    for stream in [&outcome.stdout, &outcome.stderr] {
        let mut rest = stream.clone();
        for color in OURS {
            rest = rest.replace(&format!("\u{1b}[{color}m"), "");
        }
        if rest.contains(is_obeyed) {
            outcome.fails(&format!(
                "should have escaped what a terminal obeys in {rest:?}"
            ));
        }
    }
}

/// Each way of a command to show something: in colours, for scripts, and with details.
#[track_caller]
fn assert_all_harmless(mafia: &Mafia, arguments: &[&str]) -> Outcome {
    for options in [&["--color", "always"][..], &["-v", "--color", "always"]] {
        let shown = mafia.run(&[arguments, options].concat());
        assert_harmless(&shown);
        if !(shown.stdout.clone() + &shown.stderr).contains("\\u{202e}") {
            shown.fails("should have shown the text");
        }
    }
    let document = mafia.run(&[arguments, &["--json"]].concat());
    assert_harmless(&document);
    document
}

#[test]
fn texts_of_functions_are_shown_and_not_obeyed() {
    let evil = |text: &str| format!("{text}{EVIL}");
    let lines = |lines: &[String]| json!({ "Message": lines });
    let players = json!([{ "Name": evil("A"), "Identity": EVIL, "TrueIdentity": EVIL }]);
    let stub = Script::game()
        .answering(
            "new-game",
            json!({ "message": evil("New game started with ") }),
        )
        .answering("game-state", players)
        .answering("night-turn", lines(&[evil("Mafia kills ")]))
        .answering("day-turn", lines(&[evil("A blames on "), evil("")]))
        .answering("judgement", lines(&[evil("")]))
        .logging(EVIL)
        .deployed();
    let mafia = anna(&stub);
    for arguments in [
        &["play", "new"][..],
        &["play", "state"],
        &["play", "night"],
        &["play", "day"],
        &["play", "judge", "A"],
        &["invoke", "game-state"],
        &["invoke", "judgement"],
        &["logs"],
        &["logs", "night-turn"],
    ] {
        assert_all_harmless(&mafia, arguments);
    }
    let document = mafia.run(&["play", "state", "--json"]).succeeds().json();
    assert_eq!(
        document["players"][0]["name"],
        evil("A"),
        "it says the same"
    );
    let document = mafia.run(&["logs", "--json"]).succeeds().json();
    assert_eq!(document["lines"][3]["message"], EVIL.trim_end());

    let stub = Script::game()
        .with("day-turn", [FAILURE])
        .answering("game-state", json!(EVIL))
        .answering("judgement", json!({ "Message": EVIL }))
        .deployed();
    for arguments in [
        &["play", "day"][..],
        &["invoke", "day-turn"],
        &["play", "state"],
        &["play", "judge", "A"],
    ] {
        assert_all_harmless(&anna(&stub), arguments);
    }
}

#[test]
fn names_of_files_and_the_sandboxs_log_are_shown_and_not_obeyed() {
    let mafia = Mafia::alone();
    let folder = mafia.home().join(EVIL);
    fs::create_dir_all(folder.join("labs")).expect("made");
    fs::write(folder.join("Cargo.lock"), EVIL).expect("written");
    fs::write(folder.join("Cargo.toml"), EVIL).expect("written");
    let state = folder.join(".mafia/sandbox");
    fs::create_dir_all(&state).expect("made");
    fs::write(state.join("sandbox.log"), format!("{EVIL}\n")).expect("written");
    let mafia = mafia.without_env("MAFIA_STATE_DIR").in_folder(&folder);
    for arguments in [
        &["sandbox", "status"][..],
        &["sandbox", "logs"],
        &["sandbox", "start"],
        &["deploy", "--stack", "mafia-anna"],
        &["invoke", "x", &format!("@{EVIL}")],
        &["play", EVIL],
    ] {
        assert_all_harmless(&mafia, arguments);
    }
}
