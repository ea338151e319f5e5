//! A terminal in a workshop folder, in which `mafia` is this program.

use std::ffi::OsString;
use std::io;
use std::path::{Path, PathBuf};
use std::process::Stdio;

use tempfile::TempDir;
use tokio::process::Command;

use super::TrialError;

pub struct Terminal {
    folder: PathBuf,
    path: OsString,
    variables: Vec<(String, String)>,
    unset: &'static [&'static str],
    /// Has this program as `mafia`.
    _programs: TempDir,
}

/// A command that has ended.
pub struct Ran {
    /// `None` if a signal has ended it.
    pub code: Option<i32>,
    pub out: String,
    pub err: String,
}

impl Terminal {
    /// A terminal in the `folder`, with these variables besides those of this process, and without those in
    /// `unset`. Questions are answered with yes.
    pub fn new(
        folder: &Path,
        program: &Path,
        variables: Vec<(String, String)>,
        unset: &'static [&'static str],
    ) -> Result<Self, TrialError> {
        let failed = |source| TrialError::Work {
            path: folder.to_owned(),
            source,
        };
        let programs = tempfile::tempdir().map_err(failed)?;
        let mafia = programs.path().join("mafia");
        #[cfg(unix)]
        std::os::unix::fs::symlink(program, mafia).map_err(failed)?;
        #[cfg(not(unix))]
        std::fs::copy(program, mafia).map_err(failed)?;
        let others = std::env::var_os("PATH").unwrap_or_default();
        let path =
            std::iter::once(programs.path().to_owned()).chain(std::env::split_paths(&others));
        let path = std::env::join_paths(path).map_err(|error| failed(io::Error::other(error)))?;
        Ok(Self {
            folder: folder.to_owned(),
            path,
            variables,
            unset,
            _programs: programs,
        })
    }

    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Runs a line of the shell, as a person would type it.
    pub async fn run(&self, line: &str) -> Ran {
        let mut command = Command::new("sh");
        command
            .args(["-c", line])
            .current_dir(&self.folder)
            .env("PATH", &self.path)
            .env("PWD", &self.folder)
            .env("MAFIA_YES", "1")
            .env("NO_COLOR", "1")
            .envs(self.variables.iter().map(|(name, value)| (name, value)))
            .stdin(Stdio::null())
            .kill_on_drop(true);
        for name in self.unset {
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

    pub fn read(&self, path: &str) -> Option<String> {
        std::fs::read_to_string(self.folder.join(path)).ok()
    }

    /// Writes a file of the workshop folder.
    pub fn write(&self, path: &str, text: &str) -> Result<(), TrialError> {
        let path = self.folder.join(path);
        let folder = path.parent().unwrap_or(&self.folder);
        let written = std::fs::create_dir_all(folder).and_then(|()| std::fs::write(&path, text));
        written.map_err(|source| TrialError::Work { path, source })
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
