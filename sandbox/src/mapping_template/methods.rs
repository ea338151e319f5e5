//! The methods and properties that Java gives to the values of a template.
//!
//! A method that is not there, or not for these arguments, is null, and so nothing is rendered: as in
//! Velocity. One that throws in Java is a fault.

mod lists;
mod maps;
mod texts;

use super::fault::{Outcome, problem};
use super::interpreter::Interpreter;
use super::numbers;
use super::values::{Key, Value};

impl Interpreter {
    pub(super) fn property(&mut self, value: &Value, name: &str) -> Outcome<Value> {
        Ok(match value {
            Value::Map(map) => {
                let found = self.heap.entries(*map).get(&Key::from(name));
                found.cloned().unwrap_or(Value::Null)
            }
            Value::List(list) if name == "empty" => Value::Bool(self.heap.items(*list).is_empty()),
            Value::Text(text) if name == "empty" => Value::Bool(text.is_empty()),
            Value::Entry(entry) if name == "key" => entry.0.clone().into(),
            Value::Entry(entry) if name == "value" => entry.1.clone(),
            Value::Loop(index) => self.loop_property(*index, name),
            Value::Input if name == "body" => self.input.body.clone(),
            _ => Value::Null,
        })
    }

    pub(super) fn call(
        &mut self,
        target: &Value,
        name: &str,
        arguments: &[Value],
    ) -> Outcome<Value> {
        match (name, arguments) {
            ("toString", []) => return Ok(Value::Text(self.shown(target)?)),
            ("equals", [other]) => return Ok(Value::Bool(self.heap.equal(target, other)?)),
            _ => {}
        }
        match target {
            Value::Input if name == "getBody" => Ok(self.input.body.clone()),
            Value::Input => self.call_input(name, arguments),
            Value::Util => self.call_util(name, arguments),
            Value::Text(text) => texts::call(&mut self.heap, text, name, arguments),
            Value::List(list) => lists::call(&mut self.heap, *list, name, arguments),
            Value::Map(map) => maps::call(&mut self.heap, *map, name, arguments),
            Value::Int(_) | Value::Float(_) => number(target, name, arguments),
            Value::Entry(_) | Value::Loop(_) => self.getter(target, name, arguments),
            Value::Bool(_) | Value::Block(_) | Value::Null => Ok(Value::Null),
        }
    }

    /// `getKey()` for the property `key`, and `hasNext()`.
    fn getter(&mut self, target: &Value, name: &str, arguments: &[Value]) -> Outcome<Value> {
        if !arguments.is_empty() {
            return Ok(Value::Null);
        }
        if name == "hasNext" {
            return self.property(target, name);
        }
        let stem = name.strip_prefix("get").or_else(|| name.strip_prefix("is"));
        let mut chars = stem.unwrap_or_default().chars();
        match chars.next() {
            Some(first) => {
                let property: String = first.to_lowercase().chain(chars).collect();
                self.property(target, &property)
            }
            None => Ok(Value::Null),
        }
    }
}

/// Numbers have conversions, and the static methods that templates read text with:
/// `#set($Integer = 0)$Integer.parseInt("5")`.
fn number(target: &Value, name: &str, arguments: &[Value]) -> Outcome<Value> {
    Ok(match (name, arguments) {
        ("intValue" | "longValue", []) => match target {
            Value::Float(value) => Value::Int(*value as i128),
            other => other.clone(),
        },
        ("doubleValue" | "floatValue", []) => {
            numbers::float(target).map_or(Value::Null, Value::Float)
        }
        ("parseInt" | "parseLong" | "valueOf", [Value::Text(text)])
            if matches!(target, Value::Int(_)) =>
        {
            let number = text.parse().map(Value::Int);
            number.map_err(|_| not_a_number(text))?
        }
        ("parseDouble" | "valueOf", [Value::Text(text)]) => {
            let number = text.trim().parse().map(Value::Float);
            number.map_err(|_| not_a_number(text))?
        }
        ("compareTo", [other]) => match numbers::compare(target, other) {
            Some(ordering) => Value::Int(ordering as i128),
            None => Value::Null,
        },
        _ => Value::Null,
    })
}

fn not_a_number(text: &str) -> super::fault::Problem {
    problem(format!("`{}` is not a number", text.escape_debug()))
}
