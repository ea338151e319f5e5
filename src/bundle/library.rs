//! The shared library of a workspace's functions as a zip, which is laid under them.

use std::path::PathBuf;

use super::archive::file_in_a_zip;
use super::build::Artifact;
use super::cache::Record;
use super::digest::Digest;
use super::error::BundleError;

/// The library as a zip, which is laid under the functions.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Library {
    /// Of the zip.
    pub digest: Digest,
    /// The zip's file.
    pub path: PathBuf,
}

/// The library of these programs, zipped; `None` if they need none. Blocks.
pub fn library(artifacts: &[Artifact]) -> Result<Option<Library>, BundleError> {
    let Some(path) = artifacts.iter().find_map(|it| it.library.as_ref()) else {
        return Ok(None);
    };
    let zip = path.with_extension("zip");
    if let Some(record) = Record::of(&zip).filter(|_| zip.is_file()) {
        let digest = record.zip;
        return Ok(Some(Library { digest, path: zip }));
    }
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let (bytes, record) = file_in_a_zip(path, &format!("lib/{name}"))?;
    record.save(&zip, &bytes)?;
    let digest = record.zip;
    Ok(Some(Library { digest, path: zip }))
}

impl Library {
    /// The zip's bytes, if they are what they were.
    pub fn zip(&self) -> Result<Vec<u8>, BundleError> {
        let zip =
            std::fs::read(&self.path).map_err(|error| BundleError::read(&self.path, error))?;
        match Digest::of(&zip) == self.digest {
            true => Ok(zip),
            false => Err(BundleError::DamagedLibrary {
                path: self.path.clone(),
            }),
        }
    }
}
