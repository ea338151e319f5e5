//! The code that this workshop folder has deployed, kept so that it can be deployed again: bundles by
//! their digests, and the files that each was built from.
//!
//! It is beside the bundles in the target folder, so `cargo clean` deletes it.

use std::collections::HashSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

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
    pub(super) folder: PathBuf,
    root: PathBuf,
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
        fs::create_dir_all(self.folder.join(function)).map_err(written)?;
        // Before the bundle, which would count as one that needs none.
        if let Some(library) = &bundle.library {
            let text = serde_json::to_vec(library).map_err(|error| written(error.into()))?;
            write_atomically(&path.with_extension(LIBRARY), &text)?;
        }
        let is_kept = fs::metadata(&path).is_ok_and(|it| it.len() == bundle.zip.len() as u64);
        if !is_kept {
            // What is left of one that was damaged.
            let _ = fs::remove_file(&path);
            // The cache replaces its files and never writes into them.
            if fs::hard_link(&bundle.path, &path).is_err() {
                write_atomically(&path, &bundle.zip)?;
            }
            self.forget_old(function);
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
}

#[cfg(test)]
pub(super) mod tests {
    use std::fs::File;
    use std::time::Duration;

    use super::*;

    impl KeptCode {
        pub fn within(folder: &Path) -> Self {
            Self {
                folder: folder.join("kept"),
                root: folder.to_owned(),
            }
        }
    }

    /// A bundle of the function `01-dawn`, in this folder.
    pub fn bundle(folder: &Path, content: &str) -> Bundle {
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
        let kept = KeptCode::within(folder.path());
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
        let kept = KeptCode::within(folder.path());
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
        let kept = KeptCode::within(folder.path());
        let mut digests = Vec::new();
        for number in 0..BUNDLES + 2 {
            let bundle = bundle(folder.path(), &number.to_string());
            let built = SystemTime::UNIX_EPOCH + Duration::from_secs(number as u64);
            let file = File::options().write(true).open(&bundle.path);
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
}
