//! Queues' policies, and messages of other services.

use serde_json::{Value, json};

use super::world::{World, bodies, refusal};
use crate::delivery::{Delivery, Outcome, Target};
use crate::sqs::{NotSent, ServiceMessage, names};

const TOPIC: &str = "arn:aws:sns:us-east-1:000000000000:news";

fn policy(world: &World, queue: &str) -> Option<Value> {
    let live = world.sqs.live();
    let policy = live
        .get(queue)
        .expect("it is there")
        .queue
        .settings
        .policy
        .clone();
    policy.map(|policy| serde_json::from_str(&policy).expect("JSON"))
}

#[tokio::test]
async fn permissions_are_statements_of_the_policy() {
    let world = World::new();
    world.create("jobs", json!({})).await;
    let add = |label: &str| json!({ "Label": label, "AWSAccountIds": ["111111111111"], "Actions": ["SendMessage", "GetQueueUrl"] });
    world.on("jobs", "AddPermission", add("one")).await;
    let again = refusal(world.try_on("jobs", "AddPermission", add("one")).await);
    assert!(again.message.ends_with("Already exists."), "{again}");
    world.on("jobs", "AddPermission", add("two")).await;
    let found = policy(&world, "jobs").expect("a policy");
    let expected = json!({ "Sid": "one", "Effect": "Allow", "Resource": names::arn("jobs"),
        "Principal": { "AWS": "arn:aws:iam::111111111111:root" },
        "Action": ["SQS:SendMessage", "SQS:GetQueueUrl"] });
    assert_eq!(found["Statement"][0], expected);
    for label in ["one", "two"] {
        world
            .on("jobs", "RemovePermission", json!({ "Label": label }))
            .await;
    }
    assert_eq!(policy(&world, "jobs"), None);
}

#[tokio::test]
async fn a_service_sends_what_the_policy_allows_for_its_source() {
    let world = World::new();
    let sns = "sns.amazonaws.com";
    let statement = json!({ "Effect": "Allow", "Principal": { "Service": sns },
        "Action": "SQS:SendMessage", "Resource": names::arn("jobs"),
        "Condition": { "ArnEquals": { "aws:SourceArn": TOPIC } } });
    let policy = json!({ "Version": "2012-10-17", "Statement": [statement] });
    world
        .create("jobs", json!({ "Policy": policy.to_string() }))
        .await;
    world.create("closed", json!({})).await;
    let message = || ServiceMessage {
        body: "hello".to_owned(),
        attributes: vec![("a".to_owned(), "Binary".to_owned(), "AQI=".to_owned())],
        ..ServiceMessage::default()
    };
    let send = |queue: &str, principal: &str, source: &str| {
        world
            .sqs
            .send_for_service(&names::arn(queue), message(), principal, source)
    };
    assert_eq!(send("jobs", sns, TOPIC), Ok(()));
    for (queue, principal, source) in [
        ("jobs", sns, "arn:aws:sns:us-east-1:000000000000:other"),
        ("jobs", "events.amazonaws.com", TOPIC),
        ("closed", sns, TOPIC),
        ("none", sns, TOPIC),
    ] {
        assert_eq!(
            send(queue, principal, source),
            Err(NotSent::NotPermitted),
            "{queue}"
        );
    }
    let all = json!({ "MessageAttributeNames": ["All"], "MaxNumberOfMessages": 10 });
    let received = world.receive("jobs", all).await;
    assert_eq!(bodies(&received), ["hello"]);
    let attributes = json!({ "a": { "DataType": "Binary", "BinaryValue": "AQI=" } });
    assert_eq!(received[0]["MessageAttributes"], attributes);
}

#[tokio::test]
async fn a_delivery_becomes_a_message() {
    let world = World::new();
    world.create("dead", json!({})).await;
    let to = |queue: &str| Delivery::new("id", names::arn(queue), "{}".to_owned());
    assert_eq!(
        world.sqs.deliver(&to("dead")).await.outcome,
        Outcome::Succeeded
    );
    assert_eq!(bodies(&world.receive("dead", json!({})).await), ["{}"]);
    let rejected = world.sqs.deliver(&to("none")).await;
    assert!(
        matches!(rejected.outcome, Outcome::Rejected(_)),
        "{rejected:?}"
    );
}
