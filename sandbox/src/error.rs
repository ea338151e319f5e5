//! Why a sandbox does not start, stop or answer.

use std::io;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::store::StoreError;

#[derive(Debug, thiserror::Error)]
pub enum SandboxError {
    #[error("cannot use the sandbox's folder {}: {error}", path.display())]
    Folder { path: PathBuf, error: String },
    #[error("the folder {} contains other files; the sandbox needs a folder of its own", path.display())]
    ForeignFolder { path: PathBuf },
    #[error("cannot read the sandbox's keys in {}", path.display())]
    DamagedKeys { path: PathBuf },
    #[error(transparent)]
    State(#[from] StoreError),
    #[error("cannot open the sandbox's tables in {}: {reason}", path.display())]
    Tables { path: PathBuf, reason: String },
    #[error("cannot listen on port {port} of 127.0.0.1: {reason}")]
    Port { port: u16, reason: String },
    #[error("a sandbox is already running in {} (process {pid})", folder.display())]
    RunsAlready { folder: PathBuf, pid: u32 },
    /// What the server said before it ended, or that it said nothing.
    #[error("{reason}")]
    NotStarted { kind: ErrorKind, reason: String },
    #[error("the sandbox (process {pid}) does not answer")]
    NoAnswer { pid: u32 },
    #[error("cannot stop the sandbox (process {pid})")]
    NotStopped { pid: u32 },
}

/// What would have to change, for whoever reads the error.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum ErrorKind {
    /// The folder cannot be written, or is something else's.
    Folder,
    /// There is no room left on the disk.
    Full,
    /// What is kept in the folder cannot be read, or not by this version.
    State,
    Port,
    RunsAlready,
    /// A server that should answer does not.
    Silent,
    Unknown,
}

impl SandboxError {
    pub fn folder(path: &Path, error: &io::Error) -> Self {
        Self::Folder {
            path: path.to_owned(),
            error: in_words(error),
        }
    }

    pub fn kind(&self) -> ErrorKind {
        match self {
            Self::Folder { error, .. } | Self::Tables { reason: error, .. } if is_full(error) => {
                ErrorKind::Full
            }
            Self::Folder { .. } | Self::ForeignFolder { .. } => ErrorKind::Folder,
            Self::DamagedKeys { .. } | Self::Tables { .. } => ErrorKind::State,
            Self::State(error) if is_full(&error.to_string()) => ErrorKind::Full,
            Self::State(StoreError::File { .. }) => ErrorKind::Folder,
            Self::State(_) => ErrorKind::State,
            Self::Port { .. } => ErrorKind::Port,
            Self::RunsAlready { .. } => ErrorKind::RunsAlready,
            Self::NotStarted { kind, .. } => *kind,
            Self::NoAnswer { .. } | Self::NotStopped { .. } => ErrorKind::Silent,
        }
    }
}

/// As the system and SQLite word it.
fn is_full(error: &str) -> bool {
    ["No space left", "disk is full", "quota exceeded"]
        .iter()
        .any(|words| error.contains(words))
}

/// The system's own words, without the number behind them.
pub(super) fn in_words(error: &io::Error) -> String {
    let words = error.to_string();
    match words.split_once(" (os error") {
        Some((words, _)) => words.to_owned(),
        None => words,
    }
}
