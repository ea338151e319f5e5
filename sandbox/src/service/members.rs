//! The members of requests that a service takes. What it does not list is refused by name, so that nothing
//! is accepted and forgotten.
//!
//! A service's `members.txt` has a line with the name of each operation, and below it, indented:
//!
//! | line | members |
//! |---|---|
//! | `Name, Tags.Key` | are taken; a dot leads into a structure, a list or, as `*`, a map |
//! | `Item...` | is taken with all that is in it |
//! | `Mode = A \| B` | is taken with one of these values, which are all that AWS knows |
//! | `Class only A \| B` | is taken with one of these values; AWS may know others |
//! | `Token ignored: reason` | is taken, and its absence would make no difference |

use std::collections::BTreeMap;

use serde_json::Value;

#[derive(Debug, Default)]
pub struct Members(BTreeMap<&'static str, Member>);

#[derive(Debug, Default)]
struct Member {
    values: Values,
    inside: BTreeMap<&'static str, Member>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
enum Values {
    /// What the operation checks itself.
    #[default]
    Any,
    /// What is inside is not looked at.
    Anything,
    All(Vec<&'static str>),
    Only(Vec<&'static str>),
}

/// Why a request is refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    #[error("the sandbox does not support {member} of {operation}; omit it, or use AWS")]
    Member { operation: String, member: String },
    #[error(
        "the sandbox does not support {member}={value} of {operation}; it supports {}",
        .supported.join(", ")
    )]
    Value {
        operation: String,
        member: String,
        value: String,
        supported: Vec<&'static str>,
    },
    #[error(
        "1 validation error detected: Value '{value}' at '{}' failed to satisfy constraint: Member must \
         satisfy enum value set: [{}]", camel_case(.member), .known.join(", ")
    )]
    Unknown {
        member: String,
        value: String,
        known: Vec<&'static str>,
    },
}

impl Members {
    pub fn read(text: &'static str) -> Self {
        let mut operations: BTreeMap<&str, Member> = BTreeMap::new();
        let mut current = "";
        for line in text.lines().filter(|line| !line.starts_with('#')) {
            match line.strip_prefix("    ") {
                Some(members) => {
                    let operation = operations.entry(current).or_default();
                    operation.read(members);
                }
                None if line.is_empty() => {}
                None => {
                    current = line;
                    operations.entry(current).or_default();
                }
            }
        }
        Self(operations)
    }

    /// Refuses parameters of the operation that are not taken. One that is empty counts as not given.
    pub fn check(&self, operation: &str, parameters: &Value) -> Result<(), Refusal> {
        match self.0.get(operation) {
            Some(known) => known.check(operation, "", parameters),
            None => Ok(()),
        }
    }

    #[cfg(test)]
    pub fn operations(&self) -> Vec<&'static str> {
        self.0.keys().copied().collect()
    }
}

impl Member {
    fn read(&mut self, line: &'static str) {
        let values = |list: &'static str| list.split(" | ").collect();
        if let Some((path, _)) = line.split_once(" ignored: ") {
            self.add(path, Values::Anything);
        } else if let Some((path, list)) = line.split_once(" only ") {
            self.add(path, Values::Only(values(list)));
        } else if let Some((path, list)) = line.split_once(" = ") {
            self.add(path, Values::All(values(list)));
        } else {
            let paths = line.split(',').map(str::trim);
            for path in paths.filter(|path| !path.is_empty()) {
                match path.strip_suffix("...") {
                    Some(path) => self.add(path, Values::Anything),
                    None => self.add(path, Values::Any),
                }
            }
        }
    }

    fn add(&mut self, path: &'static str, values: Values) {
        let path = path.trim_end_matches("...");
        let mut member = self;
        for name in path.split('.') {
            member = member.inside.entry(name).or_default();
        }
        member.values = values;
    }

    fn check(&self, operation: &str, path: &str, value: &Value) -> Result<(), Refusal> {
        match value {
            _ if self.values == Values::Anything => Ok(()),
            Value::Array(items) => items
                .iter()
                .try_for_each(|item| self.check(operation, path, item)),
            Value::Object(members) if path.is_empty() || !self.inside.is_empty() => members
                .iter()
                .filter(|(_, value)| !is_empty(value))
                .try_for_each(|(name, value)| self.check_inside(operation, path, name, value)),
            // The operation refuses what is of the wrong type.
            Value::Object(_) | Value::Null => Ok(()),
            Value::String(text) => self.check_value(operation, path, text),
            Value::Bool(_) | Value::Number(_) => {
                self.check_value(operation, path, &value.to_string())
            }
        }
    }

