//! The code that this workshop folder has deployed, kept so that it can be deployed again: bundles by
//! their digests, the files that each was built from, and a record of the patches.
//!
//! It is beside the bundles in the target folder, so `cargo clean` deletes it. What is deployed, only the
//! target says: the record says what was there before.

use std::collections::HashSet;
use std::fs::{self, OpenOptions};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use serde::{Deserialize, Serialize};

use super::archive::Bundle;
use super::cache::write_atomically;
use super::digest::{Digest, in_a_path};
use super::error::BundleError;
use super::project::{Function, Project};
use super::sources::{self, Sources};

/// How many bundles of a function are kept: those that were built last.
const BUNDLES: usize = 6;

/// How the files end that say which library a bundle needs.
const LIBRARY: &str = "library";

/// The kept code of a workspace.
#[derive(Clone, Debug)]
pub struct KeptCode {
    folder: PathBuf,
    root: PathBuf,
}

/// A deployment to one stack, with the new code of its functions; or an undo.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CodePatch {
    /// The id of the stack.
    pub stack: String,
    /// Seconds since 1970.
    pub time: u64,
    /// Empty when only the template or the parameters were changed.
    pub changes: Vec<CodeChange>,
    /// How the library that they share was changed with them; `None` if it was not.
    #[serde(default)]
    pub library: Option<LibraryChange>,
    /// `None` for a deployment.
    #[serde(default)]
    pub undo: Option<CodeUndo>,
}

/// Which way an undo went.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CodeUndo {
    pub restored: Restored,
    /// When the newer code was deployed first, in seconds since 1970.
    pub deployed: u64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Restored {
    /// The code from before a deployment.
    Earlier,
    /// The code that was taken back before.
    Newer,
}

impl CodePatch {
    /// What an undo of this one would be: that of an undo goes the other way.
    pub fn undo(&self) -> CodeUndo {
        match self.undo {
            None => CodeUndo {
                restored: Restored::Earlier,
                deployed: self.time,
            },
            Some(CodeUndo { restored, deployed }) => CodeUndo {
                restored: match restored {
                    Restored::Earlier => Restored::Newer,
                    Restored::Newer => Restored::Earlier,
                },
                deployed,
            },
        }
    }
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CodeChange {
    /// Its name in the package: `03-night-turn`.
    pub function: String,
    /// The digests of the code.
    pub before: String,
    pub after: String,
}

/// The keys of a library in the artifact bucket; empty where each function has all that it needs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LibraryChange {
    pub before: String,
    pub after: String,
}

impl LibraryChange {
    pub fn reversed(self) -> Self {
        Self {
            before: self.after,
            after: self.before,
        }
    }
}

impl KeptCode {
    pub fn of(project: &Project) -> Self {
        Self {
            folder: project.target_directory.join("mafia/kept"),
            root: project.root.clone(),
        }
    }

    /// Keeps a bundle, in place of the oldest one of its function.
    pub fn keep(&self, bundle: &Bundle) -> Result<(), BundleError> {
        let function = &bundle.function.name;
        let path = self.path(function, bundle.digest.as_str());
        let written = |error| BundleError::write(&path, error);
        let is_kept = fs::metadata(&path).is_ok_and(|it| it.len() == bundle.zip.len() as u64);
        if !is_kept {
            fs::create_dir_all(self.folder.join(function)).map_err(written)?;
            // What is left of one that was damaged.
            let _ = fs::remove_file(&path);
            // The cache replaces its files and never writes into them.
            if fs::hard_link(&bundle.path, &path).is_err() {
                write_atomically(&path, &bundle.zip)?;
            }
            self.forget_old(function);
        }
        if let Some(library) = &bundle.library {
            let text = serde_json::to_vec(library).map_err(|error| written(error.into()))?;
            write_atomically(&path.with_extension(LIBRARY), &text)?;
        }
        let sources = serde_json::to_vec(&bundle.sources);
        let sources = sources.map_err(|error| written(error.into()))?;
        let beside = path.with_extension("json");
        if fs::read(&beside).is_ok_and(|known| known == sources) {
            return Ok(());
        }
        write_atomically(&beside, &sources)
    }

