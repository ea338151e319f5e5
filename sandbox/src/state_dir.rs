//! The state folder of one sandbox: all that outlives its process.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Write};
use std::os::unix::fs::{DirBuilderExt, MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};

use rustix::fs::{FlockOperation, fcntl_lock};
use rustix::process::{Flock, FlockType, Pid, fcntl_getlk, geteuid};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::error::SandboxError;
use super::keys::Keys;
use super::own_file;

/// Keeps the folder out of repositories, and is one of the marks of a sandbox's folder.
const MARKER: &str = ".gitignore";
const MARKER_TEXT: &str =
    "# A sandbox of mafia keeps its state here: `mafia sandbox reset` empties it.\n*\n";
const LOCK: &str = "lock";
const START_LOCK: &str = "turn";
const SERVER: &str = "server.json";
const KEYS: &str = "keys.json";
/// All else that a sandbox makes are files.
const FOLDERS: [&str; 2] = ["blobs", "code"];

/// A sandbox's folder; only its owner can enter it. Files in it are opened if they belong to this user:
/// what another user has put here is refused, such as keys that they know.
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
    /// When its program was built: the time of its file, in milliseconds since 1970.
    #[serde(default)]
    pub built: Option<u64>,
}

/// Who holds the lock on a folder.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Holder {
    Process(Pid),
    /// A process without an id here: it runs in another container, or on another machine.
    Elsewhere,
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

    /// Creates the folder if there is none, for its owner alone. A folder with other files is refused, and
    /// so is what is in the place of a file. What its owner may not read is made readable.
    pub fn make(&self) -> Result<(), SandboxError> {
        self.claim()?;
        for path in self.entries()? {
            match check_entry(&path) {
                // A temporary file that has its name by now.
                Err(error) if is_missing(&error) => {}
                checked => checked.map_err(|error| SandboxError::folder(&path, &error))?,
            }
        }
        // One that somebody has edited stays as it is.
        let written = OpenOptions::new()
            .write(true)
            .create_new(true)
            .open(self.path(MARKER))
            .and_then(|mut file| file.write_all(MARKER_TEXT.as_bytes()));
        match written {
            Err(error) if error.kind() != io::ErrorKind::AlreadyExists => {
                Err(SandboxError::folder(&self.path(MARKER), &error))
            }
            _ => Ok(()),
        }
    }

    /// Creates the folder if there is none. Refuses one of another user, or with other files.
    fn claim(&self) -> Result<(), SandboxError> {
        let failed = |error| SandboxError::folder(&self.folder, &error);
        create_closed(&self.folder).map_err(failed)?;
        self.check_owner()?;
        // In this order: another process that makes it writes the marker first.
        let other = self.foreign_file()?;
        if let Some(other) = other.filter(|_| !self.is_of_a_sandbox()) {
            return Err(SandboxError::ForeignFolder {
                path: self.folder.clone(),
                other,
            });
        }
        // Also of an existing folder: a copy loses its mode.
        set_mode(&self.folder, 0o700).map_err(failed)
    }

    fn entries(&self) -> Result<Vec<PathBuf>, SandboxError> {
        let read = || -> io::Result<Vec<PathBuf>> {
            let entries = fs::read_dir(&self.folder)?;
            entries.map(|entry| Ok(entry?.path())).collect()
        };
        read().map_err(|error| SandboxError::folder(&self.folder, &error))
    }

    /// Refuses a folder of another user, also for the administrator: that user knows the keys in it.
    fn check_owner(&self) -> Result<(), SandboxError> {
        let folder = match fs::metadata(&self.folder) {
            Ok(folder) => folder,
            Err(error) if is_missing(&error) => return Ok(()),
            Err(error) => return Err(SandboxError::folder(&self.folder, &error)),
        };
        if folder.uid() == geteuid().as_raw() {
            Ok(())
        } else {
            Err(SandboxError::FolderOfOthers {
                path: self.folder.clone(),
                user: folder.uid(),
            })
        }
    }

    /// Opens a file of the folder; `None` if there is none.
    pub(crate) fn open(
        &self,
        name: &str,
        options: &mut OpenOptions,
    ) -> Result<Option<File>, SandboxError> {
        self.check_owner()?;
        let path = self.path(name);
        match own_file::open(&path, options) {
            Ok(file) => Ok(Some(file)),
            Err(error) if is_missing(&error) => Ok(None),
            Err(error) => Err(SandboxError::folder(&path, &error)),
        }
    }

    /// The contents of a file of the folder; `None` if there is none.
    pub(crate) fn read(&self, name: &str) -> Result<Option<Vec<u8>>, SandboxError> {
        let Some(mut file) = self.open(name, OpenOptions::new().read(true))? else {
            return Ok(None);
        };
        let mut contents = Vec::new();
        match file.read_to_end(&mut contents) {
            Ok(_) => Ok(Some(contents)),
            Err(error) => Err(SandboxError::folder(&self.path(name), &error)),
        }
    }

    /// A file of the folder that creating it does not leave.
    fn foreign_file(&self) -> Result<Option<PathBuf>, SandboxError> {
        let ours = [MARKER, LOCK, START_LOCK];
        let mut others = self.entries()?.into_iter();
        Ok(others.find(|path| !ours.iter().any(|our| path.ends_with(our))))
    }

    /// Whether the folder has something that only a sandbox leaves: one mark may be damaged.
    fn is_of_a_sandbox(&self) -> bool {
        let contents = |name| self.read(name).ok().flatten().unwrap_or_default();
        contents(MARKER) == MARKER_TEXT.as_bytes()
            || serde_json::from_slice::<Keys>(&contents(KEYS)).is_ok()
            || serde_json::from_slice::<RunningServer>(&contents(SERVER)).is_ok()
    }

    /// Held by the server until its process ends, however that is. Closing any other handle of the file in
    /// the same process would release it too.
    pub fn lock(&self) -> Result<Option<File>, SandboxError> {
        let file = self.lock_file(LOCK)?;
        match fcntl_lock(&file, FlockOperation::NonBlockingLockExclusive) {
            Ok(()) => Ok(Some(file)),
            Err(rustix::io::Errno::AGAIN | rustix::io::Errno::ACCESS) => Ok(None),
            Err(error) => Err(SandboxError::folder(&self.path(LOCK), &error.into())),
        }
    }

    /// Who holds the lock. Changes nothing.
    pub fn holder(&self) -> Result<Option<Holder>, SandboxError> {
        let Some(file) = self.open(LOCK, OpenOptions::new().read(true))? else {
            return Ok(None);
        };
        let held = fcntl_getlk(&file, &Flock::from(FlockType::WriteLock))
            .map_err(|error| SandboxError::folder(&self.path(LOCK), &error.into()))?;
        Ok(held.map(|lock| lock.pid.map_or(Holder::Elsewhere, Holder::Process)))
    }

    /// Held by who starts or stops the server: one does it at a time. Blocks until it is free.
    pub fn start_lock(&self) -> Result<File, SandboxError> {
        let file = self.lock_file(START_LOCK)?;
        file.lock()
            .map_err(|error| SandboxError::folder(&self.path(START_LOCK), &error))?;
        Ok(file)
    }

    fn lock_file(&self, name: &str) -> Result<File, SandboxError> {
        let mut options = OpenOptions::new();
        options.create(true).truncate(false).write(true);
        let opened = self.open(name, &mut options)?;
        opened
            .ok_or_else(|| SandboxError::folder(&self.path(name), &io::ErrorKind::NotFound.into()))
    }

    /// The server on this folder, if one runs and is ready.
    pub fn running(&self) -> Result<Option<RunningServer>, SandboxError> {
        let last = match self.holder()? {
            None => return Ok(None),
            Some(Holder::Elsewhere) => return self.last_server(),
            Some(Holder::Process(pid)) => self.last_server()?.map(|last| (pid, last)),
        };
        // Until the server is ready, the file is the last server's.
        let holds = |(pid, last): &(Pid, RunningServer)| {
            pid.as_raw_nonzero().get().unsigned_abs() == last.pid
        };
        Ok(last.filter(holds).map(|(_, last)| last))
    }

    /// What the last server wrote; only the lock says whether it is running.
    pub fn last_server(&self) -> Result<Option<RunningServer>, SandboxError> {
        let text = self.read(SERVER)?;
        Ok(text.and_then(|text| serde_json::from_slice(&text).ok()))
    }

    pub fn announce(&self, running: &RunningServer) -> Result<(), SandboxError> {
        let text = serde_json::to_vec(running).unwrap_or_default();
        self.replace(SERVER, &text)
    }

    /// The owner's keys, created if there are none.
    pub fn keys(&self) -> Result<Keys, SandboxError> {
        if let Some(text) = self.read(KEYS)? {
            let path = self.path(KEYS);
            return serde_json::from_slice(&text).map_err(|_| SandboxError::DamagedKeys { path });
        }
        let keys = Keys::long_term();
        let text = serde_json::to_vec(&keys).unwrap_or_default();
        self.replace(KEYS, &text)?;
        Ok(keys)
    }

    /// A number of this folder alone, also if it is a copy of another.
    pub(crate) fn id(&self) -> Result<u64, SandboxError> {
        let folder = fs::metadata(&self.folder);
        let folder = folder.map_err(|error| SandboxError::folder(&self.folder, &error))?;
        let mut digest = Sha256::new();
        digest.update(self.keys()?.secret_access_key);
        digest.update(folder.dev().to_le_bytes());
        digest.update(folder.ino().to_le_bytes());
        let first = digest.finalize().into_iter().take(8);
        Ok(first.fold(0, |id, byte| id << 8 | u64::from(byte)))
    }

    /// Deletes all state of the services. Keeps what clients use to reach the sandbox: its keys, unless
    /// they cannot be read, and the port of its last server.
    pub fn empty(&self) -> Result<(), SandboxError> {
        let kept = [MARKER, LOCK, START_LOCK, SERVER, KEYS];
        if matches!(self.keys(), Err(SandboxError::DamagedKeys { .. })) {
            self.remove(&self.path(KEYS))?;
        }
        for path in self.entries()? {
            if !kept.iter().any(|kept| path.ends_with(kept)) {
                self.remove(&path)?;
            }
        }
        Ok(())
    }

    /// Removes what is in the place of a file or folder of a sandbox, such as a link. For a folder that
    /// will be emptied anyway.
    pub fn remove_obstacles(&self) -> Result<(), SandboxError> {
        self.claim()?;
        for path in self.entries()? {
            if check_entry(&path).is_err_and(|error| !is_missing(&error)) {
                self.remove(&path)?;
            }
        }
        Ok(())
    }

    fn remove(&self, path: &Path) -> Result<(), SandboxError> {
        let is_folder = fs::symlink_metadata(path).is_ok_and(|entry| entry.is_dir());
        let removed = if is_folder {
            own_file::check_folder(path).and_then(|()| fs::remove_dir_all(path))
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
    pub(crate) fn replace(&self, name: &str, text: &[u8]) -> Result<(), SandboxError> {
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

fn is_missing(error: &io::Error) -> bool {
    error.kind() == io::ErrorKind::NotFound
}

/// Creates a folder and those above it, each for its owner alone, whatever the umask.
fn create_closed(folder: &Path) -> io::Result<()> {
    let missing = folder.ancestors().take_while(|it| !it.exists());
    let missing: Vec<&Path> = missing.collect();
    for folder in missing.into_iter().rev() {
        match fs::DirBuilder::new().mode(0o700).create(folder) {
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
            made => made.and_then(|()| set_mode(folder, 0o700))?,
        }
    }
    if folder.is_dir() {
        Ok(())
    } else {
        Err(io::Error::other(own_file::NOT_A_FOLDER))
    }
}

/// Refuses what a sandbox does not make in this place.
fn check_entry(path: &Path) -> io::Result<()> {
    if FOLDERS.iter().any(|folder| path.ends_with(folder)) {
        own_file::check_folder(path)
    } else {
        own_file::check_file(path)
    }
}

fn set_mode(path: &Path, mode: u32) -> io::Result<()> {
    fs::set_permissions(path, fs::Permissions::from_mode(mode))
}

#[cfg(test)]
#[path = "state_dir_tests.rs"]
mod tests;
