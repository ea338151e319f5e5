//! An older file that is put back, with its own time: Cargo compares times, and would compile nothing.

use std::fs::{self, File};
use std::path::PathBuf;
use std::time::{Duration, SystemTime};

use crate::endpoint::{Endpoint, on_each_endpoint};
use crate::student::Student;
use crate::workspace::Workspace;

on_each_endpoint! {
    with nothing installed:
    it_is_deployed,
    a_watch_deploys_it,
}

const STACK: &str = "mafia-anna";
const DAY: &str = "src/bin/day-turn.rs";

fn edit(workspace: &Workspace, words: &str) {
    workspace.edit(DAY, "\");", &format!("{words}\");"));
}

/// Moves the file away, and an edited copy to its place. Returns where it is.
fn edit_a_copy(workspace: &Workspace) -> PathBuf {
    let path = workspace.path().join(DAY);
    let aside = path.with_extension("bak");
    let text = workspace.read(DAY);
    fs::rename(&path, &aside).expect("renamed");
    workspace.write(DAY, &text);
    edit(workspace, ", edited");
    aside
}

fn put_back(workspace: &Workspace, aside: &PathBuf) {
    fs::rename(aside, workspace.path().join(DAY)).expect("renamed");
}

fn it_is_deployed(endpoint: &Endpoint) {
    let workspace = Workspace::light();
    let anna = Student::new(endpoint, STACK, &workspace);
    let first = anna.deploys(&[]);
    let aside = edit_a_copy(&workspace);
    let second = anna.deploys(&[]);
    assert_ne!(first.digests, second.digests);
    put_back(&workspace, &aside);
    anna.run(&["status"])
        .succeeds()
        .prints("edited since: src/bin/day-turn.rs");
    let third = anna.deploys(&[]);
    assert_eq!(third.action, "patched");
    assert_eq!(third.digests, first.digests);
    anna.run(&["status"]).succeeds().never_says("edited since");
    assert_eq!(anna.deploys(&[]).action, "unchanged");

    // It was built in another way meanwhile.
    let aside = edit_a_copy(&workspace);
    anna.run(&["deploy", "--dry-run"]).succeeds();
    anna.run(&["deploy", "--release"]).succeeds();
    put_back(&workspace, &aside);
    assert_eq!(anna.deploys(&[]).digests, first.digests);

    // The clock was ahead when it was built.
    edit(&workspace, ", later");
    anna.deploys(&[]);
    let time = SystemTime::now() - Duration::from_secs(3600);
    edit(&workspace, ", edited");
    let file = File::options().write(true).open(workspace.path().join(DAY));
    let dated = file.and_then(|file| file.set_modified(time));
    dated.expect("a time can be set");
    assert_eq!(anna.deploys(&[]).action, "patched");
}

fn a_watch_deploys_it(endpoint: &Endpoint) {
    let workspace = Workspace::light();
    let anna = Student::new(endpoint, STACK, &workspace);
    anna.deploys(&[]);
    let aside = edit_a_copy(&workspace);
    let mut watch = anna.start(&["watch"]);
    watch.wait_until_it_says("day-turn live in");
    put_back(&workspace, &aside);
    watch.wait_until_it_says("day-turn.rs: built in");
    watch.interrupt_and_finish().exits_with(130);
}
