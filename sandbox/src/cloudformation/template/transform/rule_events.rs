//! The events `Schedule`, `EventBridgeRule` and `CloudWatchEvent`: a rule, and the permission for it.

use serde_json::{Map, Value, json};

use super::declared::Declared;
use super::event::{Event, of_types};

pub const SCHEDULE: &str = "Schedule";
/// The second is the old name of the first.
pub const RULES: [&str; 2] = ["EventBridgeRule", "CloudWatchEvent"];

/// In characters, of a target's id.
const LONGEST_ID: usize = 64;
const TARGET_SUFFIX: &str = "LambdaTarget";
/// What targets have of both kinds of events.
const OF_TARGET: [&str; 4] = ["Input", "InputPath", "InputTransformer", "RetryPolicy"];

pub fn expand(function: &Declared) -> Result<Vec<(String, Value)>, String> {
    let mut made = Vec::new();
    for event in of_types(function, &[SCHEDULE]) {
        event.check(&[
            SCHEDULE,
            "Name",
            "Description",
            "State",
            "Enabled",
            "Input",
            "DeadLetterConfig",
            "RetryPolicy",
        ])?;
        let mut properties = event.same(&["Name", "Description"]);
        let expression = event.required(SCHEDULE)?;
        properties.insert("ScheduleExpression".to_owned(), expression);
        made.extend(rule(&event, properties)?);
    }
    for event in of_types(function, &RULES) {
        event.check(&[
            "EventBusName",
            "Pattern",
            "RuleName",
            "State",
            "Enabled",
            "Target",
            "Input",
            "InputPath",
            "InputTransformer",
            "DeadLetterConfig",
            "RetryPolicy",
        ])?;
        let mut properties = event.same(&["EventBusName"]);
        for (from, to) in [("Pattern", "EventPattern"), ("RuleName", "Name")] {
            if let Some(value) = event.properties.get(from) {
                properties.insert(to.to_owned(), value.clone());
            }
        }
        made.extend(rule(&event, properties)?);
    }
    Ok(made)
}

/// The rule with these properties, and what belongs to it.
fn rule(event: &Event, mut properties: Map<String, Value>) -> Result<Vec<(String, Value)>, String> {
    let id = event.id();
    let arn = json!({ "Fn::GetAtt": [id, "Arn"] });
    if let Some(state) = state(event)? {
        properties.insert("State".to_owned(), state);
    }
    let mut target = event.same(&OF_TARGET);
    target.insert("Arn".to_owned(), event.function_arn());
    target.insert("Id".to_owned(), target_id(event, &id));
    let mut made = Vec::new();
    if let Some((queue, new)) = event.dead_letter_queue()? {
        target.insert("DeadLetterConfig".to_owned(), json!({ "Arn": queue }));
        if let Some(queue_id) = new {
            let policy = Map::from_iter([
                ("PolicyDocument".to_owned(), queue_policy(&arn, &queue)),
                ("Queues".to_owned(), json!([{ "Ref": queue_id }])),
            ]);
            let policy = event.resource("AWS::SQS::QueuePolicy", policy);
            made.push((format!("{id}QueuePolicy"), policy));
            made.push((queue_id, event.resource("AWS::SQS::Queue", Map::new())));
        }
    }
    properties.insert("Targets".to_owned(), json!([target]));
    let permission = Map::from_iter([
        ("Action".to_owned(), json!("lambda:InvokeFunction")),
        (
            "FunctionName".to_owned(),
            json!({ "Ref": event.function.id }),
        ),
        ("Principal".to_owned(), json!("events.amazonaws.com")),
        ("SourceArn".to_owned(), arn),
    ]);
    let permission = event.resource("AWS::Lambda::Permission", permission);
    made.push((format!("{id}Permission"), permission));
    made.push((id, event.resource("AWS::Events::Rule", properties)));
    Ok(made)
}

fn state(event: &Event) -> Result<Option<Value>, String> {
    match (
        event.properties.get("State"),
        event.properties.get("Enabled"),
    ) {
        (Some(_), Some(_)) => {
            Err(event.invalid("State and Enabled Properties cannot both be specified."))
        }
        (Some(state), None) => Ok(Some(state.clone())),
        (None, Some(Value::Bool(true))) => Ok(Some(json!("ENABLED"))),
        (None, Some(Value::Bool(false))) => Ok(Some(json!("DISABLED"))),
        (None, Some(_)) => Err(event.invalid("Property 'Enabled' should be a boolean.")),
        (None, None) => Ok(None),
    }
}

fn target_id(event: &Event, id: &str) -> Value {
    let given = event.properties.get("Target");
    let given = given.and_then(|target| target.get("Id")).cloned();
    given.unwrap_or_else(|| {
        let begin: String = id.chars().take(LONGEST_ID - TARGET_SUFFIX.len()).collect();
        json!(format!("{begin}{TARGET_SUFFIX}"))
    })
}

fn queue_policy(rule: &Value, queue: &Value) -> Value {
    json!({
        "Version": "2012-10-17",
        "Statement": [{
            "Action": "sqs:SendMessage",
            "Effect": "Allow",
            "Principal": { "Service": "events.amazonaws.com" },
            "Resource": queue,
            "Condition": { "ArnEquals": { "aws:SourceArn": rule } },
        }],
    })
}
