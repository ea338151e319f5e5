//! The sandbox's life as its owner sees it: it starts by itself and once, ends by itself and without a
//! trace, survives being killed, and says what it cannot start with.

mod refusals;
mod variables;

use std::collections::BTreeSet;
use std::fs;
use std::net::{TcpListener, TcpStream};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use rustix::io::{FdFlags, fcntl_dupfd_cloexec, fcntl_setfd};
use serde_json::Value;

use crate::mafia::{Mafia, Outcome};
use crate::signals::{Signal, send};

const PATIENCE: Duration = Duration::from_secs(60);

/// Somebody with a sandbox of their own, which does not run yet.
struct Owner {
    mafia: Mafia,
    state_dir: PathBuf,
}

impl Owner {
    fn new() -> Self {
        let mafia = Mafia::alone();
        let state_dir = mafia.home().join("sandbox");
        Self { mafia, state_dir }
    }

    #[track_caller]
    fn run(&self, arguments: &[&str]) -> Outcome {
        self.mafia.run(&[&["sandbox"], arguments].concat())
    }

    #[track_caller]
    fn status_after(&self, arguments: &[&str]) -> Status {
        let outcome = self.run(&[arguments, &["--json"]].concat());
        Status(outcome.succeeds().json())
    }

    /// What `status` prints, which says with its exit code too whether the sandbox is running.
    #[track_caller]
    fn status(&self) -> Status {
        let outcome = self.run(&["status", "--json"]);
        let status = Status(outcome.json());
        let answers = status.0["url"].is_string();
        outcome.exits_with(match (status.runs(), answers) {
            (true, true) => 0,
            // It is about to end.
            (true, false) => 3,
            (false, _) => 1,
        });
        status
    }

    #[track_caller]
    fn env(&self) -> Value {
        self.run(&["env", "--json"]).succeeds().json()
    }

    #[track_caller]
    fn is_refused(&self, arguments: &[&str], code: i32) -> Outcome {
        let refused = self.run(arguments).exits_with(code);
        if !refused.stderr.contains("\n  hint: ") {
            refused.fails("should have named the next step");
        }
        refused.prints_nothing().never_says("os error")
    }

    fn file(&self, name: &str) -> PathBuf {
        self.state_dir.join(name)
    }
}

/// What `start`, `stop`, `status` and `reset` print.
#[derive(Debug, PartialEq)]
struct Status(Value);

impl Status {
    #[track_caller]
    fn pid(&self) -> u64 {
        let pid = self.0["pid"].as_u64();
        pid.unwrap_or_else(|| panic!("it does not run: {self:?}"))
    }

    #[track_caller]
    fn port(&self) -> u16 {
        let url = self.0["url"].as_str().unwrap_or_default();
        let port = url.rsplit(':').next().and_then(|port| port.parse().ok());
        port.unwrap_or_else(|| panic!("it does not run: {self:?}"))
    }

    fn runs(&self) -> bool {
        self.0["running"] == true
    }
}

/// Waits for what other processes do.
#[track_caller]
pub fn wait_until(what: &str, is_so: impl Fn() -> bool) {
    let since = Instant::now();
    while !is_so() {
        assert!(since.elapsed() < PATIENCE, "waited in vain until {what}");
        std::thread::sleep(Duration::from_millis(5));
    }
}

fn listens(port: u16) -> bool {
    TcpStream::connect(("127.0.0.1", port)).is_ok()
}

/// The processes whose command line names the folder.
#[cfg(target_os = "linux")]
fn processes_of(folder: &Path) -> Vec<String> {
    let folder = folder.to_string_lossy().into_owned();
    let entries = fs::read_dir("/proc").expect("Linux has it").flatten();
    let lines = entries.filter_map(|entry| fs::read(entry.path().join("cmdline")).ok());
    let lines = lines.map(|line| String::from_utf8_lossy(&line).replace('\0', " "));
    lines.filter(|line| line.contains(&folder)).collect()
}

fn names_in(folder: &Path) -> BTreeSet<String> {
    let entries = fs::read_dir(folder).expect("the folder is there").flatten();
    entries
        .map(|entry| entry.file_name().to_string_lossy().into_owned())
        .collect()
}

#[test]
fn five_starts_at_once_make_one_server() {
    let owner = Owner::new();
    let started: Vec<Outcome> = std::thread::scope(|scope| {
        let start = || owner.run(&["start", "--json"]);
        let starting: Vec<_> = (0..5).map(|_| scope.spawn(start)).collect();
        let started = starting.into_iter().map(|start| start.join());
        started.map(|outcome| outcome.expect("it ends")).collect()
    });
    let pids: BTreeSet<u64> = started
        .into_iter()
        .map(|outcome| Status(outcome.succeeds().json()).pid())
        .collect();
    assert_eq!(pids.len(), 1, "{pids:?}");
    let log = fs::read_to_string(owner.file("sandbox.log")).expect("it has a log");
    assert_eq!(log.matches("ready at").count(), 1, "{log}");
}

