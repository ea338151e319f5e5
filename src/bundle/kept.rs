//! The zips that earlier builds left in the target directory, and why they can be trusted.
//!
//! Beside each zip is a record: the digest of the zip, and the digest of each entry's contents. A zip
//! is used only if its bytes have the digest in the record, and one of its entries only if the file to
//! be bundled has the digest in the record. So a zip that was truncated, altered or mixed up with
//! another's record is as good as none, and time stamps and sizes decide nothing. Digests do this in a
//! fifth of the time that decompressing the entry to compare it would take.

use std::collections::BTreeMap;
use std::fs;
use std::io::{self, Cursor, Write};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use zip::ZipArchive;
use zip::result::ZipError;

use super::archive::recipe;
use super::digest::Digest;
use super::error::BundleError;

/// What is known of a zip.
#[derive(Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Record {
    /// How the entries were compressed.
    pub recipe: String,
    pub zip: Digest,
    /// The digest of the uncompressed contents, by the entry's name.
    pub entries: BTreeMap<String, Digest>,
}

/// A zip that is what its record says.
pub(super) struct Kept {
    pub zip: Vec<u8>,
    pub record: Record,
}

impl Kept {
    /// The zip at `path`. `None` if there is none, or if it isn't what its record says, or if this
    /// version compresses in another way: in each case it is made anew.
    pub fn open(path: &Path) -> Option<Self> {
        let record = fs::read(record_path(path)).ok()?;
        let record: Record = serde_json::from_slice(&record).ok()?;
        if record.recipe != recipe() {
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
    /// Keeps the zip and this record of it. An interruption at any point leaves whole files: the
    /// earlier ones, or a zip and a record that don't fit each other, which is as if there were none.
    pub fn keep(&self, path: &Path, zip: &[u8]) -> Result<(), BundleError> {
        write_whole(path, zip)?;
        let path = record_path(path);
        let text =
            serde_json::to_vec(self).map_err(|error| BundleError::write(&path, error.into()))?;
        write_whole(&path, &text)
    }
}

fn record_path(zip: &Path) -> PathBuf {
    zip.with_extension("json")
}

/// Replaces the file at `path` by one with these bytes. On failure it is as it was, or there is none.
fn write_whole(path: &Path, bytes: &[u8]) -> Result<(), BundleError> {
    let failed = |error| BundleError::write(path, error);
    let folder = path.parent().unwrap_or(path);
    fs::create_dir_all(folder).map_err(failed)?;
    let mut file = tempfile::Builder::new()
        .prefix(".incomplete-")
        .tempfile_in(folder)
        .map_err(failed)?;
    file.write_all(bytes).map_err(failed)?;
    // Not for the rename's sake, which replaces a file too: but ext4 then waits until the new one has
    // its blocks on the disk, three times as long as the write takes.
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(failed(error)),
        _ => {}
    }
    file.persist(path).map_err(|error| failed(error.error))?;
    Ok(())
}
