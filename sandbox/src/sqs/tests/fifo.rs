//! FIFO queues: their order, and that a message is accepted once.

use serde_json::json;

use super::world::{World, bodies, refusal};

const QUEUE: &str = "jobs.fifo";
const ALL: u32 = 10;

#[tokio::test]
async fn a_group_keeps_its_order_and_waits_for_what_is_in_flight() {
    let world = World::new();
    world.create(QUEUE, json!({})).await;
    let mut numbers = Vec::new();
    for (group, body) in [("a", "a1"), ("b", "b1"), ("a", "a2"), ("a", "a3")] {
        let sent = world.send_in(QUEUE, group, body, body).await;
        numbers.push(
            sent["SequenceNumber"]
                .as_str()
                .expect("a number")
                .to_owned(),
        );
    }
    assert!(
        numbers.is_sorted() && numbers.iter().all(|it| it.len() == 20),
        "{numbers:?}"
    );
    let wanted = json!({ "MaxNumberOfMessages": 2, "AttributeNames": ["All"] });
    let first = world.receive(QUEUE, wanted).await;
    assert_eq!(bodies(&first), ["a1", "a2"]);
    let attributes = &first[0]["Attributes"];
    assert_eq!(attributes["MessageGroupId"], "a");
    assert_eq!(attributes["MessageDeduplicationId"], "a1");
    assert_eq!(attributes["SequenceNumber"], *numbers[0]);
    let all = json!({ "MaxNumberOfMessages": ALL });
    assert_eq!(bodies(&world.receive(QUEUE, all.clone()).await), ["b1"]);

    world.delete(QUEUE, &first[0]).await;
    assert_eq!(bodies(&world.receive(QUEUE, all.clone()).await), [""; 0]);
    let world = world.restarted();
    assert_eq!(bodies(&world.receive(QUEUE, all.clone()).await), [""; 0]);
    world
        .change_visibility(QUEUE, &first[1], 0)
        .await
        .expect("it is in flight");
    assert_eq!(bodies(&world.receive(QUEUE, all).await), ["a2", "a3"]);
    // Somebody else may have it by now.
    let handle = json!({ "ReceiptHandle": first[1]["ReceiptHandle"] });
    let late = refusal(world.try_on(QUEUE, "DeleteMessage", handle).await);
    assert!(late.message.contains("has expired"), "{late}");
}

#[tokio::test]
async fn a_message_is_accepted_once_in_five_minutes() {
    let world = World::new();
    world.create(QUEUE, json!({})).await;
    let first = world.send_in(QUEUE, "a", "1", "one").await;
    let again = world.send_in(QUEUE, "b", "1", "other").await;
    assert_eq!(again["MessageId"], first["MessageId"]);
    assert_eq!(again["SequenceNumber"], first["SequenceNumber"]);
    assert_ne!(again["MD5OfMessageBody"], first["MD5OfMessageBody"]);
    // Also when it has been deleted, and after a restart.
    let received = world
        .receive(QUEUE, json!({ "MaxNumberOfMessages": ALL }))
        .await;
    assert_eq!(bodies(&received), ["one"]);
    world.delete(QUEUE, &received[0]).await;
    let world = world.restarted();
    world.clock.turn_to(299_999);
    let again = world.send_in(QUEUE, "a", "1", "one").await;
    assert_eq!(again["MessageId"], first["MessageId"]);
    assert_eq!(world.stored(), 0);
    world.clock.turn_to(300_000);
    let later = world.send_in(QUEUE, "a", "1", "one").await;
    assert_ne!(later["MessageId"], first["MessageId"]);
    assert!(later["SequenceNumber"].as_str() > first["SequenceNumber"].as_str());
    assert_eq!(world.sqs.accepted.all().expect("read").len(), 1);
    let entry = |id: &str| json!({ "Id": id, "MessageBody": "x", "MessageGroupId": "a", "MessageDeduplicationId": "2" });
    let entries = json!({ "Entries": [entry("a"), entry("b")] });
    let sent = world.on(QUEUE, "SendMessageBatch", entries).await;
    let ids = [0, 1].map(|index| &sent["Successful"][index]["MessageId"]);
    assert_eq!(ids[0], ids[1]);
}

#[tokio::test]
async fn ids_may_follow_from_contents_and_be_of_a_group() {
    let world = World::new();
    let settings =
        json!({ "ContentBasedDeduplication": "true", "DeduplicationScope": "messageGroup" });
    world.create(QUEUE, settings).await;
    let send = async |group: &str, body: &str| {
        let message = json!({ "MessageBody": body, "MessageGroupId": group });
        world.on(QUEUE, "SendMessage", message).await["MessageId"].take()
    };
    let first = send("a", "x").await;
    assert_eq!(send("a", "x").await, first);
    assert_ne!(send("b", "x").await, first);
    assert_ne!(send("a", "y").await, first);
}

#[tokio::test]
async fn what_only_the_other_kind_of_queue_takes_is_refused() {
    let world = World::new();
    world.create(QUEUE, json!({})).await;
    world.create("jobs", json!({})).await;
    for (queue, message, said) in [
        (
            QUEUE,
            json!({ "MessageDeduplicationId": "1" }),
            "parameter MessageGroupId",
        ),
        (
            QUEUE,
            json!({ "MessageGroupId": "a" }),
            "ContentBasedDeduplication enabled",
        ),
        (
            QUEUE,
            json!({ "MessageGroupId": "a", "MessageDeduplicationId": "1", "DelaySeconds": 1 }),
            "not valid for this queue type",
        ),
        (
            QUEUE,
            json!({ "MessageGroupId": "a b" }),
            "alphanumeric and punctuation",
        ),
        (
            "jobs",
            json!({ "MessageDeduplicationId": "1" }),
            "not valid for this queue type",
        ),
    ] {
        let mut message = message;
        message["MessageBody"] = json!("x");
        let refused = refusal(world.try_on(queue, "SendMessage", message).await);
        assert!(refused.message.contains(said), "{refused}");
    }
    let grouped = json!({ "MessageBody": "x", "MessageGroupId": "a" });
    world.on("jobs", "SendMessage", grouped).await;
}
