//! Mappings of streams through Lambda's operations, and a function that always fails.

use std::time::Duration;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use serde_json::json;
use tempfile::TempDir;

use super::*;
use crate::caller::Caller;
use crate::clock::turned::Clock;
use crate::delivery::Target;
use crate::dynamodb::DynamoDb;
use crate::fault::Answer;
use crate::lambda::bundle_cache::zipped_program;
use crate::lambda::tests::{call, opened_with};
use crate::service::{self, Background, Service};

const DEAD: &str = "arn:aws:sqs:us-east-1:000000000000:dead";

struct World {
    lambda: Arc<Lambda>,
    clock: Arc<Clock>,
    /// The ARN of the stream of the table `events`.
    stream: String,
    folder: TempDir,
}

impl World {
    /// With a function `worker` that always fails, and the queue `dead`.
    async fn new() -> Self {
        let (folder, clock) = (
            tempfile::tempdir().expect("a folder"),
            Arc::new(Clock::turned()),
        );
        let lambda = opened_with(folder.path(), clock.clone());
        let sqs: std::sync::Weak<dyn Target> = Arc::downgrade(&lambda.event_sources.sqs) as _;
        lambda.deliveries.register("sqs", sqs);
        let mut world = Self {
            lambda,
            clock,
            stream: String::new(),
            folder,
        };
        let program = zipped_program(b"#!/bin/sh\nexit 1\n");
        let worker = json!({ "FunctionName": "worker", "Runtime": "provided.al2023",
            "Handler": "bootstrap", "Role": "arn:aws:iam::000000000000:role/worker",
            "Code": { "ZipFile": BASE64_STANDARD.encode(program) } });
        world.ask("CreateFunction", worker).await.expect("made");
        world
            .sqs("CreateQueue", json!({ "QueueName": "dead" }))
            .await;
        let table = json!({ "TableName": "events", "BillingMode": "PAY_PER_REQUEST",
            "AttributeDefinitions": [{ "AttributeName": "Id", "AttributeType": "S" }],
            "KeySchema": [{ "AttributeName": "Id", "KeyType": "HASH" }],
            "StreamSpecification": { "StreamEnabled": true, "StreamViewType": "NEW_IMAGE" } });
        let made = world.table("CreateTable", table).await;
        let arn = made["TableDescription"]["LatestStreamArn"].as_str();
        world.stream = arn.expect("a stream").to_owned();
        world
    }

    async fn ask(&self, operation: &'static str, parameters: Value) -> Answer {
        call(&self.lambda, operation, parameters).await
    }

    async fn other(
        &self,
        service: &dyn Service,
        operation: &'static str,
        parameters: Value,
    ) -> Value {
        let caller = Caller {
            id: "id".to_owned(),
            arn: "arn".to_owned(),
            ..Caller::default()
        };
        service::call(service, operation, parameters, &caller)
            .await
            .expect(operation)
    }

    async fn sqs(&self, operation: &'static str, parameters: Value) -> Value {
        self.other(&*self.lambda.event_sources.sqs, operation, parameters)
            .await
    }

    async fn table(&self, operation: &'static str, parameters: Value) -> Value {
        let tables: &DynamoDb = self.lambda.event_sources.streams.tables();
        self.other(tables, operation, parameters).await
    }

    async fn put(&self, id: &str) {
        let put = json!({ "TableName": "events", "Item": { "Id": { "S": id } } });
        self.table("PutItem", put).await;
    }

    async fn mapping(&self, more: Value) -> Answer {
        let mut request = json!({ "FunctionName": "worker", "EventSourceArn": self.stream,
            "StartingPosition": "TRIM_HORIZON" });
        for (name, value) in more.as_object().into_iter().flatten() {
            request[name] = value.clone();
        }
        self.ask("CreateEventSourceMapping", request).await
    }

    /// What the queue `dead` has been told, when it is so many reports.
    async fn told(&self, count: usize) -> Vec<Value> {
        let mut told = Vec::new();
        let mut now = 0;
        while told.len() < count {
            // The function's process takes real time.
            tokio::time::sleep(Duration::from_millis(5)).await;
            if !self.lambda.runtime.is_busy() {
                now += 1_000;
                self.clock.turn_to(now);
            }
            let receive = json!({ "QueueUrl": "dead", "MaxNumberOfMessages": 10 });
            let received = self.sqs("ReceiveMessage", receive).await;
            for message in received["Messages"].as_array().into_iter().flatten() {
                let body = message["Body"].as_str().expect("text");
                told.push(serde_json::from_str(body).expect("JSON"));
                let delete =
                    json!({ "QueueUrl": "dead", "ReceiptHandle": message["ReceiptHandle"] });
                self.sqs("DeleteMessage", delete).await;
            }
        }
        told
    }

