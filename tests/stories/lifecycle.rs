//! The sandbox's life as its owner sees it: it starts by itself and once, ends by itself and without a
//! trace, survives being killed, and says what it cannot start with.

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
fn who_has_its_variables_finds_it_even_after_it_ended() {
    let owner = Owner::new();
    let variables = owner.env();
    owner.status_after(&["stop"]);
    let url = variables["variables"]["AWS_ENDPOINT_URL"].as_str();
    let mafia = owner.mafia.env("AWS_ENDPOINT_URL", url.expect("it is one"));
    mafia
        .env("AWS_ACCESS_KEY_ID", "of-somebody-else")
        .env("AWS_SECRET_ACCESS_KEY", "of-somebody-else")
        .run(&["doctor", "--stack", "mafia-anna"])
        .prints("the sandbox (http://127.0.0.1:")
        .prints("user/sandbox in account 000000000000");
}

#[test]
fn aws_settings_do_not_leak_into_the_sandbox() {
    let owner = Owner::new();
    let folder = owner.mafia.home().join(".aws");
    fs::create_dir_all(&folder).expect("a home takes folders");
    let profile = "[default]\nendpoint_url = http://127.0.0.1:1\nregion = eu-west-1\n";
    fs::write(folder.join("config"), profile).expect("written");
    owner
        .mafia
        .env("AWS_ENDPOINT_URL", "http://127.0.0.1:1")
        .env("AWS_ENDPOINT_URL_STS", "http://127.0.0.1:1")
        .env("AWS_ACCESS_KEY_ID", "of-somebody-else")
        .env("AWS_SECRET_ACCESS_KEY", "of-somebody-else")
        .env("AWS_SESSION_TOKEN", "of-somebody-else")
        .env("AWS_PROFILE", "of-somebody-else")
        .env("AWS_REGION", "eu-west-1")
        .run(&["doctor", "--target", "sandbox", "--stack", "mafia-anna"])
        .prints("the sandbox (http://127.0.0.1:")
        .prints("user/sandbox in account 000000000000");
}

#[test]
fn its_variables_come_in_the_words_of_each_shell() {
    let owner = Owner::new();
    let json = owner.env();
    let key = json["variables"]["AWS_SECRET_ACCESS_KEY"].as_str();
    let key = key.expect("it is one");
    for (shell, set, unset) in [
        ("sh", "export NAME=", "unset AWS_PROFILE"),
        ("fish", "set -gx NAME ", "set -e AWS_PROFILE"),
        ("powershell", "$env:NAME = \"", "$env:AWS_PROFILE = $null"),
    ] {
        let set = set.replace("NAME", "AWS_SECRET_ACCESS_KEY") + key;
        let said = owner.run(&["env", "--shell", shell]).succeeds();
        said.prints(&set).prints(unset);
    }
    let shell = "eval \"$(\"$MAFIA\" sandbox env)\" && echo \"$AWS_ENDPOINT_URL $AWS_PROFILE.\"";
    let url = json["variables"]["AWS_ENDPOINT_URL"].as_str();
    let said = owner.mafia.env("AWS_PROFILE", "x").run_in_shell(shell);
    assert_eq!(said.stdout, format!("{} .\n", url.expect("it is one")));
}

#[test]
fn a_port_that_is_taken_is_said() {
    let owner = Owner::new();
    let taken = TcpListener::bind("127.0.0.1:0").expect("a port is free");
    let port = taken.local_addr().expect("it listens").port().to_string();
    let says = format!("cannot listen on port {port} of 127.0.0.1");
    let refused = owner.is_refused(&["start", "--port", &port], 2);
    refused.remarks(&says);
    let refused = owner.is_refused(&["start", "--foreground", "--port", &port], 2);
    refused.remarks(&says);
    owner.status_after(&["start"]);
    let refused = owner.is_refused(&["start", "--port", &port], 2);
    refused.remarks("the sandbox is already running on port ");
    let refused = owner.is_refused(&["start", "--foreground"], 2);
    refused.remarks("a sandbox is already running in ");
}

