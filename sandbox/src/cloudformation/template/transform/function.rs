//! `AWS::Serverless::Function`: a Lambda function, and a role for it unless it brings one.

use serde_json::{Map, Value, json};

use super::declared::{Declared, MEMBERS, tag};
use super::{async_events, role, rule_events, s3_event, schedule_event, sns_event, source_events};

pub const TYPE: &str = "AWS::Serverless::Function";

/// Properties that mean the same to Lambda.
const SAME: [&str; 18] = [
    "Architectures",
    "CodeSigningConfigArn",
    "Description",
    "Environment",
    "EphemeralStorage",
    "FileSystemConfigs",
    "FunctionName",
    "Handler",
    "KmsKeyArn",
    "Layers",
    "LoggingConfig",
    "MemorySize",
    "RecursiveLoop",
    "ReservedConcurrentExecutions",
    "Runtime",
    "SnapStart",
    "Timeout",
    "VpcConfig",
];

/// Properties that are read here or in [`role`].
const READ: [&str; 13] = [
    "AssumeRolePolicyDocument",
    "CodeUri",
    async_events::DEAD_LETTERS,
    async_events::CONFIG,
    "Events",
    "PackageType",
    "PermissionsBoundary",
    "Policies",
    "PropagateTags",
    "Role",
    "RolePath",
    "Tags",
    "Tracing",
];

/// The types of events that are supported; those of APIs become methods of them.
const EVENTS: [&str; 9] = [
    "Api",
    rule_events::RULES[1],
    source_events::TYPES[0],
    rule_events::RULES[0],
    s3_event::TYPE,
    rule_events::SCHEDULE,
    schedule_event::TYPE,
    "SNS",
    source_events::TYPES[1],
];

pub fn expand(function: &Declared) -> Result<Vec<(String, Value)>, String> {
    supported(function)?;
    let tags = Value::Array(tags(function)?);
    let given = &function.properties;
    let mut properties = Map::new();
    for name in SAME {
        if let Some(value) = given.get(name) {
            properties.insert(name.to_owned(), value.clone());
        }
    }
    properties.insert("Code".to_owned(), code(function)?);
    properties.insert("Tags".to_owned(), tags.clone());
    if let Some(mode) = given.get("Tracing") {
        properties.insert("TracingConfig".to_owned(), json!({ "Mode": mode }));
    }
    if let Some(dead_letters) = async_events::dead_letter_config(function)? {
        properties.insert("DeadLetterConfig".to_owned(), dead_letters);
    }
    let mut made = Vec::new();
    let role = match given.get("Role") {
        Some(role) => role.clone(),
        None => {
            let id = format!("{}Role", function.id);
            let arn = json!({ "Fn::GetAtt": [&id, "Arn"] });
            made.push((id, role::made(function, tags)?));
            arn
        }
    };
    properties.insert("Role".to_owned(), role);
    if !given.contains_key("Handler") || !given.contains_key("Runtime") {
        return Err(function
            .invalid("Runtime and Handler needs to be present when PackageType is of type `Zip`"));
    }
    let lambda = function.becomes("AWS::Lambda::Function", properties, &MEMBERS);
    made.push((function.id.to_owned(), lambda));
    made.extend(s3_event::permissions(function));
    made.extend(sns_event::expand(function)?);
    made.extend(source_events::mappings(function)?);
    made.extend(rule_events::expand(function)?);
    made.extend(schedule_event::expand(function)?);
    made.extend(async_events::expand(function)?);
    Ok(made)
}

fn supported(function: &Declared) -> Result<(), String> {
    let given = &function.properties;
    if let Some(events) = given.get("Events") {
        let events = events.as_object().into_iter().flatten();
        let others = events.filter(|(_, event)| {
            let kind = event["Type"].as_str();
            !kind.is_some_and(|kind| EVENTS.contains(&kind))
        });
        let events = others.map(|(name, event)| {
            let kind = event["Type"].as_str().unwrap_or("no type");
            format!("{name} ({kind})")
        });
        let events = Vec::from_iter(events);
        if !events.is_empty() {
            return Err(function.invalid(format_args!(
                "The sandbox supports only the event sources {}, and property 'Events' has {}; invoke the \
                 function directly",
                EVENTS.join(", "),
                events.join(", ")
            )));
        }
    }
    if given.contains_key("InlineCode") {
        return Err(function.invalid(
            "The sandbox does not support 'InlineCode'; package a program and set 'CodeUri'",
        ));
    }
    if given.get("PackageType").is_some_and(|kind| kind != "Zip") || given.contains_key("ImageUri")
    {
        return Err(function.invalid("The sandbox supports only the 'PackageType' Zip"));
    }
    let unknown = |key: &&String| !SAME.contains(&key.as_str()) && !READ.contains(&key.as_str());
    match given.keys().find(unknown) {
        None => Ok(()),
        Some(property) => Err(function.invalid(format_args!(
            "The sandbox does not support property '{property}' of {TYPE}; it supports {}, {}",
            SAME.join(", "),
            READ.join(", ")
        ))),
    }
}

/// The mark that SAM leaves on what it makes, and the function's own tags. (Propagated tags come
/// without the mark.)
fn tags(function: &Declared) -> Result<Vec<Value>, String> {
    let own = function.tags()?;
    let propagated = function.properties.get("PropagateTags") == Some(&Value::Bool(true));
    if propagated && !own.is_empty() {
        return Ok(own);
    }
    let mut tags = vec![tag("lambda:createdBy", &"SAM".into())];
    tags.extend(own);
    Ok(tags)
}

fn code(function: &Declared) -> Result<Value, String> {
    let location = match function.properties.get("CodeUri") {
        None => return Err(function.invalid("Either 'InlineCode' or 'CodeUri' must be set.")),
        Some(Value::String(uri)) => from_uri(uri),
        Some(parts) => from_parts(parts),
    };
    location.ok_or_else(|| {
        function.invalid(
            "'CodeUri' is not a valid S3 Uri of the form 's3://bucket/key' with optional versionId \
             query parameter, nor a map with Bucket and Key. (`sam deploy` and `aws cloudformation \
             package` upload local code and put such a Uri in its place.)",
        )
    })
}

fn from_uri(uri: &str) -> Option<Value> {
    let (bucket, path) = uri.strip_prefix("s3://")?.split_once('/')?;
    let (key, query) = path.split_once('?').unwrap_or((path, ""));
    if bucket.is_empty() || key.is_empty() {
        return None;
    }
    let mut code = json!({ "S3Bucket": bucket, "S3Key": key });
    if let Some(version) = query.strip_prefix("versionId=") {
        code["S3ObjectVersion"] = version.into();
    }
    Some(code)
}

fn from_parts(parts: &Value) -> Option<Value> {
    let mut code = json!({ "S3Bucket": parts.get("Bucket")?, "S3Key": parts.get("Key")? });
    if let Some(version) = parts.get("Version") {
        code["S3ObjectVersion"] = version.clone();
    }
    Some(code)
}
