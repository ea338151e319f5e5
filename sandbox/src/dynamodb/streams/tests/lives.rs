//! Streams that are disabled, deleted and made again, and records that grow old.

use super::super::iterator::ShardIterator;
use super::*;

#[tokio::test]
async fn a_disabled_stream_is_read_to_its_end_and_the_next_begins_empty() {
    let world = World::new("KEYS_ONLY").await;
    world.put("a", "1").await;
    let arn = world.arn().await;
    let again = json!({ "TableName": "Events", "StreamSpecification": specification("NEW_IMAGE") });
    let refused = world
        .table("UpdateTable", again.clone())
        .await
        .expect_err("it has one");
    assert_eq!(
        refused.message,
        "Table already has an enabled stream: TableName: Events"
    );
    world.disable().await;
    world.put("b", "1").await;
    let described = world
        .ask("DescribeStream", json!({ "StreamArn": arn }))
        .await
        .expect("it is there");
    let described = &described["StreamDescription"];
    assert_eq!(described["StreamStatus"], "DISABLED");
    let (records, next) = world
        .records(&world.iterator(&arn, "TRIM_HORIZON").await)
        .await;
    assert_eq!((names(&records), next), (vec!["INSERT a".to_owned()], None));
    let range = &described["Shards"][0]["SequenceNumberRange"];
    assert_eq!(
        range["EndingSequenceNumber"],
        records[0]["dynamodb"]["SequenceNumber"]
    );

    world.table("UpdateTable", again).await.expect("enabled");
    world.put("c", "1").await;
    let next = world.arn().await;
    assert_eq!(names(&world.all(&next).await), ["INSERT c"]);
    let gone = world
        .ask("DescribeStream", json!({ "StreamArn": arn }))
        .await
        .expect_err("it is another");
    assert_eq!(gone.code, "ResourceNotFoundException");

    world
        .table("DeleteTable", json!({ "TableName": "Events" }))
        .await
        .expect("deleted");
    let gone = world
        .ask("DescribeStream", json!({ "StreamArn": next }))
        .await
        .expect_err("it is gone");
    assert_eq!(gone.code, "ResourceNotFoundException");
    world.create("Events", "KEYS_ONLY").await;
    assert_eq!(world.all(&world.arn().await).await, [] as [Value; 0]);
}

#[tokio::test]
async fn records_are_kept_for_a_day() {
    let world = World::new("KEYS_ONLY").await;
    world.put("a", "1").await;
    world.put("b", "1").await;
    world.age(24 * 60 + 30);
    let arn = world.arn().await;
    world.put("c", "1").await;
    assert_eq!(names(&world.all(&arn).await), ["INSERT c"]);
    let old = ShardIterator {
        stream: arn.clone(),
        after: 0,
        made_at: clock::now(),
    };
    let trimmed = world
        .ask("GetRecords", json!({ "ShardIterator": old.text() }))
        .await;
    assert_eq!(
        trimmed.expect_err("trimmed").code,
        "TrimmedDataAccessException"
    );
    let number = json!({ "SequenceNumber": stream::sequence_number(1) });
    let trimmed = world
        .iterator_with(&arn, "AFTER_SEQUENCE_NUMBER", number)
        .await;
    assert_eq!(
        trimmed.expect_err("trimmed").code,
        "TrimmedDataAccessException"
    );

    // Later they are removed.
    world.age(60);
    let World {
        tables,
        streams,
        folder,
    } = world;
    drop((tables, streams));
    let world = World::in_folder(folder);
    let arn = world.arn().await;
    assert_eq!(names(&world.all(&arn).await), ["INSERT c"]);
    let left = world.streams.log().after("Events", 0, 10).expect("records");
    assert_eq!(left.len(), 1, "{left:?}");
}

#[tokio::test]
async fn what_is_written_after_the_clock_was_set_back_is_in_the_stream() {
    let world = World::new("KEYS_ONLY").await;
    let in_a_minute = clock::now() / 1_000 + 60;
    let in_a_minute = u32::try_from(in_a_minute).expect("seconds");
    world.streams.set_beginning("Events", in_a_minute);
    let arn = world.arn().await;
    let latest = world.iterator(&arn, "LATEST").await;
    world.put("a", "1").await;
    assert_eq!(names(&world.records(&latest).await.0), ["INSERT a"]);
    assert_eq!(names(&world.all(&arn).await), ["INSERT a"]);
}
