//! What a change set tells of one resource.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::resources::Update;

/// The members that `DescribeChangeSet` shows with `IncludePropertyValues` alone.
const OF_CHANGE: [&str; 2] = ["BeforeContext", "AfterContext"];
const OF_TARGET: [&str; 4] = ["Path", "BeforeValue", "AfterValue", "AttributeChangeType"];
/// In place of a parameter's value that nobody is to see.
const MASK: &str = "****";

#[derive(Clone, Debug, PartialEq)]
pub struct Change {
    pub action: Action,
    pub logical_id: String,
    pub physical_id: Option<String>,
    pub kind: String,
    pub replacement: Option<Replacement>,
    /// Whether a removal or a replacement deletes the present resource.
    pub policy: Option<&'static str>,
    pub details: Vec<Detail>,
    /// The properties as they are, and as they would be as far as that is known.
    pub before: Option<Value>,
    pub after: Option<Value>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    Add,
    Modify,
    Remove,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Replacement {
    True,
    False,
    Conditional,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Detail {
    /// `Properties`, `Tags`, `Metadata`, `DeletionPolicy`, `UpdateReplacePolicy`.
    pub attribute: &'static str,
    /// The property's.
    pub name: Option<&'static str>,
    pub update: Update,
    /// Whether the new value is known.
    pub is_known: bool,
    pub causes: Vec<Cause>,
    pub before: Option<Value>,
    pub after: Option<Value>,
}

/// What changes a property, if it is not the template itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Cause {
    Parameter(String),
    Resource(String),
    /// `LogicalId.Attribute`.
    Attribute(String),
}

impl Change {
    /// As `DescribeChangeSet` shows it with all values, but for the `secrets` in them.
    pub fn shown(&self, secrets: &BTreeSet<String>) -> Value {
        let action = match self.action {
            Action::Add => "Add",
            Action::Modify => "Modify",
            Action::Remove => "Remove",
        };
        let replacement = self.replacement.map(|replacement| match replacement {
            Replacement::True => "True",
            Replacement::False => "False",
            Replacement::Conditional => "Conditional",
        });
        let context = |properties: &Option<Value>| {
            let properties = masked(properties.as_ref()?, secrets);
            Some(json!({ "Properties": properties }).to_string())
        };
        let scope: BTreeSet<&str> = self.details.iter().map(|detail| detail.attribute).collect();
        let details = self.details.iter().flat_map(|detail| detail.shown(secrets));
        json!({
            "Type": "Resource",
            "ResourceChange": {
                "PolicyAction": self.policy,
                "Action": action,
                "LogicalResourceId": self.logical_id,
                "PhysicalResourceId": self.physical_id,
                "ResourceType": self.kind,
                "Replacement": replacement,
                "Scope": scope,
                "Details": details.collect::<Vec<Value>>(),
                "BeforeContext": context(&self.before),
                "AfterContext": context(&self.after),
            },
        })
    }
}

/// A change as [`Change::shown`] has it, without the values.
pub fn without_values(mut shown: Value) -> Value {
    let change = &mut shown["ResourceChange"];
    remove(change, &OF_CHANGE);
    for detail in change["Details"].as_array_mut().into_iter().flatten() {
        remove(&mut detail["Target"], &OF_TARGET);
    }
    shown
}

fn remove(value: &mut Value, names: &[&str]) {
    if let Value::Object(members) = value {
        members.retain(|name, _| !names.contains(&name.as_str()));
    }
}

impl Detail {
    /// One for each cause. A parameter is one beside the template: both may have changed.
    fn shown(&self, secrets: &BTreeSet<String>) -> Vec<Value> {
        let target = self.target(secrets);
        let shown = |source: &str, entity: Option<&String>, is_static: bool| {
            json!({
                "Target": target,
                "Evaluation": if is_static { "Static" } else { "Dynamic" },
                "ChangeSource": source,
                "CausingEntity": entity,
            })
        };
        let mut details: Vec<Value> = self
            .causes
            .iter()
            .map(|cause| match cause {
                Cause::Parameter(name) => shown("ParameterReference", Some(name), self.is_known),
                Cause::Resource(id) => shown("ResourceReference", Some(id), self.is_known),
                Cause::Attribute(name) => shown("ResourceAttribute", Some(name), self.is_known),
            })
            .collect();
        let is_parameter = |cause: &Cause| matches!(cause, Cause::Parameter(_));
        if self.causes.iter().all(is_parameter) {
            let is_static = self.causes.is_empty() && self.is_known;
            details.push(shown("DirectModification", None, is_static));
        }
        details
    }

    fn target(&self, secrets: &BTreeSet<String>) -> Value {
        let recreation = match (self.update, self.is_known) {
            (Update::InPlace, _) => "Never",
            (Update::Replace, true) => "Always",
            (Update::Replace, false) => "Conditionally",
        };
        let change = match (&self.before, &self.after) {
            (None, Some(_)) => Some("Add"),
            (Some(_), None) => Some("Remove"),
            (Some(_), Some(_)) => Some("Modify"),
            (None, None) => None,
        };
        let text = |value: &Option<Value>| match masked(value.as_ref()?, secrets) {
            Value::String(text) => Some(text),
            value => Some(value.to_string()),
        };
        let path = match self.attribute {
            "Properties" | "Tags" => {
                format!("/Properties/{}", self.name.unwrap_or(self.attribute))
            }
            attribute => format!("/{attribute}"),
        };
        json!({
            "Attribute": self.attribute,
            "Name": self.name,
            "RequiresRecreation": recreation,
            "Path": path,
            "BeforeValue": text(&self.before),
            "AfterValue": text(&self.after),
            "AttributeChangeType": change,
        })
    }
}

fn masked(value: &Value, secrets: &BTreeSet<String>) -> Value {
    match value {
        Value::String(text) => {
            let mask = |text: String, secret: &String| text.replace(secret.as_str(), MASK);
            let secrets = secrets.iter().filter(|secret| !secret.is_empty());
            Value::String(secrets.fold(text.clone(), mask))
        }
        Value::Array(items) => items.iter().map(|item| masked(item, secrets)).collect(),
        Value::Object(members) => members
            .iter()
            .map(|(name, value)| (name.clone(), masked(value, secrets)))
            .collect(),
        Value::Number(number) if secrets.contains(&number.to_string()) => json!(MASK),
        other => other.clone(),
    }
}
