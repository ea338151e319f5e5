//! What the services keep, in one SQLite file: whole after `kill -9` at any moment.
//!
//! A change of several rows is one transaction. Nothing is synced to the disk at each write: what a
//! crash of the whole machine may lose is the last moment of a sandbox.

mod blobs;
mod index;
mod keys;
mod query;
mod records;
mod seal;
mod sound;
mod stamp;
mod tracked;
pub mod wal;

use std::collections::HashMap;
use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

use rusqlite::{Connection, Transaction, TransactionBehavior};

use super::io_message::io_message;

pub use blobs::{Blobs, Draft, Pin};
pub(super) use blobs::{digest_of_file, hex};
pub use index::Index;
pub use keys::end_of_prefix;
pub use records::{Record, Records};
pub use seal::seal;
pub use sound::{check_file, shrink_file};
pub use stamp::Stamp;
pub use tracked::{Tracked, TrackedMap};

/// Marks the file as ours: "mafi" in ASCII.
const APPLICATION: i32 = 0x6d61_6669;
/// The tables that each version adds. A file of an earlier version is upgraded, one of a later version
/// is left alone.
const LAYOUTS: [&str; 4] = [
    include_str!("layout_1.sql"),
    include_str!("layout_2.sql"),
    include_str!("layout_3.sql"),
    include_str!("layout_4.sql"),
];
/// The first version whose records have seals.
const SEALED: usize = 3;

#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    #[error("{} is damaged or is not the state of a sandbox: {reason}", path.display())]
    Damaged { path: PathBuf, reason: String },
    #[error(
        "{} was written by a later version of the sandbox (layout {found}, not {})",
        path.display(),
        LAYOUTS.len()
    )]
    OtherVersion { path: PathBuf, found: usize },
    #[error("the sandbox's record {key} of {kind} is damaged")]
    DamagedRecord { kind: String, key: String },
    #[error("the sandbox's file {} is damaged: it has other contents than were stored", path.display())]
    DamagedFile { path: PathBuf },
    #[error("the sandbox's file {} is damaged: it has other contents than it had when the sandbox stopped", path.display())]
    Changed { path: PathBuf, seals: PathBuf },
    #[error("the sandbox's file {} is damaged or missing: it was a log of the last changes", path.display())]
    LogLost { path: PathBuf },
    #[error("the sandbox's file {} is missing or empty", path.display())]
    Missing { path: PathBuf },
    #[error("cannot read or write the sandbox's file state.sqlite: {}", reason(.0))]
    Database(#[from] rusqlite::Error),
    #[error("cannot read or write the sandbox's file {}: {}", path.display(), io_message(error))]
    File { path: PathBuf, error: io::Error },
    #[error("cannot read the sandbox's record {key} of {kind}: {error}")]
    Record {
        kind: &'static str,
        key: String,
        error: serde_json::Error,
    },
}

impl StoreError {
    /// Whether one file, such as a blob, is not as it was stored: storing its contents again helps.
    pub fn is_of_lost_file(&self) -> bool {
        match self {
            Self::DamagedFile { .. } | Self::Missing { .. } => true,
            Self::File { error, .. } => error.kind() == io::ErrorKind::PermissionDenied,
            _ => false,
        }
    }
}

/// Why SQLite failed, without the statement, which says nothing to a reader.
pub fn reason(error: &rusqlite::Error) -> String {
    match error {
        rusqlite::Error::SqliteFailure(code, None) => code.to_string(),
        rusqlite::Error::SqliteFailure(_, Some(message)) => message.clone(),
        rusqlite::Error::SqlInputError { msg, .. } => msg.clone(),
        _ => "it has other contents than the sandbox writes".to_owned(),
    }
}

/// The open file. One process has it at a time, which the folder's lock sees to.
#[derive(Debug)]
pub struct Store {
    connection: Mutex<Connection>,
    /// How often records of each kind were written since the file was opened.
    revisions: Mutex<HashMap<&'static str, u64>>,
}

impl Store {
    /// Opens a file that has no records of an earlier version.
    #[cfg(test)]
    pub fn open(path: &Path) -> Result<Self, StoreError> {
        Self::open_upgrading(path, |_| Ok(()))
    }

