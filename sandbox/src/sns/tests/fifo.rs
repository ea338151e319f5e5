//! FIFO topics.

use serde_json::{Value, json};

use super::world::{World, attributes, function_arn, queue_arn};
use crate::sns::names::topic_arn;

const TOPIC: &str = "orders.fifo";

impl World {
    async fn fifo_topic(&self, attributes: Value) {
        let mut made = json!({ "Name": TOPIC, "Attributes": attributes });
        made["Attributes"]["FifoTopic"] = json!("true");
        self.call("CreateTopic", made).await;
    }

    async fn subscribe_in_order(&self, protocol: &str, endpoint: &str) -> Result<Value, String> {
        let request = json!({ "TopicArn": topic_arn(TOPIC), "Protocol": protocol,
            "Endpoint": endpoint, "Attributes": {} });
        let answer = self.try_call("Subscribe", request).await;
        answer.map_err(|fault| fault.message)
    }

    async fn publish_in_order(&self, text: &str, group: &str, id: Option<&str>) -> Value {
        let message = json!({ "TopicArn": topic_arn(TOPIC), "Message": text,
            "MessageGroupId": group, "MessageDeduplicationId": id });
        self.call("Publish", message).await
    }

    /// The texts in a queue with their groups, in their order, and the notifications.
    async fn all_received(&self, queue: &str) -> Vec<(String, String, Value)> {
        self.taken().await;
        let request = json!({ "QueueUrl": queue, "MaxNumberOfMessages": 10,
            "MessageSystemAttributeNames": ["All"] });
        let answer = self.in_queues("ReceiveMessage", request).await;
        let messages = answer["Messages"].as_array().into_iter().flatten();
        let read = messages.map(|message| {
            let body = message["Body"].as_str().expect("text");
            let notification: Value = serde_json::from_str(body).expect("JSON");
            let text = |value: &Value| value.as_str().expect("text").to_owned();
            (
                text(&notification["Message"]),
                text(&message["Attributes"]["MessageGroupId"]),
                notification.clone(),
            )
        });
        read.collect()
    }
}

#[tokio::test]
async fn queues_get_each_message_once_and_in_order() {
    let world = World::open().await;
    world.fifo_topic(json!({})).await;
    for queue in ["jobs.fifo", "jobs"] {
        world.queue(queue, TOPIC).await;
        let subscribed = world.subscribe_in_order("sqs", &queue_arn(queue)).await;
        subscribed.expect("subscribed");
    }
    let first = world.publish_in_order("1", "a", Some("x")).await;
    world.publish_in_order("2", "a", Some("y")).await;
    // The same, whatever its text and its group are.
    let again = world.publish_in_order("again", "b", Some("x")).await;
    assert_eq!(first, again);
    assert_eq!(first["SequenceNumber"], "10000000000000000001");
    world.publish_in_order("3", "b", Some("z")).await;
    for queue in ["jobs.fifo", "jobs"] {
        let received = world.all_received(queue).await;
        let groups: Vec<&str> = received
            .iter()
            .map(|(_, group, _)| group.as_str())
            .collect();
        let of = |wanted: &str| -> Vec<&str> {
            let received = received.iter().filter(|(_, group, _)| group == wanted);
            received.map(|(text, _, _)| text.as_str()).collect()
        };
        assert_eq!(
            (of("a"), of("b")),
            (vec!["1", "2"], vec!["3"]),
            "{groups:?}"
        );
        let first = received.iter().find(|(text, _, _)| text == "1");
        let (_, _, notification) = first.expect("it came");
        assert_eq!(notification["SequenceNumber"], "10000000000000000001");
        assert!(notification["Signature"].is_string());
    }
}

