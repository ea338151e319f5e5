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
    assert_eq!(state.stdout, "No game yet.\n");
    state.remarks("Next: mafia play new\n");
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
        .prints("Ann     alive  mafia     Mafia");
}

/// DynamoDB brings the index that game-state reads up to date a moment after the table.
#[test]
fn whoever_was_just_killed_is_dead_for_the_next_command() {
    let alive = |name: &str| serde_json::json!({ "Name": name, "Identity": "Uncovered" });
    let all_alive = ["Ann", "Bo", "Cleo", "Dee"].map(alive);
    let lagging = Script::game().answering("game-state", serde_json::json!(all_alive));
    let stub = lagging.deployed();
    let anna = anna(&stub);
    // A workshop folder.
    std::fs::write(anna.home().join("Cargo.lock"), "").expect("written");
    let state = || {
        let state = anna.run(&["play", "state", "--json"]).succeeds().json();
        let players = state["players"].as_array().cloned().unwrap_or_default();
        let out = players
            .into_iter()
            .filter(|player| player["identity"] != "Uncovered");
        out.map(|player| player["name"].to_string())
            .collect::<Vec<_>>()
    };
    let empty: [&str; 0] = [];
    assert_eq!(state(), empty);
    anna.run(&["play", "night"]).succeeds();
    assert_eq!(state(), ["\"Bo\""]);
    anna.run(&["play", "judge", "Cleo"]).succeeds();
    assert_eq!(state(), ["\"Bo\"", "\"Cleo\""]);
    anna.run(&["invoke", "new-game"]).succeeds();
    assert_eq!(state(), empty, "another game may have begun");
    anna.run(&["play", "night"]).succeeds();
    anna.run(&["play", "new"]).succeeds();
    assert_eq!(state(), empty, "a new game");
    anna.run(&["play", "auto"]).succeeds();
    assert_eq!(state(), ["\"Bo\"", "\"Cleo\""]);
}

/// The judge who comes back goes on where the turns were left, whatever the index shows.
#[test]
fn the_judge_resumes_what_the_last_command_told() {
    let alive = |name: &str| serde_json::json!({ "Name": name, "Identity": "Uncovered" });
    let all_alive = ["Ann", "Bo", "Cleo", "Dee"].map(alive);
    let lagging = Script::game().answering("game-state", serde_json::json!(all_alive));
    let stub = lagging.deployed();
    let anna = anna(&stub);
    std::fs::write(anna.home().join("Cargo.lock"), "").expect("written");
    anna.run(&["play", "night"]).succeeds();
    let resumed = anna.input("quit\n").run(&["play"]).succeeds();
    resumed
        .prints("Bo      dead   Killed by mafia")
        .prints("Day, time to wake up!");
}

#[test]
fn an_edited_line_is_shown_as_it_was_edited() {
    let night = serde_json::json!({ "Message": ["The city sleeps", "Mafia kills Bo", "Silence"] });
    let stub = Script::game().answering("night-turn", night).deployed();
    let night = anna(&stub).run(&["play", "night"]).succeeds();
    assert_eq!(night.stdout, "The city sleeps\nMafia kills Bo\nSilence\n");
}

#[test]
fn an_answer_of_any_shape_is_shown_with_the_shape_that_was_expected() {
    for turn in [
        &["play", "new"][..],
        &["play", "state"],
        &["play", "night"],
        &["play", "day"],
        &["play", "judge", "Cleo"],
    ] {
        let mut script = Script::game();
        for function in [
            "new-game",
            "game-state",
            "night-turn",
            "day-turn",
            "judgement",
        ] {
            script = script.answering(function, serde_json::json!({ "killed": ["Bo"] }));
        }
        let stub = script.deployed();
        let shown = anna(&stub).run(turn).succeeds().reads_well_in_a_pipe();
        shown.prints("\"Bo\"").prints("expected from 0");
    }
}

#[test]
fn a_turn_without_a_game_names_the_command_that_starts_one() {
    let no_game = serde_json::json!({ "Message": "No game yet: start one with new-game" });
    for (turn, function) in [("night", "night-turn"), ("day", "day-turn")] {
        let stub = Script::game()
            .answering(function, no_game.clone())
            .deployed();
        let refused = anna(&stub).run(&["play", turn]).exits_with(1);
        refused.remarks("error: there is no game yet\n  hint: run `mafia play new` to start one");
    }
}

#[test]
fn the_end_of_a_game_names_the_command_that_starts_another() {
    let over = serde_json::json!({ "Message": ["Game over: the mafia wins"] });
    let stub = Script::game()
        .answering("night-turn", over.clone())
        .answering("day-turn", over.clone())
        .answering("judgement", over)
        .deployed();
    for turn in [
        &["play", "night"][..],
        &["play", "day"],
        &["play", "judge", "Ann"],
        &["play", "state"],
    ] {
        let over = anna(&stub).run(turn).succeeds();
        over.prints("Game over: the ")
            .remarks("Next: mafia play new\n");
    }
}

#[test]
fn in_a_pipe_no_row_is_wrapped_however_many_players_there_are() {
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
    let new = mafia.run(&["play", "new"]).succeeds();
    assert_eq!(new.stdout.lines().count(), 1);
    let day = mafia.run(&["play", "day"]).succeeds();
    day.prints(&format!("Player00     59  {}\n", names[1..].join(", ")));
}
