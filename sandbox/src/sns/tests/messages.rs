//! Messages on their way to functions and queues.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use async_trait::async_trait;
use serde_json::{Value, json};

use super::world::{World, function_arn, queue_arn};
use crate::clock::Clock;
use crate::sns::names::topic_arn;

/// A millisecond passes with each look.
#[derive(Debug, Default)]
struct Ticking(AtomicI64);

#[async_trait]
impl Clock for Ticking {
    fn now(&self) -> i64 {
        self.0.fetch_add(1, Ordering::Relaxed)
    }

    async fn sleep_until(&self, at: i64) {
        self.0.fetch_max(at, Ordering::Relaxed);
    }
}

fn message_of(event: &Value) -> &Value {
    &event["Records"][0]["Sns"]["Message"]
}

#[tokio::test]
async fn a_function_gets_an_event_as_aws_documents_it() {
    let world = World::open().await;
    world.topic().await;
    let subscription = world.function("counter", "words", json!({})).await;
    let attribute = json!({ "DataType": "String", "StringValue": "b" });
    let id = world
        .publish(
            json!({ "Message": "hello", "Subject": "s", "MessageAttributes": { "a": attribute } }),
        )
        .await;
    let mut taken = world.taken().await;
    assert_eq!(taken.len(), 1);
    let (function, mut event) = taken.remove(0);
    assert_eq!(function, "counter");
    let timestamp = event["Records"][0]["Sns"]["Timestamp"].take();
    assert!(
        timestamp
            .as_str()
            .is_some_and(|time| time.len() == 24 && time.ends_with('Z'))
    );
    let signature = event["Records"][0]["Sns"]["Signature"].take();
    assert_eq!(signature.as_str().map(str::len), Some(344));
    let unsubscribe =
        format!("http://127.0.0.1:1/?Action=Unsubscribe&SubscriptionArn={subscription}");
    let expected = json!({ "Records": [{
        "EventSource": "aws:sns",
        "EventVersion": "1.0",
        "EventSubscriptionArn": subscription,
        "Sns": {
            "Type": "Notification",
            "MessageId": id,
            "TopicArn": topic_arn("words"),
            "Subject": "s",
            "Message": "hello",
            "Timestamp": null,
            "SignatureVersion": "1",
            "Signature": null,
            "SigningCertUrl": format!("http://127.0.0.1:1{}", world.certificate().await),
            "UnsubscribeUrl": unsubscribe,
            "MessageAttributes": { "a": { "Type": "String", "Value": "b" } },
        },
    }] });
    assert_eq!(event, expected);
    world.publish(json!({ "Message": "plain" })).await;
    let sns = world.taken().await.remove(0).1["Records"][0]["Sns"].take();
    assert_eq!(
        (&sns["Subject"], &sns["MessageAttributes"]),
        (&Value::Null, &json!({}))
    );
}

/// With two functions that have subscribed to the topic.
async fn with_two_functions(world: World) -> World {
    world.topic().await;
    for name in ["counter", "logger"] {
        world.function(name, "words", json!({})).await;
    }
    world
}

/// What both functions get of a message.
async fn published_to_both(world: &World) -> [Value; 2] {
    world.publish(json!({ "Message": "hello" })).await;
    let events = world.taken().await.into_iter();
    let messages = events.map(|(_, mut event)| event["Records"][0]["Sns"].take());
    let messages: Vec<Value> = messages.collect();
    messages.try_into().expect("both get it")
}

/// To sign takes longer than all else of a delivery.
#[tokio::test]
async fn a_message_is_signed_once_for_all_its_subscribers() {
    let world = with_two_functions(World::open().await).await;
    let [one, other] = published_to_both(&world).await;
    assert_eq!(one["Signature"], other["Signature"]);
    assert_eq!(world.signatures().await, 1);
    let [again, _] = published_to_both(&world).await;
    assert_ne!(again["Signature"], one["Signature"], "of another message");
    assert_eq!(world.signatures().await, 2);
}

#[tokio::test]
async fn a_message_has_the_time_of_its_publication_for_all_its_subscribers() {
    let clock = Arc::new(Ticking::default());
    let world = with_two_functions(World::open_with(clock).await).await;
    let [one, other] = published_to_both(&world).await;
    assert_eq!(one["Timestamp"], other["Timestamp"]);
    let [again, _] = published_to_both(&world).await;
    assert_ne!(again["Timestamp"], one["Timestamp"], "of another message");
}

