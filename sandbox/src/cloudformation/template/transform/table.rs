//! `AWS::Serverless::SimpleTable`: a table with one key.

use serde_json::{Map, Value, json};

use super::declared::{Declared, MEMBERS};

pub const TYPE: &str = "AWS::Serverless::SimpleTable";

/// Properties that mean the same to DynamoDB.
const SAME: [&str; 4] = [
    "PointInTimeRecoverySpecification",
    "ProvisionedThroughput",
    "SSESpecification",
    "TableName",
];

pub fn expand(table: &Declared) -> Result<Vec<(String, Value)>, String> {
    let given = &table.properties;
    let known = |key: &str| SAME.contains(&key) || ["PrimaryKey", "Tags"].contains(&key);
    if let Some(property) = given.keys().find(|key| !known(key)) {
        return Err(table.invalid(format_args!(
            "property {property} not defined for resource of type {TYPE}"
        )));
    }
    let (name, kind) = key(table)?;
    let mut properties = Map::new();
    let mut set = |name: &str, value| properties.insert(name.to_owned(), value);
    set(
        "AttributeDefinitions",
        json!([{ "AttributeName": name, "AttributeType": kind }]),
    );
    set(
        "KeySchema",
        json!([{ "AttributeName": name, "KeyType": "HASH" }]),
    );
    if !given.contains_key("ProvisionedThroughput") {
        set("BillingMode", "PAY_PER_REQUEST".into());
    }
    let tags = table.tags()?;
    if !tags.is_empty() {
        set("Tags", Value::Array(tags));
    }
    for name in SAME {
        if let Some(value) = given.get(name) {
            set(name, value.clone());
        }
    }
    let made = table.becomes("AWS::DynamoDB::Table", properties, &MEMBERS);
    Ok(vec![(table.id.to_owned(), made)])
}

/// Name and type of the key.
fn key(table: &Declared) -> Result<(Value, &'static str), String> {
    let Some(key) = table.properties.get("PrimaryKey") else {
        return Ok(("id".into(), "S"));
    };
    let part = |name: &str| {
        let part = key.get(name);
        part.ok_or_else(|| table.invalid(format_args!("Property 'PrimaryKey.{name}' is required.")))
    };
    let kind = match part("Type")?.as_str() {
        Some("String") => "S",
        Some("Number") => "N",
        Some("Binary") => "B",
        _ => {
            return Err(table.invalid(format_args!(
                "'PrimaryKey.Type' must be String, Number or Binary, not {}",
                part("Type")?
            )));
        }
    };
    Ok((part("Name")?.clone(), kind))
}
