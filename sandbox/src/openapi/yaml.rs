//! YAML with anchors and merge keys, built from the parser's events without recursion. An alias is a copy, so what
//! copies may amount to is limited.

use std::collections::HashMap;

use saphyr_parser::{Event, Parser, ScalarStyle};
use serde_json::{Map, Value};

/// How deep a document may be nested: that of JSON in serde_json.
const DEPTH: usize = 127;
/// The values of a document, with those that aliases and merge keys copy: more than a document of 6 MB has.
const VALUES: usize = 1_000_000;
/// The bytes of all its texts, copies too.
const BYTES: usize = 32 * 1024 * 1024;

/// Reads one document.
///
/// # Errors
///
/// The text is no YAML, or too large with its copies; the message says where.
pub(super) fn read(text: &str) -> Result<Value, String> {
    let mut builder = Builder::default();
    let mut parser = Parser::new_from_str(text);
    while let Some(event) = parser.next_event() {
        let (event, span) = event.map_err(|error| error.to_string())?;
        builder
            .take(event)
            .map_err(|reason| format!("line {}: {reason}", span.start.line()))?;
    }
    builder
        .root
        .ok_or_else(|| "the document is empty".to_owned())
}

#[derive(Default)]
struct Builder {
    root: Option<Value>,
    open: Vec<Open>,
    anchors: HashMap<usize, Anchored>,
    size: Size,
}

/// A collection whose end has not come yet.
struct Open {
    anchor: usize,
    /// The sizes before it.
    start: Size,
    items: Items,
}

enum Items {
    Sequence(Vec<Value>),
    Mapping {
        entries: Map<String, Value>,
        /// Those of merge keys, which yield to all others.
        merged: Map<String, Value>,
        /// Of the value that comes next.
        key: Option<Key>,
    },
}

enum Key {
    Name(String),
    Merge,
}

struct Anchored {
    value: Value,
    size: Size,
}

#[derive(Clone, Copy, Default)]
struct Size {
    values: usize,
    bytes: usize,
}

impl Builder {
    fn take(&mut self, event: Event<'_>) -> Result<(), String> {
        match event {
            Event::Nothing | Event::StreamStart | Event::StreamEnd | Event::DocumentEnd => {}
            Event::DocumentStart(_) if self.root.is_some() => {
                return Err("there is a second document".to_owned());
            }
            Event::DocumentStart(_) => {}
            Event::Scalar(text, style, anchor, _) => {
                if self.takes_key() {
                    let is_merge = text == "<<" && style == ScalarStyle::Plain;
                    return self.key(if is_merge {
                        Key::Merge
                    } else {
                        Key::Name(text.into_owned())
                    });
                }
                let start = self.size;
                self.grow(1, text.len())?;
                let value = if style == ScalarStyle::Plain {
                    plain(&text)
                } else {
                    text.into()
                };
                self.value(value, anchor, start)?;
            }
            Event::Alias(anchor) => {
                let Some(anchored) = self.anchors.get(&anchor) else {
                    return Err("an alias is inside of what it refers to".to_owned());
                };
                let size = anchored.size;
                if self.takes_key() {
                    return Err("a key cannot be an alias".to_owned());
                }
                self.grow(size.values, size.bytes)?;
                let value = self.anchors[&anchor].value.clone();
                self.value(value, 0, self.size)?;
            }
            Event::SequenceStart(anchor, _) => self.begin(anchor, Items::Sequence(Vec::new()))?,
            Event::MappingStart(anchor, _) => {
                let items = Items::Mapping {
                    entries: Map::new(),
                    merged: Map::new(),
                    key: None,
                };
                self.begin(anchor, items)?;
            }
            Event::SequenceEnd | Event::MappingEnd => self.end()?,
        }
        Ok(())
    }

    fn grow(&mut self, values: usize, bytes: usize) -> Result<(), String> {
        self.size.values += values;
        self.size.bytes += bytes;
        if self.size.values > VALUES || self.size.bytes > BYTES {
            return Err("the document is too large with what its aliases copy".to_owned());
        }
        Ok(())
    }

    fn takes_key(&self) -> bool {
        let items = self.open.last().map(|open| &open.items);
        matches!(items, Some(Items::Mapping { key: None, .. }))
    }

    fn key(&mut self, new: Key) -> Result<(), String> {
        if let Key::Name(name) = &new {
            self.grow(0, name.len())?;
        }
        if let Some(Items::Mapping { entries, key, .. }) =
            self.open.last_mut().map(|open| &mut open.items)
        {
            if let Key::Name(name) = &new
                && entries.contains_key(name)
            {
                return Err(format!("the key {name} occurs twice"));
            }
            *key = Some(new);
        }
        Ok(())
    }

    fn begin(&mut self, anchor: usize, items: Items) -> Result<(), String> {
        if self.takes_key() {
            return Err("a key cannot be a list or a map".to_owned());
        }
        if self.open.len() == DEPTH {
            return Err(format!("the document is nested more than {DEPTH} deep"));
        }
        let start = self.size;
        self.grow(1, 0)?;
        self.open.push(Open {
            anchor,
            start,
            items,
        });
        Ok(())
    }

    fn end(&mut self) -> Result<(), String> {
        let Some(open) = self.open.pop() else {
            return Ok(());
        };
        let value = match open.items {
            Items::Sequence(items) => Value::Array(items),
            Items::Mapping {
                entries,
                mut merged,
                ..
            } => {
                merged.extend(entries);
                Value::Object(merged)
            }
        };
        self.value(value, open.anchor, open.start)
    }

