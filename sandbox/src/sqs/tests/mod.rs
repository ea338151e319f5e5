//! Queues through SQS's operations, with a clock that tests turn.

mod dead_letters;
mod fifo;
mod lives;
mod refusals;
mod services;
mod waiting;
mod world;

use serde_json::json;

use world::{World, bodies, refusal};

#[tokio::test]
async fn a_queue_is_created_found_changed_and_deleted() {
    let world = World::new();
    let settings = json!({ "VisibilityTimeout": "5" });
    let create = json!({ "QueueName": "jobs", "Attributes": settings, "tags": { "a": "1" } });
    let made = world.call("CreateQueue", create.clone()).await;
    let url = made["QueueUrl"].clone();
    assert_eq!(url, "http://127.0.0.1:1/000000000000/jobs");
    assert_eq!(world.call("CreateQueue", create).await["QueueUrl"], url);
    let found = world
        .call("GetQueueUrl", json!({ "QueueName": "jobs" }))
        .await;
    assert_eq!(found["QueueUrl"], url);
    let other = json!({ "QueueName": "jobs", "Attributes": { "VisibilityTimeout": "6" } });
    let refused = refusal(world.ask("CreateQueue", other).await);
    assert_eq!(refused.code, "QueueNameExists");
    assert!(refused.message.ends_with("attribute VisibilityTimeout"));

    world.clock.turn_to(2_000);
    let set = json!({ "DelaySeconds": "1", "Policy": "" });
    world
        .on("jobs", "SetQueueAttributes", json!({ "Attributes": set }))
        .await;
    let all = world.attributes("jobs").await;
    for (name, value) in [
        ("CreatedTimestamp", "0"),
        ("DelaySeconds", "1"),
        ("LastModifiedTimestamp", "2"),
        ("MessageRetentionPeriod", "345600"),
        ("QueueArn", "arn:aws:sqs:us-east-1:000000000000:jobs"),
        ("VisibilityTimeout", "5"),
    ] {
        assert_eq!(all[name], value, "{name}");
    }
    assert!(all.get("FifoQueue").is_none() && all.get("Policy").is_none());
    let some = json!({ "AttributeNames": ["DelaySeconds"] });
    let some = world.on("jobs", "GetQueueAttributes", some).await;
    assert_eq!(some["Attributes"], json!({ "DelaySeconds": "1" }));

    world
        .on("jobs", "TagQueue", json!({ "Tags": { "b": "2" } }))
        .await;
    world
        .on("jobs", "UntagQueue", json!({ "TagKeys": ["a"] }))
        .await;
    let world = world.restarted();
    let tags = world.on("jobs", "ListQueueTags", json!({})).await;
    assert_eq!(tags["Tags"], json!({ "b": "2" }));
    world.on("jobs", "DeleteQueue", json!({})).await;
    let gone = json!({ "QueueName": "jobs" });
    let refused = refusal(world.ask("GetQueueUrl", gone.clone()).await);
    assert_eq!(refused.code, "QueueDoesNotExist");
    let world = world.restarted();
    refusal(world.ask("GetQueueUrl", gone).await);
}

#[tokio::test]
async fn queues_are_listed_in_pages() {
    let world = World::new();
    for name in ["b", "a1", "a2", "a3"] {
        world.create(name, json!({})).await;
    }
    let list = async |request| {
        let mut page = world.call("ListQueues", request).await;
        let urls = page["QueueUrls"].as_array().cloned().unwrap_or_default();
        let name = |url: &serde_json::Value| {
            let url = url.as_str().expect("text");
            url.rsplit('/').next().expect("a name").to_owned()
        };
        (
            urls.iter().map(name).collect::<Vec<_>>(),
            page["NextToken"].take(),
        )
    };
    assert_eq!(list(json!({})).await.0, ["a1", "a2", "a3", "b"]);
    assert_eq!(list(json!({ "QueueNamePrefix": "c" })).await.0, [""; 0]);
    let (first, token) = list(json!({ "QueueNamePrefix": "a", "MaxResults": 2 })).await;
    assert_eq!(first, ["a1", "a2"]);
    let rest = json!({ "QueueNamePrefix": "a", "MaxResults": 2, "NextToken": token });
    let (last, token) = list(rest).await;
    assert_eq!((last, token.is_null()), (vec!["a3".to_owned()], true));
    let wrong = world
        .ask("ListQueues", json!({ "MaxResults": 2, "NextToken": "x" }))
        .await;
    assert!(refusal(wrong).message.contains("token"));
}

