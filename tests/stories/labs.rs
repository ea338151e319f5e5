//! The checks of the labs, on what is deployed: right work passes, whatever it is written in; each mistake fails
//! at the check that is for it; what is not the student's fault is said; and the student's own game stays.
//!
//! `MAFIA_SEEDS=FROM..TO` lets the games of the checks be drawn from these seeds, and `MAFIA_CRASHES` says at
//! which drawn requests a check is killed.

mod blocked;
mod game;
mod killed;
mod others;
mod screens;
mod told;

use serde_json::Value;

use crate::endpoint::Endpoint;
use crate::mafia::Outcome;
use crate::student::Student;
use crate::workspace::Workspace;

/// The labs about the functions.
const LABS: [&str; 6] = ["01.1", "01.2", "01.3", "01.4", "01.5", "01.6"];

/// Somebody who has deployed the finished game and is in the middle of playing it.
struct Played {
    student: Student,
    /// The folder has to live as long as the student works in it.
    workspace: Workspace,
    /// What is in the table.
    game: Value,
}

impl Played {
    #[track_caller]
    fn at(endpoint: &Endpoint, stack: &str) -> Self {
        let workspace = Workspace::copy();
        let student = Student::new(endpoint, stack, &workspace);
        student.deploys(&[]);
        student.run(&["play", "new"]).succeeds();
        student.run(&["play", "night"]).succeeds();
        Self {
            game: table(&student),
            student,
            workspace,
        }
    }

    #[track_caller]
    fn has_its_game(&self) {
        assert_eq!(table(&self.student), self.game);
    }
}

#[track_caller]
fn table(student: &Student) -> Value {
    student.asks(&["table"])["items"].take()
}

/// Those about the API in front of the functions.
const LABS_OVER_HTTP: [&str; 4] = ["02.1", "02.2", "02.3", "02.4"];

#[test]
fn the_finished_game_passes_the_labs_over_http() {
    let endpoint = Endpoint::sandbox();
    let played = Played::at(&endpoint, "mafia-over-http");
    let student = &played.student;
    for lab in LABS_OVER_HTTP {
        checks(student, lab, 1, &[])
            .exits_with(1)
            .prints("has no API")
            .prints("mafia deploy --parameter Api=yes");
    }
    student.deploys(&["-p", "Api=yes"]);
    for lab in LABS_OVER_HTTP {
        checks(student, lab, 1, &[]).succeeds();
    }
    played.has_its_game();
}

/// A check of the lab, drawn from this seed.
#[track_caller]
fn checks(student: &Student, lab: &str, seed: u64, more: &[&str]) -> Outcome {
    let seed = seed.to_string();
    student.run(&[&["lab", "check", lab, "--seed", &seed], more].concat())
}

/// The check that failed first.
#[track_caller]
fn first_failed(report: &Value) -> String {
    let checks = report["checks"].as_array().into_iter().flatten();
    let mut failed = checks.filter(|check| check["verdict"] == "fail");
    let first = failed.next();
    let first = first.unwrap_or_else(|| panic!("none failed: {report:#}"));
    first["check"].as_str().unwrap_or_default().to_owned()
}
