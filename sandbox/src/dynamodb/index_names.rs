//! The names of a table's indexes. The library makes an SQLite table for each, so it cannot have two whose
//! names differ only in case.

use serde_json::{Value, json};

use super::Tables;
use crate::fault::Fault;

const KINDS: [&str; 2] = ["GlobalSecondaryIndexes", "LocalSecondaryIndexes"];

/// Refuses a request that makes two indexes whose names differ only in case.
pub fn check(tables: &Tables, operation: &str, parameters: &Value) -> Result<(), Fault> {
    match operation {
        "CreateTable" => KINDS
            .iter()
            .try_for_each(|kind| differ(names(&parameters[kind]))),
        "UpdateTable" => {
            let updates = parameters["GlobalSecondaryIndexUpdates"].as_array();
            let mut added = updates
                .into_iter()
                .flatten()
                .map(|update| &update["Create"]);
            let Some(added) = added.find_map(|new| new["IndexName"].as_str()) else {
                return Ok(());
            };
            let table = json!({ "TableName": parameters["TableName"] });
            // What cannot be described cannot be updated.
            let Ok(found) = super::call(tables, "DescribeTable", table) else {
                return Ok(());
            };
            let existing = names(&found["Table"][KINDS[0]]);
            differ(existing.into_iter().chain([added]).collect())
        }
        _ => Ok(()),
    }
}

fn names(indexes: &Value) -> Vec<&str> {
    let indexes = indexes.as_array().into_iter().flatten();
    indexes
        .filter_map(|index| index["IndexName"].as_str())
        .collect()
}

fn differ(names: Vec<&str>) -> Result<(), Fault> {
    for (at, name) in names.iter().enumerate() {
        let is_other = |other: &&&str| *other != name && other.eq_ignore_ascii_case(name);
        if let Some(other) = names[at..].iter().find(is_other) {
            let message = format!(
                "the sandbox does not support indexes of a table whose names differ only in case: \
                 {name} and {other}"
            );
            return Err(Fault::invalid("ValidationException", message));
        }
    }
    Ok(())
}
