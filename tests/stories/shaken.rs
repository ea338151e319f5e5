//! A shaken network: of the requests, 30 % are throttled, 10 % fail in the service and 5 % are cut. Each
//! command of a student's life ends well all the same.

use serde_json::json;

use crate::endpoint::Endpoint;
use crate::proxy::Proxy;
use crate::student::Student;
use crate::workspace::Workspace;

/// Lives with faults drawn from different seeds.
const SEEDS: std::ops::Range<u64> = 0..3;

/// After this many unanswered turns in a row, something else is wrong.
const MOST_TURNS: usize = 20;

#[test]
#[ignore = "takes minutes: run .ci/run, or pass --include-ignored"]
fn each_command_ends_well() {
    std::thread::scope(|scope| {
        for seed in SEEDS {
            scope.spawn(move || live(seed));
        }
    });
}

fn live(seed: u64) {
    let workspace = Workspace::copy();
    let proxy = Proxy::in_front_of(&Endpoint::sandbox());
    proxy.shake(seed);
    let anna = Student::new(proxy.endpoint(), "mafia-anna", &workspace);
    let run = |arguments: &[&str]| {
        let outcome = anna.run(arguments);
        if outcome.code != Some(0) {
            let transcript = proxy.transcript();
            outcome.fails(&format!(
                "seed {seed} should have ended well:\n{transcript}"
            ));
        }
        proxy.forget_requests();
        outcome
    };
    run(&["deploy"]);
    run(&["deploy"]).prints("nothing to do");
    workspace.write(
        "names.txt",
        "Ann\nBen\nCem\nDan\nEve\nFay\nGil\nHal\nIda\nJo\n",
    );
    run(&["deploy"]).prints("patched");
    run(&["deploy", "--parameter", "Players=7"]);
    run(&["play", "new"]);
    run(&["play", "state"]).prints("7 of 7 players alive");
    plays(&anna);
    run(&["logs"]);
    let cleaned = run(&["clean", "--json"]).json();
    assert_eq!(cleaned["left"], json!([]), "seed {seed}");
}

/// A turn whose answer is lost may have been played, which is said; the next one shows how it stands.
fn plays(anna: &Student) {
    for _ in 0..MOST_TURNS {
        let played = anna.run(&["play", "auto"]);
        if played.code == Some(0) {
            return;
        }
        played.exits_with(3);
    }
    panic!("no game came to its end");
}
