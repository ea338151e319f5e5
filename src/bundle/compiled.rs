//! What programs were compiled from.
//!
//! Cargo compiles what is newer than its program, by the times of the files. It overlooks an older file that was put
//! back, and one that was saved while the clock was behind. So the contents are kept here, and a file that Cargo would
//! overlook has a new time until Cargo has compiled it.
//!
//! Not seen are a file in a folder that a build script names as a whole, and one that is put back after Cargo was run
//! by hand.
//!
//! Source: "Build cache" in the Cargo book, and `core::compiler::fingerprint` of Cargo.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use serde::{Deserialize, Serialize};

use super::cache::write_atomically;
use super::digest::Digest;
use super::error::BundleError;
use super::project::{Function, Project};
use super::sources::{Sources, digests};

/// By how much a file is newer than its program where the clock says it is not.
const NEWER: Duration = Duration::from_millis(1);

/// A program as it was compiled last.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Program {
    /// The time of its file. What is newer, Cargo compiles.
    built: SystemTime,
    sources: Sources,
}

/// The programs of a package, of one kind of build.
pub(super) struct Compiled {
    record: PathBuf,
    root: PathBuf,
    /// By the functions' names.
    programs: BTreeMap<String, Program>,
    /// The files of these functions as they are now, before Cargo reads them: what changes while it runs is other
    /// than this, and is compiled again.
    now: Sources,
}

impl Compiled {
    /// What is known of the builds called `kind`, and how the files of these `functions` are.
    pub fn of(project: &Project, kind: &str, functions: &[Function]) -> Self {
        let folder = project.target_directory.join("mafia/compiled");
        let record = folder.join(&project.package).join(format!("{kind}.json"));
        let known = fs::read(&record).ok();
        let known = known.and_then(|bytes| serde_json::from_slice(&bytes).ok());
        let programs: BTreeMap<String, Program> = known.unwrap_or_default();
        let ours = functions.iter().filter_map(|it| programs.get(&it.name));
        let files = ours.flat_map(|program| program.sources.keys().map(PathBuf::from));
        let now = digests(&project.root, files);
        Self {
            record,
            root: project.root.clone(),
            programs,
            now,
        }
    }

    /// Gives a new time to the files of these functions that Cargo would overlook.
    pub fn show_to_cargo(&self, functions: &[Function]) -> Result<Vec<NewTime>, BundleError> {
        let known = functions
            .iter()
            .filter_map(|it| self.programs.get(&it.name));
        let mut overlooked = BTreeMap::new();
        for (name, built) in known.flat_map(|it| self.overlooked(it)) {
            let newest = overlooked.entry(name).or_insert(built);
            *newest = built.max(*newest);
        }
        let shown = overlooked.into_iter().map(|(name, built)| {
            let path = self.root.join(name);
            let newer = SystemTime::now().max(built + NEWER);
            NewTime::of(&path, newer).map_err(|source| BundleError::OldTime { path, source })
        });
        shown.collect()
    }

    /// The files with other contents that are no newer than the program, with its time.
    fn overlooked<'a>(
        &'a self,
        program: &'a Program,
    ) -> impl Iterator<Item = (&'a String, SystemTime)> {
        let is_other =
            |(name, then): &(&String, &Digest)| self.now.get(*name).is_some_and(|now| now != *then);
        let is_older = |name: &String| {
            let file = fs::metadata(self.root.join(name));
            file.and_then(|it| it.modified())
                .is_ok_and(|it| it <= program.built)
        };
        let other = program.sources.iter().filter(is_other);
        let overlooked = other.filter(move |(name, _)| is_older(name));
        overlooked.map(|(name, _)| (name, program.built))
    }

    /// The contents of the `files` that Cargo has now read for the `program` of a function. They are kept by [`Self::keep`].
    pub fn learn(&mut self, function: &str, program: &Path, files: Vec<PathBuf>) -> Sources {
        let name = |path: &Path| {
            let path = self.root.join(path);
            let name = path.strip_prefix(&self.root).unwrap_or(&path);
            name.to_str().map(str::to_owned)
        };
        let is_known = |path: &PathBuf| name(path).is_some_and(|it| self.now.contains_key(&it));
        let unknown: Vec<PathBuf> = files.iter().filter(|it| !is_known(it)).cloned().collect();
        let unknown = digests(&self.root, unknown);
        self.now.extend(unknown);
        let names = files.iter().filter_map(|path| name(path));
        let sources = names.filter_map(|name| {
            let digest = self.now.get(&name)?.clone();
            Some((name, digest))
        });
        let sources: Sources = sources.collect();
        if let Ok(built) = fs::metadata(program).and_then(|file| file.modified()) {
            let sources = sources.clone();
            let program = Program { built, sources };
            self.programs.insert(function.to_owned(), program);
        }
        sources
    }

    /// Keeps what was learned. Without it, Cargo decides alone.
    pub fn keep(&self) {
        let Ok(text) = serde_json::to_vec(&self.programs) else {
            return;
        };
        if fs::read(&self.record).ok().as_ref() != Some(&text) {
            let _ = write_atomically(&self.record, &text);
        }
    }
}

