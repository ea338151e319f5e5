//! SNS's filter policies: patterns with fewer names and values, for a message's attributes or its body.

use std::collections::BTreeMap;

use serde_json::{Map, Number, Value};

use super::limits::{POLICY_BYTES, POLICY_COMBINATIONS, POLICY_NAMES};
use super::reading::OR;
use super::{Pattern, Reading, Refused, refused};

/// What a policy is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scope {
    MessageAttributes,
    MessageBody,
}

#[derive(Clone, Debug, PartialEq)]
pub struct FilterPolicy {
    pattern: Pattern,
    scope: Scope,
}

/// A message's attribute, by its type; what is binary is not filtered by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Attribute<'a> {
    /// `String`, `String.Array`, `Number` and others.
    pub data_type: &'a str,
    pub text: &'a str,
}

impl FilterPolicy {
    /// Reads a policy. One that is empty lets everything pass, and is none.
    ///
    /// # Errors
    ///
    /// SNS does not take it; the reason begins as AWS begins it.
    pub fn read(text: &str, scope: Scope) -> Reading<Option<Self>> {
        let of_policy = |reason: &str| Refused::new(format!("FilterPolicy: {reason}"));
        if text.len() > POLICY_BYTES {
            return Err(of_policy("Filter policy is too long"));
        }
        let Ok(policy) = serde_json::from_str::<Value>(text) else {
            return Err(of_policy("failed to parse JSON."));
        };
        let Value::Object(members) = &policy else {
            return Err(of_policy("Filter policy must be a JSON object"));
        };
        if members.is_empty() {
            return Ok(None);
        }
        if members.len() > POLICY_NAMES {
            return Err(of_policy("Filter policy can not have more than 5 keys"));
        }
        let is_flat = scope == Scope::MessageBody || is_flat(members);
        let pattern = Pattern::read(&policy).map_err(|reason| of_policy(&reason.to_string()))?;
        if !is_flat {
            return refused(
                "Filter policy scope MessageAttributes does not support nested filter policy",
            );
        }
        if combinations(members, 1) > POLICY_COMBINATIONS {
            return Err(of_policy("Filter policy is too complex"));
        }
        Ok(Some(Self { pattern, scope }))
    }

    /// Whether a message comes to the subscription.
    pub fn takes(&self, attributes: &BTreeMap<&str, Attribute>, body: &str) -> bool {
        match self.scope {
            Scope::MessageAttributes => self.pattern.matches(&as_event(attributes)),
            Scope::MessageBody => {
                let body: Option<Value> = serde_json::from_str(body).ok();
                body.is_some_and(|body| body.is_object() && self.pattern.matches(&body))
            }
        }
    }
}

fn as_event(attributes: &BTreeMap<&str, Attribute>) -> Value {
    let members = attributes.iter().filter_map(|(name, attribute)| {
        let value = match attribute.data_type {
            "Number" => Value::Number(attribute.text.trim().parse::<Number>().ok()?),
            "String.Array" => serde_json::from_str(attribute.text).ok()?,
            "String" => Value::from(attribute.text),
            _ => return None,
        };
        Some(((*name).to_owned(), value))
    });
    Value::Object(members.collect())
}

fn is_flat(members: &Map<String, Value>) -> bool {
    let mut members = members.iter();
    members.all(|(name, value)| match value {
        Value::Array(items) if name == OR => {
            let mut items = items.iter().filter_map(Value::as_object);
            items.all(is_flat)
        }
        value => !value.is_object(),
    })
}

/// How many combinations of values there are; values inside objects count once for each level.
fn combinations(members: &Map<String, Value>, level: usize) -> usize {
    let each = members.iter().map(|(name, value)| match value {
        Value::Array(items) if name == OR => {
            let items = items.iter().filter_map(Value::as_object);
            let each = items.map(|members| combinations(members, level));
            each.fold(0, usize::saturating_add)
        }
        Value::Array(values) => values.len().saturating_mul(level),
        Value::Object(members) => combinations(members, level + 1),
        _ => 1,
    });
    each.fold(1, usize::saturating_mul)
}
