//! An instructor plays with a student's functions, and reads what they log.

use serde_json::json;

use super::classroom::Classroom;
use crate::endpoint::{Endpoint, on_each_endpoint};
use crate::workspace::Workspace;

on_each_endpoint! { a_students_game_is_played_and_its_log_is_read }

/// The class is called like no other: when ministack makes a function, it ends what runs of functions of that
/// name in every account.
const CLASS: &str = "playing";

fn a_students_game_is_played_and_its_log_is_read(endpoint: &Endpoint) {
    let class = Classroom {
        endpoint: endpoint.clone(),
        workspace: Workspace::copy(),
    };
    class.writes_roster(CLASS, ["ann", "ben"]);
    class.asks(&["class", "up"]).all("ready", "created");
    class
        .run(&["class", "play", "ann", "new"])
        .succeeds()
        .prints("New game started with ")
        .remarks("class play ann night");
    // The options of the class may also come last.
    let roster = class.workspace.read("roster.toml");
    class.workspace.write("other.toml", &roster);
    let last = ["class", "play", "ann", "state", "--roster", "other.toml"];
    let last = class.run(&last).succeeds();
    last.remarks("class play ann --roster other.toml night");
    let night = class.run(&["class", "play", "ann", "night", "--json"]);
    let night = night.succeeds().json();
    assert!(night["killed"].is_string(), "{night}");

    let status = class.run(&["class", "status", "--errors", "--json"]);
    let status = status.succeeds().json();
    let students = status["students"].as_array().cloned().unwrap_or_default();
    let game_of = |name: &str| {
        let student = students.iter().find(|it| it["student"] == name);
        student.expect("the roster has both")["game"].clone()
    };
    let game = game_of("ann");
    let living = game.as_str().unwrap_or_default();
    assert!(living.starts_with("day, 9 of 10 alive"), "{status:#}");
    assert_eq!(game_of("ben"), json!(null), "nobody else plays");

    class
        .run(&["class", "logs", "ann"])
        .succeeds()
        .prints("Mafia kills ");
    let silent = class.run(&["class", "logs", "ben"]).succeeds();
    silent.never_says("Mafia kills ");
    class.run(&["class", "clean"]).succeeds().prints("0 left");
}