    /// The library that a kept bundle needs.
    fn library(bundle: &Path) -> Option<Digest> {
        let known = fs::read(bundle.with_extension(LIBRARY)).ok()?;
        serde_json::from_slice(&known).ok()
    }

    /// The libraries that kept bundles need.
    pub(super) fn libraries(&self) -> HashSet<Digest> {
        let functions = fs::read_dir(&self.folder).into_iter().flatten().flatten();
        let files = functions.filter_map(|function| fs::read_dir(function.path()).ok());
        let files = files.flatten().flatten().map(|file| file.path());
        let of_libraries = files.filter(|path| path.extension().is_some_and(|it| it == LIBRARY));
        of_libraries
            .filter_map(|path| Self::library(&path))
            .collect()
    }

    /// Whether the kept code with this digest shares a library; `None` if it is not kept.
    pub fn shares(&self, function: &str, digest: &str) -> Option<bool> {
        let path = self.path(function, digest);
        path.is_file().then(|| Self::library(&path).is_some())
    }

    /// The kept bundle with this digest, if its bytes still have it.
    pub fn bundle(&self, function: &Function, digest: &str) -> Option<Bundle> {
        let path = self.path(&function.name, digest);
        let zip = fs::read(&path).ok()?;
        let found = Digest::of(&zip);
        (found.as_str() == digest).then(|| Bundle {
            function: function.clone(),
            zip,
            digest: found,
            entries: Vec::new(),
            library: Self::library(&path),
            sources: self.sources(&function.name, digest),
            path,
        })
    }

    /// The files that the code with this digest was built from, as far as that is known.
    pub fn sources(&self, function: &str, digest: &str) -> Sources {
        let path = self.path(function, digest).with_extension("json");
        let known = fs::read(path).ok();
        let known = known.and_then(|bytes| serde_json::from_slice(&bytes).ok());
        known.unwrap_or_default()
    }

    /// The files that were edited since the code with this digest was built; `None` when that is not
    /// known.
    pub fn edited(&self, function: &str, digest: &str) -> Option<Vec<String>> {
        let built = self.sources(function, digest);
        (!built.is_empty()).then(|| sources::edited(&self.root, &built))
    }

    /// The patches of the stack with this id, the last first. What was damaged is left out.
    pub fn patches(&self, stack: &str) -> Vec<CodePatch> {
        let text = fs::read_to_string(self.record_path()).unwrap_or_default();
        let patches = text.lines().rev();
        let patches = patches.filter_map(|line| serde_json::from_str::<CodePatch>(line).ok());
        patches.filter(|patch| patch.stack == stack).collect()
    }

    /// Whether this code of a function was brought back by an undo, and the files are still those of the
    /// newer code.
    pub fn is_taken_back(&self, stack: &str, function: &str, digest: &str) -> bool {
        let patches = self.patches(stack);
        let last = patches.iter().find_map(|patch| {
            let changed = patch.changes.iter().find(|it| it.function == function);
            Some((patch, changed?))
        });
        last.is_some_and(|(patch, change)| {
            patch
                .undo
                .is_some_and(|it| it.restored == Restored::Earlier)
                && change.after == digest
                && self
                    .edited(function, &change.before)
                    .is_none_or(|files| files.is_empty())
        })
    }

    /// Adds to the record: a line of its own, also after one that was not written to its end.
    pub fn record(&self, patch: &CodePatch) -> Result<(), BundleError> {
        let path = self.record_path();
        let failed = |error| BundleError::write(&path, error);
        let line = serde_json::to_string(patch).map_err(|error| failed(error.into()))?;
        fs::create_dir_all(&self.folder).map_err(failed)?;
        let mut options = OpenOptions::new();
        let file = options.create(true).append(true).open(&path);
        let written = file.and_then(|mut file| file.write_all(format!("\n{line}\n").as_bytes()));
        written.map_err(failed)
    }