/// A file with a new time. It keeps that if Cargo does not compile it, so that the next build does.
#[derive(Debug)]
pub(super) struct NewTime {
    file: File,
    own: SystemTime,
    new: SystemTime,
}

impl NewTime {
    fn of(path: &Path, new: SystemTime) -> io::Result<Self> {
        let file = File::open(path)?;
        let own = file.metadata()?.modified()?;
        file.set_modified(new)?;
        // As the file system keeps it.
        let new = file.metadata()?.modified()?;
        Ok(Self { file, own, new })
    }

    /// Gives the file its own time again, unless it was saved since.
    pub fn restore(self) {
        let now = self.file.metadata().and_then(|it| it.modified());
        if now.is_ok_and(|now| now == self.new) {
            let _ = self.file.set_modified(self.own);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOUR: Duration = Duration::from_secs(3600);

    fn at(hours: u32) -> SystemTime {
        SystemTime::UNIX_EPOCH + HOUR * hours
    }

    fn modified(path: &Path) -> SystemTime {
        let file = fs::metadata(path).expect("it is there");
        file.modified().expect("a time")
    }

    fn contents(files: &[(&str, &str)]) -> Sources {
        let files = files.iter();
        files
            .map(|(name, text)| ((*name).to_owned(), Digest::of(text.as_bytes())))
            .collect()
    }

    #[test]
    fn only_other_contents_that_are_no_newer_than_the_program_are_overlooked() {
        let folder = tempfile::tempdir().expect("a folder");
        let write = |name: &str, text: &str, time| {
            let path = folder.path().join(name);
            fs::write(&path, text).expect("written");
            let file = File::options().write(true).open(&path).expect("it opens");
            file.set_modified(time).expect("a time can be set");
        };
        write("put-back", "earlier", at(1));
        write("at-once", "other", at(2));
        write("edited", "later", at(3));
        write("touched", "same", at(1));
        let names = ["put-back", "at-once", "edited", "touched", "gone"];
        let compiled = Compiled {
            record: folder.path().join("record"),
            root: folder.path().to_owned(),
            programs: BTreeMap::new(),
            now: digests(folder.path(), names.map(PathBuf::from)),
        };
        let program = Program {
            built: at(2),
            sources: contents(&names.map(|name| (name, "same"))),
        };
        let overlooked = compiled.overlooked(&program).map(|(name, _)| name.as_str());
        assert_eq!(overlooked.collect::<Vec<_>>(), ["at-once", "put-back"]);
    }

    #[test]
    fn a_file_has_its_own_time_again_unless_it_is_saved() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("a.rs");
        fs::write(&path, "a").expect("written");
        let own = modified(&path);
        let shown = NewTime::of(&path, at(1)).expect("its time can be set");
        assert_eq!(modified(&path), at(1));
        shown.restore();
        assert_eq!(modified(&path), own);

        let shown = NewTime::of(&path, at(1)).expect("its time can be set");
        fs::write(&path, "b").expect("written");
        let saved = modified(&path);
        shown.restore();
        assert_eq!(modified(&path), saved);
    }
}
