//! What the library leaves out of the descriptions of tables, or says otherwise than DynamoDB.

use dynoxide::streams::LOCAL_REGION;
use serde_json::{Value, json};

use super::streams;
use crate::REGION;

/// Of on-demand tables, in units per second. Source: "Understanding DynamoDB warm throughput" in
/// DynamoDB's developer guide.
const WARM_READS: u32 = 12_000;
const WARM_WRITES: u32 = 4_000;

/// Completes the response of an operation that describes a table.
pub fn complete(response: &mut Value) {
    set_region(response);
    for member in ["Table", "TableDescription"] {
        if let Some(table) = response.get_mut(member).filter(|table| table.is_object()) {
            complete_table(table);
        }
    }
}

/// Replaces the library's own region by the sandbox's in ARNs.
fn set_region(value: &mut Value) {
    match value {
        Value::Object(members) => {
            for (name, value) in members {
                match value {
                    Value::String(arn) if name.ends_with("Arn") => {
                        *arn =
                            arn.replacen(&format!(":{LOCAL_REGION}:"), &format!(":{REGION}:"), 1);
                    }
                    value => set_region(value),
                }
            }
        }
        Value::Array(values) => values.iter_mut().for_each(set_region),
        _ => {}
    }
}

fn complete_table(table: &mut Value) {
    if table["DeletionProtectionEnabled"].is_null() {
        table["DeletionProtectionEnabled"] = json!(false);
    }
    let created = table["CreationDateTime"].clone();
    let on_demand = table["BillingModeSummary"]["BillingMode"] == "PAY_PER_REQUEST";
    let since = "LastUpdateToPayPerRequestDateTime";
    if on_demand && table["BillingModeSummary"][since].is_null() {
        // The library does not know since when, if the table was not created so.
        table["BillingModeSummary"][since] = created;
    }
    set_stream_label(table);
    set_warm_throughput(table, "TableStatus", on_demand);
    let indexes = table.get_mut("GlobalSecondaryIndexes");
    for index in indexes.and_then(Value::as_array_mut).into_iter().flatten() {
        set_warm_throughput(index, "IndexStatus", on_demand);
    }
}

/// A stream is named after the time of its creation. The library writes it in seconds since 1970.
fn set_stream_label(table: &mut Value) {
    let Some(stored) = table["LatestStreamLabel"].as_str().map(str::to_owned) else {
        return;
    };
    let label = streams::label(streams::began(&stored));
    if let Some(arn) = table["LatestStreamArn"].as_str() {
        table["LatestStreamArn"] = json!(arn.replace(&stored, &label));
    }
    table["LatestStreamLabel"] = json!(label);
}

/// A table or an index can do at once what is provisioned.
fn set_warm_throughput(described: &mut Value, status: &str, on_demand: bool) {
    if !described["WarmThroughput"].is_null() {
        return;
    }
    let provisioned = |units: &str| described["ProvisionedThroughput"][units].as_u64();
    let units = |units: &str, warm: u32| match provisioned(units) {
        Some(units) if !on_demand => json!(units),
        _ => json!(warm),
    };
    described["WarmThroughput"] = json!({
        "ReadUnitsPerSecond": units("ReadCapacityUnits", WARM_READS),
        "WriteUnitsPerSecond": units("WriteCapacityUnits", WARM_WRITES),
        "Status": described[status],
    });
}
