//! The values that a template works with. They behave like Java's: lists and maps are shared, not copied,
//! and may contain themselves, so they are in a heap that goes with the rendering.

use std::mem::size_of;
use std::sync::Arc;

use indexmap::IndexMap;

use super::budget::Budget;
use super::fault::{Outcome, problem};
use super::limits::VALUE_DEPTH;
use super::numbers;
use super::syntax::Block;

#[derive(Clone, Debug, PartialEq)]
pub(super) enum Value {
    Null,
    Bool(bool),
    Int(i128),
    Float(f64),
    Text(Arc<str>),
    List(ListId),
    Map(MapId),
    /// An entry of a map, of `entrySet`.
    Entry(Arc<(Key, Value)>),
    /// The block of a `#define`.
    Block(Block),
    /// `$foreach` of the loop with this index.
    Loop(usize),
    /// `$input`
    Input,
    /// `$util`
    Util,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct ListId(usize);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct MapId(usize);

/// A key of a map. Java's number 1 and its text are different keys.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) enum Key {
    Null,
    Bool(bool),
    Int(i128),
    Text(Arc<str>),
}

/// How a list or a map becomes text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Form {
    /// As Java's collections do: `[a, b]` and `{k=v}`.
    Java,
    /// From JSON: API Gateway shows a list of it as JSON, and a map like Java's.
    Json,
    /// A part of `$context`, which API Gateway shows as nothing.
    Hidden,
}

#[derive(Debug)]
pub(super) struct List {
    pub items: Vec<Value>,
    form: Form,
    /// The map whose keys, values or entries it has. Changes of the one do not reach the other.
    view_of: Option<MapId>,
}

#[derive(Debug)]
pub(super) struct Map {
    pub entries: IndexMap<Key, Value>,
    form: Form,
}

#[derive(Debug, Default)]
pub(super) struct Heap {
    lists: Vec<List>,
    maps: Vec<Map>,
    pub budget: Budget,
}

impl Value {
    /// What a reference to nothing is: API Gateway makes an empty text of it.
    pub(super) fn nothing() -> Self {
        Self::Text("".into())
    }

    pub(super) fn is_true(&self) -> bool {
        !matches!(self, Self::Null | Self::Bool(false))
    }
}

impl From<Key> for Value {
    fn from(key: Key) -> Self {
        match key {
            Key::Null => Self::Null,
            Key::Bool(value) => Self::Bool(value),
            Key::Int(value) => Self::Int(value),
            Key::Text(value) => Self::Text(value),
        }
    }
}

impl From<&str> for Key {
    fn from(text: &str) -> Self {
        Self::Text(text.into())
    }
}

impl Heap {
    pub(super) fn text(&mut self, text: impl AsRef<str>) -> Outcome<Value> {
        let text = text.as_ref();
        self.budget.allocate(text.len())?;
        Ok(Value::Text(text.into()))
    }

    pub(super) fn list(&mut self, items: Vec<Value>, form: Form) -> Outcome<Value> {
        self.budget
            .allocate(size_of::<List>() + items.len() * size_of::<Value>())?;
        self.lists.push(List {
            items,
            form,
            view_of: None,
        });
        Ok(Value::List(ListId(self.lists.len() - 1)))
    }

    /// The keys, values or entries of a map.
    pub(super) fn view(&mut self, map: MapId, items: Vec<Value>) -> Outcome<Value> {
        let view = self.list(items, Form::Java)?;
        if let Some(list) = self.lists.last_mut() {
            list.view_of = Some(map);
        }
        Ok(view)
    }

    pub(super) fn viewed(&self, list: ListId) -> Option<MapId> {
        self.lists[list.0].view_of
    }

    pub(super) fn map(&mut self, form: Form) -> Outcome<MapId> {
        self.budget.allocate(size_of::<Map>())?;
        let entries = IndexMap::new();
        self.maps.push(Map { entries, form });
        Ok(MapId(self.maps.len() - 1))
    }

    pub(super) fn items(&self, list: ListId) -> &[Value] {
        &self.lists[list.0].items
    }

    /// The items to change; the caller accounts for what is added with [`Heap::grow`].
    pub(super) fn items_mut(&mut self, list: ListId) -> &mut Vec<Value> {
        &mut self.lists[list.0].items
    }

    pub(super) fn entries(&self, map: MapId) -> &IndexMap<Key, Value> {
        &self.maps[map.0].entries
    }

    pub(super) fn entries_mut(&mut self, map: MapId) -> &mut IndexMap<Key, Value> {
        &mut self.maps[map.0].entries
    }

    /// Accounts for so many further items of a list.
    pub(super) fn grow(&mut self, items: usize) -> Outcome<()> {
        self.budget
            .allocate(items.saturating_mul(size_of::<Value>()))
    }

    pub(super) fn put(&mut self, map: MapId, key: Key, value: Value) -> Outcome<Value> {
        // The map keeps the key, the value and a place in its index.
        self.budget
            .allocate(size_of::<Key>() + 2 * size_of::<Value>())?;
        Ok(self
            .entries_mut(map)
            .insert(key, value)
            .unwrap_or(Value::Null))
    }

    /// The value as the key of a map.
    pub(super) fn key(&mut self, value: &Value) -> Outcome<Key> {
        Ok(match value {
            Value::Null => Key::Null,
            Value::Bool(value) => Key::Bool(*value),
            Value::Int(value) => Key::Int(*value),
            Value::Text(text) => Key::Text(text.clone()),
            other => {
                let mut text = String::new();
                self.show(other, &mut text)?;
                Key::Text(text.into())
            }
        })
    }

    /// Appends the value as Java's `toString` writes it.
    pub(super) fn show(&mut self, value: &Value, out: &mut String) -> Outcome<()> {
        self.write(value, Form::Java, 0, out)
    }

