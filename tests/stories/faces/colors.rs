//! Colours: where a terminal or a person wants them, and nowhere else.

use crate::mafia::{Mafia, Outcome};
use crate::scripted::{Script, anna};

fn faces(mafia: &Mafia, options: &[&str]) -> Vec<Outcome> {
    let run = |arguments: &[&str]| mafia.run(&[options, arguments].concat());
    vec![
        run(&["play", "day"]),
        run(&["play", "judge", "Cleo"]),
        run(&["play", "state", "-v"]),
        run(&["logs", "night-turn"]),
        run(&["doctor"]),
        run(&["invoke", "nobody"]),
        run(&["deploy"]),
        run(&["--help"]),
        run(&["play", "--wrong"]),
    ]
}

#[test]
fn a_pipe_gets_no_colours_and_neither_does_who_wants_none() {
    let stub = Script::game().deployed();
    let always = [("MAFIA_COLOR", "always"), ("NO_COLOR", "1")];
    for (name, value) in always {
        let mafia = anna(&stub).env(name, value);
        let option: &[&str] = if name == "NO_COLOR" {
            &[]
        } else {
            &["--color", "never"]
        };
        for face in faces(&mafia, option) {
            face.never_says("\u{1b}");
        }
    }
    for face in faces(&anna(&stub), &[]) {
        face.never_says("\u{1b}");
    }
}

#[test]
fn who_asks_for_colours_gets_them_even_in_a_pipe() {
    let stub = Script::game().deployed();
    for face in faces(&anna(&stub), &["--color", "always"]) {
        if !face.stdout.contains('\u{1b}') && !face.stderr.contains('\u{1b}') {
            face.fails("should have come in colours");
        }
    }
    let json = anna(&stub).run(&["--color", "always", "--json", "play", "day"]);
    assert!(!json.stdout.contains('\u{1b}'), "{json:?}");
}