#[test]
fn starting_and_stopping_again_and_again_leaves_nothing_behind() {
    let owner = Owner::new();
    let first = owner.status_after(&["start"]);
    let mut after_one = None;
    for _ in 0..20 {
        let running = owner.status_after(&["start"]);
        assert_eq!(running.port(), first.port(), "variables stay good");
        assert!(!owner.status_after(&["stop"]).runs());
        assert!(!listens(first.port()));
        let names = names_in(&owner.state_dir);
        assert_eq!(*after_one.get_or_insert_with(|| names.clone()), names);
    }
    #[cfg(target_os = "linux")]
    assert_eq!(processes_of(&owner.state_dir), [""; 0]);
    owner.run(&["stop"]).succeeds().prints("was not running");
}

#[test]
fn it_starts_for_whoever_needs_it_and_ends_by_itself() {
    let owner = Owner::new();
    assert!(!owner.status().runs());
    owner
        .mafia
        .run(&["deploy", "--stack", "mafia-anna"])
        .exits_with(2);
    assert!(!owner.state_dir.exists(), "there is no workspace to deploy");
    let doctor = owner.mafia.run(&["doctor", "--stack", "mafia-anna"]);
    doctor.prints("the sandbox (http://127.0.0.1:");
    assert!(owner.status().runs());

    owner.status_after(&["stop"]);
    owner.status_after(&["start", "--idle", "1s"]);
    let lock = || owner.run(&["logs"]).stdout.contains("stopping: idle");
    wait_until("it has ended by itself", lock);
    wait_until("it is gone", || !owner.status().runs());
}

#[cfg(target_os = "linux")]
#[test]
fn it_keeps_no_file_open_that_a_script_has_opened() {
    let owner = Owner::new();
    let held = owner.mafia.home().join("held");
    let held = fs::File::create(held).expect("made");
    // Of any number: a shell has only one digit.
    let held = fcntl_dupfd_cloexec(&held, 200).expect("it is open twice");
    fcntl_setfd(&held, FdFlags::empty()).expect("children get it");
    let started = owner
        .mafia
        .run_in_shell("exec 9>held; \"$MAFIA\" sandbox start --json");
    drop(held);
    let pid = Status(started.succeeds().json()).pid();
    let files = fs::read_dir(format!("/proc/{pid}/fd")).expect("it runs");
    let targets = files
        .flatten()
        .filter_map(|file| fs::read_link(file.path()).ok());
    let held: Vec<_> = targets.filter(|path| path.ends_with("held")).collect();
    assert!(held.is_empty(), "{held:?}");
}

#[test]
fn a_program_from_the_future_is_started_once() {
    let owner = Owner::new();
    let program = owner.mafia.home().join("mafia");
    fs::copy(env!("CARGO_BIN_EXE_mafia"), &program).expect("copied");
    let future = std::time::SystemTime::now() + Duration::from_secs(86_400);
    let file = fs::File::options().write(true).open(&program);
    file.expect("it opens").set_modified(future).expect("set");
    let start = |program: &Path| {
        let command = format!("\"{}\" sandbox start --json", program.display());
        Status(owner.mafia.run_in_shell(&command).succeeds().json()).pid()
    };
    let first = start(&program);
    assert_eq!(start(&program), first);
    assert_eq!(
        owner.status_after(&["start"]).pid(),
        first,
        "an older program keeps it"
    );
    owner.status_after(&["stop"]);
}

#[cfg(target_os = "linux")]
#[test]
fn it_starts_and_only_its_owner_can_enter_whatever_the_umask_is() {
    let owner = Owner::new();
    let home = owner.mafia.home().to_owned();
    fs::copy(env!("CARGO_BIN_EXE_mafia"), home.join("mafia")).expect("copied");
    // The administrator may read everything.
    let other = "setpriv --reuid=65534 --regid=65534 --clear-groups";
    let is_root = rustix::process::geteuid().is_root();
    let as_other = is_root && owner.mafia.run_in_shell(&format!("{other} true")).code == Some(0);
    let mut mafia = owner.mafia.without_env("MAFIA_STATE_DIR");
    for umask in ["0", "077", "177", "277", "377", "777"] {
        let folder = home.join(umask);
        fs::create_dir(&folder).expect("made");
        fs::write(folder.join("Cargo.lock"), "").expect("written");
        let mut run = String::new();
        if as_other {
            let open = fs::Permissions::from_mode(0o755);
            fs::set_permissions(&home, open).expect("opened");
            std::os::unix::fs::chown(&folder, Some(65_534), Some(65_534)).expect("given");
            run = other.to_owned();
        }
        mafia = mafia.in_folder(&folder);
        let all = format!(
            "umask {umask}; for command in start status stop start env stop; do \
             {run} ../mafia sandbox $command || exit; done"
        );
        mafia.run_in_shell(&all).succeeds();
        for made in [".mafia", ".mafia/sandbox"] {
            let mode = fs::metadata(folder.join(made))
                .expect("it is there")
                .permissions();
            assert_eq!(mode.mode() & 0o777, 0o700, "{umask}: {made}");
        }
    }
}

