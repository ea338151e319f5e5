//! A terminal of its own: the live line, questions and answers, Ctrl-C, and a narrow window.

use serde_json::json;

use super::assert_snapshot;
use crate::mafia::Mafia;
use crate::scripted::{Says, Script, anna};
use crate::stub::Stub;
use crate::tiny::Tiny;

const CTRL_C: &str = "\u{3}";

/// What a person saw.
pub struct Seen {
    pub code: i64,
    pub screen: String,
    /// The screen with marks for colours.
    pub styled: String,
    pub gone: String,
    pub wrapped: Vec<String>,
    pub colored: bool,
}

pub fn see(mafia: &Mafia, columns: u16, keys: &[(&str, &str)], arguments: &[&str]) -> Seen {
    let told = mafia
        .run_on_a_terminal(columns, keys, arguments)
        .succeeds()
        .json();
    let text = |name: &str| {
        let lines = told[name].as_array().expect("terminal.py tells lines");
        let lines = lines.iter().map(|line| line.as_str().unwrap_or_default());
        lines.collect::<Vec<_>>().join("\n").trim_end().to_owned()
    };
    Seen {
        code: told["code"].as_i64().expect("terminal.py tells the code"),
        screen: text("screen"),
        styled: text("styled"),
        gone: text("gone"),
        wrapped: text("wrapped").lines().map(str::to_owned).collect(),
        colored: told["colored"] == true,
    }
}

#[test]
#[ignore = "needs Python: run .ci/run, or pass --include-ignored"]
fn a_sitting_fits_the_window() {
    let keys = [
        ("new, quit: ", "\r"),
        ("or help: ", "zoltan\r"),
        // The arrow brings the last line back; it is no part of a name.
        ("or help: ", "\u{1b}[A\u{15}cl\t\r"),
        ("[Y/n] ", "n\r"),
    ];
    for columns in [80, 40] {
        let no = json!({ "Message": "Player with name zoltan not found" });
        let yes =
            json!({ "Message": ["Mafia has been uncovered!", "Game over: the innocents win"] });
        let night_comes = json!([
            {"Name": "Ann", "Identity": "Uncovered"},
            {"Name": "Bo", "Identity": "Uncovered"},
            {"Name": "Cleo", "Identity": "Uncovered"},
            {"Name": "Dee", "Identity": "Uncovered"},
        ]);
        let over = json!([
            {"Name": "Ann", "Identity": "Uncovered"},
            {"Name": "Bo", "Identity": "Killed by mafia"},
            {"Name": "Cleo", "Identity": "Correctly sentenced"},
            {"Name": "Dee", "Identity": "Uncovered"},
        ]);
        let states = [night_comes.clone(), night_comes, over].map(Says::Answers);
        let stub = Script::game()
            .with("game-state", states)
            .with("judgement", [Says::Answers(no), Says::Answers(yes)])
            .deployed();
        let seen = see(&anna(&stub), columns, &keys, &["play"]);
        assert_eq!(seen.code, 0, "{}", seen.screen);
        assert!(seen.colored);
        assert!(seen.wrapped.is_empty(), "{:?}", seen.wrapped);
        assert_snapshot(&format!("sitting-on-{columns}-columns"), &seen.styled);
    }
}

#[test]
#[ignore = "needs Python: run .ci/run, or pass --include-ignored"]
fn a_new_game_asks_before_it_ends_another() {
    let alive = |name: &str| json!({ "Name": name, "Identity": "Uncovered" });
    let running = json!(["Ann", "Bo", "Cleo", "Dee"].map(alive));
    let running = Script::game().answering("game-state", running).deployed();
    let over = Script::game().deployed();
    let new = &["play", "new"];
    for (stub, keys, code) in [
        (&running, &[("start a new one? [y/N] ", "\r")][..], 1),
        (&running, &[("start a new one? [y/N] ", "y\r")], 0),
        (&over, &[], 0),
    ] {
        let seen = see(&anna(stub), 80, keys, new);
        assert_eq!(seen.code, code, "{}", seen.screen);
        let has_begun = seen.screen.contains("New game started");
        assert_eq!(has_begun, code == 0, "{}", seen.screen);
    }
}

#[test]
#[ignore = "needs Python: run .ci/run, or pass --include-ignored"]
fn a_live_line_comes_and_goes() {
    let (stub, tiny) = (Stub::empty(), Tiny::new());
    let mafia = anna(&stub).in_folder(tiny.path());
    for columns in [80, 40] {
        tiny.write(
            "labs/tiny/src/bin/new-game.rs",
            &format!("fn main() {{ /* {columns} */ }}\n"),
        );
        // The stub has no answer to what comes after the build.
        let seen = see(&mafia, columns, &[], &["deploy"]);
        assert_eq!(seen.code, 1, "{}", seen.screen);
        assert!(seen.gone.contains("building 1 function"), "{}", seen.gone);
        assert!(!seen.screen.contains("building"), "{}", seen.screen);
        let last_step = "stopped while comparing with what is";
        assert!(seen.screen.contains(last_step), "{}", seen.screen);
        assert!(
            seen.screen.contains("✓ compiled 1 crate in"),
            "{}",
            seen.screen
        );
        assert!(seen.wrapped.is_empty(), "{:?}", seen.wrapped);
    }
    let quiet = see(&mafia, 80, &[], &["deploy", "--quiet"]);
    assert!(quiet.screen.starts_with("error: "), "{}", quiet.screen);
    assert!(quiet.gone.is_empty(), "{}", quiet.gone);
    let plain = see(&mafia.env("NO_COLOR", "1"), 80, &[], &["deploy"]);
    assert!(!plain.colored);
}

#[test]
#[ignore = "needs Python: run .ci/run, or pass --include-ignored"]
fn ctrl_c_ends_it_and_says_where_things_stand() {
    let (stub, tiny) = (Stub::empty(), Tiny::new());
    tiny.write(
        "labs/tiny/build.rs",
        "fn main() { loop { std::thread::park() } }\n",
    );
    let mafia = anna(&stub).in_folder(tiny.path());
    for columns in [80, 40] {
        let seen = see(&mafia, columns, &[("crates", CTRL_C)], &["deploy"]);
        assert_eq!(seen.code, 130, "{}", seen.screen);
        let told = seen.screen.contains("\ninterrupted while building: ");
        assert!(told, "{}", seen.screen);
        // Each state of the live line began with its spinner.
        let spinner = |line: &str| line.starts_with(|c| ('\u{2801}'..='\u{28ff}').contains(&c));
        assert!(!seen.screen.lines().any(spinner), "{}", seen.screen);
    }
    let game = Script::game().deployed();
    let seen = see(&anna(&game), 80, &[("[Y/n] ", CTRL_C)], &["play"]);
    assert_eq!(seen.code, 130, "{}", seen.screen);
    assert!(seen.screen.ends_with("\ninterrupted"), "{}", seen.screen);
}

#[test]
#[ignore = "needs Python: run .ci/run, or pass --include-ignored"]
fn clean_shows_what_goes_and_takes_no_for_an_answer() {
    let stub = Script::game().deployed();
    for answer in ["\r", "n\r", "maybe\r", "\u{4}"] {
        let seen = see(
            &anna(&stub),
            80,
            &[("[y/N] ", answer)],
            &["clean", "--quiet"],
        );
        assert_eq!(seen.code, 1, "{}", seen.screen);
        assert!(
            seen.screen
                .contains("AWS::Lambda::Function  mafia-anna-01-new-game"),
            "{}",
            seen.screen
        );
        assert!(
            seen.screen.contains("cancelled, nothing deleted"),
            "{}",
            seen.screen
        );
    }
}
