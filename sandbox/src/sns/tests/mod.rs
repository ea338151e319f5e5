//! Topics, subscriptions and messages, with Lambda beside SNS, and targets that keep what comes.

mod fifo;
mod messages;
mod web;
mod web_server;
mod world;

use serde_json::{Value, json};

use super::names::topic_arn;
use world::{World, attributes, queue_arn};

#[tokio::test]
async fn a_topic_is_created_once_and_deleted_with_its_subscriptions() {
    let world = World::open().await;
    let words = json!({ "Name": "words", "Tags": [{ "Key": "a", "Value": "1" }],
        "Attributes": { "DisplayName": "Words" } });
    let made = world.call("CreateTopic", words.clone()).await;
    assert_eq!(made, json!({ "TopicArn": topic_arn("words") }));
    for again in [words.clone(), json!({ "Name": "words" })] {
        assert_eq!(world.call("CreateTopic", again).await, made);
    }
    for (other, reason) in [
        (
            json!({ "Attributes": { "DisplayName": "Other" } }),
            "Attributes Reason: Topic already exists with different attributes",
        ),
        (
            json!({ "Tags": [{ "Key": "a", "Value": "2" }] }),
            "Tags Reason: Topic already exists with different tags",
        ),
        (
            json!({ "Attributes": { "FifoTopic": "true" } }),
            "Invalid parameter: Topic Name",
        ),
        (
            json!({ "Attributes": { "ArchivePolicy": "{}" } }),
            "does not support the attribute ArchivePolicy of topics",
        ),
    ] {
        let mut request = words.clone();
        for (name, value) in other.as_object().expect("members") {
            request[name] = value.clone();
        }
        let refused = world.refused("CreateTopic", request).await;
        assert_eq!(refused.code, "InvalidParameter");
        assert!(refused.message.contains(reason), "{refused}");
    }
    let arn = json!({ "TopicArn": topic_arn("words") });
    let shown = attributes(&world.call("GetTopicAttributes", arn.clone()).await);
    assert_eq!(shown["DisplayName"], "Words");
    assert_eq!(shown["Owner"], "000000000000");
    assert!(
        shown["Policy"]
            .as_str()
            .expect("text")
            .contains("__default_policy_ID")
    );

    world
        .subscribe("lambda", &world::function_arn("f"), json!({}))
        .await;
    for _ in 0..2 {
        world.call("DeleteTopic", arn.clone()).await;
    }
    let missing = world.refused("GetTopicAttributes", arn).await;
    assert_eq!((&*missing.code, missing.status.as_u16()), ("NotFound", 404));
    assert_eq!(missing.message, "Topic does not exist");
    let left = world.call("ListSubscriptions", json!({})).await;
    assert_eq!(left["Subscriptions"], json!([]));
}

#[tokio::test]
async fn an_attribute_of_a_topic_can_be_set_and_taken_back() {
    let world = World::open().await;
    world.topic().await;
    let policy = json!({ "Statement": [{ "Effect": "Allow", "Principal": "*",
        "Action": "sns:Publish", "Resource": "*" }] });
    for (name, value, shown) in [
        ("DisplayName", json!("a"), json!("a")),
        ("DisplayName", Value::Null, json!("")),
        ("SignatureVersion", json!("2"), json!("2")),
        ("SignatureVersion", Value::Null, Value::Null),
        (
            "Policy",
            json!(policy.to_string()),
            json!(policy.to_string()),
        ),
    ] {
        let set = json!({ "TopicArn": topic_arn("words"), "AttributeName": name,
            "AttributeValue": value });
        world.call("SetTopicAttributes", set).await;
        assert_eq!(world.topic_attributes().await[name], shown, "{name}");
    }
    for (name, value) in [
        ("DisplayName", "x".repeat(101)),
        ("SignatureVersion", "3".to_owned()),
        ("Policy", "{".to_owned()),
        ("Nope", String::new()),
    ] {
        let set = json!({ "TopicArn": topic_arn("words"), "AttributeName": name,
            "AttributeValue": value });
        let refused = world.refused("SetTopicAttributes", set).await;
        assert_eq!(refused.code, "InvalidParameter", "{name}");
    }
}