#[test]
fn killed_it_starts_again_with_the_same_keys_at_the_same_place() {
    let owner = Owner::new();
    let before = owner.env();
    let first = owner.status();
    send(Signal::KILL, first.pid());
    wait_until("it is dead", || !listens(first.port()));
    // What it wrote of itself is stale now, and its process id could be anybody's.
    assert!(!owner.status().runs());
    assert_eq!(owner.env(), before);
    assert_ne!(owner.status().pid(), first.pid());

    let status = owner.status_after(&["stop"]);
    assert!(!status.runs());
    let taken = TcpListener::bind(("127.0.0.1", first.port())).expect("it is free");
    let elsewhere = owner.status_after(&["start"]);
    assert_ne!(elsewhere.port(), first.port());
    drop(taken);
}

#[test]
fn a_server_of_an_older_build_is_replaced_unless_somebody_keeps_it() {
    let owner = Owner::new();
    for (idle, is_replaced) in [(&[][..], true), (&["--idle", "0"], false)] {
        let old = owner.status_after(&[&["start"], idle].concat());
        let file = owner.file("server.json");
        let text = fs::read(&file).expect("it is there");
        let mut server: Value = serde_json::from_slice(&text).expect("JSON");
        server["built"] = 1.into();
        fs::write(&file, server.to_string()).expect("written");
        // To look is to leave it alone.
        assert_eq!(owner.status().pid(), old.pid());
        owner.env();
        let new = owner.status();
        assert_eq!(new.port(), old.port());
        assert_eq!(new.pid() != old.pid(), is_replaced);
        owner.status_after(&["stop"]);
    }
}

#[test]
fn in_the_foreground_it_stays_until_it_is_asked_to_end() {
    let owner = Owner::new();
    for signal in [Signal::INT, Signal::TERM] {
        let mut server = owner
            .mafia
            .start(&["sandbox", "start", "--foreground", "--json"]);
        server.wait_until_it_says("press Ctrl-C to stop it");
        let status = owner.status();
        assert!(status.runs());
        send(Signal::HUP, status.pid());
        assert_eq!(owner.status().pid(), status.pid());
        send(signal, status.pid());
        let ended = server.finish().succeeds();
        assert_eq!(ended.json()["pid"], status.pid());
        assert_eq!(ended.json()["ahead"], 0, "it answers to itself");
    }
    let log = owner.run(&["logs"]).succeeds().stdout;
    assert_eq!(log.matches("stopping: asked to stop").count(), 2, "{log}");
}

#[test]
fn a_frozen_sandbox_is_said_to_be_waited_for_and_can_be_stopped() {
    let owner = Owner::new();
    let pid = owner.status_after(&["start"]).pid();
    let says = format!("waiting for the sandbox (process {pid}), which does not answer");
    let commands: [&[&str]; 5] = [
        &["sandbox", "start"],
        &["sandbox", "env"],
        &["doctor", "--stack", "mafia-anna"],
        &["play", "state", "--stack", "mafia-anna"],
        &["clean", "--stack", "mafia-anna", "--yes"],
    ];
    for command in commands {
        send(Signal::STOP, pid);
        let mut waiting = owner.mafia.start(command);
        waiting.wait_until_it_says(&says);
        send(Signal::CONT, pid);
        waiting.finish().never_says("did not start");
        assert_eq!(owner.status().pid(), pid, "{command:?}");
    }
    send(Signal::STOP, pid);
    let status = owner.run(&["status"]).exits_with(3);
    status.prints("not responding").remarks(&says);
    let json = owner.run(&["status", "--json"]).exits_with(3).json();
    assert_eq!(
        (&json["running"], &json["pid"]),
        (&true.into(), &pid.into())
    );
    assert_eq!(json["error"]["kind"], "blocked");
    assert!(!owner.status_after(&["stop"]).runs());
    let log = owner.run(&["logs"]).succeeds();
    log.prints("stopping: asked to stop");
}

#[test]
fn a_server_whose_folder_is_taken_away_ends() {
    let owner = Owner::new();
    let running = owner.status_after(&["start"]);
    let mut following = owner.mafia.start(&["sandbox", "logs", "--follow"]);
    following.wait_until_it_says("ready at");
    fs::remove_dir_all(&owner.state_dir).expect("removed");
    wait_until("it is gone", || !listens(running.port()));
    following.interrupt();
    following.finish().exits_with(130);
}
