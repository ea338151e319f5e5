//! The folder of one sandbox: where everything is that outlives its process.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use rustix::fs::{FlockOperation, fcntl_lock};
use rustix::process::{Flock, FlockType, Pid, fcntl_getlk};
use serde::{Deserialize, Serialize};

use super::error::SandboxError;
use super::keys::Keys;

/// Tells that the folder is a sandbox's, and keeps it out of repositories.
const MARK: &str = ".gitignore";
const MARKED: &str =
    "# A sandbox of mafia keeps its state here: `mafia sandbox reset` empties it.\n*\n";
const LOCK: &str = "lock";
const TURN: &str = "turn";
const SERVER: &str = "server.json";
const KEYS: &str = "keys.json";

/// A sandbox's folder. Only its owner may enter it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StateDir {
    folder: PathBuf,
}

/// A server that runs on a folder.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq, Serialize)]
pub struct Running {
    pub pid: u32,
    pub port: u16,
    /// Seconds since 1970.
    pub started: u64,
    /// After how many idle seconds it ends; `None` is never, as somebody asked it to.
    #[serde(default)]
    pub idle: Option<u64>,
}

impl Running {
    pub fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }
}

impl StateDir {
    pub fn new(folder: &Path) -> Self {
        Self {
            // The server works elsewhere than who starts it.
            folder: std::path::absolute(folder).unwrap_or_else(|_| folder.to_owned()),
        }
    }

    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Makes the folder where there is none, for its owner alone. A folder that holds anything else
    /// is left alone.
    pub fn make(&self) -> Result<(), SandboxError> {
        let make = || -> io::Result<bool> {
            fs::create_dir_all(&self.folder)?;
            let is_marked = self.is_marked();
            if !is_marked && self.holds_more()? {
                return Ok(false);
            }
            // Also a marked one: copies lose their modes, and who put a folder of their own here,
            // with keys in it that they know, is refused by the system.
            restrict(&self.folder, 0o700)?;
            if !is_marked {
                fs::write(self.path(MARK), MARKED)?;
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

    /// Whether there is anything but what making the folder leaves in it.
    fn holds_more(&self) -> io::Result<bool> {
        for entry in fs::read_dir(&self.folder)? {
            let name = entry?.file_name();
            if ![MARK, LOCK, TURN].iter().any(|our| name == *our) {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Whether the folder is a sandbox's.
    fn is_marked(&self) -> bool {
        fs::read_to_string(self.path(MARK)).is_ok_and(|text| text == MARKED)
    }

    /// Held by the server as long as its process lives; released by the system however that ends.
    /// Closing any other opening of the file in the same process would release it, too.
    pub fn lock(&self) -> Result<Option<File>, SandboxError> {
        let path = self.path(LOCK);
        let file = opened(&path)?;
        match fcntl_lock(&file, FlockOperation::NonBlockingLockExclusive) {
            Ok(()) => Ok(Some(file)),
            Err(rustix::io::Errno::AGAIN | rustix::io::Errno::ACCESS) => Ok(None),
            Err(error) => Err(SandboxError::folder(&path, &error.into())),
        }
    }

    /// The process that holds the lock. To look leaves no trace.
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

    /// Held by whoever starts or stops the server, so that one does it at a time. Waits.
    pub fn turn(&self) -> Result<File, SandboxError> {
        let path = self.path(TURN);
        let file = opened(&path)?;
        file.lock()
            .map_err(|error| SandboxError::folder(&path, &error))?;
        Ok(file)
    }

    /// The server on this folder, if one runs and is ready.
    pub fn running(&self) -> Result<Option<Running>, SandboxError> {
        let Some(holder) = self.holder()? else {
            return Ok(None);
        };
        // Before it is ready, the file is still the last one's.
        let holds = |running: &Running| holder.as_raw_nonzero().get().unsigned_abs() == running.pid;
        Ok(self.last_server().filter(holds))
    }

    /// What the last server wrote of itself; only the lock tells whether it still runs.
    pub fn last_server(&self) -> Option<Running> {
        let text = fs::read(self.path(SERVER)).ok()?;
        serde_json::from_slice(&text).ok()
    }

    pub fn announce(&self, running: &Running) -> Result<(), SandboxError> {
        let text = serde_json::to_vec(running).unwrap_or_default();
        self.replace(SERVER, &text)
    }

    /// The owner's keys, made when there are none yet.
    pub fn keys(&self) -> Result<Keys, SandboxError> {
        let path = self.path(KEYS);
        match fs::read(&path) {
            Ok(text) => {
                serde_json::from_slice(&text).map_err(|_| SandboxError::DamagedKeys { path })
            }
            Err(error) if is_missing(&error) => {
                let keys = Keys::lasting();
                let text = serde_json::to_vec(&keys).unwrap_or_default();
                self.replace(KEYS, &text)?;
                Ok(keys)
            }
            Err(error) => Err(SandboxError::folder(&path, &error)),
        }
    }

    /// Takes away all that the services keep. What says how to reach the sandbox stays: its keys,
    /// unless they cannot be read, and the port of its last server.
    pub fn empty(&self) -> Result<(), SandboxError> {
        let kept = [MARK, LOCK, TURN, SERVER, KEYS];
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

    /// The bytes of all files in it.
    pub fn size(&self) -> u64 {
        fn size(folder: &Path) -> u64 {
            // What goes away meanwhile counts for nothing.
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
        write().map_err(|error| SandboxError::folder(&path, &error))
    }
}

fn opened(path: &Path) -> Result<File, SandboxError> {
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

fn restrict(path: &Path, mode: u32) -> io::Result<()> {
    use std::os::unix::fs::PermissionsExt;
    fs::set_permissions(path, fs::Permissions::from_mode(mode))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_of_something_else_is_left_alone() {
        let folder = tempfile::tempdir().expect("a folder");
        fs::write(folder.path().join("notes"), "mine").expect("written");
        let state_dir = StateDir::new(folder.path());
        let refused = state_dir.make().expect_err("it is not empty");
        assert!(matches!(refused, SandboxError::ForeignFolder { .. }));
        assert!(!state_dir.is_marked());
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
            restrict(state_dir.folder(), before).expect("opened to all");
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
        assert!(state_dir.is_marked());
        assert_eq!(state_dir.keys().expect("kept"), keys);

        fs::write(state_dir.path(KEYS), "{").expect("written");
        assert!(state_dir.keys().is_err());
        state_dir.empty().expect("emptied");
        assert_ne!(state_dir.keys().expect("made anew"), keys);
    }

    #[test]
    fn nobody_holds_a_lock_that_is_not_there() {
        let folder = tempfile::tempdir().expect("a folder");
        let state_dir = StateDir::new(folder.path());
        assert_eq!(state_dir.holder().expect("it looks"), None);
        assert_eq!(state_dir.running().expect("it looks"), None);
    }
}
