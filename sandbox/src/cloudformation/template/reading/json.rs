//! JSON. A key that is there twice is an error, which `serde_json` alone would ignore.

use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Value};

use super::{MAX_DEPTH, not_well_formed, too_deep};

pub fn read(body: &str) -> Result<Value, String> {
    let mut deserializer = serde_json::Deserializer::from_str(body);
    let value = Node { depth: 0 }
        .deserialize(&mut deserializer)
        .and_then(|value| deserializer.end().map(|()| value));
    value.map_err(|error| {
        let told = error.to_string();
        let reason = told.split(" at line ").next().unwrap_or_default();
        not_well_formed("JSON", error.line(), error.column(), reason)
    })
}

/// One value, `depth` levels below the top.
#[derive(Clone, Copy)]
struct Node {
    depth: usize,
}

impl Node {
    fn below<E: Error>(self) -> Result<Self, E> {
        if self.depth == MAX_DEPTH {
            return Err(E::custom(too_deep()));
        }
        Ok(Self {
            depth: self.depth + 1,
        })
    }
}

impl<'de> DeserializeSeed<'de> for Node {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Node {
    type Value = Value;

    fn expecting(&self, formatter: &mut fmt::Formatter) -> fmt::Result {
        formatter.write_str("a value")
    }

    fn visit_unit<E: Error>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E: Error>(self, value: bool) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_i64<E: Error>(self, value: i64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_u64<E: Error>(self, value: u64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_f64<E: Error>(self, value: f64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_str<E: Error>(self, value: &str) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut sequence: A) -> Result<Value, A::Error> {
        let below = self.below()?;
        let mut items = Vec::new();
        while let Some(item) = sequence.next_element_seed(below)? {
            items.push(item);
        }
        Ok(Value::Array(items))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut mapping: A) -> Result<Value, A::Error> {
        let below = self.below()?;
        let mut entries = Map::new();
        while let Some(key) = mapping.next_key::<String>()? {
            if entries.contains_key(&key) {
                return Err(A::Error::custom(format_args!(
                    "the key {key} is used twice"
                )));
            }
            entries.insert(key, mapping.next_value_seed(below)?);
        }
        Ok(Value::Object(entries))
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn values_keep_their_types() {
        let body = r#"{"a": [null, true, -1, 2.5, "x"], "b": {}}"#;
        let expected = json!({"a": [null, true, -1, 2.5, "x"], "b": {}});
        assert_eq!(read(body), Ok(expected));
    }

    #[test]
    fn a_key_twice_is_told_with_its_line() {
        let error = read("{\n \"a\": 1,\n \"a\": 2\n}").expect_err("twice");
        assert!(error.contains("(line 3,"), "{error}");
        assert!(error.ends_with("the key a is used twice"), "{error}");
    }

    #[test]
    fn what_follows_the_value_is_refused() {
        let error = read("{} {}").expect_err("two values");
        assert!(error.contains("trailing characters"), "{error}");
    }

    #[test]
    fn depth_has_an_end() {
        let nested = |levels: usize| format!("{}{}", "[".repeat(levels), "]".repeat(levels));
        assert!(read(&nested(MAX_DEPTH)).is_ok());
        let error = read(&nested(MAX_DEPTH + 1)).expect_err("too deep");
        assert!(error.ends_with("nested deeper than 64 levels"), "{error}");
        assert!(read(&"[".repeat(100_000)).is_err());
    }
}
