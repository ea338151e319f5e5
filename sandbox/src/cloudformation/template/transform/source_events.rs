//! The `SQS` and `DynamoDB` events of functions: event source mappings, and what the function's role needs
//! for them.
//!
//! Source: SAM's transform, `samtranslator/model/eventsources/pull.py`.

use serde_json::{Map, Value, json};

use super::declared::Declared;

/// The sources that a function can receive or read from.
const KINDS: [Kind; 2] = [
    Kind {
        event: "DynamoDB",
        source: "Stream",
        needed: &["StartingPosition"],
        own: &[
            "BisectBatchOnFunctionError",
            DESTINATIONS,
            "MaximumRecordAgeInSeconds",
            "MaximumRetryAttempts",
            "ParallelizationFactor",
            "StartingPosition",
            "TumblingWindowInSeconds",
        ],
        policy: "AWSLambdaDynamoDBExecutionRole",
    },
    Kind {
        event: "SQS",
        source: "Queue",
        needed: &[],
        own: &["ScalingConfig"],
        policy: "AWSLambdaSQSQueueExecutionRole",
    },
];
/// The types of the events.
pub const TYPES: [&str; KINDS.len()] = [KINDS[0].event, KINDS[1].event];

/// Properties that mean the same to all event source mappings.
const SAME: [&str; 5] = [
    "BatchSize",
    "Enabled",
    "FilterCriteria",
    "FunctionResponseTypes",
    "MaximumBatchingWindowInSeconds",
];
const DESTINATIONS: &str = "DestinationConfig";

struct Kind {
    /// The type of the event.
    event: &'static str,
    /// The property with the ARN of the source.
    source: &'static str,
    needed: &'static [&'static str],
    /// Further properties that mean the same to its event source mappings.
    own: &'static [&'static str],
    /// What SAM lets the function do with its sources.
    policy: &'static str,
}

impl Kind {
    fn properties(&self) -> impl Iterator<Item = &'static str> {
        SAME.into_iter().chain(self.own.iter().copied())
    }
}

/// The events of a function, by their names.
fn events<'a>(
    function: &'a Declared,
) -> impl Iterator<Item = (&'a String, &'a Value, &'static Kind)> {
    let events = function.properties.get("Events").and_then(Value::as_object);
    let events = events.into_iter().flatten();
    events.filter_map(|(name, event)| {
        let kind = KINDS.iter().find(|kind| event["Type"] == kind.event)?;
        Some((name, event, kind))
    })
}

/// AWS's policies for the function's role, by name, in the order of the events.
pub fn managed_policies(function: &Declared) -> Vec<&'static str> {
    let mut names = Vec::new();
    for (.., kind) in events(function) {
        if !names.contains(&kind.policy) {
            names.push(kind.policy);
        }
    }
    names
}

/// The policies for what is told of records that are given up, each with its name.
pub fn destination_policies(function: &Declared) -> Vec<(String, Value)> {
    let policy = |(name, event, _): (&String, &Value, _)| {
        let destination = &event["Properties"][DESTINATIONS]["OnFailure"];
        let (action, end) = match destination["Type"].as_str()? {
            "SQS" => ("sqs:SendMessage", "SQSPolicy"),
            "SNS" => ("sns:publish", "SNSPolicy"),
            _ => return None,
        };
        let document = json!({ "Statement": [{ "Action": action, "Effect": "Allow",
            "Resource": destination["Destination"] }] });
        Some((format!("{}{name}{end}", function.id), document))
    };
    events(function).filter_map(policy).collect()
}

/// A mapping for each of the events.
pub fn mappings(function: &Declared) -> Result<Vec<(String, Value)>, String> {
    events(function)
        .map(|(name, event, kind)| {
            let made = mapping(function, event, kind);
            let made = made.map_err(|reason| {
                function.invalid(format_args!("Event with id [{name}] is invalid. {reason}"))
            })?;
            Ok((format!("{}{name}", function.id), made))
        })
        .collect()
}

fn mapping(function: &Declared, event: &Value, kind: &Kind) -> Result<Value, String> {
    let given = event["Properties"].as_object().cloned().unwrap_or_default();
    let is_known = |key: &&String| {
        let mut known = kind.properties();
        *key == kind.source || known.any(|known| known == key.as_str())
    };
    if let Some(other) = given.keys().find(|key| !is_known(key)) {
        return Err(format!(
            "The sandbox does not support property '{other}'; it supports {}, {}",
            kind.source,
            Vec::from_iter(kind.properties()).join(", ")
        ));
    }
    let source = given.get(kind.source).ok_or_else(|| {
        format!(
            "No Queue (for SQS) or Stream (for Kinesis, DynamoDB) provided: set {}.",
            kind.source
        )
    })?;
    if let Some(missing) = kind.needed.iter().find(|name| !given.contains_key(**name)) {
        return Err(format!("Event is missing property '{missing}'."));
    }
    let mut properties = Map::new();
    properties.insert("EventSourceArn".to_owned(), source.clone());
    properties.insert("FunctionName".to_owned(), json!({ "Ref": function.id }));
    for name in kind.properties() {
        if let Some(value) = given.get(name) {
            properties.insert(name.to_owned(), value.clone());
        }
    }
    if let Some(destinations) = properties.get_mut(DESTINATIONS) {
        *destinations = destination_config(destinations)?;
    }
    let mapping = "AWS::Lambda::EventSourceMapping";
    Ok(function.becomes(mapping, properties, &["Condition"]))
}

/// The destinations without their type, which is for SAM.
fn destination_config(given: &Value) -> Result<Value, String> {
    let mut given = given.clone();
    let on_failure = given.get_mut("OnFailure").and_then(Value::as_object_mut);
    let on_failure = on_failure.ok_or("Property 'DestinationConfig.OnFailure' should be a map.")?;
    match on_failure.remove("Type") {
        None => Ok(given),
        Some(kind) if kind == "SQS" || kind == "SNS" => Ok(given),
        Some(kind) => Err(format!(
            "The sandbox supports only the values SQS and SNS for 'Type' of {DESTINATIONS}, not {kind}"
        )),
    }
}
