//! The sandbox's own log: starts, ends, and the requests that it refused or failed at.

use std::fs::{self, File, OpenOptions};
use std::io::Write;
use std::path::PathBuf;
use std::sync::{Mutex, PoisonError};

use super::clock;
use super::error::SandboxError;
use super::home::Home;

/// In bytes; a longer one is moved aside when the server starts.
const LONGEST: u64 = 4 << 20;

#[derive(Debug)]
pub struct Journal {
    file: Mutex<File>,
}

impl Journal {
    pub fn path(home: &Home) -> PathBuf {
        home.path("sandbox.log")
    }

    pub fn open(home: &Home) -> Result<Self, SandboxError> {
        let path = Self::path(home);
        let open = || {
            if fs::metadata(&path).is_ok_and(|file| file.len() > LONGEST) {
                fs::rename(&path, home.path("sandbox.log.1"))?;
            }
            OpenOptions::new().create(true).append(true).open(&path)
        };
        match open() {
            Ok(file) => Ok(Self {
                file: Mutex::new(file),
            }),
            Err(error) => Err(SandboxError::folder(&path, &error)),
        }
    }

    /// Another opening of the file, for a process to write its last words to.
    pub fn for_a_process(&self) -> std::io::Result<File> {
        let file = self.file.lock().unwrap_or_else(PoisonError::into_inner);
        file.try_clone()
    }

    pub fn note(&self, line: &str) {
        let now = clock::to_the_second(clock::now());
        let mut file = self.file.lock().unwrap_or_else(PoisonError::into_inner);
        // A log that cannot be written must not end what works.
        let _ = writeln!(file, "{now} {line}");
    }
}
