//! The sandbox's own log: starts, ends, and requests that were refused or failed.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::path::PathBuf;
use std::sync::{Mutex, PoisonError};

use super::clock;
use super::error::SandboxError;
use super::state_dir::StateDir;

const NAME: &str = "sandbox.log";
/// A longer file is copied over the second file and emptied.
const MAX_BYTES: u64 = 4 << 20;

#[derive(Debug)]
pub struct Journal {
    file: Mutex<File>,
    path: PathBuf,
}

impl Journal {
    pub fn path(state_dir: &StateDir) -> PathBuf {
        state_dir.path(NAME)
    }

    pub fn open(state_dir: &StateDir) -> Result<Self, SandboxError> {
        let path = Self::path(state_dir);
        let opened = state_dir.open(NAME, OpenOptions::new().create(true).append(true))?;
        match opened {
            Some(file) => {
                let file = Mutex::new(file);
                Ok(Self { file, path })
            }
            None => Err(SandboxError::folder(&path, &io::ErrorKind::NotFound.into())),
        }
    }

    /// The file, to read; `None` if there is none.
    pub fn reader(state_dir: &StateDir) -> Result<Option<File>, SandboxError> {
        state_dir.open(NAME, OpenOptions::new().read(true))
    }

    /// A second handle of the file, for the standard error of a process.
    pub fn for_a_process(&self) -> io::Result<File> {
        let file = self.file.lock().unwrap_or_else(PoisonError::into_inner);
        file.try_clone()
    }

    pub fn note(&self, line: &str) {
        let now = clock::to_the_second(clock::now());
        let mut file = self.file.lock().unwrap_or_else(PoisonError::into_inner);
        // The server goes on when its log cannot be written.
        let _ = self.rotate(&file);
        // Text from clients must not forge lines, nor control a terminal.
        let line = line.replace(char::is_control, " ");
        let _ = writeln!(file, "{now} {line}");
    }

    /// Bounds the file: anybody on this machine can make the server note something.
    fn rotate(&self, file: &File) -> io::Result<()> {
        if file.metadata()?.len() > MAX_BYTES {
            fs::copy(&self.path, self.path.with_extension("log.1"))?;
            // Other processes have the file open to append: it is emptied, not replaced.
            file.set_len(0)?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_log_is_bounded() {
        let folder = tempfile::tempdir().expect("a folder");
        let journal = Journal::open(&StateDir::new(folder.path())).expect("it opens");
        let line = "x".repeat(1 << 20);
        for _ in 0..11 {
            journal.note(&line);
        }
        let length = |name: &str| {
            let file = fs::metadata(folder.path().join(name));
            file.expect("it is there").len()
        };
        let longest = MAX_BYTES + (2 << 20);
        assert!((1..longest).contains(&length("sandbox.log")));
        assert!((MAX_BYTES..longest).contains(&length("sandbox.log.1")));
    }

    #[test]
    fn a_note_is_one_line_of_text() {
        let folder = tempfile::tempdir().expect("a folder");
        let journal = Journal::open(&StateDir::new(folder.path())).expect("it opens");
        journal.note("refused: a\nready at b\u{1b}[2J");
        let text = fs::read_to_string(&journal.path).expect("it is there");
        assert!(text.ends_with(" refused: a ready at b [2J\n"), "{text:?}");
    }
}
