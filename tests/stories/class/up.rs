//! A class goes up, and is brought up to date.

use std::io::Write;

use super::classroom::{CLASS, Classroom, Ends, names};
use crate::endpoint::{Endpoint, on_each_endpoint};
use crate::proxy::Proxy;
use crate::student::Student;
use crate::workspace::Workspace;

on_each_endpoint! { with nothing installed:
    thirty_students_go_up,
    only_what_is_missing_is_done,
    new_code_is_for_all,
    another_classes_stack_is_refused_by_name,
    two_instructors_at_once_make_one_class,
}

const STUDENTS: usize = 30;

fn thirty_students_go_up(endpoint: &Endpoint) {
    let class = Classroom::of(endpoint, STUDENTS);
    let up = class.run(&["class", "up", "--json"]).succeeds();
    let seconds = up.took.as_secs_f64();
    writeln!(std::io::stderr(), "{STUDENTS} students in {seconds:.1} s")
        .expect("somebody measures");
    let ends = Ends::of(&up);
    ends.all("ready", "created");
    assert_eq!(ends.len(), STUDENTS);
    assert_eq!(class.stacks().len(), STUDENTS + 1);

    let proxy = Proxy::in_front_of(endpoint);
    let again = class
        .run_through(&proxy, &["class", "up", "--json"])
        .succeeds();
    Ends::of(&again).all("ready", "unchanged");
    assert_eq!(proxy.writes().len(), 0, "{}", proxy.transcript());

    // What a student pastes leads to their own stack, from any folder.
    let line = again.json()["students"][6]["line"]
        .as_str()
        .map(str::to_owned);
    let line = line.expect("a line for each student");
    assert!(
        line.contains(&format!("MAFIA_STACK=mafia-{CLASS}-s07")),
        "{line}"
    );
    assert!(line.contains("MAFIA_ENDPOINT_URL=http://"), "{line}");
}

fn only_what_is_missing_is_done(endpoint: &Endpoint) {
    let class = Classroom::of(endpoint, 3);
    let foreseen = class.asks(&["class", "up", "--dry-run"]);
    foreseen.all("ready", "created");
    assert_eq!(class.stacks(), [""; 0], "a dry run creates nothing");
    let some = class.asks(&["class", "up", "--only", "s01,s03"]);
    assert_eq!(some.who("ready", "created"), ["s01", "s03"]);

    // A student's own code stays as it is.
    class.workspace.write("names.txt", "Ann\nBen\nCem\n");
    let own = class.student("s01").deploys(&["--adopt"]);
    class.workspace.write("names.txt", "Dan\nEve\nFay\n");
    let ends = class.asks(&["class", "up"]);
    assert_eq!(ends.who("ready", "created"), ["s02"]);
    assert_eq!(ends.who("ready", "unchanged"), ["s01", "s03"]);
    class
        .run(&["class", "up", "--only-failed"])
        .succeeds()
        .prints("monday: no stack has failed")
        .never_says("STUDENT");
    class.workspace.write("names.txt", "Ann\nBen\nCem\n");
    let same = class.student("s01").deploys(&["--adopt"]);
    assert_eq!(
        (same.action.as_str(), same.digests),
        ("unchanged", own.digests)
    );

    class
        .run(&["class", "up", "--only", "s1"])
        .exits_with(2)
        .remarks("class monday has no student s1");
}

fn new_code_is_for_all(endpoint: &Endpoint) {
    let class = Classroom::of(endpoint, 5);
    class.asks(&["class", "up"]).all("ready", "created");
    class.asks(&["class", "deploy"]).all("ready", "unchanged");
    class.workspace.write("names.txt", "Ann\nBen\nCem\n");
    let proxy = Proxy::in_front_of(endpoint);
    let patched = class
        .run_through(&proxy, &["class", "deploy", "--json"])
        .succeeds();
    Ends::of(&patched).all("ready", "patched");
    // Each bundle is uploaded once, and no request to Lambda has one in it.
    let uploads = proxy.requests_of("s3:PutObject");
    let bundles = uploads
        .iter()
        .filter(|upload| upload.path.contains("/bundles/"));
    assert_eq!(bundles.count(), 5, "{}", proxy.transcript());
    let patches = proxy.requests_of("lambda:UpdateFunctionCode");
    assert_eq!(patches.len(), 25, "{}", proxy.transcript());
    assert!(patches.iter().all(|patch| patch.body.len() < 1_000));
    class.asks(&["class", "deploy"]).all("ready", "unchanged");

    class.workspace.edit(
        "templates/game.yaml",
        "    Default: 10\n",
        "    Default: 11\n",
    );
    class.asks(&["class", "deploy"]).all("ready", "updated");
    class.asks(&["class", "deploy"]).all("ready", "unchanged");
}

/// The names of stacks are ambiguous; their tags are not.
fn another_classes_stack_is_refused_by_name(endpoint: &Endpoint) {
    let class = Classroom::of(endpoint, 1);
    class.writes_roster("a", ["b-ann"]);
    class.asks(&["class", "up"]).all("ready", "created");
    let single = Workspace::light();
    Student::new(endpoint, "mafia-a-b-ben", &single).deploys(&[]);

    class.writes_roster("a-b", ["ann", "ben", "cem"]);
    let up = class.run(&["class", "up", "--json"]).exits_with(1);
    let ends = Ends::of(&up);
    assert_eq!(
        ends.who(
            "failed",
            "stack mafia-a-b-ann exists, but belongs to class a"
        ),
        ["ann"]
    );
    assert_eq!(
        ends.who(
            "failed",
            "stack mafia-a-b-ben exists, but is not of class a-b"
        ),
        ["ben"]
    );
    assert_eq!(ends.who("ready", "created"), ["cem"]);
    up.remarks("2 students of 3 not ready")
        .remarks("class up --only ann,ben");
}

fn two_instructors_at_once_make_one_class(endpoint: &Endpoint) {
    let (one, other) = (Classroom::of(endpoint, 6), Classroom::of(endpoint, 6));
    let proxy = Proxy::in_front_of(endpoint);
    let up = |class: &Classroom| class.start_through(&proxy, &["class", "up", "--json"]);
    let (first, second) = (up(&one), up(&other));
    for running in [first, second] {
        Ends::of(&running.finish().succeeds()).all("ready", "");
    }
    let mut expected: Vec<String> = names(6)
        .iter()
        .map(|it| format!("mafia-{CLASS}-{it}"))
        .collect();
    expected.push(format!("mafia-{CLASS}-workshop"));
    let mut stacks = one.stacks();
    stacks.sort();
    assert_eq!(stacks, expected);
    one.asks(&["class", "up"]).all("ready", "unchanged");
}
