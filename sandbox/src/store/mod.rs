//! What the services keep, in one SQLite file: whole after `kill -9` at any moment.
//!
//! A change of several rows is one transaction. Nothing is synced to the disk at each write: what a
//! crash of the whole machine may lose is the last moment of a sandbox.

mod blobs;
mod records;

use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

use rusqlite::{Connection, Transaction, TransactionBehavior};

pub(super) use blobs::hex;
pub use blobs::{Blobs, Draft, Pin};
pub use records::{Record, Records};

/// Marks the file as ours: "mafi" in ASCII.
const APPLICATION: i32 = 0x6d61_6669;
/// Of the layout in `schema.sql` and of what the services put into it. A file of another version is
/// left alone.
const VERSION: i32 = 1;
const SCHEMA: &str = include_str!("schema.sql");

#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    #[error("{path} is damaged or is not the state of a sandbox: {reason}")]
    Damaged { path: PathBuf, reason: String },
    #[error("{path} was written by another version of the sandbox (layout {found}, not {VERSION})")]
    OtherVersion { path: PathBuf, found: i32 },
    #[error("cannot read or write the sandbox's state: {0}")]
    Database(#[from] rusqlite::Error),
    #[error("cannot read or write the sandbox's file {path}: {error}")]
    File {
        path: PathBuf,
        error: std::io::Error,
    },
    #[error("cannot read the sandbox's record {key} of {kind}: {error}")]
    Record {
        kind: &'static str,
        key: String,
        error: serde_json::Error,
    },
}

/// The open file. One process has it at a time, which the folder's lock sees to.
#[derive(Debug)]
pub struct Store {
    connection: Mutex<Connection>,
}

impl Store {
    /// Opens the file, or makes it where there is none.
    pub fn open(path: &Path) -> Result<Self, StoreError> {
        let damaged = |error: rusqlite::Error| StoreError::Damaged {
            path: path.to_owned(),
            reason: error.to_string(),
        };
        let mut connection = Connection::open(path).map_err(damaged)?;
        let pragma = |name: &str| connection.pragma_query_value(None, name, |row| row.get(0));
        let application: i32 = pragma("application_id").map_err(damaged)?;
        let found: i32 = pragma("user_version").map_err(damaged)?;
        let tables: i64 = connection
            .query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0))
            .map_err(damaged)?;
        let empty = tables == 0 && application == 0;
        if !empty && application != APPLICATION {
            return Err(StoreError::Damaged {
                path: path.to_owned(),
                reason: "it is the database of another program".to_owned(),
            });
        }
        if !empty && found != VERSION {
            let path = path.to_owned();
            return Err(StoreError::OtherVersion { path, found });
        }
        connection.pragma_update(None, "journal_mode", "wal")?;
        connection.pragma_update(None, "synchronous", "normal")?;
        connection.set_prepared_statement_cache_capacity(64);
        if empty {
            let transaction = connection.transaction()?;
            transaction.execute_batch(SCHEMA)?;
            transaction.pragma_update(None, "application_id", APPLICATION)?;
            transaction.pragma_update(None, "user_version", VERSION)?;
            transaction.commit()?;
        }
        Ok(Self {
            connection: Mutex::new(connection),
        })
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

    fn connection(&self) -> MutexGuard<'_, Connection> {
        // A transaction that panicked was rolled back.
        self.connection
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_state_of_this_version_is_said_and_left_alone() {
        let folder = tempfile::tempdir().expect("a folder");
        let garbage = folder.path().join("garbage");
        std::fs::write(
            &garbage,
            "not a database at all, but long enough to be read",
        )
        .expect("it");
        let before = std::fs::read(&garbage).expect("it");
        let refused = Store::open(&garbage).expect_err("it is no database");
        assert!(matches!(refused, StoreError::Damaged { .. }), "{refused}");
        assert_eq!(std::fs::read(&garbage).expect("it"), before);

        let newer = folder.path().join("newer");
        let store = Store::open(&newer).expect("it opens");
        let version = |connection: &Connection| connection.pragma_update(None, "user_version", 99);
        store.read(version).expect("it is set");
        drop(store);
        let refused = Store::open(&newer).expect_err("it is of another version");
        let other = matches!(refused, StoreError::OtherVersion { found: 99, .. });
        assert!(other, "{refused}");
    }

    #[test]
    fn a_change_is_whole_or_not_at_all() {
        let folder = tempfile::tempdir().expect("a folder");
        let store = Store::open(&folder.path().join("state")).expect("it opens");
        let failed: Result<(), StoreError> = store.write(|transaction| {
            transaction.execute("INSERT INTO records VALUES ('a', 'b', '1', NULL)", [])?;
            transaction.execute("no such statement", [])?;
            Ok(())
        });
        assert!(failed.is_err());
        let rows: i64 = store
            .read(|connection| {
                connection.query_row("SELECT count(*) FROM records", [], |row| row.get(0))
            })
            .expect("it reads");
        assert_eq!(rows, 0);
    }
}
