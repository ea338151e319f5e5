//! Whether a file is as it was, without reading it.

use std::fs::Metadata;
use std::os::unix::fs::MetadataExt;

/// What changes with a file, as far as the system tells: nobody can set the time of the last change.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stamp {
    file: u64,
    length: u64,
    changed: (i64, i64),
}

impl Stamp {
    pub fn of(file: &Metadata) -> Self {
        Self {
            file: file.ino(),
            length: file.len(),
            changed: (file.ctime(), file.ctime_nsec()),
        }
    }
}
