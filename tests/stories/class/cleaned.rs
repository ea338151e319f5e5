//! A class is deleted with everything that it has, and with nothing of anybody else.

use std::time::Duration;

use super::classroom::{CLASS, Classroom, Ends, names};
use crate::documents::assert_nothing_undocumented;
use crate::endpoint::{Endpoint, on_each_endpoint};
use crate::proxy::{At, Moment, Proxy};
use crate::student::Student;
use crate::workspace::Workspace;

const PATIENCE: Duration = Duration::from_secs(60);

on_each_endpoint! { with nothing installed:
    a_class_is_cleaned_without_its_roster,
    the_labs_of_the_students_are_the_classes,
    tags_decide_where_names_are_alike,
    five_cleans_at_once_leave_nothing,
    a_class_past_its_last_day_is_cleaned,
    a_clean_during_an_up_leaves_nothing_behind_in_silence,
}

fn a_class_is_cleaned_without_its_roster(endpoint: &Endpoint) {
    let class = Classroom::of(endpoint, 3);
    class.asks(&["class", "up"]).all("ready", "created");
    let single = Workspace::light();
    Student::new(endpoint, "mafia-anna", &single).deploys(&[]);
    std::fs::remove_file(class.workspace.path().join("roster.toml")).expect("it is there");
    class
        .run(&["class", "clean"])
        .exits_with(2)
        .remarks("cannot read the roster")
        .remarks("`mafia class clean CLASS`");
    // Nobody is there to type the name.
    class
        .mafia()
        .env("MAFIA_YES", "false")
        .run(&["class", "clean", CLASS])
        .exits_with(2)
        .remarks("mafia-monday-s02")
        .remarks("use --yes");
    assert_eq!(class.stacks().len(), 6);

    let cleaned = class.run(&["class", "clean", "Monday"]).succeeds();
    cleaned
        .reads_well_in_a_pipe()
        .remarks("s01: deleted")
        .never_says("ready")
        .prints("0 left of class monday on ");
    let mut stacks = class.stacks();
    stacks.sort();
    assert_eq!(stacks, ["mafia-anna", "mafia-workshop"]);
    let again = class.run(&["class", "clean", CLASS]).succeeds();
    again.remarks("nothing to delete").prints("0 left");
    // Whoever has misspelt a name learns it.
    class.writes_roster("tuesday", ["ann"]);
    class.asks(&["class", "up"]).all("ready", "created");
    class
        .run(&["class", "clean", "tusday"])
        .succeeds()
        .remarks("there is no class tusday here; there is tuesday");
}

/// A lab has a stack of its own, whose name CloudFormation shortens in the names of its roles.
fn the_labs_of_the_students_are_the_classes(endpoint: &Endpoint) {
    const LONG: &str = "a-student-of-long-name";
    let workspace = Workspace::light_with_lab("word-count");
    let class = Classroom::in_workspace(endpoint, workspace, ["ann", LONG]);
    class.asks(&["class", "up"]).all("ready", "created");
    let other = Student::new(endpoint, "mafia-tuesday", &class.workspace);
    let deploy = ["--lab", "word-count", "-p", "SlackToken=a-secret"];
    other.deploys(&deploy);
    for name in ["ann", LONG] {
        class.student(name).deploys(&deploy);
    }
    let status = class.run(&["class", "status", "--json"]).succeeds().json();
    assert_eq!(status["students"].as_array().map(Vec::len), Some(2));
    class.student("ann").run(&["clean"]).succeeds();

    let cleaned = class.run(&["class", "clean", "--json"]).succeeds().json();
    assert_nothing_undocumented(&["mafia class clean"], std::slice::from_ref(&cleaned));
    let cleaned = &cleaned["classes"][0];
    let students = cleaned["students"].as_array().expect("a list").iter();
    let stacks: Vec<_> = students.map(|it| it["stack"].as_str()).collect();
    let [long, lab] = ["", "-word-count"].map(|lab| format!("mafia-monday-{LONG}{lab}"));
    let expected = [
        &*long,
        &*lab,
        "mafia-monday-ann-word-count",
        "mafia-monday-workshop",
    ];
    for stack in expected {
        assert!(stacks.contains(&Some(stack)), "{stack}: {stacks:?}");
    }
    assert_eq!(cleaned["left"], serde_json::json!([]), "{cleaned:#}");
    let mut left = class.stacks();
    left.sort();
    assert_eq!(left, ["mafia-tuesday-word-count", "mafia-workshop"]);
}

