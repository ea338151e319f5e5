//! YAML, built from the parser's events without recursion.

use std::collections::HashMap;

use saphyr_parser::{Event, Marker, Parser, ScalarStyle, Tag};
use serde_json::{Map, Value};

use super::tag::Meaning;
use super::{MAX_DEPTH, not_well_formed, too_deep};

pub fn read(body: &str) -> Result<Value, String> {
    let mut builder = Builder::default();
    let mut parser = Parser::new_from_str(body);
    while let Some(event) = parser.next_event() {
        let (event, span) = event.map_err(|error| malformed(*error.marker(), error.info()))?;
        builder
            .take(event, span.start)
            .map_err(|refusal| match refusal {
                Refusal::Here(reason) => malformed(span.start, &reason),
                Refusal::Aws(message) => message,
            })?;
    }
    Ok(builder.root.unwrap_or(Value::Null))
}

fn malformed(at: Marker, reason: &str) -> String {
    not_well_formed("YAML", at.line(), at.col() + 1, reason)
}

enum Refusal {
    /// The text is wrong at this place.
    Here(String),
    /// CloudFormation has words of its own for it.
    Aws(String),
}

impl From<String> for Refusal {
    fn from(reason: String) -> Self {
        Self::Here(reason)
    }
}

#[derive(Default)]
struct Builder {
    root: Option<Value>,
    open: Vec<Open>,
    documents: usize,
}

/// A collection whose end has not come yet.
struct Open {
    meaning: Meaning,
    /// Levels from the top to what is in it.
    depth: usize,
    items: Items,
}

enum Items {
    Sequence(Vec<Value>),
    Mapping {
        entries: Map<String, Value>,
        /// In which line a key was.
        lines: HashMap<String, usize>,
        /// Of the value that comes next.
        key: Option<String>,
    },
}

impl Builder {
    fn take(&mut self, event: Event<'_>, at: Marker) -> Result<(), Refusal> {
        match event {
            Event::Nothing | Event::StreamStart | Event::StreamEnd | Event::DocumentEnd => {}
            Event::DocumentStart(_) => {
                self.documents += 1;
                if self.documents > 1 {
                    return Err("a template must be a single YAML document"
                        .to_owned()
                        .into());
                }
            }
            Event::Alias(_) => {
                return Err(Refusal::Aws(format!(
                    "Template error: YAML aliases are not allowed in CloudFormation templates (line {})",
                    at.line()
                )));
            }
            Event::Scalar(text, style, _, tag) => {
                self.scalar(&text, style == ScalarStyle::Plain, tag.as_deref(), at)?;
            }
            Event::SequenceStart(_, tag) => {
                self.begin(tag.as_deref(), Items::Sequence(Vec::new()))?;
            }
            Event::MappingStart(_, tag) => {
                let items = Items::Mapping {
                    entries: Map::new(),
                    lines: HashMap::new(),
                    key: None,
                };
                self.begin(tag.as_deref(), items)?;
            }
            Event::SequenceEnd | Event::MappingEnd => self.end(),
        }
        Ok(())
    }

    fn scalar(
        &mut self,
        text: &str,
        plain: bool,
        tag: Option<&Tag>,
        at: Marker,
    ) -> Result<(), String> {
        if self.key_is_next() {
            return match tag {
                Some(tag) => Err(format!("a key cannot have a tag, such as {tag}")),
                None => self.key(text, at),
            };
        }
        let meaning = tag.map_or(Ok(Meaning::Plain), Meaning::of)?;
        self.depth(meaning)?;
        self.value(meaning.scalar(text, plain));
        Ok(())
    }

    fn key_is_next(&self) -> bool {
        let items = self.open.last().map(|open| &open.items);
        matches!(items, Some(Items::Mapping { key: None, .. }))
    }

    fn key(&mut self, text: &str, at: Marker) -> Result<(), String> {
        let Some(Items::Mapping { lines, key, .. }) =
            self.open.last_mut().map(|open| &mut open.items)
        else {
            return Ok(());
        };
        if let Some(line) = lines.insert(text.to_owned(), at.line()) {
            return Err(format!("the key {text} is already used in line {line}"));
        }
        *key = Some(text.to_owned());
        Ok(())
    }

    /// The levels that a value of `meaning` takes, the collection that it stands for left out.
    fn depth(&self, meaning: Meaning) -> Result<usize, String> {
        let depth = self.open.last().map_or(0, |open| open.depth) + meaning.levels();
        if depth > MAX_DEPTH {
            return Err(too_deep());
        }
        Ok(depth)
    }

