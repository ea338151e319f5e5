//! The folder of one sandbox: where everything is that outlives its process.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::error::SandboxError;
use super::keys::Keys;

/// A sandbox's folder. Only its owner may enter it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Home {
    folder: PathBuf,
}

/// A server that runs on a folder.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq, Serialize)]
pub struct Running {
    pub pid: u32,
    pub port: u16,
    /// Seconds since 1970.
    pub started: u64,
}

impl Running {
    pub fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }
}

impl Home {
    pub fn new(folder: &Path) -> Self {
        Self {
            folder: folder.to_owned(),
        }
    }

    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Makes the folder where there is none, for its owner alone.
    pub fn make(&self) -> Result<(), SandboxError> {
        let make = || -> io::Result<()> {
            fs::create_dir_all(&self.folder)?;
            restrict(&self.folder, 0o700)?;
            // So that no repository takes it in.
            match self.path(".gitignore") {
                path if path.exists() => Ok(()),
                path => fs::write(path, "*\n"),
            }
        };
        make().map_err(|error| self.failed(&self.folder, error))
    }

    pub fn exists(&self) -> bool {
        self.folder.is_dir()
    }

    /// Held by the server as long as it runs; released by the system however it ends.
    pub fn lock(&self) -> Result<Option<File>, SandboxError> {
        let path = self.path("lock");
        let file = self.opened(&path)?;
        match file.try_lock() {
            Ok(()) => Ok(Some(file)),
            Err(TryLockError::WouldBlock) => Ok(None),
            Err(TryLockError::Error(error)) => Err(self.failed(&path, error)),
        }
    }

    /// Held by whoever starts or stops the server, so that one does it at a time. Waits.
    pub fn turn(&self) -> Result<File, SandboxError> {
        let path = self.path("turn");
        let file = self.opened(&path)?;
        file.lock().map_err(|error| self.failed(&path, error))?;
        Ok(file)
    }

    /// The server on this folder, if one runs and is ready.
    pub fn running(&self) -> Result<Option<Running>, SandboxError> {
        if !self.path("lock").exists() || self.lock()?.is_some() {
            return Ok(None);
        }
        Ok(self.last_server())
    }

    /// What the last server wrote of itself; only the lock tells whether it still runs.
    pub fn last_server(&self) -> Option<Running> {
        let text = fs::read(self.path("server.json")).ok()?;
        serde_json::from_slice(&text).ok()
    }

    pub fn announce(&self, running: &Running) -> Result<(), SandboxError> {
        let text = serde_json::to_vec(running).unwrap_or_default();
        self.replace("server.json", &text)
    }

    /// The owner's keys, made when there are none yet.
    pub fn keys(&self) -> Result<Keys, SandboxError> {
        let path = self.path("keys.json");
        match fs::read(&path) {
            Ok(text) => {
                serde_json::from_slice(&text).map_err(|_| SandboxError::DamagedKeys { path })
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                let keys = Keys::lasting();
                let text = serde_json::to_vec(&keys).unwrap_or_default();
                self.replace("keys.json", &text)?;
                Ok(keys)
            }
            Err(error) => Err(self.failed(&path, error)),
        }
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.join(name)
    }

    /// The whole file or the one before; readable by its owner alone.
    fn replace(&self, name: &str, text: &[u8]) -> Result<(), SandboxError> {
        let path = self.path(name);
        let write = || -> io::Result<()> {
            // Temporary files are their owner's alone.
            let mut file = tempfile::NamedTempFile::new_in(&self.folder)?;
            file.write_all(text)?;
            file.persist(&path)?;
            Ok(())
        };
        write().map_err(|error| self.failed(&path, error))
    }

    fn opened(&self, path: &Path) -> Result<File, SandboxError> {
        OpenOptions::new()
            .create(true)
            .truncate(false)
            .write(true)
            .open(path)
            .map_err(|error| self.failed(path, error))
    }

    fn failed(&self, path: &Path, error: io::Error) -> SandboxError {
        SandboxError::Folder {
            path: path.to_owned(),
            error: error.to_string(),
        }
    }
}

#[cfg(unix)]
fn restrict(path: &Path, mode: u32) -> io::Result<()> {
    use std::os::unix::fs::PermissionsExt;
    fs::set_permissions(path, fs::Permissions::from_mode(mode))
}

#[cfg(not(unix))]
fn restrict(_: &Path, _: u32) -> io::Result<()> {
    Ok(())
}
