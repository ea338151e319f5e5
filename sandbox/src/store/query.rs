//! Several records at once: those whose keys begin alike, and those that an index finds.

use rusqlite::{Connection, OptionalExtension, Row, Transaction, params};

use super::index::Index;
use super::keys::End;
use super::records::{Record, parse};
use super::{Records, StoreError};
use crate::page::{Cursor, Page};

impl<T: Record> Records<T> {
    /// Those whose keys begin with `prefix`, by key.
    pub fn under(&self, prefix: &str) -> Result<Vec<(String, T)>, StoreError> {
        self.store
            .look(|connection| self.under_in(connection, prefix))
    }

    /// As [`under`](Self::under), as part of a change of several records.
    pub fn under_in(
        &self,
        connection: &Connection,
        prefix: &str,
    ) -> Result<Vec<(String, T)>, StoreError> {
        let page = self.page_in(connection, prefix, None, usize::MAX, |_| true)?;
        Ok(page.items)
    }

    /// The first of those whose keys begin with `prefix`.
    pub fn first_under(
        &self,
        connection: &Connection,
        prefix: &str,
    ) -> Result<Option<T>, StoreError> {
        let mut statement = connection.prepare_cached(
            "SELECT key, value FROM records
             WHERE kind = ?1 AND key >= ?2 AND key < ?3 ORDER BY key LIMIT 1",
        )?;
        let parameters = params![T::KIND, prefix, End::of_prefix(prefix)];
        let row = |row: &Row| Ok((row.get::<_, String>(0)?, row.get::<_, String>(1)?));
        let found = statement.query_row(parameters, row).optional()?;
        found.map(|(key, text)| parse(&key, &text)).transpose()
    }

    /// Removes those whose keys begin with `prefix`.
    pub fn remove_under(&self, transaction: &Transaction, prefix: &str) -> Result<(), StoreError> {
        for table in ["records", "entries"] {
            let statement =
                format!("DELETE FROM {table} WHERE kind = ?1 AND key >= ?2 AND key < ?3");
            transaction.prepare_cached(&statement)?.execute(params![
                T::KIND,
                prefix,
                End::of_prefix(prefix)
            ])?;
        }
        Ok(())
    }

    /// A page of those whose keys begin with `prefix` and that are `wanted`, by key. Reads no further
    /// than the page needs.
    pub fn page(
        &self,
        prefix: &str,
        after: Option<&Cursor>,
        size: usize,
        wanted: impl Fn(&T) -> bool,
    ) -> Result<Page<(String, T)>, StoreError> {
        self.store
            .look(|connection| self.page_in(connection, prefix, after, size, wanted))
    }

    fn page_in(
        &self,
        connection: &Connection,
        prefix: &str,
        after: Option<&Cursor>,
        size: usize,
        wanted: impl Fn(&T) -> bool,
    ) -> Result<Page<(String, T)>, StoreError> {
        let after = after.map_or("", Cursor::position);
        let (start, end) = (prefix.max(after), End::of_prefix(prefix));
        let mut statement = connection.prepare_cached(
            "SELECT key, key, key, value FROM records
             WHERE kind = ?1 AND key >= ?2 AND key < ?3 AND key > ?4 ORDER BY key",
        )?;
        let rows = statement.query_map(params![T::KIND, start, end, after], position)?;
        read_page(rows, size, wanted)
    }

    /// A page of the `wanted` ones of those that have a value in `index` that begins with `prefix`, by
    /// that value and with it. Reads no further than the page needs.
    pub fn page_by(
        &self,
        index: &Index<T>,
        prefix: &str,
        after: Option<&Cursor>,
        size: usize,
        wanted: impl Fn(&T) -> bool,
    ) -> Result<Page<(String, T)>, StoreError> {
        let after = after.map_or("", Cursor::position);
        let (value, key) = after.split_once(SEPARATOR).unwrap_or((after, ""));
        let (start, end) = (prefix.max(value), End::of_prefix(prefix));
        self.store.look(|connection| {
            let mut statement = connection.prepare_cached(
                "SELECT entries.value || char(10) || key, entries.value, key, records.value
                 FROM entries CROSS JOIN records USING (kind, key)
                 WHERE kind = ?1 AND index_name = ?2
                 AND entries.value >= ?3 AND entries.value < ?4 AND (entries.value, key) > (?5, ?6)
                 ORDER BY entries.value, key",
            )?;
            let parameters = params![T::KIND, index.name, start, end, value, key];
            let rows = statement.query_map(parameters, position)?;
            read_page(rows, size, wanted)
        })
    }

