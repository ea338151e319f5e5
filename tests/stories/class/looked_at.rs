//! How a class stands, student by student, and one command over all of it.

use serde_json::{Value, json};

use super::classroom::{CLASS, Classroom};
use crate::documents::{assert_documented, assert_nothing_undocumented};
use crate::endpoint::{Endpoint, on_each_endpoint};
use crate::obstacle::let_one_stack_succeed;
use crate::proxy::Proxy;

on_each_endpoint! { with nothing installed:
    who_differs_and_who_is_missing_is_seen,
    a_stack_that_failed_comes_first_with_its_cause,
    one_command_runs_for_each_student,
    a_student_is_found_by_roster_or_tags,
}

/// The students of a document, in its order.
#[track_caller]
fn students(document: &Value) -> Vec<&Value> {
    let students = document["students"].as_array();
    let students = students.unwrap_or_else(|| panic!("no students in {document:#}"));
    students.iter().collect()
}

fn names<'a>(students: &[&'a Value]) -> Vec<&'a str> {
    let names = students.iter().map(|it| it["student"].as_str());
    names.map(Option::unwrap_or_default).collect()
}

fn who_differs_and_who_is_missing_is_seen(endpoint: &Endpoint) {
    let class = Classroom::of(endpoint, 3);
    let nobody = class.run(&["class", "status", "--json"]).succeeds().json();
    assert!(
        students(&nobody).iter().all(|it| it["status"].is_null()),
        "{nobody:#}"
    );
    class.asks(&["class", "up"]).all("ready", "created");
    class
        .workspace
        .edit("src/bin/day-turn.rs", "\");", ", edited\");");
    class
        .student("s02")
        .deploys(&["--adopt", "-p", "Players=7"]);
    class.sets("Players = 10");
    class.student("s03").cleans();

    let standing = class.run(&["class", "status", "--json"]).succeeds().json();
    assert_documented(&["mafia class status"], std::slice::from_ref(&standing));
    assert_eq!(standing["class"], CLASS);
    let students = students(&standing);
    assert_eq!(names(&students), ["s03", "s01", "s02"], "{standing:#}");
    let differing = |number: usize| students[number]["differing"].clone();
    assert_eq!(
        (differing(1), differing(2)),
        (json!([]), json!(["04-day-turn"]))
    );
    let parameters = |number: usize| students[number]["parameters"].clone();
    assert_eq!(
        (parameters(0), parameters(1), parameters(2)),
        (Value::Null, json!([]), json!(["Players=7"]))
    );
    assert!(students[1]["last_deploy"].is_number());
    assert!(
        students.iter().all(|it| it["stuck"].is_null()),
        "{standing:#}"
    );

    let status = class.run(&["class", "status", "--errors"]).succeeds();
    status
        .reads_well_in_a_pipe()
        .prints("1 differ")
        .prints("class monday: 3 students, 1 without a stack, 1 with other code than the class")
        .prints("Other parameters than in the roster:\n  s02: Players=7\n");

    // New code for all is the class's code from then on.
    class.asks(&["class", "deploy"]).all("ready", "");
    let standing = class.run(&["class", "status", "--json"]).succeeds().json();
    let all = standing["students"].as_array().expect("a list");
    assert!(
        all.iter().all(|it| it["differing"] == json!([])),
        "{standing:#}"
    );

    let csv = class
        .run(&["class", "report", "--format", "csv"])
        .succeeds();
    csv.prints("Student,Stack,Status,")
        .prints("s03,mafia-monday-s03,");
    let page = class.run(&["class", "report"]).succeeds();
    page.prints("# Class monday")
        .prints("| s01 | mafia-monday-s01 |");
    let json = class
        .run(&["class", "report", "--format", "json"])
        .succeeds()
        .json();
    assert_eq!(json["students"][0]["student"], "s01");
}

