//! Students at work in a class: each changes the own stack, as anybody and from any folder, and no
//! neighbour's.

use super::classroom::{CLASS, Classroom};
use crate::endpoint::{Endpoint, on_each_endpoint};
use crate::mafia::{Mafia, Outcome};
use crate::workspace::Workspace;

on_each_endpoint! { with nothing installed:
    a_student_works_with_the_line_alone,
    the_name_of_the_user_leads_to_no_stack_of_a_class,
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
