//! Queues and their policies.

use serde_json::{Value, json};

use super::{Row, Subject, name, row, tags};

/// Shown as text, and without it as `default`.
fn setting(
    property: &'static str,
    at: &'static str,
    one: Value,
    two: Value,
    wrong: Value,
    default: Value,
) -> Row {
    let text = |value: &Value| match value {
        Value::String(_) => value.clone(),
        value => json!(value.to_string()),
    };
    let (shows_one, shows_two) = (text(&one), text(&two));
    row(property, at, one, two, wrong)
        .shows(shows_one, shows_two)
        .or_else(default)
}

pub fn queue() -> Subject {
    let fifo = || json!({ "FifoQueue": true });
    let in_groups = || json!({ "FifoQueue": true, "DeduplicationScope": "messageGroup" });
    let dead = |end: &str, count: u32| {
        let arn = format!("arn:aws:sqs:us-east-1:000000000000:{{id}}-{end}-dead");
        json!({ "deadLetterTargetArn": arn, "maxReceiveCount": count })
    };
    let allow = |permission: &str| json!({ "redrivePermission": permission });
    let number = |property, at, one: u32, two: u32, wrong: u32, default: &str| {
        let default = json!(default);
        setting(property, at, json!(one), json!(two), json!(wrong), default)
    };
    Subject {
        kind: "AWS::SQS::Queue",
        least: json!({}),
        full: json!({}),
        rows: vec![
            setting(
                "ContentBasedDeduplication",
                "/ContentBasedDeduplication",
                json!(true),
                json!(false),
                json!(true),
                Value::Null,
            )
            .along(fifo(), fifo(), json!({})),
            setting(
                "DeduplicationScope",
                "/DeduplicationScope",
                json!("messageGroup"),
                json!("queue"),
                json!("world"),
                Value::Null,
            )
            .along(fifo(), fifo(), fifo()),
            number("DelaySeconds", "/DelaySeconds", 1, 900, 901, "0"),
            setting(
                "FifoQueue",
                "/FifoQueue",
                json!(true),
                json!(true),
                json!(false),
                Value::Null,
            ),
            setting(
                "FifoThroughputLimit",
                "/FifoThroughputLimit",
                json!("perMessageGroupId"),
                json!("perQueue"),
                json!("none"),
                Value::Null,
            )
            .along(in_groups(), in_groups(), in_groups()),
            number(
                "MaximumMessageSize",
                "/MaximumMessageSize",
                1024,
                2048,
                1,
                "1048576",
            ),
            number(
                "MessageRetentionPeriod",
                "/MessageRetentionPeriod",
                60,
                61,
                1,
                "345600",
            ),
            name("QueueName", "/QueueName"),
            number(
                "ReceiveMessageWaitTimeSeconds",
                "/ReceiveMessageWaitTimeSeconds",
                1,
                20,
                21,
                "0",
            ),
            row(
                "RedriveAllowPolicy",
                "/RedriveAllowPolicy",
                allow("denyAll"),
                allow("allowAll"),
                allow("someone"),
            ),
            row(
                "RedrivePolicy",
                "/RedrivePolicy",
                dead("one", 1),
                dead("two", 1000),
                dead("none", 1),
            ),
            setting(
                "SqsManagedSseEnabled",
                "/SqsManagedSseEnabled",
                json!(false),
                json!(true),
                json!(true),
                json!("true"),
            )
            .along(json!({}), json!({}), json!({ "DelaySeconds": 901 })),
            tags("/Tags"),
            number(
                "VisibilityTimeout",
                "/VisibilityTimeout",
                0,
                43200,
                43201,
                "30",
            ),
        ],
        attributes: vec![
            ("Arn", "/QueueArn"),
            ("QueueName", "/QueueName"),
            ("QueueUrl", "{ref}"),
        ],
    }
}

pub fn queue_policy() -> Subject {
    let url = |end: &str| format!("http://127.0.0.1:1/000000000000/{{id}}-{end}");
    let document = |action: &str| {
        json!({ "Version": "2012-10-17", "Statement": [{ "Effect": "Allow", "Principal": "*",
            "Action": action, "Resource": "*" }] })
    };
    let least = json!({ "PolicyDocument": document("sqs:*"), "Queues": [url("one")] });
    let on = |ends: &[&str]| {
        let policies = ends
            .iter()
            .map(|end| ((*end).to_owned(), document("sqs:*")));
        Value::Object(policies.collect())
    };
    Subject {
        kind: "AWS::SQS::QueuePolicy",
        full: least.clone(),
        least,
        rows: vec![
            row(
                "PolicyDocument",
                "/{id}/one",
                document("sqs:SendMessage"),
                document("sqs:ReceiveMessage"),
                json!({ "Statement": "none" }),
            )
            .or_else(document("sqs:*")),
            row(
                "Queues",
                "/{id}",
                json!([url("one"), url("two")]),
                json!([url("two")]),
                json!([url("none")]),
            )
            .shows(on(&["one", "two"]), on(&["two"]))
            .or_any(),
        ],
        attributes: vec![("Id", "{ref}")],
    }
}
