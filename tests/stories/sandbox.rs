//! A sandbox of a story's own: its folder is its alone, and its server does not outlive the story.

use std::iter::repeat_with;
use std::net::{Ipv4Addr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use serde_json::Value;
use tempfile::TempDir;

/// A free port which the system gives to no connection of its own, so that a sandbox that is killed finds it free
/// again, and its clients find it there.
///
/// Source: ip(7), `ip_local_port_range`, which begins at 32768.
pub fn lasting_port() -> String {
    let mut ports = repeat_with(|| rand::random_range(20_000..32_768_u16));
    let is_free = |port: &u16| TcpListener::bind((Ipv4Addr::LOCALHOST, *port)).is_ok();
    ports.find(is_free).expect("one is free").to_string()
}

/// The folder of a sandbox that commands may start; ended when dropped.
#[derive(Debug)]
pub struct Sandbox {
    state_dir: PathBuf,
    _folder: Option<TempDir>,
}

impl Sandbox {
    /// In a folder that nothing else uses. Does not run yet.
    pub fn new() -> Self {
        let folder = TempDir::with_prefix("sandbox-").expect("the system takes a new folder");
        Self {
            state_dir: folder.path().join("state"),
            _folder: Some(folder),
        }
    }

    /// In a folder that somebody else removes.
    pub fn at(state_dir: &Path) -> Self {
        Self {
            state_dir: state_dir.to_owned(),
            _folder: None,
        }
    }

    /// The variables that point clients at it, by name. Starts it, unless it runs.
    #[track_caller]
    pub fn variables(&self) -> Value {
        self.asked(&["env"])["variables"].take()
    }

    /// Sets its clock forward; what it says that has happened on the way.
    #[track_caller]
    pub fn advance(&self, by: &str) -> Value {
        self.asked(&["advance", by])
    }

    /// The newest code in its log for this email address.
    #[track_caller]
    pub fn code_for(&self, address: &str) -> Option<String> {
        let log = self.asked(&["logs"])["lines"].take();
        let mail = format!("mail to {address}: the code ");
        let mut lines = log.as_array().expect("lines").iter().rev();
        lines.find_map(|line| {
            let (_, rest) = line.as_str()?.split_once(&mail)?;
            rest.get(..6).map(str::to_owned)
        })
    }

    /// What a command that succeeds prints as JSON.
    #[track_caller]
    fn asked(&self, arguments: &[&str]) -> Value {
        let output = self.command(&[arguments, &["--json"]].concat());
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "sandbox {arguments:?}: {said}");
        serde_json::from_slice(&output.stdout).expect("it prints one JSON document")
    }

    fn command(&self, arguments: &[&str]) -> Output {
        Command::new(env!("CARGO_BIN_EXE_mafia"))
            .arg("sandbox")
            .args(arguments)
            .env_clear()
            .env("PATH", std::env::var_os("PATH").unwrap_or_default())
            .env("MAFIA_STATE_DIR", &self.state_dir)
            .stdin(Stdio::null())
            .output()
            .expect("the binary runs")
    }
}

impl Drop for Sandbox {
    fn drop(&mut self) {
        if self.state_dir.join("lock").exists() {
            // A story that is over has nobody to tell that it failed.
            drop(self.command(&["stop"]));
        }
    }
}