/// Such as a function whose permission is for another topic: a confused deputy.
#[tokio::test]
async fn what_may_not_be_invoked_gets_nothing_and_the_dead_letter_queue_all() {
    let world = World::open().await;
    world.topic().await;
    let redrive = json!({ "RedrivePolicy":
        format!("{{\"deadLetterTargetArn\": \"{}\"}}", queue_arn("dead")) });
    world.function("other", "letters", redrive).await;
    world
        .subscribe("lambda", &function_arn("missing"), json!({}))
        .await;
    world.publish(json!({ "Message": "hello" })).await;
    let taken = world.taken().await;
    assert_eq!(taken.len(), 1);
    let (queue, notification) = &taken[0];
    assert_eq!(
        (queue.as_str(), &notification["Message"]),
        ("dead", &json!("hello"))
    );
    assert_eq!(notification["Type"], "Notification");
    let log = world.log();
    for function in ["other", "missing"] {
        let reason = format!(
            "there is no such function as {}, or its policy does not allow sns.amazonaws.com",
            function_arn(function)
        );
        assert!(log.contains(&reason), "{log}");
    }
}

#[tokio::test]
async fn a_filter_policy_says_what_comes() {
    let world = World::open().await;
    world.topic().await;
    let body = json!({ "FilterPolicyScope": "MessageBody",
        "FilterPolicy": "{\"words\": {\"count\": [{\"numeric\": [\">\", 1]}]}}" });
    world.function("body", "words", body).await;
    let attributes = json!({ "FilterPolicy": "{\"kind\": [{\"prefix\": \"wo\"}]}" });
    world.function("attributes", "words", attributes).await;
    world.function("all", "words", json!({})).await;
    let attribute = json!({ "kind": { "DataType": "String", "StringValue": "words" } });
    for (message, expected) in [
        (json!({ "Message": "1" }), &["all"][..]),
        (
            json!({ "Message": "2", "MessageAttributes": attribute }),
            &["all", "attributes"],
        ),
        (
            json!({ "Message": "{\"words\": {\"count\": 2}}" }),
            &["all", "body"],
        ),
        (
            json!({ "Message": "{\"words\": {\"count\": 2}}", "MessageAttributes": attribute }),
            &["all", "attributes", "body"],
        ),
    ] {
        world.publish(message.clone()).await;
        let taken = world.taken().await;
        let names: Vec<&str> = taken.iter().map(|(name, _)| name.as_str()).collect();
        assert_eq!(names, expected, "{message}");
        assert!(
            taken
                .iter()
                .all(|(_, event)| *message_of(event) == message["Message"])
        );
    }
}

#[tokio::test]
async fn a_protocol_can_have_a_text_of_its_own() {
    let world = World::open().await;
    world.topic().await;
    world.function("f", "words", json!({})).await;
    let texts = json!({ "default": "all", "lambda": "functions" }).to_string();
    world
        .publish(json!({ "Message": texts, "MessageStructure": "json" }))
        .await;
    assert_eq!(message_of(&world.taken().await[0].1), "functions");
}

