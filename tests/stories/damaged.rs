//! Files of the sandbox that something else has changed: the damage is said, and one command brings back
//! what was lost.

use std::fs;
use std::path::{Path, PathBuf};

use crate::mafia::Mafia;
use crate::workspace::Workspace;

const STACK: &str = "mafia-anna";

fn anna(workspace: &Workspace) -> Mafia {
    Mafia::alone()
        .in_folder(workspace.path())
        .env("MAFIA_STACK", STACK)
        .env("MAFIA_YES", "true")
}

fn state_dir(mafia: &Mafia) -> PathBuf {
    mafia.home().join("sandbox")
}

/// Changes one byte in the middle of each bundle, and of the library that the functions share on Linux: a zip
/// begins so.
fn damage_bundles(state_dir: &Path) {
    let mut damaged = 0;
    for file in fs::read_dir(state_dir.join("blobs")).expect("there are some") {
        let path = file.expect("it can be read").path();
        let mut contents = fs::read(&path).expect("it can be read");
        if contents.starts_with(b"PK") {
            let middle = contents.len() / 2;
            contents[middle] ^= 1;
            fs::write(&path, contents).expect("it can be written");
            damaged += 1;
        }
    }
    assert_eq!(damaged, 5 + usize::from(cfg!(target_os = "linux")));
}

#[test]
fn damaged_code_is_said_and_brought_back_by_a_deployment() {
    let workspace = Workspace::light();
    let anna = anna(&workspace);
    let state_dir = state_dir(&anna);
    anna.run(&["deploy"]).succeeds();
    for is_stopped in [true, false] {
        if is_stopped {
            anna.run(&["sandbox", "stop"]).succeeds();
        }
        damage_bundles(&state_dir);
        let status = anna.run(&["status"]).succeeds();
        status.prints("its code is lost");
        if is_stopped {
            anna.run(&["invoke", "game-state"])
                .exits_with(1)
                .remarks("is damaged")
                .remarks("run `mafia deploy` to give the function its code again");
        }
        anna.run(&["deploy", "--dry-run"])
            .succeeds()
            .prints("would patch");
        anna.run(&["deploy"])
            .succeeds()
            .prints("all functions  no file: it had failed, and has the same code again")
            .prints("5 functions patched");
        anna.run(&["status"]).succeeds().never_says("lost");
        let called = anna.run(&["invoke", "game-state"]);
        called.never_says("damaged");
        anna.run(&["deploy"]).succeeds().prints("nothing to do");
    }
}

/// Each bundle in another way: it is gone, empty, cut off, or a folder.
fn lose_bundles(state_dir: &Path) {
    let files = fs::read_dir(state_dir.join("blobs")).expect("there are some");
    let paths = files.map(|file| file.expect("it can be read").path());
    let is_bundle = |path: &PathBuf| fs::read(path).is_ok_and(|it| it.starts_with(b"PK"));
    let mut bundles: Vec<PathBuf> = paths.filter(is_bundle).collect();
    bundles.sort();
    for (number, path) in bundles.iter().enumerate() {
        let lost = match number % 4 {
            0 => fs::remove_file(path),
            1 => fs::write(path, ""),
            2 => fs::File::options()
                .write(true)
                .open(path)
                .and_then(|file| file.set_len(1000)),
            _ => fs::remove_file(path).and_then(|()| fs::create_dir(path)),
        };
        lost.expect("it is lost");
    }
    assert!(bundles.len() >= 5);
}

#[test]
fn a_sandbox_starts_without_its_bundles_and_a_deployment_brings_them_back() {
    let workspace = Workspace::light();
    let anna = anna(&workspace);
    let state_dir = state_dir(&anna);
    anna.run(&["deploy"]).succeeds();
    anna.run(&["sandbox", "stop"]).succeeds();
    lose_bundles(&state_dir);
    let status = anna.run(&["status"]).succeeds();
    status.prints("its code is lost");
    anna.run(&["invoke", "game-state"])
        .exits_with(1)
        .remarks("run `mafia deploy` to give the function its code again");
    anna.run(&["deploy"])
        .succeeds()
        .prints("5 functions patched");
    anna.run(&["status"]).succeeds().never_says("lost");
    anna.run(&["deploy"]).succeeds().prints("nothing to do");
}

/// A stack that is created or updated takes its code from the bucket.
#[test]
fn damaged_objects_are_stored_again_before_they_are_used() {
    let workspace = Workspace::light();
    let anna = anna(&workspace);
    let state_dir = state_dir(&anna);
    anna.run(&["deploy"]).succeeds();
    anna.run(&["sandbox", "stop"]).succeeds();
    damage_bundles(&state_dir);
    anna.run(&["deploy", "--stack", "mafia-ben"])
        .succeeds()
        .prints("created with 5 functions");
    for stack in ["mafia-ben", STACK] {
        let status = anna.run(&["status", "--stack", stack]).succeeds();
        status.prints("as last built").never_says("lost");
    }
    damage_bundles(&state_dir);
    anna.run(&["deploy", "-p", "Players=7"])
        .succeeds()
        .prints("updated");
    anna.run(&["status"]).succeeds().never_says("lost");
}

/// What a sandbox wrote of itself.
#[test]
fn a_sandbox_is_found_though_its_own_files_are_damaged() {
    let workspace = Workspace::light();
    let anna = anna(&workspace);
    let state_dir = state_dir(&anna);
    anna.run(&["sandbox", "start"]).succeeds();
    let server = state_dir.join("server.json");
    let text = fs::read_to_string(&server).expect("it runs");
    let running: serde_json::Value = serde_json::from_str(&text).expect("JSON");
    let port = running["port"].as_u64().expect("a port");
    // Another port, of nobody or of another sandbox; another process.
    let other = Mafia::alone();
    other.run(&["sandbox", "start"]).succeeds();
    let others = fs::read_to_string(other.home().join("sandbox/server.json")).expect("it runs");
    let others: serde_json::Value = serde_json::from_str(&others).expect("JSON");
    for (member, value) in [
        ("port", serde_json::json!(1)),
        ("port", others["port"].clone()),
        ("pid", others["pid"].clone()),
    ] {
        let mut damaged = running.clone();
        damaged[member] = value;
        fs::write(&server, damaged.to_string()).expect("written");
        anna.run(&["sandbox", "env"])
            .succeeds()
            .prints(&format!("127.0.0.1:{port}"));
    }

    anna.run(&["sandbox", "stop"]).succeeds();
    fs::write(state_dir.join("seals.json"), "").expect("emptied");
    let mut damaged = running;
    damaged["port"] = serde_json::json!(443);
    fs::write(&server, damaged.to_string()).expect("written");
    anna.run(&["sandbox", "start"])
        .succeeds()
        .never_says("127.0.0.1:443");
    anna.run(&["sandbox", "logs"])
        .succeeds()
        .prints("seals.json is damaged and made anew");
}
