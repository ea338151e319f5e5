//! The document: its version, references within it, and how its values are read.

use std::cell::Cell;

use serde_json::{Map, Value};

use super::{Invalid, yaml};

/// The largest document, in bytes: API Gateway's quota "API definition size", 6 MB.
const BYTES: usize = 6 * 1024 * 1024;
/// How many references may follow one another.
const HOPS: usize = 16;
/// What references may copy altogether, in bytes: many to one large part would make a small document
/// huge.
const COPIED_BYTES: usize = 32 * 1024 * 1024;

pub(super) struct Document {
    root: Value,
    /// Whether it is Swagger 2.0.
    pub is_swagger: bool,
    /// How much references have copied.
    copied: Cell<usize>,
}

impl Document {
    pub(super) fn parse(text: &str) -> Result<Self, Invalid> {
        if text.len() > BYTES {
            return Err(Invalid(format!(
                "The document is larger than {BYTES} bytes."
            )));
        }
        let json = if text.trim_start().starts_with('{') {
            serde_json::from_str(text).ok()
        } else {
            None
        };
        let invalid = |reason: &str| Invalid(format!("Invalid OpenAPI input. ({reason})"));
        let root: Value = match json {
            Some(root) => root,
            None => yaml::read(text).map_err(|reason| invalid(&reason))?,
        };
        let version = |name: &str| shown(&root[name]).unwrap_or_default();
        let is_swagger = version("swagger").starts_with('2');
        if !is_swagger && !version("openapi").starts_with('3') {
            return Err(invalid(
                "neither `swagger: 2.0` nor `openapi: 3` is at the top",
            ));
        }
        Ok(Self {
            root,
            is_swagger,
            copied: Cell::new(0),
        })
    }

    /// A member of the document's top.
    pub(super) fn top(&self, name: &str) -> &Value {
        &self.root[name]
    }

    /// The parts that others refer to: `schemas`, for example.
    pub(super) fn components(&self, swagger: &str, openapi: &str) -> &Value {
        if self.is_swagger {
            &self.root[swagger]
        } else {
            &self.root["components"][openapi]
        }
    }

    /// The value itself, or what it refers to.
    pub(super) fn resolve<'a>(&'a self, value: &'a Value) -> Result<&'a Value, Invalid> {
        let mut value = value;
        for hop in 0..HOPS {
            let Some(reference) = value.get("$ref") else {
                if hop > 0 {
                    self.copied.set(self.copied.get() + size(value));
                }
                if self.copied.get() > COPIED_BYTES {
                    return Err(Invalid(
                        "The references of the document copy too much.".to_owned(),
                    ));
                }
                return Ok(value);
            };
            let reference = reference.as_str().unwrap_or_default();
            let found = reference
                .strip_prefix('#')
                .and_then(|pointer| self.root.pointer(pointer));
            value = found.ok_or_else(|| {
                Invalid(format!(
                    "Unable to resolve the reference '{reference}' in the document."
                ))
            })?;
        }
        Err(Invalid("A reference refers to itself.".to_owned()))
    }
}

/// About how many bytes a value has.
fn size(value: &Value) -> usize {
    let inner = match value {
        Value::String(text) => text.len(),
        Value::Array(items) => items.iter().map(size).sum(),
        Value::Object(members) => members
            .iter()
            .map(|(name, member)| name.len() + size(member))
            .sum(),
        _ => 0,
    };
    size_of::<Value>() + inner
}

/// A scalar as text.
pub(super) fn shown(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        Value::Bool(value) => Some(value.to_string()),
        _ => None,
    }
}

pub(super) fn texts(value: &Value) -> Vec<String> {
    value
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(shown)
        .collect()
}

pub(super) fn members(value: &Value) -> impl Iterator<Item = (&String, &Value)> {
    value.as_object().into_iter().flatten()
}

/// The members of an object as texts: what is no text is written as JSON.
pub(super) fn text_members(value: &Value) -> Map<String, Value> {
    let member = |(name, value): (&String, &Value)| {
        let text = shown(value).unwrap_or_else(|| value.to_string());
        (name.clone(), text.into())
    };
    members(value).map(member).collect()
}
