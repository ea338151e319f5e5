//! Changes of tables that DynamoDB refuses and the library takes.

use super::*;

fn updated(tables: &DynamoDb, update: Value, definitions: Value) -> Result<Value, String> {
    let change = json!({
        "TableName": "players",
        "AttributeDefinitions": definitions,
        "GlobalSecondaryIndexUpdates": update,
    });
    let answer = call(&tables.database, "UpdateTable", change);
    answer.map_err(|fault| fault.to_string())
}

fn role(kind: &str) -> Value {
    json!([{ "AttributeName": "Role", "AttributeType": kind }])
}

fn index(name: &str, projection: Value) -> Value {
    let key = json!([{ "AttributeName": "Role", "KeyType": "HASH" }]);
    json!({ "Create": { "IndexName": name, "KeySchema": key, "Projection": projection } })
}

#[test]
fn one_index_at_a_time_is_created_with_what_its_keys_need() {
    let (_folder, tables) = opened();
    call(&tables.database, "CreateTable", players()).expect("made");
    let all = || json!({ "ProjectionType": "ALL" });
    let unused = json!([role("S")[0], { "AttributeName": "Other", "AttributeType": "S" }]);
    for (update, definitions, words) in [
        (
            json!([index("One", all()), index("Two", all())]),
            role("S"),
            "LimitExceededException",
        ),
        (
            json!([index("One", all()), { "Delete": { "IndexName": "Masked" } }]),
            role("S"),
            "LimitExceededException",
        ),
        (
            json!([index("One", json!({ "ProjectionType": "INCLUDE" }))]),
            role("S"),
            "NonKeyAttributes is not specified",
        ),
        (json!([index("One", all())]), unused, "is not used in a key"),
    ] {
        let refused = updated(&tables, update, definitions).expect_err(words);
        assert!(refused.contains(words), "{refused}");
    }
    updated(&tables, json!([index("One", all())]), role("S")).expect("made");
    let other = updated(&tables, json!([index("Two", all())]), role("N"));
    assert!(other.expect_err("a number").contains("another type"));
}

#[test]
fn an_index_of_a_provisioned_table_is_made_with_the_table() {
    let (_folder, tables) = opened();
    let mut table = players();
    table["BillingMode"] = json!("PROVISIONED");
    let units = json!({ "ReadCapacityUnits": 1, "WriteCapacityUnits": 1 });
    table["ProvisionedThroughput"] = units.clone();
    table["GlobalSecondaryIndexes"] = Value::Null;
    call(&tables.database, "CreateTable", table).expect("made");
    let create = json!([index("One", json!({ "ProjectionType": "ALL" }))]);
    let refused = updated(&tables, create, role("S")).expect_err("it would have no throughput");
    assert!(
        refused.contains("create the index with its table"),
        "{refused}"
    );
}

#[test]
fn time_to_live_is_turned_on_and_off_once() {
    let (_folder, tables) = opened();
    call(&tables.database, "CreateTable", players()).expect("made");
    let set = |enabled: bool, attribute: &str| {
        let specification = json!({ "Enabled": enabled, "AttributeName": attribute });
        let change = json!({ "TableName": "players", "TimeToLiveSpecification": specification });
        let answer = call(&tables.database, "UpdateTimeToLive", change);
        answer.map_err(|fault| fault.message)
    };
    let refused = |words: &str| Err(format!("TimeToLive is already {words}"));
    assert_eq!(set(false, "End"), refused("disabled"));
    set(true, "End").expect("on");
    assert_eq!(set(true, "End"), refused("enabled"));
    assert!(set(true, "Other").is_err() && set(false, "Other").is_err());
    set(false, "End").expect("off");
    assert_eq!(set(false, "End"), refused("disabled"));
}
