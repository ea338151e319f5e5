//! JSON to values and back. Members keep their order, as in API Gateway.

use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Visitor};
use serde_json::Map;

use super::fault::{Outcome, problem};
use super::limits::VALUE_DEPTH;
use super::values::{Form, Heap, Key, Value};

impl Heap {
    /// The value of a JSON document; nothing when the text is none.
    pub(super) fn parse_json(&mut self, text: &str) -> Outcome<Option<Value>> {
        self.budget.go_through(text.len())?;
        let mut reader = serde_json::Deserializer::from_str(text);
        let parsed = Reader(self).deserialize(&mut reader);
        // A document that is too large is a fault, and no text.
        self.budget.step()?;
        self.budget.allocate(0)?;
        Ok(parsed.ok().filter(|_| reader.end().is_ok()))
    }

    /// The value of a part of `$context`.
    pub(super) fn context(&mut self, value: &serde_json::Value) -> Outcome<Value> {
        Ok(match value {
            serde_json::Value::Null => Value::Null,
            serde_json::Value::Bool(value) => Value::Bool(*value),
            serde_json::Value::Number(number) => match number.as_i128() {
                Some(number) => Value::Int(number),
                None => Value::Float(number.as_f64().unwrap_or_default()),
            },
            serde_json::Value::String(text) => self.text(text)?,
            serde_json::Value::Array(items) => {
                let items = items.iter().map(|item| self.context(item));
                let items = items.collect::<Outcome<_>>()?;
                self.list(items, Form::Json)?
            }
            serde_json::Value::Object(members) => {
                let map = self.map(Form::Hidden)?;
                for (name, member) in members {
                    let member = self.context(member)?;
                    self.put(map, name.as_str().into(), member)?;
                }
                Value::Map(map)
            }
        })
    }

    /// A value of `$context` as the caller reads it.
    pub(super) fn plain(&mut self, value: &Value) -> Outcome<serde_json::Value> {
        self.plain_at(value, 0)
    }

    fn plain_at(&mut self, value: &Value, depth: usize) -> Outcome<serde_json::Value> {
        self.budget.step()?;
        if depth > VALUE_DEPTH {
            return Err(problem(
                "a list or a map contains itself, or is nested too deep",
            ));
        }
        Ok(match value {
            Value::Null => serde_json::Value::Null,
            Value::Bool(value) => (*value).into(),
            Value::Int(number) => i64::try_from(*number)
                .map_or_else(|_| number.to_string().into(), serde_json::Value::from),
            Value::Float(number) => (*number).into(),
            Value::List(list) => {
                let items = self.items(*list).to_vec();
                self.grow(items.len())?;
                let items = items.iter().map(|item| self.plain_at(item, depth + 1));
                items.collect::<Outcome<_>>()?
            }
            Value::Map(map) => {
                let entries = self.entries(*map).clone();
                self.grow(2 * entries.len())?;
                let mut members = Map::new();
                for (key, value) in entries {
                    let key = self.shown(&key.into())?;
                    members.insert(key.to_string(), self.plain_at(&value, depth + 1)?);
                }
                members.into()
            }
            other => {
                let text = self.shown(other)?;
                self.budget.allocate(text.len())?;
                text.to_string().into()
            }
        })
    }
}

struct Reader<'a>(&'a mut Heap);

impl<'de> DeserializeSeed<'de> for Reader<'_> {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

fn too_large<E: Error>(problem: super::fault::Problem) -> E {
    E::custom(problem.message)
}

impl<'de> Visitor<'de> for Reader<'_> {
    type Value = Value;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("JSON")
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(Value::Bool(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(Value::Int(value.into()))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(Value::Int(value.into()))
    }

    fn visit_f64<E>(self, value: f64) -> Result<Value, E> {
        Ok(Value::Float(value))
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Value, E> {
        self.0.text(text).map_err(too_large)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut sequence: A) -> Result<Value, A::Error> {
        let mut items = Vec::new();
        while let Some(item) = sequence.next_element_seed(Reader(self.0))? {
            // Accounted for at once, so that no list is large before it is refused.
            self.0.grow(1).map_err(too_large)?;
            items.push(item);
        }
        self.0.list(items, Form::Json).map_err(too_large)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Value, A::Error> {
        let map = self.0.map(Form::Json).map_err(too_large)?;
        while let Some(name) = members.next_key::<String>()? {
            self.0.budget.allocate(name.len()).map_err(too_large)?;
            let value = members.next_value_seed(Reader(self.0))?;
            self.0
                .put(map, Key::Text(name.into()), value)
                .map_err(too_large)?;
        }
        Ok(Value::Map(map))
    }
}
