//! The shared library of a workspace's functions as a zip, which is laid under them. Functions that use other
//! crates than the others need a library of their own, which is beside it in the zip.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use super::archive::zip_of;
use super::build::Artifact;
use super::cache::Record;
use super::digest::{Digest, in_a_path};
use super::error::BundleError;
use super::project::Project;
use super::shared;

/// The libraries as a zip, which is laid under the functions.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Library {
    /// Of the zip.
    pub digest: Digest,
    /// The zip's file; `None` if it is in the artifact bucket.
    pub path: Option<PathBuf>,
}

/// The libraries of these programs, zipped; `None` if they need none. Blocks.
pub fn library(artifacts: &[Artifact]) -> Result<Option<Library>, BundleError> {
    let needed = artifacts.iter().filter_map(|it| it.library.as_deref());
    let needed: BTreeSet<&Path> = needed.collect();
    let files: Vec<(String, &Path)> = needed.into_iter().map(|it| (entry(it), it)).collect();
    let Some((_, first)) = files.first() else {
        return Ok(None);
    };
    let names: Vec<&str> = files.iter().map(|(name, _)| name.as_str()).collect();
    let names = Digest::of(names.join("\n").as_bytes());
    let path = first.with_file_name(format!("{}.zip", in_a_path(names.as_str())));
    let digest = match Record::of(&path).filter(|_| path.is_file()) {
        Some(record) => record.zip,
        None => {
            files.iter().try_for_each(|(_, library)| check(library))?;
            let (zip, record) = zip_of(&files)?;
            record.save(&path, &zip)?;
            record.zip
        }
    };
    let path = Some(path);
    Ok(Some(Library { digest, path }))
}

/// The file with the libraries' zip of this digest, if it is here.
pub fn library_zip(project: &Project, digest: &Digest) -> Option<PathBuf> {
    let files = fs::read_dir(shared::folder(project)).ok()?;
    let mut files = files.filter_map(|file| Some(file.ok()?.path()));
    files.find(|path| {
        let is_zip = path.extension().is_some_and(|it| it == "zip");
        is_zip && Record::of(path).is_some_and(|record| record.zip == *digest)
    })
}

/// An error when it is not as it was linked. It is deleted then: the next build links it again.
fn check(library: &Path) -> Result<(), BundleError> {
    let path = library.to_owned();
    match shared::is_whole(library).map_err(|error| BundleError::read(library, error))? {
        true => Ok(()),
        false => {
            let _ = fs::remove_file(library);
            Err(BundleError::DamagedLibrary { path })
        }
    }
}

/// In the zip: Lambda's loader looks for it there.
fn entry(library: &Path) -> String {
    let name = library.file_name().unwrap_or_default();
    format!("lib/{}", name.to_string_lossy())
}

impl Library {
    /// The zip's bytes, if they are here and are what they were.
    pub fn zip(&self) -> Result<Option<Vec<u8>>, BundleError> {
        let Some(path) = &self.path else {
            return Ok(None);
        };
        let zip = fs::read(path).map_err(|error| BundleError::read(path, error))?;
        match Digest::of(&zip) == self.digest {
            true => Ok(Some(zip)),
            false => {
                let _ = fs::remove_file(path);
                Err(BundleError::DamagedLibrary { path: path.clone() })
            }
        }
    }
}