    /// Appends the value as JSON.
    pub(super) fn show_json(&mut self, value: &Value, out: &mut String) -> Outcome<()> {
        self.write(value, Form::Json, 0, out)
    }

    pub(super) fn shown(&mut self, value: &Value) -> Outcome<Arc<str>> {
        if let Value::Text(text) = value {
            return Ok(text.clone());
        }
        let mut text = String::new();
        self.show(value, &mut text)?;
        self.budget.allocate(text.len())?;
        Ok(text.into())
    }

    fn write(&mut self, value: &Value, form: Form, depth: usize, out: &mut String) -> Outcome<()> {
        if depth > VALUE_DEPTH {
            return Err(problem(
                "a list or a map contains itself, or is nested too deep",
            ));
        }
        match value {
            Value::Null => self.budget.write("null", out),
            Value::Bool(value) => self
                .budget
                .write(if *value { "true" } else { "false" }, out),
            Value::Int(value) => self.budget.write(&value.to_string(), out),
            Value::Float(value) => self.budget.write(&numbers::float_text(*value), out),
            Value::Text(text) if form == Form::Json => self.write_json_text(text, out),
            Value::Text(text) => self.budget.write(text, out),
            Value::List(list) => self.write_list(*list, form, depth, out),
            Value::Map(map) => self.write_map(*map, form, depth, out),
            Value::Entry(entry) => {
                self.write(&entry.0.clone().into(), form, depth + 1, out)?;
                self.budget.write("=", out)?;
                self.write(&entry.1, form, depth + 1, out)
            }
            Value::Block(_) | Value::Loop(_) | Value::Input | Value::Util => Ok(()),
        }
    }

    fn write_json_text(&mut self, text: &str, out: &mut String) -> Outcome<()> {
        let quoted = serde_json::Value::from(text).to_string();
        self.budget.write(&quoted, out)
    }

    fn write_list(
        &mut self,
        list: ListId,
        form: Form,
        depth: usize,
        out: &mut String,
    ) -> Outcome<()> {
        let is_json = form == Form::Json || self.lists[list.0].form == Form::Json;
        let (form, separator) = if is_json {
            (Form::Json, ",")
        } else {
            (form, ", ")
        };
        self.budget.write("[", out)?;
        for index in 0..self.items(list).len() {
            if index > 0 {
                self.budget.write(separator, out)?;
            }
            let item = self.items(list)[index].clone();
            self.write(&item, form, depth + 1, out)?;
        }
        self.budget.write("]", out)
    }

    fn write_map(&mut self, map: MapId, form: Form, depth: usize, out: &mut String) -> Outcome<()> {
        let is_json = form == Form::Json;
        if self.maps[map.0].form == Form::Hidden && !is_json {
            return Ok(());
        }
        let (separator, sign) = if is_json { (",", ":") } else { (", ", "=") };
        self.budget.write("{", out)?;
        for index in 0..self.entries(map).len() {
            if index > 0 {
                self.budget.write(separator, out)?;
            }
            let entry = self.entries(map).get_index(index);
            let Some((key, value)) = entry.map(|(key, value)| (key.clone(), value.clone())) else {
                break;
            };
            match key {
                Key::Text(_) => self.write(&key.into(), form, depth + 1, out)?,
                _ if is_json => {
                    let text = self.shown(&key.into())?;
                    self.write_json_text(&text, out)?;
                }
                _ => self.write(&key.into(), form, depth + 1, out)?,
            }
            self.budget.write(sign, out)?;
            self.write(&value, form, depth + 1, out)?;
        }
        self.budget.write("}", out)
    }

    /// Java's `equals`, but numbers of any kind are compared by value.
    pub(super) fn equal(&mut self, left: &Value, right: &Value) -> Outcome<bool> {
        self.equal_at(left, right, 0)
    }

    fn equal_at(&mut self, left: &Value, right: &Value, depth: usize) -> Outcome<bool> {
        self.budget.step()?;
        if depth > VALUE_DEPTH {
            return Err(problem(
                "a list or a map contains itself, or is nested too deep",
            ));
        }
        match (left, right) {
            (Value::Int(_) | Value::Float(_), Value::Int(_) | Value::Float(_)) => {
                Ok(numbers::compare(left, right) == Some(std::cmp::Ordering::Equal))
            }
            (Value::Text(left), Value::Text(right)) => {
                self.budget.go_through(left.len().min(right.len()))?;
                Ok(left == right)
            }
            (Value::List(left), Value::List(right)) if left != right => {
                let length = self.items(*left).len();
                if length != self.items(*right).len() {
                    return Ok(false);
                }
                for index in 0..length {
                    let pair = (
                        self.items(*left)[index].clone(),
                        self.items(*right)[index].clone(),
                    );
                    if !self.equal_at(&pair.0, &pair.1, depth + 1)? {
                        return Ok(false);
                    }
                }
                Ok(true)
            }
            (Value::Map(left), Value::Map(right)) if left != right => {
                let length = self.entries(*left).len();
                if length != self.entries(*right).len() {
                    return Ok(false);
                }
                for index in 0..length {
                    let entry = self.entries(*left).get_index(index);
                    let pair = entry.and_then(|(key, value)| {
                        Some((value.clone(), self.entries(*right).get(key)?.clone()))
                    });
                    let Some((left, right)) = pair else {
                        return Ok(false);
                    };
                    if !self.equal_at(&left, &right, depth + 1)? {
                        return Ok(false);
                    }
                }
                Ok(true)
            }
            (Value::Block(_), _) | (_, Value::Block(_)) => Ok(false),
            _ => Ok(left == right),
        }
    }
}
