//! What a person sees at 80 and at 40 columns, in colours and without: no word is broken, and no line is
//! wider than the window but for what has no place to break, such as a path.

use std::path::Path;

use serde_json::json;

use super::assert_snapshot;
use super::terminal::{Seen, see};
use crate::mafia::Mafia;
use crate::scripted::{Says, Script, anna};
use crate::tiny::Tiny;
use crate::workspace::Workspace;

const CTRL_C: &str = "\u{3}";
const WIDTHS: [u16; 2] = [80, 40];

/// What a person types in a demo, however many turns the game has.
const ENTER: [(&str, &str); 40] = {
    let mut keys = [("next turn. ", "\r"); 40];
    keys[0] = ("to start. ", "\r");
    keys
};

/// Compares the screen with its snapshot, and with what is seen without colours.
#[track_caller]
pub fn assert_screen(name: &str, columns: u16, see: impl Fn(&[(&str, &str)]) -> Seen, code: i64) {
    let [seen, plain] = [("NO_COLOR", ""), ("NO_COLOR", "1")].map(|variable| see(&[variable]));
    for seen in [&seen, &plain] {
        assert_eq!(seen.code, code, "{}", seen.screen);
        let broken = seen.wrapped.iter().find(|line| line.trim().contains(' '));
        assert_eq!(broken, None, "{}", seen.screen);
    }
    assert!(seen.colored && !plain.colored, "{name}");
    assert_eq!(without_times(&seen.screen), without_times(&plain.screen));
    let name = format!("{name}-on-{columns}-columns");
    assert_snapshot(&name, &without_others(&seen.styled));
}

/// Two runs take different times.
fn without_times(screen: &str) -> Vec<String> {
    let screen = without_others(screen);
    let words = screen.split_whitespace().map(str::to_owned);
    let is_time = |word: &String| ["ms", "s"].contains(&word.as_str());
    let words = words.filter(|word| !is_time(word) && !word.contains(|c: char| c.is_ascii_digit()));
    words.collect()
}

/// Other stories build at the same time, and sometimes this one waits for them.
fn without_others(screen: &str) -> String {
    let mut waits = false;
    let lines = screen.lines().filter(|line| {
        waits = line.contains("waiting for another cargo") || (waits && line.contains(')'));
        !waits
    });
    lines.collect::<Vec<_>>().join("\n")
}

pub fn with(mafia: Mafia, variables: &[(&str, &str)]) -> Mafia {
    let set = |mafia: Mafia, (name, value): &(&str, &str)| mafia.env(name, value);
    variables.iter().fold(mafia, set)
}

#[test]
#[ignore = "needs Python: run .ci/run, or pass --include-ignored"]
fn help_fits_the_window() {
    for columns in WIDTHS {
        for (name, arguments) in [
            ("help", &["--help"][..]),
            ("help-logs", &["logs", "--help"]),
        ] {
            let columns_of_clap = columns.to_string();
            let help = |variables: &[(&str, &str)]| {
                let mafia = Mafia::alone().env("COLUMNS", &columns_of_clap);
                see(&with(mafia, variables), columns, &[], arguments)
            };
            assert_screen(name, columns, help, 0);
        }
    }
}

#[test]
#[ignore = "needs Python: run .ci/run, or pass --include-ignored"]
fn a_failed_call_fits_the_window() {
    let log = "thread 'main' panicked at src/bin/day-turn.rs:12:9:\nnobody is left to blame";
    let failure = Says::Fails("Runtime.ExitError", "nobody is left to blame", log);
    for columns in WIDTHS {
        let stub = Script::game()
            .with("day-turn", [failure.clone()])
            .deployed();
        let play = |variables: &[(&str, &str)]| {
            see(
                &with(anna(&stub), variables),
                columns,
                &[],
                &["play", "day"],
            )
        };
        assert_screen("failed-call", columns, play, 1);
    }
}

#[test]
#[ignore = "needs Python: run .ci/run, or pass --include-ignored"]
fn what_would_be_deleted_fits_the_window() {
    let stub = Script::game().deployed();
    let no = [("[y/N] ", "n\r")];
    for columns in WIDTHS {
        let clean = |variables: &[(&str, &str)]| {
            see(&with(anna(&stub), variables), columns, &no, &["clean"])
        };
        assert_screen("clean", columns, clean, 1);
    }
}

#[test]
#[ignore = "needs Python: run .ci/run, or pass --include-ignored"]
fn logs_fit_the_window() {
    let stub = Script::game()
        .logging("called directly, answers 200: {\"Message\": [\"Mafia kills Bo\"]}")
        .logging("END RequestId: 1")
        .logging("REPORT RequestId: 1\tDuration: 1.93 ms\tInit Duration: 9.50 ms\t")
        .logging("START RequestId: 2 Version: $LATEST")
        .logging("thread 'main' panicked at src/bin/night-turn.rs:12:9:")
        .logging("RequestId: 2 Error: Runtime exited with error: exit status 101")
        .logging("REPORT RequestId: 2\tDuration: 0.20 ms")
        .deployed();
    for columns in WIDTHS {
        let logs = |variables: &[(&str, &str)]| {
            see(&with(anna(&stub), variables), columns, &[], &["logs"])
        };
        assert_screen("logs", columns, logs, 0);
    }
}

