//! `StreamSpecification` of tables: what the library takes and DynamoDB refuses, and the view, which the
//! library is not told.

use serde_json::{Value, json};

use super::super::Tables;
use super::{now, validation};
use crate::fault::Fault;

/// Source: `StreamViewType` in DynamoDB's API model.
const VIEWS: [&str; 4] = ["KEYS_ONLY", "NEW_AND_OLD_IMAGES", "NEW_IMAGE", "OLD_IMAGE"];
/// With which everything is recorded.
const BOTH: &str = "NEW_AND_OLD_IMAGES";

/// Checks the stream that a table is to have, and notes what it will show. The parameters name the table as
/// the library does.
pub fn note(tables: &Tables, operation: &str, parameters: &mut Value) -> Result<(), Fault> {
    let table = parameters["TableName"]
        .as_str()
        .unwrap_or_default()
        .to_owned();
    let Some(specification) = parameters.get_mut("StreamSpecification") else {
        return Ok(());
    };
    let view = specification["StreamViewType"].as_str().map(str::to_owned);
    if let Some(view) = view.as_deref().filter(|view| !VIEWS.contains(view)) {
        return Err(validation(&format!(
            "1 validation error detected: Value '{view}' at 'streamSpecification.streamViewType' \
             failed to satisfy constraint: Member must satisfy enum value set: [{}]",
            VIEWS.join(", ")
        )));
    }
    let names = tables
        .names()
        .map_err(|error| super::super::fault(operation, &error))?;
    let exists = names.contains(&table);
    let found = tables.streams.stream(&table)?;
    let is_enabled = found.is_some_and(|stream| stream.is_enabled);
    let is_update = operation == "UpdateTable";
    match (specification["StreamEnabled"].as_bool(), view) {
        (Some(true), _) if is_update && is_enabled => Err(validation(&format!(
            "Table already has an enabled stream: TableName: {table}"
        ))),
        (Some(false), _) if is_update && exists && !is_enabled => Err(validation(&format!(
            "Table has no stream to disable: TableName: {table}"
        ))),
        (Some(true), None) => Err(validation(
            "One or more parameter values were invalid: StreamViewType is required when StreamEnabled is \
             true",
        )),
        (Some(true), Some(view)) => {
            // The library will refuse a table that is there, or is not.
            if is_update == exists {
                tables.streams.announce(&table, &view, now())?;
            }
            specification["StreamViewType"] = json!(BOTH);
            Ok(())
        }
        _ => Ok(()),
    }
}

/// Puts the view into the description of a table, which is named as the library does.
pub fn complete(tables: &Tables, response: &mut Value) -> Result<(), Fault> {
    for member in ["Table", "TableDescription"] {
        let Some(table) = response.get_mut(member) else {
            continue;
        };
        let name = table["TableName"].as_str().unwrap_or_default();
        if table["StreamSpecification"]["StreamEnabled"] == json!(true)
            && let Some(stream) = tables.streams.stream(name)?
        {
            table["StreamSpecification"]["StreamViewType"] = json!(stream.view);
        }
    }
    Ok(())
}