    /// Deletes bundles that nobody asks for any more. One that cannot be deleted only takes space.
    fn forget_old(&self, function: &str) {
        let Ok(files) = fs::read_dir(self.folder.join(function)) else {
            return;
        };
        let mut bundles: Vec<(SystemTime, PathBuf)> = files
            .filter_map(|file| {
                let path = file.ok()?.path();
                let is_bundle = path.extension().is_some_and(|kind| kind == "zip");
                let built = fs::metadata(&path).ok()?.modified().ok()?;
                is_bundle.then_some((built, path))
            })
            .collect();
        bundles.sort();
        let surplus = bundles.len().saturating_sub(BUNDLES);
        for (_, path) in &bundles[..surplus] {
            let _ = fs::remove_file(path);
            for beside in ["json", LIBRARY] {
                let _ = fs::remove_file(path.with_extension(beside));
            }
        }
    }

    fn path(&self, function: &str, digest: &str) -> PathBuf {
        let name = in_a_path(digest);
        self.folder.join(function).join(format!("{name}.zip"))
    }

    fn record_path(&self) -> PathBuf {
        self.folder.join("patches.jsonl")
    }
}

/// The digests of the bundles that were built of a function, the last first; empty when none was.
pub fn last_builds(project: &Project, function: &str) -> Vec<String> {
    let Ok(flavors) = fs::read_dir(project.target_directory.join("mafia")) else {
        return Vec::new();
    };
    let mut builds: Vec<(SystemTime, String)> = flavors
        .filter_map(|flavor| {
            let path = flavor.ok()?.path().join(format!("{function}.zip"));
            let built = fs::metadata(&path).ok()?.modified().ok()?;
            Some((built, recorded_digest(&path)?))
        })
        .collect();
    builds.sort_by(|left, right| right.cmp(left));
    builds.into_iter().map(|(_, digest)| digest).collect()
}

