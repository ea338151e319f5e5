//! Students at work in a class: each changes the own stack, as anybody and from any folder, and no
//! neighbour's.

use super::classroom::{CLASS, Classroom, Ends};
use crate::endpoint::{Endpoint, on_each_endpoint};
use crate::mafia::{Mafia, Outcome};
use crate::workspace::Workspace;

on_each_endpoint! { with nothing installed:
    a_student_works_with_the_line_alone,
    the_name_of_the_user_leads_to_no_stack_of_a_class,
    a_stack_that_a_student_made_again_is_taken_back,
}

/// Somebody in a folder of their own.
fn somebody(endpoint: &Endpoint, folder: &Workspace) -> Mafia {
    Mafia::at(endpoint).in_folder(folder.path())
}

#[track_caller]
fn refused(outcome: Outcome, student: &str) {
    let whose = format!("belongs to the student {student} of the class {CLASS}");
    outcome
        .exits_with(2)
        .prints_nothing()
        .remarks(&whose)
        .remarks("use the line that your instructor gave you");
}

fn stack(student: &str) -> String {
    format!("mafia-{CLASS}-{student}")
}

fn a_student_works_with_the_line_alone(endpoint: &Endpoint) {
    let class = Classroom::of(endpoint, 2);
    class.asks(&["class", "up"]).all("ready", "created");
    let own = Workspace::light();
    own.edit("src/bin/day-turn.rs", "\");", ", edited\");");
    let ann = somebody(endpoint, &own).env("MAFIA_STACK", &stack("s01"));

    // The neighbour's stack, with the neighbour's name and with the line that was given.
    let neighbours = stack("s02");
    for command in [
        &["deploy"][..],
        &["deploy", "--dry-run"],
        &["clean", "--yes"],
    ] {
        refused(
            ann.run(&[command, &["--stack", &neighbours]].concat()),
            "s02",
        );
    }
    assert_eq!(class.stacks().len(), 3);

    let deployed = ann.run(&["deploy", "--json"]).succeeds().json();
    assert_eq!(deployed["action"], "patched", "{deployed:#}");
    let listed = ann.run(&["list", "--json"]).succeeds().json();
    let of = |name: &str| {
        let stacks = listed["stacks"].as_array().expect("a list").iter();
        let mut found = stacks.filter(|it| it["name"] == name);
        found.next().unwrap_or_else(|| panic!("{listed:#}")).clone()
    };
    let (mine, theirs, shared) = (of(&stack("s01")), of(&neighbours), of(&stack("workshop")));
    assert_eq!(
        (&mine["class"], &mine["student"]),
        (&CLASS.into(), &"s01".into())
    );
    assert_eq!(
        (&mine["yours"], &theirs["yours"]),
        (&true.into(), &false.into())
    );
    assert_eq!(mine["owner"], theirs["owner"], "the tags stay as they are");
    assert_eq!(
        (&shared["class"], &shared["student"]),
        (&CLASS.into(), &().into())
    );
    ann.run(&["list"])
        .succeeds()
        .prints("s01 of the class monday")
        .prints("shared by the class monday");
    ann.run(&["status"]).succeeds().prints(&stack("s01"));

    // The last one who leaves does not take the class's bucket along.
    let cem = somebody(endpoint, &own).env("MAFIA_STACK", &neighbours);
    for student in [&ann, &cem] {
        student.run(&["clean", "--yes"]).succeeds().prints("0 left");
    }
    assert_eq!(class.stacks(), [stack("workshop")]);
    class.asks(&["class", "up"]).all("ready", "created");
}

fn the_name_of_the_user_leads_to_no_stack_of_a_class(endpoint: &Endpoint) {
    let class = Classroom::of(endpoint, 1);
    class.asks(&["class", "up"]).all("ready", "created");
    // A user's stack is named after the user.
    let own = Workspace::light();
    let user = somebody(endpoint, &own).env("USER", &format!("{CLASS}-s01"));
    refused(user.run(&["deploy"]), "s01");
    refused(user.run(&["clean", "--yes"]), "s01");
    // An option names a stack too, where no line does.
    user.run(&["deploy", "--stack", &stack("s01")]).succeeds();
    refused(user.run(&["deploy"]), "s01");
    user.run(&["deploy", "--adopt"]).succeeds();
}

/// Without the class's tags, a stack is nobody's of the class. What `class up` says helps.
fn a_stack_that_a_student_made_again_is_taken_back(endpoint: &Endpoint) {
    let class = Classroom::of(endpoint, 2);
    let roster = class.workspace.read("roster.toml");
    // Only where the hint says so, this class is found.
    class.writes_roster("other", ["s01"]);
    class.workspace.write("class.toml", &roster);
    let up = ["class", "up", "--roster", "class.toml"];
    class.asks(&up).all("ready", "created");
    let own = Workspace::light();
    let ann = somebody(endpoint, &own).env("MAFIA_STACK", &stack("s01"));
    ann.run(&["clean", "--yes"]).succeeds().prints("0 left");
    ann.run(&["deploy"]).succeeds();

    let refused = class.run(&[&up[..], &["--json"]].concat()).exits_with(1);
    let ends = Ends::of(&refused);
    assert_eq!(ends.who("failed", "it has no tag mafia:class"), ["s01"]);
    assert_eq!(ends.who("ready", "unchanged"), ["s02"]);
    let hint = refused.json()["students"][0]["hints"][0].clone();
    let hint = hint.as_str().unwrap_or_default();
    let command = hint.split('`').nth(1).unwrap_or_default();
    assert!(
        command.ends_with("class exec --roster class.toml --only s01 -- clean --adopt --yes"),
        "{hint}"
    );
    let typed = command.replacen("mafia", "\"$MAFIA\"", 1);
    class.mafia().run_in_shell(&typed).succeeds();

    let ends = class.asks(&up);
    assert_eq!(ends.who("ready", "created"), ["s01"]);
    assert_eq!(ends.who("ready", "unchanged"), ["s02"]);
    let shared = class.stacks().into_iter();
    let shared: Vec<String> = shared.filter(|name| name.ends_with("workshop")).collect();
    assert_eq!(
        shared,
        [stack("workshop")],
        "nothing of the student's own is left"
    );
}
