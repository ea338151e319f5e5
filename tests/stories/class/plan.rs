//! What a class will take, before anything is created.

use serde_json::Value;

use super::classroom::Classroom;
use crate::documents::assert_documented;
use crate::endpoint::{Endpoint, on_each_endpoint};
use crate::mafia::Mafia;

on_each_endpoint! { with nothing installed:
    a_plan_looks_at_the_account_and_creates_nothing,
}

fn a_plan_looks_at_the_account_and_creates_nothing(endpoint: &Endpoint) {
    let class = Classroom::of(endpoint, 30);
    let planned = class.run(&["class", "plan", "--json"]).succeeds().json();
    let unreachable = Classroom::of(&Endpoint::on("http://127.0.0.1:9"), 3);
    let failed = unreachable.run(&["class", "plan", "--json"]).exits_with(3);
    let mut failed = failed.json();
    assert_eq!(failed["error"]["kind"], "blocked");
    failed.as_object_mut().map(|failed| failed.remove("error"));
    assert_documented(&["mafia class plan"], &[planned.clone(), failed]);
    assert_eq!(planned["class"], "monday");
    assert_eq!(planned["largest"], 30);
    let names: Vec<&Value> = checks(&planned).map(|check| &check["name"]).collect();
    assert_eq!(names, ["account", "permissions", "quotas"]);
    assert!(
        checks(&planned).all(|check| check["ok"] == true),
        "{planned:#}"
    );
    assert_eq!(class.stacks(), [""; 0]);
    assert_eq!(planned["api"], false);
    class
        .run(&["class", "plan"])
        .succeeds()
        .prints("Class monday: 30 students in 1 account")
        .prints("Lambda's control plane: 15 a second")
        .remarks("class up")
        .reads_well_in_a_pipe();
    // The roster's parameters say that each student has an API.
    class.sets("Api = \"yes\"");
    let planned = class.run(&["class", "plan", "--json"]).succeeds().json();
    assert_eq!(planned["api"], true);
    let limits = planned["up"]["bounds"].as_array().into_iter().flatten();
    let limits: Vec<&Value> = limits.map(|bound| &bound["limit"]).collect();
    assert!(
        limits.contains(&&Value::from("create-rest-api")),
        "{planned:#}"
    );
}

fn checks(planned: &Value) -> impl Iterator<Item = &Value> {
    planned["checks"].as_array().into_iter().flatten()
}

#[test]
fn a_plan_of_a_number_of_students_needs_no_account() {
    let mafia = Mafia::alone();
    let plan = ["class", "plan", "--students", "10000", "--accounts", "100"];
    let planned = mafia
        .run(&[&plan[..], &["--json"]].concat())
        .succeeds()
        .json();
    assert_eq!(planned["class"], Value::Null);
    assert_eq!(planned["largest"], 100);
    let bound = |operation: &str| planned[operation]["bounds"][0]["seconds"].as_f64();
    assert_eq!(bound("up").map(f64::round), Some(32.0));
    for operation in ["up", "clean"] {
        let seconds = |name: &str| planned[operation][name].as_f64().expect("simulated");
        let (least, simulated) = (seconds("least_seconds"), seconds("simulated_seconds"));
        assert!(
            least <= simulated && simulated <= 1.3 * least,
            "{operation} {planned:#}"
        );
        assert!(
            simulated < seconds("estimated_seconds"),
            "{operation} {planned:#}"
        );
    }
    assert_eq!(checks(&planned).count(), 0);
    // With an API each, the limits of API Gateway decide.
    let api = ["--students", "30", "--api"];
    mafia
        .run(&[&["class", "plan"][..], &api].concat())
        .succeeds()
        .prints("CreateDeployment: 1 in 5 s")
        .prints("DeleteRestApi: 1 in 30 s")
        .prints("14 min 35 s")
        .reads_well_in_a_pipe();
    mafia.run(&["sandbox", "status"]).exits_with(1);
    let wrong = ["class", "plan", "--accounts", "3"];
    mafia.run(&wrong).exits_with(2).remarks("--students");
}

#[test]
fn a_plan_of_an_account_that_cannot_be_reached_says_so_and_shows_the_rest() {
    let class = Classroom::of(&Endpoint::on("http://127.0.0.1:9"), 3);
    class
        .run(&["class", "plan"])
        .exits_with(3)
        .prints("✗ account")
        .prints("3 students in 1 account");
}

#[test]
fn the_policies_of_a_class_are_printed() {
    let class = Classroom::of(&Endpoint::on("http://127.0.0.1:9"), 1);
    let printed = class
        .run(&["class", "plan", "--policies"])
        .succeeds()
        .json();
    for who in ["instructor", "student"] {
        assert_eq!(printed[who]["Version"], "2012-10-17");
        let text = printed[who].to_string();
        assert!(text.contains("mafia-monday-workshop"), "{text}");
        assert!(!text.contains("mafia-workshop"), "{text}");
    }
    let unknown = Mafia::alone().run(&["class", "plan", "--students", "3", "--policies"]);
    unknown.succeeds().prints("mafia-CLASS-workshop");
}
