//! A pattern, and whether an event matches it.
//!
//! The fields of an object all have to match. One with a list of values matches if a value of the event does:
//! one that is there, or one of an array's. In an array of objects, one object has to match the fields inside
//! all by itself.

use std::cell::RefCell;
use std::collections::BTreeMap;

use serde_json::Value;

use super::matcher::Matcher;
use super::{Reading, reading};

/// A pattern that can be asked about events.
#[derive(Clone, Debug, PartialEq)]
pub struct Pattern(Fields);

/// What an object of the event has to be like.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Fields {
    pub fields: Vec<(String, Field)>,
    /// Of `$or`, one of which has to match too.
    pub alternatives: Vec<Fields>,
}

#[derive(Clone, Debug, PartialEq)]
pub enum Field {
    Object(Fields),
    /// One of which has to take a value.
    Values(Vec<Matcher>),
}

impl Pattern {
    /// Reads a pattern from its text.
    ///
    /// # Errors
    ///
    /// It is no JSON, or no pattern.
    pub fn parse(text: &str) -> Reading<Self> {
        reading::pattern_of_text(text).map(Self)
    }

    /// Reads a pattern.
    ///
    /// # Errors
    ///
    /// It is no pattern.
    pub fn read(pattern: &Value) -> Reading<Self> {
        reading::pattern(pattern).map(Self)
    }

    pub fn matches(&self, event: &Value) -> bool {
        let search = Search {
            event,
            absent: RefCell::default(),
        };
        search.fields_match(&self.0, event, &mut Vec::new())
    }
}

/// The way from the event to an object or a value in it.
type Path<'a> = Vec<&'a str>;

struct Search<'a> {
    event: &'a Value,
    /// Whether the event has no value at a path, for those that were looked up.
    absent: RefCell<BTreeMap<Path<'a>, bool>>,
}

impl<'a> Search<'a> {
    fn fields_match(&self, fields: &'a Fields, object: &Value, path: &mut Path<'a>) -> bool {
        let all = fields.fields.iter().all(|(name, field)| {
            path.push(name);
            let value = object.get(name).unwrap_or(&Value::Null);
            let matches = match field {
                Field::Object(inside) => self.object_matches(inside, value, path),
                Field::Values(matchers) => {
                    let value = object.get(name);
                    let takes = |matcher: &Matcher| match matcher {
                        Matcher::Exists(false) => self.is_absent(path),
                        matcher => {
                            value.is_some_and(|value| any_leaf(value, &|it| matcher.takes(it)))
                        }
                    };
                    matchers.iter().any(takes)
                }
            };
            path.pop();
            matches
        });
        let mut alternatives = fields.alternatives.iter();
        all && (fields.alternatives.is_empty()
            || alternatives.any(|fields| self.fields_match(fields, object, path)))
    }

    fn object_matches(&self, fields: &'a Fields, value: &Value, path: &mut Path<'a>) -> bool {
        match value {
            Value::Array(items) if !items.is_empty() => {
                let mut items = items.iter();
                items.any(|item| self.object_matches(fields, item, path))
            }
            // What is no object has no fields, which may be what the pattern wants.
            value => self.fields_match(fields, value, path),
        }
    }

    fn is_absent(&self, path: &Path<'a>) -> bool {
        let known = self.absent.borrow().get(path).copied();
        known.unwrap_or_else(|| {
            let is_absent = !has_leaf(self.event, path);
            self.absent.borrow_mut().insert(path.clone(), is_absent);
            is_absent
        })
    }
}

/// Whether one of the values, which are neither objects nor arrays, is so.
fn any_leaf(value: &Value, is_so: &dyn Fn(&Value) -> bool) -> bool {
    match value {
        Value::Object(_) => false,
        Value::Array(items) => items.iter().any(|item| any_leaf(item, is_so)),
        leaf => is_so(leaf),
    }
}

fn has_leaf(value: &Value, path: &[&str]) -> bool {
    match (value, path) {
        (_, []) => any_leaf(value, &|_| true),
        (Value::Array(items), _) => items.iter().any(|item| has_leaf(item, path)),
        (value, [name, inside @ ..]) => {
            let value = value.get(*name);
            value.is_some_and(|value| has_leaf(value, inside))
        }
    }
}

impl Fields {
    /// How many patterns without `$or` say the same.
    pub fn combinations(&self) -> usize {
        let inside = self.fields.iter().map(|(_, field)| match field {
            Field::Object(fields) => fields.combinations(),
            Field::Values(_) => 1,
        });
        let inside = inside.fold(1, usize::saturating_mul);
        let alternatives = self.alternatives.iter().map(Fields::combinations);
        let alternatives = alternatives.fold(0, usize::saturating_add);
        inside.saturating_mul(alternatives.max(1))
    }
}
