//! The game on the screen.

use super::assert_faces;
use crate::scripted::{Script, anna};

#[test]
fn turns_are_tables_and_verdicts() {
    let stub = Script::game().deployed();
    let mafia = anna(&stub);
    let turns = [
        &["play", "new"][..],
        &["play", "state"],
        &["play", "night"],
        &["play", "day"],
        &["play", "judge", "Cleo"],
        &["play", "night", "--verbose"],
    ];
    let faces = turns.map(|turn| mafia.run(turn).succeeds().reads_well_in_a_pipe());
    assert_faces("play", &faces.each_ref());
    let auto = mafia.run(&["play", "auto", "--seed", "7"]).succeeds();
    assert_faces("play-auto", &[&auto.reads_well_in_a_pipe()]);
}

#[test]
fn a_table_without_players_says_how_to_get_some() {
    let stub = Script::game()
        .answering("game-state", serde_json::json!([]))
        .deployed();
    let state = anna(&stub).run(&["play", "state"]).succeeds();
    assert_eq!(
        state.stdout,
        "No game yet. Run `mafia play new` to start one.\n"
    );
}

#[test]
fn a_state_that_leaks_shows_the_leak() {
    let leak = serde_json::json!([
        {"Name": "Ann", "Identity": "Uncovered", "TrueIdentity": "Mafia"},
    ]);
    let stub = Script::game().answering("game-state", leak).deployed();
    anna(&stub)
        .run(&["play", "state"])
        .succeeds()
        .prints("TRUE IDENTITY")
        .prints("Ann     alive  Uncovered  Mafia");
}

#[test]
fn many_players_stay_on_the_page() {
    let names: Vec<String> = (0..60).map(|number| format!("Player{number:02}")).collect();
    let new = format!("New game started with {}", names.join(", "));
    let blames = names[1..]
        .iter()
        .map(|name| format!("{name} blames on Player00"));
    let day: Vec<String> = blames.collect();
    let stub = Script::game()
        .answering("new-game", serde_json::json!({ "message": new }))
        .answering("day-turn", serde_json::json!({ "Message": day }))
        .deployed();
    let mafia = anna(&stub);
    mafia
        .run(&["play", "new"])
        .succeeds()
        .reads_well_in_a_pipe();
    mafia
        .run(&["play", "day"])
        .succeeds()
        .reads_well_in_a_pipe();
}
