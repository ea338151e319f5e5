//! Where one is: the status of everything, the stacks of a target, the items of a table. Each from the
//! first look to the last, and where something is wrong.

use serde_json::{Value, json};

use crate::documents::assert_documented;
use crate::endpoint::Endpoint;
use crate::faces::assert_faces;
use crate::mafia::Mafia;
use crate::scripted::{Script, anna};
use crate::stub::{self, Stub};
use crate::student::{Student, WORKSHOP};
use crate::workspace::Workspace;

const STACK: &str = "mafia-anna";

#[test]
fn the_status_follows_the_work() {
    let endpoint = Endpoint::sandbox();
    let workspace = Workspace::light();
    let anna = Student::new(&endpoint, STACK, &workspace);
    let look = || anna.run(&["status"]).succeeds().reads_well_in_a_pipe();
    let none = look();
    anna.deploys(&[]);
    let deployed = look();
    workspace.edit("src/bin/day-turn.rs", "\");", ", edited\");");
    let edited = look();
    assert_faces("status", &[&none, &deployed, &edited]);

    let asked = anna.asks(&["status"]);
    assert_eq!(
        asked["functions"][3]["edited"],
        json!(["src/bin/day-turn.rs"])
    );
    assert_eq!(asked["next"], "mafia deploy");
    assert_documented(&["mafia status"], std::slice::from_ref(&asked));
    assert_documented(&["the game in a status"], &[asked["game"].clone()]);
    // A build that was not deployed.
    let release = anna.asks(&["deploy", "--dry-run", "--release"]);
    assert_eq!(release["next"], "mafia deploy --release");
    anna.deploys(&["--function", "day-turn"]);
    assert_eq!(anna.asks(&["status"])["next"], "mafia play");
}

#[test]
fn the_status_without_a_folder_and_of_a_strangers_stack() {
    let endpoint = Endpoint::sandbox();
    let (annas, bens) = (Workspace::light(), Workspace::light());
    Student::new(&endpoint, STACK, &annas).deploys(&[]);
    let ben = Student::new(&endpoint, STACK, &bens);
    ben.run(&["list"]).succeeds().never_says("*");
    // What a build writes. Without it, the folder is no workspace.
    bens.write("Cargo.lock", "version = 4\n");
    let strangers = ben.run(&["status"]).succeeds().never_says("Next:");
    assert!(!bens.path().join(".mafia").exists(), "it changes nothing");
    let outside = Mafia::at(&endpoint).run(&["status", "--stack", STACK]);
    let nothing = Mafia::at(&endpoint).run(&["status", "--stack", "mafia-ben"]);
    let (outside, nothing) = (outside.succeeds(), nothing.succeeds());
    assert_faces("status-elsewhere", &[&strangers, &outside, &nothing]);
}

#[test]
fn the_status_of_a_stack_that_failed_or_is_being_changed_and_of_no_target() {
    let in_state = |status: &'static str| {
        let stub = Stub::answering(move |asked| match asked.name.as_str() {
            "cloudformation:DescribeStacks" => Some(stub::xml(&format!(
                "<DescribeStacksResponse><DescribeStacksResult><Stacks><member>\
                 <StackName>{STACK}</StackName><StackId>arn:aws:cloudformation:us-east-1:1:stack/{STACK}/1\
                 </StackId><StackStatus>{status}</StackStatus>\
                 <StackStatusReason>as it is</StackStatusReason>\
                 <CreationTime>2026-11-22T00:00:00Z</CreationTime>\
                 <Tags><member><Key>mafia:kind</Key><Value>game</Value></member></Tags>\
                 </member></Stacks></DescribeStacksResult></DescribeStacksResponse>"
            ))),
            "cloudformation:ListStackResources" => Some(stub::xml(
                "<ListStackResourcesResponse><ListStackResourcesResult><StackResourceSummaries/>\
                 </ListStackResourcesResult></ListStackResourcesResponse>",
            )),
            _ => None,
        });
        anna(&stub).run(&["status"]).succeeds()
    };
    in_state("CREATE_FAILED")
        .prints("CREATE_FAILED (as it is)")
        .remarks("Next: mafia deploy\n");
    in_state("UPDATE_IN_PROGRESS")
        .prints("an operation is running")
        .remarks("Next: mafia status\n");
    let nowhere = Endpoint::on("http://127.0.0.1:9");
    let unreachable = Mafia::at(&nowhere).run(&["status", "--stack", STACK]);
    unreachable.exits_with(3).prints_nothing();
    // A stack of somebody who does not use mafia.
    let script = Script::game().deployed();
    Mafia::at(script.endpoint())
        .run(&["status", "--stack", "mafia-ben"])
        .succeeds()
        .prints("mafia-ben, not deployed");
}

