//! Makes the later zip: what stays is copied as it is compressed, and only what changes is compressed.

use std::collections::BTreeSet;
use std::io::{Cursor, Read};

use zip::result::ZipError;
use zip::{ZipArchive, ZipWriter};

use crate::LARGEST_UNCOMPRESSED;
use crate::change::{Change, Changes};
use crate::delta;
use crate::digest::Digest;
use crate::entry::write_entry;
use crate::error::PatchError;
use crate::path;

/// The permissions of an added file: whoever unpacks it may read and start it.
const ADDED: u32 = 0o755;

/// A later zip.
#[derive(Clone, Debug)]
pub struct Patched {
    pub zip: Vec<u8>,
    /// Of the zip.
    pub digest: Digest,
    /// How many files are new, changed, and gone.
    pub added: usize,
    pub modified: usize,
    pub removed: usize,
}

pub(crate) type Archive<'a> = ZipArchive<Cursor<&'a [u8]>>;

/// The zip after the changes. Its entries are sorted by name, as in the bundles of `mafia`. A changed file keeps
/// its permissions.
pub fn apply(zip: &[u8], changes: &Changes) -> Result<Patched, PatchError> {
    let mut archive = open(zip)?;
    let earlier: BTreeSet<Vec<u8>> = archive.file_names_raw().map(<[u8]>::to_vec).collect();
    let later = later_names(&earlier, changes)?;
    let is_new = |path: &&String| !earlier.contains(path.as_bytes());
    let removed = changes
        .values()
        .filter(|change| **change == Change::Removed)
        .count();
    let added = changes.keys().filter(is_new).count();

    let mut writer = ZipWriter::new(Cursor::new(Vec::with_capacity(zip.len())));
    writer
        .set_raw_comment(archive.comment().into())
        .map_err(PatchError::NoZip)?;
    let mut uncompressed = 0;
    for name in later {
        let changed = str::from_utf8(&name)
            .ok()
            .and_then(|path| changes.get_key_value(path));
        let size = match changed {
            Some((path, change)) => write(&mut writer, &mut archive, path, change),
            None => copy(&mut writer, &mut archive, &name),
        }?;
        uncompressed += size;
        if uncompressed > LARGEST_UNCOMPRESSED {
            return Err(PatchError::TooLarge);
        }
    }
    let zip = writer.finish().map_err(PatchError::NoZip)?.into_inner();
    Ok(Patched {
        digest: Digest::of(&zip),
        zip,
        added,
        modified: changes.len() - added - removed,
        removed,
    })
}

/// A zip whose entries are all different, and in different places.
pub(crate) fn open(zip: &[u8]) -> Result<Archive<'_>, PatchError> {
    let mut archive = ZipArchive::new(Cursor::new(zip)).map_err(PatchError::NoZip)?;
    let overlaps = archive.has_overlapping_files().map_err(PatchError::NoZip)?;
    if archive.has_duplicate_names() || overlaps {
        return Err(PatchError::Doubled);
    }
    Ok(archive)
}

/// The names of the later zip.
fn later_names(
    earlier: &BTreeSet<Vec<u8>>,
    changes: &Changes,
) -> Result<BTreeSet<Vec<u8>>, PatchError> {
    let mut names = earlier.clone();
    for (path, change) in changes {
        path::check(path)?;
        let is_there = earlier.contains(path.as_bytes());
        match change {
            Change::Removed | Change::Patch { .. } if !is_there => {
                return Err(PatchError::Missing { path: path.clone() });
            }
            Change::Removed => names.remove(path.as_bytes()),
            _ => names.insert(path.as_bytes().to_vec()),
        };
    }
    for (path, _) in changes
        .iter()
        .filter(|(_, change)| **change != Change::Removed)
    {
        let inside = format!("{path}/").into_bytes();
        let mut behind = names.range(inside.clone()..);
        let is_folder = behind.next().is_some_and(|name| name.starts_with(&inside));
        if is_folder || path::folders(path).any(|folder| names.contains(folder.as_bytes())) {
            return Err(PatchError::FileAndFolder { path: path.clone() });
        }
    }
    Ok(names)
}

