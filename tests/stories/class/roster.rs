//! The roster: written, and refused where it is wrong, before anything is created.

use std::fmt::Write;

use serde_json::json;

use crate::documents::assert_documented;
use crate::mafia::Mafia;
use crate::workspace::Workspace;

/// An instructor's shell in a workshop folder, with a sandbox that does not run yet.
struct Instructor {
    mafia: Mafia,
    workspace: Workspace,
}

impl Instructor {
    fn new() -> Self {
        let workspace = Workspace::light();
        let mafia = Mafia::alone().in_folder(workspace.path());
        Self { mafia, workspace }
    }

    fn roster(&self) -> String {
        self.workspace.read("roster.toml")
    }

    fn writes(&self, file: &str, bytes: &[u8]) {
        let path = self.workspace.path().join(file);
        std::fs::write(path, bytes).expect("the workspace takes files");
    }
}

#[test]
fn a_roster_is_written_and_replaced_only_when_somebody_agrees() {
    let instructor = Instructor::new();
    let init = ["class", "init", "--class", "Monday 1", "--students", "12"];
    let written = instructor.mafia.run(&init).succeeds();
    written
        .prints("wrote roster.toml: the class monday-1 with 12 students")
        .remarks("Next: ")
        .reads_well_in_a_pipe();
    let first = instructor.roster();
    assert!(first.contains("class = \"monday-1\"\n"), "{first}");
    assert!(first.contains("\nname = \"student-12\"\n"), "{first}");

    let again = ["class", "init", "--students", "1"];
    let refused = instructor.mafia.run(&again).exits_with(2);
    refused
        .remarks("roster.toml exists")
        .remarks("use --yes to replace it");
    assert_eq!(instructor.roster(), first);
    let elsewhere = [&again[..], &["--roster", "other.toml", "--json"]].concat();
    let document = instructor.mafia.run(&elsewhere).succeeds().json();
    assert_eq!(document["students"], json!(["student-01"]));
    assert_eq!(instructor.roster(), first);
    instructor
        .mafia
        .run(&[&again[..], &["--yes"]].concat())
        .succeeds();
    assert!(!instructor.roster().contains("student-12"));
    for (arguments, message) in [
        (["--students", "0"], "expected 1 to 10000"),
        (["--class", "łódź"], "write it as `lodz`"),
        (
            ["--class", "a-class-whose-name-is-longer-than-all-others"],
            "is too long",
        ),
        (["--from", "none.csv"], "cannot read the list none.csv"),
    ] {
        let arguments = [&["class", "init", "--yes"][..], &arguments].concat();
        instructor
            .mafia
            .run(&arguments)
            .exits_with(2)
            .remarks(message);
    }
}

#[test]
fn a_list_of_students_becomes_a_roster() {
    let instructor = Instructor::new();
    let list = "\u{feff}E-Mail;Name;Group\r\nann@example.org;\"Lee; Ann\";1\r\n";
    instructor.writes("Tuesday.csv", list.as_bytes());
    let init = ["class", "init", "--from", "Tuesday.csv"];
    let refused = instructor.mafia.run(&init).exits_with(2).prints_nothing();
    refused
        .remarks("Tuesday.csv:2:17: the name `Lee; Ann` has the character `;`")
        .remarks("write it as `lee-ann`");
    let list = list.replace("Lee; Ann", "Ann Lee");
    instructor.writes("Tuesday.csv", list.as_bytes());
    let elsewhere = [&init[..], &["--roster", "other.toml", "--json"]].concat();
    let document = instructor.mafia.run(&elsewhere).succeeds().json();
    assert_documented(&["mafia class init"], &[document]);
    let written = instructor.mafia.run(&init).succeeds();
    written
        .prints("the class tuesday with 1 student")
        .prints("not used from the list: E-Mail, Group");
    let roster = instructor.roster();
    assert!(
        roster.contains("name = \"ann-lee\" # Ann Lee\n"),
        "{roster}"
    );
}

