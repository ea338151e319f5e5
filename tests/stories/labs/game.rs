//! The finished game passes all checks, and the student's own game stays as it is.

use std::ops::Range;

use serde_json::json;

use super::{LABS, Played, checks};
use crate::endpoint::{Endpoint, on_each_endpoint};

on_each_endpoint! { with nothing installed: the_finished_game_passes_every_lab }

fn seeds() -> Range<u64> {
    let number = |text: &str| text.parse().expect("a number");
    match std::env::var("MAFIA_SEEDS") {
        Err(_) => 41..42,
        Ok(asked) => {
            let (from, to) = asked.split_once("..").expect("FROM..TO");
            number(from)..number(to)
        }
    }
}

fn the_finished_game_passes_every_lab(endpoint: &Endpoint) {
    let stack = "mafia-laura";
    let anna = Played::at(endpoint, stack);
    let student = &anna.student;
    checks(student, "00", 1, &[]).succeeds();
    for seed in seeds() {
        for lab in LABS {
            let report = checks(student, lab, seed, &["--json"]).succeeds().json();
            assert_eq!(report["verdict"], "pass", "{report:#}");
            let labs = report["checks"].as_array().into_iter().flatten();
            let own = labs.filter(|check| check["lab"] == lab).count();
            assert!(own > 3, "{report:#}");
        }
    }
    anna.has_its_game();
    let progress = anna.workspace.read(".mafia/progress.txt");
    for lab in LABS {
        assert!(progress.contains(&format!("{lab} passed ")), "{progress}");
    }
    // Each lab was tried again with those after it.
    let report = checks(student, "01.5", 7, &["--json"]).succeeds().json();
    let again = report["checks"].as_array().into_iter().flatten();
    assert!(
        again.into_iter().any(|check| check["lab"] == "01.1"),
        "{report:#}"
    );

    checks(student, "99", 1, &[])
        .exits_with(1)
        .prints("the stack mafia-laura");
    student.cleans();
    let report = checks(student, "99", 1, &["--json"]).succeeds().json();
    assert_eq!(report["verdict"], json!("pass"));
    checks(student, "00", 1, &[])
        .exits_with(1)
        .prints("00/stack-is-there");
    checks(student, "01.1", 1, &[]).exits_with(3);
}
