//! Dead-letter queues.

use serde_json::{Value, json};

use super::world::{World, bodies, refusal};
use crate::sqs::names;

fn redrive(target: &str, most: u32) -> Value {
    let policy = json!({ "deadLetterTargetArn": names::arn(target), "maxReceiveCount": most });
    json!({ "RedrivePolicy": policy.to_string() })
}

#[tokio::test]
async fn what_is_received_too_often_is_moved_and_the_rest_goes_on() {
    let world = World::new();
    world.create("dead", json!({})).await;
    world.create("jobs", redrive("dead", 2)).await;
    world.send("jobs", "poison").await;
    let all = json!({ "MaxNumberOfMessages": 10, "VisibilityTimeout": 1,
        "AttributeNames": ["ApproximateReceiveCount"] });
    for (time, count) in [(0, "1"), (1_000, "2")] {
        world.clock.turn_to(time);
        let received = world.receive("jobs", all.clone()).await;
        assert_eq!(received[0]["Attributes"]["ApproximateReceiveCount"], count);
    }
    world.send("jobs", "sound").await;
    world.clock.turn_to(2_000);
    let world = world.restarted();
    assert_eq!(bodies(&world.receive("jobs", all).await), ["sound"]);
    assert_eq!(world.counts("jobs").await, (0, 1, 0));
    let world = world.restarted();
    assert_eq!(world.counts("dead").await, (1, 0, 0));
    let dead = world
        .receive("dead", json!({ "AttributeNames": ["All"] }))
        .await;
    assert_eq!(bodies(&dead), ["poison"]);
    let attributes = &dead[0]["Attributes"];
    assert_eq!(attributes["DeadLetterQueueSourceArn"], names::arn("jobs"));
    assert_eq!(attributes["SentTimestamp"], "0");

    let sources = world
        .on("dead", "ListDeadLetterSourceQueues", json!({}))
        .await;
    assert_eq!(sources["queueUrls"], json!([world.sqs.queue_url("jobs")]));
    let none = world
        .on("jobs", "ListDeadLetterSourceQueues", json!({}))
        .await;
    assert_eq!(none["queueUrls"], json!([]));
}

#[tokio::test]
async fn a_dead_message_of_a_group_makes_way_for_the_next() {
    let world = World::new();
    world.create("dead.fifo", json!({})).await;
    world.create("jobs.fifo", redrive("dead.fifo", 1)).await;
    for body in ["1", "2"] {
        world.send_in("jobs.fifo", "a", body, body).await;
    }
    let one = json!({ "VisibilityTimeout": 1 });
    assert_eq!(
        bodies(&world.receive("jobs.fifo", one.clone()).await),
        ["1"]
    );
    world.clock.turn_to(1_000);
    assert_eq!(bodies(&world.receive("jobs.fifo", one).await), ["2"]);
    let dead = world
        .receive("dead.fifo", json!({ "AttributeNames": ["All"] }))
        .await;
    assert_eq!(bodies(&dead), ["1"]);
    assert_eq!(dead[0]["Attributes"]["MessageGroupId"], "a");
}

#[tokio::test]
async fn without_its_dead_letter_queue_a_message_stays() {
    let world = World::new();
    world.create("dead", json!({})).await;
    world.create("jobs", redrive("dead", 1)).await;
    world.send("jobs", "a").await;
    world.on("dead", "DeleteQueue", json!({})).await;
    let one = json!({ "VisibilityTimeout": 0 });
    for _ in 0..3 {
        assert_eq!(bodies(&world.receive("jobs", one.clone()).await), ["a"]);
    }
}

#[tokio::test]
async fn a_dead_letter_queue_has_to_be_there_and_to_allow_it() {
    let world = World::new();
    world
        .create(
            "dead",
            json!({ "RedriveAllowPolicy": r#"{"redrivePermission":"denyAll"}"# }),
        )
        .await;
    world.create("dead.fifo", json!({})).await;
    world.create("jobs", json!({})).await;
    for (target, said) in [
        ("none", "does not exist"),
        ("dead", "permission"),
        ("dead.fifo", "same type"),
        ("jobs", "another queue"),
    ] {
        let set = json!({ "Attributes": redrive(target, 1) });
        let refused = refusal(world.try_on("jobs", "SetQueueAttributes", set).await);
        assert!(refused.message.contains(said), "{refused}");
        let create = json!({ "QueueName": "new", "Attributes": redrive(target, 1) });
        if target != "jobs" {
            refusal(world.ask("CreateQueue", create).await);
        }
    }
}

#[tokio::test]
async fn dead_messages_go_back_to_where_they_came_from_or_elsewhere() {
    let world = World::new();
    for name in ["dead", "other"] {
        world.create(name, json!({})).await;
    }
    world.create("jobs", redrive("dead", 1)).await;
    for body in ["a", "b"] {
        world.send("jobs", body).await;
    }
    let all = json!({ "MaxNumberOfMessages": 10, "VisibilityTimeout": 0 });
    for _ in 0..2 {
        world.receive("jobs", all.clone()).await;
    }
    assert_eq!(world.counts("dead").await, (2, 0, 0));
    let start = json!({ "SourceArn": names::arn("dead") });
    let task = world.call("StartMessageMoveTask", start.clone()).await;
    let world = world.restarted();
    assert_eq!(
        bodies(&world.receive("jobs", all.clone()).await),
        ["a", "b"]
    );
    assert_eq!(world.counts("dead").await, (0, 0, 0));
    world.receive("jobs", all.clone()).await;
    world.send("dead", "of its own").await;
    let tasks = json!({ "SourceArn": names::arn("dead"), "MaxResults": 10 });
    world.call("StartMessageMoveTask", start).await;
    let elsewhere =
        json!({ "SourceArn": names::arn("dead"), "DestinationArn": names::arn("other") });
    world.call("StartMessageMoveTask", elsewhere).await;
    assert_eq!(bodies(&world.receive("other", all).await), ["of its own"]);
    let tasks = world.call("ListMessageMoveTasks", tasks).await;
    let shown: Vec<_> = tasks["Results"]
        .as_array()
        .expect("a list")
        .iter()
        .collect();
    let status = |index: usize| {
        (
            shown[index]["Status"].clone(),
            shown[index]["ApproximateNumberOfMessagesMoved"].clone(),
        )
    };
    assert_eq!(status(0), (json!("COMPLETED"), json!(1)));
    assert_eq!(status(1), (json!("FAILED"), json!(2)));
    assert_eq!(status(2), (json!("COMPLETED"), json!(2)));

    let cancel = json!({ "TaskHandle": task["TaskHandle"] });
    let refused = refusal(world.ask("CancelMessageMoveTask", cancel).await);
    assert!(refused.message.contains("has completed"), "{refused}");
    for (source, code) in [
        (names::arn("none"), "ResourceNotFoundException"),
        (names::arn("jobs"), "InvalidParameterValueException"),
    ] {
        let start = json!({ "SourceArn": source });
        let refused = refusal(world.ask("StartMessageMoveTask", start).await);
        assert_eq!(refused.code, code);
    }
}