#[tokio::test]
async fn of_a_batch_what_is_wrong_is_named_and_the_rest_is_sent() {
    let world = World::open().await;
    world.topic().await;
    world.function("f", "words", json!({})).await;
    let batch = |entries: Value| json!({ "TopicArn": topic_arn("words"), "PublishBatchRequestEntries": entries });
    let entries = json!([{ "Id": "1", "Message": "a" }, { "Id": "2", "Message": "" },
        { "Id": "3", "Message": "c" }]);
    let answer = world.call("PublishBatch", batch(entries)).await;
    let ids = |list: &Value| -> Vec<Value> {
        let list = list.as_array().expect("a list").iter();
        list.map(|entry| entry["Id"].clone()).collect()
    };
    assert_eq!(ids(&answer["Successful"]), [json!("1"), json!("3")]);
    assert_eq!(
        answer["Failed"],
        json!([{ "Id": "2", "Code": "InvalidParameter", "SenderFault": true,
            "Message": "Invalid parameter: Empty message" }])
    );
    let taken = world.taken().await;
    let mut messages: Vec<&Value> = taken.iter().map(|(_, event)| message_of(event)).collect();
    messages.sort_by_key(|message| message.to_string());
    assert_eq!(messages, ["a", "c"]);
    let entry = |id: usize| json!({ "Id": id.to_string(), "Message": "x" });
    let large = |id: usize| json!({ "Id": id.to_string(), "Message": "x".repeat(130 << 10) });
    for (entries, code) in [
        (json!([]), "EmptyBatchRequest"),
        ((0..11).map(entry).collect(), "TooManyEntriesInBatchRequest"),
        (json!([entry(1), entry(1)]), "BatchEntryIdsNotDistinct"),
        (
            json!([{ "Id": "a b", "Message": "x" }]),
            "InvalidBatchEntryId",
        ),
        ((0..2).map(large).collect(), "BatchRequestTooLong"),
    ] {
        assert_eq!(
            world.refused("PublishBatch", batch(entries)).await.code,
            code
        );
    }
    assert!(world.taken().await.is_empty());
}

#[tokio::test]
async fn a_message_goes_to_one_topic_that_is_there() {
    let world = World::open().await;
    world.topic().await;
    let arn = topic_arn("words");
    let sent = world
        .call("Publish", json!({ "TargetArn": arn, "Message": "m" }))
        .await;
    assert!(sent["MessageId"].is_string());
    for (request, code) in [
        (json!({ "Message": "m" }), "InvalidParameter"),
        (
            json!({ "Message": "m", "TopicArn": arn, "TargetArn": arn }),
            "InvalidParameter",
        ),
        (
            json!({ "Message": "m", "TopicArn": "words" }),
            "InvalidParameter",
        ),
        (
            json!({ "Message": "m", "TopicArn": topic_arn("other") }),
            "NotFound",
        ),
        (
            json!({ "Message": "m", "PhoneNumber": "1" }),
            "InvalidParameter",
        ),
    ] {
        assert_eq!(world.refused("Publish", request).await.code, code);
    }
}

#[tokio::test]
async fn what_ended_before_it_came_is_not_delivered() {
    let world = World::open().await;
    world.topic().await;
    let arn = world.function("f", "words", json!({})).await;
    world.publish(json!({ "Message": "m" })).await;
    // The delivery has not begun: this thread has not waited yet.
    world
        .call("Unsubscribe", json!({ "SubscriptionArn": arn }))
        .await;
    assert!(world.taken().await.is_empty());
    assert!(world.log().contains("its subscription has ended"));
}

#[tokio::test]
async fn a_queue_gets_the_notification_or_the_message_itself() {
    let world = World::open().await;
    world.topic().await;
    for (queue, topic) in [("wrapped", "words"), ("raw", "words"), ("other", "letters")] {
        world.queue(queue, topic).await;
        let raw = json!({ "RawMessageDelivery": (queue == "raw").to_string() });
        world.subscribe("sqs", &queue_arn(queue), raw).await;
    }
    world
        .subscribe("sqs", &queue_arn("missing"), json!({}))
        .await;
    let attribute = json!({ "a": { "DataType": "String", "StringValue": "b" } });
    let id = world
        .publish(json!({ "Message": "hello", "MessageAttributes": attribute }))
        .await;
    world.taken().await;
    let (body, attributes) = world.received("wrapped").await.expect("a message");
    let notification: Value = serde_json::from_str(&body).expect("JSON");
    assert_eq!(notification["MessageId"], *id);
    assert_eq!(notification["Message"], "hello");
    assert_eq!(
        notification["MessageAttributes"],
        json!({ "a": { "Type": "String", "Value": "b" } })
    );
    assert_eq!(attributes, Value::Null);
    let (body, attributes) = world.received("raw").await.expect("a message");
    assert_eq!(body, "hello");
    assert_eq!(attributes, attribute);
    assert_eq!(world.received("other").await, None);
    let log = world.log();
    for queue in ["other", "missing"] {
        assert!(
            log.contains(&format!("there is no such queue as {}", queue_arn(queue))),
            "{log}"
        );
    }
}
