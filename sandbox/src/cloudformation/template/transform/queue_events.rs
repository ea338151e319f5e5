//! The `SQS` events of functions: event source mappings, and what the function's role needs for them.

use serde_json::{Map, Value, json};

use super::declared::Declared;

/// The type of the events.
pub const TYPE: &str = "SQS";
/// What SAM lets the function do with its queues.
pub const MANAGED_POLICY: &str = "AWSLambdaSQSQueueExecutionRole";

/// Properties that mean the same to an event source mapping.
const SAME: [&str; 6] = [
    "BatchSize",
    "Enabled",
    "FilterCriteria",
    "FunctionResponseTypes",
    "MaximumBatchingWindowInSeconds",
    "ScalingConfig",
];
/// The ARN of the queue.
const QUEUE: &str = "Queue";

/// The events of a function, by their names.
pub fn events<'a>(function: &'a Declared) -> impl Iterator<Item = (&'a String, &'a Value)> {
    let events = function.properties.get("Events").and_then(Value::as_object);
    let events = events.into_iter().flatten();
    events.filter(|(_, event)| event["Type"] == TYPE)
}

/// A mapping for each of the events.
pub fn mappings(function: &Declared) -> Result<Vec<(String, Value)>, String> {
    events(function)
        .map(|(name, event)| {
            let invalid = |reason: String| {
                function.invalid(format_args!("Event with id [{name}] is invalid. {reason}"))
            };
            let given = event["Properties"].as_object().cloned().unwrap_or_default();
            let is_known = |key: &&String| *key == QUEUE || SAME.contains(&key.as_str());
            if let Some(other) = given.keys().find(|key| !is_known(key)) {
                return Err(invalid(format!(
                    "The sandbox does not support property '{other}'; it supports {QUEUE}, {}",
                    SAME.join(", ")
                )));
            }
            let queue = given.get(QUEUE).ok_or_else(|| {
                invalid(format!(
                    "No Queue (for SQS) or Stream (for Kinesis, DynamoDB) provided: set {QUEUE}."
                ))
            })?;
            let mut properties = Map::new();
            properties.insert("EventSourceArn".to_owned(), queue.clone());
            properties.insert("FunctionName".to_owned(), json!({ "Ref": function.id }));
            for property in SAME {
                if let Some(value) = given.get(property) {
                    properties.insert(property.to_owned(), value.clone());
                }
            }
            let kind = "AWS::Lambda::EventSourceMapping";
            let mapping = function.becomes(kind, properties, &["Condition"]);
            Ok((format!("{}{name}", function.id), mapping))
        })
        .collect()
}
