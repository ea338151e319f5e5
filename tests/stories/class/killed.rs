//! A command on a class may be killed at any moment: the same command, run again, ends as if nothing had been.
//!
//! Moments are drawn; `MAFIA_CRASHES=SEED` or `FROM..TO` draws those of these seeds instead.

use std::ops::Range;
use std::time::{Duration, Instant};

use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use serde_json::{Value, json};

use super::classroom::Classroom;
use crate::crashes::seeds;
use crate::endpoint::Endpoint;
use crate::student::Student;
use crate::workspace::Workspace;

const SEEDS: Range<u64> = 0..3;
const STUDENTS: usize = 4;
const GLANCE: Duration = Duration::from_millis(1);
/// In the order in which a class lives.
const UP: &[&str] = &["class", "up"];
const RESET: &[&str] = &["class", "reset", "s01", "s02"];
const CLEAN: &[&str] = &["class", "clean"];

#[test]
fn a_command_killed_at_any_moment_and_run_again_ends_the_same() {
    let mut life = Life::new();
    let peaceful = life.lived(|life, command| {
        let began = Instant::now();
        life.classroom.run(command).succeeds();
        began.elapsed()
    });
    for seed in seeds(SEEDS) {
        let mut chance = StdRng::seed_from_u64(seed);
        let mut chapters = peaceful.iter();
        life.classroom.endpoint = Endpoint::sandbox();
        let disturbed = life.lived(|life, command| {
            let (takes, _) = chapters.next().expect("the same chapters");
            let kills = chance.random_range(1..=2);
            for _ in 0..kills {
                life.killed(command, takes.mul_f64(chance.random_range(0.0..1.0)));
            }
            let outcome = life.classroom.run(command).never_says("panicked");
            if outcome.code != Some(0) {
                outcome.fails(&format!("should have succeeded; seed {seed}"));
            }
            *takes
        });
        assert_eq!(disturbed, peaceful, "seed {seed}");
    }
}

/// A kill right after the last stack leaves all students ready, and nothing else.
#[test]
fn a_class_whose_students_are_all_ready_still_gets_its_first_checkpoint() {
    let classroom = Classroom::of(&Endpoint::sandbox(), STUDENTS);
    let everybody: Vec<String> = (1..=STUDENTS).map(|n| format!("s{n:02}")).collect();
    classroom
        .run(&["class", "up", "--only", &everybody.join(",")])
        .succeeds();
    classroom.run(RESET).exits_with(2).remarks("no checkpoint");
    classroom.run(UP).succeeds();
    classroom.run(RESET).succeeds();
}

/// A class, and a student of it with code of their own.
struct Life {
    classroom: Classroom,
    own: Workspace,
}

/// How long a command takes without a kill, and how the class stands after it.
type Chapter = (Duration, Value);

impl Life {
    fn new() -> Self {
        let own = Workspace::light();
        own.write("names.txt", "Ann\nBen\nCem\nDora\n");
        Self {
            classroom: Classroom::of(&Endpoint::sandbox(), STUDENTS),
            own,
        }
    }

    /// From nothing to nothing.
    fn lived(&mut self, mut run: impl FnMut(&Self, &[&str]) -> Duration) -> Vec<Chapter> {
        let mut chapters = Vec::new();
        for command in [UP, RESET, CLEAN] {
            if command == RESET {
                self.two_students_change_their_code();
            }
            let took = run(self, command);
            chapters.push((took, self.standing()));
        }
        chapters
    }

    fn two_students_change_their_code(&self) {
        for name in ["s01", "s02"] {
            let stack = self.classroom.student(name).stack;
            Student::new(&self.classroom.endpoint, &stack, &self.own).deploys(&[]);
        }
    }

    fn killed(&self, command: &[&str], moment: Duration) {
        let mut running = self.classroom.mafia().start(command);
        let began = Instant::now();
        while began.elapsed() < moment && !running.has_ended() {
            std::thread::sleep(GLANCE);
        }
        running.kill().never_says("panicked");
    }

    /// What does not depend on the moment: each student's stack and code, and which stacks there are.
    fn standing(&self) -> Value {
        let asked = [
            "class",
            "status",
            "--class",
            super::classroom::CLASS,
            "--json",
        ];
        let standing = self.classroom.run(&asked);
        let document = standing.json();
        let students = document["students"].as_array();
        let students: Vec<Value> = students
            .into_iter()
            .flatten()
            .map(|student| {
                let kept = ["student", "stack", "status", "differing", "stuck", "game"];
                kept.iter().map(|key| student[*key].clone()).collect()
            })
            .collect();
        json!({ "students": students, "stacks": self.classroom.stacks() })
    }
}
