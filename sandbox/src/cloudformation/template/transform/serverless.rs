//! `AWS::Serverless-2016-10-31`, SAM's transform: functions with their roles, and simple tables.

use std::fmt::Display;

use serde_json::{Map, Value};

use super::globals::{self, Globals};
use super::{SERVERLESS, function, table};

/// Members of a resource that mean the same to SAM and to CloudFormation.
pub const MEMBERS: [&str; 5] = [
    "Condition",
    "DeletionPolicy",
    "DependsOn",
    "Metadata",
    "UpdateReplacePolicy",
];

/// Replaces the resources of SAM's types.
pub fn expand(body: Value) -> Result<Value, String> {
    let Value::Object(mut sections) = body else {
        return Ok(body);
    };
    sections.remove("Transform");
    let globals = Globals::read(sections.remove(globals::SECTION).as_ref())?;
    let declared = sections.remove("Resources");
    let declared = declared.as_ref().and_then(Value::as_object);
    let mut resources = Map::new();
    for (id, resource) in declared.into_iter().flatten() {
        for (id, made) in expanded(id, resource, &globals)? {
            if resources.contains_key(&id) {
                return Err(taken(&id));
            }
            resources.insert(id, made);
        }
    }
    sections.insert("Resources".to_owned(), Value::Object(resources));
    Ok(Value::Object(sections))
}

/// What becomes of one resource: itself, if it is not SAM's.
fn expanded(id: &str, declared: &Value, globals: &Globals) -> Result<Vec<(String, Value)>, String> {
    let kind = declared["Type"].as_str().unwrap_or_default();
    match kind {
        function::TYPE => function::expand(&Declared::read(id, declared, globals)?),
        table::TYPE => table::expand(&Declared::read(id, declared, globals)?),
        _ if kind.starts_with("AWS::Serverless::") => Err(invalid(
            id,
            format_args!(
                "The sandbox does not support {kind}; it supports {} and {}",
                function::TYPE,
                table::TYPE
            ),
        )),
        _ => Ok(vec![(id.to_owned(), declared.clone())]),
    }
}

fn taken(id: &str) -> String {
    invalid(
        id,
        "The role of this function gets the function's id followed by `Role`, and another resource \
         has this id; rename one of them",
    )
}

/// A resource of one of SAM's types.
pub struct Declared<'a> {
    pub id: &'a str,
    /// With the defaults of the section `Globals`.
    pub properties: Map<String, Value>,
    members: &'a Value,
}

impl<'a> Declared<'a> {
    fn read(id: &'a str, declared: &'a Value, globals: &Globals) -> Result<Self, String> {
        let kind = declared["Type"].as_str().unwrap_or_default();
        let own = declared["Properties"].as_object();
        Ok(Self {
            id,
            properties: globals.merged(kind, own.cloned().unwrap_or_default()),
            members: declared,
        })
    }

    /// A resource of CloudFormation's in its place, with those of its members that are named.
    pub fn becomes(&self, kind: &str, properties: Map<String, Value>, members: &[&str]) -> Value {
        let mut resource = Map::new();
        for member in members {
            if let Some(value) = self.members.get(*member) {
                resource.insert((*member).to_owned(), value.clone());
            }
        }
        resource.insert("Type".to_owned(), kind.into());
        resource.insert("Properties".to_owned(), Value::Object(properties));
        Value::Object(resource)
    }

    pub fn invalid(&self, reason: impl Display) -> String {
        invalid(self.id, reason)
    }

    /// A map of tags as the list that CloudFormation takes.
    pub fn tags(&self) -> Result<Vec<Value>, String> {
        let Some(tags) = self.properties.get("Tags") else {
            return Ok(Vec::new());
        };
        let tags = tags.as_object();
        let tags = tags.ok_or_else(|| self.invalid("Property 'Tags' should be a map."))?;
        Ok(tags.iter().map(|(key, value)| tag(key, value)).collect())
    }
}

pub fn tag(key: &str, value: &Value) -> Value {
    serde_json::json!({ "Key": key, "Value": value })
}

/// SAM's words for a resource that cannot be transformed.
fn invalid(id: &str, reason: impl Display) -> String {
    format!(
        "Transform {SERVERLESS} failed with: Invalid Serverless Application Specification document. \
         Number of errors found: 1. Resource with id [{id}] is invalid. {reason}"
    )
}
