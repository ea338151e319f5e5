//! The picture in the README: an edit, a deployment and a turn, as the program prints them. This story
//! fails when the picture shows something else; `docs/picture` draws it again.

mod svg;

use std::path::Path;

use crate::mafia::Mafia;
use crate::workspace::Workspace;

const PICTURE: &str = "docs/edit-deploy-play.svg";
/// Set by `docs/picture`.
const DRAW: &str = "MAFIA_PICTURE";
const COMMANDS: [&str; 3] = [
    "sed -i 's/Mafia awakes/The mafia opens its eyes/' labs/game/src/bin/night-turn.rs",
    "mafia deploy",
    "mafia play night",
];
/// The characters of a digest in a table.
const DIGEST: usize = 12;

#[test]
fn the_picture_shows_what_the_program_prints() {
    let workspace = Workspace::copy();
    let mafia = Mafia::alone()
        .in_folder(workspace.path())
        .env("MAFIA_STACK", "mafia-ann")
        .env("MAFIA_COLOR", "always");
    mafia.run(&["deploy"]).succeeds();
    mafia.run(&["play", "new"]).succeeds();
    let mut terminal = String::new();
    for command in COMMANDS {
        let typed = format!("PATH=\"$(dirname \"$MAFIA\"):$PATH\"; {{ {command}; }} 2>&1");
        let printed = mafia.run_in_shell(&typed).succeeds().stdout;
        terminal += &format!("\u{1b}[2m$\u{1b}[0m \u{1b}[1m{command}\u{1b}[0m\n{printed}\n");
    }
    let lines: Vec<&str> = terminal
        .trim_end()
        .lines()
        .filter(|line| !waits(line))
        .collect();
    let picture = Path::new(env!("CARGO_MANIFEST_DIR")).join(PICTURE);
    let drawn = svg::draw("Edit, deploy, play", &lines);
    if std::env::var_os(DRAW).is_some() {
        std::fs::write(&picture, &drawn).expect("the picture can be written");
    }
    let shown = std::fs::read_to_string(&picture).expect("the picture is there");
    let [shown, drawn] = [shown, drawn].map(|picture| settled(&svg::text(&picture)));
    assert_eq!(
        shown, drawn,
        "run docs/picture, look at {PICTURE} and commit it"
    );
}

/// Whether the line tells of another build at the same time.
fn waits(line: &str) -> bool {
    line.contains("waiting for another cargo")
}

/// The words that are the same in each run: no times, digests and addresses, and whoever is killed.
fn settled(text: &str) -> Vec<String> {
    let line = |line: &str| {
        let words = line.split_whitespace().filter(|word| {
            let varies = word.contains(|c: char| c.is_ascii_digit()) && !word.contains("-turn");
            !varies && word.len() != DIGEST && !["ms", "s", "min"].contains(word)
        });
        let words = words.collect::<Vec<_>>().join(" ");
        let kills = words.find("kills ").map(|at| at + "kills".len());
        words[..kills.unwrap_or(words.len())].to_owned()
    };
    text.lines().map(line).collect()
}
