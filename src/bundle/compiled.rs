//! What programs were compiled from.
//!
//! Cargo compiles what is newer than its program, by the times of the files. It overlooks an older file that was put
//! back, and one that was saved while the clock was behind. So the contents are kept here, and a file that Cargo would
//! overlook has a new time until Cargo has compiled it.
//!
//! Somebody who runs Cargo by hand may have compiled other contents in between. A file that was changed in any way since,
//! and whose own time is older than that change, was put back: it has a new time too, whatever it contains.
//!
//! Not seen are a file in a folder that a build script names as a whole, and one that is put back before this program has
//! built with it.
//!
//! Source: "Build cache" in the Cargo book, and `core::compiler::fingerprint` of Cargo.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use serde::{Deserialize, Serialize};

use super::cache::write_atomically;
use super::error::BundleError;
use super::file_times::{changed, set_modified};
use super::project::{Function, Project};
use super::sources::{Sources, digests, name_in};

/// By how much a file is newer than its program where the clock says it is not.
const NEWER: Duration = Duration::from_millis(1);

/// An editor that writes a new file, and then puts it into the place of the old one, needs less.
const SAVING: Duration = Duration::from_millis(100);

/// When each file was changed in any way, such as renamed or given another time; by its name in [`Sources`].
type Changes = BTreeMap<String, SystemTime>;

/// A program as it was compiled last.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Program {
    /// The time of its file. What is newer, Cargo compiles.
    built: SystemTime,
    sources: Sources,
    /// Of the sources.
    changed: Changes,
}

/// A file that Cargo may overlook.
struct Overlooked<'a> {
    name: &'a str,
    /// The time of the program.
    built: SystemTime,
    /// Than those that the program was compiled from.
    has_other_contents: bool,
}

/// The programs of some functions of a package, of one kind of build.
pub(super) struct Compiled {
    /// Has a file for each function: two builds of different functions at once both keep what they learn.
    records: PathBuf,
    root: PathBuf,
    /// By the functions' names.
    programs: BTreeMap<String, Program>,
    /// The files of these functions as they are now, before Cargo reads them: what changes while it runs is other
    /// than this, and is compiled again.
    now: Sources,
    /// Of these files, before they were read.
    changed: Changes,
}

impl Compiled {
    /// What is known of the builds called `kind`, and how the files of these `functions` are.
    pub fn of(project: &Project, kind: &str, functions: &[Function]) -> Self {
        let folder = project.target_directory.join("mafia/compiled");
        let mut compiled = Self {
            records: folder.join(&project.package).join(kind),
            root: project.root.clone(),
            programs: BTreeMap::new(),
            now: Sources::new(),
            changed: Changes::new(),
        };
        let known = functions.iter().filter_map(|function| {
            let record = fs::read(compiled.record(&function.name)).ok()?;
            Some((function.name.clone(), serde_json::from_slice(&record).ok()?))
        });
        compiled.programs = known.collect();
        let programs = compiled.programs.values();
        let files = programs.flat_map(|program| program.sources.keys().map(PathBuf::from));
        let files: BTreeSet<PathBuf> = files.collect();
        compiled.look_at(files);
        compiled
    }

    fn look_at(&mut self, files: BTreeSet<PathBuf>) {
        let changed = files.iter().filter_map(|path| {
            let file = fs::metadata(self.root.join(path)).ok()?;
            Some((name_in(&self.root, path)?, changed(&file)?))
        });
        let changed: Changes = changed.collect();
        self.changed.extend(changed);
        self.now.extend(digests(&self.root, files));
    }

    /// Gives a new time to the files of these functions that Cargo would overlook. Where they cannot have one, that is an
    /// error if their contents are others.
    pub fn show_to_cargo(&self) -> Result<(), BundleError> {
        for overlooked in self.programs.values().flat_map(|it| self.overlooked(it)) {
            let path = self.root.join(overlooked.name);
            let newer = SystemTime::now().max(overlooked.built + NEWER);
            match set_modified(&path, newer) {
                Err(source) if overlooked.has_other_contents => {
                    return Err(BundleError::OldTime { path, source });
                }
                _ => {}
            }
        }
        Ok(())
    }

    /// The files that Cargo may take for older than the program, or than what it was linked from.
    fn overlooked<'a>(&'a self, program: &'a Program) -> impl Iterator<Item = Overlooked<'a>> {
        program.sources.iter().filter_map(|(name, then)| {
            let now = self.now.get(name)?;
            let saved = fs::metadata(self.root.join(name)).ok()?.modified().ok()?;
            let changed = self.changed.get(name);
            let was_put_back = changed != program.changed.get(name)
                && changed.is_some_and(|changed| *changed > saved + SAVING);
            let has_other_contents = now != then;
            let looks_old = has_other_contents && saved <= program.built;
            (was_put_back || looks_old).then_some(Overlooked {
                name,
                built: program.built,
                has_other_contents,
            })
        })
    }

    /// Keeps the contents of the `files` that Cargo has now read for the `program` of a function. Where they cannot be kept,
    /// Cargo decides alone.
    pub fn learn(&mut self, function: &str, program: &Path, files: &[PathBuf]) -> Sources {
        let names = files.iter().filter_map(|path| name_in(&self.root, path));
        let names: Vec<String> = names.collect();
        let unknown = names.iter().filter(|name| !self.now.contains_key(*name));
        self.look_at(unknown.map(PathBuf::from).collect());
        let sources = of_these(&self.now, &names);
        if let Ok(built) = fs::metadata(program).and_then(|file| file.modified()) {
            let program = Program {
                built,
                sources: sources.clone(),
                changed: of_these(&self.changed, &names),
            };
            self.keep(function, program);
        }
        sources
    }

    fn keep(&mut self, function: &str, program: Program) {
        if self.programs.get(function) == Some(&program) {
            return;
        }
        if let Ok(text) = serde_json::to_vec(&program) {
            let _ = write_atomically(&self.record(function), &text);
        }
        self.programs.insert(function.to_owned(), program);
    }

    fn record(&self, function: &str) -> PathBuf {
        self.records.join(format!("{function}.json"))
    }
}

fn of_these<T: Clone>(known: &BTreeMap<String, T>, names: &[String]) -> BTreeMap<String, T> {
    let found = names
        .iter()
        .filter_map(|name| Some((name.clone(), known.get(name)?.clone())));
    found.collect()
}

#[cfg(test)]
#[path = "compiled_tests.rs"]
mod tests;
