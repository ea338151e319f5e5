//! The workshop folder of a student: its labs, and how far the student is in them.

use std::io;
use std::path::{Path, PathBuf};

use time::OffsetDateTime;

use crate::context::Context;
use crate::error::Error;
use crate::lab::content;
use crate::lab::manifest::{Lab, Manifest};
use crate::lab::progress::Progress;
use crate::lab::standing::LabStanding;
use crate::workspace::{self, current_folder};

/// What a student's workshop folder has, and no other.
const MARK: &str = "functions/Cargo.toml";

pub(super) struct Workshop {
    pub root: PathBuf,
    pub manifest: Manifest,
    pub progress: Progress,
}

/// The labs of this program.
pub(in crate::commands) fn manifest() -> Result<Manifest, Error> {
    Manifest::read(content::manifest_text())
        .map_err(|error| Error::failed(format!("the list of labs cannot be read: {error}")))
}

/// Where the student is among the labs, if that is known.
pub fn standing() -> Option<LabStanding> {
    let root = workspace::root(&current_folder().ok()?)?;
    LabStanding::of(&Progress::read(&root).ok()?, &manifest().ok()?)
}

/// A text of a lab, such as its lesson.
pub(super) fn text(lab: &Lab, file: &str) -> Result<&'static str, Error> {
    let bytes = content::lesson_file(&lab.id, file);
    let text = bytes.and_then(|bytes| std::str::from_utf8(bytes).ok());
    text.ok_or_else(|| Error::failed(format!("lab {} has no {file}", lab.id)))
}

impl Workshop {
    /// That of the current folder, if it is in one.
    pub fn find() -> Result<Option<Self>, Error> {
        let root = workspace::root(&current_folder()?);
        let Some(root) = root.filter(|root| root.join(MARK).is_file()) else {
            return Ok(None);
        };
        let progress = Progress::read(&root).map_err(|error| {
            Error::failed(format!("your progress cannot be read: {error}"))
                .hint("let .mafia/progress.txt be read, or delete it to start over")
        })?;
        Ok(Some(Self {
            manifest: manifest()?,
            progress,
            root,
        }))
    }

    pub fn here() -> Result<Self, Error> {
        Self::find()?.ok_or_else(|| {
            Error::usage("this folder is not in a workshop folder with labs")
                .hint("run `mafia init DIR` to make one, and then `cd DIR`")
                .hint("or go to the one that you have")
        })
    }

    /// The lab that is meant: the named one, or where the student is.
    pub fn lab(&self, named: Option<&str>) -> Result<Lab, Error> {
        let lab = match named {
            Some(typed) => self.manifest.find(typed)?,
            None => self.progress.current(&self.manifest).ok_or_else(|| {
                Error::usage("you have passed all labs").hint("name a lab, such as 01.2")
            })?,
        };
        Ok(lab.clone())
    }

    /// Keeps the progress. Without it, what was done counts all the same.
    pub fn keep(&self, context: &Context) {
        if let Err(error) = self.progress.save(&self.root) {
            let printer = &context.printer;
            printer.note(&format!("your progress cannot be kept: {error}"));
        }
    }
}

/// A file of the workshop folder that cannot be read or written.
pub(super) fn unwritten(root: &Path, error: &io::Error) -> Error {
    Error::failed(format!(
        "cannot change the files in {}: {error}",
        root.display()
    ))
    .hint("let the files be written, and check that the disk has room")
}

pub(super) fn now() -> OffsetDateTime {
    OffsetDateTime::now_utc()
}
