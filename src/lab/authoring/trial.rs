//! A workshop folder in which the labs are tried, with this program and a sandbox of its own.

use std::ffi::OsString;
use std::fmt::{self, Display, Formatter};
use std::path::{Path, PathBuf};
use std::process::Stdio;

use serde_json::Value;
use tokio::process::Command;

use super::TrialError;
use super::content::Content;
use crate::lab::content::workspace_files;
use crate::lab::files::Form;
use crate::lab::progress::Progress;

const STACK: &str = "labs";
/// What stays of a workshop folder when it begins anew: what was compiled, which takes minutes.
const KEPT: &str = "target";
/// Variables that say where to work. Everything is tried in the sandbox.
const OTHERS: [&str; 10] = [
    "AWS_ENDPOINT_URL",
    "AWS_PROFILE",
    "CARGO_TARGET_DIR",
    "MAFIA_ENDPOINT_URL",
    "MAFIA_JSON",
    "MAFIA_PROFILE",
    "MAFIA_QUIET",
    "MAFIA_REGION",
    "MAFIA_ROLE_ARN",
    "MAFIA_WORKSHOP",
];

pub struct Trial {
    folder: PathBuf,
    state: PathBuf,
    /// With this program as `mafia` before all others.
    path: OsString,
}

/// A command that has ended.
pub struct Ran {
    /// `None` if a signal has ended it.
    pub code: Option<i32>,
    pub out: String,
    pub err: String,
}

/// What the check of a lab said.
pub enum Checked {
    Passed,
    /// The first check that failed, as `01.2/all-players`.
    Failed(String),
    /// Nothing, for another reason.
    Blocked(String),
}

impl Display for Checked {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::Passed => formatter.write_str("passes"),
            Self::Failed(check) => write!(formatter, "fails in {check}"),
            Self::Blocked(reason) => write!(formatter, "is blocked ({reason})"),
        }
    }
}

impl Trial {
    pub fn new(work: &Path, program: &Path) -> Result<Self, TrialError> {
        let failed = |source| TrialError::Work {
            path: work.to_owned(),
            source,
        };
        let programs = work.join("bin");
        std::fs::create_dir_all(&programs).map_err(failed)?;
        let work = work.canonicalize().map_err(failed)?;
        let programs = work.join("bin");
        let mafia = programs.join("mafia");
        // The link of the last time, to a program that may be gone.
        let _ = std::fs::remove_file(&mafia);
        #[cfg(unix)]
        std::os::unix::fs::symlink(program, &mafia).map_err(failed)?;
        #[cfg(not(unix))]
        std::fs::copy(program, &mafia).map_err(failed)?;
        let others = std::env::var_os("PATH").unwrap_or_default();
        let path = std::iter::once(programs).chain(std::env::split_paths(&others));
        Ok(Self {
            folder: work.join("workshop"),
            state: work.join("sandbox"),
            path: std::env::join_paths(path).unwrap_or(others),
        })
    }

    /// Makes the workshop folder anew, as `mafia init` makes it, with the starters of these labs.
    pub fn begin(&self, content: &Content) -> Result<(), TrialError> {
        let failed = |source| TrialError::Work {
            path: self.folder.clone(),
            source,
        };
        std::fs::create_dir_all(&self.folder).map_err(failed)?;
        for entry in std::fs::read_dir(&self.folder).map_err(failed)? {
            let entry = entry.map_err(failed)?;
            if entry.file_name() == KEPT {
                continue;
            }
            let path = entry.path();
            match entry.file_type().map_err(failed)?.is_dir() {
                true => std::fs::remove_dir_all(path),
                false => std::fs::remove_file(path),
            }
            .map_err(failed)?;
        }
        for (path, bytes) in workspace_files() {
            self.write(&path, &String::from_utf8_lossy(&bytes))?;
        }
        for lab in &content.manifest.labs {
            for path in &lab.files {
                self.write(path, content.file(lab, path, Form::Starter))?;
            }
        }
        Ok(())
    }

    /// Writes a file of the workshop folder.
    pub fn write(&self, path: &str, text: &str) -> Result<(), TrialError> {
        let path = self.folder.join(path);
        let folder = path.parent().unwrap_or(&self.folder);
        let written = std::fs::create_dir_all(folder).and_then(|()| std::fs::write(&path, text));
        written.map_err(|source| TrialError::Work { path, source })
    }

    pub fn read(&self, path: &str) -> Option<String> {
        std::fs::read_to_string(self.folder.join(path)).ok()
    }

    pub fn has_passed(&self, lab: &str) -> bool {
        Progress::read(&self.folder).is_ok_and(|progress| progress.has_passed(lab))
    }

    pub async fn deploy(&self) -> Ran {
        self.shell("mafia deploy").await
    }

    /// Deletes the stack, and stops the sandbox.
    pub async fn clean(&self) {
        self.shell("mafia sandbox reset --yes").await;
    }

    pub async fn check(&self, lab: &str) -> Checked {
        let ran = self.shell(&format!("mafia lab check {lab} --json")).await;
        let report: Value = serde_json::from_str(&ran.out).unwrap_or_default();
        let mut checks = report["checks"].as_array().into_iter().flatten();
        let failed = checks.find(|check| check["verdict"] == "fail");
        match (ran.code, failed) {
            (Some(0), None) => Checked::Passed,
            (Some(1), Some(failed)) => {
                let text = |key: &str| failed[key].as_str().unwrap_or_default();
                Checked::Failed(format!("{}/{}", text("lab"), text("check")))
            }
            _ => Checked::Blocked(ran.err.trim().to_owned()),
        }
    }

    /// Runs a line of the shell in the workshop folder, as a person would type it.
    pub async fn shell(&self, line: &str) -> Ran {
        let mut command = Command::new("sh");
        command
            .args(["-c", line])
            .current_dir(&self.folder)
            .env("PATH", &self.path)
            .env("PWD", &self.folder)
            .env("MAFIA_TARGET", "sandbox")
            .env("MAFIA_STACK", STACK)
            .env("MAFIA_STATE_DIR", &self.state)
            .env("MAFIA_YES", "1")
            .env("NO_COLOR", "1")
            .stdin(Stdio::null())
            .kill_on_drop(true);
        for name in OTHERS {
            command.env_remove(name);
        }
        match command.output().await {
            Ok(output) => Ran {
                code: output.status.code(),
                out: String::from_utf8_lossy(&output.stdout).into_owned(),
                err: String::from_utf8_lossy(&output.stderr).into_owned(),
            },
            Err(error) => Ran {
                code: None,
                out: String::new(),
                err: format!("the shell cannot be started: {error}"),
            },
        }
    }
}

impl Ran {
    /// What the command printed, if it failed.
    pub fn failure(&self) -> Option<&str> {
        (self.code != Some(0)).then(|| self.err.trim())
    }

    /// Whether the compiler warned of this file of the workshop folder.
    pub fn warns_of(&self, path: &str) -> bool {
        let warns = self.err.lines().any(|line| line.starts_with("warning"));
        warns && self.err.contains(path)
    }
}
