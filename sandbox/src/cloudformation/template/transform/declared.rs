//! A resource of one of SAM's types, as a template declares it.

use std::fmt::Display;

use serde_json::{Map, Value};

use super::SERVERLESS;

/// Members of a resource that mean the same to SAM and to CloudFormation.
pub const MEMBERS: [&str; 5] = [
    "Condition",
    "DeletionPolicy",
    "DependsOn",
    "Metadata",
    "UpdateReplacePolicy",
];

/// A resource of one of SAM's types.
pub struct Declared<'a> {
    pub id: &'a str,
    /// With the defaults of the section `Globals`.
    pub properties: Map<String, Value>,
    members: &'a Value,
}

impl<'a> Declared<'a> {
    /// `declared` as in the template; `properties` with the defaults.
    pub fn new(id: &'a str, declared: &'a Value, properties: Map<String, Value>) -> Self {
        Self {
            id,
            properties,
            members: declared,
        }
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
pub fn invalid(id: &str, reason: impl Display) -> String {
    format!("Resource with id [{id}] is invalid. {reason}")
}

/// SAM's words for a template with these errors.
pub fn failed(errors: &[String]) -> String {
    format!(
        "Transform {SERVERLESS} failed with: Invalid Serverless Application Specification document. \
         Number of errors found: {}. {}",
        errors.len(),
        errors.join(" ")
    )
}
