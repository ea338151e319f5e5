//! Other programs at the API: curl, with the lines that `mafia api` prints, and Python.

use std::process::Command;

use serde_json::{Value, json};

use crate::endpoint::{Endpoint, on_each_endpoint};
use crate::outside::python;
use crate::student::Student;
use crate::workspace::Workspace;

on_each_endpoint! { other_programs_play_through_the_api }

fn other_programs_play_through_the_api(endpoint: &Endpoint) {
    let endpoint = &endpoint.for_the_public();
    let workspace = Workspace::copy();
    let jon = Student::new(endpoint, "mafia-jon", &workspace);
    jon.deploys(&["-p", "Api=yes", "-p", "Players=7"]);
    let listed = jon.asks(&["api"]);
    let game = python(
        endpoint,
        "api_game.py",
        &[listed["address"].as_str().expect("text")],
    );
    assert!(
        game["rounds"].as_u64().is_some_and(|rounds| rounds > 0),
        "{game}"
    );
    let missing = json!([404, { "Message": "Player with name Nobody not found" }]);
    // The game is over.
    let over = game["missing"][1]["Message"][0]
        .as_str()
        .unwrap_or_default();
    assert!(
        game["missing"] == missing || over.starts_with("Game over"),
        "{game}"
    );
    let cors = json!({
        "access-control-allow-headers": "Content-Type",
        "access-control-allow-methods": "GET",
        "access-control-allow-origin": "*",
    });
    assert_eq!(game["preflight"], json!([204, cors]));

    // The lines that `mafia api` prints, but for names of the student's choice.
    let printed = jon.run(&["api"]).succeeds().stdout.clone();
    let lines: Vec<&str> = printed
        .lines()
        .filter(|line| line.starts_with("curl http"))
        .collect();
    assert_eq!(lines.len(), 4, "{printed}");
    for line in lines {
        let answer = Command::new("sh")
            .args(["-c", &format!("{line} --silent --show-error --fail")])
            .output()
            .expect("there is a shell");
        let body: Value = serde_json::from_slice(&answer.stdout).unwrap_or_default();
        assert!(
            answer.status.success() && !body.is_null(),
            "{line}: {answer:?}"
        );
    }
    jon.cleans();
}
