//! A hundred night turns at the same moment: nobody dies twice, and the mafia wins.

use std::collections::BTreeSet;

use crate::endpoint::{Endpoint, on_each_endpoint};
use crate::outside::python;
use crate::student::Student;
use crate::workspace::Workspace;

on_each_endpoint! { a_hundred_nights_at_once_kill_each_innocent_once }

fn a_hundred_nights_at_once_kill_each_innocent_once(endpoint: &Endpoint) {
    const PLAYERS: usize = 60;
    const MAFIA: usize = 3;
    let workspace = Workspace::copy();
    let anna = Student::new(endpoint, "mafia-cleo", &workspace);
    anna.deploys(&[
        "-p",
        &format!("Players={PLAYERS}"),
        "-p",
        &format!("Mafia={MAFIA}"),
    ]);
    anna.run(&["play", "new"]).succeeds();

    let answers = python(endpoint, "crowd.py", &["mafia-cleo-03-night-turn", "100"]);
    let answers = answers.as_array().expect("a list of answers");
    assert_eq!(answers.len(), 100);
    let mut killed = BTreeSet::new();
    for answer in answers {
        let lines = answer["answer"]["Message"].as_array();
        let lines = lines.unwrap_or_else(|| panic!("a night failed: {answer}"));
        let victims = lines
            .iter()
            .filter_map(|line| line.as_str()?.strip_prefix("Mafia kills "));
        for victim in victims {
            assert!(
                killed.insert(victim.to_owned()),
                "{victim} was killed twice"
            );
        }
    }

    assert_eq!(killed.len(), PLAYERS - MAFIA, "every innocent");
    let state = anna.asks(&["play", "state"]);
    let players = state["players"].as_array().expect("a list of players");
    assert_eq!(players.len(), PLAYERS);
    for player in players {
        let name = player["name"].as_str().unwrap_or_default();
        let expected = if killed.contains(name) {
            "Killed by mafia"
        } else {
            "Uncovered"
        };
        assert_eq!(player["identity"], expected, "{name}");
    }
    let night = anna.asks(&["play", "night"]);
    assert_eq!(
        (&night["killed"], &night["winner"]),
        (&serde_json::Value::Null, &"mafia".into())
    );
}
