//! Things of one kind, each under its key.

use std::marker::PhantomData;
use std::sync::Arc;

use rusqlite::{OptionalExtension, Row, Transaction, params};
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::{Store, StoreError};

/// What a service keeps, as JSON.
pub trait Kept: Serialize + DeserializeOwned {
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

impl<T: Kept> Records<T> {
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
            let found = transaction
                .prepare_cached("SELECT value FROM records WHERE kind = ?1 AND key = ?2")
                .and_then(|mut statement| {
                    statement.query_row(params![T::KIND, key], value).optional()
                })
                .map_err(StoreError::from)?;
            let mut thing = found.map(|text| self.parsed(key, &text)).transpose()?;
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

    fn put_in(&self, transaction: &Transaction, key: &str, thing: &T) -> Result<(), StoreError> {
        transaction
            .prepare_cached("INSERT OR REPLACE INTO records VALUES (?1, ?2, ?3, ?4)")?
            .execute(params![T::KIND, key, self.text(key, thing)?, thing.blob()])?;
        Ok(())
    }

    fn remove_in(&self, transaction: &Transaction, key: &str) -> Result<bool, StoreError> {
        let removed = transaction
            .prepare_cached("DELETE FROM records WHERE kind = ?1 AND key = ?2")?
            .execute(params![T::KIND, key])?;
        Ok(removed > 0)
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

fn value(row: &Row) -> rusqlite::Result<String> {
    row.get(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, PartialEq, Serialize, serde::Deserialize)]
    struct Number(u32);

    impl Kept for Number {
        const KIND: &'static str = "number";
    }

    #[derive(Serialize, serde::Deserialize)]
    struct Other(u32);

    impl Kept for Other {
        const KIND: &'static str = "other";
    }

    #[test]
    fn records_are_kept_by_kind_and_key() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("state");
        let store = Arc::new(Store::open(&path).expect("it opens"));
        let numbers = Records::new(&store);
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
}