/// The text of a roster that is wrong, and what is said about it.
fn faults() -> Vec<(Vec<u8>, &'static str)> {
    let student = |name: &str| format!("[[student]]\nname = \"{name}\"\n");
    let class = |rest: &str| format!("class = \"monday\"\n{rest}").into_bytes();
    let utf_16: Vec<u8> = "class = \"a\""
        .encode_utf16()
        .flat_map(u16::to_le_bytes)
        .collect();
    let windows = class(&(student("ann") + &student("ANN")))
        .escape_ascii()
        .to_string();
    let windows = windows.replace("\\n", "\r\n").replace("\\\"", "\"");
    vec![
        (Vec::new(), "roster.toml:1:1: the class has no name"),
        (class(""), "roster.toml:1:1: the roster has no students"),
        (class(&student("")), "roster.toml:3:8: the name is empty"),
        (
            class(&(student("ann.lee") + &student("Ann Lee"))),
            "roster.toml:5:8: `Ann Lee` and `ann.lee` in line 3 are both the student `ann-lee`",
        ),
        (
            class(&student("Jürgen")),
            "roster.toml:3:8: the name `Jürgen` has the character `ü`",
        ),
        (
            class(&student(&"a".repeat(38))),
            "is too long: 38 characters",
        ),
        (
            class(&student("workshop")),
            "roster.toml:3:8: the name `workshop` is reserved",
        ),
        (
            class(&("regoin = \"x\"\n".to_owned() + &student("a"))),
            "did you mean `region`?",
        ),
        (
            class(&("expires = 2026-13-01\n".to_owned() + &student("a"))),
            "roster.toml:2:",
        ),
        (
            class(&("role = \"Teacher\"\n".to_owned() + &student("a"))),
            "roster.toml:2:8: `Teacher` is not the ARN",
        ),
        (
            class(&("[defaults]\nFoo = \"1\"\n".to_owned() + &student("a"))),
            "roster.toml:3:1: the template has no parameter Foo",
        ),
        (
            class(&("[defaults]\nPlayers = \"many\"\n".to_owned() + &student("a"))),
            "roster.toml:3:1: the parameter Players cannot be `many`",
        ),
        (
            class(&(student("a") + "parameters = { Mafia = 2, Api = \"maybe\" }\n")),
            "roster.toml:4:27: the parameter Api cannot be `maybe`",
        ),
        (
            [b"\xff\xfe".to_vec(), utf_16].concat(),
            "roster.toml:1:1: the file is in UTF-16",
        ),
        (
            class("# Jos\u{0}"),
            "roster.toml:2:6: there is a null character",
        ),
        (
            format!("\u{feff}{windows}").into_bytes(),
            "roster.toml:5:8: `ANN` and `ann` in line 3",
        ),
    ]
}

#[test]
fn a_roster_with_a_fault_creates_nothing() {
    let instructor = Instructor::new();
    let missing = instructor.mafia.run(&["class", "up"]).exits_with(2);
    missing
        .remarks("cannot read the roster roster.toml: No such file or directory")
        .remarks("`mafia class init`");
    for (text, message) in faults() {
        instructor.writes("roster.toml", &text);
        for command in ["up", "plan"] {
            let refused = instructor.mafia.run(&["class", command]).exits_with(2);
            refused.prints_nothing().remarks(message);
        }
    }
    instructor.mafia.run(&["sandbox", "status"]).exits_with(1);
}

/// What is typed counts more than what is in the environment.
#[test]
fn a_class_that_is_named_counts_more_than_a_roster_in_a_variable() {
    let instructor = Instructor::new();
    let status = ["class", "status", "--class", "monday"];
    let mafia = instructor.mafia.env("MAFIA_ROSTER", "other.toml");
    mafia
        .run(&status)
        .succeeds()
        .prints("class monday: 0 students");
    mafia
        .run(&[&status[..], &["--roster", "other.toml"]].concat())
        .exits_with(2)
        .remarks("cannot be used together");
    // No value is no roster.
    mafia
        .env("MAFIA_ROSTER", "")
        .run(&["class", "status"])
        .exits_with(2)
        .remarks("cannot read the roster roster.toml");
}

#[test]
fn ten_thousand_names_are_read_and_all_their_faults_counted() {
    let instructor = Instructor::new();
    let mut list = "name\n".to_owned();
    for number in 0..10_000 {
        writeln!(list, "student {number}").expect("a text takes lines");
    }
    instructor.writes("large.csv", list.as_bytes());
    let init = ["class", "init", "--from", "large.csv", "--json"];
    let document = instructor.mafia.run(&init).succeeds().json();
    assert_eq!(document["students"].as_array().map(Vec::len), Some(10_000));
    let twice = instructor.roster() + &instructor.roster().replace("class = \"large\"", "");
    let twice = twice.replace("\nexpires", "\n# expires");
    instructor.writes("roster.toml", twice.as_bytes());
    let refused = instructor.mafia.run(&["class", "up"]).exits_with(2);
    refused
        .remarks("the student `student-0` is there twice, first in line")
        .remarks("and 9980 faults more");
}
