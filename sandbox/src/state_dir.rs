//! The state folder of one sandbox: all that outlives its process.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use rustix::fs::{FlockOperation, fcntl_lock};
use rustix::process::{Flock, FlockType, Pid, fcntl_getlk};
use serde::{Deserialize, Serialize};

use super::error::SandboxError;
use super::keys::Keys;

/// Marks the folder as a sandbox's, and keeps it out of repositories.
const MARKER: &str = ".gitignore";
const MARKER_TEXT: &str =
    "# A sandbox of mafia keeps its state here: `mafia sandbox reset` empties it.\n*\n";
const LOCK: &str = "lock";
const START_LOCK: &str = "turn";
const SERVER: &str = "server.json";
const KEYS: &str = "keys.json";

/// A sandbox's folder; only its owner can enter it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StateDir {
    folder: PathBuf,
}

/// The server that runs on a folder.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq, Serialize)]
pub struct RunningServer {
    pub pid: u32,
    pub port: u16,
    /// Seconds since 1970.
    pub started: u64,
    /// After how many idle seconds it ends; `None` for never, as its user asked.
    #[serde(default)]
    pub idle: Option<u64>,
}

impl RunningServer {
    pub fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }
}

impl StateDir {
    pub fn new(folder: &Path) -> Self {
        Self {
            // The server has another working directory than who starts it.
            folder: std::path::absolute(folder).unwrap_or_else(|_| folder.to_owned()),
        }
    }

    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Creates the folder if there is none, for its owner alone. A folder with other files is refused.
    pub fn make(&self) -> Result<(), SandboxError> {
        let make = || -> io::Result<bool> {
            fs::create_dir_all(&self.folder)?;
            let has_marker = self.has_marker();
            if !has_marker && self.has_foreign_files()? {
                return Ok(false);
            }
            // Also of an existing folder: a copy loses its mode, and the system refuses this for a folder
            // that another user has put here with keys that they know.
            set_mode(&self.folder, 0o700)?;
            if !has_marker {
                fs::write(self.path(MARKER), MARKER_TEXT)?;
            }
            Ok(true)
        };
        match make() {
            Ok(true) => Ok(()),
            Ok(false) => Err(SandboxError::ForeignFolder {
                path: self.folder.clone(),
            }),
            Err(error) => Err(SandboxError::folder(&self.folder, &error)),
        }
    }