#[test]
#[ignore = "needs Python: run .ci/run, or pass --include-ignored"]
fn the_demo_and_a_patch_fit_the_window() {
    let workspace = Workspace::copy();
    let names = workspace.read("names.txt");
    let mafia = Mafia::alone().in_folder(workspace.path());
    let state = mafia.home().join("sandbox");
    // Resources are created in any order: what is compared begins after that.
    let created = see(&mafia, 40, &[], &["demo", "--fast"]);
    assert_eq!(created.code, 0, "{}", created.screen);
    assert_eq!(created.wrapped, [""; 0], "{}", created.screen);
    let mafia = |variables: &[(&str, &str)]| {
        let mafia = Mafia::alone().in_folder(workspace.path());
        let mafia = mafia.env("MAFIA_STATE_DIR", &state.to_string_lossy());
        with(mafia.env("MAFIA_STACK", "mafia-demo"), variables)
    };
    for columns in WIDTHS {
        let demo = |variables: &[(&str, &str)]| {
            let demo = ["demo", "--seed", "7"];
            see(&mafia(variables), columns, &ENTER, &demo)
        };
        assert_screen("demo", columns, demo, 0);
        let patch = |variables: &[(&str, &str)]| {
            workspace.write("names.txt", &format!("Ann\n{names}"));
            let seen = see(&mafia(variables), columns, &[], &["deploy"]);
            workspace.write("names.txt", &names);
            mafia(&[]).run(&["deploy", "--quiet"]).succeeds();
            seen
        };
        assert_screen("patch", columns, patch, 0);
    }
    let mut ahead = ENTER;
    ahead[0] = ("A game of Mafia", "\r\r\r");
    let [usual, ahead] = [ENTER, ahead].map(|keys| {
        let seen = see(&mafia(&[]), 80, &keys, &["demo", "--seed", "7"]);
        assert_eq!(seen.code, 0, "{}", seen.screen);
        without_times(&seen.screen)
    });
    assert_eq!(ahead, usual, "Enter may be typed ahead");
}

/// Commands in an order in which a student could type them, with what is typed then.
const WALK: [(&str, &[(&str, &str)]); 39] = [
    ("doctor", &[]),
    ("status", &[]),
    ("list", &[]),
    ("table", &[]),
    ("undo", &[]),
    ("logs", &[]),
    ("play", &[]),
    ("deploy --dry-run", &[]),
    ("deploy", &[]),
    ("deploy", &[]),
    ("doctor", &[]),
    ("status", &[]),
    ("list", &[]),
    ("table", &[]),
    ("table --index Masked", &[]),
    ("table --index Nothing", &[]),
    ("deploy --dry-run -p Players=12 -p Mafia=3", &[]),
    ("deploy -p Players=2 -p Mafia=3", &[]),
    ("deploy -p Player=2", &[]),
    ("deploy -p Players=12", &[]),
    ("deploy nite-turn", &[]),
    ("undo --dry-run", &[]),
    ("undo", &[("[y/N] ", "y\r")]),
    ("invoke nobody", &[]),
    ("invoke judgement {Name:Zoe}", &[]),
    ("play judge Zoe --color never --target nowhere", &[]),
    ("depoy", &[]),
    ("deploy --stak mafia-anna", &[]),
    ("play turn", &[]),
    ("logs --since 5", &[]),
    ("logs night", &[]),
    ("sandbox status", &[]),
    ("sandbox env", &[]),
    ("sandbox start --port 4566", &[]),
    ("status --stack mafia-ben", &[]),
    ("clean --stack mafia-ben", &[]),
    ("clean", &[("[y/N] ", "n\r")]),
    ("sandbox reset", &[("[y/N] ", "n\r")]),
    ("clean --yes", &[]),
];

