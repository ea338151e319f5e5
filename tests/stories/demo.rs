//! `mafia demo`: what a newcomer sees first, with nothing set up and nothing installed.

use crate::documents::assert_documented;
use crate::mafia::Mafia;
use crate::workspace::Workspace;

/// Somebody who has just cloned the project.
fn newcomer(workspace: &Workspace) -> Mafia {
    Mafia::alone().in_folder(workspace.path())
}

#[test]
fn a_newcomer_sees_a_whole_game_and_what_to_do_next() {
    let workspace = Workspace::copy();
    let mafia = newcomer(&workspace);
    let first = mafia.run(&["demo"]).succeeds().reads_well_in_a_pipe();
    first
        .remarks("A game of Mafia")
        .remarks("mafia-demo on the sandbox (http://127.0.0.1:")
        .remarks("night-turn lets the mafia kill an innocent player:")
        .prints("mafia-demo: created with 5 functions in ")
        .prints("Mafia kills ")
        .prints("Game over: the ")
        .remarks("  mafia play --stack mafia-demo ")
        .remarks("  mafia logs --stack mafia-demo ")
        .remarks("  mafia deploy --stack mafia-demo ")
        .remarks("The sandbox stops when it has had no requests for 30 minutes.");

    let again = mafia.run(&["demo", "--seed", "7", "--json"]).succeeds();
    let again = again.json();
    assert_documented(&["mafia demo"], std::slice::from_ref(&again));
    assert_eq!(again["deployment"]["action"], "unchanged");
    assert_eq!(again["game"]["seed"], 7);
    for next in ["play auto", "logs", "deploy", "clean --yes"] {
        let words: Vec<&str> = next.split(' ').chain(["--stack", "mafia-demo"]).collect();
        mafia.run(&words).succeeds();
    }
}

#[test]
fn the_demo_does_not_play_on_aws() {
    let refused = Mafia::alone().run(&["demo", "--target", "aws"]);
    refused
        .exits_with(2)
        .prints_nothing()
        .remarks("error: the demo runs in the sandbox, not on AWS\n  hint: omit --target");
}
