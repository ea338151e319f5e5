//! What the sandbox cannot start with, and one that is not to be reached.

use super::*;

#[test]
fn a_port_that_is_taken_is_said() {
    let owner = Owner::new();
    let taken = TcpListener::bind("127.0.0.1:0").expect("a port is free");
    let port = taken.local_addr().expect("it listens").port().to_string();
    let says = format!("cannot listen on port {port} of 127.0.0.1");
    let refused = owner.is_refused(&["start", "--port", &port], 2);
    refused.remarks(&says);
    let refused = owner.is_refused(&["start", "--foreground", "--port", &port], 2);
    refused.remarks(&says);
    owner.status_after(&["start"]);
    let refused = owner.is_refused(&["start", "--port", &port], 2);
    refused.remarks("the sandbox is already running on port ");
    let refused = owner.is_refused(&["start", "--foreground"], 2);
    refused.remarks("a sandbox is already running in ");
}

#[test]
fn a_folder_that_cannot_be_used_is_said_and_left_alone() {
    let mut owner = Owner::new();
    fs::write(&owner.state_dir, "a file in its place").expect("written");
    let refused = owner.is_refused(&["start"], 2);
    refused.remarks("cannot use the sandbox's folder");
    fs::remove_file(&owner.state_dir).expect("removed");

    fs::create_dir(&owner.state_dir).expect("made");
    fs::write(owner.file("thesis.txt"), "mine").expect("written");
    for command in [
        &["start"][..],
        &["reset", "--yes"],
        &["start", "--foreground"],
    ] {
        owner.is_refused(command, 2).remarks("contains other files");
    }
    assert_eq!(names_in(&owner.state_dir).len(), 1);

    owner.mafia = owner.mafia.without_env("MAFIA_STATE_DIR");
    owner.mafia = owner.mafia.in_folder("/".as_ref());
    owner
        .is_refused(&["status"], 2)
        .remarks("not inside a workshop folder");
}

#[test]
fn a_state_that_is_damaged_or_of_another_version_is_said_and_kept_until_a_reset() {
    let owner = Owner::new();
    let keys = owner.env();
    owner.status_after(&["stop"]);
    let garbage = "long enough to be read, and no database at all".repeat(100);
    for (file, says) in [
        ("state.sqlite", "state.sqlite is damaged"),
        ("tables.sqlite", "tables.sqlite is damaged"),
        ("keys.json", "cannot read the sandbox's keys in"),
    ] {
        fs::write(owner.file(file), &garbage).expect("written");
        owner.is_refused(&["start"], 3).remarks(says);
        let blocked = owner.mafia.run(&["play", "state", "--stack", "mafia-anna"]);
        blocked.exits_with(3).remarks(says);
        let kept = fs::read_to_string(owner.file(file)).expect("it is there");
        assert!(kept == garbage, "{file} was changed");
        owner.is_refused(&["reset"], 2).remarks("--yes");
        owner.run(&["reset", "--yes"]).succeeds();
        owner.status_after(&["start"]);
        let same = owner.env() == keys;
        assert_eq!(
            same,
            file != "keys.json",
            "keys stay unless they are damaged"
        );
        owner.status_after(&["stop"]);
    }

    for file in ["state.sqlite", "tables.sqlite"] {
        fs::remove_file(owner.file(file)).expect("it is there");
        let says = format!("{file} is missing");
        owner.is_refused(&["start"], 3).remarks(&says);
        owner.run(&["reset", "--yes"]).succeeds();
        owner.status_after(&["start"]);
        owner.status_after(&["stop"]);
    }

    // The version of the layout is four bytes in SQLite's header.
    let mut state = fs::read(owner.file("state.sqlite")).expect("it is there");
    state[60..64].copy_from_slice(&99u32.to_be_bytes());
    fs::write(owner.file("state.sqlite"), state).expect("written");
    let refused = owner.is_refused(&["start"], 3);
    refused.remarks("was written by a later version of the sandbox (layout 99,");
}

/// As root alone: others may make no namespaces.
#[cfg(target_os = "linux")]
#[test]
fn a_sandbox_of_another_container_is_used_and_said_to_be_there() {
    let owner = Owner::new();
    let inside = |command: &str| {
        let command =
            format!("exec unshare --pid --fork --mount-proc \"$MAFIA\" sandbox {command}");
        owner.mafia.run_in_shell(&command)
    };
    if owner
        .mafia
        .run_in_shell("unshare --pid --fork --mount-proc true")
        .code
        != Some(0)
    {
        return;
    }
    owner.status_after(&["start"]);
    let here = owner.status_after(&["status"]);
    let there = Status(inside("status --json").succeeds().json());
    assert_eq!((there.runs(), there.port()), (true, here.port()));
    assert_eq!(there.0["pid"], Value::Null);
    inside("status").succeeds().prints("in another container");
    inside("env").succeeds().prints("AWS_SECRET_ACCESS_KEY");
    for command in ["stop", "reset --yes"] {
        let refused = inside(command).exits_with(3);
        refused
            .remarks("runs in another container or on another machine")
            .remarks("stop` there");
    }
    assert_eq!(owner.status(), here);
    owner.status_after(&["stop"]);
}