fn recorded_digest(zip: &Path) -> Option<String> {
    let record = super::cache::Record::of(zip)?;
    Some(record.zip.to_string())
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn kept(folder: &Path) -> KeptCode {
        KeptCode {
            folder: folder.join("kept"),
            root: folder.to_owned(),
        }
    }

    fn bundle(folder: &Path, content: &str) -> Bundle {
        let path = folder.join("bundle.zip");
        // As the cache does it.
        let _ = fs::remove_file(&path);
        fs::write(&path, content).expect("written");
        Bundle {
            function: Function {
                name: "01-dawn".to_owned(),
                binary: "dawn".to_owned(),
            },
            zip: content.into(),
            digest: Digest::of(content.as_bytes()),
            entries: Vec::new(),
            library: None,
            sources: [("a.rs".to_owned(), Digest::of(content.as_bytes()))].into(),
            path,
        }
    }

    #[test]
    fn a_bundle_is_found_by_its_digest_after_it_was_replaced() {
        let folder = tempfile::tempdir().expect("a folder");
        let kept = kept(folder.path());
        let first = bundle(folder.path(), "first");
        kept.keep(&first).expect("kept");
        let second = bundle(folder.path(), "second");
        kept.keep(&second).expect("kept");
        let found = kept.bundle(&first.function, first.digest.as_str());
        let found = found.expect("it is kept");
        assert_eq!(found.zip, b"first");
        assert_eq!(found.sources, first.sources);
        assert!(kept.bundle(&first.function, "another").is_none());
    }

    #[test]
    fn damaged_code_is_not_taken() {
        let folder = tempfile::tempdir().expect("a folder");
        let kept = kept(folder.path());
        let bundle = bundle(folder.path(), "first");
        kept.keep(&bundle).expect("kept");
        fs::write(kept.path("01-dawn", bundle.digest.as_str()), "fir").expect("written");
        assert!(
            kept.bundle(&bundle.function, bundle.digest.as_str())
                .is_none()
        );
    }

    #[test]
    fn the_oldest_bundles_make_room() {
        let folder = tempfile::tempdir().expect("a folder");
        let kept = kept(folder.path());
        let mut digests = Vec::new();
        for number in 0..BUNDLES + 2 {
            let bundle = bundle(folder.path(), &number.to_string());
            let built = SystemTime::UNIX_EPOCH + Duration::from_secs(number as u64);
            let file = OpenOptions::new().write(true).open(&bundle.path);
            let dated = file.and_then(|file| file.set_modified(built));
            dated.expect("a time can be set");
            kept.keep(&bundle).expect("kept");
            digests.push((bundle.function.clone(), bundle.digest.to_string()));
        }
        let found = digests
            .iter()
            .map(|(function, digest)| kept.bundle(function, digest).is_some());
        let found: Vec<bool> = found.collect();
        assert_eq!(found[..2], [false, false]);
        assert!(found[2..].iter().all(|found| *found), "{found:?}");
    }

    #[test]
    fn the_record_has_the_last_patch_of_a_stack_first_and_skips_what_is_damaged() {
        let folder = tempfile::tempdir().expect("a folder");
        let kept = kept(folder.path());
        assert!(kept.patches("a").is_empty());
        let patch = |stack: &str, time| CodePatch {
            stack: stack.to_owned(),
            time,
            changes: vec![CodeChange {
                function: "01-dawn".to_owned(),
                before: "x".to_owned(),
                after: "y".to_owned(),
            }],
            library: None,
            undo: None,
        };
        for (stack, time) in [("a", 1), ("b", 2), ("a", 3)] {
            kept.record(&patch(stack, time)).expect("recorded");
        }
        let mut text = fs::read_to_string(kept.record_path()).expect("it is there");
        text.push_str("{\"stack\": \"a\", \"ti");
        fs::write(kept.record_path(), text).expect("written");
        assert_eq!(kept.patches("a"), [patch("a", 3), patch("a", 1)]);
        assert_eq!(kept.patches("b"), [patch("b", 2)]);
    }

    #[test]
    fn undoing_goes_back_and_forth() {
        let deployed = CodePatch {
            stack: "a".to_owned(),
            time: 7,
            changes: Vec::new(),
            library: None,
            undo: None,
        };
        let undo = |patch: &CodePatch| CodePatch {
            time: patch.time + 1,
            undo: Some(patch.undo()),
            ..patch.clone()
        };
        let (once, twice) = (undo(&deployed), undo(&undo(&deployed)));
        let said = |patch: &CodePatch| patch.undo.map(|it| (it.restored, it.deployed));
        assert_eq!(said(&once), Some((Restored::Earlier, 7)));
        assert_eq!(said(&twice), Some((Restored::Newer, 7)));
        assert_eq!(said(&undo(&twice)), Some((Restored::Earlier, 7)));
    }

    #[test]
    fn code_is_taken_back_until_a_file_is_edited_or_other_code_is_deployed() {
        let folder = tempfile::tempdir().expect("a folder");
        let kept = kept(folder.path());
        let newer = bundle(folder.path(), "newer");
        kept.keep(&newer).expect("kept");
        fs::write(folder.path().join("a.rs"), "newer").expect("written");
        let patch = CodePatch {
            stack: "a".to_owned(),
            time: 1,
            changes: vec![CodeChange {
                function: "01-dawn".to_owned(),
                before: newer.digest.to_string(),
                after: "earlier".to_owned(),
            }],
            library: None,
            undo: Some(CodeUndo {
                restored: Restored::Earlier,
                deployed: 0,
            }),
        };
        kept.record(&patch).expect("recorded");
        assert!(kept.is_taken_back("a", "01-dawn", "earlier"));
        assert!(!kept.is_taken_back("a", "02-dusk", "earlier"));
        assert!(!kept.is_taken_back("b", "01-dawn", "earlier"));
        assert!(!kept.is_taken_back("a", "01-dawn", newer.digest.as_str()));
        fs::write(folder.path().join("a.rs"), "edited").expect("written");
        assert!(!kept.is_taken_back("a", "01-dawn", "earlier"));
    }
}