    fn begin(&mut self, tag: Option<&Tag>, items: Items) -> Result<(), String> {
        if self.key_is_next() {
            return Err("a key must be a string, not a list or a map".to_owned());
        }
        let meaning = tag.map_or(Ok(Meaning::Plain), Meaning::of)?;
        let depth = self.depth(meaning)? + 1;
        if depth > MAX_DEPTH {
            return Err(too_deep());
        }
        self.open.push(Open {
            meaning,
            depth,
            items,
        });
        Ok(())
    }

    fn end(&mut self) {
        if let Some(open) = self.open.pop() {
            let value = match open.items {
                Items::Sequence(items) => Value::Array(items),
                Items::Mapping { entries, .. } => Value::Object(entries),
            };
            self.value(open.meaning.collection(value));
        }
    }

    fn value(&mut self, value: Value) {
        match self.open.last_mut().map(|open| &mut open.items) {
            None => self.root = Some(value),
            Some(Items::Sequence(items)) => items.push(value),
            Some(Items::Mapping { entries, key, .. }) => {
                if let Some(key) = key.take() {
                    entries.insert(key, value);
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn short_forms_become_long_ones() {
        let body = "
            a: !Ref Table
            b: !GetAtt Table.Arn
            c: !GetAtt [Table, Arn]
            d: !Sub '${Table}-x'
            e: !Sub
              - ${x}
              - x: !Ref Table
            f: !If [Wanted, !Ref Table, !Ref AWS::NoValue]
            g: !Condition Wanted
            h: !GetAZs ''
            i: !Base64 5";
        let expected = json!({
            "a": {"Ref": "Table"},
            "b": {"Fn::GetAtt": "Table.Arn"},
            "c": {"Fn::GetAtt": ["Table", "Arn"]},
            "d": {"Fn::Sub": "${Table}-x"},
            "e": {"Fn::Sub": ["${x}", {"x": {"Ref": "Table"}}]},
            "f": {"Fn::If": ["Wanted", {"Ref": "Table"}, {"Ref": "AWS::NoValue"}]},
            "g": {"Condition": "Wanted"},
            "h": {"Fn::GetAZs": ""},
            "i": {"Fn::Base64": "5"},
        });
        assert_eq!(read(body), Ok(expected));
    }

    #[test]
    fn quotes_and_tags_make_strings_of_what_looks_like_something_else() {
        let body = "a: '1'\nb: \"yes\"\nc: !!str 1\nd: ! 2\ne: !!int 3\n4: |-\n  5\n";
        let expected = json!({"a": "1", "b": "yes", "c": "1", "d": "2", "e": 3, "4": "5"});
        assert_eq!(read(body), Ok(expected));
    }

    #[test]
    fn what_is_wrong_is_told_with_its_place() {
        for (body, told) in [
            (
                "a: 1\nb: 2\na: 3\n",
                "(line 3, column 1): the key a is already used in line 1",
            ),
            ("a:\n  - [1, 2\nb: 3", "(line 3, column "),
            ("a: !Foo b", "(line 1, column "),
            ("a: !Foo b", "there is no function !Foo"),
            ("a: !!binary b", "CloudFormation does not support !!binary"),
            ("? [1]\n: 2", "a key must be a string"),
            ("!Ref a: 2", "a key cannot have a tag"),
            (
                "a: 1\n---\nb: 2",
                "a template must be a single YAML document",
            ),
            ("a:\n\tb: 1", "(line 2, column "),
        ] {
            let error = read(body).expect_err(body);
            assert!(error.starts_with("Template format error: YAML"), "{error}");
            assert!(error.contains(told), "{body}: {error}");
        }
    }

    #[test]
    fn aliases_are_refused_so_that_no_text_grows_beyond_itself() {
        assert_eq!(read("a: &x 1"), Ok(json!({"a": 1})));
        let error = read("a: &x [1]\nb: *x").expect_err("an alias");
        assert_eq!(
            error,
            "Template error: YAML aliases are not allowed in CloudFormation templates (line 2)"
        );
    }

    #[test]
    fn depth_has_an_end() {
        let nested = |levels: usize| format!("{}{}", "[".repeat(levels), "]".repeat(levels));
        assert!(read(&nested(MAX_DEPTH)).is_ok());
        let error = read(&nested(MAX_DEPTH + 1)).expect_err("too deep");
        assert!(error.ends_with("nested deeper than 64 levels"), "{error}");
        for endless in [
            "[".repeat(100_000),
            "{".repeat(100_000),
            "- ".repeat(100_000),
            "!If [".repeat(20_000),
            "? ".repeat(100_000),
            (0..1_000)
                .map(|level| format!("{}a:\n", " ".repeat(level)))
                .collect(),
        ] {
            assert!(read(&endless).is_err());
        }
    }
}