    /// Whether the folder has other files than those that creating it leaves.
    fn has_foreign_files(&self) -> io::Result<bool> {
        for entry in fs::read_dir(&self.folder)? {
            let name = entry?.file_name();
            if ![MARKER, LOCK, START_LOCK].iter().any(|our| name == *our) {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Whether the folder is a sandbox's.
    fn has_marker(&self) -> bool {
        fs::read_to_string(self.path(MARKER)).is_ok_and(|text| text == MARKER_TEXT)
    }

    /// Held by the server until its process ends, however that is. Closing any other handle of the file in
    /// the same process would release it too.
    pub fn lock(&self) -> Result<Option<File>, SandboxError> {
        let path = self.path(LOCK);
        let file = open_lock_file(&path)?;
        match fcntl_lock(&file, FlockOperation::NonBlockingLockExclusive) {
            Ok(()) => Ok(Some(file)),
            Err(rustix::io::Errno::AGAIN | rustix::io::Errno::ACCESS) => Ok(None),
            Err(error) => Err(SandboxError::folder(&path, &error.into())),
        }
    }

    /// The process that holds the lock. Changes nothing.
    pub fn holder(&self) -> Result<Option<Pid>, SandboxError> {
        let path = self.path(LOCK);
        let failed = |error: io::Error| SandboxError::folder(&path, &error);
        let file = match File::open(&path) {
            Ok(file) => file,
            Err(error) if is_missing(&error) => return Ok(None),
            Err(error) => return Err(failed(error)),
        };
        let held = fcntl_getlk(&file, &Flock::from(FlockType::WriteLock))
            .map_err(|error| failed(error.into()))?;
        Ok(held.and_then(|lock| lock.pid))
    }

    /// Held by who starts or stops the server: one does it at a time. Blocks until it is free.
    pub fn start_lock(&self) -> Result<File, SandboxError> {
        let path = self.path(START_LOCK);
        let file = open_lock_file(&path)?;
        file.lock()
            .map_err(|error| SandboxError::folder(&path, &error))?;
        Ok(file)
    }

    /// The server on this folder, if one runs and is ready.
    pub fn running(&self) -> Result<Option<RunningServer>, SandboxError> {
        let Some(holder) = self.holder()? else {
            return Ok(None);
        };
        // Until the server is ready, the file is the last server's.
        let holds =
            |running: &RunningServer| holder.as_raw_nonzero().get().unsigned_abs() == running.pid;
        Ok(self.last_server().filter(holds))
    }

    /// What the last server wrote; only the lock says whether it is running.
    pub fn last_server(&self) -> Option<RunningServer> {
        let text = fs::read(self.path(SERVER)).ok()?;
        serde_json::from_slice(&text).ok()
    }

    pub fn announce(&self, running: &RunningServer) -> Result<(), SandboxError> {
        let text = serde_json::to_vec(running).unwrap_or_default();
        self.replace(SERVER, &text)
    }

    /// The owner's keys, created if there are none.
    pub fn keys(&self) -> Result<Keys, SandboxError> {
        let path = self.path(KEYS);
        match fs::read(&path) {
            Ok(text) => {
                serde_json::from_slice(&text).map_err(|_| SandboxError::DamagedKeys { path })
            }
            Err(error) if is_missing(&error) => {
                let keys = Keys::long_term();
                let text = serde_json::to_vec(&keys).unwrap_or_default();
                self.replace(KEYS, &text)?;
                Ok(keys)
            }
            Err(error) => Err(SandboxError::folder(&path, &error)),
        }
    }

    /// Deletes all state of the services. Keeps what clients use to reach the sandbox: its keys, unless
    /// they cannot be read, and the port of its last server.
    pub fn empty(&self) -> Result<(), SandboxError> {
        let kept = [MARKER, LOCK, START_LOCK, SERVER, KEYS];
        if matches!(self.keys(), Err(SandboxError::DamagedKeys { .. })) {
            self.remove(&self.path(KEYS))?;
        }
        let entries = fs::read_dir(&self.folder);
        for entry in entries.map_err(|error| SandboxError::folder(&self.folder, &error))? {
            let entry = entry.map_err(|error| SandboxError::folder(&self.folder, &error))?;
            if !kept.iter().any(|kept| entry.file_name() == *kept) {
                self.remove(&entry.path())?;
            }
        }
        Ok(())
    }

    fn remove(&self, path: &Path) -> Result<(), SandboxError> {
        let is_folder = fs::symlink_metadata(path).is_ok_and(|entry| entry.is_dir());
        let removed = if is_folder {
            fs::remove_dir_all(path)
        } else {
            fs::remove_file(path)
        };
        match removed {
            Err(error) if !is_missing(&error) => Err(SandboxError::folder(path, &error)),
            _ => Ok(()),
        }
    }

    /// Of all its files, in bytes.
    pub fn size(&self) -> u64 {
        fn size(folder: &Path) -> u64 {
            // Files that are deleted during the count are left out.
            let entries = fs::read_dir(folder).into_iter().flatten().flatten();
            let sizes = entries.map(|entry| match entry.metadata() {
                Ok(found) if found.is_dir() => size(&entry.path()),
                Ok(found) => found.len(),
                Err(_) => 0,
            });
            sizes.sum()
        }
        size(&self.folder)
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.join(name)
    }

    /// Replaces a file atomically; only its owner can read it.
    fn replace(&self, name: &str, text: &[u8]) -> Result<(), SandboxError> {
        let path = self.path(name);
        let write = || -> io::Result<()> {
            // Only its owner can read a temporary file.
            let mut file = tempfile::NamedTempFile::new_in(&self.folder)?;
            file.write_all(text)?;
            file.persist(&path)?;
            Ok(())
        };
        write().map_err(|error| SandboxError::folder(&path, &error))
    }
}

fn open_lock_file(path: &Path) -> Result<File, SandboxError> {
    OpenOptions::new()
        .create(true)
        .truncate(false)
        .write(true)
        .open(path)
        .map_err(|error| SandboxError::folder(path, &error))
}

fn is_missing(error: &io::Error) -> bool {
    error.kind() == io::ErrorKind::NotFound
}

fn set_mode(path: &Path, mode: u32) -> io::Result<()> {
    use std::os::unix::fs::PermissionsExt;
    fs::set_permissions(path, fs::Permissions::from_mode(mode))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_with_other_files_is_refused() {
        let folder = tempfile::tempdir().expect("a folder");
        fs::write(folder.path().join("notes"), "mine").expect("written");
        let state_dir = StateDir::new(folder.path());
        let refused = state_dir.make().expect_err("it is not empty");
        assert!(matches!(refused, SandboxError::ForeignFolder { .. }));
        assert!(!state_dir.has_marker());
        let names: Vec<_> = fs::read_dir(folder.path()).expect("it").collect();
        assert_eq!(names.len(), 1);
    }

    #[test]
    fn only_its_owner_may_enter_whatever_was_there_before() {
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::tempdir().expect("a folder");
        let state_dir = StateDir::new(&folder.path().join("sandbox"));
        for before in [0o755, 0o777] {
            state_dir.make().expect("made");
            let made = fs::metadata(state_dir.folder()).expect("it is there");
            assert_eq!(made.permissions().mode() & 0o777, 0o700);
            set_mode(state_dir.folder(), before).expect("opened to all");
        }
    }

    #[test]
    fn emptying_keeps_what_says_how_to_reach_it() {
        let folder = tempfile::tempdir().expect("a folder");
        let state_dir = StateDir::new(&folder.path().join("deep/sandbox"));
        state_dir.make().expect("made");
        state_dir.make().expect("made again");
        let keys = state_dir.keys().expect("made");
        fs::write(state_dir.path("state.sqlite"), "rows").expect("written");
        fs::create_dir_all(state_dir.path("code/deep")).expect("made");
        state_dir.empty().expect("emptied");
        assert!(!state_dir.path("state.sqlite").exists() && !state_dir.path("code").exists());
        assert!(state_dir.has_marker());
        assert_eq!(state_dir.keys().expect("kept"), keys);

        fs::write(state_dir.path(KEYS), "{").expect("written");
        assert!(state_dir.keys().is_err());
        state_dir.empty().expect("emptied");
        assert_ne!(state_dir.keys().expect("made"), keys);
    }

    #[test]
    fn a_missing_lock_has_no_holder() {
        let folder = tempfile::tempdir().expect("a folder");
        let state_dir = StateDir::new(folder.path());
        assert_eq!(state_dir.holder().expect("it looks"), None);
        assert_eq!(state_dir.running().expect("it looks"), None);
    }
}
