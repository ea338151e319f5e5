//! Stacks as version 1 of the store has them: each is one record with everything in it, under the
//! stack's name or, once deleted, under its id.

use std::collections::{BTreeMap, BTreeSet};

use rusqlite::{Transaction, params};
use serde::Deserialize;

use crate::cloudformation::stack::{Definition, Obsolete, Previous, Resource, Stack};
use crate::cloudformation::template::Output;
use crate::store::{Record, StoreError};

#[derive(Deserialize)]
struct Version1 {
    #[serde(flatten)]
    stack: Stack,
    resources: BTreeMap<String, Resource>,
    leftovers: Vec<Obsolete>,
    before: Option<Before>,
}

#[derive(Deserialize)]
struct Before {
    definition: Definition,
    resources: BTreeMap<String, Resource>,
    outputs: Vec<Output>,
}

#[derive(Deserialize)]
struct WithOperation {
    operation: Option<Progress>,
}

#[derive(Deserialize)]
struct Progress {
    done: BTreeSet<String>,
}

/// Makes the records of this version of them.
pub fn upgrade(transaction: &Transaction) -> Result<(), StoreError> {
    let rows = transaction
        .prepare("SELECT key, value FROM records WHERE kind = ?1")?
        .query_map([Stack::KIND], |row| Ok((row.get(0)?, row.get(1)?)))?
        .collect::<rusqlite::Result<Vec<(String, String)>>>()?;
    transaction.execute("DELETE FROM records WHERE kind = ?1", [Stack::KIND])?;
    for (key, text) in rows {
        let unreadable = |error| StoreError::Record {
            kind: Stack::KIND,
            key: key.clone(),
            error,
        };
        let old: Version1 = serde_json::from_str(&text).map_err(unreadable)?;
        let progress: WithOperation = serde_json::from_str(&text).map_err(unreadable)?;
        let done = progress.operation.map(|operation| operation.done);
        write(transaction, old, &done.unwrap_or_default()).map_err(|error| match error {
            Failure::Store(error) => error.into(),
            Failure::Json(error) => unreadable(error),
        })?;
    }
    Ok(())
}

fn write(transaction: &Transaction, old: Version1, done: &BTreeSet<String>) -> Result<(), Failure> {
    let mut stack = old.stack;
    let mut resources = old.resources;
    if let Some(before) = old.before {
        stack.previous = Some(Previous {
            definition: before.definition,
            outputs: before.outputs,
        });
        for (logical_id, previous) in before.resources {
            if let Some(resource) = resources.get_mut(&logical_id) {
                resource.previous = Some(Box::new(previous));
            }
        }
    }
    let prefix = stack.prefix();
    for (logical_id, mut resource) in resources {
        if done.contains(&logical_id) {
            resource.done_in = stack.phase_number;
        }
        put(transaction, &format!("{prefix}{logical_id}"), &resource)?;
    }
    for obsolete in old.leftovers {
        put(
            transaction,
            &format!("{prefix}{}", obsolete.name()),
            &obsolete,
        )?;
    }
    put(transaction, stack.key(), &stack)
}

/// Without entries: the indexes are built when the records are opened.
fn put<T: Record>(transaction: &Transaction, key: &str, record: &T) -> Result<(), Failure> {
    let text = serde_json::to_string(record)?;
    let statement = "INSERT OR REPLACE INTO records VALUES (?1, ?2, ?3, NULL)";
    transaction.execute(statement, params![T::KIND, key, text])?;
    Ok(())
}

#[derive(Debug, thiserror::Error)]
enum Failure {
    #[error(transparent)]
    Store(#[from] rusqlite::Error),
    #[error(transparent)]
    Json(#[from] serde_json::Error),
}