/// Returns the size uncompressed.
fn copy(
    writer: &mut ZipWriter<Cursor<Vec<u8>>>,
    archive: &mut Archive<'_>,
    name: &[u8],
) -> Result<u64, PatchError> {
    let failed = |error| entry(&String::from_utf8_lossy(name), error);
    let index = archive.index_for_name_raw(name);
    let index = index.ok_or(ZipError::FileNotFound).map_err(failed)?;
    let file = archive.by_index_raw(index).map_err(failed)?;
    let size = file.size();
    writer.raw_copy_file(file).map_err(failed)?;
    Ok(size)
}

fn write(
    writer: &mut ZipWriter<Cursor<Vec<u8>>>,
    archive: &mut Archive<'_>,
    path: &str,
    change: &Change,
) -> Result<u64, PatchError> {
    let mode = mode(archive, path)?;
    let patched;
    let (contents, given) = match change {
        Change::Text(text) => (text.as_bytes(), None),
        Change::Bytes { bytes, mode } => (bytes.as_slice(), *mode),
        Change::Patch { delta, from, to } => {
            let earlier = read(archive, path)?;
            patched = patch(path, &earlier, delta, from, to)?;
            (patched.as_slice(), None)
        }
        Change::Removed => return Ok(0),
    };
    let mode = mode.or(given).unwrap_or(ADDED);
    write_entry(writer, path, mode, contents).map_err(|error| entry(path, error))?;
    Ok(contents.len() as u64)
}

/// The permissions of a file that is there.
fn mode(archive: &mut Archive<'_>, path: &str) -> Result<Option<u32>, PatchError> {
    let Some(index) = archive.index_for_name_raw(path.as_bytes()) else {
        return Ok(None);
    };
    let file = archive
        .by_index_raw(index)
        .map_err(|error| entry(path, error))?;
    if file.is_symlink() {
        let path = path.to_owned();
        return Err(PatchError::SymbolicLink { path });
    }
    Ok(file.unix_mode().map(|mode| mode & 0o777))
}

/// The contents of a file.
pub(crate) fn read(archive: &mut Archive<'_>, path: &str) -> Result<Vec<u8>, PatchError> {
    let index = archive.index_for_name_raw(path.as_bytes());
    let file = index.ok_or(ZipError::FileNotFound);
    let file = file.and_then(|index| archive.by_index(index));
    let file = file.map_err(|error| entry(path, error))?;
    let mut contents = Vec::new();
    let read = file
        .take(LARGEST_UNCOMPRESSED + 1)
        .read_to_end(&mut contents);
    read.map_err(|error| entry(path, error.into()))?;
    if contents.len() as u64 > LARGEST_UNCOMPRESSED {
        return Err(PatchError::TooLarge);
    }
    Ok(contents)
}

fn patch(
    path: &str,
    earlier: &[u8],
    delta: &[u8],
    from: &Digest,
    to: &Digest,
) -> Result<Vec<u8>, PatchError> {
    let path = || path.to_owned();
    let found = Digest::of(earlier);
    if found != *from {
        return Err(PatchError::OtherContents {
            path: path(),
            found,
            expected: from.clone(),
        });
    }
    let later = delta::decode(earlier, delta, LARGEST_UNCOMPRESSED);
    let later = later.map_err(|source| PatchError::BadDelta {
        path: path(),
        source,
    })?;
    let found = Digest::of(&later);
    if found != *to {
        return Err(PatchError::OtherResult {
            path: path(),
            found,
            expected: to.clone(),
        });
    }
    Ok(later)
}

pub(crate) fn entry(path: &str, source: ZipError) -> PatchError {
    let path = path.to_owned();
    PatchError::Entry { path, source }
}

#[cfg(test)]
#[path = "apply_tests.rs"]
mod tests;
