//! Records that are read together, of which only those are written that were changed.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::{Deref, DerefMut};

use rusqlite::{Connection, Transaction};

use super::records::Record;
use super::{Records, StoreError};

/// Knows whether it may have been changed since it was read.
#[derive(Clone, Debug)]
pub struct Tracked<T> {
    value: T,
    is_changed: bool,
}

impl<T> Tracked<T> {
    /// What is not in the store yet.
    pub fn new(value: T) -> Self {
        Self {
            value,
            is_changed: true,
        }
    }

    pub fn unchanged(value: T) -> Self {
        Self {
            value,
            is_changed: false,
        }
    }
}

impl<T> Deref for Tracked<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.value
    }
}

impl<T> DerefMut for Tracked<T> {
    fn deref_mut(&mut self) -> &mut T {
        self.is_changed = true;
        &mut self.value
    }
}

impl<T: Record> Tracked<T> {
    pub fn write(
        &self,
        records: &Records<T>,
        transaction: &Transaction,
        key: &str,
    ) -> Result<(), StoreError> {
        if self.is_changed {
            records.put_in(transaction, key, &self.value)
        } else {
            Ok(())
        }
    }
}

impl<T: Record> Tracked<Option<T>> {
    pub fn read(
        records: &Records<T>,
        connection: &Connection,
        key: &str,
    ) -> Result<Self, StoreError> {
        records.get_in(connection, key).map(Self::unchanged)
    }

    pub fn write_or_remove(
        &self,
        records: &Records<T>,
        transaction: &Transaction,
        key: &str,
    ) -> Result<(), StoreError> {
        if self.is_changed {
            records.set_in(transaction, key, self.value.as_ref())
        } else {
            Ok(())
        }
    }
}

/// The records whose keys begin alike, by the rest of their keys.
#[derive(Clone, Debug)]
pub struct TrackedMap<T> {
    records: BTreeMap<String, Tracked<T>>,
    removed: BTreeSet<String>,
}

impl<T> Default for TrackedMap<T> {
    fn default() -> Self {
        Self {
            records: BTreeMap::new(),
            removed: BTreeSet::new(),
        }
    }
}

impl<T> TrackedMap<T> {
    pub fn iter(&self) -> impl Iterator<Item = (&String, &T)> {
        self.records.iter().map(|(name, record)| (name, &**record))
    }

    pub fn iter_mut(&mut self) -> impl Iterator<Item = (&String, &mut Tracked<T>)> {
        self.records.iter_mut()
    }

    pub fn get(&self, name: &str) -> Option<&T> {
        self.records.get(name).map(|record| &**record)
    }

    pub fn is_empty(&self) -> bool {
        self.records.is_empty()
    }

    pub fn insert(&mut self, name: String, record: T) {
        self.removed.remove(&name);
        self.records.insert(name, Tracked::new(record));
    }

    pub fn retain(&mut self, is_retained: impl Fn(&str, &T) -> bool) {
        let removed = self
            .records
            .extract_if(.., |name, record| !is_retained(name, record));
        self.removed.extend(removed.map(|(name, _)| name));
    }
}

impl<T: Record> TrackedMap<T> {
    pub fn read(
        records: &Records<T>,
        connection: &Connection,
        prefix: &str,
    ) -> Result<Self, StoreError> {
        let found = records.under_in(connection, prefix)?.into_iter();
        let named = found.map(|(key, record)| {
            let name = key[prefix.len()..].to_owned();
            (name, Tracked::unchanged(record))
        });
        Ok(Self {
            records: named.collect(),
            removed: BTreeSet::new(),
        })
    }

    pub fn write(
        &self,
        records: &Records<T>,
        transaction: &Transaction,
        prefix: &str,
    ) -> Result<(), StoreError> {
        for name in &self.removed {
            records.remove_in(transaction, &format!("{prefix}{name}"))?;
        }
        for (name, record) in &self.records {
            record.write(records, transaction, &format!("{prefix}{name}"))?;
        }
        Ok(())
    }
}

impl<T> std::ops::Index<&str> for TrackedMap<T> {
    type Output = T;

    fn index(&self, name: &str) -> &T {
        &self.records[name]
    }
}
