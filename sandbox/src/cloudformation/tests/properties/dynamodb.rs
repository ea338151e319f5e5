//! Tables.

use serde_json::{Value, json};

use super::{Subject, name, row, tags};

pub fn table() -> Subject {
    let attribute = |name: &str| json!({ "AttributeName": name, "AttributeType": "S" });
    let key = |name: &str| json!([{ "AttributeName": name, "KeyType": "HASH" }]);
    let with_b = || json!({ "AttributeDefinitions": [attribute("a"), attribute("b")] });
    let with_range = || {
        json!({
            "AttributeDefinitions": [attribute("a"), attribute("b"), attribute("c")],
            "KeySchema": [
                { "AttributeName": "a", "KeyType": "HASH" },
                { "AttributeName": "b", "KeyType": "RANGE" },
            ],
        })
    };
    let local = |projection: Value| {
        json!({
            "IndexName": "Local",
            "KeySchema": [
                { "AttributeName": "a", "KeyType": "HASH" },
                { "AttributeName": "c", "KeyType": "RANGE" },
            ],
            "Projection": projection,
        })
    };
    let units = |units: u8| json!({ "ReadCapacityUnits": units, "WriteCapacityUnits": units });
    let provisioned = |count: u8| json!({ "ProvisionedThroughput": units(count) });
    let with_all = |count: u8| {
        let mut all = with_b();
        all["BillingMode"] = json!("PROVISIONED");
        all["ProvisionedThroughput"] = units(count);
        all
    };
    let index = |name: &str, by: &str, projection: &str| {
        json!({ "IndexName": name, "KeySchema": key(by),
            "Projection": { "ProjectionType": projection } })
    };
    let with_units = |count: u8| {
        let mut index = index("One", "b", "KEYS_ONLY");
        index["ProvisionedThroughput"] = units(count);
        index
    };
    let least = json!({
        "AttributeDefinitions": [attribute("a")],
        "BillingMode": "PAY_PER_REQUEST",
        "KeySchema": key("a"),
    });
    Subject {
        kind: "AWS::DynamoDB::Table",
        full: json!({
            "AttributeDefinitions": [attribute("a")],
            "BillingMode": "PAY_PER_REQUEST",
            "KeySchema": key("a"),
            "StreamSpecification": { "StreamViewType": "KEYS_ONLY" },
        }),
        least,
        rows: vec![
            row(
                "AttributeDefinitions",
                "/AttributeDefinitions",
                json!([{ "AttributeName": "a", "AttributeType": "N" }]),
                json!([{ "AttributeName": "a", "AttributeType": "B" }]),
                json!([{ "AttributeName": "a", "AttributeType": "X" }]),
            )
            .or_else(json!([attribute("a")])),
            row(
                "BillingMode",
                "/ProvisionedThroughput/ReadCapacityUnits",
                json!("PROVISIONED"),
                json!("PAY_PER_REQUEST"),
                json!("FREE"),
            )
            .along(provisioned(1), json!({}), json!({}))
            .shows(json!(1), json!(0))
            .or_else(json!(0)),
            row(
                "DeletionProtectionEnabled",
                "/DeletionProtectionEnabled",
                json!(true),
                json!(false),
                json!("maybe"),
            )
            .or_else(json!(false)),
            row(
                "GlobalSecondaryIndexes",
                "/GlobalSecondaryIndexes/0/IndexName",
                json!([index("One", "b", "ALL")]),
                json!([{
                    "IndexName": "Two",
                    "KeySchema": key("b"),
                    "Projection": { "ProjectionType": "INCLUDE", "NonKeyAttributes": ["c"] },
                }]),
                json!([index("Two", "missing", "ALL")]),
            )
            .along(with_b(), with_b(), json!({}))
            .shows(json!("One"), json!("Two")),
            row(
                "GlobalSecondaryIndexes",
                "/GlobalSecondaryIndexes/0/ProvisionedThroughput/ReadCapacityUnits",
                json!([with_units(1)]),
                json!([with_units(2)]),
                json!([with_units(0)]),
            )
            .along(with_all(1), with_all(1), with_all(1))
            .shows(json!(1), json!(2))
            .fixed(),
            row(
                "KeySchema",
                "/KeySchema",
                key("b"),
                json!([
                    { "AttributeName": "a", "KeyType": "HASH" },
                    { "AttributeName": "b", "KeyType": "RANGE" },
                ]),
                key("missing"),
            )
            .along(
                json!({ "AttributeDefinitions": [attribute("b")] }),
                with_b(),
                json!({}),
            )
            .or_else(key("a")),
            row(
                "LocalSecondaryIndexes",
                "/LocalSecondaryIndexes/0/Projection",
                json!([local(json!({ "ProjectionType": "ALL" }))]),
                json!([local(
                    json!({ "ProjectionType": "INCLUDE", "NonKeyAttributes": ["d"] })
                )]),
                json!([local(json!({ "ProjectionType": "SOME" }))]),
            )
            .along(with_range(), with_range(), with_range())
            .shows(
                json!({ "ProjectionType": "ALL" }),
                json!({ "ProjectionType": "INCLUDE", "NonKeyAttributes": ["d"] }),
            ),
            row(
                "OnDemandThroughput",
                "/OnDemandThroughput/MaxReadRequestUnits",
                json!({ "MaxReadRequestUnits": 5, "MaxWriteRequestUnits": 5 }),
                json!({ "MaxReadRequestUnits": 6 }),
                json!({ "MaxReadRequestUnits": 0 }),
            )
            .shows(json!(5), json!(6)),
            row(
                "PointInTimeRecoverySpecification",
                "/Backups/PointInTimeRecoveryDescription/PointInTimeRecoveryStatus",
                json!({ "PointInTimeRecoveryEnabled": false }),
                json!({ "PointInTimeRecoveryEnabled": false }),
                json!({ "PointInTimeRecoveryEnabled": true, "RecoveryPeriodInDays": 1 }),
            )
            .shows(json!("DISABLED"), json!("DISABLED"))
            .or_else(json!("DISABLED")),
            row(
                "ProvisionedThroughput",
                "/ProvisionedThroughput/WriteCapacityUnits",
                json!({ "ReadCapacityUnits": 1, "WriteCapacityUnits": 1 }),
                json!({ "ReadCapacityUnits": 2, "WriteCapacityUnits": 2 }),
                json!({ "ReadCapacityUnits": 0, "WriteCapacityUnits": 0 }),
            )
            .along(
                json!({ "BillingMode": "PROVISIONED" }),
                json!({ "BillingMode": "PROVISIONED" }),
                json!({ "BillingMode": "PROVISIONED" }),
            )
            .shows(json!(1), json!(2))
            .or_else(json!(0)),
            row(
                "SSESpecification",
                "/SSEDescription/Status",
                json!({ "SSEEnabled": true, "SSEType": "KMS", "KMSMasterKeyId": "alias/a" }),
                json!({ "SSEEnabled": false }),
                json!({ "SSEEnabled": true, "SSEType": "none" }),
            )
            .shows(json!("ENABLED"), Value::Null)
            .fixed(),
            row(
                "SSESpecification",
                "/SSEDescription/Status",
                json!({ "SSEEnabled": true, "KMSMasterKeyId": "alias/a" }),
                json!({ "SSEEnabled": true, "KMSMasterKeyId": "alias/b" }),
                json!({ "SSEEnabled": "maybe" }),
            )
            .shows(json!("ENABLED"), Value::Null)
            .fixed(),
            row(
                "StreamSpecification",
                "/StreamSpecification/StreamViewType",
                json!({ "StreamViewType": "NEW_IMAGE" }),
                json!({ "StreamViewType": "KEYS_ONLY" }),
                json!({ "StreamViewType": "SOME" }),
            )
            .shows(json!("NEW_IMAGE"), json!("KEYS_ONLY")),
            row(
                "TableClass",
                "/TableClassSummary/TableClass",
                json!("STANDARD"),
                json!("STANDARD_INFREQUENT_ACCESS"),
                json!("CHEAP"),
            )
            .or_else(json!("STANDARD")),
            name("TableName", "/TableName"),
            tags("/Tags"),
            row(
                "TimeToLiveSpecification",
                "/TimeToLive/AttributeName",
                json!({ "AttributeName": "one", "Enabled": true }),
                json!({ "AttributeName": "one", "Enabled": false }),
                json!({ "AttributeName": "", "Enabled": true }),
            )
            .shows(json!("one"), Value::Null),
        ],
        attributes: vec![("Arn", "/TableArn"), ("StreamArn", "/LatestStreamArn")],
    }
}
