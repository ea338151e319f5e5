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

/// A game of four in which Bo is like this.
fn players(bo: &str) -> Says {
    Says::Answers(json!([
        {"Name": "Ann", "Identity": "Uncovered"},
        {"Name": "Bo", "Identity": bo},
        {"Name": "Cleo", "Identity": "Uncovered"},
        {"Name": "Dee", "Identity": "Uncovered"},
    ]))
}

#[test]
fn a_whole_sitting_from_the_first_game_to_the_last_word() {
    let not_found = Says::Answers(json!({ "Message": "Player with name Zed not found" }));
    let verdict = lines(&[
        "Mafia has been uncovered!",
        "Guilty member of mafia Cleo has been sentenced!",
        "Game over: the innocents win",
    ]);
    let nobody = Says::Answers(json!([]));
    let bo_is_dead = players("Killed by mafia");
    let over = Says::Answers(json!([
        {"Name": "Ann", "Identity": "Uncovered"},
        {"Name": "Bo", "Identity": "Killed by mafia"},
        {"Name": "Cleo", "Identity": "Correctly sentenced"},
        {"Name": "Dee", "Identity": "Uncovered"},
    ]));
    let stub = Script::game()
        .with("game-state", [nobody, bo_is_dead.clone(), bo_is_dead, over])
        .with("judgement", [not_found, verdict])
        .deployed();
    let typed = "Zed\n\nstate\nhelp\nCle\nn\nclea\n\nclea\ny\n\nquit\n";
    let sitting = anna(&stub)
        .input(typed)
        .run(&["play"])
        .succeeds()
        .reads_well_in_a_pipe();
    assert_faces("sitting", &[&sitting]);
}

#[test]
fn nobody_is_killed_or_sentenced_unasked() {
    let night_comes = players("Incorrectly sentenced");
    let it_is_day = players("Killed by mafia");
    for (state, typed, expected) in [
        (&night_comes, "", &["game-state"][..]),
        (&night_comes, "q\n", &["game-state"]),
        (&night_comes, "Cleo\nq\n", &["game-state"]),
        (&night_comes, "state\nq\n", &["game-state", "game-state"]),
        (
            &night_comes,
            "\nq\n",
            &["game-state", "night-turn", "day-turn"],
        ),
        (
            &night_comes,
            "night\nq\n",
            &["game-state", "night-turn", "day-turn"],
        ),
        (
            &night_comes,
            "new\ny\nq\n",
            &["game-state", "new-game", "night-turn", "day-turn"],
        ),
        (&night_comes, "new\n\nq\n", &["game-state"]),
        (&it_is_day, "new\n\nq\n", &["game-state", "day-turn"]),
        (&it_is_day, "", &["game-state", "day-turn"]),
        (&it_is_day, "\n\nq\n", &["game-state", "day-turn"]),
        (&it_is_day, "Cle\nn\nq\n", &["game-state", "day-turn"]),
        (&it_is_day, "Clea\n\nq\n", &["game-state", "day-turn"]),
        (&it_is_day, "night\nq\n", &["game-state", "day-turn"]),
        (
            &it_is_day,
            "judge cleo\n",
            &["game-state", "day-turn", "judgement", "game-state"],
        ),
        (
            &it_is_day,
            "skip\nq\n",
            &["game-state", "day-turn", "night-turn", "day-turn"],
        ),
        (
            &it_is_day,
            "Cle\n\n",
            &["game-state", "day-turn", "judgement", "game-state"],
        ),
    ] {
        let stub = Script::game()
            .with("game-state", [state.clone()])
            .deployed();
        let proxy = Proxy::in_front_of(stub.endpoint());
        let mafia = Mafia::at(proxy.endpoint())
            .env("MAFIA_STACK", STACK)
            .input(typed);
        mafia.run(&["play"]).succeeds();
        assert_eq!(called(&proxy), expected, "typed {typed:?}");
    }
}

#[test]
fn a_game_that_is_left_is_kept() {
    let stub = Script::game()
        .with("game-state", [players("Killed by mafia")])
        .deployed();
    let play = ["play", "--stack", STACK];
    let left = anna(&stub).input("quit\n").run(&play).succeeds();
    left.remarks("The game is kept; run `mafia play --stack mafia-anna` to continue.");
}

#[test]
fn the_end_of_the_game_offers_another() {
    let over = lines(&["Game over: the mafia wins"]);
    for (typed, games) in [("\nq\n", 0), ("\n\nq\n", 1), ("\n", 0)] {
        let night = lines(&["Night, time to sleep", "Mafia kills Bo", "Mafia sleeps"]);
        let script = Script::game()
            .with("game-state", [players("Incorrectly sentenced")])
            .with("night-turn", [over.clone(), night]);
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
fn a_game_that_is_over_is_not_resumed() {
    let stub = Script::game().deployed();
    let sitting = anna(&stub).input("n\n").run(&["play"]).succeeds();
    sitting
        .prints("Game over: the innocents win. The mafia was Cleo.")
        .remarks("Play again?");
}

#[test]
fn a_function_that_fails_ends_the_sitting() {
    let failure = Says::Fails("Runtime.ExitError", "nobody is left to blame", "");
    let stub = Script::game().with("day-turn", [failure]).deployed();
    let sitting = anna(&stub).input("y\n").run(&["play"]).exits_with(1);
    sitting
        .prints("Mafia kills Bo")
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
