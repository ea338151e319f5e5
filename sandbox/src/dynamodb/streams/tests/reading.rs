//! Iterators, pages and lists.

use super::*;

#[tokio::test]
async fn an_iterator_stands_where_it_was_asked_to() {
    let world = World::new("KEYS_ONLY").await;
    let arn = world.arn().await;
    let first = world.iterator(&arn, "LATEST").await;
    for id in ["a", "b", "c"] {
        world.put(id, "1").await;
    }
    let (records, next) = world.records(&first).await;
    assert_eq!(names(&records), ["INSERT a", "INSERT b", "INSERT c"]);
    let (none, _) = world.records(&next.expect("it goes on")).await;
    assert_eq!(none, [] as [Value; 0]);
    let (none, _) = world.records(&world.iterator(&arn, "LATEST").await).await;
    assert_eq!(none, [] as [Value; 0]);
    let second = json!({ "SequenceNumber": records[1]["dynamodb"]["SequenceNumber"] });
    for (kind, expected) in [("AT_SEQUENCE_NUMBER", 2), ("AFTER_SEQUENCE_NUMBER", 1)] {
        let iterator = world
            .iterator_with(&arn, kind, second.clone())
            .await
            .expect(kind);
        assert_eq!(world.records(&iterator).await.0, records[3 - expected..]);
    }
    let page = json!({ "ShardIterator": first, "Limit": 2 });
    let page = world.ask("GetRecords", page).await.expect("a page");
    assert_eq!(page["Records"].as_array().map(Vec::len), Some(2));
    let (rest, _) = world
        .records(page["NextShardIterator"].as_str().expect("more"))
        .await;
    assert_eq!(names(&rest), ["INSERT c"]);

    for (kind, more, said) in [
        ("LATEST", second, "should not be passed"),
        ("AT_SEQUENCE_NUMBER", json!({}), "cannot be null"),
        (
            "AT_SEQUENCE_NUMBER",
            json!({ "SequenceNumber": "1" }),
            "length greater than or equal to 21",
        ),
        (
            "AT_SEQUENCE_NUMBER",
            json!({ "SequenceNumber": "x".repeat(21) }),
            "Invalid SequenceNumber",
        ),
        (
            "LATEST",
            json!({ "ShardId": "shardId-00000000000000000000-00000000" }),
            "not found",
        ),
        ("YESTERDAY", json!({}), "enum value set"),
    ] {
        let refused = world.iterator_with(&arn, kind, more).await.expect_err(said);
        assert!(refused.message.contains(said), "{refused}");
    }
    for (limit, code) in [
        (0, "ValidationException"),
        (1_001, "LimitExceededException"),
    ] {
        let refused = world
            .ask(
                "GetRecords",
                json!({ "ShardIterator": first, "Limit": limit }),
            )
            .await;
        assert_eq!(refused.expect_err("refused").code, code);
    }
}

#[tokio::test]
async fn a_page_of_records_has_a_megabyte() {
    let world = World::new("NEW_IMAGE").await;
    for id in ["a", "b", "c", "d"] {
        world.put(id, &"x".repeat(300_000)).await;
    }
    let arn = world.arn().await;
    let (records, next) = world
        .records(&world.iterator(&arn, "TRIM_HORIZON").await)
        .await;
    assert_eq!(names(&records), ["INSERT a", "INSERT b", "INSERT c"]);
    let (records, _) = world.records(&next.expect("more")).await;
    assert_eq!(names(&records), ["INSERT d"]);
}

#[tokio::test]
async fn streams_are_listed_in_pages() {
    let world = World::new("KEYS_ONLY").await;
    for name in ["events", "Orders"] {
        world.create(name, "KEYS_ONLY").await;
    }
    let (mut request, mut found) = (json!({ "Limit": 2 }), Vec::new());
    loop {
        let page = world
            .ask("ListStreams", request.clone())
            .await
            .expect("listed");
        let streams = page["Streams"].as_array().expect("a list").iter();
        found.extend(streams.map(|it| it["TableName"].as_str().expect("text").to_owned()));
        match &page["LastEvaluatedStreamArn"] {
            Value::Null => break,
            last => request["ExclusiveStartStreamArn"] = last.clone(),
        }
    }
    assert_eq!(found, ["Events", "Orders", "events"]);
    let of_table = world
        .ask("ListStreams", json!({ "TableName": "events" }))
        .await
        .expect("listed");
    let streams = of_table["Streams"].as_array().expect("a list");
    assert_eq!(streams.len(), 1);
    let arn = streams[0]["StreamArn"].as_str().expect("text");
    let described = world
        .ask("DescribeStream", json!({ "StreamArn": arn }))
        .await
        .expect("it is there");
    assert_eq!(described["StreamDescription"]["TableName"], "events");
    let wrong = world
        .ask("DescribeStream", json!({ "StreamArn": "x" }))
        .await
        .expect_err("wrong");
    assert!(
        wrong.message.contains("length greater than or equal to 37"),
        "{wrong}"
    );
}

#[tokio::test]
async fn what_changes_nothing_is_passed_over_however_much_it_is() {
    let world = World::new("KEYS_ONLY").await;
    for id in ["a", "a", "a", "a", "b"] {
        world.put(id, "1").await;
    }
    let arn = world.arn().await;
    let mut iterator = world.iterator(&arn, "TRIM_HORIZON").await;
    let mut found = Vec::new();
    for _ in 0..2 {
        let page = json!({ "ShardIterator": iterator, "Limit": 1 });
        let page = world.ask("GetRecords", page).await.expect("a page");
        found.extend(page["Records"].as_array().expect("a list").clone());
        let next = page["NextShardIterator"].as_str();
        next.expect("it goes on").clone_into(&mut iterator);
    }
    assert_eq!(names(&found), ["INSERT a", "INSERT b"]);
}
