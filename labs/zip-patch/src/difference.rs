//! Finds the changes that make a later zip out of an earlier one.

use crate::apply::{Archive, entry, open, read};
use crate::change::{Change, Changes};
use crate::delta;
use crate::digest::Digest;
use crate::error::PatchError;

/// What a patch has besides its delta, in bytes of JSON: names and two digests.
const PATCH: usize = 130;

/// The changes, in the shortest form that each has. Whether they make `new` to the byte, only its digest says:
/// what was compressed in another way does not show here.
pub fn difference(old: &[u8], new: &[u8]) -> Result<Changes, PatchError> {
    let (mut before, mut after) = (open(old)?, open(new)?);
    let names = |archive: &Archive<'_>| -> Vec<String> {
        let names = archive.file_names_raw();
        names
            .map(|name| String::from_utf8_lossy(name).into_owned())
            .collect()
    };
    let mut changes = Changes::new();
    for name in names(&before) {
        if after.index_for_name(&name).is_none() {
            changes.insert(name, Change::Removed);
        }
    }
    for name in names(&after) {
        let file = after.by_name(&name).map_err(|error| entry(&name, error))?;
        let (size, crc, mode) = (file.size(), file.crc32(), file.unix_mode());
        drop(file);
        let earlier = before.by_name(&name).ok();
        let earlier = earlier.map(|file| file.size() == size && file.crc32() == crc);
        let earlier = match earlier {
            Some(true) => continue,
            Some(false) => Some(read(&mut before, &name)?),
            None => None,
        };
        let contents = read(&mut after, &name)?;
        let change = match earlier {
            Some(earlier) => shorter(&earlier, contents),
            None => Change::Bytes {
                bytes: contents,
                mode: mode.map(|mode| mode & 0o777),
            },
        };
        changes.insert(name, change);
    }
    Ok(changes)
}

fn shorter(earlier: &[u8], contents: Vec<u8>) -> Change {
    let delta = delta::encode(earlier, &contents);
    let patch = delta.len() / 3 * 4 + PATCH;
    match String::from_utf8(contents) {
        Ok(text) if text.len() <= patch => Change::Text(text),
        Ok(text) => of_delta(delta, earlier, text.as_bytes()),
        Err(bytes) => of_delta(delta, earlier, bytes.as_bytes()),
    }
}

fn of_delta(delta: Vec<u8>, earlier: &[u8], contents: &[u8]) -> Change {
    Change::Patch {
        delta,
        from: Digest::of(earlier),
        to: Digest::of(contents),
    }
}
