//! Starts a server as a process of its own, and reads from it when it is ready or why it failed.

use std::ffi::OsString;
use std::io::{BufRead, BufReader, Read};
use std::os::unix::process::CommandExt;
use std::path::PathBuf;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::error::{ErrorKind, SandboxError};
use crate::io_message::io_message;
use crate::journal::Journal;
use crate::state_dir::{RunningServer, StateDir};

/// A program that serves the folder and writes a [`Report`] to its standard output.
#[derive(Clone, Debug)]
pub struct LaunchCommand {
    pub program: PathBuf,
    pub arguments: Vec<OsString>,
    /// Environment variables that it must not get, such as other keys than its own.
    pub hidden: Vec<OsString>,
}

/// The one line that a server writes to who started it.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Report {
    Ready(RunningServer),
    Failed {
        kind: ErrorKind,
        reason: String,
        remedy: Option<String>,
    },
}

/// What a server has written to its standard output.
enum Output {
    Line(String),
    Ended(Option<ExitStatus>),
}

impl Report {
    pub fn failed(error: &SandboxError) -> Self {
        Self::Failed {
            kind: error.kind(),
            reason: error.to_string(),
            remedy: error.remedy(),
        }
    }

    /// The report as a line, without the line break.
    pub fn line(&self) -> String {
        serde_json::to_string(self).unwrap_or_default()
    }
}

pub fn launch(
    state_dir: &StateDir,
    launch: &LaunchCommand,
    timeout: Duration,
) -> Result<RunningServer, SandboxError> {
    let mut child = spawn(state_dir, launch)?;
    let pid = rustix::process::Pid::from_child(&child);
    let (sender, receiver) = mpsc::channel();
    // Also waits for the process after the report, so that it leaves no zombie.
    thread::spawn(move || {
        let output = read_report(&mut child);
        let _ = sender.send(output);
        let _ = child.wait();
    });
    let Ok(output) = receiver.recv_timeout(timeout) else {
        // It may just have ended.
        let _ = rustix::process::kill_process(pid, rustix::process::Signal::KILL);
        let seconds = timeout.as_secs();
        return Err(unexplained(format!(
            "it was not ready within {seconds} seconds"
        )));
    };
    match output {
        Output::Line(line) => match serde_json::from_str(&line) {
            Ok(Report::Ready(running)) => Ok(running),
            Ok(Report::Failed {
                kind,
                reason,
                remedy,
            }) => Err(SandboxError::NotStarted {
                kind,
                reason,
                remedy,
            }),
            Err(_) => Err(unexplained(format!("it printed {line:?}"))),
        },
        Output::Ended(status) => {
            let status = status.map_or("without a status".to_owned(), |status| status.to_string());
            Err(unexplained(format!("it stopped at once ({status})")))
        }
    }
}

fn spawn(state_dir: &StateDir, launch: &LaunchCommand) -> Result<Child, SandboxError> {
    let log = Journal::open(state_dir)?.for_a_process();
    let log = log.map_err(|error| SandboxError::folder(&Journal::path(state_dir), &error))?;
    let mut command = Command::new(&launch.program);
    for variable in &launch.hidden {
        command.env_remove(variable);
    }
    command
        .args(&launch.arguments)
        // So that it uses no other folder, and gets no signal of a terminal.
        .current_dir(state_dir.folder())
        .process_group(0)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(log)
        .spawn()
        .map_err(|error| unexplained(format!("cannot start it: {}", io_message(&error))))
}

fn read_report(child: &mut Child) -> Output {
    /// Of a line; a report is shorter.
    const MAX_BYTES: u64 = 64 << 10;
    let mut line = String::new();
    if let Some(stdout) = child.stdout.take() {
        // An unreadable line counts as none.
        let _ = BufReader::new(stdout.take(MAX_BYTES)).read_line(&mut line);
    }
    if line.is_empty() {
        Output::Ended(child.wait().ok())
    } else {
        Output::Line(line)
    }
}

fn unexplained(reason: String) -> SandboxError {
    SandboxError::NotStarted {
        kind: ErrorKind::Unknown,
        reason: format!("the sandbox did not start: {reason}"),
        remedy: None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TIMEOUT: Duration = Duration::from_secs(60);

    fn launched(script: &str, timeout: Duration) -> Result<RunningServer, SandboxError> {
        let folder = tempfile::tempdir().expect("a folder");
        let state_dir = StateDir::new(folder.path());
        let shell = LaunchCommand {
            program: "/bin/sh".into(),
            arguments: vec!["-c".into(), script.into()],
            hidden: Vec::new(),
        };
        launch(&state_dir, &shell, timeout)
    }

    #[test]
    fn a_servers_report_is_read() {
        let running = RunningServer {
            pid: 1,
            port: 2,
            started: 3,
            idle: None,
            built: None,
        };
        let ready = Report::Ready(running.clone()).line();
        let output = launched(&format!("echo '{ready}'; sleep 0.1"), TIMEOUT);
        assert_eq!(output.expect("it is ready"), running);

        let port = SandboxError::Port {
            port: 80,
            reason: "taken".to_owned(),
        };
        let failed = Report::failed(&port).line();
        let error = launched(&format!("echo '{failed}'"), TIMEOUT).expect_err("it failed");
        assert_eq!(error.kind(), ErrorKind::Port);
        assert_eq!(error.to_string(), port.to_string());
    }

    #[test]
    fn a_server_without_a_report_has_failed() {
        let short_timeout = Duration::from_millis(50);
        for (script, timeout, reason) in [
            ("exit 3", TIMEOUT, "stopped at once (exit status: 3)"),
            ("echo hello", TIMEOUT, "it printed \"hello\\n\""),
            ("exec sleep 60", short_timeout, "not ready within"),
        ] {
            let error = launched(script, timeout).expect_err("it did not start");
            assert!(error.to_string().contains(reason), "{error}");
        }
    }
}
