//! The state of an SQLite file: whether it is whole, how it is written, and how large it is.

use std::path::Path;

use rusqlite::Connection;

use super::{StoreError, reason};

/// Larger files are not compared with their indexes at the start, which would take too long.
const LONG: u64 = 64 << 20;
/// Removed pages are given back when there are so many bytes of them and they are half of the file.
const MUCH: u64 = 1 << 20;
/// Of the log beside the file, in pages and in bytes. It grows for a large change. When it is full, its pages are written
/// into the file, and all wait for the disk.
const LOG_PAGES: u64 = 4096;
const LOG_BYTES: u64 = LOG_PAGES * (4 << 10);

/// Checks the file's structure, and its indexes against its tables.
pub fn check(connection: &Connection, path: &Path) -> Result<(), StoreError> {
    let length = path.metadata().map_or(0, |file| file.len());
    let check = if length > LONG {
        "PRAGMA quick_check(1)"
    } else {
        "PRAGMA integrity_check(1)"
    };
    let found = connection.query_row(check, [], |row| row.get::<_, String>(0));
    let reason = match found {
        Ok(found) if found == "ok" => return Ok(()),
        Ok(found) => found,
        Err(error) => reason(&error),
    };
    Err(StoreError::Damaged {
        path: path.to_owned(),
        reason,
    })
}

/// As [`check`], of a file that another library opens. A file that is not there is whole.
pub fn check_file(path: &Path) -> Result<(), StoreError> {
    if path.exists() {
        check(&opened(path)?, path)
    } else {
        Ok(())
    }
}

/// As [`shrink`], of such a file.
pub fn shrink_file(path: &Path) -> Result<(), StoreError> {
    shrink(&opened(path)?).map_err(|error| failed(path, &error))
}

fn opened(path: &Path) -> Result<Connection, StoreError> {
    Connection::open(path).map_err(|error| failed(path, &error))
}

fn failed(path: &Path, error: &rusqlite::Error) -> StoreError {
    StoreError::File {
        path: path.to_owned(),
        error: std::io::Error::other(reason(error)),
    }
}

/// How the file is written: whole after `kill -9` at any moment, without waiting for the disk.
pub fn set(connection: &Connection) -> rusqlite::Result<()> {
    // The next line waits several times, to make an empty file that nobody would miss.
    connection.pragma_update(None, "synchronous", "off")?;
    connection.pragma_update(None, "journal_mode", "wal")?;
    connection.pragma_update(None, "synchronous", "normal")?;
    connection.pragma_update(None, "wal_autocheckpoint", LOG_PAGES)?;
    connection.pragma_update(None, "journal_size_limit", LOG_BYTES)
}

/// Gives the space of what was removed back to the system, if that is much.
pub fn shrink(connection: &Connection) -> rusqlite::Result<()> {
    let number = |name: &str| connection.pragma_query_value(None, name, |row| row.get::<_, u64>(0));
    let (page, pages, free) = (
        number("page_size")?,
        number("page_count")?,
        number("freelist_count")?,
    );
    if free * page > MUCH && free * 2 > pages {
        connection.execute_batch("VACUUM")?;
    }
    connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()))
}
