//! A session with one stack, from the first deployment to the last look around.

use std::time::Duration;

use crate::endpoint::{Endpoint, on_each_endpoint};
use crate::listing::{Listing, bystander};
use crate::mafia::Mafia;
use crate::proxy::{At, Moment, Proxy};
use crate::workspace::Workspace;

on_each_endpoint! {
    sends_only_what_changed_and_leaves_only_what_was_there_before,
    picks_up_where_a_killed_deployment_left_off,
}

const STACK: &str = "mafia-anna";

/// Anna, who works in a workspace.
fn anna(endpoint: &Endpoint, workspace: &Workspace) -> Mafia {
    Mafia::at(endpoint)
        .in_folder(workspace.path())
        .env("MAFIA_STACK", STACK)
}

fn sends_only_what_changed_and_leaves_only_what_was_there_before(endpoint: &Endpoint) {
    let before = bystander(endpoint, STACK);
    let proxy = Proxy::in_front_of(endpoint);
    let workspace = Workspace::copy();
    let anna = anna(proxy.endpoint(), &workspace);

    anna.run(&["deploy"]).succeeds().reads_well_in_a_pipe();
    let night_turn = "mafia-anna-03-night-turn";
    let deployed = Listing::of(endpoint);
    let first = deployed.get("functions", night_turn).clone();

    proxy.clear();
    anna.run(&["deploy"]).succeeds().reads_well_in_a_pipe();
    assert!(
        proxy.writes().is_empty(),
        "nothing changed, but:\n{}",
        proxy.transcript()
    );

    workspace.edit(
        "labs/game/src/bin/night-turn.rs",
        r#""Night, time to sleep".to_owned()"#,
        r#""Night, lights out".to_owned()"#,
    );
    proxy.clear();
    anna.run(&["deploy"]).succeeds().reads_well_in_a_pipe();
    let writes = proxy.writes();
    assert_eq!(
        writes.len(),
        1,
        "one function changed, but:\n{}",
        proxy.transcript()
    );
    assert_eq!(writes[0].operation.to_string(), "lambda:UpdateFunctionCode");
    assert!(writes[0].path.contains(night_turn), "{:?}", writes[0].path);
    let patched = Listing::of(endpoint);
    assert_ne!(&first, patched.get("functions", night_turn));
    assert_eq!(
        deployed.difference(&patched).lines().count(),
        1,
        "and nothing else"
    );

    anna.run(&["play", "new"]).succeeds();
    let night = anna.run(&["invoke", "night-turn"]).succeeds();
    night.prints("Night, lights out");

    anna.run(&["clean", "--yes"])
        .succeeds()
        .reads_well_in_a_pipe();
    before.assert_still_all_there_is(&Listing::of(endpoint));
}

fn picks_up_where_a_killed_deployment_left_off(endpoint: &Endpoint) {
    let proxy = Proxy::in_front_of(endpoint);
    let workspace = Workspace::copy();
    let anna = anna(proxy.endpoint(), &workspace);
    let gate = proxy.hold(
        At::nth(2, "cloudformation:CreateStack"),
        Moment::BeforeAnswering,
    );
    let deployment = anna.start(&["deploy"]);
    assert!(
        gate.reached_within(Duration::from_secs(120)),
        "\n{}",
        proxy.transcript()
    );
    let killed = deployment.kill();
    assert_eq!(killed.signal, Some(9), "{killed:?}");
    drop(gate);

    anna.run(&["deploy"]).succeeds();
    let listing = Listing::of(endpoint);
    assert_eq!(listing.names("functions").len(), 5);
    assert_eq!(listing.names("stacks"), [STACK, "mafia-workshop"]);
}
