//! A workshop folder, out of the program alone: made whole, built, deployed and played, also where there is
//! no network.

use std::fs;
use std::path::Path;

use crate::documents::assert_documented;
use crate::mafia::{Mafia, cargo};
use crate::workspace::Workspace;

/// The newcomer's way: make the folder, deploy, play, add a function, and look around from deep inside.
#[test]
#[ignore = "compiles for minutes: run .ci/run, or pass --include-ignored"]
fn a_workshop_folder_from_nothing_is_deployed_and_played() {
    let workspace = Workspace::made();
    let mafia = Mafia::alone().in_folder(workspace.path());
    workspace.write("mafia.toml", "stack = \"mafia-new\"\n");
    mafia
        .run(&["deploy"])
        .succeeds()
        .never_says("warning")
        .prints("mafia-new");
    // Nothing is written yet, and each function says so.
    mafia
        .run(&["play", "new"])
        .succeeds()
        .prints("Not yet: new-game")
        .remarks("Next: mafia lab show 01.1")
        .never_says("expected from")
        .never_says("panicked");
    for (play, lab) in [
        (&["play", "judge", "Ann"][..], "01.5"),
        (&["play", "auto"], "01.2"),
    ] {
        mafia
            .run(play)
            .exits_with(1)
            .remarks(&format!(
                "run `mafia lab show {lab}` to see how to write it"
            ))
            .never_says("hint: expected");
    }
    let answer = mafia.run(&["invoke", "new-game"]).succeeds();
    answer.prints("new-game");

    let deep = workspace.path().join("functions/src/bin");
    let inside = Mafia::alone().in_folder(&deep);
    let status = inside
        .env("MAFIA_STATE_DIR", &state_dir(&mafia))
        .run(&["status", "--json"]);
    assert_eq!(status.succeeds().json()["stack"], "mafia-new");

    mafia
        .run(&["add", "day-report"])
        .succeeds()
        .remarks("Next: mafia deploy");
    let deployed = mafia.run(&["deploy", "--json"]).succeeds().json();
    let functions = deployed["functions"].as_array().expect("a list");
    assert_eq!(functions.len(), 6, "{deployed:#}");
    mafia
        .run(&["invoke", "day-report"])
        .succeeds()
        .prints("day-report: not yet");
}

fn state_dir(mafia: &Mafia) -> String {
    mafia.home().join("sandbox").display().to_string()
}

#[test]
fn a_new_folder_has_the_given_settings_and_says_what_to_do_next() {
    let mafia = Mafia::alone().without_env("MAFIA_STATE_DIR");
    let made = mafia.env("MAFIA_REGION", "eu-west-1");
    let first = made.run(&[
        "init",
        "my game",
        "--target",
        "aws",
        "--stack",
        "mafia-monday-ann",
        "--class",
        "monday",
    ]);
    first
        .succeeds()
        .prints("made the workshop folder my game")
        .remarks("Next: cd 'my game' && mafia lab\n");
    let folder = made.home().join("my game");
    let settings = fs::read_to_string(folder.join("mafia.toml")).expect("it is there");
    for line in [
        "target = \"aws\"\n",
        "region = \"eu-west-1\"\n",
        "stack = \"mafia-monday-ann\"\n",
        "class = \"monday\"\n",
    ] {
        assert!(settings.contains(&format!("\n{line}")), "{settings}");
    }
    for file in [
        ".gitignore",
        ".vscode/settings.json",
        "lessons/00.md",
        "support/src/lib.rs",
    ] {
        assert!(folder.join(file).is_file(), "{file}");
    }
    made.run(&["init", "my game"])
        .exits_with(2)
        .prints_nothing()
        .remarks("the folder my game is not empty: it has .gitignore");
    let json = made.run(&["init", "other", "--json"]).succeeds().json();
    assert_documented(&["mafia init"], std::slice::from_ref(&json));
}

