//! Conditions of statements.
//!
//! Source: "IAM JSON policy elements: Condition", "Condition operators" and "Set operators for multivalued
//! context keys" in IAM's user guide.

use serde_json::Value;

use super::context::Context;
use super::operator::{Comparison, Operator};
use super::pattern::{Variables, variables};

/// One key of one operator.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Condition {
    operator: Operator,
    quantifier: Quantifier,
    if_exists: bool,
    pub key: String,
    /// One of them is enough, or with a negated operator none may be met.
    values: Vec<String>,
}

/// Which of the request's values have to be met.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Quantifier {
    /// `ForAllValues:`
    All,
    /// `ForAnyValue:`
    Any,
    /// Of a key that has one.
    One,
}

impl Condition {
    /// The conditions in the element `Condition`.
    pub fn read(element: &Value) -> Result<Vec<Self>, String> {
        let mut conditions = Vec::new();
        let operators = match element {
            Value::Null => return Ok(conditions),
            Value::Object(operators) => operators,
            _ => return Err(SYNTAX.to_owned()),
        };
        for (name, keys) in operators {
            let unknown = || format!("Invalid Condition type : {name}.");
            let (quantifier, rest) = match strip(name, "ForAllValues:") {
                Some(rest) => (Quantifier::All, rest),
                None => strip(name, "ForAnyValue:")
                    .map_or((Quantifier::One, name.as_str()), |rest| {
                        (Quantifier::Any, rest)
                    }),
            };
            let without = rest.len().saturating_sub("IfExists".len());
            let if_exists = rest
                .get(without..)
                .is_some_and(|end| end.eq_ignore_ascii_case("IfExists"));
            let rest = if if_exists { &rest[..without] } else { rest };
            let operator = Operator::named(rest).ok_or_else(unknown)?;
            for (key, values) in keys.as_object().ok_or_else(unknown)? {
                conditions.push(Self {
                    operator,
                    quantifier,
                    if_exists,
                    key: key.clone(),
                    values: texts(values),
                });
            }
        }
        Ok(conditions)
    }

    pub fn is_met(&self, context: &Context, variables: Variables<'_>) -> bool {
        let Operator {
            comparison,
            is_negated,
        } = self.operator;
        let given = context.get(&self.key);
        if comparison == Comparison::Null {
            let mut wanted = self.values.iter();
            return wanted.any(|value| value.eq_ignore_ascii_case("true") == given.is_none());
        }
        let Some(given) = given else {
            return match self.quantifier {
                Quantifier::All => true,
                Quantifier::Any => self.if_exists,
                Quantifier::One => self.if_exists || is_negated,
            };
        };
        let is_met = |given: &String| {
            let mut wanted = self.values.iter();
            wanted.any(|wanted| comparison.holds(given, wanted, variables)) != is_negated
        };
        match self.quantifier {
            Quantifier::All => given.iter().all(is_met),
            Quantifier::Any => given.iter().any(is_met),
            Quantifier::One if is_negated => given.iter().all(is_met),
            Quantifier::One => given.iter().any(is_met),
        }
    }

    /// The keys that decide it.
    pub fn keys(&self) -> impl Iterator<Item = &str> {
        let values = self.values.iter();
        let values = values.filter(|_| self.operator.comparison.has_variables());
        values
            .flat_map(|value| variables(value))
            .chain([self.key.as_str()])
    }
}

fn strip<'a>(text: &'a str, prefix: &str) -> Option<&'a str> {
    let start = text.get(..prefix.len())?;
    start
        .eq_ignore_ascii_case(prefix)
        .then(|| &text[prefix.len()..])
}

pub const SYNTAX: &str = "Syntax errors in policy.";

/// The texts that a value is: one, or a list. Numbers and booleans count as their texts.
pub fn texts(value: &Value) -> Vec<String> {
    match value {
        Value::Array(items) => items.iter().flat_map(texts).collect(),
        Value::String(text) => vec![text.clone()],
        Value::Bool(_) | Value::Number(_) => vec![value.to_string()],
        Value::Null | Value::Object(_) => Vec::new(),
    }
}