    /// Puts a value where it belongs. `start` is the size before it.
    fn value(&mut self, value: Value, anchor: usize, start: Size) -> Result<(), String> {
        if anchor > 0 {
            let size = Size {
                values: self.size.values - start.values,
                bytes: self.size.bytes - start.bytes,
            };
            // The anchor's own copy.
            self.grow(size.values, size.bytes)?;
            let value = value.clone();
            self.anchors.insert(anchor, Anchored { value, size });
        }
        // An alias can be deeper than what it refers to.
        match self.open.last_mut().map(|open| &mut open.items) {
            None => self.root = Some(value),
            Some(Items::Sequence(items)) => items.push(value),
            Some(Items::Mapping {
                entries,
                merged,
                key,
            }) => match key.take() {
                Some(Key::Name(name)) => {
                    entries.insert(name, value);
                }
                Some(Key::Merge) => merge(merged, value)?,
                None => {}
            },
        }
        Ok(())
    }
}

/// Adds the members of a map, or of a list of maps: what is there already stays.
fn merge(merged: &mut Map<String, Value>, value: Value) -> Result<(), String> {
    let maps = match value {
        Value::Array(maps) => maps,
        value => vec![value],
    };
    for map in maps {
        let Value::Object(members) = map else {
            return Err("the value of << is not a map".to_owned());
        };
        for (name, member) in members {
            merged.entry(name).or_insert(member);
        }
    }
    Ok(())
}

/// The value of a scalar without quotes.
fn plain(text: &str) -> Value {
    match text {
        "" | "~" | "null" | "Null" | "NULL" => return Value::Null,
        "true" | "True" | "TRUE" => return true.into(),
        "false" | "False" | "FALSE" => return false.into(),
        _ => {}
    }
    let digits = text.strip_prefix(['-', '+']).unwrap_or(text);
    let starts = digits.starts_with(|char: char| char.is_ascii_digit() || char == '.');
    // `010` is no number that all readers agree on.
    let is_padded = digits.len() > 1 && digits.starts_with('0') && !digits.starts_with("0.");
    if !starts || is_padded || !digits.contains(|char: char| char.is_ascii_digit()) {
        return text.into();
    }
    if let Ok(number) = text.parse::<i64>() {
        return number.into();
    }
    let number = text.parse::<f64>().ok().filter(|number| number.is_finite());
    number.map_or_else(|| text.into(), Value::from)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    #[test]
    fn aliases_are_copies_and_merge_keys_yield() {
        let text = "
base: &base
  a: 1
  b: &list [x, \"2\"]
more: &more {c: 3, a: 9}
one:
  <<: *base
  a: 5
two:
  a: 6
  <<: [*base, *more]
three: *list
four: {<<: *more, d: '<<'}
'<<': text
";
        let expected = json!({
            "base": {"a": 1, "b": ["x", "2"]},
            "more": {"c": 3, "a": 9},
            "one": {"a": 5, "b": ["x", "2"]},
            "two": {"a": 6, "b": ["x", "2"], "c": 3},
            "three": ["x", "2"],
            "four": {"a": 9, "c": 3, "d": "<<"},
            "<<": "text",
        });
        assert_eq!(read(text), Ok(expected));
    }

    #[test]
    fn scalars_have_their_types() {
        let text = "[1, -2, 1.5, 1e3, 1.0.0, 010, 0.5, +5, .5, ., true, 'true', ~, null, yes, 2015-03-31, 0x1F, '200', .inf]";
        let expected = json!([
            1,
            -2,
            1.5,
            1000.0,
            "1.0.0",
            "010",
            0.5,
            5,
            0.5,
            ".",
            true,
            "true",
            null,
            null,
            "yes",
            "2015-03-31",
            "0x1F",
            "200",
            ".inf"
        ]);
        assert_eq!(read(text), Ok(expected));
    }

    #[test]
    fn what_is_wrong_is_said_with_its_line() {
        let bomb: String = (1..40).fold("a0: &a0 [x]\n".to_owned(), |text, level| {
            let below = level - 1;
            text + &format!("a{level}: &a{level} [*a{below}, *a{below}]\n")
        });
        let merges: String = (1..40).fold("a0: &a0 {k: x}\n".to_owned(), |text, level| {
            let below = level - 1;
            text + &format!("a{level}: &a{level} {{<<: *a{below}, l: *a{below}}}\n")
        });
        let cases = [
            ("a: [1", "line"),
            ("a: 1\nb: 2\na: 3", "line 3: the key a occurs twice"),
            (
                "a: &a [*a]",
                "line 1: an alias is inside of what it refers to",
            ),
            ("a: &a b\n*a : c", "line 2: a key cannot be an alias"),
            ("? [1]\n: 2", "line 1: a key cannot be a list or a map"),
            ("<<: 5", "line 1: the value of << is not a map"),
            ("a: 1\n---\nb: 2", "line 2: there is a second document"),
            ("a: *nope", ""),
            ("", "the document is empty"),
            (&bomb, "the document is too large"),
            (&merges, "the document is too large"),
            (&"[".repeat(200), "the document is nested more than"),
        ];
        for (text, expected) in cases {
            let error = read(text).expect_err(text);
            assert!(error.contains(expected), "{error}");
        }
    }

    proptest! {
        #[test]
        fn any_text_is_read_or_refused(text in r"[-a-c&*<>:{}\[\],'\x22 \n?|#!%~0-9.]{0,80}") {
            drop(read(&text));
        }
    }
}
