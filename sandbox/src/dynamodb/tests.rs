//! What this module adds to the library.

mod any_request;
mod updates;

use super::*;

fn opened() -> (tempfile::TempDir, DynamoDb) {
    let folder = tempfile::tempdir().expect("a folder");
    let tables = DynamoDb::open(&folder.path().join("tables")).expect("it opens");
    (folder, tables)
}

fn players() -> Value {
    json!({
        "TableName": "players",
        "BillingMode": "PAY_PER_REQUEST",
        "AttributeDefinitions": [{ "AttributeName": "Name", "AttributeType": "S" }],
        "KeySchema": [{ "AttributeName": "Name", "KeyType": "HASH" }],
        "GlobalSecondaryIndexes": [{
            "IndexName": "Masked",
            "KeySchema": [{ "AttributeName": "Name", "KeyType": "HASH" }],
            "Projection": { "ProjectionType": "INCLUDE", "NonKeyAttributes": ["Identity"] },
        }],
    })
}

#[test]
fn a_table_that_lacks_a_part_is_deleted_at_the_next_start() {
    for part in ["players", "players::gsi::Masked"] {
        let (folder, tables) = opened();
        call(&tables.database, "CreateTable", players()).expect("made");
        let other = json!({
            "TableName": "others",
            "BillingMode": "PAY_PER_REQUEST",
            "AttributeDefinitions": [{ "AttributeName": "Name", "AttributeType": "S" }],
            "KeySchema": [{ "AttributeName": "Name", "KeyType": "HASH" }],
        });
        call(&tables.database, "CreateTable", other).expect("made");
        drop(tables);
        let path = folder.path().join("tables");
        let file = rusqlite::Connection::open(&path).expect("it opens");
        file.execute(&format!("DROP TABLE \"{part}\""), [])
            .expect("it is there");
        drop(file);

        let tables = DynamoDb::open(&path).expect("it opens");
        let listed = call(&tables.database, "ListTables", json!({})).expect("listed");
        assert_eq!(listed["TableNames"], json!(["others"]));
        call(&tables.database, "CreateTable", players()).expect("made again");
    }
}

#[test]
fn a_stream_is_named_after_its_time() {
    let (_folder, tables) = opened();
    let mut streamed = players();
    streamed["StreamSpecification"] =
        json!({ "StreamEnabled": true, "StreamViewType": "KEYS_ONLY" });
    let made = call(&tables.database, "CreateTable", streamed).expect("made");
    let label = &made["TableDescription"]["LatestStreamLabel"];
    let label = label.as_str().expect("a label");
    assert_eq!(label.len(), "2026-01-02T03:04:05.678".len(), "{label}");
    assert_eq!((&label[4..5], &label[10..11]), ("-", "T"));
    let found = call(
        &tables.database,
        "DescribeTable",
        json!({ "TableName": "players" }),
    );
    let arn = found.expect("it is there")["Table"]["LatestStreamArn"].clone();
    let table = DynamoDb::table_arn("players");
    assert_eq!(arn, format!("{table}/stream/{label}"));
}

