//! SQLite's write-ahead log after a kill. SQLite takes what it can read of it, and is silent about the rest:
//! without the log, or with a damaged one, the last changes would be lost. How much there has to be is in the
//! shared memory beside it, which outlives the process too.
//!
//! Source: <https://www.sqlite.org/walformat.html>

use std::fs;
use std::path::{Path, PathBuf};

const HEADER: usize = 32;
const FRAME_HEADER: usize = 24;

/// The header of the shared memory, which is there twice, and after both how far the log is in the file.
struct Memory {
    frames: u32,
    salts: [u8; 8],
    in_file: u32,
}

/// Whether the log of the file at `path` is known to have all that was written to it and is not in the file
/// yet; if it does not, its path. Of a file that no process has open.
pub fn check(path: &Path) -> Result<bool, PathBuf> {
    let memory = fs::read(beside(path, "-shm")).unwrap_or_default();
    let Some(memory) = Memory::parse(&memory) else {
        return Ok(false);
    };
    if memory.frames <= memory.in_file {
        return Ok(true);
    }
    let path = beside(path, "-wal");
    let log = fs::read(&path).unwrap_or_default();
    match has_frames(&log, &memory) {
        Some(true) => Ok(true),
        _ => Err(path),
    }
}

pub fn beside(path: &Path, ending: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(ending);
    name.into()
}

impl Memory {
    /// `None` if it says nothing, or was being written.
    fn parse(bytes: &[u8]) -> Option<Self> {
        let (first, second) = (bytes.get(..48)?, bytes.get(48..96)?);
        // `isInit`
        if first != second || first[12] != 1 {
            return None;
        }
        let number = |at: usize| -> Option<u32> {
            Some(u32::from_ne_bytes(bytes.get(at..at + 4)?.try_into().ok()?))
        };
        Some(Self {
            frames: number(16)?,
            salts: first[32..40].try_into().ok()?,
            in_file: number(96)?,
        })
    }
}

/// Whether the log begins with so many whole frames. `None` where it is too short.
fn has_frames(log: &[u8], memory: &Memory) -> Option<bool> {
    let header = log.get(..HEADER)?;
    let word = |at: usize| -> Option<u32> {
        Some(u32::from_be_bytes(header.get(at..at + 4)?.try_into().ok()?))
    };
    let is_big_endian = match word(0)? {
        0x377f_0682 => false,
        0x377f_0683 => true,
        _ => return Some(false),
    };
    let frame_size = FRAME_HEADER + usize::try_from(word(8)?).ok()?;
    let mut sum = checksum(&header[..24], (0, 0), is_big_endian);
    if header[16..24] != memory.salts || stored(&header[24..]) != Some(sum) {
        return Some(false);
    }
    let frames = log[HEADER..].chunks_exact(frame_size);
    let wanted = usize::try_from(memory.frames).ok()?;
    if frames.len() < wanted {
        return None;
    }
    for frame in frames.take(wanted) {
        sum = checksum(&frame[..8], sum, is_big_endian);
        sum = checksum(&frame[FRAME_HEADER..], sum, is_big_endian);
        if frame[8..16] != memory.salts || stored(&frame[16..24]) != Some(sum) {
            return Some(false);
        }
    }
    Some(true)
}

fn stored(bytes: &[u8]) -> Option<(u32, u32)> {
    let (first, second) = (bytes.get(..4)?, bytes.get(4..8)?);
    let word = |bytes: &[u8]| Some(u32::from_be_bytes(bytes.try_into().ok()?));
    Some((word(first)?, word(second)?))
}

fn checksum(bytes: &[u8], before: (u32, u32), is_big_endian: bool) -> (u32, u32) {
    let (pairs, _) = bytes.as_chunks::<8>();
    pairs.iter().fold(before, |(first, second), pair| {
        let [a, b, c, d, e, f, g, h] = *pair;
        let word = |bytes| {
            if is_big_endian {
                u32::from_be_bytes(bytes)
            } else {
                u32::from_le_bytes(bytes)
            }
        };
        let first = first.wrapping_add(word([a, b, c, d])).wrapping_add(second);
        let second = second.wrapping_add(word([e, f, g, h])).wrapping_add(first);
        (first, second)
    })
}

#[cfg(test)]
mod tests {
    use rusqlite::Connection;

    use super::*;

    /// A file with a log, as a process that was killed leaves it: copied while it is open.
    fn killed(folder: &Path, checkpoint: &str) -> PathBuf {
        let open = folder.join("open");
        let connection = Connection::open(&open).expect("it opens");
        let statements = format!(
            "PRAGMA journal_mode = wal; CREATE TABLE t (a); INSERT INTO t VALUES (1); {checkpoint};
             INSERT INTO t VALUES (2)"
        );
        connection.execute_batch(&statements).expect("written");
        if checkpoint.contains("TRUNCATE") {
            let again = "PRAGMA wal_checkpoint(TRUNCATE)";
            connection.execute_batch(again).expect("written");
        }
        let killed = folder.join("killed");
        for ending in ["", "-wal", "-shm"] {
            fs::copy(beside(&open, ending), beside(&killed, ending)).expect("copied");
        }
        killed
    }

    #[test]
    fn a_log_is_whole_until_one_of_its_bytes_is_not() {
        for checkpoint in [
            "",
            "PRAGMA wal_checkpoint(PASSIVE)",
            "PRAGMA wal_checkpoint(TRUNCATE)",
        ] {
            let folder = tempfile::tempdir().expect("a folder");
            let killed = killed(folder.path(), checkpoint);
            assert_eq!(check(&killed), Ok(true), "{checkpoint}");
        }
        let folder = tempfile::tempdir().expect("a folder");
        let killed = killed(folder.path(), "");
        let log = beside(&killed, "-wal");
        let whole = fs::read(&log).expect("read");
        let found = |contents: &[u8]| {
            fs::write(&log, contents).expect("written");
            check(&killed)
        };
        for at in (0..whole.len()).step_by(61) {
            let mut damaged = whole.clone();
            damaged[at] ^= 1;
            assert_eq!(found(&damaged), Err(log.clone()), "byte {at}");
        }
        for length in [0, 31, 32, whole.len() - 1] {
            assert_eq!(found(&whole[..length]), Err(log.clone()), "{length} bytes");
        }
        assert_eq!(found(&whole), Ok(true));
        // A frame that was not written whole is of no transaction.
        assert_eq!(found(&[&whole[..], &[7; 100]].concat()), Ok(true));
        fs::remove_file(&log).expect("removed");
        assert_eq!(check(&killed), Err(log.clone()));
        // Nothing says then how much there was.
        fs::remove_file(beside(&killed, "-shm")).expect("removed");
        assert_eq!(check(&killed), Ok(false));
    }
}