/// Whatever a command says, on the way of a student.
#[test]
#[ignore = "needs Python: run .ci/run, or pass --include-ignored"]
fn all_that_commands_say_fits_a_narrow_window() {
    let workspace = Workspace::light();
    let mafia = Mafia::alone()
        .in_folder(workspace.path())
        .env("MAFIA_STACK", "mafia-anna");
    let mut complaints = Vec::new();
    for (number, (line, keys)) in WALK.iter().enumerate() {
        // What an undo takes back.
        if number == 9 {
            workspace.edit("src/bin/day-turn.rs", "\");", ", edited\");");
        }
        let words: Vec<&str> = line.split(' ').collect();
        let seen = see(&mafia, 40, keys, &words);
        let broken = seen.wrapped.iter().filter(|line| line.trim().contains(' '));
        complaints.extend(broken.map(|broken| format!("{line}: {broken:?}")));
    }
    let alive = |name: &str| json!({ "Name": name, "Identity": "Uncovered" });
    let running = json!(["Ann", "Bo", "Cleo", "Dee"].map(alive));
    let day = json!({ "Message": ["Day", "A very long sentence of somebody who has read a lot of books"] });
    let stub = Script::game()
        .answering("game-state", running)
        .answering("day-turn", day)
        .deployed();
    let keys = [
        ("new, quit: ", "new\r"),
        ("[y/N] ", "\r"),
        ("new, quit: ", "\r"),
        ("or help: ", "help\r"),
        ("or help: ", "\r"),
        ("or help: ", "quit\r"),
    ];
    for (line, keys) in [
        ("play", &keys[..]),
        ("play new", &[("[y/N] ", "n\r")]),
        ("play auto", &[]),
        ("play state", &[]),
    ] {
        let words: Vec<&str> = line.split(' ').collect();
        let seen = see(&anna(&stub), 40, keys, &words);
        let broken = seen.wrapped.iter().filter(|line| line.trim().contains(' '));
        complaints.extend(broken.map(|broken| format!("{line}: {broken:?}")));
    }
    assert!(complaints.is_empty(), "{}", complaints.join("\n"));
}

#[test]
#[ignore = "needs Python: run .ci/run, or pass --include-ignored"]
fn ctrl_c_in_the_demo_says_what_is_left_running() {
    let workspace = Workspace::copy();
    for (prompt, made) in [
        ("on the sandbox", false),
        ("to start. ", true),
        ("next turn. ", true),
    ] {
        let mafia = Mafia::alone().in_folder(workspace.path());
        let mut keys = vec![("to start. ", "\r"), (prompt, CTRL_C)];
        keys.retain(|(at, key)| *key == CTRL_C || (made && *at != prompt));
        let seen = see(&mafia, 80, &keys, &["demo"]);
        assert_eq!(seen.code, 130, "{}", seen.screen);
        let told = seen
            .screen
            .split_once("\ninterrupted")
            .map(|(_, told)| told.to_owned());
        let told = told.unwrap_or_else(|| panic!("{}", seen.screen));
        for command in ["`mafia clean --stack mafia-demo`", "`mafia sandbox stop`"] {
            assert!(told.contains(command), "{told}");
        }
        if made {
            mafia
                .run(&["clean", "--stack", "mafia-demo", "--yes"])
                .succeeds();
        }
        mafia.run(&["sandbox", "stop"]).succeeds();
    }
}

#[test]
#[ignore = "needs Python: run .ci/run, or pass --include-ignored"]
fn a_dumb_terminal_gets_neither_colours_nor_a_live_line() {
    let (stub, tiny) = (Script::game().deployed(), Tiny::new());
    for arguments in [
        &["play", "day"][..],
        &["logs"],
        &["play", "auto"],
        &["deploy"],
    ] {
        let dumb = anna(&stub).in_folder(tiny.path()).env("TERM", "dumb");
        let seen = see(&dumb, 80, &[], arguments);
        assert!(!seen.colored && seen.gone.is_empty(), "{}", seen.styled);
    }
}

#[test]
fn no_screen_is_wider_than_its_window() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/stories/faces/snapshots");
    let mut looked_at = 0;
    for file in std::fs::read_dir(folder).expect("the snapshots are there") {
        let path = file.expect("the snapshots are there").path();
        let name = path
            .file_name()
            .expect("it has a name")
            .to_string_lossy()
            .into_owned();
        let window = name
            .strip_suffix("-columns.snap")
            .and_then(|name| name.rsplit('-').next());
        let Some(columns) = window.and_then(|columns| columns.parse::<usize>().ok()) else {
            continue;
        };
        let text = std::fs::read_to_string(&path).expect("it is text");
        for line in text.lines() {
            let line = shown(line);
            let fits = line.chars().count() <= columns || !line.trim().contains(' ');
            assert!(fits, "{name}: {line}");
            assert!(
                !text.contains("<colour"),
                "{name} should be readable on white"
            );
        }
        looked_at += 1;
    }
    assert!(looked_at >= 12, "{looked_at} screens");
}

/// A line without the marks of colours, and without the words that stand for what varies.
fn shown(line: &str) -> String {
    let mut shown = String::new();
    let mut mark = None;
    for letter in line.chars() {
        match (mark, letter) {
            (None, '<') => mark = Some('>'),
            (None, '[') => mark = Some(']'),
            (Some(end), letter) if letter == end => mark = None,
            (Some(_), _) => {}
            (None, letter) => shown.push(letter),
        }
    }
    shown
}
