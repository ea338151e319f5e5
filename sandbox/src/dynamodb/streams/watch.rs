//! Who waits for changes of a table is woken by what writes to it.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use serde_json::Value;
use tokio::sync::watch::{Receiver, Sender};

use super::super::table_name::mentioned;

/// The operations that write items or end a stream.
const WRITES: [&str; 10] = [
    "BatchExecuteStatement",
    "BatchWriteItem",
    "DeleteItem",
    "DeleteTable",
    "ExecuteStatement",
    "ExecuteTransaction",
    "PutItem",
    "TransactWriteItems",
    "UpdateItem",
    "UpdateTable",
];

/// By table, as the library calls it.
#[derive(Debug, Default)]
pub struct Watches(Mutex<HashMap<String, Sender<()>>>);

/// The tables that an operation may write to, as `parameters` name them.
pub fn written(operation: &str, parameters: &Value) -> Vec<String> {
    match WRITES.contains(&operation) {
        true => mentioned(parameters),
        false => Vec::new(),
    }
}

impl Watches {
    pub fn watch(&self, table: &str) -> Receiver<()> {
        let mut watches = self.lock();
        // Those that nobody waits at any more go.
        watches.retain(|_, watch| watch.receiver_count() > 0);
        let watch = watches.entry(table.to_owned()).or_default();
        watch.subscribe()
    }

    pub fn wake(&self, tables: &[String]) {
        let watches = self.lock();
        for watch in tables.iter().filter_map(|table| watches.get(table)) {
            watch.send_replace(());
        }
    }

    pub fn wake_all(&self) {
        self.lock()
            .values()
            .for_each(|watch| watch.send_replace(()));
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<String, Sender<()>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