    /// Opens the file, or makes it where there is none. `upgrade` converts the records of version 1, in
    /// the transaction that makes it a file of this version.
    pub fn open_upgrading(
        path: &Path,
        upgrade: impl FnOnce(&Transaction) -> Result<(), StoreError>,
    ) -> Result<Self, StoreError> {
        let damaged = |reason: String| StoreError::Damaged {
            path: path.to_owned(),
            reason,
        };
        let unread = |error: rusqlite::Error| damaged(reason(&error));
        let mut connection = Connection::open(path).map_err(unread)?;
        let found = version(&connection).map_err(unread)?;
        let found = found.ok_or_else(|| damaged("it is the database of another program".into()))?;
        let Some(missing) = LAYOUTS.get(found..) else {
            let path = path.to_owned();
            return Err(StoreError::OtherVersion { path, found });
        };
        sound::check(&connection, path)?;
        sound::set(&connection)?;
        connection.set_prepared_statement_cache_capacity(64);
        if !missing.is_empty() {
            let transaction = connection.transaction()?;
            for layout in missing {
                transaction.execute_batch(layout).map_err(|error| {
                    let reason = reason(&error);
                    damaged(format!("it is not of layout {found}, as it says: {reason}"))
                })?;
            }
            if found == 1 {
                upgrade(&transaction)?;
            }
            if found < SEALED {
                seal_all(&transaction)?;
            }
            transaction.pragma_update(None, "application_id", APPLICATION)?;
            transaction.pragma_update(None, "user_version", LAYOUTS.len())?;
            transaction.commit()?;
        }
        if found >= SEALED {
            check_seals(&connection)?;
        }
        Ok(Self {
            connection: Mutex::new(connection),
            revisions: Mutex::default(),
        })
    }

    /// Gives the space of what was removed back to the system, if that is much.
    pub fn shrink(&self) -> Result<(), StoreError> {
        Ok(sound::shrink(&self.connection())?)
    }

    pub fn read<T>(
        &self,
        work: impl FnOnce(&Connection) -> rusqlite::Result<T>,
    ) -> Result<T, StoreError> {
        Ok(work(&self.connection())?)
    }

    /// As [`Store::read`], for work that can also refuse what is asked.
    pub fn look<T, E>(&self, work: impl FnOnce(&Connection) -> Result<T, E>) -> Result<T, E> {
        work(&self.connection())
    }

    /// Does all of `work` or, when it fails, nothing.
    pub fn write<T, E: From<StoreError>>(
        &self,
        work: impl FnOnce(&Transaction) -> Result<T, E>,
    ) -> Result<T, E> {
        let mut connection = self.connection();
        let transaction = connection
            .transaction_with_behavior(TransactionBehavior::Immediate)
            .map_err(StoreError::from)?;
        let done = work(&transaction)?;
        transaction.commit().map_err(StoreError::from)?;
        Ok(done)
    }

    fn count_write(&self, kind: &'static str) {
        *self.revisions().entry(kind).or_default() += 1;
    }

    fn revisions(&self) -> MutexGuard<'_, HashMap<&'static str, u64>> {
        self.revisions
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }

    fn connection(&self) -> MutexGuard<'_, Connection> {
        // A transaction that panicked was rolled back.
        self.connection
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }
}

/// Refuses what is no database, and records of a later version, without opening them: SQLite would write
/// what is in the log beside it into any file.
///
/// Source: <https://www.sqlite.org/fileformat.html>, "The Database Header".
pub fn check_header(path: &Path) -> Result<(), StoreError> {
    let mut header = [0; 72];
    let read = File::open(path).and_then(|mut file| file.read_exact(&mut header));
    if read.is_err() || !header.starts_with(b"SQLite format 3\0") {
        return Err(StoreError::Damaged {
            path: path.to_owned(),
            reason: "it is not a database".to_owned(),
        });
    }
    let number = |at: usize| header[at..].first_chunk().map(|it| i32::from_be_bytes(*it));
    let found = number(60).and_then(|version| usize::try_from(version).ok());
    match found {
        Some(found) if number(68) == Some(APPLICATION) && found > LAYOUTS.len() => {
            let path = path.to_owned();
            Err(StoreError::OtherVersion { path, found })
        }
        _ => Ok(()),
    }
}

/// A record as it is in the file: kind, key, text.
type Row = (String, String, String);

fn rows(connection: &Connection) -> rusqlite::Result<Vec<Row>> {
    let mut statement = connection.prepare("SELECT kind, key, value FROM records")?;
    let rows = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?;
    rows.collect()
}

fn seal_all(transaction: &Transaction) -> Result<(), StoreError> {
    for (kind, key, text) in rows(transaction)? {
        let text = seal::sealed(&kind, &key, &text);
        transaction
            .prepare_cached("UPDATE records SET value = ?3 WHERE kind = ?1 AND key = ?2")?
            .execute([kind, key, text])?;
    }
    Ok(())
}

fn check_seals(connection: &Connection) -> Result<(), StoreError> {
    for (kind, key, text) in rows(connection)? {
        if seal::unsealed(&kind, &key, &text).is_none() {
            return Err(StoreError::DamagedRecord { kind, key });
        }
    }
    Ok(())
}

/// The version of the file; 0 if it is new, and `None` if it is not the sandbox's.
fn version(connection: &Connection) -> rusqlite::Result<Option<usize>> {
    let pragma = |name: &str| connection.pragma_query_value(None, name, |row| row.get(0));
    let (application, version): (i32, i32) = (pragma("application_id")?, pragma("user_version")?);
    let is_new = !connection
        .prepare("SELECT 1 FROM sqlite_schema")?
        .exists([])?;
    Ok(match application {
        // None of the sandbox's is of version 0.
        APPLICATION => usize::try_from(version).ok().filter(|version| *version > 0),
        0 if is_new => Some(0),
        _ => None,
    })
}

#[cfg(test)]
mod tests;
