//! Records of one kind, each under its key.

use std::marker::PhantomData;
use std::ops::Range;
use std::sync::Arc;

use rusqlite::{Connection, OptionalExtension, Transaction, params};
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::index::Index;
use super::seal::{sealed, unsealed};
use super::{Store, StoreError};

/// What a service keeps, as JSON.
pub trait Record: Serialize + DeserializeOwned + 'static {
    /// The service and the thing, such as `lambda.function`.
    const KIND: &'static str;
    /// What finds it besides its key.
    const INDEXES: &'static [Index<Self>] = &[];

    /// The digest of the blob that lives as long as this does.
    fn blob(&self) -> Option<&str> {
        None
    }
}

/// All records of one kind.
#[derive(Debug)]
pub struct Records<T> {
    pub(super) store: Arc<Store>,
    of: PhantomData<fn() -> T>,
}

impl<T> Clone for Records<T> {
    fn clone(&self) -> Self {
        Self {
            store: self.store.clone(),
            of: PhantomData,
        }
    }
}

impl<T: Record> Records<T> {
    /// Of a kind without indexes.
    pub fn new(store: &Arc<Store>) -> Self {
        const { assert!(T::INDEXES.is_empty(), "its indexes may have to be built") };
        Self {
            store: store.clone(),
            of: PhantomData,
        }
    }

    /// Builds the indexes if they are new since the records were written.
    pub fn open(store: &Arc<Store>) -> Result<Self, StoreError> {
        let records = Self {
            store: store.clone(),
            of: PhantomData,
        };
        records.build_indexes()?;
        Ok(records)
    }

    /// Grows with every write of such a record. Who reads it before a record, and finds it the same later,
    /// knows that the record is still as it was read.
    pub fn revision(&self) -> u64 {
        self.store
            .revisions()
            .get(T::KIND)
            .copied()
            .unwrap_or_default()
    }

    pub fn get(&self, key: &str) -> Result<Option<T>, StoreError> {
        self.store.look(|connection| self.get_in(connection, key))
    }

    /// All of them, by key.
    pub fn all(&self) -> Result<Vec<T>, StoreError> {
        let all = self.under("")?.into_iter();
        Ok(all.map(|(_, record)| record).collect())
    }

    /// As [`all`](Self::all), each or why it cannot be read.
    pub fn each(&self) -> Result<Vec<Result<T, StoreError>>, StoreError> {
        let rows = self.store.read(|connection| {
            let mut statement = connection
                .prepare_cached("SELECT key, value FROM records WHERE kind = ?1 ORDER BY key")?;
            let rows = statement.query_map([T::KIND], |row| Ok((row.get(0)?, row.get(1)?)))?;
            rows.collect::<rusqlite::Result<Vec<(String, String)>>>()
        })?;
        let each = rows.iter().map(|(key, text)| parse(key, text));
        Ok(each.collect())
    }

    /// Those whose keys are in `keys`, in the order of their keys' UTF-8 bytes; the first `most`.
    pub fn range(&self, keys: Range<&str>, most: usize) -> Result<Vec<(String, T)>, StoreError> {
        let rows = self
            .store
            .read(|connection| rows(connection, T::KIND, keys, most))?;
        parse_rows(rows)
    }

    /// Puts `record` under `key`, in place of what was there.
    pub fn put(&self, key: &str, record: &T) -> Result<(), StoreError> {
        self.store
            .write(|transaction| self.put_in(transaction, key, record))
    }

    /// Puts `record` under `key` unless something is there; says whether it did.
    pub fn insert(&self, key: &str, record: &T) -> Result<bool, StoreError> {
        self.store.write(|transaction| {
            let is_free = self.get_in(transaction, key)?.is_none();
            if is_free {
                self.put_in(transaction, key, record)?;
            }
            Ok(is_free)
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
            let mut record = self.get_in(transaction, key)?;
            let result = change(&mut record)?;
            self.set_in(transaction, key, record.as_ref())?;
            Ok(result)
        })
    }
}

/// The same as parts of a change of several records ([`Store::write`]).
impl<T: Record> Records<T> {
    pub fn get_in(&self, connection: &Connection, key: &str) -> Result<Option<T>, StoreError> {
        let found = connection
            .prepare_cached("SELECT value FROM records WHERE kind = ?1 AND key = ?2")?
            .query_row(params![T::KIND, key], |row| row.get::<_, String>(0))
            .optional()?;
        found.map(|text| parse(key, &text)).transpose()
    }

    pub fn range_in(
        &self,
        transaction: &Transaction,
        keys: Range<&str>,
        most: usize,
    ) -> Result<Vec<(String, T)>, StoreError> {
        parse_rows(rows(transaction, T::KIND, keys, most)?)
    }

    pub fn put_in(
        &self,
        transaction: &Transaction,
        key: &str,
        record: &T,
    ) -> Result<(), StoreError> {
        let text = serde_json::to_string(record).map_err(|error| unreadable::<T>(key, error))?;
        let text = sealed(T::KIND, key, &text);
        self.store.count_write(T::KIND);
        transaction
            .prepare_cached("INSERT OR REPLACE INTO records VALUES (?1, ?2, ?3, ?4)")?
            .execute(params![T::KIND, key, text, record.blob()])?;
        Self::index(transaction, key, Some(record))
    }

    /// Says whether something was there.
    pub fn remove_in(&self, transaction: &Transaction, key: &str) -> Result<bool, StoreError> {
        self.store.count_write(T::KIND);
        let removed = transaction
            .prepare_cached("DELETE FROM records WHERE kind = ?1 AND key = ?2")?
            .execute(params![T::KIND, key])?;
        Self::index(transaction, key, None)?;
        Ok(removed > 0)
    }

    /// Puts `record` under `key`, or removes what is there.
    pub fn set_in(
        &self,
        transaction: &Transaction,
        key: &str,
        record: Option<&T>,
    ) -> Result<(), StoreError> {
        match record {
            Some(record) => self.put_in(transaction, key, record),
            None => self.remove_in(transaction, key).map(|_| ()),
        }
    }
}

pub fn parse<T: Record>(key: &str, text: &str) -> Result<T, StoreError> {
    let text = unsealed(T::KIND, key, text).ok_or_else(|| StoreError::DamagedRecord {
        kind: T::KIND.to_owned(),
        key: key.to_owned(),
    })?;
    serde_json::from_str(text).map_err(|error| unreadable::<T>(key, error))
}

fn parse_rows<T: Record>(rows: Vec<(String, String)>) -> Result<Vec<(String, T)>, StoreError> {
    let parsed = rows.into_iter().map(|(key, text)| {
        let record = parse(&key, &text)?;
        Ok((key, record))
    });
    parsed.collect()
}

fn unreadable<T: Record>(key: &str, error: serde_json::Error) -> StoreError {
    StoreError::Record {
        kind: T::KIND,
        key: key.to_owned(),
        error,
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
