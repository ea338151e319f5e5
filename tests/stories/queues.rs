//! The sandbox may be killed at any moment while messages are sent, received and given to a function:
//! nothing that was accepted is lost, groups keep their order, and a FIFO queue takes a message once.
//!
//! Moments are drawn; `MAFIA_CRASHES=SEED` or `FROM..TO` lives the lives with these seeds instead.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use serde_json::Value;

use crate::crashes::{kill, seeds};
use crate::mafia::Mafia;
use crate::outside::{script, tool};
use crate::sandbox::lasting_port;

const KILLS: usize = 4;

#[test]
#[ignore = "needs boto3: run .ci/run, or pass --include-ignored"]
fn messages_are_whole_after_kills() {
    for seed in seeds(0..2) {
        let report = lived("queues.py", seed);
        for queue in ["jobs", "jobs.fifo", "work"] {
            let accepted = texts(&report["accepted"][queue]);
            assert_eq!(accepted.len(), 100, "seed {seed}: {queue}");
            let received = texts(&report["received"][queue]);
            let is_lost = |body: &&String| !received.contains(body);
            let lost: Vec<_> = accepted.iter().filter(is_lost).collect();
            assert!(lost.is_empty(), "seed {seed}: {queue} lost {lost:?}");
        }
        assert_in_order(&texts(&report["received"]["jobs.fifo"]), seed);
        for (body, ids) in report["ids"].as_object().expect("ids by body") {
            let ids = ids.as_array().map(Vec::len);
            assert_eq!(ids, Some(1), "seed {seed}: {body} was taken more than once");
        }
    }
}

/// What the clients of this script say, while the sandbox is killed and started again.
pub fn lived(script: &str, seed: u64) -> Value {
    let mafia = Mafia::alone();
    let asks = |command: &[&str]| {
        let command = [command, &["--json"]].concat();
        mafia.run(&command).succeeds().json()
    };
    let first = ["sandbox", "start", "--port", &lasting_port()];
    mafia.run(&first).succeeds();
    let mut clients = clients(script, &asks(&["sandbox", "env"])["variables"]);
    let stdout = clients.stdout.take().expect("it is piped");
    let mut lines = BufReader::new(stdout).lines();
    let mut line = || lines.next().and_then(Result::ok).unwrap_or_default();
    assert_eq!(line(), "ready", "seed {seed}");
    let mut chance = StdRng::seed_from_u64(seed);
    for _ in 0..KILLS {
        std::thread::sleep(Duration::from_millis(chance.random_range(200..900)));
        kill(
            asks(&["sandbox", "status"])["pid"]
                .as_u64()
                .expect("it runs"),
        );
        mafia.run(&["sandbox", "start"]).succeeds();
    }
    let report = line();
    let output = clients.wait_with_output().expect("they end");
    drop(mafia.run(&["sandbox", "stop"]));
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "seed {seed}: {said}");
    serde_json::from_str(&report).expect("one JSON document")
}

fn clients(name: &str, variables: &Value) -> Child {
    let variables = variables.as_object().expect("by name").iter();
    let variables = variables.map(|(name, value)| (name, value.as_str().expect("text")));
    Command::new(tool("python3"))
        .arg(script(name))
        .env_clear()
        .env("PATH", std::env::var_os("PATH").unwrap_or_default())
        .env("PYTHONDONTWRITEBYTECODE", "1")
        .envs(variables)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("Python runs")
}

/// Each message comes first after those of its group that were sent before it. It may come again later.
fn assert_in_order(received: &[String], seed: u64) {
    let mut groups: BTreeMap<&str, Vec<u32>> = BTreeMap::new();
    for body in received {
        let (group, number) = body.split_once(' ').expect("a group and a number");
        let number = number.parse().expect("a number");
        let seen = groups.entry(group).or_default();
        if !seen.contains(&number) {
            seen.push(number);
        }
    }
    assert!(
        groups.values().all(|seen| seen.is_sorted()),
        "seed {seed}: {groups:?}"
    );
}

pub fn texts(list: &Value) -> Vec<String> {
    let list = list.as_array().expect("a list").iter();
    list.map(|text| text.as_str().expect("text").to_owned())
        .collect()
}
