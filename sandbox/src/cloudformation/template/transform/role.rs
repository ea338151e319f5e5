//! The role that SAM makes for a function.

use serde_json::{Map, Value, json};

use super::async_events;
use super::declared::Declared;
use super::policies::{Policy, managed, policies};
use super::source_events;

const MEMBERS: [&str; 3] = ["Condition", "DeletionPolicy", "UpdateReplacePolicy"];

pub fn made(function: &Declared, tags: Value) -> Result<Value, String> {
    let given = &function.properties;
    let mut arns = vec![managed("AWSLambdaBasicExecutionRole")];
    if given.contains_key("Tracing") {
        arns.push(managed("AWSXrayWriteOnlyAccess"));
    }
    let mut inline = Vec::new();
    for (index, policy) in policies(function)?.into_iter().enumerate() {
        match policy {
            Policy::Managed(arn) if arns.contains(&arn) => {}
            Policy::Managed(arn) => arns.push(arn),
            Policy::Inline(document) => {
                let name = format!("{}RolePolicy{index}", function.id);
                inline.push(named(&name, document));
            }
        }
    }
    inline.extend(async_events::policies(function)?);
    let trust = given.get("AssumeRolePolicyDocument").cloned();
    for name in source_events::managed_policies(function) {
        let arn = managed(name);
        if !arns.contains(&arn) {
            arns.push(arn);
        }
    }
    for (name, document) in source_events::destination_policies(function) {
        if inline
            .iter()
            .all(|other: &Value| other["PolicyDocument"] != document)
        {
            inline.push(named(&name, document));
        }
    }
    let mut properties = Map::new();
    let mut set = |name: &str, value| properties.insert(name.to_owned(), value);
    set("AssumeRolePolicyDocument", trust.unwrap_or_else(lambda));
    set("ManagedPolicyArns", Value::Array(arns));
    set("Tags", tags);
    if !inline.is_empty() {
        set("Policies", Value::Array(inline));
    }
    for (from, to) in [
        ("RolePath", "Path"),
        ("PermissionsBoundary", "PermissionsBoundary"),
    ] {
        if let Some(value) = given.get(from) {
            set(to, value.clone());
        }
    }
    Ok(function.becomes("AWS::IAM::Role", properties, &MEMBERS))
}

/// A document under a name; in an `Fn::If`, each of the documents it chooses from.
fn named(name: &str, document: Value) -> Value {
    if let Some(Value::Array(branches)) = document.get("Fn::If") {
        let branch = |value: &Value| match value.get("Ref") {
            Some(_) => value.clone(),
            None => named(name, value.clone()),
        };
        if let [condition, then, otherwise] = branches.as_slice() {
            return json!({ "Fn::If": [condition, branch(then), branch(otherwise)] });
        }
    }
    json!({ "PolicyName": name, "PolicyDocument": document })
}

fn lambda() -> Value {
    json!({
        "Version": "2012-10-17",
        "Statement": [{
            "Action": ["sts:AssumeRole"],
            "Effect": "Allow",
            "Principal": { "Service": ["lambda.amazonaws.com"] },
        }],
    })
}
