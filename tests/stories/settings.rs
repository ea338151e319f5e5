//! `mafia.toml`: where the commands in a workshop folder work, unless an option or a variable says.

use std::fs;

use serde_json::Value;

use crate::mafia::Mafia;
use crate::workspace::Workspace;

/// The settings in the status: each value, and the name of where it is from.
fn settings(mafia: &Mafia, arguments: &[&str]) -> Vec<(String, String, String)> {
    let line = [&["status", "--json"], arguments].concat();
    let status = mafia.run(&line).succeeds().json();
    let text = |value: &Value| value.as_str().expect("a text").to_owned();
    let all = status["settings"].as_array().expect("a list").iter();
    let all = all.map(|it| {
        let from = text(&it["from"]);
        let from = from.rsplit('/').next().unwrap_or_default().to_owned();
        (text(&it["option"]), text(&it["value"]), from)
    });
    all.filter(|(option, _, _)| option != "state-dir").collect()
}

fn setting(option: &str, value: &str, from: &str) -> (String, String, String) {
    (option.to_owned(), value.to_owned(), from.to_owned())
}

#[test]
fn an_option_counts_more_than_a_variable_and_a_variable_more_than_the_file() {
    let workspace = Workspace::light();
    workspace.write(
        "mafia.toml",
        "stack = \"mafia-file\"\ntarget = \"sandbox\"\n",
    );
    let mafia = Mafia::alone().in_folder(&workspace.path().join("src/bin"));
    let target = setting("target", "sandbox", "mafia.toml");
    assert_eq!(
        settings(&mafia, &[]),
        [target.clone(), setting("stack", "mafia-file", "mafia.toml")]
    );
    let mafia = mafia.env("MAFIA_STACK", "mafia-variable");
    assert_eq!(
        settings(&mafia, &[]),
        [
            target.clone(),
            setting("stack", "mafia-variable", "MAFIA_STACK")
        ]
    );
    assert_eq!(
        settings(&mafia, &["--stack", "mafia-option"]),
        [target, setting("stack", "mafia-option", "--stack")]
    );
    mafia
        .in_folder(workspace.path())
        .run(&["status"])
        .succeeds()
        .prints("mafia.toml (target)")
        .prints("MAFIA_STACK");
}

#[test]
fn a_target_that_is_given_takes_the_place_of_the_files() {
    let workspace = Workspace::light();
    workspace.write(
        "mafia.toml",
        "stack = \"mafia-file\"\ntarget = \"aws\"\nregion = \"eu-west-1\"\n",
    );
    let mafia = Mafia::alone().in_folder(workspace.path());
    mafia
        .run(&["status", "--target", "sandbox"])
        .succeeds()
        .prints("sandbox");
    mafia
        .run(&["status", "--endpoint-url", "http://127.0.0.1:9"])
        .exits_with(3)
        .remarks("http://127.0.0.1:9");
    mafia
        .run(&["demo"])
        .exits_with(2)
        .remarks("the demo runs in the sandbox, not on AWS")
        .remarks("mafia demo --target sandbox");
    workspace.write("mafia.toml", "region = \"eu-west-1\"\n");
    mafia
        .run(&["status"])
        .exits_with(2)
        .remarks("`region` in mafia.toml only applies with --target aws");
}

#[test]
fn a_folder_of_the_sandbox_in_the_file_begins_at_the_file() {
    let workspace = Workspace::light();
    workspace.write(
        "mafia.toml",
        "stack = \"mafia-file\"\nstate-dir = \"own\"\n",
    );
    let mafia = Mafia::alone().without_env("MAFIA_STATE_DIR");
    let mafia = mafia.in_folder(&workspace.path().join("src"));
    mafia.run(&["status"]).succeeds();
    assert!(workspace.path().join("own").is_dir());
    mafia.run(&["sandbox", "stop"]).succeeds();
}

#[test]
fn what_is_wrong_in_the_file_is_told_with_its_place() {
    let workspace = Workspace::light();
    let mafia = Mafia::alone().in_folder(workspace.path());
    for (text, message, hint) in [
        (
            "stak = \"a\"\n",
            "mafia.toml:1:1: mafia.toml has no key `stak`",
            "did you mean `stack`?",
        ),
        (
            "\ntarget = \"azure\"\n",
            "mafia.toml:2:10: `target` cannot be `azure`",
            "expected sandbox or aws",
        ),
        (
            "region = 7\n",
            "mafia.toml:1:10: `region` is not a text",
            "expected a text in quotes",
        ),
        (
            "stack = \"my stack\"\n",
            "mafia.toml:1:9: `stack` cannot be `my stack`",
            "expected at most 50",
        ),
        (
            "stack = mafia-ann\n",
            "mafia.toml:1:9: ",
            "expected TOML, such as `stack = \"mafia-ann\"`",
        ),
        (
            "class = \"monday\"\n",
            "mafia.toml:1:9: the class monday needs",
            "add `stack = \"mafia-monday-NAME\"`",
        ),
    ] {
        workspace.write("mafia.toml", text);
        for command in [
            &["status"][..],
            &["deploy"],
            &["play", "night"],
            &["sandbox", "status"],
        ] {
            mafia
                .run(command)
                .exits_with(2)
                .prints_nothing()
                .remarks(message)
                .remarks(hint);
        }
    }
    // The whole path, where the file is not in the current folder.
    let path = workspace.path().join("mafia.toml");
    fs::write(&path, b"stack = \"\xff\"\n").expect("written");
    Mafia::alone()
        .in_folder(&workspace.path().join("src"))
        .run(&["status"])
        .exits_with(2)
        .remarks(&format!(
            "{}:1:10: the character is not in UTF-8",
            path.display()
        ));
    // What needs no place does not read it.
    for command in [
        &["--help"][..],
        &["help", "deploy"],
        &["--version"],
        &["completions", "bash"],
        &["man"],
        &["init", "other"],
    ] {
        mafia.run(command).succeeds();
    }
    let completing = mafia.env("MAFIA_COMPLETE", "bash");
    let completing = completing.env("_CLAP_COMPLETE_INDEX", "3");
    completing
        .run(&["--", "mafia", "deploy", "--stack", ""])
        .succeeds();
}