#[test]
fn names_that_differ_in_case_or_are_the_librarys_are_tables_of_their_own() {
    let (folder, mut tables) = opened();
    let names = [
        "PLAYERS",
        "Players",
        "_config",
        "_tables",
        "players",
        "sqlite_master",
    ];
    let table = |name: &str| {
        let mut table = players();
        table["TableName"] = json!(name);
        table
    };
    for name in [
        "Players",
        "players",
        "PLAYERS",
        "sqlite_master",
        "_tables",
        "_config",
    ] {
        let made = call(&tables.database, "CreateTable", table(name)).expect(name);
        assert_eq!(made["TableDescription"]["TableName"], name);
        let item = json!({ "Name": { "S": name } });
        let put = json!({ "TableName": name, "Item": item, "ReturnConsumedCapacity": "TOTAL" });
        let put = call(&tables.database, "PutItem", put).expect("put");
        assert_eq!(put["ConsumedCapacity"]["TableName"], name);
        let again = call(&tables.database, "CreateTable", table(name)).expect_err("it is there");
        assert!(again.message.ends_with(name), "{again}");
    }
    for _ in 0..2 {
        let call = |operation: &str, parameters| call(&tables.database, operation, parameters);
        for name in names {
            let arn = DynamoDb::table_arn(name);
            let found = call("DescribeTable", json!({ "TableName": name })).expect(name);
            assert_eq!(found["Table"]["TableArn"], arn);
            let item = json!([{ "Name": { "S": name } }]);
            for named in [name, &arn] {
                let got = call("Scan", json!({ "TableName": named })).expect(name);
                assert_eq!(got["Items"], item);
                let keys = json!({ named: { "Keys": item } });
                let got = call("BatchGetItem", json!({ "RequestItems": keys })).expect(name);
                assert_eq!(got["Responses"][named], item);
            }
            let statement = json!({ "Statement": format!("SELECT * FROM \"{name}\"") });
            assert_eq!(
                call("ExecuteStatement", statement).expect(name)["Items"],
                item
            );
            let tag = json!({ "ResourceArn": arn, "Tags": [{ "Key": "is", "Value": name }] });
            call("TagResource", tag).expect(name);
            let tags = call("ListTagsOfResource", json!({ "ResourceArn": arn })).expect(name);
            assert_eq!(tags["Tags"][0]["Value"], name);
        }
        let first = call("ListTables", json!({ "Limit": 2 })).expect("listed");
        assert_eq!(first["TableNames"], json!(names[..2]));
        let next = json!({ "ExclusiveStartTableName": first["LastEvaluatedTableName"] });
        assert_eq!(
            call("ListTables", next).expect("listed")["TableNames"],
            json!(names[2..])
        );
        // By no other name, not even the one that is stored.
        assert!(call("Scan", json!({ "TableName": "-.players." })).is_err());
        drop(tables);
        tables = DynamoDb::open(&folder.path().join("tables")).expect("it opens again");
    }
    for (number, name) in names.iter().enumerate() {
        let call = |operation: &str, parameters| call(&tables.database, operation, parameters);
        let gone = call("DeleteTable", json!({ "TableName": name })).expect(name);
        assert_eq!(gone["TableDescription"]["TableName"], *name);
        let missing = call("Scan", json!({ "TableName": name })).expect_err("it is gone");
        assert_eq!(missing.code, "ResourceNotFoundException");
        let left = call("ListTables", json!({})).expect("listed");
        assert_eq!(left["TableNames"], json!(names[number + 1..]));
    }
}

#[test]
fn indexes_that_differ_in_case_are_refused_by_name() {
    let (_folder, tables) = opened();
    let mut table = players();
    let mut index = table["GlobalSecondaryIndexes"][0].clone();
    index["IndexName"] = json!("masked");
    let indexes = json!([table["GlobalSecondaryIndexes"][0], index]);
    table["GlobalSecondaryIndexes"] = indexes;
    let refused = call(&tables.database, "CreateTable", table).expect_err("both");
    assert!(refused.message.ends_with("Masked and masked"), "{refused}");
    call(&tables.database, "CreateTable", players()).expect("made");
    let add = json!({ "TableName": "players", "AttributeDefinitions": players()["AttributeDefinitions"],
        "GlobalSecondaryIndexUpdates": [{ "Create": index }] });
    let refused = call(&tables.database, "UpdateTable", add).expect_err("the second");
    assert!(refused.message.ends_with("Masked and masked"), "{refused}");
}

#[test]
fn a_tables_arns_have_the_sandboxs_region() {
    let (_folder, tables) = opened();
    let call = |operation: &str, parameters| call(&tables.database, operation, parameters);
    call("CreateTable", players()).expect("made");
    let arn = DynamoDb::table_arn("players");
    let found = call("DescribeTable", json!({ "TableName": arn })).expect("it is there");
    let table = &found["Table"];
    assert_eq!(table["TableArn"], arn);
    assert_eq!(table["TableStatus"], "ACTIVE");
    let index = &table["GlobalSecondaryIndexes"][0];
    assert_eq!(index["IndexArn"], format!("{arn}/index/Masked"));
    assert_eq!(table["DeletionProtectionEnabled"], false);
    let billing = &table["BillingModeSummary"];
    let since = &billing["LastUpdateToPayPerRequestDateTime"];
    assert_eq!(*since, table["CreationDateTime"]);
    let warm = json!({ "ReadUnitsPerSecond": 12_000, "WriteUnitsPerSecond": 4_000,
        "Status": "ACTIVE" });
    assert_eq!(table["WarmThroughput"], warm);
    assert_eq!(index["WarmThroughput"], warm);

    // What clients put into a table is theirs.
    let text = "arn:aws:dynamodb:dynoxide:000000000000:table/players";
    let item = json!({ "Name": { "S": "a" }, "TableArn": { "S": text } });
    let put = json!({ "TableName": "players", "Item": item });
    call("PutItem", put).expect("put");
    let got = call("Scan", json!({ "TableName": "players" })).expect("read");
    assert_eq!(got["Items"], json!([item]));
}

