//! Functions that are not there, payloads that are no JSON, players whom nobody knows, and answers
//! that are not the game's.

use serde_json::json;

use super::assert_refusals;
use crate::mafia::Outcome;
use crate::scripted::{Script, anna};
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

#[test]
fn a_whole_game_ends_with_an_answer_of_another_shape() {
    let hello = json!({ "message": "Hello" });
    for function in ["new-game", "night-turn", "day-turn", "judgement"] {
        let stub = Script::game().answering(function, hello.clone()).deployed();
        let stopped = anna(&stub).run(&["play", "auto"]).exits_with(1);
        stopped
            .prints("\"Hello\"")
            .remarks("error: unexpected answer from 0")
            .remarks("  hint: expected {\"");
    }
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
