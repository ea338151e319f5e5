//! The records of changes, which the library writes in one transaction with the change itself.
//!
//! The library keeps them without an end, gives the records of a deleted table to the next of the name, and
//! looks through all of them for each write. So they are read here, through a connection of its own: by
//! stream, from an index, and for 24 hours.
//!
//! Both images of an item are recorded, whatever the stream shows of them: a write that changes nothing is
//! no change (see [`record`](super::record)). What it shows is in a table beside the library's.

use std::path::Path;
use std::sync::{Mutex, MutexGuard, PoisonError};

use rusqlite::{Connection, OptionalExtension, Row, params};

use super::stream::{Stream, began};

/// Source: "Change data capture for DynamoDB Streams" in DynamoDB's developer guide.
const KEPT: i64 = 24 * 60 * 60 * 1_000_000;
/// What is older than this is removed, so often. Longer than a shard iterator is valid.
const REMOVED_EVERY: i64 = 60 * 60 * 1_000_000;

/// The library numbers records by the system's time. When that is set back by less than this just after
/// a stream began, the stream has what is written then.
const SET_BACK: i64 = 60 * 60 * 1_000_000;

/// In microseconds since 1970, as the library numbers its records.
pub type Micros = i64;

#[derive(Debug)]
pub struct StreamLog {
    connection: Mutex<Connection>,
    removed_at: Mutex<Micros>,
}

/// A change as it is recorded. Items and the identity are in JSON.
#[derive(Clone, Debug)]
pub struct Recorded {
    /// Grows within a table, and not less than the time does.
    pub number: i64,
    pub id: String,
    pub event: String,
    pub keys: String,
    pub new_image: Option<String>,
    pub old_image: Option<String>,
    /// In seconds since 1970.
    pub written_at: i64,
    pub identity: Option<String>,
}

impl StreamLog {
    /// To be opened after the library has made its tables.
    pub fn open(path: &Path) -> rusqlite::Result<Self> {
        let connection = Connection::open(path)?;
        connection.pragma_update(None, "synchronous", "normal")?;
        connection.execute_batch(
            "CREATE INDEX IF NOT EXISTS _sandbox_stream_records
                 ON _stream_records (table_name, CAST(sequence_number AS INTEGER));
             CREATE TABLE IF NOT EXISTS _sandbox_stream_views
                 (table_name TEXT PRIMARY KEY, view TEXT NOT NULL);
             CREATE TABLE IF NOT EXISTS _sandbox_stream_starts
                 (table_name TEXT PRIMARY KEY, first INTEGER NOT NULL);",
        )?;
        Ok(Self {
            connection: Mutex::new(connection),
            removed_at: Mutex::new(0),
        })
    }

    /// The latest stream of a table, also if it is disabled. `table` is what the library calls it.
    pub fn stream(&self, table: &str) -> rusqlite::Result<Option<Stream>> {
        let connection = self.connection();
        let sql = format!("{STREAMS} WHERE stream_label IS NOT NULL AND t.table_name = ?1");
        let mut statement = connection.prepare_cached(&sql)?;
        statement.query_row([table], stream).optional()
    }

    /// Of all tables.
    pub fn streams(&self) -> rusqlite::Result<Vec<Stream>> {
        let connection = self.connection();
        let sql = format!("{STREAMS} WHERE stream_label IS NOT NULL");
        let mut statement = connection.prepare_cached(&sql)?;
        statement.query_map([], stream)?.collect()
    }

    /// Notes what the next stream of the table will show, and where it will begin: after the records
    /// that there are.
    pub fn announce(&self, table: &str, view: &str, now: Micros) -> rusqlite::Result<()> {
        let last = self.last(table)?.unwrap_or_default();
        let first = (last + 1).max(now - SET_BACK);
        let connection = self.connection();
        let sql = "INSERT OR REPLACE INTO _sandbox_stream_views VALUES (?1, ?2)";
        connection.execute(sql, [table, view])?;
        let sql = "INSERT OR REPLACE INTO _sandbox_stream_starts VALUES (?1, ?2)";
        connection.execute(sql, params![table, first]).map(drop)
    }

    /// The records of a table with higher numbers than `after`, in their order.
    pub fn after(&self, table: &str, after: i64, most: usize) -> rusqlite::Result<Vec<Recorded>> {
        let connection = self.connection();
        let mut statement = connection.prepare_cached(
            "SELECT CAST(sequence_number AS INTEGER), COALESCE(event_id, sequence_number), event_name,
                    keys_json, new_image, old_image, created_at, user_identity
             FROM _stream_records
             WHERE table_name = ?1 AND CAST(sequence_number AS INTEGER) > ?2
             ORDER BY CAST(sequence_number AS INTEGER) LIMIT ?3",
        )?;
        let most = i64::try_from(most).unwrap_or(i64::MAX);
        statement
            .query_map(params![table, after, most], recorded)?
            .collect()
    }

    /// The highest number of a table's records.
    pub fn last(&self, table: &str) -> rusqlite::Result<Option<i64>> {
        let connection = self.connection();
        let mut statement = connection.prepare_cached(
            "SELECT MAX(CAST(sequence_number AS INTEGER)) FROM _stream_records WHERE table_name = ?1",
        )?;
        statement.query_row([table], |row| row.get(0))
    }

    /// What is older than this cannot be read. Removes what has been so for long.
    pub fn horizon(&self, now: Micros) -> rusqlite::Result<Micros> {
        let mut removed_at = self
            .removed_at
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        if now - *removed_at >= REMOVED_EVERY {
            let before = (now - KEPT - REMOVED_EVERY) / 1_000_000;
            let sql = "DELETE FROM _stream_records WHERE created_at < ?1";
            self.connection().execute(sql, [before])?;
            *removed_at = now;
        }
        Ok(now - KEPT)
    }

    /// Makes the table's stream one that began then.
    #[cfg(test)]
    pub fn set_beginning(&self, table: &str, seconds: u32) {
        let sql = "UPDATE _tables SET stream_label = ?2 WHERE table_name = ?1";
        let label = format!("{seconds}.000000000");
        let changed = self.connection().execute(sql, [table, &label]);
        assert_eq!(changed.expect("changed"), 1);
    }

    fn connection(&self) -> MutexGuard<'_, Connection> {
        self.connection
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }
}

const STREAMS: &str = "SELECT t.table_name, t.stream_enabled, t.stream_label,
        COALESCE(v.view, t.stream_view_type), t.key_schema, s.first
    FROM _tables t
        LEFT JOIN _sandbox_stream_views v ON v.table_name = t.table_name
        LEFT JOIN _sandbox_stream_starts s ON s.table_name = t.table_name";

fn stream(row: &Row) -> rusqlite::Result<Stream> {
    let label: String = row.get(2)?;
    let key_schema: String = row.get(4)?;
    let began = began(&label);
    let first: Option<i64> = row.get(5)?;
    Ok(Stream {
        stored: row.get(0)?,
        is_enabled: row.get(1)?,
        began,
        // A stream of an earlier version of the sandbox has no other.
        first: first.unwrap_or(began),
        view: row.get(3)?,
        key_schema: serde_json::from_str(&key_schema).unwrap_or_default(),
    })
}

fn recorded(row: &Row) -> rusqlite::Result<Recorded> {
    Ok(Recorded {
        number: row.get(0)?,
        id: row.get(1)?,
        event: row.get(2)?,
        keys: row.get(3)?,
        new_image: row.get(4)?,
        old_image: row.get(5)?,
        written_at: row.get(6)?,
        identity: row.get(7)?,
    })
}
