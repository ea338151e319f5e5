//! Updates of indexes that DynamoDB refuses and the library takes.

use serde_json::{Value, json};

use super::{Tables, validation};
use crate::fault::Fault;

const UPDATES: &str = "GlobalSecondaryIndexUpdates";

/// Source: the documentation of UpdateTable: one index at a time is created or deleted.
pub fn check(tables: &Tables, operation: &str, parameters: &Value) -> Result<(), Fault> {
    let Some(updates) = parameters[UPDATES].as_array() else {
        return Ok(());
    };
    if operation != "UpdateTable" {
        return Ok(());
    }
    let online = updates
        .iter()
        .flat_map(|update| [&update["Create"], &update["Delete"]]);
    if online.filter(|action| !action.is_null()).count() > 1 {
        return Err(Fault::invalid(
            "LimitExceededException",
            "Subscriber limit exceeded: Only 1 online index can be created or deleted simultaneously \
             per table",
        ));
    }
    let table = json!({ "TableName": parameters["TableName"] });
    // What cannot be described cannot be updated.
    let Ok(found) = super::call(tables, "DescribeTable", table) else {
        return Ok(());
    };
    let table = &found["Table"];
    let mode = match &parameters["BillingMode"] {
        Value::Null => &table["BillingModeSummary"]["BillingMode"],
        mode => mode,
    };
    let created = updates.iter().map(|update| &update["Create"]);
    for created in created.filter(|created| created.is_object()) {
        if *mode != "PAY_PER_REQUEST" {
            return Err(validation(&format!(
                "One or more parameter values were invalid: ProvisionedThroughput must be specified \
                 for index: {}, which the sandbox does not support; create the index with its table, \
                 or use BillingMode PAY_PER_REQUEST",
                created["IndexName"].as_str().unwrap_or_default()
            )));
        }
        check_projection(created)?;
        check_definitions(created, parameters, table)?;
    }
    Ok(())
}

fn check_projection(created: &Value) -> Result<(), Fault> {
    let projection = &created["Projection"];
    let names = projection["NonKeyAttributes"].as_array();
    if projection["ProjectionType"] == "INCLUDE" && names.is_none_or(Vec::is_empty) {
        return Err(validation(
            "One or more parameter values were invalid: ProjectionType is INCLUDE, but \
             NonKeyAttributes is not specified",
        ));
    }
    Ok(())
}

/// Refuses definitions of attributes that no key has, or of another type than the table's.
fn check_definitions(created: &Value, parameters: &Value, table: &Value) -> Result<(), Fault> {
    let keys = names(&created["KeySchema"]);
    let known = table["AttributeDefinitions"].as_array();
    for given in parameters["AttributeDefinitions"]
        .as_array()
        .into_iter()
        .flatten()
    {
        let (name, kind) = (&given["AttributeName"], &given["AttributeType"]);
        let mut known = known.into_iter().flatten();
        let defined = known.find(|known| known["AttributeName"] == *name);
        let broken = match defined {
            Some(defined) if defined["AttributeType"] != *kind => "has another type in the table",
            None if !keys.contains(&name) => "is not used in a key",
            _ => continue,
        };
        return Err(validation(&format!(
            "One or more parameter values were invalid: the attribute {name} of \
             AttributeDefinitions {broken}"
        )));
    }
    Ok(())
}

fn names(schema: &Value) -> Vec<&Value> {
    let keys = schema.as_array().into_iter().flatten();
    keys.map(|key| &key["AttributeName"]).collect()
}
