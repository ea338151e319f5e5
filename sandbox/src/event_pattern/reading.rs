//! Reads patterns, and refuses what AWS refuses.

use std::net::IpAddr;

use serde_json::{Map, Value};

use super::cidr::Cidr;
use super::limits::ALTERNATIVES;
use super::matcher::Matcher;
use super::numeric::Range;
use super::pattern::{Field, Fields};
use super::text_test::TextTest;
use super::{Reading, refused};

/// The field that has alternatives.
pub const OR: &str = "$or";
const IGNORING_CASE: &str = "equals-ignore-case";
const ANYTHING_BUT: &str = "anything-but";
const ONE_KEY: &str = "Only one key allowed in match expression";

pub fn pattern_of_text(text: &str) -> Reading<Fields> {
    match serde_json::from_str(text) {
        Ok(value) => pattern(&value),
        Err(_) => refused("Filter is not valid JSON"),
    }
}

pub fn pattern(value: &Value) -> Reading<Fields> {
    let Value::Object(members) = value else {
        return refused("Filter is not an object");
    };
    let fields = fields(members)?;
    if fields.combinations() > ALTERNATIVES {
        return refused(format!(
            "The rule combinations that $or makes must be at most {ALTERNATIVES}"
        ));
    }
    Ok(fields)
}

fn fields(members: &Map<String, Value>) -> Reading<Fields> {
    if members.is_empty() {
        return refused("Empty objects are not allowed");
    }
    let mut read = Fields::default();
    for (name, value) in members {
        let field = match value {
            value if name == OR => {
                read.alternatives = alternatives(value)?;
                continue;
            }
            Value::Object(members) => Field::Object(fields(members)?),
            Value::Array(values) => Field::Values(matchers(values)?),
            _ => return refused(format!("\"{name}\" must be an object or an array")),
        };
        read.fields.push((name.clone(), field));
    }
    Ok(read)
}

fn alternatives(value: &Value) -> Reading<Vec<Fields>> {
    let Value::Array(items) = value else {
        return refused("It must be an Array followed with $or.");
    };
    let each = items.iter().map(|item| match item {
        Value::Object(members) => fields(members),
        _ => refused("Only JSON object is allowed in array of $or relationship."),
    });
    let alternatives = each.collect::<Reading<Vec<_>>>()?;
    if alternatives.len() < 2 {
        return refused("There must have at least 2 Objects in $or relationship.");
    }
    Ok(alternatives)
}

fn matchers(values: &[Value]) -> Reading<Vec<Matcher>> {
    if values.is_empty() {
        return refused("Empty arrays are not allowed");
    }
    let each = values.iter().map(|value| match value {
        Value::Array(_) => refused("Match value must be String, number, true, false, or null"),
        Value::Object(expression) => matcher(expression),
        Value::String(text) => Ok(match text.parse::<IpAddr>() {
            Ok(address) => Matcher::Address(address),
            Err(_) => Matcher::Equals(value.clone()),
        }),
        value => Ok(Matcher::Equals(value.clone())),
    });
    each.collect()
}

fn matcher(expression: &Map<String, Value>) -> Reading<Matcher> {
    let (name, value) = only(expression, "Match expression name not found")?;
    match name {
        "exact" => {
            let text = text("exact", value)?;
            Ok(Matcher::Equals(Value::from(text)))
        }
        "prefix" | "suffix" => Ok(Matcher::Text(affix(name, value)?)),
        IGNORING_CASE | "wildcard" => Ok(Matcher::Text(text_test(name, text(name, value)?)?)),
        "numeric" => Range::read(value).map(Matcher::Number),
        "cidr" => match value {
            Value::String(text) => Cidr::read(text).map(Matcher::Network),
            // The evaluator of AWS says so.
            _ => refused("prefix match pattern must be a string"),
        },
        "exists" => match value {
            Value::Bool(exists) => Ok(Matcher::Exists(*exists)),
            _ => refused("exists match pattern must be either true or false."),
        },
        ANYTHING_BUT => anything_but(value),
        other => refused(format!("Unrecognized match type {other}")),
    }
}

/// The only member of an expression.
fn only<'a>(expression: &'a Map<String, Value>, if_empty: &str) -> Reading<(&'a str, &'a Value)> {
    let mut members = expression.iter();
    match (members.next(), members.next()) {
        (Some((name, value)), None) => Ok((name, value)),
        (None, _) => refused(if_empty),
        _ => refused(ONE_KEY),
    }
}

fn text<'a>(name: &str, value: &'a Value) -> Reading<&'a str> {
    let text = value.as_str();
    text.map_or_else(
        || refused(format!("{name} match pattern must be a string")),
        Ok,
    )
}

/// A beginning or an end, which may ignore case.
fn affix(name: &str, value: &Value) -> Reading<TextTest> {
    let Value::Object(expression) = value else {
        return text_test(name, text(name, value)?);
    };
    let (inner, value) = only(expression, "Match expression name not found")?;
    if inner != IGNORING_CASE {
        return refused(format!("Unsupported {name} pattern: {inner}"));
    }
    Ok(text_test(name, text(inner, value)?)?.ignoring_case())
}

fn text_test(name: &str, text: &str) -> Reading<TextTest> {
    match name {
        "prefix" => Ok(TextTest::prefix(text)),
        "suffix" => Ok(TextTest::suffix(text)),
        "wildcard" => TextTest::wildcard(text),
        _ => Ok(TextTest::equals(text).ignoring_case()),
    }
}

fn anything_but(value: &Value) -> Reading<Matcher> {
    match value {
        Value::String(_) | Value::Number(_) => Ok(Matcher::NoneOf(vec![value.clone()])),
        Value::Array(values) => none_of(values),
        Value::Object(expression) => {
            let (name, value) = only(expression, "Anything-But expression name not found")?;
            no_text(name, value)
        }
        _ => refused("Value of anything-but must be an array or single string/number value."),
    }
}

fn none_of(values: &[Value]) -> Reading<Matcher> {
    if !values.iter().all(|it| it.is_string() || it.is_number()) {
        return refused("Inside anything but list, start|null|boolean is not supported.");
    }
    if values.iter().any(Value::is_string) == values.iter().any(Value::is_number) {
        return refused(
            "Inside anything but list, either all values are number or string, mixed type is not \
             supported",
        );
    }
    Ok(Matcher::NoneOf(values.to_vec()))
}

fn no_text(name: &str, value: &Value) -> Reading<Matcher> {
    if !["prefix", "suffix", "wildcard", IGNORING_CASE].contains(&name) {
        return refused(format!("Unsupported anything-but pattern: {name}"));
    }
    let texts: Vec<&Value> = match value {
        Value::Array(items) => items.iter().collect(),
        single => vec![single],
    };
    let is_affix = ["prefix", "suffix"].contains(&name);
    let each = texts.into_iter().map(|text| match text.as_str() {
        Some("") if is_affix => refused("Null prefix/suffix not allowed"),
        Some(text) => text_test(name, text),
        None if value.is_array() => refused(format!(
            "Inside {ANYTHING_BUT}/{name} list, number|start|null|boolean is not supported."
        )),
        None if is_affix => refused("prefix/suffix match pattern must be a string"),
        None => refused("Value of anything-but must be an array or single string/number value."),
    });
    let tests = each.collect::<Reading<Vec<_>>>()?;
    if tests.is_empty() {
        return refused("Empty arrays are not allowed");
    }
    Ok(Matcher::NoText(tests))
}
