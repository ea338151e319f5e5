//! A folder that is made whole or not at all.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use tempfile::TempDir;

use crate::error::Error;
use crate::wording::without_number;

/// How many entries of a folder that is not empty are named.
const MOST_NAMED: usize = 3;

/// A folder in the making. Until it is finished, it is beside its place; if it is dropped before, nothing is
/// left of it.
pub struct NewFolder {
    wanted: PathBuf,
    /// Whether there is an empty folder in its place.
    exists: bool,
    temporary: TempDir,
}

impl NewFolder {
    /// A folder that is to be `wanted`: in its place is nothing, or an empty folder.
    pub fn at(wanted: &Path) -> Result<Self, Error> {
        let shown = wanted.display();
        let exists = wanted.symlink_metadata().is_ok();
        if exists {
            check_empty(wanted)?;
        }
        let place = match exists {
            // What a link points to, and the name of `.`.
            true => wanted
                .canonicalize()
                .map_err(|error| cannot_make(wanted, &error))?,
            false => std::path::absolute(wanted).map_err(|error| cannot_make(wanted, &error))?,
        };
        let parent = place.parent().unwrap_or(&place);
        if !parent.is_dir() {
            return Err(Error::usage(format!(
                "cannot make {shown}: there is no folder {}",
                parent.display()
            ))
            .hint("create that folder first, or choose another place"));
        }
        let temporary = tempfile::Builder::new()
            .prefix(".mafia-new-")
            .tempdir_in(parent);
        let new = Self {
            exists,
            temporary: temporary.map_err(|error| cannot_make(wanted, &error))?,
            wanted: place,
        };
        // The temporary folder is readable by its owner only.
        fs::create_dir(new.path()).map_err(|error| cannot_make(wanted, &error))?;
        Ok(new)
    }

    /// Where it is made.
    pub fn path(&self) -> PathBuf {
        self.temporary.path().join("new")
    }

    /// Where it will be.
    pub fn place(&self) -> &Path {
        &self.wanted
    }

    /// Writes a file of it.
    pub fn write(&self, file: &str, bytes: &[u8]) -> Result<(), Error> {
        let path = self.path().join(file);
        let folder = path.parent().unwrap_or(&path);
        let written = fs::create_dir_all(folder).and_then(|()| fs::write(&path, bytes));
        written.map_err(|error| self.failed(&error))
    }

    /// The error for a step that has failed.
    pub fn failed(&self, error: &io::Error) -> Error {
        cannot_make(&self.wanted, error)
    }

    /// Puts it in its place.
    pub fn finish(self) -> Result<(), Error> {
        let done = match self.exists {
            // A shell may be in the folder: the folder stays, and gets the contents.
            true => move_contents(&self.path(), &self.wanted),
            false => fs::rename(self.path(), &self.wanted),
        };
        done.map_err(|error| self.failed(&error))
    }
}

/// Moves all that is in a folder into another, or nothing.
fn move_contents(from: &Path, to: &Path) -> io::Result<()> {
    let mut moved = Vec::new();
    for entry in fs::read_dir(from)? {
        let name = entry?.file_name();
        if let Err(error) = fs::rename(from.join(&name), to.join(&name)) {
            for name in &moved {
                let _ = fs::rename(to.join(name), from.join(name));
            }
            return Err(error);
        }
        moved.push(name);
    }
    Ok(())
}

fn check_empty(folder: &Path) -> Result<(), Error> {
    let shown = folder.display();
    if !folder.is_dir() {
        return Err(Error::usage(format!("{shown} exists and is no folder"))
            .hint("choose another name for the folder"));
    }
    let entries = fs::read_dir(folder).map_err(|error| cannot_make(folder, &error))?;
    let names = entries
        .flatten()
        .map(|entry| entry.file_name().to_string_lossy().into_owned());
    let mut names: Vec<String> = names.collect();
    names.sort();
    if names.is_empty() {
        return Ok(());
    }
    let more = match names.len().saturating_sub(MOST_NAMED) {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    names.truncate(MOST_NAMED);
    Err(Error::usage(format!(
        "the folder {shown} is not empty: it has {}{more}",
        names.join(", ")
    ))
    .hint("name a folder that does not exist yet, or one that is empty"))
}

fn cannot_make(folder: &Path, error: &io::Error) -> Error {
    let error = error.to_string();
    let shown = folder.display();
    Error::usage(format!("cannot make {shown}: {}", without_number(&error)))
        .hint("choose a place that you can write to, with enough space")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entries(folder: &Path) -> Vec<String> {
        let entries = fs::read_dir(folder).expect("a folder");
        let names = entries
            .flatten()
            .map(|it| it.file_name().to_string_lossy().into_owned());
        let mut names: Vec<String> = names.collect();
        names.sort();
        names
    }

    #[test]
    fn a_folder_is_there_whole_or_not_at_all() {
        let around = tempfile::tempdir().expect("a folder");
        let wanted = around.path().join("game");
        let made = || {
            let new = NewFolder::at(&wanted).expect("it can be made");
            new.write("a/b.txt", b"b").expect("written");
            new.write("c.txt", b"c").expect("written");
            new
        };
        drop(made());
        assert_eq!(entries(around.path()), [""; 0]);
        made().finish().expect("made");
        assert_eq!(entries(around.path()), ["game"]);
        assert_eq!(entries(&wanted), ["a", "c.txt"]);
        let error = NewFolder::at(&wanted).err().expect("it is not empty");
        assert!(
            error.message.ends_with("is not empty: it has a, c.txt"),
            "{error:?}"
        );
        assert_eq!(entries(around.path()), ["game"]);
    }

    #[test]
    fn an_empty_folder_gets_the_contents_and_stays() {
        let wanted = tempfile::tempdir().expect("a folder");
        let new = NewFolder::at(wanted.path()).expect("it can be made");
        new.write("a/b.txt", b"b").expect("written");
        assert_eq!(entries(wanted.path()), [""; 0]);
        new.finish().expect("made");
        assert_eq!(entries(wanted.path()), ["a"]);
    }

    #[test]
    fn what_is_in_the_way_is_named() {
        let around = tempfile::tempdir().expect("a folder");
        let many = around.path().join("many");
        fs::create_dir(&many).expect("made");
        for name in ["a", "b", ".c", "d", "e"] {
            fs::write(many.join(name), "").expect("written");
        }
        for (path, message) in [
            ("many", "is not empty: it has .c, a, b and 2 more"),
            ("many/a", "exists and is no folder"),
            ("no/such/folder", "there is no folder"),
        ] {
            let error = NewFolder::at(&around.path().join(path)).err().expect(path);
            assert!(error.message.contains(message), "{error:?}");
        }
    }
}
