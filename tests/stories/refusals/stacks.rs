//! Stacks that are not ours, templates and parameters that CloudFormation refuses, and settings with
//! which no game can be drawn: by a real CloudFormation and the real functions.

use serde_json::json;

use super::assert_refusals;
use crate::endpoint::{Endpoint, on_each_endpoint};
use crate::listing::{Listing, bystander};
use crate::mafia::{Mafia, Outcome};
use crate::outside::boto3;
use crate::workspace::Workspace;

on_each_endpoint! {
    somebody_elses_stack_is_left_alone,
    templates_and_parameters_that_cloudformation_refuses_change_nothing,
    settings_that_make_no_game_are_named_by_the_function,
}

fn anna(endpoint: &Endpoint, workspace: &Workspace) -> Mafia {
    Mafia::at(endpoint)
        .env("MAFIA_STACK", "mafia-anna")
        .in_folder(workspace.path())
}

fn somebody_elses_stack_is_left_alone(endpoint: &Endpoint) {
    // Buckets' names are unique among accounts, so among stories too.
    bystander(endpoint, "mafia-frida");
    // Its name is the very one that frida would use.
    let template = r#"{"Resources": {"Notes": {"Type": "AWS::Logs::LogGroup"}}}"#;
    let stack = |name: &str| {
        let parameters = json!({ "StackName": name, "TemplateBody": template });
        ("cloudformation", "create_stack", parameters)
    };
    boto3(endpoint, &[stack("mafia-frida"), stack("notes")]);
    let before = Listing::of(endpoint);
    let workspace = Workspace::copy();
    let mafia = anna(endpoint, &workspace).env("MAFIA_STACK", "mafia-frida");
    let refused = |arguments: &[&str]| -> Outcome {
        mafia.run(arguments).exits_with(2).reads_well_in_a_pipe()
    };
    let refusals = [
        refused(&["deploy"]),
        refused(&["deploy", "--function", "day-turn"]),
        refused(&["clean", "--yes"]),
        refused(&["deploy", "--stack", "mafia-bela", "--workshop", "notes"]),
        refused(&["deploy", "--stack", "mafia-workshop"]),
        refused(&[
            "clean",
            "--stack",
            "mafia-class",
            "--workshop",
            "mafia-class",
        ]),
    ];
    assert_refusals("foreign-stack", &refusals);
    before.assert_still_all_there_is(&Listing::of(endpoint));
}

fn templates_and_parameters_that_cloudformation_refuses_change_nothing(endpoint: &Endpoint) {
    let workspace = Workspace::copy();
    let mafia = anna(endpoint, &workspace);
    mafia.run(&["deploy"]).succeeds();
    let before = Listing::of(endpoint);
    let refused = |arguments: &[&str], code| -> Outcome {
        let outcome = mafia.run(&[&["deploy"], arguments].concat());
        outcome.exits_with(code).reads_well_in_a_pipe()
    };
    let parameters = [
        refused(&["-p", "Player=8"], 2),
        refused(&["-p", "Players=0"], 2),
        refused(&["-p", "Players=many"], 2),
    ];
    let game = workspace.read("templates/game.yaml");
    let templates = [
        "Resources: [",
        "Resources:\n  Odd:\n    Type: No::Such::Thing\n",
    ]
    .map(|text| {
        workspace.write("templates/game.yaml", text);
        refused(&[], 1)
    });
    workspace.write("templates/game.yaml", &game);
    // In the servers' own words.
    let server = endpoint.server();
    assert_refusals(&format!("refused-parameter-{server}"), &parameters);
    assert_refusals(&format!("refused-template-{server}"), &templates);
    mafia.run(&["deploy"]).succeeds().prints("nothing to do");
    before.assert_still_all_there_is(&Listing::of(endpoint));
}

fn settings_that_make_no_game_are_named_by_the_function(endpoint: &Endpoint) {
    let workspace = Workspace::copy();
    let mafia = anna(endpoint, &workspace);
    let play_new = || mafia.run(&["play", "new"]).exits_with(1).prints_nothing();
    let refused = mafia.run(&["deploy", "-p", "Players=3", "-p", "Mafia=5"]);
    refused
        .exits_with(2)
        .remarks(
            "error: Mafia=5 needs more players than Players=3: at least one has to be innocent",
        )
        .remarks("`mafia deploy -p Players=15 -p Mafia=5`");

    const CHANGE: &str = "  hint: change a parameter with `mafia deploy --parameter NAME=VALUE`\n";
    for (names, complaint, helps) in [
        (
            "\n",
            "the names file names.txt holds no name; write one name on each line and deploy again",
            false,
        ),
        (
            "Ann\nBo\nAnn\n",
            "the names file names.txt holds only 2 different ones; add names and deploy again",
            true,
        ),
    ] {
        workspace.write("names.txt", names);
        mafia
            .run(&["deploy", "-p", "Players=3", "-p", "Mafia=1"])
            .succeeds();
        let failed = play_new()
            .remarks(complaint)
            .remarks("  hint: run `mafia logs 01-new-game` to see more\n");
        assert_eq!(failed.stderr.contains(CHANGE), helps, "{failed:?}");
        let times = failed.stderr.matches(complaint).count();
        assert_eq!(times, 1, "an error is told once: {failed:?}");
    }
}
