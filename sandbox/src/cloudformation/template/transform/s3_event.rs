//! The `S3` events of functions: rules of buckets in the same template, and the permissions for them.

use serde_json::{Map, Value, json};

use super::super::pseudo::NO_VALUE;
use super::declared::{Declared, invalid, tag};

/// The type of the events.
pub const TYPE: &str = "S3";

const BUCKET: &str = "Bucket";
const EVENTS: &str = "Events";
const FILTER: &str = "Filter";
const CONFIGURATION: &str = "NotificationConfiguration";
const LIST: &str = "LambdaConfigurations";

/// What an event adds to a bucket.
#[derive(Clone, Debug)]
pub struct OfBucket {
    bucket: String,
    /// The logical id of the permission, which the bucket has to wait for.
    permission: String,
    /// Of the function.
    condition: Option<Value>,
    rules: Vec<Value>,
}

/// The permissions of a function's events.
pub fn permissions(function: &Declared) -> Vec<(String, Value)> {
    let permissions = events(function).map(|(name, _)| {
        let properties = Map::from_iter([
            ("Action".to_owned(), json!("lambda:InvokeFunction")),
            ("FunctionName".to_owned(), json!({ "Ref": function.id })),
            ("Principal".to_owned(), json!("s3.amazonaws.com")),
            (
                "SourceAccount".to_owned(),
                json!({ "Ref": "AWS::AccountId" }),
            ),
        ]);
        let permission = function.becomes("AWS::Lambda::Permission", properties, &["Condition"]);
        (permission_id(function, name), permission)
    });
    permissions.collect()
}

/// What a function's events add to buckets.
pub fn of_buckets(function: &Declared, condition: Option<&Value>) -> Result<Vec<OfBucket>, String> {
    events(function)
        .map(|(name, event)| of_bucket(function, condition, name, event))
        .collect()
}

fn events<'a>(function: &'a Declared) -> impl Iterator<Item = (&'a String, &'a Value)> {
    let events = function.properties.get("Events").and_then(Value::as_object);
    let events = events.into_iter().flatten();
    events.filter(|(_, event)| event["Type"] == TYPE)
}

fn permission_id(function: &Declared, event: &str) -> String {
    format!("{}{event}Permission", function.id)
}

fn of_bucket(
    function: &Declared,
    condition: Option<&Value>,
    name: &str,
    event: &Value,
) -> Result<OfBucket, String> {
    let invalid = |reason: String| {
        function.invalid(format_args!("Event with id [{name}] is invalid. {reason}"))
    };
    let given = event["Properties"].as_object().cloned().unwrap_or_default();
    let supported = [BUCKET, EVENTS, FILTER];
    if let Some(other) = given.keys().find(|key| !supported.contains(&key.as_str())) {
        return Err(invalid(format!(
            "The sandbox does not support property '{other}'; it supports {}",
            supported.join(", ")
        )));
    }
    let bucket = given.get(BUCKET).and_then(|bucket| bucket["Ref"].as_str());
    let bucket = bucket.ok_or_else(|| {
        invalid("S3 events must reference an S3 bucket in the same template.".to_owned())
    })?;
    let kinds = match given.get(EVENTS) {
        Some(Value::Array(kinds)) => kinds.clone(),
        Some(kind) => vec![kind.clone()],
        None => return Err(invalid(format!("Event is missing property '{EVENTS}'."))),
    };
    let rules = kinds.into_iter().map(|kind| {
        let arn = json!({ "Fn::GetAtt": [function.id, "Arn"] });
        let mut rule = json!({ "Event": kind, "Function": arn });
        if let Some(filter) = given.get(FILTER) {
            rule[FILTER] = filter.clone();
        }
        match condition {
            Some(condition) => json!({ "Fn::If": [condition, rule, { "Ref": NO_VALUE }] }),
            None => rule,
        }
    });
    Ok(OfBucket {
        bucket: bucket.to_owned(),
        permission: permission_id(function, name),
        condition: condition.cloned(),
        rules: rules.collect(),
    })
}

impl OfBucket {
    /// Adds it to the bucket in the template.
    pub fn add_to(self, resources: &mut Map<String, Value>) -> Result<(), String> {
        let bucket = resources.get_mut(&self.bucket);
        let bucket = bucket.filter(|bucket| bucket["Type"] == "AWS::S3::Bucket");
        let bucket = bucket.ok_or_else(|| {
            invalid(
                &self.bucket,
                "S3 events must reference an S3 bucket in the same template.",
            )
        })?;
        match &self.condition {
            None => depend(bucket, &self.permission),
            Some(condition) => depend_if(bucket, &self.permission, condition),
        }
        let rules = &mut bucket["Properties"][CONFIGURATION][LIST];
        if rules.is_null() {
            *rules = json!([]);
        }
        let Some(rules) = rules.as_array_mut() else {
            let reason = "Invalid type for LambdaConfigurations. Must be a list.";
            return Err(invalid(&self.bucket, reason));
        };
        rules.extend(self.rules);
        Ok(())
    }
}

fn depend(bucket: &mut Value, permission: &str) {
    let mut needed = match bucket["DependsOn"].take() {
        Value::Array(needed) => needed,
        Value::Null => Vec::new(),
        one => vec![one],
    };
    needed.push(permission.into());
    bucket["DependsOn"] = Value::Array(needed);
}

/// Nothing can depend on a resource that may not be there, but for a reference in an `Fn::If`; SAM has it in a
/// tag.
fn depend_if(bucket: &mut Value, permission: &str, condition: &Value) {
    let key = format!("sam:ConditionalDependsOn:{permission}");
    let value = json!({ "Fn::If": [condition, { "Ref": permission }, "no dependency"] });
    let tags = &mut bucket["Properties"]["Tags"];
    if tags.is_null() {
        *tags = json!([]);
    }
    if let Some(tags) = tags.as_array_mut() {
        tags.push(tag(&key, &value));
    }
}