#[tokio::test]
async fn permissions_are_statements_of_the_policy() {
    let world = World::open().await;
    world.topic().await;
    let permission = json!({ "TopicArn": topic_arn("words"), "Label": "others",
        "AWSAccountId": ["111111111111"], "ActionName": ["Publish", "Subscribe"] });
    world.call("AddPermission", permission.clone()).await;
    let statements = world.statements().await;
    assert_eq!(
        statements[1],
        json!({ "Sid": "others", "Effect": "Allow",
            "Principal": { "AWS": "arn:aws:iam::111111111111:root" },
            "Action": ["SNS:Publish", "SNS:Subscribe"], "Resource": topic_arn("words") })
    );
    let again = world.refused("AddPermission", permission.clone()).await;
    assert_eq!(again.message, "Invalid parameter: Statement already exists");
    for (member, value) in [
        ("AWSAccountId", json!(["a"])),
        ("ActionName", json!(["Nope"])),
    ] {
        let mut wrong = permission.clone();
        wrong["Label"] = json!("more");
        wrong[member] = value;
        let refused = world.refused("AddPermission", wrong).await;
        assert_eq!(refused.code, "InvalidParameter");
    }
    let label = json!({ "TopicArn": topic_arn("words"), "Label": "others" });
    for _ in 0..2 {
        world.call("RemovePermission", label.clone()).await;
    }
    assert_eq!(world.statements().await.as_array().map(Vec::len), Some(1));
}

#[tokio::test]
async fn tags_are_those_of_a_topic_that_is_there() {
    let world = World::open().await;
    world.topic().await;
    let arn = topic_arn("words");
    let tag = |value: &str| json!({ "ResourceArn": arn, "Tags": [{ "Key": "a", "Value": value }] });
    world.call("TagResource", tag("1")).await;
    world.call("TagResource", tag("2")).await;
    let listed = world
        .call("ListTagsForResource", json!({ "ResourceArn": arn }))
        .await;
    assert_eq!(listed["Tags"], json!([{ "Key": "a", "Value": "2" }]));
    world
        .call(
            "UntagResource",
            json!({ "ResourceArn": arn, "TagKeys": ["a", "b"] }),
        )
        .await;
    let listed = world
        .call("ListTagsForResource", json!({ "ResourceArn": arn }))
        .await;
    assert_eq!(listed["Tags"], json!([]));
    let missing = json!({ "ResourceArn": topic_arn("missing") });
    let missing = world.refused("ListTagsForResource", missing).await;
    assert_eq!(missing.code, "ResourceNotFound");
}

#[tokio::test]
async fn an_endpoint_is_subscribed_once() {
    let world = World::open().await;
    world.topic().await;
    let function = world::function_arn("f");
    let policy = json!({ "FilterPolicy": "{\"a\": [1]}" });
    let arn = world.subscribe("lambda", &function, policy.clone()).await;
    assert!(
        arn.starts_with(&format!("{}:", topic_arn("words"))),
        "{arn}"
    );
    assert_eq!(world.subscribe("lambda", &function, policy).await, arn);
    assert_eq!(world.subscribe("lambda", &function, json!({})).await, arn);
    let other = json!({ "FilterPolicy": "{\"a\": [2]}" });
    let refused = world.not_subscribed("lambda", &function, other).await;
    let reason = "Attributes Reason: Subscription already exists with different attributes";
    assert_eq!(refused.message, format!("Invalid parameter: {reason}"));
    let listed = json!([{ "SubscriptionArn": arn, "Owner": "000000000000", "Protocol": "lambda",
        "Endpoint": function, "TopicArn": topic_arn("words") }]);
    for (operation, request) in [
        ("ListSubscriptions", json!({})),
        (
            "ListSubscriptionsByTopic",
            json!({ "TopicArn": topic_arn("words") }),
        ),
    ] {
        assert_eq!(
            world.call(operation, request).await["Subscriptions"],
            listed
        );
    }
    for _ in 0..2 {
        world
            .call("Unsubscribe", json!({ "SubscriptionArn": arn }))
            .await;
    }
    let topic = world.topic_attributes().await;
    assert_eq!(
        (
            &topic["SubscriptionsConfirmed"],
            &topic["SubscriptionsDeleted"]
        ),
        (&json!("0"), &json!("1"))
    );
    let missing = world.refused(
        "GetSubscriptionAttributes",
        json!({ "SubscriptionArn": arn }),
    );
    assert_eq!(missing.await.message, "Subscription does not exist");
}

