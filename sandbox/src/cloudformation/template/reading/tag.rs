//! YAML tags: CloudFormation's short forms (`!Ref`, `!Sub`, …) and what is left of YAML's own.

use saphyr_parser::Tag;
use serde_json::{Map, Value};

use super::scalar;

/// The functions that have a short form: that of `Fn::Sub` is `!Sub`.
const FUNCTIONS: [&str; 18] = [
    "And",
    "Base64",
    "Cidr",
    "Equals",
    "FindInMap",
    "GetAZs",
    "GetAtt",
    "If",
    "ImportValue",
    "Join",
    "Length",
    "Not",
    "Or",
    "Select",
    "Split",
    "Sub",
    "ToJsonString",
    "Transform",
];

/// What a tag makes of its value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Meaning {
    /// Becomes the value of this key in an object of its own.
    Long(&'static str, &'static str),
    /// Is a string, whatever it looks like.
    Text,
    /// Has the type that it looks like.
    Plain,
}

impl Meaning {
    pub fn of(tag: &Tag) -> Result<Self, String> {
        if tag.is_yaml_core_schema() {
            return match tag.suffix.as_str() {
                "str" => Ok(Self::Text),
                "int" | "float" | "bool" | "null" | "map" | "seq" => Ok(Self::Plain),
                other => Err(format!("CloudFormation does not support !!{other}")),
            };
        }
        match tag.suffix.as_str() {
            "" | "!" => return Ok(Self::Text),
            "Ref" => return Ok(Self::Long("", "Ref")),
            "Condition" => return Ok(Self::Long("", "Condition")),
            _ => {}
        }
        let known = FUNCTIONS.iter().find(|name| **name == tag.suffix);
        match known {
            Some(name) if tag.handle == "!" => Ok(Self::Long("Fn::", name)),
            _ => Err(format!(
                "there is no function {tag}; the short forms are !Condition, !Ref, !{}",
                FUNCTIONS.join(", !")
            )),
        }
    }

    /// A scalar under this tag; `plain` is one without quotes.
    pub fn scalar(self, text: &str, plain: bool) -> Value {
        match self {
            Self::Plain if plain => scalar::resolve(text),
            Self::Plain | Self::Text => text.into(),
            Self::Long(..) => self.collection(text.into()),
        }
    }

    pub fn collection(self, value: Value) -> Value {
        let Self::Long(prefix, name) = self else {
            return value;
        };
        Value::Object(Map::from_iter([(format!("{prefix}{name}"), value)]))
    }

    /// How many levels it adds.
    pub fn levels(self) -> usize {
        usize::from(matches!(self, Self::Long(..)))
    }
}
