//! The sandbox may be killed at any moment of a deployment, a game or a clean-up: started again it is
//! whole, nothing that was finished is lost, and the same command ends right.
//!
//! Moments are drawn; `MAFIA_CRASHES=SEED` or `FROM..TO` lives the lives with these seeds instead.

use std::fs;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use serde_json::Value;

use crate::mafia::{Mafia, Outcome};
use crate::signals::{Signal, send};
use crate::workspace::Workspace;

const SEEDS: Range<u64> = 0..4;
const GLANCE: Duration = Duration::from_millis(1);

#[test]
fn a_sandbox_killed_at_any_moment_is_whole_again() {
    let workspace = Workspace::copy();
    let peaceful = Life::new(&workspace, 0);
    let times = Times {
        deploy: peaceful.timed(&["deploy"]),
        play: peaceful.timed(&["play", "auto", "--seed", "1"]),
        clean: peaceful.timed(&["clean"]),
    };
    peaceful.leaves_nothing();
    for seed in seeds(SEEDS) {
        Life::new(&workspace, seed).live(&times);
    }
}

/// Those that `MAFIA_CRASHES` asks for, or else the `usual` ones.
pub fn seeds(usual: Range<u64>) -> Range<u64> {
    let number = |text: &str| text.parse::<u64>().expect("a number");
    match std::env::var("MAFIA_CRASHES") {
        Err(_) => usual,
        Ok(asked) => match asked.split_once("..") {
            Some((from, to)) => number(from)..number(to),
            None => number(&asked)..number(&asked) + 1,
        },
    }
}

/// How long each command takes when nothing disturbs it.
struct Times {
    deploy: Duration,
    play: Duration,
    clean: Duration,
}

struct Life {
    seed: u64,
    mafia: Mafia,
    state_dir: PathBuf,
}

impl Life {
    fn new(workspace: &Workspace, seed: u64) -> Self {
        let mafia = Mafia::alone();
        let state_dir = mafia.home().join("sandbox");
        let mafia = mafia
            .in_folder(workspace.path())
            .env("MAFIA_STACK", "mafia-crash")
            .env("MAFIA_YES", "true");
        Self {
            seed,
            mafia,
            state_dir,
        }
    }

    fn live(&self, times: &Times) {
        let mut chance = StdRng::seed_from_u64(self.seed);
        self.killed_in(&["deploy"], times.deploy, &mut chance);
        self.succeeds(&["deploy"]);
        let players = self.asks(&["play", "new"])["players"].clone();
        self.kill();
        assert_eq!(
            self.names(),
            sorted(&players),
            "seed {}: the table lives on",
            self.seed
        );
        self.killed_in(&["play", "auto", "--seed", "1"], times.play, &mut chance);
        // A kill between two games may leave players of both: a batch of writes is not atomic.
        let players = self.asks(&["play", "new"])["players"].clone();
        assert_eq!(
            self.names(),
            sorted(&players),
            "seed {}: the next game replaces all that is there",
            self.seed
        );
        self.killed_in(&["deploy", "-p", "Players=9"], times.deploy, &mut chance);
        self.succeeds(&["deploy", "-p", "Players=9"]);
        self.kill();
        let again = self.asks(&["deploy", "-p", "Players=9"]);
        assert_eq!(
            again["action"], "unchanged",
            "seed {}: what was finished stays: {again}",
            self.seed
        );
        self.succeeds(&["play", "auto", "--seed", "2"])
            .prints("Game over: the ");
        self.killed_in(&["clean"], times.clean, &mut chance);
        self.succeeds(&["clean"]);
        self.leaves_nothing();
    }

    /// Kills the sandbox while the command runs, at some moment of the time that it takes. Then
    /// somebody starts it again, and the command goes on, or somebody ends the command too, or nobody
    /// does anything, and the command says what is the matter. It may fail, and must end.
    fn killed_in(&self, command: &[&str], takes: Duration, chance: &mut StdRng) {
        let moment = takes.mul_f64(chance.random_range(0.0..1.1));
        let mut running = self.mafia.start(command);
        let began = Instant::now();
        while began.elapsed() < moment && !running.has_ended() {
            std::thread::sleep(GLANCE);
        }
        self.kill();
        match chance.random_range(0..3) {
            0 => drop(self.succeeds(&["sandbox", "start"])),
            1 if !running.has_ended() => running.interrupt(),
            _ => {}
        }
        let outcome = running.finish().never_says("panicked");
        if outcome.stderr.contains("no server is listening there") {
            outcome.remarks("run the same command again to restart it");
        }
    }

    /// As `kill -9` does, if the sandbox runs.
    fn kill(&self) {
        let status = self.mafia.run(&["sandbox", "status", "--json"]).json();
        if let Some(pid) = status["pid"].as_u64() {
            kill(pid);
        }
    }

    fn succeeds(&self, command: &[&str]) -> Outcome {
        let outcome = self.mafia.run(command);
        if outcome.code != Some(0) {
            outcome.fails(&format!("should have succeeded; seed {}", self.seed));
        }
        outcome
    }

    fn asks(&self, command: &[&str]) -> Value {
        self.succeeds(&[command, &["--json"]].concat()).json()
    }

    fn timed(&self, command: &[&str]) -> Duration {
        let began = Instant::now();
        self.succeeds(command);
        began.elapsed()
    }

    fn names(&self) -> Vec<String> {
        sorted(&self.asks(&["play", "state"])["players"])
    }

    /// Neither for clients nor in the folder.
    fn leaves_nothing(&self) {
        self.succeeds(&["clean"]).remarks("nothing to delete");
        self.succeeds(&["sandbox", "stop"]);
        self.succeeds(&["sandbox", "start"]);
        for folder in ["blobs", "code"] {
            let left = entries(&self.state_dir.join(folder));
            assert!(left.is_empty(), "seed {}: {folder}: {left:?}", self.seed);
        }
        self.succeeds(&["sandbox", "stop"]);
    }
}

impl Drop for Life {
    fn drop(&mut self) {
        drop(self.mafia.run(&["sandbox", "stop"]));
    }
}

fn sorted(players: &Value) -> Vec<String> {
    let players = players.as_array().into_iter().flatten();
    let name = |player: &Value| {
        let name = player.get("name").unwrap_or(player);
        name.as_str().expect("a name").to_owned()
    };
    let mut names: Vec<_> = players.map(name).collect();
    names.sort();
    names
}

fn entries(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).expect("the sandbox has made it");
    entries
        .filter_map(|entry| Some(entry.ok()?.path()))
        .collect()
}

/// Kills a process, and waits for its end.
pub fn kill(pid: u64) {
    send(Signal::KILL, pid);
    while is_alive(pid) {
        std::thread::sleep(GLANCE);
    }
}

fn is_alive(pid: u64) -> bool {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    let state = stat
        .rsplit(')')
        .next()
        .and_then(|rest| rest.trim().chars().next());
    state.is_some_and(|state| state != 'Z')
}