    /// Those that have this value in `index`.
    pub fn with(&self, index: &Index<T>, value: &str) -> Result<Vec<(String, T)>, StoreError> {
        self.store
            .look(|connection| self.with_in(connection, index, value))
    }

    /// As [`with`](Self::with), as part of a change of several records.
    pub fn with_in(
        &self,
        connection: &Connection,
        index: &Index<T>,
        value: &str,
    ) -> Result<Vec<(String, T)>, StoreError> {
        let mut statement = connection.prepare_cached(
            "SELECT key, key, key, records.value FROM entries CROSS JOIN records USING (kind, key)
             WHERE kind = ?1 AND index_name = ?2 AND entries.value = ?3 ORDER BY key",
        )?;
        let rows = statement.query_map(params![T::KIND, index.name, value], position)?;
        Ok(read_page(rows, usize::MAX, |_| true)?.items)
    }

    /// How many have this value in `index`. Reads no records.
    pub fn count(&self, index: &Index<T>, value: &str) -> Result<usize, StoreError> {
        self.store.read(|connection| {
            let mut statement = connection.prepare_cached(
                "SELECT count(*) FROM entries WHERE kind = ?1 AND index_name = ?2 AND value = ?3",
            )?;
            statement.query_row(params![T::KIND, index.name, value], |row| row.get(0))
        })
    }

    /// The values in `index` that begin with `prefix`, in order, each with the key of its record. Reads
    /// no records.
    pub fn entries(
        &self,
        index: &Index<T>,
        prefix: &str,
    ) -> Result<Vec<(String, String)>, StoreError> {
        self.store
            .look(|connection| self.entries_in(connection, index, prefix))
    }

    /// As [`entries`](Self::entries), as part of a change of several records.
    pub fn entries_in(
        &self,
        connection: &Connection,
        index: &Index<T>,
        prefix: &str,
    ) -> Result<Vec<(String, String)>, StoreError> {
        let mut statement = connection.prepare_cached(
            "SELECT value, key FROM entries
             WHERE kind = ?1 AND index_name = ?2 AND value >= ?3 AND value < ?4
             ORDER BY value, key",
        )?;
        let parameters = params![T::KIND, index.name, prefix, End::of_prefix(prefix)];
        let rows = statement.query_map(parameters, |row| Ok((row.get(0)?, row.get(1)?)))?;
        Ok(rows.collect::<rusqlite::Result<_>>()?)
    }
}

/// Between a value and a key in the position of an entry. No value has one.
const SEPARATOR: char = '\n';

/// A record's position in the list, its key or its value in the index, its key, and its text.
type Position = (String, String, String, String);

fn position(row: &Row) -> rusqlite::Result<Position> {
    Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?))
}

fn read_page<T: Record>(
    rows: impl Iterator<Item = rusqlite::Result<Position>>,
    size: usize,
    wanted: impl Fn(&T) -> bool,
) -> Result<Page<(String, T)>, StoreError> {
    let mut items = Vec::new();
    let mut last = None;
    for row in rows {
        let (position, name, key, text) = row?;
        let record = parse(&key, &text)?;
        if !wanted(&record) {
            continue;
        }
        if items.len() == size {
            let next = last.map(Cursor::after);
            return Ok(Page { items, next });
        }
        items.push((name, record));
        last = Some(position);
    }
    Ok(Page { items, next: None })
}