#[test]
#[ignore = "needs Python: run .ci/run, or pass --include-ignored"]
fn another_name_than_the_classes_deletes_nothing() {
    let endpoint = Endpoint::sandbox();
    let class = Classroom::of(&endpoint, 2);
    class.asks(&["class", "up"]).all("ready", "created");
    let types = |name: &str| {
        let keys = [("type the name of the class (monday):", name)];
        let mafia = class.mafia().without_env("MAFIA_YES");
        let seen = mafia.run_on_a_terminal(80, &keys, &["class", "clean"]);
        let seen = seen.succeeds().json();
        (seen["code"].clone(), seen["screen"].to_string())
    };
    for (typed, said) in [
        ("mnday\r", "you typed mnday,"),
        ("\r", "you typed nothing,"),
    ] {
        let (code, screen) = types(typed);
        assert_eq!(code, 1, "{screen}");
        for text in ["cancelled, nothing deleted", said, "not monday"] {
            assert!(screen.contains(text), "{text}: {screen}");
        }
        assert_eq!(class.stacks().len(), 3);
    }
    let (code, screen) = types("monday\r");
    assert_eq!(code, 0, "{screen}");
    assert!(screen.contains("0 left of class monday"), "{screen}");
}

/// `mafia-a-b-ann` can be ann's of class a-b and b-ann's of class a.
fn tags_decide_where_names_are_alike(endpoint: &Endpoint) {
    let class = Classroom::of(endpoint, 1);
    class.writes_roster("a-b", ["ann"]);
    class.asks(&["class", "up"]).all("ready", "created");
    class.writes_roster("a", ["b-ann", "ben"]);
    let up = class.run(&["class", "up", "--json"]).exits_with(1);
    assert_eq!(Ends::of(&up).who("ready", "created"), ["ben"]);

    let cleaned = class.run(&["class", "clean", "--json"]).succeeds();
    let document = cleaned.json();
    assert_nothing_undocumented(&["mafia class clean"], std::slice::from_ref(&document));
    let cleaned = &document["classes"][0];
    assert_eq!(cleaned["foreign"], serde_json::json!(["mafia-a-b-ann"]));
    let students = cleaned["students"].as_array().expect("a list").iter();
    let ends: Vec<_> = students.map(|it| (&it["student"], &it["ended"])).collect();
    let deleted = serde_json::json!("deleted");
    let [ben, workshop] = ["ben", "workshop"].map(|name| serde_json::json!(name));
    assert_eq!(ends, [(&ben, &deleted), (&workshop, &deleted)]);
    assert_eq!(cleaned["left"], serde_json::json!([]), "{document:#}");
    let mut stacks = class.stacks();
    stacks.sort();
    assert_eq!(stacks, ["mafia-a-b-ann", "mafia-a-b-workshop"]);
    class.writes_roster("a-b", ["ann"]);
    class.asks(&["class", "up"]).all("ready", "unchanged");
}

fn five_cleans_at_once_leave_nothing(endpoint: &Endpoint) {
    let class = Classroom::of(endpoint, 4);
    class.asks(&["class", "up"]).all("ready", "created");
    let proxy = Proxy::in_front_of(endpoint);
    let cleans: Vec<_> = (0..5)
        .map(|_| class.start_through(&proxy, &["class", "clean"]))
        .collect();
    for clean in cleans {
        clean.finish().succeeds().prints("0 left");
    }
    assert_eq!(class.stacks(), [""; 0]);
}