fn a_stack_that_failed_comes_first_with_its_cause(endpoint: &Endpoint) {
    let class = Classroom::of(endpoint, 2);
    let_one_stack_succeed(endpoint, &class.workspace);
    class.run(&["class", "up", "--only", "s01"]).succeeds();
    // Whoever is ready has a line to paste all the same.
    class
        .run(&["class", "up"])
        .exits_with(1)
        .prints("For each student, a line to paste")
        .prints("MAFIA_STACK=mafia-monday-s01")
        .never_says("MAFIA_STACK=mafia-monday-s02");
    let standing = class.run(&["class", "status", "--json"]).succeeds().json();
    let students = students(&standing);
    assert_eq!(names(&students), ["s02", "s01"], "{standing:#}");
    let stuck = students[0]["stuck"].as_str().unwrap_or_default();
    assert!(stuck.contains("Motto"), "{standing:#}");
    assert_eq!(students[1]["stuck"], Value::Null, "{standing:#}");
    let status = class.run(&["class", "status"]).succeeds();
    status.prints("✗ s02").prints("Motto").prints("1 stuck");
}

fn one_command_runs_for_each_student(endpoint: &Endpoint) {
    let class = Classroom::of(endpoint, 3);
    class.asks(&["class", "up"]).all("ready", "created");
    class.student("s02").cleans();
    let document = class
        .run(&["class", "exec", "--json", "--", "status"])
        .succeeds()
        .json();
    assert_nothing_undocumented(&["mafia class exec"], std::slice::from_ref(&document));
    let all = students(&document);
    assert_eq!(names(&all), ["s01", "s02", "s03"]);
    assert_eq!(all[0]["output"]["stack"], "mafia-monday-s01");
    assert_eq!(all[0]["exit_code"], 0);
    assert_ne!(all[0]["last_line"], "}");

    let logs = class.run(&["class", "exec", "--", "logs"]).exits_with(1);
    logs.prints("stack mafia-monday-s02 does not exist")
        .remarks("the command failed for 1 of 3 students");
    let some = class.run(&["class", "exec", "--only", "s01,s03", "--", "logs"]);
    some.succeeds().never_says("s02");
    class
        .run(&["class", "exec", "--", "class", "clean"])
        .exits_with(2)
        .remarks("`class` is not about a student's stack");
    class
        .run(&["class", "exec", "--only", "s01", "status"])
        .exits_with(2)
        .remarks("did you mean `mafia class exec --only s01 -- status`?");
    let status = class.run(&["class", "exec", "--only", "s01", "--", "status"]);
    status.succeeds().prints("CREATE_COMPLETE; not started");
}

fn a_student_is_found_by_roster_or_tags(endpoint: &Endpoint) {
    let class = Classroom::of(endpoint, 2);
    class.asks(&["class", "up"]).all("ready", "created");
    class.run(&["class", "logs", "s01"]).succeeds();
    class
        .run(&["class", "logs", "s1"])
        .exits_with(2)
        .remarks("class monday has no student s1");
    class
        .run(&["class", "play", "s02", "judge"])
        .exits_with(2)
        .remarks("<NAME>");
    // Without a roster.
    class.workspace.write(
        "roster.toml",
        "class = \"other\"\n\n[[student]]\nname = \"x\"\n",
    );
    class
        .run(&["class", "logs", "--class", "monday", "S02"])
        .succeeds();
    let standing = class.run(&["class", "status", "--class", "monday", "--json"]);
    assert_eq!(
        names(&students(&standing.succeeds().json())),
        ["s01", "s02"]
    );
    class
        .run(&["class", "logs", "--class", "tuesday", "s02"])
        .exits_with(1)
        .remarks("class tuesday has no student with a stack here");
}

/// Listings are one for all, and each student costs the same.
#[test]
fn a_look_costs_the_same_for_each_student() {
    let requests = |students: usize| {
        let endpoint = Endpoint::sandbox();
        let class = Classroom::of(&endpoint, students);
        class.asks(&["class", "up"]).all("ready", "created");
        let proxy = Proxy::in_front_of(&endpoint);
        class.run_through(&proxy, &["class", "status"]).succeeds();
        let scans = proxy.count("dynamodb:Scan");
        (scans, proxy.requests().len() - scans)
    };
    let (few, many) = (requests(2), requests(6));
    // One for each, and one for the labs of all.
    assert_eq!((few.0, many.0), (3, 7));
    assert_eq!(few.1, many.1, "what is listed does not depend on the class");
}
