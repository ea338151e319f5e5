//! What `mafia` says when it cannot do what was asked: each kind of bad input with a message of its
//! own, the exit code that scripts rely on, and the next step for who reads it.

mod command_lines;
mod functions;
mod stacks;
mod targets;
mod workspaces;

use crate::faces::assert_faces;
use crate::mafia::Outcome;

/// Compares refusals with the snapshot `name`: nothing on standard output, a message that fits the
/// page, at least one hint, and no word that only a programmer of `mafia` would understand.
#[track_caller]
fn assert_refusals(name: &str, outcomes: &[Outcome]) {
    for outcome in outcomes {
        if !matches!(outcome.code, Some(1..=3)) {
            outcome.fails("should have been refused");
        }
        if !outcome.stdout.is_empty() {
            outcome.fails("should have printed nothing on standard output");
        }
        if !outcome.stderr.contains("\n  hint: ") {
            outcome.fails("should have named the next step");
        }
        for word in [
            "panicked",
            "os error",
            "SdkError",
            "dispatch failure",
            "None",
            "Some(",
        ] {
            if outcome.stderr.contains(word) {
                outcome.fails(&format!("should not have said {word:?}"));
            }
        }
    }
    let outcomes: Vec<&Outcome> = outcomes.iter().collect();
    assert_faces(name, &outcomes);
}