#[tokio::test]
async fn a_message_is_delivered_until_it_is_deleted() {
    let world = World::new();
    world.create("jobs", json!({})).await;
    world.clock.turn_to(1_000);
    let attributes = json!({ "n": { "DataType": "Number", "StringValue": "1" },
        "s.a": { "DataType": "String", "StringValue": "v" } });
    let trace = json!({ "AWSTraceHeader": { "DataType": "String", "StringValue": "Root=1" } });
    let message = json!({ "MessageBody": "hello", "MessageAttributes": attributes,
        "MessageSystemAttributes": trace });
    let sent = world.on("jobs", "SendMessage", message).await;
    assert_eq!(sent["MD5OfMessageBody"], "5d41402abc4b2a76b9719d911017c592");
    assert!(sent["MD5OfMessageAttributes"].is_string());
    assert!(sent["MD5OfMessageSystemAttributes"].is_string());
    assert!(sent.get("SequenceNumber").is_none());

    let world = world.restarted();
    let wanted = json!({ "AttributeNames": ["All"], "MessageAttributeNames": ["All"] });
    let received = world.receive("jobs", wanted.clone()).await.remove(0);
    assert_eq!(received["MessageId"], sent["MessageId"]);
    assert_eq!(received["MD5OfBody"], sent["MD5OfMessageBody"]);
    assert_eq!(
        received["MD5OfMessageAttributes"],
        sent["MD5OfMessageAttributes"]
    );
    assert_eq!(received["MessageAttributes"], attributes);
    let expected = json!({ "ApproximateFirstReceiveTimestamp": "1000", "ApproximateReceiveCount": "1",
        "AWSTraceHeader": "Root=1", "SenderId": "id", "SentTimestamp": "1000" });
    assert_eq!(received["Attributes"], expected);
    assert_eq!(world.counts("jobs").await, (0, 1, 0));

    // In flight it is nobody else's, also after a restart.
    let world = world.restarted();
    world.clock.turn_to(30_999);
    assert_eq!(bodies(&world.receive("jobs", json!({})).await), [""; 0]);
    world.clock.turn_to(31_000);
    let plain = world
        .receive("jobs", json!({ "MessageAttributeNames": ["s.*"] }))
        .await
        .remove(0);
    assert_eq!(plain.get("Attributes"), None);
    let some = json!({ "s.a": { "DataType": "String", "StringValue": "v" } });
    assert_eq!(plain["MessageAttributes"], some);
    assert_ne!(plain["ReceiptHandle"], received["ReceiptHandle"]);

    // Only the last receipt counts.
    world.delete("jobs", &received).await;
    assert_eq!(world.counts("jobs").await, (0, 1, 0));
    world.delete("jobs", &plain).await;
    world.delete("jobs", &plain).await;
    assert_eq!(world.counts("jobs").await, (0, 0, 0));
    assert_eq!(world.stored(), 0);
}

#[tokio::test]
async fn messages_are_delayed_kept_and_purged() {
    let world = World::new();
    world
        .create(
            "jobs",
            json!({ "DelaySeconds": "2", "MessageRetentionPeriod": "60" }),
        )
        .await;
    world.send("jobs", "a").await;
    let now = json!({ "MessageBody": "b", "DelaySeconds": 0 });
    world.on("jobs", "SendMessage", now).await;
    assert_eq!(world.counts("jobs").await, (1, 0, 1));
    assert_eq!(
        bodies(
            &world
                .receive("jobs", json!({ "MaxNumberOfMessages": 10 }))
                .await
        ),
        ["b"]
    );
    world.clock.turn_to(2_000);
    assert_eq!(
        bodies(
            &world
                .receive("jobs", json!({ "VisibilityTimeout": 0 }))
                .await
        ),
        ["a"]
    );
    world.clock.turn_to(59_999);
    assert_eq!(world.counts("jobs").await, (2, 0, 0));
    world.clock.turn_to(60_000);
    assert_eq!(world.counts("jobs").await, (0, 0, 0));
    assert_eq!(world.stored(), 0);

    world.send("jobs", "c").await;
    world.on("jobs", "PurgeQueue", json!({})).await;
    assert_eq!((world.counts("jobs").await, world.stored()), ((0, 0, 0), 0));
    let again = refusal(world.try_on("jobs", "PurgeQueue", json!({})).await);
    assert_eq!(again.code, "PurgeQueueInProgress");
    world.clock.turn_to(120_000);
    world.on("jobs", "PurgeQueue", json!({})).await;
}

