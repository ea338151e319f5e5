//! The names of partition keys, kept in memory: the library counts a table's items when it describes it.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use serde_json::{Value, json};

use super::{DynamoDb, call};

/// By table, as requests name it, and index.
type Found = HashMap<(String, Option<String>), String>;

impl DynamoDb {
    /// The name of the partition key of a table or its index; `None` if there is no such.
    pub fn partition_key(&self, table: &str, index: Option<&str>) -> Option<String> {
        let keys = &self.database.partition_keys;
        keys.find(table, index, || {
            let table = json!({ "TableName": table });
            call(&self.database, "DescribeTable", table).ok()
        })
    }
}

#[derive(Debug, Default)]
pub struct PartitionKeys(Mutex<Found>);

impl PartitionKeys {
    /// The partition key of a table or its index. `describe` reads the table, while nothing is forgotten.
    pub fn find(
        &self,
        table: &str,
        index: Option<&str>,
        describe: impl FnOnce() -> Option<Value>,
    ) -> Option<String> {
        let mut found = self.lock();
        let place = (table.to_owned(), index.map(str::to_owned));
        if let Some(key) = found.get(&place) {
            return Some(key.clone());
        }
        let described = describe()?;
        let key = partition_key(&described["Table"], index)?;
        found.insert(place, key.clone());
        Some(key)
    }

    /// To be called after tables or indexes have changed.
    pub fn forget(&self) {
        self.lock().clear();
    }

    fn lock(&self) -> MutexGuard<'_, Found> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn partition_key(table: &Value, index: Option<&str>) -> Option<String> {
    let kinds = ["GlobalSecondaryIndexes", "LocalSecondaryIndexes"];
    let mut indexes = kinds
        .iter()
        .filter_map(|kind| table[kind].as_array())
        .flatten();
    let described = match index {
        Some(index) => indexes.find(|it| it["IndexName"] == index)?,
        None => table,
    };
    let mut schema = described["KeySchema"].as_array()?.iter();
    let key = schema.find(|key| key["KeyType"] == "HASH")?;
    key["AttributeName"].as_str().map(str::to_owned)
}
