//! The same sources give the same bundles, whichever folder they are in.

use serde_json::Value;

use crate::endpoint::{Endpoint, on_each_endpoint};
use crate::mafia::Mafia;
use crate::workspace::Workspace;

on_each_endpoint! { two_folders_build_the_same_digests }

/// An edit of the game's crate, so that each folder compiles it itself.
fn built_where_it_lies() -> Workspace {
    let workspace = Workspace::copy();
    workspace.edit(
        "labs/game/src/players.rs",
        "Game over: the mafia wins",
        "The game is over: the mafia wins",
    );
    workspace
}

/// Of every function's bundle, as a deployment to a stack of that name would have it.
fn digests(endpoint: &Endpoint, workspace: &Workspace) -> Vec<Value> {
    let mafia = Mafia::at(endpoint)
        .in_folder(workspace.path())
        .env("MAFIA_STACK", "mafia-anna");
    let outcome = mafia.run(&["deploy", "--dry-run", "--json"]).succeeds();
    let functions = outcome.json()["functions"].as_array().cloned();
    let functions = functions.expect("a deployment lists its functions");
    functions
        .iter()
        .map(|function| function["digest"].clone())
        .collect()
}

fn two_folders_build_the_same_digests(endpoint: &Endpoint) {
    let (one, other) = (built_where_it_lies(), built_where_it_lies());
    let digests_in_one = digests(endpoint, &one);
    assert_eq!(digests_in_one.len(), 5);
    assert_eq!(digests_in_one, digests(endpoint, &other));
    assert_ne!(
        digests_in_one,
        digests(endpoint, &Workspace::copy()),
        "the edit is in them"
    );
}
