//! Rules and event buses.

use serde_json::{Value, json};

use super::{Subject, name, row, tags};
use crate::cloudformation::tests::{Sandbox, ask};

fn arn(service: &str, resource: &str) -> String {
    format!("arn:aws:{service}:us-east-1:000000000000:{resource}")
}

/// Makes an event bus of this name.
pub async fn prepare(sandbox: &Sandbox, name: &str) {
    let bus = json!({ "Name": name });
    let made = ask(&*sandbox.platform.events, "CreateEventBus", bus).await;
    made.expect("made");
}

pub fn rule() -> Subject {
    let role = |name: &str| json!(format!("arn:aws:iam::000000000000:role/{name}"));
    let of_source = |source: &str| json!({ "source": [source] });
    let target = |more: Value| {
        let mut target = json!({ "Id": "a", "Arn": arn("sqs", "q") });
        for (name, value) in more.as_object().expect("members") {
            target[name] = value.clone();
        }
        target
    };
    let one = target(json!({
        "Arn": arn("sqs", "q.fifo"),
        "Input": "{\"a\":1}",
        "RoleArn": role("r"),
        "DeadLetterConfig": { "Arn": arn("sqs", "dead") },
        "RetryPolicy": { "MaximumEventAgeInSeconds": 60, "MaximumRetryAttempts": 0 },
        "SqsParameters": { "MessageGroupId": "g" },
    }));
    let transformer = json!({ "InputPathsMap": { "s": "$.source" }, "InputTemplate": "\"<s>\"" });
    let two = target(json!({ "Id": "b", "InputTransformer": transformer }));
    let other = target(json!({ "Id": "c", "InputPath": "$.detail" }));
    Subject {
        kind: "AWS::Events::Rule",
        least: json!({ "EventPattern": of_source("a") }),
        full: json!({ "EventPattern": of_source("a") }),
        rows: vec![
            row(
                "Description",
                "/Description",
                json!("1"),
                json!("2"),
                json!("d".repeat(513)),
            ),
            row(
                "EventBusName",
                "/EventBusName",
                json!("{id}-one"),
                json!("{id}-two"),
                json!("a b"),
            )
            .or_else(json!("default")),
            row(
                "EventPattern",
                "/EventPattern",
                of_source("b"),
                json!({ "source": [{ "prefix": "c" }] }),
                json!({ "source": "a" }),
            )
            .or_else(of_source("a")),
            name("Name", "/Name"),
            row("RoleArn", "/RoleArn", role("one"), role("two"), json!("r")),
            row(
                "ScheduleExpression",
                "/ScheduleExpression",
                json!("rate(1 hour)"),
                json!("cron(0 12 * * ? *)"),
                json!("rate(1 hours)"),
            ),
            row(
                "State",
                "/State",
                json!("DISABLED"),
                json!("ENABLED"),
                json!("MAYBE"),
            )
            .or_else(json!("ENABLED")),
            tags("/Tags"),
            row(
                "Targets",
                "/Targets",
                json!([one]),
                json!([two, other]),
                json!([target(json!({ "InputPath": "detail" }))]),
            )
            .or_else(json!([])),
        ],
        attributes: vec![("Arn", "/Arn")],
    }
}

pub fn event_bus() -> Subject {
    let policy = |sid: &str, effect: &str| {
        json!({ "Version": "2012-10-17", "Statement": [{ "Sid": sid, "Effect": effect,
            "Principal": "*", "Action": "events:PutEvents", "Resource": "*" }] })
    };
    Subject {
        kind: "AWS::Events::EventBus",
        least: json!({ "Name": "{id}-bus" }),
        full: json!({ "Name": "{id}-bus" }),
        rows: vec![
            row(
                "Description",
                "/Description",
                json!("1"),
                json!("2"),
                json!("d".repeat(513)),
            ),
            name("Name", "/Name"),
            row(
                "Policy",
                "/Policy",
                policy("a", "Allow"),
                policy("b", "Deny"),
                policy("c", "Maybe"),
            ),
            tags("/Tags"),
        ],
        attributes: vec![("Arn", "/Arn"), ("Name", "/Name")],
    }
}
