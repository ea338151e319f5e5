//! `java.lang.String`. Positions and lengths count UTF-16 code units.

use std::sync::Arc;

use crate::mapping_template::fault::{Outcome, problem};
use crate::mapping_template::regexes::Pattern;
use crate::mapping_template::values::{Heap, Value};

pub(super) fn call(
    heap: &mut Heap,
    text: &Arc<str>,
    name: &str,
    arguments: &[Value],
) -> Outcome<Value> {
    heap.budget.examine(text)?;
    match arguments {
        [] => plain(heap, text, name),
        [Value::Text(other)] => with_text(heap, text, name, other),
        [Value::Int(position)] => with_position(heap, text, name, *position),
        [Value::Int(start), Value::Int(end)] if matches!(name, "substring" | "subSequence") => {
            substring(heap, text, *start, Some(*end))
        }
        [Value::Text(old), Value::Text(new)] => with_texts(heap, text, name, old, new),
        [Value::Text(other), Value::Int(number)] => {
            with_text_and_number(heap, text, name, other, *number)
        }
        _ => Ok(Value::Null),
    }
}

fn plain(heap: &mut Heap, text: &Arc<str>, name: &str) -> Outcome<Value> {
    match name {
        "length" => Ok(Value::Int(text.encode_utf16().count() as i128)),
        "isEmpty" => Ok(Value::Bool(text.is_empty())),
        "trim" => heap.text(text.trim_matches(|char| char <= ' ')),
        "toLowerCase" => heap.text(text.to_lowercase()),
        "toUpperCase" => heap.text(text.to_uppercase()),
        "hashCode" => {
            let hash = |hash: i32, unit: u16| hash.wrapping_mul(31).wrapping_add(unit.into());
            Ok(Value::Int(text.encode_utf16().fold(0, hash).into()))
        }
        _ => Ok(Value::Null),
    }
}

fn with_text(heap: &mut Heap, text: &Arc<str>, name: &str, other: &str) -> Outcome<Value> {
    heap.budget.examine(other)?;
    Ok(match name {
        "contains" => Value::Bool(text.contains(other)),
        "startsWith" => Value::Bool(text.starts_with(other)),
        "endsWith" => Value::Bool(text.ends_with(other)),
        "equalsIgnoreCase" => Value::Bool(text.to_lowercase() == other.to_lowercase()),
        "compareTo" => Value::Int(text.encode_utf16().cmp(other.encode_utf16()) as i128),
        "concat" => {
            heap.budget.allocate(text.len() + other.len())?;
            Value::Text([text, other].concat().into())
        }
        "indexOf" => Value::Int(units_before(text, text.find(other))),
        "lastIndexOf" => Value::Int(units_before(text, text.rfind(other))),
        "matches" => Value::Bool(Pattern::whole(other)?.is_match(heap, text)?),
        "split" => return Pattern::new(other)?.split(heap, text, 0),
        _ => Value::Null,
    })
}

fn units_before(text: &str, position: Option<usize>) -> i128 {
    position.map_or(-1, |position| {
        text[..position].encode_utf16().count() as i128
    })
}

fn with_position(heap: &mut Heap, text: &Arc<str>, name: &str, position: i128) -> Outcome<Value> {
    match name {
        "substring" => substring(heap, text, position, None),
        "charAt" => substring(heap, text, position, position.checked_add(1)),
        _ => Ok(Value::Null),
    }
}

fn substring(heap: &mut Heap, text: &str, start: i128, end: Option<i128>) -> Outcome<Value> {
    heap.budget.allocate(2 * text.len())?;
    let units: Vec<_> = text.encode_utf16().collect();
    let length = units.len() as i128;
    let end = end.unwrap_or(length);
    let range = usize::try_from(start).ok().zip(usize::try_from(end).ok());
    match range.and_then(|(start, end)| units.get(start..end)) {
        Some(units) => heap.text(String::from_utf16_lossy(units)),
        None => Err(problem(format!(
            "begin {start}, end {end}, length {length}"
        ))),
    }
}

fn with_texts(
    heap: &mut Heap,
    text: &Arc<str>,
    name: &str,
    old: &str,
    new: &str,
) -> Outcome<Value> {
    match name {
        "replace" => {
            // Every place between two characters has an empty text.
            let places = if old.is_empty() {
                text.chars().count() + 1
            } else {
                text.matches(old).count()
            };
            heap.budget
                .allocate(text.len().saturating_add(places.saturating_mul(new.len())))?;
            Ok(Value::Text(text.replace(old, new).into()))
        }
        "replaceAll" => Pattern::new(old)?.replace(heap, text, new, usize::MAX),
        "replaceFirst" => Pattern::new(old)?.replace(heap, text, new, 1),
        _ => Ok(Value::Null),
    }
}

fn with_text_and_number(
    heap: &mut Heap,
    text: &Arc<str>,
    name: &str,
    other: &str,
    number: i128,
) -> Outcome<Value> {
    match name {
        "split" => Pattern::new(other)?.split(heap, text, number),
        "indexOf" | "startsWith" => {
            let units: Vec<_> = text.encode_utf16().collect();
            heap.budget.allocate(2 * units.len())?;
            let from = usize::try_from(number).unwrap_or(0).min(units.len());
            let rest = String::from_utf16_lossy(&units[from..]);
            if name == "startsWith" {
                return Ok(Value::Bool(rest.starts_with(other)));
            }
            let position = units_before(&rest, rest.find(other));
            Ok(Value::Int(if position < 0 {
                -1
            } else {
                position + from as i128
            }))
        }
        _ => Ok(Value::Null),
    }
}