#[test]
fn the_stacks_of_a_target_are_listed() {
    let endpoint = Endpoint::sandbox();
    let (annas, bens) = (Workspace::light(), Workspace::light());
    let anna = Student::new(&endpoint, STACK, &annas);
    anna.run(&["list"])
        .succeeds()
        .prints("there is no stack of mafia on http://");
    anna.deploys(&[]);
    Student::new(&endpoint, "mafia-ben", &bens).deploys(&[]);
    let listed = anna.run(&["list"]).succeeds().reads_well_in_a_pipe();
    let lines: Vec<&str> = listed.stdout.lines().collect();
    assert_eq!(lines.len(), 6, "{}", listed.stdout);
    assert!(lines[1].starts_with("mafia-anna *  "), "{}", listed.stdout);
    assert!(lines[2].starts_with("mafia-ben  "), "{}", listed.stdout);
    assert!(lines[3].contains("shared by a class"), "{}", listed.stdout);
    assert_eq!(lines[5], "* deployed from this folder");

    let document = anna.asks(&["list"]);
    assert_documented(&["mafia list"], std::slice::from_ref(&document));
    let of_each = |key: &str| -> Vec<Value> {
        let stacks = document["stacks"].as_array().expect("a list");
        stacks.iter().map(|stack| stack[key].clone()).collect()
    };
    assert_eq!(of_each("name"), [STACK, "mafia-ben", WORKSHOP]);
    assert_eq!(of_each("role"), ["game", "game", "workshop"]);
    assert_eq!(of_each("yours"), [true, false, false]);
}

/// The real functions write the items, and the table shows what they have written.
#[test]
fn the_table_shows_what_the_functions_have_written() {
    let endpoint = Endpoint::sandbox();
    let workspace = Workspace::copy();
    workspace.write("names.txt", "Ann\nBo\nCleo\n");
    let anna = Student::new(&endpoint, STACK, &workspace);
    anna.run(&["table"])
        .exits_with(1)
        .remarks("stack mafia-anna does not exist on http://");
    anna.deploys(&["-p", "Players=3", "-p", "Mafia=1"]);
    let empty = anna.run(&["table"]).succeeds().prints(" is empty");
    assert!(!empty.stderr.contains("Next:"), "{}", empty.stderr);
    anna.run(&["play", "new"])
        .succeeds()
        .remarks("Next: mafia play night\n");

    let whole = anna.asks(&["table"]);
    assert_eq!(
        whole["attributes"],
        json!(["Name", "Identity", "TrueIdentity"])
    );
    assert_eq!(whole["next"], "mafia table --index Masked");
    let items = whole["items"].as_array().expect("a list");
    let names: Vec<&Value> = items.iter().map(|item| &item["Name"]).collect();
    assert_eq!(names, ["Ann", "Bo", "Cleo"]);
    let mafia = items.iter().filter(|item| item["TrueIdentity"] == "Mafia");
    assert_eq!(mafia.count(), 1);
    let masked = anna.run(&["table", "--index", "masked"]).succeeds();
    assert_faces("table-masked", &[&masked.reads_well_in_a_pipe()]);
    let index = anna.asks(&["table", "--index", "Masked"]);
    assert_documented(&["mafia table"], &[whole, index]);

    let status = anna.asks(&["status"]);
    let game = json!({ "players": 3, "alive": 3, "turn": "mafia", "winner": null });
    assert_eq!(status["game"], game);
    anna.run(&["play", "night"]).succeeds();
    anna.run(&["status"])
        .succeeds()
        .prints("2 of 3 players alive; it is day, the judge's turn");

    anna.run(&["table", "--index", "Maskd"])
        .exits_with(2)
        .remarks("did you mean Masked?");
    anna.run(&["table", "Tabel"])
        .exits_with(2)
        .remarks("did you mean Table?");
}

#[test]
fn a_function_that_is_not_there_is_named_with_its_stack_and_its_target() {
    let gone = Script::game().without("night-turn").deployed();
    let on = format!("of stack mafia-anna on {}", gone.endpoint().url());
    for command in [&["play", "night"][..], &["invoke", "night-turn"]] {
        anna(&gone)
            .run(command)
            .exits_with(1)
            .remarks(&format!("error: function 03-night-turn {on}"))
            .remarks("was deleted outside CloudFormation")
            .remarks("hint: run `mafia deploy`");
    }
    let workspace = Workspace::light();
    for command in [
        &["invoke", "night-turn"][..],
        &["logs", "night-turn"],
        &["deploy", "--function", "night-turn"],
        &["play", "night"],
        &["table"],
        &["undo"],
    ] {
        let empty = Stub::empty();
        let on = format!("mafia-anna does not exist on {}", empty.endpoint().url());
        anna(&empty)
            .in_folder(workspace.path())
            .run(command)
            .exits_with(1)
            .remarks(&format!("error: stack {on}"))
            .remarks("run `mafia list`");
    }
}
