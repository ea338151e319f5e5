//! The keys of DynamoDB that conditions in policies ask for: which items and attributes a request is about.
//!
//! Source: "Using IAM policy conditions for fine-grained access control" in DynamoDB's Developer Guide.

use std::collections::BTreeSet;

use serde_json::Value;

use super::expression::{self, Names};
use crate::authorise::policy::Context;

const EXPRESSIONS: [&str; 5] = [
    "ConditionExpression",
    "FilterExpression",
    "KeyConditionExpression",
    "ProjectionExpression",
    "UpdateExpression",
];
/// The parts of a request that have attributes by their names.
const NAMED: [&str; 7] = [
    "AttributeUpdates",
    "Expected",
    "Item",
    "Key",
    "KeyConditions",
    "QueryFilter",
    "ScanFilter",
];
const READS: [&str; 4] = [
    "dynamodb:BatchGetItem",
    "dynamodb:GetItem",
    "dynamodb:Query",
    "dynamodb:Scan",
];
const WRITES: [&str; 3] = [
    "dynamodb:DeleteItem",
    "dynamodb:PutItem",
    "dynamodb:UpdateItem",
];

/// The keys of a request to a table or an index whose partition key has this name. Of a batch or a
/// transaction, `part` is what it has for the table.
pub fn keys(action: &str, part: &Value, partition_key: Option<&str>) -> Context {
    let mut context = Context::default();
    let mut attributes = BTreeSet::new();
    let mut leading = BTreeSet::new();
    for request in requests(part) {
        let names = Names(&request["ExpressionAttributeNames"]);
        for expression in EXPRESSIONS.iter().filter_map(|name| request[name].as_str()) {
            attributes.extend(expression::attributes(expression, names));
        }
        let named = NAMED.iter().filter_map(|name| request[name].as_object());
        attributes.extend(named.flatten().map(|(name, _)| name.clone()));
        let listed = request["AttributesToGet"].as_array();
        attributes.extend(listed.into_iter().flatten().filter_map(text));
        if let Some(key) = partition_key {
            leading.extend(leading_key(request, key, names));
        }
    }
    context.set_all("dynamodb:Attributes", attributes.into_iter().collect());
    context.set_all("dynamodb:LeadingKeys", leading.into_iter().collect());
    if READS.contains(&action) {
        context.set("dynamodb:Select", select(part));
    }
    if WRITES.contains(&action) {
        let given = part["ReturnValues"].as_str();
        context.set("dynamodb:ReturnValues", given.unwrap_or("NONE"));
    }
    if let Some(returned) = part["ReturnConsumedCapacity"].as_str() {
        context.set("dynamodb:ReturnConsumedCapacity", returned);
    }
    context
}

/// The part, or what a batch puts, deletes or reads.
fn requests(part: &Value) -> Vec<&Value> {
    match part {
        Value::Array(requests) => requests
            .iter()
            .flat_map(|request| [&request["PutRequest"], &request["DeleteRequest"]])
            .collect(),
        part => vec![part],
    }
}

/// The values of the partition key in a request.
fn leading_key(request: &Value, key: &str, names: Names<'_>) -> Vec<String> {
    let of_item = ["Item", "Key"].map(|part| value(&request[part][key]));
    let of_batch = request["Keys"].as_array().into_iter().flatten();
    let of_batch = of_batch.map(|item| value(&item[key]));
    let condition = &request["KeyConditions"][key]["AttributeValueList"][0];
    let expression = request["KeyConditionExpression"].as_str();
    let placeholder = expression.and_then(|it| expression::equal_to(it, key, names));
    let of_query = placeholder.map(|name| value(&request["ExpressionAttributeValues"][name]));
    let all = of_item.into_iter().chain(of_batch);
    let all = all.chain([value(condition)]).chain(of_query);
    all.flatten().collect()
}

/// The text of a string, a number or a binary.
fn value(attribute: &Value) -> Option<String> {
    ["S", "N", "B"]
        .iter()
        .find_map(|kind| text(&attribute[kind]))
}

fn text(value: &Value) -> Option<String> {
    value.as_str().map(str::to_owned)
}

