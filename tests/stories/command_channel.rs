//! The command channel: a command becomes an event, and a function that reads the stream of the events keeps
//! the list of destinations.

use std::thread::sleep;
use std::time::{Duration, Instant};

use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use serde_json::{Value, json};

use crate::crashes::{kill, seeds};
use crate::endpoint::{Endpoint, on_each_endpoint};
use crate::mafia::Mafia;
use crate::student::Student;
use crate::workspace::Workspace;

on_each_endpoint! { with nothing installed: a_proposal_becomes_a_destination }

const LAB: &str = "command-channel";
const STACK: &str = "mafia-dora-command-channel";
/// What is not in the list after this time never is.
const PATIENCE: Duration = Duration::from_secs(60);
const PROPOSALS: u64 = 12;
const KILLS: usize = 3;

fn command(number: u64, name: &str) -> Value {
    json!({
        "commandId": format!("0b2f1c1e-5d0a-4c7e-9a55-{number:012}"),
        "name": name,
        "geolocation": { "latitude": 55.94, "longitude": -3.27 },
    })
}

fn a_proposal_becomes_a_destination(endpoint: &Endpoint) {
    let endpoint = &endpoint.for_the_public();
    let workspace = Workspace::with_lab(LAB);
    let dora = Student::new(endpoint, "mafia-dora", &workspace);
    let deployed = dora.deploys(&["--lab", LAB]);
    let functions = ["01-propose", "02-project", "03-list"];
    assert_eq!(deployed.functions("created"), functions);
    let dora = Student::new(endpoint, STACK, &workspace);
    let proposes = |body: &Value| {
        let answer = dora.asks(&["api", "call", "POST", "/destination", &body.to_string()]);
        (answer["status"].clone(), answer["body"].clone())
    };

    assert_eq!(listed(&dora), [] as [String; 0]);
    let zoo = command(1, "Edinburgh Zoo");
    let accepted = json!({ "eventId": zoo["commandId"],
        "streamName": format!("destination-{}", zoo["commandId"].as_str().expect("text")) });
    assert_eq!(proposes(&zoo), (json!(202), accepted.clone()));
    until(|| listed(&dora) == ["Edinburgh Zoo"]);
    // Sent again, as if its answer had been lost.
    assert_eq!(proposes(&zoo), (json!(202), accepted));
    let (status, other) = proposes(&command(1, "Another Zoo"));
    assert_eq!(status, 409, "{other}");
    let mut wrong = command(2, "The Moon");
    wrong["geolocation"]["latitude"] = json!(91);
    let (status, refused) = proposes(&wrong);
    assert_eq!(status, 400);
    let said = refused["Message"].as_str().expect("a text");
    assert!(
        said.starts_with("geolocation.latitude must be a number from -90 to 90"),
        "{said}"
    );
    assert_eq!(proposes(&command(3, "Arthur's Seat")).0, 202);
    until(|| listed(&dora) == ["Arthur's Seat", "Edinburgh Zoo"]);
    let events = dora.asks(&["table", "Events"]);
    assert_eq!(
        events["items"].as_array().map(Vec::len),
        Some(2),
        "{events}"
    );

    // Only code: a patch, though the template is SAM's.
    workspace.write(
        "labs/command-channel/src/bin/list.rs",
        &workspace
            .read("labs/command-channel/src/bin/list.rs")
            .replace(
                "\"destinations\": all",
                "\"destinations\": all, \"version\": 2",
            ),
    );
    let owner = Student::new(endpoint, "mafia-dora", &workspace);
    let patched = owner.deploys(&["--lab", LAB]);
    assert_eq!(
        (patched.action.as_str(), patched.functions("patched")),
        ("patched", vec!["03-list"])
    );
    let answer = dora.asks(&["api", "call", "GET", "/destinations"]);
    assert_eq!(answer["body"]["version"], 2);
    assert_eq!(owner.deploys(&["--lab", LAB]).action, "unchanged");
    dora.shows_that_it_works(LAB);
    dora.run(&["clean"]).succeeds().prints("0 left");
}

/// The names of the destinations, as the API lists them.
fn listed(student: &Student) -> Vec<String> {
    names(&student.asks(&["api", "call", "GET", "/destinations"]))
}

fn names(answer: &Value) -> Vec<String> {
    let all = answer["body"]["destinations"].as_array();
    let all = all.unwrap_or_else(|| panic!("no list in {answer}")).iter();
    all.map(|it| it["name"].as_str().expect("text").to_owned())
        .collect()
}

/// What was accepted is listed after any kill, once.
#[test]
fn the_projection_catches_up_after_kills() {
    let workspace = Workspace::with_lab(LAB);
    for seed in seeds(0..2) {
        let mafia = Mafia::alone()
            .in_folder(workspace.path())
            .env("MAFIA_STACK", "mafia-crash")
            .env("MAFIA_YES", "true");
        mafia.run(&["deploy", "--lab", LAB]).succeeds();
        let mafia = mafia.env("MAFIA_STACK", "mafia-crash-command-channel");
        let mut chance = StdRng::seed_from_u64(seed);
        let kills: Vec<u64> = (0..KILLS)
            .map(|_| chance.random_range(0..PROPOSALS))
            .collect();
        for number in 0..PROPOSALS {
            let body = command(number, &format!("Place {number:02}")).to_string();
            let mut running = mafia.start(&["api", "call", "POST", "/destination", &body]);
            if kills.contains(&number) {
                sleep(Duration::from_millis(chance.random_range(0..300)));
                kill_sandbox(&mafia);
            }
            let mut accepted = false;
            while !accepted {
                let outcome = running.finish().never_says("panicked");
                accepted = outcome.code == Some(0) && outcome.stdout.contains("eventId");
                running = mafia.start(&["api", "call", "POST", "/destination", &body]);
            }
            running.finish().succeeds();
        }
        let expected: Vec<String> = (0..PROPOSALS)
            .map(|number| format!("Place {number:02}"))
            .collect();
        let get = ["api", "call", "GET", "/destinations", "--json"];
        until(|| names(&mafia.run(&get).succeeds().json()) == expected);
        mafia.run(&["clean"]).succeeds().prints("0 left");
    }
}

fn kill_sandbox(mafia: &Mafia) {
    let status = mafia.run(&["sandbox", "status", "--json"]).json();
    if let Some(pid) = status["pid"].as_u64() {
        kill(pid);
    }
}

#[track_caller]
fn until(condition: impl Fn() -> bool) {
    let begun = Instant::now();
    while !condition() {
        assert!(begun.elapsed() < PATIENCE, "it never comes");
        sleep(Duration::from_millis(100));
    }
}