    fn check_inside(
        &self,
        operation: &str,
        path: &str,
        name: &str,
        value: &Value,
    ) -> Result<(), Refusal> {
        let path = match path {
            "" => name.to_owned(),
            path => format!("{path}.{name}"),
        };
        let known = self.inside.get(name).or_else(|| self.inside.get("*"));
        match known {
            Some(known) => known.check(operation, &path, value),
            None => Err(Refusal::Member {
                operation: operation.to_owned(),
                member: path,
            }),
        }
    }

    fn check_value(&self, operation: &str, path: &str, value: &str) -> Result<(), Refusal> {
        let (member, value) = (path.to_owned(), value.to_owned());
        match &self.values {
            Values::All(known) if !known.contains(&value.as_str()) => Err(Refusal::Unknown {
                member,
                value,
                known: known.clone(),
            }),
            Values::Only(supported) if !supported.contains(&value.as_str()) => {
                Err(Refusal::Value {
                    operation: operation.to_owned(),
                    member,
                    value,
                    supported: supported.clone(),
                })
            }
            _ => Ok(()),
        }
    }
}

/// Whether a member is as good as not given: clients send lists and structures of which nothing is set.
fn is_empty(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::String(text) => text.is_empty(),
        Value::Array(items) => items.is_empty(),
        Value::Object(members) => members.values().all(is_empty),
        Value::Bool(_) | Value::Number(_) => false,
    }
}

/// As AWS names members in such messages: `DeploymentConfig.Mode` is `deploymentConfig.mode`.
fn camel_case(path: &str) -> String {
    let names = path.split('.').map(|name| {
        let mut letters = name.chars();
        let first = letters.next().map(|first| first.to_ascii_lowercase());
        first.into_iter().chain(letters).collect::<String>()
    });
    names.collect::<Vec<_>>().join(".")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const TEXT: &str = "\
# A remark.

Create
    Name, Tags.Key, Tags.Value, Items.*.Keys,
    Body...
    Mode = FAST | SLOW
    Settings.Class only STANDARD | 0
    Token ignored: nothing is repeated
Delete
";

    fn refusal(operation: &str, parameters: Value) -> Option<String> {
        let members = Members::read(TEXT);
        let checked = members.check(operation, &parameters);
        checked.err().map(|refusal| refusal.to_string())
    }

    #[test]
    fn what_is_listed_or_empty_is_taken() {
        for taken in [
            json!({ "Name": "a", "Tags": [{ "Key": "k", "Value": "v" }], "Token": { "a": 1 } }),
            json!({ "Items": { "a": { "Keys": [] }, "b": { "Keys": [1] } }, "Body": { "x": [1] } }),
            json!({ "Mode": "FAST", "Settings": { "Class": 0 } }),
            json!({ "Other": null, "Others": [], "More": { "Inside": { "Of": "" } } }),
            json!({ "Name": { "Of": "a wrong type" } }),
            json!(null),
        ] {
            assert_eq!(refusal("Create", taken.clone()), None, "{taken}");
        }
        assert_eq!(refusal("Unknown", json!({ "Name": "a" })), None);
        assert_eq!(Members::read(TEXT).operations(), ["Create", "Delete"]);
    }

    #[test]
    fn what_is_not_listed_is_refused_by_name() {
        for (operation, given, expected) in [
            (
                "Create",
                json!({ "Other": false }),
                "support Other of Create;",
            ),
            ("Delete", json!({ "Name": "a" }), "support Name of Delete;"),
            (
                "Create",
                json!({ "Tags": [{ "Key": "a" }, { "Colour": "red" }] }),
                "support Tags.Colour of Create;",
            ),
            (
                "Create",
                json!({ "Items": { "a": { "Other": 1 } } }),
                "support Items.a.Other of Create;",
            ),
            (
                "Create",
                json!({ "Settings": { "Class": "OTHER" } }),
                "support Settings.Class=OTHER of Create; it supports STANDARD, 0",
            ),
            (
                "Create",
                json!({ "Mode": "fast" }),
                "Value 'fast' at 'mode' failed to satisfy constraint: Member must satisfy enum value \
                 set: [FAST, SLOW]",
            ),
        ] {
            let refused = refusal(operation, given).expect(expected);
            assert!(refused.contains(expected), "{refused}");
        }
    }
}
