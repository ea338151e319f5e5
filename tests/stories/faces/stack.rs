//! A stack's life on the screen, from the first deployment to the last look: real functions on a real
//! endpoint.

use serde_json::Value;

use super::assert_faces;
use crate::documents::assert_documented;
use crate::endpoint::{Endpoint, on_each_endpoint};
use crate::mafia::{Mafia, Outcome};
use crate::workspace::Workspace;

on_each_endpoint! {
    with nothing installed:
    a_stack_from_its_first_deployment_to_its_end,
    a_stack_that_fails_shows_the_cause,
    deployments_and_clean_ups_are_documented,
}

const TEMPLATE: &str = "templates/game.yaml";

fn owner(endpoint: &Endpoint, workspace: &Workspace, stack: &str) -> Mafia {
    Mafia::at(endpoint)
        .env("MAFIA_STACK", stack)
        .in_folder(workspace.path())
}

fn a_stack_from_its_first_deployment_to_its_end(endpoint: &Endpoint) {
    let workspace = Workspace::copy();
    let mafia = owner(endpoint, &workspace, "mafia-anna");
    let run =
        |arguments: &[&str]| -> Outcome { mafia.run(arguments).succeeds().reads_well_in_a_pipe() };
    // Servers differ in what they count as changed by an update, and in their order of deletion.
    let server = endpoint.server();
    let foreseen = run(&["deploy", "--dry-run"]);
    let first = run(&["deploy"]);
    assert_faces("deploy-first", &[&foreseen, &first]);

    let nothing = run(&["deploy"]);
    workspace.write("names.txt", "Ann\nBo\nCleo\nDee\nEli\n");
    let foreseen = run(&["deploy", "--dry-run"]);
    let patch = run(&["deploy"]);
    let quiet = run(&["deploy", "--quiet"]);
    assert_faces("deploy-patch", &[&nothing, &foreseen, &patch, &quiet]);

    let smaller = ["deploy", "-p", "Players=4", "-p", "Mafia=1"];
    let foreseen = run(&[&smaller[..], &["--dry-run"]].concat());
    let update = run(&smaller);
    assert_faces(&format!("deploy-update-{server}"), &[&foreseen, &update]);
    run(&["play", "auto"]).prints("Game over: ");

    let clean = run(&["clean", "--yes"]);
    let again = run(&["clean"]);
    assert_faces(&format!("clean-{server}"), &[&clean, &again]);
}

fn a_stack_that_fails_shows_the_cause(endpoint: &Endpoint) {
    let workspace = Workspace::copy();
    // Each server sees its own one as it is made, and not before.
    let impossible = if endpoint.is_a_sandbox() {
        TAKEN
    } else {
        NEVER
    };
    workspace.edit(TEMPLATE, "Resources:\n", impossible);
    let mafia = owner(endpoint, &workspace, "mafia-anna");
    let failed = mafia.run(&["deploy"]).exits_with(1).prints_nothing();
    assert_faces(&format!("deploy-fails-{}", endpoint.server()), &[&failed]);
}

/// Its name is that of another log group in the same template.
const TAKEN: &str = "\
Resources:
  Taken:
    Type: AWS::Logs::LogGroup
    DependsOn: [NewGame, GameState, NightTurn, DayTurn, Judgement]
    Properties:
      LogGroupName: !Ref NewGameLogs
";
/// Nobody ever signals it, and it takes no such number of signals anyway.
const NEVER: &str = "\
Resources:
  Never:
    Type: AWS::CloudFormation::WaitCondition
    Properties:
      Count: 0
";

fn deployments_and_clean_ups_are_documented(endpoint: &Endpoint) {
    let workspace = Workspace::copy();
    let [anna, bela] = ["mafia-anna", "mafia-bela"].map(|name| owner(endpoint, &workspace, name));
    let json = |mafia: &Mafia, arguments: &[&str]| -> Value {
        mafia
            .run(&[arguments, &["--json"]].concat())
            .succeeds()
            .json()
    };
    let first = json(&anna, &["deploy"]);
    let nothing = json(&anna, &["deploy"]);
    let update = json(
        &anna,
        &["deploy", "-p", "Players=4", "-p", "Mafia=1", "--dry-run"],
    );
    workspace.write("names.txt", "Ann\nBo\nCleo\n");
    let patch = json(&anna, &["deploy", "--function", "new-game"]);
    let other = json(&bela, &["deploy", "-p", "Players=3", "-p", "Mafia=1"]);
    assert_eq!(first["action"], "created");
    assert_eq!(nothing["action"], "unchanged");
    assert_eq!(update["dry_run"], true);
    assert_eq!(patch["action"], "patched");
    assert_documented(&["mafia deploy"], &[first, nothing, update, patch, other]);

    let kept = json(&anna, &["clean", "--yes"]);
    let last = json(&bela, &["clean", "--yes"]);
    assert_eq!(kept["deleted"]["kept_for"][0], "mafia-bela");
    assert_eq!(last["deleted"]["workshop"]["name"], "mafia-workshop");
    assert_eq!(last["left"], serde_json::json!([]));
    // A shared stack has the same keys as any other, among them buckets.
    let mut as_stacks = last.clone();
    as_stacks["deleted"]["stacks"] = serde_json::json!([last["deleted"]["workshop"]]);
    let bucket = serde_json::json!({
        "resource_type": "AWS::S3::Bucket", "name": "b", "kept": "retained",
    });
    let remains = serde_json::json!({ "log_groups": ["g"], "kept": [bucket] });
    let left = serde_json::json!({
        "left": [bucket],
        "deleted": { "stacks": [{ "kept": [bucket] }], "remains": [remains] },
    });
    let nothing = json(&anna, &["clean", "--yes"]);
    assert_eq!(nothing["deleted"]["remains"][0]["stack"], "mafia-anna");
    assert_documented(&["mafia clean"], &[kept, last, as_stacks, left, nothing]);
}
