//! No request makes the library fail.

use proptest::prelude::*;

use super::*;

/// A request for each operation, as clients send them.
fn requests() -> Vec<(&'static str, Value)> {
    let name = "players";
    let key = json!({ "Name": { "S": "a" } });
    let item = json!({ "Name": { "S": "a" }, "N": { "N": "1" }, "S": { "NS": ["1", "2"] },
        "L": { "L": [{ "B": "AA==" }, { "M": { "x": { "NULL": true } } }] } });
    let values = json!({ ":a": { "N": "1" } });
    let statement = json!({ "Statement": "SELECT * FROM players WHERE Name = ?",
        "Parameters": [{ "S": "a" }] });
    let arn = DynamoDb::table_arn(name);
    vec![
        (
            "BatchExecuteStatement",
            json!({ "Statements": [statement] }),
        ),
        (
            "BatchGetItem",
            json!({ "RequestItems": { name: { "Keys": [key] } } }),
        ),
        (
            "BatchWriteItem",
            json!({ "RequestItems": { name: [
            { "PutRequest": { "Item": item } }, { "DeleteRequest": { "Key": { "Name": { "S": "b" } } } } ] } }),
        ),
        ("CreateTable", players()),
        (
            "DeleteItem",
            json!({ "TableName": name, "Key": key, "ReturnValues": "ALL_OLD" }),
        ),
        ("DescribeContinuousBackups", json!({ "TableName": name })),
        ("DescribeTable", json!({ "TableName": name })),
        ("DescribeTimeToLive", json!({ "TableName": name })),
        ("ExecuteStatement", statement.clone()),
        (
            "ExecuteTransaction",
            json!({ "TransactStatements": [statement] }),
        ),
        (
            "GetItem",
            json!({ "TableName": name, "Key": key, "ProjectionExpression": "L[0]" }),
        ),
        (
            "ListTables",
            json!({ "Limit": 2, "ExclusiveStartTableName": "aaa" }),
        ),
        ("ListTagsOfResource", json!({ "ResourceArn": arn })),
        (
            "PutItem",
            json!({ "TableName": name, "Item": item,
            "ConditionExpression": "attribute_not_exists(N) OR N < :a",
            "ExpressionAttributeValues": values }),
        ),
        (
            "Query",
            json!({ "TableName": name, "KeyConditionExpression": "#n = :n",
            "ExpressionAttributeNames": { "#n": "Name" }, "ExclusiveStartKey": key,
            "ExpressionAttributeValues": { ":n": { "S": "a" } }, "Limit": 1 }),
        ),
        (
            "Scan",
            json!({ "TableName": name, "IndexName": "Masked", "Segment": 0,
            "TotalSegments": 1, "FilterExpression": "size(L) > :a",
            "ExpressionAttributeValues": values, "ExclusiveStartKey": key }),
        ),
        (
            "TagResource",
            json!({ "ResourceArn": arn, "Tags": [{ "Key": "a", "Value": "" }] }),
        ),
        (
            "TransactGetItems",
            json!({ "TransactItems":
            [{ "Get": { "TableName": name, "Key": key } }] }),
        ),
        (
            "TransactWriteItems",
            json!({ "ClientRequestToken": "t", "TransactItems": [
            { "Put": { "TableName": name, "Item": item } },
            { "Delete": { "TableName": name, "Key": { "Name": { "S": "b" } } } } ] }),
        ),
        (
            "UntagResource",
            json!({ "ResourceArn": arn, "TagKeys": ["a"] }),
        ),
        (
            "UpdateItem",
            json!({ "TableName": name, "Key": key,
            "UpdateExpression": "SET N = if_not_exists(N, :a) + :a REMOVE L[1]",
            "ExpressionAttributeValues": values }),
        ),
        (
            "UpdateTable",
            json!({ "TableName": name, "GlobalSecondaryIndexUpdates":
            [{ "Delete": { "IndexName": "Masked" } }] }),
        ),
        (
            "UpdateTimeToLive",
            json!({ "TableName": name, "TimeToLiveSpecification":
            { "Enabled": true, "AttributeName": "N" } }),
        ),
    ]
}

/// The number of values in `value`, itself included.
fn size(value: &Value) -> usize {
    1 + match value {
        Value::Object(members) => members.values().map(size).sum(),
        Value::Array(values) => values.iter().map(size).sum(),
        _ => 0,
    }
}

/// Replaces the value at `index`, counted depth first, by `new`.
fn replace(value: &mut Value, mut index: usize, new: &Value) {
    if index == 0 {
        *value = new.clone();
        return;
    }
    index -= 1;
    let children: Vec<&mut Value> = match value {
        Value::Object(members) => members.values_mut().collect(),
        Value::Array(values) => values.iter_mut().collect(),
        _ => vec![],
    };
    for child in children {
        let size = size(child);
        if index < size {
            return replace(child, index, new);
        }
        index -= size;
    }
}

fn odd() -> impl Strategy<Value = Value> {
    prop_oneof![
        Just(Value::Null),
        Just(json!({})),
        Just(json!([])),
        Just(json!([{}])),
        Just(json!({ "S": "" })),
        Just(json!({ "N": "1e999" })),
        Just(json!(1.5)),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        "[ -~]{0,12}|\\PC{0,3}|(N|:a|#n|L\\[9\\]|\\(|\\)|,|=| |SET|AND|size){0,6}"
            .prop_map(Value::from),
    ]
}

#[test]
fn each_operation_has_a_request_here() {
    let (_folder, tables) = opened();
    for (operation, parameters) in requests() {
        let _ = call(&tables.database, "CreateTable", players());
        let answer = call(&tables.database, operation, parameters);
        let taken = operation == "CreateTable";
        assert!(answer.is_ok() || taken, "{operation}: {answer:?}");
    }
    let operations = DynamoDb::DESCRIPTION.operations.iter();
    let names = operations.map(|operation| operation.name);
    let missing = |operation: &&str| requests().iter().all(|(name, _)| name != operation);
    let missing: Vec<_> = names.filter(missing).collect();
    assert_eq!(missing, ["DescribeLimits", "DeleteTable"]);
}

proptest! {
    #[test]
    fn any_request_is_answered_or_refused(
        (operation, mut parameters) in prop::sample::select(requests()),
        changes in prop::collection::vec((any::<prop::sample::Index>(), odd()), 1..3),
    ) {
        thread_local! {
            static TABLES: (tempfile::TempDir, DynamoDb) = opened();
        }
        for (place, new) in changes {
            let place = place.index(size(&parameters));
            replace(&mut parameters, place, &new);
        }
        TABLES.with(|(_folder, tables)| {
            let _ = call(&tables.database, "CreateTable", players());
            if let Err(fault) = call(&tables.database, operation, parameters) {
                assert!(fault.is_client_error(), "{fault}");
            }
        });
    }
}