#[tokio::test]
async fn subscriptions_are_of_functions_and_queues_with_attributes_of_theirs() {
    let world = World::open().await;
    world.topic().await;
    let (function, queue) = (world::function_arn("f"), queue_arn("q"));
    for (protocol, endpoint, attributes, reason) in [
        (
            "https",
            "https://example.com",
            json!({}),
            "does not support Protocol=https of Subscribe",
        ),
        ("lambda", &*queue, json!({}), "Lambda endpoint ARN"),
        ("sqs", &function, json!({}), "SQS endpoint ARN"),
        ("sqs", "", json!({}), "SQS endpoint ARN"),
        (
            "lambda",
            &function,
            json!({ "RawMessageDelivery": "true" }),
            "protocol [lambda] does not support raw message delivery",
        ),
        (
            "sqs",
            &queue,
            json!({ "RawMessageDelivery": "yes" }),
            "Must be true or false",
        ),
        (
            "sqs",
            &queue,
            json!({ "RedrivePolicy": "{" }),
            "RedrivePolicy: failed to parse JSON",
        ),
        (
            "sqs",
            &queue,
            json!({ "RedrivePolicy": "{\"deadLetterTargetArn\": \"q\"}" }),
            "deadLetterTargetArn is an invalid arn",
        ),
        (
            "sqs",
            &queue,
            json!({ "FilterPolicyScope": "Body" }),
            "FilterPolicyScope: Invalid value [Body]",
        ),
        (
            "sqs",
            &queue,
            json!({ "FilterPolicy": "{\"a\": {\"b\": [1]}}" }),
            "does not support nested filter policy",
        ),
        (
            "sqs",
            &queue,
            json!({ "DeliveryPolicy": "{}" }),
            "protocol [sqs] does not support delivery policies",
        ),
    ] {
        let refused = world.not_subscribed(protocol, endpoint, attributes).await;
        assert_eq!(refused.code, "InvalidParameter");
        assert!(refused.message.contains(reason), "{refused}");
    }
    let nested = json!({ "FilterPolicy": "{\"a\": {\"b\": [1]}}", "RawMessageDelivery": "true",
        "FilterPolicyScope": "MessageBody",
        "RedrivePolicy": format!("{{\"deadLetterTargetArn\": \"{}\"}}", queue_arn("dead")) });
    let arn = world.subscribe("sqs", &queue, nested.clone()).await;
    let request = json!({ "SubscriptionArn": arn });
    let shown = attributes(
        &world
            .call("GetSubscriptionAttributes", request.clone())
            .await,
    );
    for (name, value) in nested.as_object().expect("members") {
        assert_eq!(shown[name], *value);
    }
    assert_eq!(shown["PendingConfirmation"], "false");
    for (name, value) in [("FilterPolicy", json!("")), ("RedrivePolicy", Value::Null)] {
        let mut set = request.clone();
        set["AttributeName"] = json!(name);
        set["AttributeValue"] = value;
        world.call("SetSubscriptionAttributes", set).await;
        let shown = attributes(
            &world
                .call("GetSubscriptionAttributes", request.clone())
                .await,
        );
        assert_eq!(shown[name], Value::Null);
    }
    let confirmed = json!({ "TopicArn": topic_arn("words"), "Token": "t" });
    let refused = world.refused("ConfirmSubscription", confirmed).await;
    assert_eq!(refused.message, "Invalid parameter: Token");
}

#[tokio::test]
async fn lists_are_answered_in_pages() {
    let world = World::open().await;
    for number in 0..101 {
        let name = format!("topic-{number:03}");
        world.call("CreateTopic", json!({ "Name": name })).await;
    }
    let first = world.call("ListTopics", json!({})).await;
    assert_eq!(first["Topics"].as_array().map(Vec::len), Some(100));
    let next = json!({ "NextToken": first["NextToken"] });
    let last = world.call("ListTopics", next.clone()).await;
    assert_eq!(
        last,
        json!({ "Topics": [{ "TopicArn": topic_arn("topic-100") }], "NextToken": null })
    );
    assert_eq!(
        world.refused("ListSubscriptions", next).await.code,
        "InvalidParameter"
    );
}
