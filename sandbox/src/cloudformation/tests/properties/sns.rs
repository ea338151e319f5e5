//! Topics, subscriptions and the policies of topics.

use serde_json::{Value, json};

use super::{Subject, name, row, tags};
use crate::cloudformation::tests::{Sandbox, ask};

const ACCOUNT_ARN: &str = "arn:aws:sns:us-east-1:000000000000:";

fn topic_arn(name: &str) -> String {
    format!("{ACCOUNT_ARN}{name}")
}

fn function_arn(name: &str) -> String {
    format!("arn:aws:lambda:us-east-1:000000000000:function:{name}")
}

/// Makes a topic of this name.
pub async fn prepare(sandbox: &Sandbox, name: &str) {
    let made = ask(
        &*sandbox.platform.sns,
        "CreateTopic",
        json!({ "Name": name }),
    )
    .await;
    made.expect("made");
}

pub fn topic() -> Subject {
    let fifo = || json!({ "FifoTopic": true });
    let subscription = |function: &str, protocol: &str| json!([{ "Endpoint": function_arn(function), "Protocol": protocol }]);
    Subject {
        kind: "AWS::SNS::Topic",
        least: json!({}),
        full: json!({}),
        rows: vec![
            row(
                "ContentBasedDeduplication",
                "/ContentBasedDeduplication",
                json!(true),
                json!(false),
                json!(true),
            )
            .shows(json!("true"), json!("false"))
            .along(fifo(), fifo(), json!({})),
            row(
                "DisplayName",
                "/DisplayName",
                json!("1"),
                json!("2"),
                json!("d".repeat(101)),
            )
            .or_else(json!("")),
            row(
                "FifoThroughputScope",
                "/FifoThroughputScope",
                json!("MessageGroup"),
                json!("Topic"),
                json!("World"),
            )
            .along(fifo(), fifo(), fifo()),
            row(
                "FifoTopic",
                "/FifoTopic",
                json!(true),
                json!(true),
                json!(true),
            )
            .shows(json!("true"), json!("true"))
            .along(json!({}), json!({}), json!({ "TopicName": "standard" })),
            row(
                "SignatureVersion",
                "/SignatureVersion",
                json!("1"),
                json!("2"),
                json!("3"),
            ),
            row(
                "Subscription",
                "/Subscribed",
                subscription("one", "lambda"),
                subscription("two", "lambda"),
                subscription("one", "sqs"),
            )
            .shows(
                json!({ function_arn("one"): "lambda" }),
                json!({ function_arn("two"): "lambda" }),
            )
            .or_else(json!({})),
            tags("/Tags"),
            name("TopicName", "/Name"),
        ],
        attributes: vec![("TopicArn", "/TopicArn"), ("TopicName", "/Name")],
    }
}

pub fn subscription() -> Subject {
    let topic = |end: &str| json!(topic_arn(&format!("{{id}}-{end}")));
    let redrive = |queue: &str| {
        let arn = format!("arn:aws:sqs:us-east-1:000000000000:{queue}");
        json!({ "deadLetterTargetArn": arn })
    };
    let queue = |name: &str| json!(format!("arn:aws:sqs:us-east-1:000000000000:{name}"));
    let of_web_server = || json!({ "Protocol": "http", "Endpoint": "http://localhost:9/" });
    let of_queue = |name: &str| json!({ "Protocol": "sqs", "Endpoint": queue(name) });
    Subject {
        kind: "AWS::SNS::Subscription",
        least: json!({ "TopicArn": topic("one"), "Protocol": "sqs", "Endpoint": queue("q") }),
        full: json!({ "TopicArn": topic_arn("row0-one"), "Protocol": "lambda",
            "Endpoint": function_arn("f") }),
        rows: vec![
            row(
                "DeliveryPolicy",
                "/DeliveryPolicy",
                json!({ "healthyRetryPolicy": { "numRetries": 1 } }),
                json!({ "requestPolicy": { "headerContentType": "application/json" } }),
                json!({ "guaranteed": true }),
            )
            .along(of_web_server(), of_web_server(), of_web_server()),
            row(
                "Endpoint",
                "/Endpoint",
                queue("one"),
                queue("two"),
                json!("three"),
            )
            .or_else(queue("q")),
            row(
                "FilterPolicy",
                "/FilterPolicy",
                json!({ "a": ["1"] }),
                json!({ "a": [{ "prefix": "2" }] }),
                json!({ "a": "1" }),
            ),
            row(
                "FilterPolicyScope",
                "/FilterPolicyScope",
                json!("MessageAttributes"),
                json!("MessageBody"),
                json!("Message"),
            )
            .along(
                json!({ "FilterPolicy": { "a": ["1"] } }),
                json!({ "FilterPolicy": { "a": { "b": ["1"] } } }),
                json!({}),
            ),
            row(
                "Protocol",
                "/Protocol",
                json!("lambda"),
                json!("sqs"),
                json!("carrier-pigeon"),
            )
            .along(
                json!({ "Endpoint": function_arn("f") }),
                json!({}),
                json!({}),
            )
            .or_else(json!("sqs")),
            row(
                "RawMessageDelivery",
                "/RawMessageDelivery",
                json!(true),
                json!(false),
                json!(true),
            )
            .shows(json!("true"), json!("false"))
            .along(
                json!({}),
                json!({}),
                json!({ "Protocol": "lambda", "Endpoint": function_arn("f") }),
            )
            .or_else(json!("false")),
            row(
                "RedrivePolicy",
                "/RedrivePolicy",
                redrive("one"),
                redrive("two"),
                json!({ "deadLetterTargetArn": "three" }),
            ),
            row(
                "TopicArn",
                "/TopicArn",
                topic("one"),
                topic("two"),
                json!(topic_arn("missing")),
            )
            .along(of_queue("q"), of_queue("q"), of_queue("q"))
            .or_else(topic("one")),
        ],
        attributes: vec![("Arn", "{ref}")],
    }
}

pub fn topic_policy() -> Subject {
    let document = |action: &str| {
        json!({ "Statement": [{ "Effect": "Allow", "Principal": "*", "Action": action,
            "Resource": "*" }] })
    };
    let topics = |ends: &[&str]| -> Value {
        let arns = ends.iter().map(|end| topic_arn(&format!("{{id}}-{end}")));
        arns.collect::<Vec<_>>().into()
    };
    Subject {
        kind: "AWS::SNS::TopicPolicy",
        least: json!({ "PolicyDocument": document("sns:Publish"), "Topics": topics(&["one"]) }),
        full: json!({ "PolicyDocument": document("sns:Publish"),
            "Topics": [topic_arn("row0-one")] }),
        rows: vec![
            row(
                "PolicyDocument",
                "/{id}-one",
                document("sns:*"),
                document("sns:Subscribe"),
                document("sqs:SendMessage"),
            )
            .or_else(document("sns:Publish")),
            row(
                "Topics",
                "/{id}-two/Statement/0/Action",
                topics(&["one", "two"]),
                topics(&["two"]),
                topics(&["one", "missing"]),
            )
            .shows(json!("sns:Publish"), json!("sns:Publish"))
            .or_any(),
        ],
        attributes: vec![("Id", "{ref}")],
    }
}
