//! The code of functions, unpacked.

use std::path::{Path, PathBuf};

/// A bundle's files, in a folder of their own.
#[derive(Debug)]
pub struct Unpacked {
    pub folder: PathBuf,
}

impl Unpacked {
    pub fn folder(&self) -> &Path {
        &self.folder
    }
}
