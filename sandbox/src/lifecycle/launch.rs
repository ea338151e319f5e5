//! Starts a server as a process of its own, and hears from it when it is ready or why it is not.

use std::ffi::OsString;
use std::io::{BufRead, BufReader, Read};
use std::os::unix::process::CommandExt;
use std::path::PathBuf;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::error::{ErrorKind, SandboxError, in_words};
use crate::journal::Journal;
use crate::state_dir::{Running, StateDir};

/// A program that serves the folder and writes a [`Report`] on its standard output.
#[derive(Clone, Debug)]
pub struct LaunchCommand {
    pub program: PathBuf,
    pub arguments: Vec<OsString>,
    /// Variables that it must not see, such as other keys than its own.
    pub hidden: Vec<OsString>,
}

/// The one line that a server says to who started it.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Report {
    Ready(Running),
    Failed { kind: ErrorKind, reason: String },
}

/// Runs a program without the files that a script has opened beside the usual three: a lock or a pipe
/// that the server kept open would be held for as long as it lives.
const WITHOUT_OTHER_FILES: &str = r#"exec "$0" "$@" 3>&- 4>&- 5>&- 6>&- 7>&- 8>&- 9>&-"#;

/// What was heard of a server in the end.
enum Heard {
    Said(String),
    Ended(Option<ExitStatus>),
}

impl Report {
    pub fn failed(error: &SandboxError) -> Self {
        Self::Failed {
            kind: error.kind(),
            reason: error.to_string(),
        }
    }

    /// The report as a line, without its end.
    pub fn line(&self) -> String {
        serde_json::to_string(self).unwrap_or_default()
    }
}

pub fn launch(
    state_dir: &StateDir,
    launch: &LaunchCommand,
    patience: Duration,
) -> Result<Running, SandboxError> {
    let mut child = spawn(state_dir, launch)?;
    let pid = rustix::process::Pid::from_child(&child);
    let (tell, told) = mpsc::channel();
    // Outlives the report, so that the process is reaped as long as this one lives.
    thread::spawn(move || {
        let heard = listen(&mut child);
        let _ = tell.send(heard);
        let _ = child.wait();
    });
    let Ok(heard) = told.recv_timeout(patience) else {
        // It may have ended just now.
        let _ = rustix::process::kill_process(pid, rustix::process::Signal::KILL);
        let seconds = patience.as_secs();
        return Err(unexplained(format!(
            "it was not ready within {seconds} seconds"
        )));
    };
    match heard {
        Heard::Said(line) => match serde_json::from_str(&line) {
            Ok(Report::Ready(running)) => Ok(running),
            Ok(Report::Failed { kind, reason }) => Err(SandboxError::NotStarted { kind, reason }),
            Err(_) => Err(unexplained(format!("it printed {line:?}"))),
        },
        Heard::Ended(status) => {
            let status = status.map_or("without a status".to_owned(), |status| status.to_string());
            Err(unexplained(format!("it stopped at once ({status})")))
        }
    }
}

fn spawn(state_dir: &StateDir, launch: &LaunchCommand) -> Result<Child, SandboxError> {
    let log = Journal::open(state_dir)?.for_a_process();
    let log = log.map_err(|error| SandboxError::folder(&Journal::path(state_dir), &error))?;
    let mut command = Command::new("/bin/sh");
    command
        .args(["-c", WITHOUT_OTHER_FILES])
        .arg(&launch.program);
    for variable in &launch.hidden {
        command.env_remove(variable);
    }
    command
        .args(&launch.arguments)
        // It keeps no folder busy but its own, and no terminal's signal reaches it.
        .current_dir(state_dir.folder())
        .process_group(0)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(log)
        .spawn()
        .map_err(|error| unexplained(format!("cannot run a shell: {}", in_words(&error))))
}

fn listen(child: &mut Child) -> Heard {
    /// Of a line; a report is shorter.
    const LONGEST: u64 = 64 << 10;
    let mut line = String::new();
    if let Some(stdout) = child.stdout.take() {
        // What cannot be read is as good as nothing.
        let _ = BufReader::new(stdout.take(LONGEST)).read_line(&mut line);
    }
    if line.is_empty() {
        Heard::Ended(child.wait().ok())
    } else {
        Heard::Said(line)
    }
}

fn unexplained(reason: String) -> SandboxError {
    SandboxError::NotStarted {
        kind: ErrorKind::Unknown,
        reason: format!("the sandbox did not start: {reason}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PATIENCE: Duration = Duration::from_secs(60);

    fn launched(script: &str, patience: Duration) -> Result<Running, SandboxError> {
        let folder = tempfile::tempdir().expect("a folder");
        let state_dir = StateDir::new(folder.path());
        let shell = LaunchCommand {
            program: "/bin/sh".into(),
            arguments: vec!["-c".into(), script.into()],
            hidden: Vec::new(),
        };
        launch(&state_dir, &shell, patience)
    }

    #[test]
    fn a_server_is_heard() {
        let running = Running {
            pid: 1,
            port: 2,
            started: 3,
            idle: None,
        };
        let ready = Report::Ready(running.clone()).line();
        let heard = launched(&format!("echo '{ready}'; sleep 0.1"), PATIENCE);
        assert_eq!(heard.expect("it is ready"), running);

        let port = SandboxError::Port {
            port: 80,
            reason: "taken".to_owned(),
        };
        let failed = Report::failed(&port).line();
        let error = launched(&format!("echo '{failed}'"), PATIENCE).expect_err("it failed");
        assert_eq!(error.kind(), ErrorKind::Port);
        assert_eq!(error.to_string(), port.to_string());
    }

    #[test]
    fn a_server_that_says_nothing_is_no_server() {
        let no_patience = Duration::from_millis(50);
        for (script, patience, reason) in [
            ("exit 3", PATIENCE, "stopped at once (exit status: 3)"),
            ("echo hello", PATIENCE, "it printed \"hello\\n\""),
            ("exec sleep 60", no_patience, "not ready within"),
        ] {
            let error = launched(script, patience).expect_err("it did not start");
            assert!(error.to_string().contains(reason), "{error}");
        }
    }
}
