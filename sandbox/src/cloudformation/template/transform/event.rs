//! What the events of functions have in common.

use std::fmt::Display;

use serde_json::{Map, Value, json};

use super::declared::Declared;

/// Members of a function that what is made for its events has too.
const MEMBERS: [&str; 3] = ["Condition", "DeletionPolicy", "UpdateReplacePolicy"];

/// An event of a function.
pub struct Event<'a> {
    pub function: &'a Declared<'a>,
    name: &'a str,
    pub properties: Map<String, Value>,
}

/// The events of a function that are of one of the types.
pub fn of_types<'a>(function: &'a Declared, types: &'a [&str]) -> impl Iterator<Item = Event<'a>> {
    let events = function.properties.get("Events").and_then(Value::as_object);
    let events = events.into_iter().flatten();
    let is_of = |event: &Value| event["Type"].as_str().is_some_and(|it| types.contains(&it));
    let events = events.filter(move |(_, event)| is_of(event));
    events.map(move |(name, event)| Event {
        function,
        name,
        properties: event["Properties"].as_object().cloned().unwrap_or_default(),
    })
}

impl Event<'_> {
    /// The logical id of what is made for it.
    pub fn id(&self) -> String {
        format!("{}{}", self.function.id, self.name)
    }

    pub fn invalid(&self, reason: impl Display) -> String {
        let name = self.name;
        self.function
            .invalid(format_args!("Event with id [{name}] is invalid. {reason}"))
    }

    /// Refuses properties with other names.
    pub fn check(&self, known: &[&str]) -> Result<(), String> {
        let mut given = self.properties.keys();
        match given.find(|key| !known.contains(&key.as_str())) {
            None => Ok(()),
            Some(other) => Err(self.invalid(format_args!(
                "The sandbox does not support property '{other}'; it supports {}",
                known.join(", ")
            ))),
        }
    }

    pub fn required(&self, name: &str) -> Result<Value, String> {
        let value = self.properties.get(name).cloned();
        value.ok_or_else(|| self.invalid(format_args!("Event is missing property '{name}'.")))
    }

    /// Those of the properties that are given, under the same names.
    pub fn same(&self, names: &[&str]) -> Map<String, Value> {
        let given = names.iter().filter_map(|name| {
            let value = self.properties.get(*name)?;
            Some(((*name).to_owned(), value.clone()))
        });
        given.collect()
    }

    pub fn resource(&self, kind: &str, properties: Map<String, Value>) -> Value {
        self.function.becomes(kind, properties, &MEMBERS)
    }

    pub fn function_arn(&self) -> Value {
        json!({ "Fn::GetAtt": [self.function.id, "Arn"] })
    }

    /// The ARN of the dead-letter queue, and the queue's logical id if it has to be made.
    pub fn dead_letter_queue(&self) -> Result<Option<(Value, Option<String>)>, String> {
        let Some(config) = self.properties.get("DeadLetterConfig") else {
            return Ok(None);
        };
        match (config.get("Arn"), config.get("Type")) {
            (Some(_), Some(_)) => {
                Err(self
                    .invalid("You can either define 'Arn' or 'Type' property of DeadLetterConfig."))
            }
            (None, None) => {
                Err(self.invalid("No 'Arn' or 'Type' property provided for DeadLetterConfig."))
            }
            (Some(arn), None) => Ok(Some((arn.clone(), None))),
            (None, Some(kind)) if kind != "SQS" => Err(self
                .invalid("The only valid value for 'Type' property of DeadLetterConfig is 'SQS'.")),
            (None, Some(_)) => {
                let id = match config.get("QueueLogicalId") {
                    None => format!("{}Queue", self.id()),
                    Some(Value::String(id)) => id.clone(),
                    Some(_) => return Err(self.invalid("QueueLogicalId must be a string")),
                };
                Ok(Some((json!({ "Fn::GetAtt": [id, "Arn"] }), Some(id))))
            }
        }
    }
}