#[test]
fn what_does_not_fit_makes_no_folder() {
    let mafia = Mafia::alone();
    for (arguments, message) in [
        (&["--stack", "my stack"][..], "`stack` cannot be `my stack`"),
        (
            &["--class", "monday"],
            "the class monday needs the name of your stack",
        ),
        (
            &["--class", "monday", "--stack", "mafia-ann"],
            "`mafia-ann` is no stack of the class monday",
        ),
        (
            &[
                "--target",
                "sandbox",
                "--endpoint-url",
                "http://127.0.0.1:1",
            ],
            "the target cannot be both",
        ),
        (&["--from", "."], ". is no folder of `mafia init --vendor`"),
        (
            &["--vendor", "--from", "."],
            "--vendor and --from <DIR> cannot be used together",
        ),
    ] {
        let line = [&["init", "game"], arguments].concat();
        mafia
            .run(&line)
            .exits_with(2)
            .prints_nothing()
            .remarks(message);
        let left = fs::read_dir(mafia.home()).expect("a folder").flatten();
        let left: Vec<_> = left
            .map(|it| it.file_name())
            .filter(|it| it != "sandbox")
            .collect();
        assert!(left.is_empty(), "{left:?}");
    }
    mafia
        .run(&["init", "no/such/game"])
        .exits_with(2)
        .remarks("cannot make no/such/game: there is no folder");
}

/// The crates are those that the project itself was tested with, and Cargo takes the file as it is.
#[test]
fn the_lock_file_is_complete_and_has_nothing_else() {
    let workspace = Workspace::made_of_sources();
    let lock = workspace.read("Cargo.lock");
    let output = cargo(workspace.path())
        .args(["tree", "--locked", "--offline", "--quiet"])
        .output()
        .expect("cargo runs");
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{said}");
    // Cargo writes it again as it would without one of its own.
    let output = cargo(workspace.path())
        .args(["update", "--offline", "--workspace"])
        .output()
        .expect("cargo runs");
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{said}");
    assert_eq!(workspace.read("Cargo.lock"), lock);
    let ours = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("Cargo.lock"));
    let ours = ours.expect("the project has one");
    for checksum in lock.lines().filter(|line| line.starts_with("checksum = ")) {
        assert!(ours.contains(checksum), "{checksum}");
    }
}

/// Cargo finds no crate, and reaches no registry.
fn cut_off(mafia: Mafia) -> Mafia {
    let empty = mafia.home().join("cargo-home").display().to_string();
    mafia
        .env("CARGO_HOME", &empty)
        .env("CARGO_HTTP_PROXY", "http://127.0.0.1:9")
}

#[test]
fn the_doctor_says_before_the_class_that_crates_are_missing() {
    let workspace = Workspace::made_of_sources();
    let here = |mafia: Mafia| mafia.in_folder(workspace.path());
    here(Mafia::alone())
        .run(&["doctor"])
        .prints("✓ crates")
        .prints("all are on this machine");
    let cut_off = here(cut_off(Mafia::alone()));
    cut_off
        .run(&["doctor"])
        .exits_with(3)
        .prints("✗ crates")
        .prints("not all are on this machine, and they cannot be downloaded")
        .prints("mafia init --help");
    cut_off
        .env("CARGO_NET_RETRY", "0")
        .run(&["deploy"])
        .exits_with(3)
        .remarks("Cargo could not download the crates")
        .remarks("check your connection to the internet");
}

#[test]
#[ignore = "compiles all crates: run .ci/run, or pass --include-ignored"]
fn a_folder_on_a_stick_makes_workshop_folders_that_build_without_a_network() {
    let mafia = Mafia::alone().without_env("MAFIA_STATE_DIR");
    mafia
        .run(&["init", "stick", "--vendor"])
        .succeeds()
        .prints("mafia init my-game --from stick");
    let stick = mafia.home().join("stick");
    assert!(stick.join("mafia").is_file() && stick.join("README.txt").is_file());
    let alone = cut_off(Mafia::alone().without_env("MAFIA_STATE_DIR"));
    let from = stick.display().to_string();
    alone
        .run(&["init", "game", "--from", &from])
        .succeeds()
        .prints("so that nothing is downloaded");
    let game = alone.home().join("game");
    // Its home, which has the folder, stays as long as it does.
    let alone = alone.in_folder(&game);
    alone.run(&["doctor"]).prints("all are on this machine");
    let output = cargo(&game)
        .args(["build", "--locked"])
        // It compiles all of the crates, and need not do it well.
        .args(["--config", "profile.dev.package.\"*\".opt-level=0"])
        .env("CARGO_HOME", game.join("no-cargo-home"))
        .env("CARGO_TARGET_DIR", game.join("target"))
        .output()
        .expect("cargo runs");
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{said}");
    // One crate less, and another program's folder.
    let crates = fs::read_dir(stick.join("crates"))
        .expect("a folder")
        .flatten();
    let first = crates.map(|it| it.path()).min().expect("a crate");
    fs::remove_dir_all(first).expect("removed");
    let again = Mafia::alone().without_env("MAFIA_STATE_DIR");
    again
        .run(&["init", "game", "--from", &from])
        .exits_with(2)
        .remarks("lacks 1 of");
}