#[tokio::test]
async fn the_time_in_which_a_message_is_in_flight_can_be_changed() {
    let world = World::new();
    world.create("jobs", json!({})).await;
    world.send("jobs", "a").await;
    let received = world
        .receive("jobs", json!({ "VisibilityTimeout": 10 }))
        .await
        .remove(0);
    world
        .change_visibility("jobs", &received, 20)
        .await
        .expect("it is in flight");
    world.clock.turn_to(19_999);
    assert_eq!(world.counts("jobs").await, (0, 1, 0));
    let longest = refusal(world.change_visibility("jobs", &received, 43_200).await);
    assert!(longest.message.contains("beyond the limit"), "{longest}");
    world
        .change_visibility("jobs", &received, 0)
        .await
        .expect("it is in flight");
    let world = world.restarted();
    assert_eq!(world.counts("jobs").await, (1, 0, 0));
    let late = refusal(world.change_visibility("jobs", &received, 1).await);
    assert!(
        late.message
            .contains("not available for visibility timeout change"),
        "{late}"
    );
    // A message that is visible again can be deleted with its last receipt.
    world.delete("jobs", &received).await;
    assert_eq!(world.counts("jobs").await, (0, 0, 0));
}

#[tokio::test]
async fn each_entry_of_a_batch_succeeds_or_fails_by_itself() {
    let world = World::new();
    world.create("jobs", json!({})).await;
    let entries = json!([{ "Id": "a", "MessageBody": "one" }, { "Id": "b", "MessageBody": "" },
        { "Id": "c", "MessageBody": "three", "DelaySeconds": 901 }, { "Id": "d", "MessageBody": "four" }]);
    let sent = world
        .on("jobs", "SendMessageBatch", json!({ "Entries": entries }))
        .await;
    let ids = |list: &serde_json::Value| -> Vec<String> {
        let list = list.as_array().into_iter().flatten();
        list.map(|it| it["Id"].as_str().expect("an id").to_owned())
            .collect()
    };
    assert_eq!(
        (ids(&sent["Successful"]), ids(&sent["Failed"])),
        (vec!["a".into(), "d".into()], vec!["b".into(), "c".into()])
    );
    assert_eq!(sent["Failed"][1]["Code"], "InvalidParameterValue");

    let received = world
        .receive("jobs", json!({ "MaxNumberOfMessages": 10 }))
        .await;
    assert_eq!(bodies(&received), ["one", "four"]);
    let handle = |index: usize| received[index]["ReceiptHandle"].clone();
    let entries = json!([{ "Id": "a", "ReceiptHandle": handle(0), "VisibilityTimeout": 0 },
        { "Id": "b", "ReceiptHandle": "x", "VisibilityTimeout": 0 }]);
    let request = json!({ "Entries": entries });
    let changed = world
        .on("jobs", "ChangeMessageVisibilityBatch", request)
        .await;
    assert_eq!(
        (ids(&changed["Successful"]), ids(&changed["Failed"])),
        (vec!["a".into()], vec!["b".into()])
    );
    assert_eq!(world.counts("jobs").await, (1, 1, 0));
    let entries = json!([{ "Id": "a", "ReceiptHandle": handle(0) },
        { "Id": "b", "ReceiptHandle": "x" }, { "Id": "c", "ReceiptHandle": handle(1) }]);
    let deleted = world
        .on("jobs", "DeleteMessageBatch", json!({ "Entries": entries }))
        .await;
    assert_eq!(ids(&deleted["Successful"]), ["a", "c"]);
    assert_eq!(deleted["Failed"][0]["Code"], "ReceiptHandleIsInvalid");
    assert_eq!(world.counts("jobs").await, (0, 0, 0));
}
