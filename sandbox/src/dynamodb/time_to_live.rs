//! What DynamoDB refuses of changes of the time to live and the library takes.

use serde_json::{Value, json};

use super::{Tables, validation};
use crate::fault::Fault;

/// Refuses to turn on what is on, and to turn off what is off. Source: the documentation of
/// UpdateTimeToLive.
pub fn check(tables: &Tables, operation: &str, parameters: &Value) -> Result<(), Fault> {
    if operation != "UpdateTimeToLive" {
        return Ok(());
    }
    let table = json!({ "TableName": parameters["TableName"] });
    // What cannot be described cannot be updated.
    let Ok(found) = super::call(tables, "DescribeTimeToLive", table) else {
        return Ok(());
    };
    let (found, wanted) = (
        &found["TimeToLiveDescription"],
        &parameters["TimeToLiveSpecification"],
    );
    let is_on = found["TimeToLiveStatus"] == "ENABLED";
    let same = found["AttributeName"] == wanted["AttributeName"];
    match wanted["Enabled"].as_bool() {
        Some(true) if is_on && same => Err(validation("TimeToLive is already enabled")),
        Some(false) if !is_on => Err(validation("TimeToLive is already disabled")),
        Some(false) if !same => Err(validation(&format!(
            "TimeToLive is active on a different AttributeName: current AttributeName is {}",
            found["AttributeName"]
        ))),
        _ => Ok(()),
    }
}
