//! The event `ScheduleV2`: a schedule of EventBridge Scheduler, and the role in which it invokes the function.

use serde_json::{Map, Value, json};

use super::declared::Declared;
use super::event::{Event, of_types};

pub const TYPE: &str = "ScheduleV2";

/// Properties that mean the same to a schedule.
const SAME: [&str; 7] = [
    "Description",
    "EndDate",
    "GroupName",
    "ScheduleExpression",
    "ScheduleExpressionTimezone",
    "StartDate",
    "State",
];
/// Those that are read here.
const READ: [&str; 8] = [
    "DeadLetterConfig",
    "FlexibleTimeWindow",
    "Input",
    "Name",
    "OmitName",
    "PermissionsBoundary",
    "RetryPolicy",
    "RoleArn",
];

pub fn expand(function: &Declared) -> Result<Vec<(String, Value)>, String> {
    let mut made = Vec::new();
    for event in of_types(function, &[TYPE]) {
        event.check(&[&SAME[..], &READ[..]].concat())?;
        event.required("ScheduleExpression")?;
        made.extend(schedule(&event)?);
    }
    Ok(made)
}

fn schedule(event: &Event) -> Result<Vec<(String, Value)>, String> {
    let id = event.id();
    let mut made = Vec::new();
    let mut target = event.same(&["Input", "RetryPolicy"]);
    target.insert("Arn".to_owned(), event.function_arn());
    let mut dead = None;
    if let Some((queue, new)) = event.dead_letter_queue()? {
        target.insert("DeadLetterConfig".to_owned(), json!({ "Arn": queue }));
        if let Some(queue_id) = new {
            made.push((queue_id, event.resource("AWS::SQS::Queue", Map::new())));
        }
        dead = Some(queue);
    }
    let role = match event.properties.get("RoleArn") {
        Some(role) => role.clone(),
        None => {
            let role_id = format!("{id}Role");
            let arn = json!({ "Fn::GetAtt": [role_id, "Arn"] });
            let role = role(event, &id, dead);
            made.push((role_id, event.resource("AWS::IAM::Role", role)));
            arn
        }
    };
    target.insert("RoleArn".to_owned(), role);
    let mut properties = event.same(&SAME);
    if let Some(name) = name(event, &id)? {
        properties.insert("Name".to_owned(), name);
    }
    let window = event.properties.get("FlexibleTimeWindow").cloned();
    let window = window.unwrap_or_else(|| json!({ "Mode": "OFF" }));
    properties.insert("FlexibleTimeWindow".to_owned(), window);
    properties.insert("Target".to_owned(), Value::Object(target));
    made.push((id, event.resource("AWS::Scheduler::Schedule", properties)));
    Ok(made)
}

fn name(event: &Event, id: &str) -> Result<Option<Value>, String> {
    let omits = event.properties.get("OmitName") == Some(&Value::Bool(true));
    match event.properties.get("Name") {
        Some(_) if omits => Err(event.invalid("Name cannot be set when OmitName is True")),
        None if omits => Ok(None),
        Some(name) => Ok(Some(name.clone())),
        None => Ok(Some(json!(id))),
    }
}

fn role(event: &Event, id: &str, dead_letter_queue: Option<Value>) -> Map<String, Value> {
    let allow = |action: &str, resource: Value| json!({ "Statement": [{ "Action": action, "Effect": "Allow", "Resource": resource }] });
    let mut policies = vec![json!({
        "PolicyName": format!("{id}LambdaPolicy"),
        "PolicyDocument": allow("lambda:InvokeFunction", event.function_arn()),
    })];
    if let Some(queue) = dead_letter_queue {
        policies.push(json!({
            "PolicyName": format!("{id}SQSPolicy"),
            "PolicyDocument": allow("sqs:SendMessage", queue),
        }));
    }
    let trust = json!({
        "Version": "2012-10-17",
        "Statement": [{
            "Action": ["sts:AssumeRole"],
            "Effect": "Allow",
            "Principal": { "Service": ["scheduler.amazonaws.com"] },
        }],
    });
    let mut role = event.same(&["PermissionsBoundary"]);
    role.insert("AssumeRolePolicyDocument".to_owned(), trust);
    role.insert("Policies".to_owned(), Value::Array(policies));
    role
}