#[test]
fn a_provisioned_table_is_as_warm_as_it_is_provisioned() {
    let (_folder, tables) = opened();
    let mut table = players();
    table["BillingMode"] = json!("PROVISIONED");
    table["ProvisionedThroughput"] = json!({ "ReadCapacityUnits": 5, "WriteCapacityUnits": 6 });
    table["GlobalSecondaryIndexes"] = Value::Null;
    table["DeletionProtectionEnabled"] = json!(true);
    let made = call(&tables.database, "CreateTable", table).expect("made");
    let table = &made["TableDescription"];
    assert_eq!(table["WarmThroughput"]["ReadUnitsPerSecond"], 5);
    assert_eq!(table["WarmThroughput"]["WriteUnitsPerSecond"], 6);
    assert_eq!(table["DeletionProtectionEnabled"], true);
    let protected = call(
        &tables.database,
        "DeleteTable",
        json!({ "TableName": "players" }),
    );
    assert_eq!(
        protected.expect_err("protected").code,
        "ValidationException"
    );
    let backups = json!({ "TableName": "players" });
    let backups = call(&tables.database, "DescribeContinuousBackups", backups).expect("there");
    let backups = &backups["ContinuousBackupsDescription"];
    assert_eq!(backups["ContinuousBackupsStatus"], "ENABLED");
}

#[test]
fn errors_have_the_code_and_the_members_that_clients_read() {
    let (_folder, tables) = opened();
    let call = |operation: &str, parameters| call(&tables.database, operation, parameters);
    call("CreateTable", players()).expect("made");
    let item = json!({ "Name": { "S": "a" } });
    let put = json!({ "TableName": "players", "Item": item });
    call("PutItem", put).expect("put");
    let again = json!({ "TableName": "players", "Item": item,
        "ConditionExpression": "attribute_not_exists(#n)",
        "ExpressionAttributeNames": { "#n": "Name" },
        "ReturnValuesOnConditionCheckFailure": "ALL_OLD" });
    let refused = call("PutItem", again).expect_err("it is there");
    assert_eq!(refused.code, "ConditionalCheckFailedException");
    assert_eq!(refused.members["Item"], item);
    for (operation, parameters, code) in [
        (
            "Scan",
            json!({ "TableName": "none" }),
            "ResourceNotFoundException",
        ),
        ("Scan", json!({ "TableName": 1 }), "SerializationException"),
        ("Scan", json!({}), "ValidationException"),
        (
            "GetItem",
            json!({ "TableName": "players" }),
            "ValidationException",
        ),
        (
            "PutItem",
            json!({ "TableName": "players", "Item": { "Name": {} } }),
            "ValidationException",
        ),
        ("DescribeBackup", json!({}), "UnknownOperationException"),
    ] {
        let refused = call(operation, parameters.clone()).expect_err(operation);
        assert_eq!(refused.code, code, "{operation} {parameters}: {refused}");
    }
}

#[test]
fn a_failure_of_sqlite_is_told_without_its_statement() {
    let failures = [
        DynoxideError::InternalServerError("backend: no such table: a in SELECT 1 FROM a".into()),
        DynoxideError::SqliteError(rusqlite::Error::QueryReturnedNoRows),
    ];
    for (failure, reason) in failures
        .iter()
        .zip(["no such table: a", "it has other contents"])
    {
        let said = message(failure);
        let file = "cannot read or write the sandbox's file tables.sqlite: ";
        let told = said.strip_prefix(file).expect("the file is named");
        assert!(
            told.starts_with(reason) && !told.contains("SELECT"),
            "{said}"
        );
    }
    let clients = DynoxideError::ValidationException("one in two".into());
    assert_eq!(message(&clients), "one in two");
}
