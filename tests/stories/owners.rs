//! Whose a stack is: somebody else's is left alone until somebody agrees.

use crate::endpoint::{Endpoint, on_each_endpoint};
use crate::listing::Listing;
use crate::student::Student;
use crate::workspace::Workspace;

on_each_endpoint! {
    a_strangers_stack_is_left_alone,
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
        &["clean"],
    ] {
        other
            .run(command)
            .exits_with(2)
            .prints_nothing()
            .remarks("stack mafia-anna belongs to somebody else")
            .remarks("--stack NAME")
            .remarks("--adopt");
    }
    let checked = other.run(&["doctor"]).prints("✗ stack");
    checked.prints("stack mafia-anna belongs to somebody else");
    anna.run(&["doctor"]).prints("✓ stack");
    assert_eq!(
        other.deploys(&["--dry-run"]).functions("patched"),
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