#[test]
fn a_folder_that_cannot_be_used_is_said_and_left_alone() {
    let mut owner = Owner::new();
    fs::write(&owner.state_dir, "a file in its place").expect("written");
    let refused = owner.is_refused(&["start"], 2);
    refused.remarks("cannot use the sandbox's folder");
    fs::remove_file(&owner.state_dir).expect("removed");

    fs::create_dir(&owner.state_dir).expect("made");
    fs::write(owner.file("thesis.txt"), "mine").expect("written");
    for command in [
        &["start"][..],
        &["reset", "--yes"],
        &["start", "--foreground"],
    ] {
        owner.is_refused(command, 2).remarks("contains other files");
    }
    assert_eq!(names_in(&owner.state_dir).len(), 1);

    owner.mafia = owner.mafia.without_env("MAFIA_STATE_DIR");
    owner.mafia = owner.mafia.in_folder("/".as_ref());
    owner
        .is_refused(&["status"], 2)
        .remarks("not inside a workshop folder");
}

#[test]
fn a_state_that_is_damaged_or_of_another_version_is_said_and_kept_until_a_reset() {
    let owner = Owner::new();
    let keys = owner.env();
    owner.status_after(&["stop"]);
    let garbage = "long enough to be read, and no database at all".repeat(100);
    for (file, says) in [
        ("state.sqlite", "state.sqlite is damaged"),
        ("tables.sqlite", "tables.sqlite is damaged"),
        ("keys.json", "cannot read the sandbox's keys in"),
    ] {
        fs::write(owner.file(file), &garbage).expect("written");
        owner.is_refused(&["start"], 3).remarks(says);
        let blocked = owner.mafia.run(&["play", "state", "--stack", "mafia-anna"]);
        blocked.exits_with(3).remarks(says);
        let kept = fs::read_to_string(owner.file(file)).expect("it is there");
        assert!(kept == garbage, "{file} was changed");
        owner.is_refused(&["reset"], 2).remarks("--yes");
        owner.run(&["reset", "--yes"]).succeeds();
        owner.status_after(&["start"]);
        let same = owner.env() == keys;
        assert_eq!(
            same,
            file != "keys.json",
            "keys stay unless they are damaged"
        );
        owner.status_after(&["stop"]);
    }

    for file in ["state.sqlite", "tables.sqlite"] {
        fs::remove_file(owner.file(file)).expect("it is there");
        let says = format!("{file} is missing");
        owner.is_refused(&["start"], 3).remarks(&says);
        owner.run(&["reset", "--yes"]).succeeds();
        owner.status_after(&["start"]);
        owner.status_after(&["stop"]);
    }

    // The version of the layout is four bytes in SQLite's header.
    let mut state = fs::read(owner.file("state.sqlite")).expect("it is there");
    state[60..64].copy_from_slice(&99u32.to_be_bytes());
    fs::write(owner.file("state.sqlite"), state).expect("written");
    let refused = owner.is_refused(&["start"], 3);
    refused.remarks("was written by a later version of the sandbox (layout 99,");
}

/// As root alone: others may make no namespaces.
#[cfg(target_os = "linux")]
#[test]
fn a_sandbox_of_another_container_is_used_and_said_to_be_there() {
    let owner = Owner::new();
    let inside = |command: &str| {
        let command =
            format!("exec unshare --pid --fork --mount-proc \"$MAFIA\" sandbox {command}");
        owner.mafia.run_in_shell(&command)
    };
    if owner
        .mafia
        .run_in_shell("unshare --pid --fork --mount-proc true")
        .code
        != Some(0)
    {
        return;
    }
    owner.status_after(&["start"]);
    let here = owner.status_after(&["status"]);
    let there = Status(inside("status --json").succeeds().json());
    assert_eq!((there.runs(), there.port()), (true, here.port()));
    assert_eq!(there.0["pid"], Value::Null);
    inside("status").succeeds().prints("in another container");
    inside("env").succeeds().prints("AWS_SECRET_ACCESS_KEY");
    for command in ["stop", "reset --yes"] {
        let refused = inside(command).exits_with(3);
        refused
            .remarks("runs in another container or on another machine")
            .remarks("stop` there");
    }
    assert_eq!(owner.status(), here);
    owner.status_after(&["stop"]);
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