#[tokio::test]
async fn contents_can_tell_what_is_the_same_and_groups_can_be_apart() {
    let world = World::open().await;
    world
        .fifo_topic(json!({ "ContentBasedDeduplication": "true" }))
        .await;
    world.queue("jobs.fifo", TOPIC).await;
    let subscribed = world
        .subscribe_in_order("sqs", &queue_arn("jobs.fifo"))
        .await;
    subscribed.expect("subscribed");
    let one = world.publish_in_order("m", "a", None).await;
    assert_eq!(world.publish_in_order("m", "b", None).await, one);
    let set = json!({ "TopicArn": topic_arn(TOPIC), "AttributeName": "FifoThroughputScope",
        "AttributeValue": "MessageGroup" });
    world.call("SetTopicAttributes", set).await;
    let other = world.publish_in_order("m", "c", None).await;
    assert_ne!(other, one);
    assert_eq!(world.publish_in_order("m", "c", None).await, other);
    let entry = |id: &str, text: &str| json!({ "Id": id, "Message": text, "MessageGroupId": "d" });
    let entries = [entry("1", "n"), entry("2", "n"), entry("3", "")];
    let batch = json!({ "TopicArn": topic_arn(TOPIC), "PublishBatchRequestEntries": entries });
    let answer = world.call("PublishBatch", batch).await;
    let numbers = |index: usize| &answer["Successful"][index]["SequenceNumber"];
    assert_eq!(numbers(0), numbers(1));
    assert_eq!(answer["Failed"][0]["Id"], "3");
    let arn = json!({ "TopicArn": topic_arn(TOPIC) });
    let shown = attributes(&world.call("GetTopicAttributes", arn).await);
    assert_eq!(
        (
            &shown["FifoTopic"],
            &shown["ContentBasedDeduplication"],
            &shown["FifoThroughputScope"]
        ),
        (&json!("true"), &json!("true"), &json!("MessageGroup"))
    );
}

#[tokio::test]
async fn what_does_not_belong_to_a_kind_of_topic_is_refused() {
    let world = World::open().await;
    world.fifo_topic(json!({})).await;
    world.topic().await;
    let message = |topic: &str, more: Value| {
        let mut message = json!({ "TopicArn": topic_arn(topic), "Message": "m" });
        for (name, value) in more.as_object().expect("members") {
            message[name] = value.clone();
        }
        message
    };
    for (request, reason) in [
        (
            message(TOPIC, json!({})),
            "The MessageGroupId parameter is required for FIFO topics",
        ),
        (
            message(TOPIC, json!({ "MessageGroupId": "g" })),
            "The topic should either have ContentBasedDeduplication enabled or MessageDeduplicationId provided \
             explicitly",
        ),
        (
            message(
                TOPIC,
                json!({ "MessageGroupId": "a b", "MessageDeduplicationId": "d" }),
            ),
            "MessageGroupId Reason",
        ),
        (
            message("words", json!({ "MessageDeduplicationId": "d" })),
            "not valid for this topic type",
        ),
        (
            message("words", json!({ "MessageGroupId": "g" })),
            "for FIFO topics only",
        ),
    ] {
        let refused = world.refused("Publish", request).await;
        assert!(refused.message.contains(reason), "{refused}");
    }
    let only_queues = "only SQS Queues can be subscribed to FIFO SNS topics";
    for (protocol, endpoint) in [
        ("lambda", function_arn("f")),
        ("http", "http://localhost/".to_owned()),
    ] {
        let refused = world.subscribe_in_order(protocol, &endpoint).await;
        assert!(refused.expect_err("refused").contains(only_queues));
    }
    let refused = world
        .not_subscribed("sqs", &queue_arn("q.fifo"), json!({}))
        .await;
    assert!(
        refused.message.contains("FIFO SQS Queues can not be"),
        "{refused}"
    );
    for (topic, attribute, value) in [
        ("words", "ContentBasedDeduplication", "true"),
        ("words", "FifoTopic", "true"),
        (TOPIC, "FifoTopic", "false"),
        (TOPIC, "FifoThroughputScope", "Queue"),
        (TOPIC, "ContentBasedDeduplication", "maybe"),
    ] {
        let set = json!({ "TopicArn": topic_arn(topic), "AttributeName": attribute,
            "AttributeValue": value });
        let refused = world.refused("SetTopicAttributes", set).await;
        assert_eq!(refused.code, "InvalidParameter", "{topic} {attribute}");
    }
    let standard = json!({ "Name": TOPIC });
    let refused = world.refused("CreateTopic", standard).await;
    assert_eq!(refused.message, "Invalid parameter: Topic Name");
}

#[tokio::test]
async fn what_cannot_be_delivered_keeps_its_group_in_the_dead_letters() {
    let world = World::open().await;
    world.fifo_topic(json!({})).await;
    let redrive = json!({ "deadLetterTargetArn": queue_arn("dead.fifo") });
    let request = json!({ "TopicArn": topic_arn(TOPIC), "Protocol": "sqs",
        "Endpoint": queue_arn("missing.fifo"),
        "Attributes": { "RedrivePolicy": redrive.to_string() } });
    world.call("Subscribe", request).await;
    for text in ["1", "2", "3"] {
        world.publish_in_order(text, "g", Some(text)).await;
    }
    let taken = world.taken().await;
    let mut dead: Vec<&Value> = taken
        .iter()
        .map(|(_, message)| &message["Message"])
        .collect();
    dead.sort_by_key(ToString::to_string);
    assert_eq!(dead, ["1", "2", "3"]);
}