    fn position(&self, id: &Value, lanes: u32) -> Vec<Option<String>> {
        let id = id.as_str().expect("an id");
        let sources = &self.lambda.event_sources;
        (0..lanes)
            .map(|lane| sources.position(id, lane, lanes).expect("read"))
            .collect()
    }
}

fn numbers(report: &Value) -> (String, String, u64) {
    let info = &report["DDBStreamBatchInfo"];
    let text = |name: &str| info[name].as_str().expect("text").to_owned();
    let size = info["batchSize"].as_u64().expect("a number");
    (text("startSequenceNumber"), text("endSequenceNumber"), size)
}

#[tokio::test]
async fn a_batch_that_always_fails_is_given_up_and_told() {
    let world = World::new().await;
    for id in ["a", "b", "c"] {
        world.put(id).await;
    }
    let destination = json!({ "OnFailure": { "Destination": DEAD } });
    let made = world
        .mapping(json!({ "MaximumRetryAttempts": 1, "DestinationConfig": destination }))
        .await
        .expect("made");
    let told = world.told(1).await;
    let (first, last, size) = numbers(&told[0]);
    assert!(first < last && size == 3, "{told:?}");
    let context = &told[0]["requestContext"];
    assert_eq!(context["condition"], "RetryAttemptsExhausted");
    assert_eq!(context["approximateInvokeCount"], 2);
    assert_eq!(told[0]["DDBStreamBatchInfo"]["streamArn"], world.stream);
    assert_eq!(world.position(&made["UUID"], 1), [Some(last)]);
    world.lambda.stop().await;
}

#[tokio::test]
async fn a_batch_is_bisected_down_to_the_records_that_fail() {
    let world = World::new().await;
    for id in ["a", "b", "c"] {
        world.put(id).await;
    }
    let more = json!({ "MaximumRetryAttempts": 0, "BisectBatchOnFunctionError": true,
        "DestinationConfig": { "OnFailure": { "Destination": DEAD } } });
    world.mapping(more).await.expect("made");
    let mut told: Vec<_> = world.told(3).await.iter().map(numbers).collect();
    told.sort();
    assert!(
        told.iter()
            .all(|(first, last, size)| first == last && *size == 1),
        "{told:?}"
    );
    told.dedup();
    assert_eq!(told.len(), 3, "each of them once");
    world.lambda.stop().await;
}

#[tokio::test]
async fn a_mapping_begins_where_it_is_told_and_goes_on_where_it_was() {
    let world = World::new().await;
    world.put("a").await;
    let off = json!({ "Enabled": false, "StartingPosition": "LATEST", "ParallelizationFactor": 2 });
    let made = world.mapping(off).await.expect("made");
    let end = world
        .lambda
        .event_sources
        .streams
        .end(&world.stream)
        .expect("it has one");
    let id = made["UUID"].clone();
    assert_eq!(
        world.position(&id, 2),
        [Some(end.clone()), Some(end.clone())]
    );
    world.put("b").await;
    let change = json!({ "UUID": id, "Enabled": true, "ParallelizationFactor": 1, "BatchSize": 1,
        "MaximumRetryAttempts": 0, "DestinationConfig": { "OnFailure": { "Destination": DEAD } } });
    let changed = world
        .ask("UpdateEventSourceMapping", change)
        .await
        .expect("changed");
    assert_eq!(
        (&changed["State"], &changed["StartingPosition"]),
        (&json!("Enabling"), &json!("LATEST"))
    );
    let (first, ..) = numbers(&world.told(1).await[0]);
    assert!(first > end);

    let World {
        lambda,
        clock,
        stream,
        folder,
    } = world;
    lambda.stop().await;
    drop(lambda);
    let lambda = opened_with(folder.path(), clock.clone());
    let world = World {
        lambda,
        clock,
        stream,
        folder,
    };
    assert_eq!(world.position(&id, 1), [Some(first)]);
    world
        .ask("DeleteEventSourceMapping", json!({ "UUID": id }))
        .await
        .expect("deleted");
    assert_eq!(world.position(&id, 1), [None]);
}

#[tokio::test]
async fn a_stream_that_cannot_be_a_source_is_refused() {
    let world = World::new().await;
    let none = world.stream.replace("table/events", "table/none");
    let refused = world
        .mapping(json!({ "EventSourceArn": none }))
        .await
        .expect_err("there is none");
    assert!(refused.message.starts_with("Stream not found"), "{refused}");
    for (window, reason) in [
        (
            json!({ "TumblingWindowInSeconds": 901 }),
            "tumblingWindowInSeconds",
        ),
        (
            json!({ "TumblingWindowInSeconds": 5, "ParallelizationFactor": 2 }),
            "ParallelizationFactor",
        ),
    ] {
        let refused = world.mapping(window).await.expect_err("not supported");
        assert!(refused.message.contains(reason), "{refused}");
    }
    let missing = world
        .mapping(json!({ "StartingPosition": null }))
        .await
        .expect_err("it is needed");
    assert!(missing.message.contains("startingPosition"), "{missing}");
}
