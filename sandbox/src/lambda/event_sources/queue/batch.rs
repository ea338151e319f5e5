//! The event that a function gets for a batch of messages.
//!
//! Source: "Example standard queue message event" in Lambda's developer guide.

use serde_json::{Map, Value, json};

use crate::REGION;
use crate::event_pattern::Pattern;

/// The event of messages as ReceiveMessage returns them.
pub fn event(messages: &[Value], source: &str) -> Value {
    let records = messages.iter().map(|message| record(message, source));
    json!({ "Records": records.collect::<Vec<_>>() })
}

fn record(message: &Value, source: &str) -> Value {
    let own = message["MessageAttributes"].as_object();
    let own = own.into_iter().flatten();
    let own: Map<String, Value> = own
        .map(|(name, it)| (name.clone(), attribute(it)))
        .collect();
    let mut record = json!({
        "messageId": message["MessageId"],
        "receiptHandle": message["ReceiptHandle"],
        "body": message["Body"],
        "attributes": message["Attributes"],
        "messageAttributes": own,
        "md5OfBody": message["MD5OfBody"],
        "eventSource": "aws:sqs",
        "eventSourceARN": source,
        "awsRegion": REGION,
    });
    if let Some(digest) = message.get("MD5OfMessageAttributes") {
        record["md5OfMessageAttributes"] = digest.clone();
    }
    record
}

fn attribute(attribute: &Value) -> Value {
    let mut shown = json!({ "stringListValues": [], "binaryListValues": [],
        "dataType": attribute["DataType"] });
    for (from, to) in [
        ("StringValue", "stringValue"),
        ("BinaryValue", "binaryValue"),
    ] {
        if let Some(value) = attribute.get(from) {
            shown[to] = value.clone();
        }
    }
    shown
}

/// Whether one of the patterns matches the message, whose body is taken for an object if it is one.
///
/// Source: "Using event filtering with an Amazon SQS event source".
pub fn is_wanted(message: &Value, source: &str, patterns: &[Pattern]) -> bool {
    let mut event = record(message, source);
    let body = message["Body"].as_str().unwrap_or_default();
    if let Ok(body @ Value::Object(_)) = serde_json::from_str(body) {
        event["body"] = body;
    }
    patterns.is_empty() || patterns.iter().any(|pattern| pattern.matches(&event))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_event_has_the_shape_that_functions_read() {
        let message = json!({
            "MessageId": "m", "ReceiptHandle": "r", "Body": "b", "MD5OfBody": "d",
            "MD5OfMessageAttributes": "e",
            "Attributes": { "SentTimestamp": "1" },
            "MessageAttributes": { "a": { "DataType": "String", "StringValue": "v" },
                "b": { "DataType": "Binary", "BinaryValue": "AQI=" } },
        });
        let source = "arn:aws:sqs:us-east-1:000000000000:q";
        let expected = json!({ "Records": [{
            "messageId": "m", "receiptHandle": "r", "body": "b",
            "attributes": { "SentTimestamp": "1" },
            "messageAttributes": {
                "a": { "stringValue": "v", "stringListValues": [], "binaryListValues": [], "dataType": "String" },
                "b": { "binaryValue": "AQI=", "stringListValues": [], "binaryListValues": [], "dataType": "Binary" },
            },
            "md5OfBody": "d", "md5OfMessageAttributes": "e",
            "eventSource": "aws:sqs", "eventSourceARN": source, "awsRegion": "us-east-1",
        }] });
        assert_eq!(event(&[message], source), expected);
    }

    #[test]
    fn a_pattern_is_about_the_body_and_what_is_around_it() {
        let wanted = |body: &str, pattern: Value| {
            let attributes = json!({ "kind": { "DataType": "String", "StringValue": "b" } });
            let message = json!({ "Body": body, "MessageAttributes": attributes });
            let pattern = Pattern::read(&pattern).expect("a pattern");
            is_wanted(&message, "q", &[pattern])
        };
        let one = json!({ "body": { "a": [1] } });
        assert!(wanted(r#"{"a":1}"#, one.clone()));
        assert!(!wanted(r#"{"a":2}"#, one.clone()));
        assert!(!wanted("a", one));
        assert!(wanted("a", json!({ "body": ["a"] })));
        assert!(!wanted(r#"{"a":1}"#, json!({ "body": ["a"] })));
        let kind = json!({ "messageAttributes": { "kind": { "stringValue": ["b"] } } });
        assert!(wanted("a", kind));
        assert!(is_wanted(&json!({}), "q", &[]));
    }
}
