//! Students are brought back to checkpoints.

use std::time::Duration;

use serde_json::{Value, json};

use super::classroom::{Classroom, Ends};
use crate::documents::{assert_documented, assert_nothing_undocumented};
use crate::endpoint::{Endpoint, on_each_endpoint};
use crate::proxy::{At, Moment, Proxy};
use crate::student::Student;
use crate::workspace::Workspace;

on_each_endpoint! { with nothing installed:
    a_student_is_reset_and_nobody_else,
    a_checkpoint_is_a_state_of_the_folder,
    a_student_deploys_during_a_reset,
}

const PATIENCE: Duration = Duration::from_secs(60);

/// What the class's status says of a student.
#[track_caller]
fn standing(class: &Classroom, student: &str) -> Value {
    let document = class.run(&["class", "status", "--json"]).succeeds().json();
    let mut students = document["students"].as_array().into_iter().flatten();
    let found = students.find(|it| it["student"] == student);
    found.unwrap_or_else(|| panic!("{document:#}")).clone()
}

fn a_student_is_reset_and_nobody_else(endpoint: &Endpoint) {
    let class = Classroom::of(endpoint, 3);
    class.asks(&["class", "up"]).all("ready", "created");
    let before = class.workspace.read("src/bin/day-turn.rs");
    class
        .workspace
        .edit("src/bin/day-turn.rs", "\");", ", edited\");");
    for student in ["s01", "s02"] {
        class
            .student(student)
            .deploys(&["--adopt", "-p", "Players=7"]);
    }
    let reset = class
        .run(&["class", "reset", "s01", "--json"])
        .succeeds()
        .json();
    let headings = ["mafia class up", "mafia class reset"];
    assert_nothing_undocumented(&headings, std::slice::from_ref(&reset));
    assert_eq!(reset["checkpoint"], "start");
    assert_eq!(
        reset["lost"][0]["functions"],
        json!(["04-day-turn"]),
        "{reset:#}"
    );
    assert_eq!(
        reset["lost"][0]["parameters"],
        json!(["Players=7"]),
        "{reset:#}"
    );
    assert_eq!(reset["students"][0]["what"], "reset to start");
    assert_eq!(standing(&class, "s01")["differing"], json!([]));
    assert_eq!(standing(&class, "s02")["differing"], json!(["04-day-turn"]));
    let edited = class.workspace.read("src/bin/day-turn.rs");
    assert_ne!(edited, before, "the files stay as they are");

    // Nothing is lost a second time, and a stack that is gone comes back.
    class.student("s03").cleans();
    let again = class
        .run(&["class", "reset", "s01", "s03", "--json"])
        .succeeds()
        .json();
    assert_eq!(again["lost"][0]["functions"], json!([]), "{again:#}");
    assert_eq!(again["lost"][0]["parameters"], json!([]), "{again:#}");
    assert_eq!(standing(&class, "s03")["differing"], json!([]));

    let unasked = class.mafia().env("MAFIA_YES", "false");
    unasked
        .run(&["class", "reset", "s01"])
        .succeeds()
        .remarks("s01      nothing\n")
        .prints("reset to start");
    unasked
        .run(&["class", "reset", "s02"])
        .exits_with(2)
        .remarks("other code of 04-day-turn; Players=7")
        .remarks("use --yes");
    assert_eq!(standing(&class, "s02")["differing"], json!(["04-day-turn"]));
}

fn a_checkpoint_is_a_state_of_the_folder(endpoint: &Endpoint) {
    let class = Classroom::of(endpoint, 2);
    class
        .run(&["class", "checkpoint", "lab-02"])
        .exits_with(1)
        .remarks("class monday is not up")
        .remarks("mafia class up");
    class
        .run(&["class", "checkpoint", "lab-02", "--roster", "./roster.toml"])
        .exits_with(1)
        .remarks("mafia class up --roster ./roster.toml");
    class.asks(&["class", "up"]).all("ready", "created");
    let start = class.workspace.read("src/bin/day-turn.rs");
    class
        .workspace
        .edit("src/bin/day-turn.rs", "\");", ", lab two\");");
    let made = class.run(&["class", "checkpoint", "lab-02"]).succeeds();
    made.prints("checkpoint lab-02 with 5 functions");
    let again = class.run(&["class", "checkpoint", "lab-02", "--json"]);
    let again = again.succeeds().json();
    assert_documented(&["mafia class checkpoint"], &[again]);
    class.workspace.write("src/bin/day-turn.rs", &start);
    // Nobody has it yet.
    assert_eq!(standing(&class, "s01")["differing"], json!([]));

    class
        .run(&["class", "reset", "s01", "--to", "lab-02"])
        .succeeds();
    assert_eq!(standing(&class, "s01")["differing"], json!(["04-day-turn"]));
    class.run(&["class", "reset", "s01"]).succeeds();
    assert_eq!(standing(&class, "s01")["differing"], json!([]));
    class
        .run(&["class", "reset", "s01", "--to", "lab-2"])
        .exits_with(2)
        .remarks("class monday has no checkpoint lab-2")
        .remarks("lab-02");
    class
        .run(&["class", "checkpoint", "Lab 2"])
        .exits_with(2)
        .remarks("small letters");
}

/// Whoever is later does not overwrite in silence what it has not seen. The stack stays sound.
fn a_student_deploys_during_a_reset(endpoint: &Endpoint) {
    let class = Classroom::of(endpoint, 2);
    class.asks(&["class", "up"]).all("ready", "created");
    let own = Workspace::light();
    let ann = Student::new(endpoint, &class.student("s01").stack, &own);
    let deploys = |names: &str, arguments: &[&str]| {
        own.write("names.txt", names);
        ann.deploys(arguments)
    };
    let overtaken = "another deployment changed";
    // What the reset is about to do, what the student deployed before and deploys now, and what the reset says.
    for (operation, before, during, ended, why) in [
        (
            "lambda:UpdateFunctionCode",
            &[][..],
            &[][..],
            "failed",
            overtaken,
        ),
        (
            "lambda:UpdateFunctionCode",
            &[],
            &["-p", "Mafia=2"],
            "failed",
            overtaken,
        ),
        (
            "cloudformation:CreateChangeSet",
            &["-p", "Players=7"],
            &[],
            "ready",
            "reset to start",
        ),
        (
            "cloudformation:ExecuteChangeSet",
            &["-p", "Players=7"],
            &["-p", "Mafia=2"],
            "ready",
            "reset to start",
        ),
    ] {
        deploys("Ann\nBen\n", before);
        let proxy = Proxy::in_front_of(endpoint);
        let gate = proxy.hold(At::nth(1, operation), Moment::BeforeForwarding);
        let reset = class.start_through(&proxy, &["class", "reset", "s01", "--json"]);
        assert!(gate.reached_within(PATIENCE), "{}", proxy.transcript());
        deploys("Ann\nBen\nCem\n", during);
        gate.open();

        let reset = reset.finish();
        assert_eq!(Ends::of(&reset).who(ended, why), ["s01"], "{operation}");
        let after = standing(&class, "s01");
        assert_eq!(after["stuck"], Value::Null, "{after:#}");
        let of_the_class = after["differing"] == json!([]);
        if ended == "failed" {
            reset.exits_with(1).remarks("run the same command again");
            assert!(!of_the_class, "{after:#}");
            class.run(&["class", "reset", "s01"]).succeeds();
            assert_eq!(standing(&class, "s01")["differing"], json!([]));
        } else {
            reset.succeeds();
            assert!(of_the_class, "{after:#}");
        }
    }
    assert_eq!(class.stacks().len(), 3);
}
