//! Why a sandbox does not start, stop or answer.

use std::path::PathBuf;

use super::store::StoreError;

#[derive(Debug, thiserror::Error)]
pub enum SandboxError {
    #[error("the sandbox's folder cannot be used: {path}: {error}")]
    Folder { path: PathBuf, error: String },
    #[error("the sandbox's keys in {path} cannot be read")]
    DamagedKeys { path: PathBuf },
    #[error(transparent)]
    State(#[from] StoreError),
    #[error("the sandbox's tables in {path} cannot be opened: {reason}")]
    Tables { path: PathBuf, reason: String },
    #[error("port {port} of 127.0.0.1 cannot be listened on: {reason}")]
    Port { port: u16, reason: String },
    #[error("a sandbox runs on {folder} already (process {pid}, port {port})")]
    RunsAlready {
        folder: PathBuf,
        pid: u32,
        port: u16,
    },
    #[error("the sandbox did not start: {reason}")]
    NotStarted { reason: String, log: PathBuf },
    #[error("the sandbox (process {pid}) did not stop within {seconds} seconds")]
    NotStopped { pid: u32, seconds: u64 },
}
