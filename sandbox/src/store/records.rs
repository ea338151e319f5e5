//! Things of one kind, each under its key.

use std::marker::PhantomData;
use std::ops::Range;
use std::sync::Arc;

use rusqlite::{Connection, OptionalExtension, Row, Transaction, params};
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::{Store, StoreError};

/// What a service keeps, as JSON.
pub trait Record: Serialize + DeserializeOwned {
    /// The service and the thing, such as `lambda.function`.
    const KIND: &'static str;

    /// The digest of the blob that lives as long as this does.
    fn blob(&self) -> Option<&str> {
        None
    }
}

/// All things of one kind.
#[derive(Debug)]
pub struct Records<T> {
    store: Arc<Store>,
    of: PhantomData<fn() -> T>,
}

impl<T> Clone for Records<T> {
    fn clone(&self) -> Self {
        Self::new(&self.store)
    }
}

impl<T> Records<T> {
    pub fn new(store: &Arc<Store>) -> Self {
        Self {
            store: store.clone(),
            of: PhantomData,
        }
    }
}

impl<T: Record> Records<T> {
    pub fn get(&self, key: &str) -> Result<Option<T>, StoreError> {
        let found = self.store.read(|connection| {
            connection
                .prepare_cached("SELECT value FROM records WHERE kind = ?1 AND key = ?2")?
                .query_row(params![T::KIND, key], value)
                .optional()
        })?;
        found.map(|text| self.parsed(key, &text)).transpose()
    }

    /// All of them, by key.
    pub fn all(&self) -> Result<Vec<T>, StoreError> {
        let rows = self.store.read(|connection| {
            connection
                .prepare_cached("SELECT key, value FROM records WHERE kind = ?1 ORDER BY key")?
                .query_map([T::KIND], |row| Ok((row.get(0)?, row.get(1)?)))?
                .collect::<rusqlite::Result<Vec<(String, String)>>>()
        })?;
        rows.iter()
            .map(|(key, text)| self.parsed(key, text))
            .collect()
    }

    /// Those whose keys are in `keys`, in the order of their keys' UTF-8 bytes; the first `most`.
    pub fn range(&self, keys: Range<&str>, most: usize) -> Result<Vec<(String, T)>, StoreError> {
        let rows = self
            .store
            .read(|connection| rows(connection, T::KIND, keys, most))?;
        self.parsed_rows(rows)
    }

    /// Puts `thing` under `key`, in place of what was there.
    pub fn put(&self, key: &str, thing: &T) -> Result<(), StoreError> {
        self.store
            .write(|transaction| self.put_in(transaction, key, thing))
    }

    /// Puts `thing` under `key` unless something is there; says whether it did.
    pub fn insert(&self, key: &str, thing: &T) -> Result<bool, StoreError> {
        let text = self.text(key, thing)?;
        self.store.write(|transaction| {
            let added = transaction
                .prepare_cached("INSERT OR IGNORE INTO records VALUES (?1, ?2, ?3, ?4)")?
                .execute(params![T::KIND, key, text, thing.blob()])?;
            Ok(added > 0)
        })
    }

    /// Says whether something was there.
    pub fn remove(&self, key: &str) -> Result<bool, StoreError> {
        self.store
            .write(|transaction| self.remove_in(transaction, key))
    }

    /// Reads what is under `key`, lets `change` alter it, put something there or take it away, and
    /// keeps the result: nothing else writes in between. When `change` fails nothing is kept.
    pub fn change<R, E: From<StoreError>>(
        &self,
        key: &str,
        change: impl FnOnce(&mut Option<T>) -> Result<R, E>,
    ) -> Result<R, E> {
        self.store.write(|transaction| {
            let mut thing = self.get_in(transaction, key)?;
            let result = change(&mut thing)?;
            match thing {
                Some(thing) => self.put_in(transaction, key, &thing)?,
                None => {
                    self.remove_in(transaction, key)?;
                }
            }
            Ok(result)
        })
    }

    /// As [`get`](Self::get), as part of a change of several records ([`Store::write`]).
    pub fn get_in(&self, transaction: &Transaction, key: &str) -> Result<Option<T>, StoreError> {
        let found = transaction
            .prepare_cached("SELECT value FROM records WHERE kind = ?1 AND key = ?2")?
            .query_row(params![T::KIND, key], value)
            .optional()?;
        found.map(|text| self.parsed(key, &text)).transpose()
    }

    /// As [`range`](Self::range), as part of a change of several records.
    pub fn range_in(
        &self,
        transaction: &Transaction,
        keys: Range<&str>,
        most: usize,
    ) -> Result<Vec<(String, T)>, StoreError> {
        self.parsed_rows(rows(transaction, T::KIND, keys, most)?)
    }

    /// As [`put`](Self::put), as part of a change of several records.
    pub fn put_in(
        &self,
        transaction: &Transaction,
        key: &str,
        thing: &T,
    ) -> Result<(), StoreError> {
        transaction
            .prepare_cached("INSERT OR REPLACE INTO records VALUES (?1, ?2, ?3, ?4)")?
            .execute(params![T::KIND, key, self.text(key, thing)?, thing.blob()])?;
        Ok(())
    }