fn a_class_past_its_last_day_is_cleaned(endpoint: &Endpoint) {
    let class = Classroom::of(endpoint, 1);
    class.writes_roster("later", ["ann"]);
    let roster = class.workspace.read("roster.toml");
    let with_day = |class: &str, day: &str| {
        roster.replace("\"later\"", &format!("\"{class}\"\nexpires = \"{day}\""))
    };
    for (name, day) in [("later", "2999-12-31"), ("over", "2020-01-01")] {
        class.workspace.write("roster.toml", &with_day(name, day));
        class.asks(&["class", "up"]).all("ready", "created");
    }
    let cleaned = class.run(&["class", "clean", "--expired"]).succeeds();
    cleaned
        .remarks("class over is past its last day, 2020-01-01")
        .prints("0 left of class over");
    let mut stacks = class.stacks();
    stacks.sort();
    assert_eq!(stacks, ["mafia-later-ann", "mafia-later-workshop"]);
    let again = class.run(&["class", "clean", "--expired"]).succeeds();
    again.remarks("no class is past its last day");
    class
        .run(&["class", "clean", "latre", "--expired"])
        .exits_with(1)
        .remarks("there is no class latre here")
        .remarks("did you mean later?");
}

/// Whatever comes first: what is there in the end is said by one of them, and a second clean-up is enough.
fn a_clean_during_an_up_leaves_nothing_behind_in_silence(endpoint: &Endpoint) {
    const STUDENTS: usize = 6;
    let class = Classroom::of(endpoint, STUDENTS);
    let proxy = Proxy::in_front_of(endpoint);
    let mut up = class.start_through(&proxy, &["class", "up", "--json"]);
    up.wait_until_it_says("creating");
    let cleaned = class.run(&["class", "clean", "--json"]);
    let up = up.finish();
    let ends = Ends::of(&up);
    let there = class.stacks();
    let (cleaned, up) = (cleaned.json(), up.json());
    let deleted = |stack: &String| {
        let students = cleaned["classes"][0]["students"].as_array();
        students.is_some_and(|all| all.iter().any(|it| it["stack"] == **stack))
    };
    for name in names(STUDENTS) {
        let is = |ended, why| ends.who(ended, why).contains(&name.as_str());
        let stack = format!("mafia-{CLASS}-{name}");
        // A stack that is there was made after the last look, and its `up` says what it made.
        let said = match there.contains(&stack) {
            true => is("ready", "") || is("failed", "the creation of the stack failed"),
            false => deleted(&stack) || !is("ready", ""),
        };
        assert!(said, "{stack} {there:?} {up:#} {cleaned:#}");
    }
    class.run(&["class", "clean"]).succeeds().prints("0 left");
    assert_eq!(class.stacks(), [""; 0]);
}

/// The first to create a stack is what the class shares, the second a student.
/// ministack makes functions without the code that they name.
#[test]
fn an_up_whose_code_a_clean_deletes_says_so() {
    let endpoint = Endpoint::sandbox();
    let class = Classroom::of(&endpoint, 1);
    let proxy = Proxy::in_front_of(&endpoint);
    let creation = At::nth(2, "cloudformation:CreateStack");
    let gate = proxy.hold(creation, Moment::BeforeForwarding);
    let up = class.start_through(&proxy, &["class", "up", "--json"]);
    assert!(gate.reached_within(PATIENCE), "{}", proxy.transcript());
    class.run(&["class", "clean"]).succeeds().prints("0 left");
    gate.open();
    let up = up.finish().exits_with(1);
    assert_eq!(Ends::of(&up).who("failed", ""), ["s01"]);
    let student = up.json()["students"][0].to_string();
    for said in ["a clean-up of the same class", "run the same command again"] {
        assert!(student.contains(said), "{student}");
    }
    class.asks(&["class", "up"]).all("ready", "");
}

/// Polls aside, each student costs the same.
#[test]
fn a_clean_up_costs_the_same_for_each_student() {
    let requests = |students: usize| {
        let endpoint = Endpoint::sandbox();
        let class = Classroom::of(&endpoint, students);
        class.asks(&["class", "up"]).all("ready", "created");
        let proxy = Proxy::in_front_of(&endpoint);
        class.run_through(&proxy, &["class", "clean"]).succeeds();
        let polls = proxy.count("cloudformation:DescribeStacks");
        (proxy.requests().len() - polls, proxy.transcript())
    };
    let ((two, _), (four, _), (six, transcript)) = (requests(2), requests(4), requests(6));
    assert_eq!(four - two, six - four, "{transcript}");
}
