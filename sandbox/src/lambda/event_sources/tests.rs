//! Mappings through Lambda's operations, and functions that fail.

use std::sync::Arc;
use std::time::Duration;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::caller::Caller;
use crate::clock::turned::Clock;
use crate::fault::Answer;
use crate::lambda::Lambda;
use crate::lambda::bundle_cache::zipped_program;
use crate::lambda::tests::{call, opened_with};
use crate::service::{self, Background};

const QUEUE: &str = "arn:aws:sqs:us-east-1:000000000000:jobs";

struct World {
    lambda: Arc<Lambda>,
    clock: Arc<Clock>,
    folder: TempDir,
}

impl World {
    /// With the queue `jobs`, and a function `worker` that always fails.
    async fn new() -> Self {
        let (folder, clock) = (
            tempfile::tempdir().expect("a folder"),
            Arc::new(Clock::turned()),
        );
        let lambda = opened_with(folder.path(), clock.clone());
        let world = Self {
            lambda,
            clock,
            folder,
        };
        world
            .queue("jobs", json!({ "VisibilityTimeout": "5" }))
            .await;
        let program = zipped_program(b"#!/bin/sh\nexit 1\n");
        let worker = json!({ "FunctionName": "worker", "Runtime": "provided.al2023",
            "Handler": "bootstrap", "Role": "arn:aws:iam::000000000000:role/worker",
            "Code": { "ZipFile": BASE64_STANDARD.encode(program) } });
        world.ask("CreateFunction", worker).await.expect("made");
        world
    }

    async fn queue(&self, name: &str, attributes: Value) {
        let queue = json!({ "QueueName": name, "Attributes": attributes });
        self.sqs("CreateQueue", queue).await;
    }

    async fn ask(&self, operation: &'static str, parameters: Value) -> Answer {
        call(&self.lambda, operation, parameters).await
    }

    async fn sqs(&self, operation: &'static str, parameters: Value) -> Value {
        let caller = Caller {
            id: "id".to_owned(),
            arn: "arn".to_owned(),
            ..Caller::default()
        };
        let sqs = &*self.lambda.event_sources.sqs;
        let answer = service::call(sqs, operation, parameters, &caller).await;
        answer.expect(operation)
    }

    /// How many messages there are, visible or not.
    async fn count(&self, queue: &str) -> u32 {
        let all = json!({ "QueueUrl": queue, "AttributeNames": ["All"] });
        let all = self.sqs("GetQueueAttributes", all).await;
        let count = |end: &str| {
            let name = format!("ApproximateNumberOfMessages{end}");
            let count = all["Attributes"][name].as_str().expect("text");
            count.parse::<u32>().expect("a number")
        };
        count("") + count("NotVisible")
    }

    async fn mapping(&self, more: Value) -> Answer {
        let mut request = json!({ "FunctionName": "worker", "EventSourceArn": QUEUE });
        for (name, value) in more.as_object().into_iter().flatten() {
            request[name] = value.clone();
        }
        self.ask("CreateEventSourceMapping", request).await
    }

    fn polling(&self) -> usize {
        self.lambda.event_sources.pollers().by_id.len()
    }
}

#[tokio::test]
async fn a_mapping_is_created_shown_changed_and_deleted() {
    let world = World::new().await;
    let made = world
        .mapping(json!({ "Enabled": false }))
        .await
        .expect("made");
    assert_eq!(made["State"], "Creating");
    let id = json!({ "UUID": made["UUID"] });
    let found = world
        .ask("GetEventSourceMapping", id.clone())
        .await
        .expect("there");
    assert_eq!(
        (&found["State"], &found["BatchSize"]),
        (&json!("Disabled"), &json!(10))
    );
    assert_eq!(
        found["FunctionArn"],
        "arn:aws:lambda:us-east-1:000000000000:function:worker"
    );
    assert_eq!(world.polling(), 0);
    let again = world.mapping(json!({})).await.expect_err("it is there");
    assert_eq!(again.code, "ResourceConflictException");

    let mut change = id.clone();
    change["Enabled"] = json!(true);
    change["BatchSize"] = json!(2);
    let changed = world
        .ask("UpdateEventSourceMapping", change)
        .await
        .expect("changed");
    assert_eq!(changed["State"], "Enabling");
    assert_eq!(world.polling(), 1);
    for filter in [
        json!({}),
        json!({ "FunctionName": "worker" }),
        json!({ "EventSourceArn": QUEUE }),
        json!({ "FunctionName": "worker", "EventSourceArn": QUEUE }),
    ] {
        let listed = world
            .ask("ListEventSourceMappings", filter.clone())
            .await
            .expect("listed");
        let listed = listed["EventSourceMappings"].as_array().expect("a list");
        assert_eq!(listed.len(), 1, "{filter}");
        assert_eq!(
            (&listed[0]["State"], &listed[0]["BatchSize"]),
            (&json!("Enabled"), &json!(2))
        );
    }
    let none = world
        .ask(
            "ListEventSourceMappings",
            json!({ "FunctionName": "other" }),
        )
        .await;
    assert_eq!(none.expect("listed")["EventSourceMappings"], json!([]));

    // The next process goes on.
    let World {
        lambda,
        clock,
        folder,
    } = world;
    lambda.event_sources.stop();
    drop(lambda);
    let lambda = opened_with(folder.path(), clock.clone());
    lambda.clone().resume();
    let world = World {
        lambda,
        clock,
        folder,
    };
    assert_eq!(world.polling(), 1);
    let deleted = world
        .ask("DeleteEventSourceMapping", id.clone())
        .await
        .expect("deleted");
    assert_eq!(deleted["State"], "Deleting");
    assert_eq!(world.polling(), 0);
    let gone = world
        .ask("GetEventSourceMapping", id)
        .await
        .expect_err("it is gone");
    assert_eq!(gone.code, "ResourceNotFoundException");
}

