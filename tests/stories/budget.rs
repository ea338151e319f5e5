//! What each command sends, counted by operation, so that growth is seen where it is made.
//!
//! Reads that a command repeats after its first write are how it waits, which takes as many as it
//! takes: they are counted once. Before that, every request counts.

use std::collections::{BTreeMap, HashSet};
use std::fmt::Write;

use crate::endpoint::Endpoint;
use crate::operation::Effect;
use crate::proxy::{Proxy, Recorded};
use crate::student::Student;
use crate::workspace::Workspace;

#[test]
fn no_command_sends_more_than_it_did() {
    let proxy = Proxy::in_front_of(&Endpoint::sandbox());
    let workspace = Workspace::light();
    let anna = Student::new(proxy.endpoint(), "mafia-anna", &workspace);
    let mut counts = String::new();
    let mut count = |what: &str, arguments: &[&str]| {
        proxy.clear();
        // The functions of this workspace do not answer calls, but they are called.
        anna.run(arguments);
        write_counts(&mut counts, what, &proxy.requests());
    };
    count("first deployment", &["deploy"]);
    count("deployment of nothing", &["deploy"]);
    workspace.edit("src/bin/day-turn.rs", "\");", ", edited\");");
    count("patch of one function", &["deploy"]);
    workspace.write("names.txt", "Ann\nBen\nCem\n");
    count("patch of five functions", &["deploy"]);
    count("update", &["deploy", "-p", "Players=7"]);
    count(
        "dry run of an update",
        &["deploy", "-p", "Players=8", "--dry-run"],
    );
    count("undo", &["undo"]);
    count("play", &["play", "new"]);
    count("status", &["status"]);
    count("table", &["table"]);
    count("list", &["list"]);
    count("logs", &["logs"]);
    count("doctor", &["doctor"]);
    count("check of a lab", &["lab", "check", "01.3"]);
    count("clean", &["clean"]);
    count("clean of nothing", &["clean"]);
    let mut settings = insta::Settings::clone_current();
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    settings.bind(|| insta::assert_snapshot!("requests", counts));
}

fn write_counts(text: &mut String, what: &str, requests: &[Recorded]) {
    let mut counts = BTreeMap::new();
    for request in without_waits(requests) {
        *counts.entry(request.operation.to_string()).or_insert(0) += 1;
    }
    let total: usize = counts.values().sum();
    writeln!(text, "{what}: {total}").expect("a text takes lines");
    for (operation, count) in counts {
        writeln!(text, "{count:>4}  {operation}").expect("a text takes lines");
    }
}

/// The requests without those that only repeat one from after the first write.
fn without_waits(requests: &[Recorded]) -> impl Iterator<Item = &Recorded> {
    let writes = |request: &Recorded| request.operation.effect() == Effect::Write;
    let first_write = requests.iter().position(writes).unwrap_or(requests.len());
    let mut asked = HashSet::new();
    requests
        .iter()
        .enumerate()
        .filter_map(move |(at, request)| {
            let is_new =
                asked.insert((request.operation.to_string(), &request.path, &request.body));
            (at < first_write || writes(request) || is_new).then_some(request)
        })
}
