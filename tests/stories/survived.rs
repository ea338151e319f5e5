//! Clients that go on while the sandbox is killed, at drawn moments, and started again.

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};
use std::thread::sleep;
use std::time::Duration;

use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use serde_json::Value;

use crate::crashes::kill;
use crate::mafia::Mafia;
use crate::outside::{script, tool};
use crate::sandbox::lasting_port;

const KILLS: usize = 4;

/// Starts a sandbox whose clients find it again after a kill.
pub fn start(mafia: &Mafia) {
    let start = ["sandbox", "start", "--port", &lasting_port()];
    mafia.run(&start).succeeds();
}

/// What the clients of this script say in the end, with a sandbox of their own.
pub fn lived(script: &str, seed: u64) -> Value {
    let mafia = Mafia::alone();
    start(&mafia);
    lived_in(&mafia, script, &[], seed)
}

/// The same in a sandbox that was started before; it is stopped in the end.
pub fn lived_in(mafia: &Mafia, script: &str, arguments: &[&str], seed: u64) -> Value {
    let asks = |command: &[&str]| {
        let command = [command, &["--json"]].concat();
        mafia.run(&command).succeeds().json()
    };
    let mut clients = clients(script, arguments, &asks(&["sandbox", "env"])["variables"]);
    let stdout = clients.stdout.take().expect("it is piped");
    let mut lines = BufReader::new(stdout).lines();
    let mut line = || lines.next().and_then(Result::ok).unwrap_or_default();
    assert_eq!(line(), "ready", "seed {seed}");
    let mut chance = StdRng::seed_from_u64(seed);
    for _ in 0..KILLS {
        sleep(Duration::from_millis(chance.random_range(200..900)));
        let pid = asks(&["sandbox", "status"])["pid"].as_u64();
        kill(pid.expect("it runs"));
        mafia.run(&["sandbox", "start"]).succeeds();
    }
    let report = line();
    let output = clients.wait_with_output().expect("they end");
    drop(mafia.run(&["sandbox", "stop"]));
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "seed {seed}: {said}");
    serde_json::from_str(&report).expect("one JSON document")
}

fn clients(name: &str, arguments: &[&str], variables: &Value) -> Child {
    let variables = variables.as_object().expect("by name").iter();
    let variables = variables.map(|(name, value)| (name, value.as_str().expect("text")));
    Command::new(tool("python3"))
        .arg(script(name))
        .args(arguments)
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
