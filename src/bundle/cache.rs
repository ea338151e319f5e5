//! The cache of bundles in the target directory: the zips of earlier builds.
//!
//! Beside each zip is a record with the digest of the zip and of each entry's contents. A zip is used
//! only if its bytes have the digest in the record, and an entry only if the file to be bundled has the
//! digest in the record. A zip that was truncated, altered or mixed up with another's record is
//! ignored; time stamps and sizes do not count. Comparing digests takes a fifth of the time of
//! decompressing an entry to compare it.

use std::collections::BTreeMap;
use std::fs;
use std::io::{self, Cursor, Write};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use serde::{Deserialize, Serialize};
use zip::ZipArchive;
use zip::result::ZipError;

use super::digest::Digest;
use super::error::BundleError;
use super::project::Project;

/// The digests of a zip.
#[derive(Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Record {
    /// How the entries were compressed.
    pub compression: String,
    pub zip: Digest,
    /// The digest of the uncompressed contents, by the entry's name.
    pub entries: BTreeMap<String, Digest>,
}

/// A zip that matches its record.
pub(super) struct CacheEntry {
    pub zip: Vec<u8>,
    pub record: Record,
}

impl CacheEntry {
    /// The zip at `path`; `None` if there is none, if it does not match its record, or if it was
    /// compressed in another way.
    pub fn open(path: &Path, compression: &str) -> Option<Self> {
        let record = Record::of(path)?;
        if record.compression != compression {
            return None;
        }
        let zip = fs::read(path).ok()?;
        (Digest::of(&zip) == record.zip).then_some(Self { zip, record })
    }

    pub fn archive(&self) -> Result<ZipArchive<Cursor<&[u8]>>, ZipError> {
        ZipArchive::new(Cursor::new(&self.zip))
    }
}

impl Record {
    /// The record of the zip at `path`.
    pub fn of(path: &Path) -> Option<Self> {
        let record = fs::read(record_path(path)).ok()?;
        serde_json::from_slice(&record).ok()
    }

    /// Writes the zip and this record. An interruption at any point leaves whole files: the earlier
    /// ones, or a zip and a record that do not match, which are ignored.
    pub fn save(&self, path: &Path, zip: &[u8]) -> Result<(), BundleError> {
        write_atomically(path, zip)?;
        let path = record_path(path);
        let text =
            serde_json::to_vec(self).map_err(|error| BundleError::write(&path, error.into()))?;
        write_atomically(&path, &text)
    }
}

fn record_path(zip: &Path) -> PathBuf {
    zip.with_extension("json")
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
            Some((built, Record::of(&path)?.zip.to_string()))
        })
        .collect();
    builds.sort_by(|left, right| right.cmp(left));
    builds.into_iter().map(|(_, digest)| digest).collect()
}

/// Replaces the file at `path` atomically. After a failure it is unchanged, or missing.
pub(super) fn write_atomically(path: &Path, bytes: &[u8]) -> Result<(), BundleError> {
    let failed = |error| BundleError::write(path, error);
    let folder = path.parent().unwrap_or(path);
    fs::create_dir_all(folder).map_err(failed)?;
    let mut file = tempfile::Builder::new()
        .prefix(".incomplete-")
        .tempfile_in(folder)
        .map_err(failed)?;
    file.write_all(bytes).map_err(failed)?;
    // A rename could replace the old file, but then ext4 waits until the new file's blocks are on the
    // disk (`auto_da_alloc`), which takes three times as long as the write.
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(failed(error)),
        _ => {}
    }
    file.persist(path).map_err(|error| failed(error.error))?;
    Ok(())
}
