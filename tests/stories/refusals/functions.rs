//! Functions that are not there, payloads that are no JSON, players whom nobody knows, and answers
//! that are not the game's.

use serde_json::json;

use super::assert_refusals;
use crate::mafia::Outcome;
use crate::scripted::{Says, Script, anna};
use crate::stub::Stub;

#[test]
fn a_function_that_is_not_there_is_told_from_a_stack_that_is_not_there() {
    let (empty, game) = (Stub::empty(), Script::game().deployed());
    let refused = |stub, arguments: &[&str], code| -> Outcome {
        let outcome = anna(stub).run(arguments);
        outcome.exits_with(code).reads_well_in_a_pipe()
    };
    let refusals = [
        refused(&empty, &["play", "night"], 1),
        refused(&empty, &["invoke", "night-turn"], 1),
        refused(&empty, &["logs"], 1),
        refused(&game, &["invoke", "nite-turn"], 2),
        refused(&game, &["logs", "nobody"], 2),
    ];
    assert_refusals("no-function", &refusals);
}

#[test]
fn a_payload_that_is_no_json_is_not_sent() {
    let stub = Script::game().deployed();
    let refused = |payload: &str| {
        let mafia = anna(&stub).input("Name: Cleo\n");
        mafia
            .run(&["invoke", "judgement", payload])
            .exits_with(2)
            .reads_well_in_a_pipe()
    };
    let mafia = anna(&stub);
    std::fs::write(mafia.home().join("event.json"), "{'Name': 'Cleo'}").expect("a file");
    let from_file = mafia
        .run(&["invoke", "judgement", "@event.json"])
        .exits_with(2);
    let refusals = [
        refused("{Name: Cleo}"),
        refused("-"),
        refused("@missing.json"),
        from_file.reads_well_in_a_pipe(),
    ];
    assert_refusals("malformed-payload", &refusals);
}

#[test]
fn payloads_come_from_the_command_line_a_file_or_standard_input() {
    let stub = Script::game().deployed();
    let mafia = anna(&stub).input(r#"{"Name": "Cleo"}"#);
    std::fs::write(mafia.home().join("event.json"), r#"{"Name": "Cleo"}"#).expect("a file");
    for payload in [r#"{"Name": "Cleo"}"#, "@event.json", "-"] {
        mafia
            .run(&["invoke", "judgement", payload])
            .succeeds()
            .prints("Mafia has been uncovered!");
    }
}

#[test]
fn a_player_who_cannot_be_judged_is_named_with_the_reason() {
    let no = json!({ "Message": "Player with name X not found" });
    let stub = Script::game().answering("judgement", no.clone()).deployed();
    let nobody = Script::game()
        .answering(
            "judgement",
            json!({ "Message": "No game yet: start one with new-game" }),
        )
        .answering("game-state", json!([]))
        .deployed();
    let judge = |stub, name| {
        let refused = anna(stub).run(&["play", "judge", name]);
        refused.exits_with(1).reads_well_in_a_pipe()
    };
    let refusals = [
        judge(&stub, "Zoltan"),
        judge(&stub, "Deee"),
        judge(&stub, "bo"),
        judge(&nobody, "Ann"),
    ];
    assert_refusals("nobody-to-judge", &refusals);
}

#[test]
fn a_night_without_a_game_says_how_to_start_one() {
    let no = json!({ "Message": "No game yet: start one with new-game" });
    let stub = Script::game().answering("night-turn", no).deployed();
    let refused = anna(&stub)
        .run(&["play", "night"])
        .exits_with(1)
        .reads_well_in_a_pipe();
    assert_refusals("no-game", &[refused]);
}

/// A game of four in which these have left it, Cleo as the mafia.
fn players(bo: &str, cleo: &str) -> Says {
    let names = ["Ann", "Bo", "Cleo", "Dee"];
    let identities = ["Uncovered", bo, cleo, "Uncovered"];
    let player = |(name, identity)| json!({ "Name": name, "Identity": identity });
    let players = names.into_iter().zip(identities).map(player);
    Says::Answers(players.collect())
}

#[test]
fn a_whole_game_goes_on_with_answers_in_words_of_ones_own() {
    let night_comes = players("Uncovered", "Uncovered");
    let it_is_day = players("Killed by mafia", "Uncovered");
    let over = players("Killed by mafia", "Correctly sentenced");
    let hello = json!({ "message": "Hello" });
    for (function, states) in [
        ("new-game", [&night_comes, &over, &over]),
        ("night-turn", [&it_is_day, &over, &over]),
        ("day-turn", [&it_is_day, &over, &over]),
        ("judgement", [&over, &over, &over]),
    ] {
        let stub = Script::game()
            .answering(function, hello.clone())
            .with("game-state", states.map(Clone::clone))
            .deployed();
        let played = anna(&stub).run(&["play", "auto"]).succeeds();
        played
            .prints("Hello\nexpected from 0")
            .prints("Game over: the innocents win.");
    }
    let own_words = ["new-game", "night-turn", "day-turn", "judgement"];
    let script = own_words
        .into_iter()
        .fold(Script::game(), |script, function| {
            script.answering(function, json!({ "Message": ["Hello"] }))
        });
    let states = [night_comes, it_is_day.clone(), it_is_day, over];
    let stub = script.with("game-state", states).deployed();
    let all = anna(&stub).run(&["play", "auto"]).succeeds();
    all.prints("Game over: the innocents win.");
}

#[test]
fn a_whole_game_ends_where_nothing_tells_how_it_stands() {
    let hello = json!({ "message": "Hello" });
    let night_comes = players("Uncovered", "Uncovered");
    let stub = Script::game()
        .answering("day-turn", hello.clone())
        .answering("game-state", hello.clone())
        .deployed();
    let stopped = anna(&stub).run(&["play", "auto"]).exits_with(1);
    stopped
        .remarks("error: unexpected answer from 02-game-state")
        .remarks("  hint: expected [{\"Name\"");
    let stub = ["night-turn", "day-turn", "judgement"]
        .into_iter()
        .fold(Script::game(), |script, function| {
            script.answering(function, hello.clone())
        })
        .with("game-state", [night_comes])
        .deployed();
    let stopped = anna(&stub).run(&["play", "auto"]).exits_with(1);
    stopped
        .remarks("error: the game does not go on: nobody was killed or sentenced")
        .remarks("  hint: play single turns to find the cause: `mafia play night`");
}

#[test]
fn a_long_answer_of_another_shape_is_shortened() {
    let long = json!({ "message": "Hello ".repeat(10_000) });
    let stub = Script::game().answering("night-turn", long).deployed();
    let shown = anna(&stub).run(&["play", "night"]).succeeds();
    assert!(shown.stdout.len() < 2000, "{shown:?}");
}

#[test]
fn the_default_stack_is_named_after_the_user() {
    let stub = Stub::empty();
    let named =
        |mafia: crate::mafia::Mafia| mafia.without_env("MAFIA_STACK").run(&["play", "night"]);
    let anna = named(anna(&stub).env("USER", "Anna.Smith")).exits_with(1);
    anna.remarks("mafia-anna-smith on ");
    let unnamed = named(crate::scripted::anna(&stub).env("USER", "ł"));
    unnamed.exits_with(2).remarks("cannot find your user name");
}
