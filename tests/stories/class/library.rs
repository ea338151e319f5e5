//! A class in the sandbox of the instructor's own computer: its functions share a library, like those that its
//! students deploy, so code of the same sources is the same.

#![cfg(target_os = "linux")]

use std::fs;

use serde_json::{Value, json};

use super::classroom::Ends;
use crate::mafia::Mafia;
use crate::workspace::Workspace;

const ROSTER: &str =
    "class = \"monday\"\n\n[[student]]\nname = \"ann\"\n\n[[student]]\nname = \"ben\"\n";
const ANN: &str = "mafia-monday-ann";

#[track_caller]
fn asks(mafia: &Mafia, arguments: &[&str]) -> Value {
    let outcome = mafia.run(&[arguments, &["--json"]].concat());
    outcome.succeeds().json()
}

/// The functions of each student that have other code than the class.
#[track_caller]
fn differing(mafia: &Mafia) -> Vec<Value> {
    let standing = asks(mafia, &["class", "status"]);
    let students = standing["students"].as_array().expect("a list");
    students.iter().map(|it| it["differing"].clone()).collect()
}

#[test]
fn a_class_and_its_students_deploy_the_same_code() {
    let workspace = Workspace::light();
    workspace.write("roster.toml", ROSTER);
    let mafia = Mafia::alone()
        .in_folder(workspace.path())
        .env("MAFIA_YES", "true");
    let ends = |arguments: &[&str]| {
        let outcome = mafia.run(&[arguments, &["--json"]].concat());
        Ends::of(&outcome.succeeds())
    };
    ends(&["class", "up"]).all("ready", "created");
    let deploys = |more: &[&str]| {
        let arguments = [&["deploy", "--stack", ANN], more].concat();
        asks(&mafia, &arguments)["action"].clone()
    };
    assert_eq!(deploys(&[]), "unchanged");
    workspace.edit("src/bin/day-turn.rs", "\");", ", edited\");");
    assert_eq!(deploys(&[]), "patched");
    assert_eq!(differing(&mafia), [json!(["04-day-turn"]), json!([])]);

    // What it was is in the bucket, also for functions without a library.
    fs::remove_dir_all(workspace.path().join("target/mafia")).expect("removed");
    ends(&["class", "reset", "ann"]).all("ready", "reset to start");
    assert_eq!(differing(&mafia), [json!([]), json!([])]);
    assert_eq!(deploys(&["--release"]), "updated");
    ends(&["class", "reset", "ann"]).all("ready", "reset to start");
    assert_eq!(differing(&mafia), [json!([]), json!([])]);

    ends(&["class", "deploy"]).all("ready", "");
    assert_eq!(differing(&mafia), [json!([]), json!([])]);
    assert_eq!(deploys(&[]), "unchanged");
    let cleaned = asks(&mafia, &["class", "clean"]);
    assert_eq!(cleaned["classes"][0]["left"], json!([]), "{cleaned:#}");
}