fn select(part: &Value) -> &str {
    let is_given = |name: &str| !part[name].is_null();
    match part["Select"].as_str() {
        Some(select) => select,
        None if is_given("ProjectionExpression") || is_given("AttributesToGet") => {
            "SPECIFIC_ATTRIBUTES"
        }
        None if is_given("IndexName") => "ALL_PROJECTED_ATTRIBUTES",
        None => "ALL_ATTRIBUTES",
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn values(part: &Value, key: &str) -> Vec<String> {
        let keys = keys("dynamodb:Query", part, Some("Owner"));
        keys.get(key).unwrap_or_default().to_vec()
    }

    #[test]
    fn a_request_has_the_partition_keys_of_its_items() {
        let ann = json!({ "Owner": { "S": "ann" }, "Id": { "N": "1" } });
        let bob = json!({ "Owner": { "S": "bob" } });
        for (part, expected) in [
            (json!({ "Key": ann }), vec!["ann"]),
            (json!({ "Item": ann }), vec!["ann"]),
            (json!({ "Keys": [ann, bob] }), vec!["ann", "bob"]),
            (
                json!([{ "PutRequest": { "Item": ann } }, { "DeleteRequest": { "Key": bob } }]),
                vec!["ann", "bob"],
            ),
            (
                json!({ "KeyConditionExpression": "begins_with(Id, :i) AND (#o = :o)",
                    "ExpressionAttributeNames": { "#o": "Owner" },
                    "ExpressionAttributeValues": { ":o": { "S": "ann" }, ":i": { "S": "1" } } }),
                vec!["ann"],
            ),
            (
                json!({ "KeyConditionExpression": ":o=Owner",
                    "ExpressionAttributeValues": { ":o": { "N": "5" } } }),
                vec!["5"],
            ),
            (
                json!({ "KeyConditions": { "Owner": { "ComparisonOperator": "EQ",
                    "AttributeValueList": [{ "B": "YQ==" }] } } }),
                vec!["YQ=="],
            ),
            (json!({ "TableName": "t" }), vec![]),
        ] {
            assert_eq!(values(&part, "dynamodb:LeadingKeys"), expected, "{part}");
        }
    }

    #[test]
    fn a_request_has_the_attributes_that_it_names() {
        for (part, expected) in [
            (
                json!({ "ProjectionExpression": "Id, #n.first, tags[0]",
                    "ExpressionAttributeNames": { "#n": "Name" } }),
                vec!["Id", "Name", "tags"],
            ),
            (
                json!({ "UpdateExpression": "SET a = if_not_exists(b, :zero) + :one REMOVE c",
                    "ConditionExpression": "NOT attribute_exists(d) AND e BETWEEN :x AND :y" }),
                vec!["a", "b", "c", "d", "e"],
            ),
            (json!({ "AttributesToGet": ["x", "y"] }), vec!["x", "y"]),
            (
                json!({ "Item": { "a": {}, "b": {} }, "Expected": { "c": {} } }),
                vec!["a", "b", "c"],
            ),
            (json!({}), vec![]),
        ] {
            assert_eq!(values(&part, "dynamodb:Attributes"), expected, "{part}");
        }
    }

    #[test]
    fn what_is_returned_is_known_though_it_is_not_said() {
        let of = |action: &str, part: Value, key: &str| {
            keys(action, &part, None).one(key).map(str::to_owned)
        };
        let select =
            |part: Value| of("dynamodb:Query", part, "dynamodb:Select").expect("it is known");
        assert_eq!(select(json!({})), "ALL_ATTRIBUTES");
        assert_eq!(
            select(json!({ "IndexName": "i" })),
            "ALL_PROJECTED_ATTRIBUTES"
        );
        assert_eq!(
            select(json!({ "ProjectionExpression": "a" })),
            "SPECIFIC_ATTRIBUTES"
        );
        assert_eq!(select(json!({ "Select": "COUNT" })), "COUNT");
        let returned = |part| of("dynamodb:PutItem", part, "dynamodb:ReturnValues");
        assert_eq!(returned(json!({})).as_deref(), Some("NONE"));
        let old = json!({ "ReturnValues": "ALL_OLD" });
        assert_eq!(returned(old).as_deref(), Some("ALL_OLD"));
        assert_eq!(
            of("dynamodb:Scan", json!({}), "dynamodb:ReturnValues"),
            None
        );
    }
}
