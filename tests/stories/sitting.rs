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

/// A day on which Ann and Cleo blame this player.
fn blamed(name: &str) -> Says {
    lines(&[
        "Day, time to wake up!",
        &format!("Ann blames on {name}"),
        &format!("Cleo blames on {name}"),
        "Dee blames on Ann",
    ])
}

#[test]
fn whoever_comes_back_to_a_day_sees_its_accusations_again() {
    let days = ["Cleo", "Dee", "Ann", "Bo"].map(blamed);
    let stub = Script::game()
        .with("game-state", [players("Killed by mafia")])
        .with("day-turn", days)
        .deployed();
    let mafia = anna(&stub);
    // A workshop folder.
    std::fs::write(mafia.home().join("Cargo.lock"), "").expect("written");
    let mafia = mafia.input("quit\n");
    let sits = |name: &str| {
        let sitting = mafia.run(&["play"]).succeeds();
        sitting.prints(&format!("\nCleo blames on {name}\n"))
    };
    sits("Cleo").never_says("It is still day");
    sits("Cleo").remarks("It is still day. You have heard this:");
    mafia.run(&["invoke", "game-state"]).succeeds();
    sits("Cleo");
    // A day that was asked for by itself is drawn anew, and is the day then.
    let day = mafia.run(&["play", "day"]).succeeds();
    day.prints("Cleo blames on Dee");
    sits("Dee");
    // The game has gone on.
    mafia.run(&["play", "night"]).succeeds();
    sits("Ann").never_says("It is still day");
    mafia.run(&["invoke", "new-game"]).succeeds();
    sits("Bo");
    // Another stack, where no such day was.
    let other = Script::game().with("game-state", [players("Killed by mafia")]);
    let other = other.deployed();
    let elsewhere = anna(&other).in_folder(mafia.home()).input("quit\n");
    elsewhere
        .run(&["play"])
        .succeeds()
        .never_says("It is still day");
}

#[test]
fn a_day_in_words_of_ones_own_is_resumed_too() {
    let day = |says: &str| lines(&["Everybody talks.", says]);
    let stub = Script::game()
        .with("game-state", [players("Killed by mafia")])
        .with("day-turn", [day("Ann is nervous."), day("Dee is nervous.")])
        .deployed();
    let mafia = anna(&stub);
    std::fs::write(mafia.home().join("Cargo.lock"), "").expect("written");
    let mafia = mafia.input("quit\n");
    for _ in 0..2 {
        let sitting = mafia.run(&["play"]).succeeds();
        sitting.prints("Everybody talks.\nAnn is nervous.\n");
    }
}

#[test]
fn who_lives_is_asked_where_a_turn_does_not_say_who_has_left() {
    let own_words = lines(&["The city sleeps.", "Bo is found in the river."]);
    let script = Script::game()
        .with(
            "game-state",
            [players("Incorrectly sentenced"), players("Killed by mafia")],
        )
        .with("night-turn", [own_words]);
    let stub = script.deployed();
    let sitting = anna(&stub).input("\nb\nq\n").run(&["play"]).succeeds();
    // Bo is not among those who can be judged.
    sitting.never_says("Judge Bo?");
}