#[tokio::test]
async fn a_source_that_cannot_be_one_is_refused() {
    let world = World::new().await;
    world
        .queue("quick", json!({ "VisibilityTimeout": "2" }))
        .await;
    let queue = |name: &str| json!(format!("arn:aws:sqs:us-east-1:000000000000:{name}"));
    for (source, said) in [
        (json!(""), "ARN is required"),
        (json!("jobs"), "Unrecognized event source"),
        (
            json!("arn:aws:kinesis:us-east-1:000000000000:stream/s"),
            "only its own queues",
        ),
        (queue("none"), "Error occurred while ReceiveMessage"),
        (
            queue("quick"),
            "2 seconds is less than Function timeout: 3 seconds",
        ),
    ] {
        let refused = world.mapping(json!({ "EventSourceArn": source })).await;
        let refused = refused.expect_err(said);
        assert!(refused.message.contains(said), "{refused}");
    }
    let refused = world.mapping(json!({ "FunctionName": "none" })).await;
    assert_eq!(
        refused.expect_err("there is none").code,
        "ResourceNotFoundException"
    );
    let key = json!({ "KMSKeyArn": "arn:aws:kms:us-east-1:000000000000:key/k" });
    let refused = world.mapping(key).await.expect_err("it is not supported");
    assert!(refused.message.contains("KMSKeyArn"), "{refused}");
}

#[tokio::test]
async fn a_batch_that_fails_comes_again_until_it_is_dead() {
    let world = World::new().await;
    world.queue("dead", json!({})).await;
    let redrive = json!({ "deadLetterTargetArn": "arn:aws:sqs:us-east-1:000000000000:dead",
        "maxReceiveCount": 2 });
    let set = json!({ "QueueUrl": "jobs", "Attributes": { "RedrivePolicy": redrive.to_string() } });
    world.sqs("SetQueueAttributes", set).await;
    world
        .sqs(
            "SendMessage",
            json!({ "QueueUrl": "jobs", "MessageBody": "poison" }),
        )
        .await;
    let made = world.mapping(json!({})).await.expect("made");
    let mut now = 0;
    while world.count("dead").await == 0 {
        // The function's process takes real time.
        tokio::time::sleep(Duration::from_millis(5)).await;
        if !world.lambda.runtime.is_busy() {
            now += 1_000;
            world.clock.turn_to(now);
        }
    }
    assert!(now >= 10_000, "{now}");
    assert_eq!(world.count("jobs").await, 0);
    let id = json!({ "UUID": made["UUID"] });
    let found = world.ask("GetEventSourceMapping", id).await.expect("there");
    let result = found["LastProcessingResult"].as_str();
    assert!(
        result.is_none_or(|result| result.contains("Function call failed")),
        "{result:?}"
    );
    world.lambda.stop().await;
}

/// As when it is deleted or changed while another request has just stored it, and is about to poll for it.
#[tokio::test]
async fn what_polls_for_a_mapping_is_as_the_mapping_is_stored() {
    let world = World::new().await;
    let made = world.mapping(json!({})).await.expect("made");
    let id = made["UUID"].as_str().expect("an id");
    let mut change = json!({ "UUID": id, "Enabled": false });
    for (operation, change) in [
        ("UpdateEventSourceMapping", change.clone()),
        (
            "DeleteEventSourceMapping",
            json!({ "UUID": change["UUID"].take() }),
        ),
    ] {
        world.ask(operation, change).await.expect(operation);
        world.lambda.poll(id).expect("looked");
        assert_eq!(world.polling(), 0, "{operation}");
    }
}
