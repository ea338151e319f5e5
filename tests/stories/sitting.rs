//! A sitting at the table, typed by a script: what a person is asked, and that nobody is killed or
//! sentenced without having been asked for.

use serde_json::json;

use crate::faces::assert_faces;
use crate::mafia::Mafia;
use crate::proxy::Proxy;
use crate::scripted::{STACK, Says, Script, anna};

/// The functions that were called through `proxy`, by their words.
fn called(proxy: &Proxy) -> Vec<String> {
    let invocations = proxy.requests_of("lambda:Invoke");
    let word = |path: &str| {
        let (_, rest) = path.split_once(STACK)?;
        let (name, _) = rest.split_once('/')?;
        Some(name["-01-".len()..].to_owned())
    };
    invocations
        .iter()
        .filter_map(|request| word(&request.path))
        .collect()
}

fn lines(lines: &[&str]) -> Says {
    Says::Answers(json!({ "Message": lines }))
}

fn players(identity: &str) -> Says {
    let names = ["Ann", "Bo", "Cleo", "Dee"];
    let players = names.map(|name| json!({ "Name": name, "Identity": identity }));
    Says::Answers(json!(players))
}

#[test]
fn a_whole_sitting_from_the_first_game_to_the_last_word() {
    let not_found = Says::Answers(json!({ "Message": "Player with name X not found" }));
    let verdict = lines(&[
        "Mafia has been uncovered!",
        "Guilty member of mafia Cleo has been sentenced!",
        "Game over: the innocents win",
    ]);
    let nobody = Says::Answers(json!([]));
    let stub = Script::game()
        .with("game-state", [nobody, players("Uncovered")])
        // Nobody is called Clea; and Cleo is not called cleo.
        .with("judgement", [not_found.clone(), not_found, verdict])
        .deployed();
    let typed = "Clea\n?\ncleo\n\nq\n";
    let sitting = anna(&stub)
        .input(typed)
        .run(&["play"])
        .succeeds()
        .reads_well_in_a_pipe();
    assert_faces("sitting", &[&sitting]);
}

#[test]
fn a_game_that_is_on_goes_on_only_when_asked_to() {
    let stub = Script::game().deployed();
    for (typed, expected) in [
        ("", &["game-state"][..]),
        ("q\n", &["game-state"]),
        ("Cleo\nq\n", &["game-state"]),
        ("?\nq\n", &["game-state", "game-state"]),
        ("\nq\n", &["game-state", "night-turn", "day-turn"]),
        (
            "\n\nq\n",
            &[
                "game-state",
                "night-turn",
                "day-turn",
                "night-turn",
                "day-turn",
            ],
        ),
        (
            "new\nq\n",
            &["game-state", "new-game", "night-turn", "day-turn"],
        ),
    ] {
        let proxy = Proxy::in_front_of(stub.endpoint());
        let mafia = Mafia::at(proxy.endpoint())
            .env("MAFIA_STACK", STACK)
            .input(typed);
        mafia.run(&["play"]).succeeds().remarks("The game is kept");
        assert_eq!(called(&proxy), expected, "typed {typed:?}");
    }
}

#[test]
fn the_end_of_the_game_offers_another() {
    let over = lines(&["Game over: the mafia wins"]);
    for (typed, games) in [("\nq\n", 0), ("\n\nq\n", 1), ("\n", 0)] {
        let night = lines(&["Night, time to sleep", "Mafia kills Bo", "Mafia sleeps"]);
        let script = Script::game().with("night-turn", [over.clone(), night]);
        let stub = script.deployed();
        let proxy = Proxy::in_front_of(stub.endpoint());
        let mafia = Mafia::at(proxy.endpoint())
            .env("MAFIA_STACK", STACK)
            .input(typed);
        mafia
            .run(&["play"])
            .succeeds()
            .prints("Game over: the mafia wins.");
        let new = called(&proxy)
            .iter()
            .filter(|name| *name == "new-game")
            .count();
        assert_eq!(new, games, "typed {typed:?}");
    }
}

#[test]
fn a_function_that_fails_ends_the_sitting() {
    let failure = Says::Fails("Runtime.ExitError", "nobody is left to blame", "");
    let stub = Script::game().with("day-turn", [failure]).deployed();
    let sitting = anna(&stub).input("\n").run(&["play"]).exits_with(1);
    sitting
        .prints("The mafia kills Bo.")
        .remarks("error: 04-day-turn failed");
}

/// The functions that `mafia play WORDS` calls.
fn called_by(script: Script, words: &[&str], code: i32) -> Vec<String> {
    let stub = script.deployed();
    let proxy = Proxy::in_front_of(stub.endpoint());
    let mafia = Mafia::at(proxy.endpoint()).env("MAFIA_STACK", STACK);
    mafia.run(&[&["play"], words].concat()).exits_with(code);
    called(&proxy)
}

#[test]
fn a_game_ends_with_the_turn_that_says_so() {
    let over = lines(&["Game over: the mafia wins"]);
    let night = Script::game().with("night-turn", [over.clone()]);
    assert_eq!(
        called_by(night, &["auto"], 0),
        ["new-game", "night-turn", "game-state"]
    );
    let day = Script::game().with("day-turn", [over]);
    assert_eq!(
        called_by(day, &["auto"], 0),
        ["new-game", "night-turn", "day-turn", "game-state"]
    );
}

#[test]
fn a_name_that_was_refused_is_judged_again_only_in_other_letters() {
    for (typed, calls) in [
        ("Cleo", &["judgement", "game-state"][..]),
        ("cleo", &["judgement", "game-state", "judgement"]),
        ("Zoltan", &["judgement", "game-state"]),
    ] {
        let refused = Says::Answers(json!({ "Message": "Somebody else is the judge" }));
        let script = Script::game()
            .with("judgement", [refused])
            .with("game-state", [players("Uncovered")]);
        assert_eq!(called_by(script, &["judge", typed], 1), calls, "{typed}");
    }
}
