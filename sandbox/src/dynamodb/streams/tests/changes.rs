//! What of writes comes into a stream.

use super::*;

#[tokio::test]
async fn changes_of_all_operations_come_in_their_order() {
    let world = World::new("NEW_AND_OLD_IMAGES").await;
    world.put("a", "1").await;
    world.put("a", "2").await;
    // Changes nothing.
    world.put("a", "2").await;
    let item = |id: &str| json!({ "Id": { "S": id } });
    let batch = json!({ "RequestItems": { "Events": [
        { "PutRequest": { "Item": item("b") } }, { "DeleteRequest": { "Key": item("a") } },
        { "DeleteRequest": { "Key": item("none") } },
    ] } });
    world.table("BatchWriteItem", batch).await.expect("written");
    let update = json!({ "Key": item("b"), "TableName": "Events", "UpdateExpression": "SET Words = :t",
        "ExpressionAttributeValues": { ":t": { "S": "x" } } });
    let transaction = json!({ "TransactItems": [
        { "Put": { "TableName": "Events", "Item": item("c") } }, { "Update": update },
    ] });
    world
        .table("TransactWriteItems", transaction)
        .await
        .expect("written");
    let canceled = json!({ "TransactItems": [
        { "Put": { "TableName": "Events", "Item": item("d") } },
        { "ConditionCheck": { "TableName": "Events", "Key": item("none"),
            "ConditionExpression": "attribute_exists(Id)" } },
    ] });
    world
        .table("TransactWriteItems", canceled)
        .await
        .expect_err("canceled");
    let statement = json!({ "Statement": "DELETE FROM Events WHERE Id = 'c'" });
    world
        .table("ExecuteStatement", statement)
        .await
        .expect("deleted");

    let arn = world.arn().await;
    let records = world.all(&arn).await;
    let expected = [
        "INSERT a", "MODIFY a", "INSERT b", "REMOVE a", "INSERT c", "MODIFY b", "REMOVE c",
    ];
    assert_eq!(names(&records), expected);
    let change = &records[1]["dynamodb"];
    assert_eq!(change["OldImage"]["Words"]["S"], "1");
    assert_eq!(change["NewImage"]["Words"]["S"], "2");
    assert_eq!(change["StreamViewType"], "NEW_AND_OLD_IMAGES");
    let numbers = records
        .iter()
        .map(|it| it["dynamodb"]["SequenceNumber"].as_str().expect("text"));
    assert!(numbers.is_sorted_by(|one, next| one < next));
    let World {
        tables,
        streams,
        folder,
    } = world;
    drop((tables, streams));
    assert_eq!(World::in_folder(folder).all(&arn).await, records);
}

#[tokio::test]
async fn a_stream_shows_its_view_alone() {
    for (view, images) in [
        ("KEYS_ONLY", 0),
        ("NEW_IMAGE", 1),
        ("OLD_IMAGE", 1),
        ("NEW_AND_OLD_IMAGES", 2),
    ] {
        let world = World::new(view).await;
        for text in ["1", "2", "2"] {
            world.put("a", text).await;
        }
        let table = world
            .table("DescribeTable", json!({ "TableName": "Events" }))
            .await;
        let table = table.expect("it is there")["Table"].take();
        assert_eq!(table["StreamSpecification"], specification(view));
        let arn = world.arn().await;
        let described = world
            .ask("DescribeStream", json!({ "StreamArn": arn }))
            .await;
        let described = described.expect("it is there")["StreamDescription"].take();
        assert_eq!(described["StreamViewType"], view);
        assert_eq!(described["StreamLabel"], table["LatestStreamLabel"]);
        assert_eq!(described["KeySchema"], table["KeySchema"]);
        let records = world.all(&arn).await;
        assert_eq!(records.len(), 2, "{view}: {records:?}");
        let change = records[1]["dynamodb"].as_object().expect("an object");
        let shown = change.keys().filter(|name| name.ends_with("Image")).count();
        assert_eq!(shown, images, "{view}");
    }
}

#[tokio::test]
async fn who_waits_is_woken_by_a_write() {
    let world = World::new("KEYS_ONLY").await;
    let arn = world.arn().await;
    let end = world.streams.end(&arn).expect("it has one");
    let mut watch = world.streams.watch(&arn);
    assert!(!watch.has_changed().expect("it is there"));
    world
        .table("Scan", json!({ "TableName": "Events" }))
        .await
        .expect("read");
    assert!(!watch.has_changed().expect("it is there"));
    let arn_of_table = DynamoDb::table_arn("Events");
    let put = json!({ "TableName": arn_of_table, "Item": { "Id": { "S": "a" } } });
    world.table("PutItem", put).await.expect("put");
    watch.changed().await.expect("it is there");
    assert!(world.streams.end(&arn).expect("it has one") > end);
}
