//! What cannot be typed.

use super::assert_refusals;
use crate::mafia::Mafia;
use crate::scripted::{Script, anna};

#[test]
fn wrong_usage_is_refused_before_anything_is_sent() {
    let wrong = |arguments: &[&str]| {
        let outcome = Mafia::alone().run(arguments);
        outcome.exits_with(2).reads_well_in_a_pipe()
    };
    let refusals = [
        wrong(&["depoy"]),
        wrong(&["play", "judge"]),
        wrong(&["play", "auto", "--seed", "seven"]),
        wrong(&["deploy", "--full", "--function", "day-turn"]),
        wrong(&["deploy", "--parameter", "Players"]),
        wrong(&["logs", "--since", "5"]),
        wrong(&["--color", "sometimes", "doctor"]),
        wrong(&["completions", "tcsh"]),
    ];
    assert_refusals("wrong-usage", &refusals);
}

#[test]
fn clean_asks_a_person_or_nobody() {
    let stub = Script::game().deployed();
    let mafia = anna(&stub);
    let refused = mafia.run(&["clean"]).exits_with(2).reads_well_in_a_pipe();
    assert_refusals("clean-without-a-terminal", &[refused]);
}
