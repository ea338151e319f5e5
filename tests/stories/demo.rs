//! `mafia demo`: what a newcomer sees first, with nothing set up and nothing installed.

use serde_json::Value;

use crate::documents::assert_documented;
use crate::mafia::Mafia;
use crate::shells::Shell;
use crate::workspace::Workspace;

/// Somebody who has just cloned the project.
fn newcomer(workspace: &Workspace) -> Mafia {
    Mafia::alone().in_folder(workspace.path())
}

/// What the functions answered in a whole game.
fn answers(game: &Value) -> Vec<&Value> {
    let turns = game["turns"].as_array().expect("a game has turns");
    turns.iter().map(|turn| &turn["answer"]).collect()
}

#[test]
fn a_newcomer_sees_a_whole_game_and_what_to_do_next() {
    let workspace = Workspace::copy();
    // The judge of `play` leaves at once.
    let mafia = newcomer(&workspace).input("quit\n");
    let typed = |line: &str| {
        let on_the_path = format!("PATH=\"$(dirname \"$MAFIA\"):$PATH\"; {line}");
        mafia.run_in_shell(&on_the_path).succeeds()
    };
    let first = typed("mafia demo").never_says("\u{1b}");
    let first = first
        .remarks("mafia-demo on the sandbox (http://127.0.0.1:")
        .prints("A game of Mafia")
        .prints("mafia-demo: created with 5 functions in ")
        .prints("\nnight-turn lets the mafia kill an innocent player:\nNight, time to sleep\n")
        .prints("Mafia kills ")
        .prints("Game over: the ")
        .prints("The sandbox stops when it has had no requests for 30 minutes; run `mafia")
        .never_says("Press Enter");

    let seeded = |arguments: &[&str]| {
        let document = mafia.run(&[arguments, &["--seed", "7", "--json"]].concat());
        document.succeeds().never_says("A game of Mafia").json()
    };
    let again = seeded(&["demo"]);
    assert_documented(&["mafia demo"], std::slice::from_ref(&again));
    assert_eq!(again["deployment"]["action"], "unchanged");
    assert_eq!(again["game"]["seed"], 7);
    mafia
        .run(&["demo", "--quiet"])
        .succeeds()
        .prints("Mafia kills ")
        .never_says("A game of Mafia")
        .never_says("Next steps");
    let repeated = seeded(&["play", "auto", "--stack", "mafia-demo"]);
    assert_eq!(answers(&again["game"]), answers(&repeated));
    assert_eq!(again["game"]["end"], repeated["end"]);

    for command in
        ["play", "logs", "deploy"].map(|word| format!("  mafia {word} --stack mafia-demo"))
    {
        let line = first.stdout.lines().find(|line| line.contains(&command));
        let line = line.unwrap_or_else(|| first.fails(&format!("should name {command:?}")));
        typed(line.trim().split("  ").next().unwrap_or_default());
    }
    let new = mafia.run(&["play", "new", "--stack", "mafia-demo", "--json"]);
    let new = new.succeeds().json();
    let drawn = new["players"].as_array().expect("a list").iter();
    let mut drawn: Vec<&str> = drawn.filter_map(Value::as_str).collect();
    drawn.sort_unstable();
    let judge = ["play", "judge", "--stack", "mafia-demo", ""];
    let shell = Shell::of(mafia, workspace);
    // On a busy machine, a shell does not wait for what takes too long.
    let completes_to = |words: &[&str], expected: &[&str]| {
        (0..50).any(|_| {
            let mut completed = shell.completes(words);
            completed.retain(|word| !word.starts_with('-'));
            completed.sort();
            completed == expected
        })
    };
    assert!(completes_to(&judge, &drawn), "the players of the game");
    let nobody = ["play", "judge", "--stack", "mafia-nobody", "Latif"];
    assert!(completes_to(&nobody, &["Latifa"]), "those of the file");
    let mafia = shell.mafia.without_env("MAFIA_COMPLETE");
    mafia
        .run(&["clean", "--stack", "mafia-demo", "--yes"])
        .succeeds();
}

#[test]
fn the_demo_does_not_play_on_aws() {
    let refused = Mafia::alone().run(&["demo", "--target", "aws"]);
    refused
        .exits_with(2)
        .prints_nothing()
        .remarks("error: the demo runs in the sandbox, not on AWS\n  hint: omit --target");
}

/// `.ci/fresh` runs them on a bare machine, and `.ci/run` the second.
#[test]
fn the_readme_has_the_command_of_the_demo_and_that_of_the_tests() {
    let readme = include_str!("../../README.md");
    let is_command = |command: &str| readme.lines().any(|line| line == format!("    {command}"));
    assert!(is_command("cargo run --locked -- demo"));
    let tests = "cargo test --locked";
    assert!(is_command(tests));
    assert!(include_str!("../../.ci/run").contains(&format!("step {tests}\n")));
}
