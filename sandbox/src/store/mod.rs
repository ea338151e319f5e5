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
mod tracked;

use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

use rusqlite::{Connection, Transaction, TransactionBehavior};

pub(super) use blobs::hex;
pub use blobs::{Blobs, Draft, Pin};
pub use index::Index;
pub use keys::end_of_prefix;
pub use records::{Record, Records};
pub use sound::{check_file, shrink_file};
pub use tracked::{Tracked, TrackedMap};

/// Marks the file as ours: "mafi" in ASCII.
const APPLICATION: i32 = 0x6d61_6669;
/// The tables that each version adds. A file of an earlier version is upgraded, one of a later version
/// is left alone.
const LAYOUTS: [&str; 3] = [
    include_str!("layout_1.sql"),
    include_str!("layout_2.sql"),
    include_str!("layout_3.sql"),
];
/// The first version whose records have seals.
const SEALED: usize = 3;

#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    #[error("{path} is damaged or is not the state of a sandbox: {reason}")]
    Damaged { path: PathBuf, reason: String },
    #[error("{path} was written by a later version of the sandbox (layout {found}, not {})", LAYOUTS.len())]
    OtherVersion { path: PathBuf, found: usize },
    #[error("the sandbox's record {key} of {kind} is damaged")]
    DamagedRecord { kind: String, key: String },
    #[error("the sandbox's file {path} is damaged: it has other contents than were stored")]
    DamagedFile { path: PathBuf },
    #[error("the sandbox's file {path} is missing or empty")]
    Missing { path: PathBuf },
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
        let mut connection = Connection::open(path).map_err(|error| damaged(error.to_string()))?;
        let found = version(&connection).map_err(|error| damaged(error.to_string()))?;
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
                transaction.execute_batch(layout)?;
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

    fn connection(&self) -> MutexGuard<'_, Connection> {
        // A transaction that panicked was rolled back.
        self.connection
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
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
        APPLICATION => usize::try_from(version).ok(),
        0 if is_new => Some(0),
        _ => None,
    })
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
    fn a_file_of_an_earlier_version_is_upgraded_once_and_whole() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("state");
        let earlier = Connection::open(&path).expect("it opens");
        earlier.execute_batch(LAYOUTS[0]).expect("made");
        let rows = "INSERT INTO records VALUES ('a', 'b', '1', NULL)";
        earlier.execute(rows, []).expect("written");
        let pragmas = [("application_id", APPLICATION), ("user_version", 1)];
        for (name, value) in pragmas {
            earlier.pragma_update(None, name, value).expect("set");
        }
        drop(earlier);
        let broken = |_: &Transaction| Err(StoreError::from(rusqlite::Error::InvalidQuery));
        assert!(Store::open_upgrading(&path, broken).is_err());
        let convert = |transaction: &Transaction| {
            transaction.execute("UPDATE records SET value = value + 1", [])?;
            Ok(())
        };
        for _ in 0..2 {
            let store = Store::open_upgrading(&path, convert).expect("it opens");
            let value = "SELECT value FROM records";
            let value: String = store
                .read(|connection| connection.query_row(value, [], |row| row.get(0)))
                .expect("read");
            assert_eq!(seal::unsealed("a", "b", &value), Some("2"));
        }
    }

    /// Damages all copies of `text` in the file.
    fn damage(path: &Path, text: &str) {
        let mut bytes = std::fs::read(path).expect("it is read");
        let places: Vec<usize> = memchr::memmem::find_iter(&bytes, text).collect();
        assert!(!places.is_empty(), "{text} is there");
        for place in places {
            bytes[place] ^= 1;
        }
        std::fs::write(path, bytes).expect("it is written");
    }

    #[test]
    fn damage_is_noticed_at_the_start_and_where_it_is_read() {
        use crate::store::{Record, Records};
        use std::sync::Arc;

        #[derive(serde::Serialize, serde::Deserialize, Debug)]
        struct Words(Vec<String>);

        const BY_WORD: Index<Words> = Index::new("by-word", |words| words.0.clone());

        impl Record for Words {
            const KIND: &'static str = "kind-of-words";
            const INDEXES: &'static [Index<Self>] = &[BY_WORD];
        }

        let folder = tempfile::tempdir().expect("a folder");
        for text in ["some-key", "kind-of-words", "text-of-it"] {
            let path = folder.path().join(text);
            let store = Arc::new(Store::open(&path).expect("it opens"));
            let records = Records::<Words>::open(&store).expect("it opens");
            let words = Words(vec!["text-of-it".to_owned()]);
            records.put("some-key", &words).expect("put");
            assert!(records.get("some-key").expect("read").is_some());
            let connection = store.connection();
            let checkpoint = "PRAGMA wal_checkpoint(TRUNCATE)";
            connection
                .query_row(checkpoint, [], |_| Ok(()))
                .expect("written");
            drop(connection);
            drop((records, store));
            damage(&path, text);
            let refused = Store::open(&path).expect_err(text);
            let is_said = matches!(
                refused,
                StoreError::Damaged { .. } | StoreError::DamagedRecord { .. }
            );
            assert!(is_said, "{refused}");
        }

        let store = Arc::new(Store::open(&folder.path().join("read")).expect("it opens"));
        let records = Records::<Words>::open(&store).expect("it opens");
        records.put("a", &Words(vec!["b".to_owned()])).expect("put");
        let damage = "UPDATE records SET value = replace(value, 'b', 'c')";
        store
            .read(|connection| connection.execute(damage, []))
            .expect("done");
        let reads = [
            records.get("a").map(|_| ()),
            records.all().map(|_| ()),
            records.range("a".."b", 1).map(|_| ()),
            records.with(&BY_WORD, "b").map(|_| ()),
            records.page("", None, 1, |_| true).map(|_| ()),
            records.page_by(&BY_WORD, "", None, 1, |_| true).map(|_| ()),
            store.look(|connection| records.first_under(connection, "a").map(|_| ())),
        ];
        for read in reads {
            let refused = read.expect_err("it is damaged").to_string();
            assert_eq!(
                refused,
                "the sandbox's record a of kind-of-words is damaged"
            );
        }
    }

    #[test]
    fn a_file_shrinks_when_much_was_removed() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("state");
        let store = Store::open(&path).expect("it opens");
        let length = || std::fs::metadata(&path).expect("it is there").len();
        let fill = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 5000)
            INSERT INTO records SELECT 'filler', i, printf('%01000d', i), NULL FROM n";
        let execute = |sql: &str| store.read(|connection| connection.execute(sql, []));
        execute(fill).expect("filled");
        store.shrink().expect("looked");
        let full = length();
        execute("DELETE FROM records").expect("emptied");
        store.shrink().expect("shrunk");
        assert!(length() < full / 10, "{} of {full}", length());
    }

    #[test]
    fn records_of_a_version_without_seals_get_theirs_and_no_version_is_upgraded_twice() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("state");
        let earlier = Connection::open(&path).expect("it opens");
        earlier.execute_batch(&LAYOUTS[..2].concat()).expect("made");
        let row = "INSERT INTO records VALUES ('a', 'b', '{}', NULL)";
        earlier.execute(row, []).expect("written");
        for (name, value) in [("application_id", APPLICATION), ("user_version", 2)] {
            earlier.pragma_update(None, name, value).expect("set");
        }
        drop(earlier);
        for _ in 0..2 {
            let not_version_1 =
                |_: &Transaction| Err(StoreError::from(rusqlite::Error::InvalidQuery));
            let store = Store::open_upgrading(&path, not_version_1).expect("it opens");
            let value = "SELECT value FROM records";
            let value: String = store
                .read(|connection| connection.query_row(value, [], |row| row.get(0)))
                .expect("read");
            assert_eq!(seal::unsealed("a", "b", &value), Some("{}"));
        }
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
