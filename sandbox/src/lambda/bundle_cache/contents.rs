//! The files of an unpacked bundle, as they were unpacked. Nobody is to change them, but they are in a folder of the
//! person's.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use crate::store::Stamp;

#[derive(Debug, Default)]
pub struct Contents(Vec<(PathBuf, Stamp)>);

impl Contents {
    /// Those that are in the folder now.
    pub fn of(folder: &Path) -> io::Result<Self> {
        let (mut files, mut folders) = (Vec::new(), vec![folder.to_owned()]);
        while let Some(folder) = folders.pop() {
            for entry in fs::read_dir(folder)? {
                let entry = entry?;
                let found = entry.metadata()?;
                match found.is_dir() {
                    true => folders.push(entry.path()),
                    false => files.push((entry.path(), Stamp::of(&found))),
                }
            }
        }
        Ok(Self(files))
    }

    /// Whether each of them is there, and was not changed. More of them may be there: a function can write into its
    /// folder.
    pub fn are_whole(&self) -> bool {
        let mut files = self.0.iter();
        files.all(|(path, stamp)| {
            fs::symlink_metadata(path).is_ok_and(|found| Stamp::of(&found) == *stamp)
        })
    }
}
