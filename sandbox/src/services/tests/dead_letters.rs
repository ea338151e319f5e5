//! What cannot be handed over: for lack of permission, or for what it is.

use serde_json::{Value, json};

use super::{World, arn};

const RULE: &str = "arn:aws:events:us-east-1:000000000000:rule/r";

async fn fire(world: &World, target: Value) {
    let rule = json!({ "Name": "r", "EventPattern": "{\"source\":[\"a\"]}" });
    world.call("events", "PutRule", rule).await;
    let targets = json!({ "Rule": "r", "Targets": [target] });
    world.call("events", "PutTargets", targets).await;
    let entry = json!({ "Source": "a", "DetailType": "t", "Detail": "{}" });
    world
        .call("events", "PutEvents", json!({ "Entries": [entry] }))
        .await;
    world.quiet().await;
}

fn attributes(message: &Value) -> Value {
    let attributes = message["MessageAttributes"]
        .as_object()
        .expect("attributes");
    let attributes = attributes.iter();
    let texts = attributes.map(|(name, it)| (name.clone(), it["StringValue"].clone()));
    Value::Object(texts.collect())
}

#[tokio::test]
async fn what_a_targets_policy_does_not_allow_goes_to_the_dead_letter_queue() {
    let world = World::open();
    let dead = world.queue("dead", "events.amazonaws.com", RULE).await;
    let other = arn("events", "rule/other");
    let queue = world.queue("q", "events.amazonaws.com", &other).await;
    let target = json!({ "Id": "q", "Arn": queue, "Input": "{\"a\":1}",
        "DeadLetterConfig": { "Arn": dead } });
    fire(&world, target).await;
    assert_eq!(world.messages("q").await, Vec::<Value>::new());
    let messages = world.messages("dead").await;
    assert_eq!(messages.len(), 1);
    assert_eq!(messages[0]["Body"], "{\"a\":1}");
    let attributes = attributes(&messages[0]);
    assert_eq!(attributes["RULE_ARN"], RULE);
    assert_eq!(attributes["TARGET_ARN"], json!(queue));
    assert_eq!(attributes["ERROR_CODE"], "NO_PERMISSIONS");
    assert_eq!(attributes["RETRY_ATTEMPTS"], "0");
    assert_eq!(attributes.get("EXHAUSTED_RETRY_CONDITION"), None);
    assert!(
        world
            .log()
            .contains("its policy does not allow events.amazonaws.com")
    );
}

#[tokio::test]
async fn what_is_no_json_does_not_come_to_a_function() {
    let world = World::open();
    let dead = world.queue("dead", "events.amazonaws.com", RULE).await;
    let function = world.function("f", "events.amazonaws.com", RULE).await;
    let transformer = json!({ "InputTemplate": "no JSON" });
    let target = json!({ "Id": "f", "Arn": function, "InputTransformer": transformer,
        "DeadLetterConfig": { "Arn": dead } });
    fire(&world, target).await;
    assert_eq!(world.invoked().await, []);
    let messages = world.messages("dead").await;
    assert_eq!(attributes(&messages[0])["ERROR_CODE"], "INVALID_JSON");
    assert_eq!(messages[0]["Body"], "no JSON");
}

#[tokio::test]
async fn a_target_with_a_role_gets_what_the_role_may_send() {
    let world = World::open();
    let made = json!({ "QueueName": "q" });
    world.call("sqs", "CreateQueue", made).await;
    let queue = arn("sqs", "q");
    let may = world
        .role("may", "events.amazonaws.com", "sqs:SendMessage")
        .await;
    let may_not = world
        .role("may-not", "events.amazonaws.com", "sqs:ReceiveMessage")
        .await;
    let not_trusted = world
        .role("not-trusted", "lambda.amazonaws.com", "sqs:SendMessage")
        .await;
    for (role, comes) in [(may, true), (may_not, false), (not_trusted, false)] {
        let target = json!({ "Id": "q", "Arn": queue, "RoleArn": role });
        fire(&world, target).await;
        assert_eq!(
            world.messages("q").await.len(),
            usize::from(comes),
            "{role}"
        );
    }
    let log = world.log();
    assert!(
        log.contains("is not authorized to perform: sqs:SendMessage"),
        "{log}"
    );
    assert!(
        log.contains("events.amazonaws.com may not assume it"),
        "{log}"
    );
}