    /// As [`remove`](Self::remove), as part of a change of several records.
    pub fn remove_in(&self, transaction: &Transaction, key: &str) -> Result<bool, StoreError> {
        let removed = transaction
            .prepare_cached("DELETE FROM records WHERE kind = ?1 AND key = ?2")?
            .execute(params![T::KIND, key])?;
        Ok(removed > 0)
    }

    fn parsed_rows(&self, rows: Vec<(String, String)>) -> Result<Vec<(String, T)>, StoreError> {
        rows.into_iter()
            .map(|(key, text)| {
                let thing = self.parsed(&key, &text)?;
                Ok((key, thing))
            })
            .collect()
    }

    fn parsed(&self, key: &str, text: &str) -> Result<T, StoreError> {
        serde_json::from_str(text).map_err(|error| self.broken(key, error))
    }

    fn text(&self, key: &str, thing: &T) -> Result<String, StoreError> {
        serde_json::to_string(thing).map_err(|error| self.broken(key, error))
    }

    fn broken(&self, key: &str, error: serde_json::Error) -> StoreError {
        StoreError::Record {
            kind: T::KIND,
            key: key.to_owned(),
            error,
        }
    }
}

fn rows(
    connection: &Connection,
    kind: &str,
    keys: Range<&str>,
    most: usize,
) -> rusqlite::Result<Vec<(String, String)>> {
    let most = i64::try_from(most).unwrap_or(i64::MAX);
    connection
        .prepare_cached(
            "SELECT key, value FROM records
             WHERE kind = ?1 AND key >= ?2 AND key < ?3 ORDER BY key LIMIT ?4",
        )?
        .query_map(params![kind, keys.start, keys.end, most], |row| {
            Ok((row.get(0)?, row.get(1)?))
        })?
        .collect()
}

fn value(row: &Row) -> rusqlite::Result<String> {
    row.get(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, PartialEq, Serialize, serde::Deserialize)]
    struct Number(u32);

    impl Record for Number {
        const KIND: &'static str = "number";
    }

    #[derive(Serialize, serde::Deserialize)]
    struct Other(u32);

    impl Record for Other {
        const KIND: &'static str = "other";
    }

    #[test]
    fn records_are_kept_by_kind_and_key() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("state");
        let store = Arc::new(Store::open(&path).expect("it opens"));
        let numbers = Records::<Number>::new(&store);
        assert!(numbers.insert("b", &Number(2)).expect("kept"));
        assert!(!numbers.insert("b", &Number(3)).expect("kept"));
        numbers.put("a", &Number(1)).expect("kept");
        Records::new(&store).put("a", &Other(9)).expect("kept");
        let answered: Result<u32, StoreError> = numbers.change("b", |number| {
            *number = number.as_ref().map(|Number(number)| Number(number * 2));
            Ok(7)
        });
        assert_eq!(answered.expect("changed"), 7);
        drop((store, numbers));

        let store = Arc::new(Store::open(&path).expect("it opens again"));
        let numbers = Records::<Number>::new(&store);
        assert_eq!(numbers.all().expect("read"), [Number(1), Number(4)]);
        assert!(numbers.remove("b").expect("removed"));
        assert_eq!(numbers.get("b").expect("read"), None);
    }

    #[test]
    fn a_range_is_in_the_order_of_bytes_and_of_one_kind() {
        let folder = tempfile::tempdir().expect("a folder");
        let store = Arc::new(Store::open(&folder.path().join("state")).expect("it opens"));
        let numbers = Records::<Number>::new(&store);
        for (number, key) in ["a/b", "a", "a/B", "a/\u{e9}", "a/\u{1f600}", "b", "a0"]
            .iter()
            .enumerate()
        {
            let number = u32::try_from(number).expect("it is small");
            numbers.put(key, &Number(number)).expect("kept");
        }
        Records::new(&store).put("a/a", &Other(9)).expect("kept");
        let keys = |most| -> Vec<String> {
            let found = numbers.range("a/".."a0", most).expect("read");
            found.into_iter().map(|(key, _)| key).collect()
        };
        assert_eq!(keys(10), ["a/B", "a/b", "a/\u{e9}", "a/\u{1f600}"]);
        assert_eq!(keys(2), ["a/B", "a/b"]);
    }

    #[test]
    fn records_of_several_kinds_change_together() {
        let folder = tempfile::tempdir().expect("a folder");
        let store = Arc::new(Store::open(&folder.path().join("state")).expect("it opens"));
        let (numbers, others) = (
            Records::<Number>::new(&store),
            Records::<Other>::new(&store),
        );
        numbers.put("a", &Number(1)).expect("kept");
        let change = |fails: bool| {
            store.write(|transaction| {
                let found = numbers.get_in(transaction, "a")?.map_or(0, |Number(it)| it);
                others.put_in(transaction, "a", &Other(found))?;
                numbers.remove_in(transaction, "a")?;
                if fails {
                    Err(StoreError::from(rusqlite::Error::InvalidQuery))
                } else {
                    Ok(numbers.range_in(transaction, "a".."z", 9)?.len())
                }
            })
        };
        assert!(change(true).is_err());
        assert_eq!(numbers.get("a").expect("read"), Some(Number(1)));
        assert!(others.get("a").expect("read").is_none());
        assert_eq!(change(false).expect("changed"), 0);
        assert_eq!(others.get("a").expect("read").map(|Other(it)| it), Some(1));
    }
}
