//! A workshop folder in which the labs are tried, with this program and a sandbox of its own.

use std::fmt::{self, Display, Formatter};
use std::path::Path;

use serde_json::Value;

use super::TrialError;
use super::content::Content;
use super::terminal::{Ran, Terminal};
use crate::lab::content::workspace_files;
use crate::lab::files::Form;

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
    pub terminal: Terminal,
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
        let folder = work.join("workshop");
        std::fs::create_dir_all(&folder).map_err(failed)?;
        let folder = folder.canonicalize().map_err(failed)?;
        let state = folder.with_file_name("sandbox").display().to_string();
        let variables = [
            ("MAFIA_TARGET", "sandbox"),
            ("MAFIA_STACK", STACK),
            ("MAFIA_STATE_DIR", &state),
        ];
        let variables = variables.map(|(name, value)| (name.to_owned(), value.to_owned()));
        Ok(Self {
            terminal: Terminal::new(&folder, program, variables.into(), &OTHERS)?,
        })
    }

    /// Makes the workshop folder anew, as `mafia init` makes it, with the starters of these labs.
    pub fn begin(&self, content: &Content) -> Result<(), TrialError> {
        let folder = self.terminal.folder();
        let failed = |source| TrialError::Work {
            path: folder.to_owned(),
            source,
        };
        for entry in std::fs::read_dir(folder).map_err(failed)? {
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
            self.terminal
                .write(&path, &String::from_utf8_lossy(&bytes))?;
        }
        // Of several labs about a file, the first is where a student begins.
        for lab in content.manifest.labs.iter().rev() {
            for path in &lab.files {
                let starter = content.file(lab, path, Form::Starter);
                self.terminal.write(path, &starter)?;
            }
        }
        Ok(())
    }

    /// Deploys, with these parameters of the template.
    pub async fn deploy(&self, parameters: &[String]) -> Ran {
        let given = parameters.iter().map(|it| format!(" --parameter {it}"));
        let line = format!("mafia deploy{}", given.collect::<String>());
        self.terminal.run(&line).await
    }

    /// Deletes the stack, and stops the sandbox.
    pub async fn clean(&self) {
        self.terminal.run("mafia sandbox reset --yes").await;
    }

    pub async fn check(&self, lab: &str) -> Checked {
        let ran = self
            .terminal
            .run(&format!("mafia lab check {lab} --json"))
            .await;
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
}
