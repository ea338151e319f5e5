//! Whose a stack is: somebody else's is left alone until somebody agrees.

use serde_json::json;

use crate::endpoint::{Endpoint, on_each_endpoint};
use crate::listing::Listing;
use crate::outside::boto3;
use crate::student::Student;
use crate::workspace::Workspace;

on_each_endpoint! {
    a_strangers_stack_is_left_alone,
    a_game_that_lost_its_tags_is_adopted,
}

const STACK: &str = "mafia-anna";

/// Both have the same keys and the same user name. Only their folders tell them apart.
fn a_strangers_stack_is_left_alone(endpoint: &Endpoint) {
    let (annas, otherwise) = (Workspace::light(), Workspace::light());
    let anna = Student::new(endpoint, STACK, &annas);
    let other = Student::new(endpoint, STACK, &otherwise);
    anna.deploys(&[]);
    let before = Listing::of(endpoint);
    otherwise.edit("src/bin/new-game.rs", "\");", ", edited\");");
    for command in [
        &["deploy"][..],
        &["deploy", "--function", "new-game"],
        &["deploy", "--dry-run"],
        &["clean"],
    ] {
        other
            .run(command)
            .exits_with(2)
            .prints_nothing()
            .remarks("stack mafia-anna belongs to somebody else")
            .remarks("in another workshop folder, with the id ")
            .remarks("--stack NAME")
            .remarks("--adopt");
    }
    let checked = other.run(&["doctor"]).prints("✗ stack");
    checked.prints("stack mafia-anna belongs to somebody else");
    anna.run(&["doctor"]).prints("✓ stack");
    assert_eq!(
        other
            .deploys(&["--dry-run", "--adopt"])
            .functions("patched"),
        ["01-new-game"]
    );
    before.assert_still_all_there_is(&Listing::of(endpoint));
    assert_eq!(anna.deploys(&[]).action, "unchanged");

    // Who takes it has it from then on.
    assert_eq!(other.deploys(&["--adopt"]).action, "updated");
    let deployed = other.deploys(&[]);
    assert_eq!(deployed.action, "unchanged");
    Listing::of(endpoint).assert_holds_games(&[(STACK, &deployed)]);
    anna.run(&["deploy"]).exits_with(2);
    let cleaned = anna.mafia().env("MAFIA_ADOPT", "true").run(&["clean"]);
    cleaned.succeeds().prints("0 left");
    Listing::of(endpoint).assert_is_empty();
}

/// Another tool updated the stack with tags of its own.
fn a_game_that_lost_its_tags_is_adopted(endpoint: &Endpoint) {
    let workspace = Workspace::light();
    let anna = Student::new(endpoint, STACK, &workspace);
    anna.deploys(&[]);
    let parameters = Listing::of(endpoint).get("stacks", STACK)["Parameters"].clone();
    let names = parameters.as_object().expect("parameters by name").keys();
    let kept: Vec<_> = names
        .map(|name| json!({ "ParameterKey": name, "UsePreviousValue": true }))
        .collect();
    let tagged = |tags: &[(&str, &str)]| {
        let tags = tags.iter();
        let tags = tags.map(|(key, value)| json!({ "Key": key, "Value": value }));
        let update = json!({
            "StackName": STACK,
            "UsePreviousTemplate": true,
            "Capabilities": ["CAPABILITY_IAM"],
            "Parameters": kept,
            "Tags": tags.collect::<Vec<_>>(),
        });
        let done = boto3(endpoint, &[("cloudformation", "update_stack", update)]);
        assert!(done[0].answer.is_some(), "{done:?}");
    };
    tagged(&[("team", "blue")]);
    for command in [&["deploy"][..], &["deploy", "--dry-run"], &["clean"]] {
        anna.run(command)
            .exits_with(2)
            .remarks("stack mafia-anna has lost its tag mafia:kind")
            .remarks("use --adopt (or MAFIA_ADOPT=true)");
    }
    assert_eq!(anna.deploys(&["--adopt"]).action, "updated");
    assert_eq!(anna.deploys(&[]).action, "unchanged");

    // Without an owner it is nobody's until the next update.
    tagged(&[("mafia:kind", "game"), ("mafia:workshop", "mafia-workshop")]);
    let unchanged = anna.run(&["deploy"]).succeeds();
    unchanged.remarks("stack mafia-anna belongs to nobody yet; the next update makes it yours");
    anna.run(&["deploy", "-p", "Players=7"])
        .succeeds()
        .never_says("nobody");
    anna.run(&["deploy"]).succeeds().never_says("nobody");

    tagged(&[("team", "blue")]);
    anna.run(&["clean", "--adopt"]).succeeds().prints("0 left");
    Listing::of(endpoint).assert_is_empty();
}
