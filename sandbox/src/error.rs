//! Why a sandbox does not start, stop or answer.

use std::io;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::io_message::io_message;
use super::own_file::{NOT_A_FILE, NOT_A_FOLDER};
use super::store::StoreError;

#[derive(Debug, thiserror::Error)]
pub enum SandboxError {
    #[error("cannot use the sandbox's folder {}: {error}", path.display())]
    Folder { path: PathBuf, error: String },
    #[error(
        "the folder {} contains other files, such as {}; the sandbox needs a folder of its own",
        path.display(),
        other.display()
    )]
    ForeignFolder { path: PathBuf, other: PathBuf },
    #[error(
        "the folder {} belongs to another user ({user}), who could read and change all that is in the sandbox",
        path.display()
    )]
    FolderOfOthers { path: PathBuf, user: u32 },
    #[error(
        "the folder {} is on a file system that starts no programs (mounted with noexec); the sandbox \
         starts functions from there",
        path.display()
    )]
    NoPrograms { path: PathBuf },
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
    #[error("the sandbox in {} runs in another container or on another machine", folder.display())]
    RunsElsewhere { folder: PathBuf },
    /// The server's last message, or that there was none.
    #[error("{reason}")]
    NotStarted {
        kind: ErrorKind,
        reason: String,
        remedy: Option<String>,
    },
    /// Without the number of the process where that means nothing here.
    #[error("the sandbox{} does not answer", pid.map_or(String::new(), |pid| format!(" (process {pid})")))]
    NoAnswer { pid: Option<u32> },
    #[error("cannot set the sandbox's clock: {reason}")]
    Clock { reason: String },
    #[error("cannot stop the sandbox (process {pid})")]
    NotStopped { pid: u32 },
}

/// What has to change, for the reader of the error.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum ErrorKind {
    /// The folder cannot be written, or is used by something else.
    Folder,
    /// The disk is full.
    Full,
    /// The files in the folder cannot be read, or not by this version.
    State,
    Port,
    RunsAlready,
    /// Where it cannot be stopped from.
    RunsElsewhere,
    /// The server does not answer.
    Silent,
    Unknown,
}

impl SandboxError {
    pub fn folder(path: &Path, error: &io::Error) -> Self {
        Self::Folder {
            path: path.to_owned(),
            error: io_message(error),
        }
    }

    pub fn kind(&self) -> ErrorKind {
        match self {
            Self::Folder { error, .. } | Self::Tables { reason: error, .. } if is_full(error) => {
                ErrorKind::Full
            }
            Self::Folder { .. }
            | Self::ForeignFolder { .. }
            | Self::FolderOfOthers { .. }
            | Self::NoPrograms { .. } => ErrorKind::Folder,
            Self::DamagedKeys { .. } | Self::Tables { .. } => ErrorKind::State,
            Self::State(error) if is_full(&error.to_string()) => ErrorKind::Full,
            Self::State(StoreError::File { .. }) => ErrorKind::Folder,
            Self::State(_) => ErrorKind::State,
            Self::Port { .. } => ErrorKind::Port,
            Self::RunsAlready { .. } => ErrorKind::RunsAlready,
            Self::RunsElsewhere { .. } => ErrorKind::RunsElsewhere,
            Self::NotStarted { kind, .. } => *kind,
            Self::Clock { .. } => ErrorKind::Unknown,
            Self::NoAnswer { .. } | Self::NotStopped { .. } => ErrorKind::Silent,
        }
    }
}

impl SandboxError {
    /// What to do first, where nothing is lost by it.
    pub fn remedy(&self) -> Option<String> {
        match self {
            Self::Folder { path, error } => remedy(path, error),
            Self::State(StoreError::File { path, error }) => remedy(path, &error.to_string()),
            Self::State(StoreError::OtherVersion { .. }) => {
                Some("use the program that wrote it, or a later one".to_owned())
            }
            Self::State(StoreError::Changed { seals, .. }) => {
                let seals = seals.display();
                Some(format!(
                    "if you put an older copy of it there yourself, remove {seals}"
                ))
            }
            Self::NotStarted { remedy, .. } => remedy.clone(),
            _ => None,
        }
    }
}

fn remedy(path: &Path, error: &str) -> Option<String> {
    let path = path.display();
    if [NOT_A_FILE, NOT_A_FOLDER].contains(&error) {
        Some(format!("move {path} elsewhere"))
    } else if error.contains("Permission denied") {
        Some(format!("run `chmod u+rwX {path}`"))
    } else {
        None
    }
}

/// Whether the message is that of the system or of SQLite for a full disk.
fn is_full(error: &str) -> bool {
    ["No space left", "disk is full", "quota exceeded"]
        .iter()
        .any(|words| error.contains(words))
}
