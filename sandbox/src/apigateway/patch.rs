//! Patch operations (`op`, `path`, `value`) of the `Update` operations, applied to what AWS shows of a
//! thing.
//!
//! Source: <https://docs.aws.amazon.com/apigateway/latest/api/patch-operations.html>

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use super::fault::{bad_request, missing};
use crate::fault::Fault;

#[derive(Clone, Debug, Deserialize, PartialEq, Eq)]
pub struct PatchOperation {
    pub op: String,
    pub path: String,
    pub value: Option<String>,
}

/// What a text in a patch operation becomes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Text,
    Flag,
    Whole,
    Decimal,
    /// The last segment of the path is an item of a list of texts.
    Item,
}

/// A path that can be patched, and of what kind. A `*` is any one segment.
pub type Patchable = (&'static str, Kind);

/// Applies the operations, all or none.
pub fn apply<T: Serialize + DeserializeOwned>(
    target: &mut T,
    known: &[Patchable],
    operations: &[PatchOperation],
) -> Result<(), Fault> {
    let mut value = serde_json::to_value(&*target).map_err(unreadable)?;
    for operation in operations {
        operation.apply(&mut value, known)?;
    }
    *target = serde_json::from_value(value)
        .map_err(|error| bad_request(format!("Invalid patch value specified: {error}")))?;
    Ok(())
}

fn unreadable(error: serde_json::Error) -> Fault {
    Fault::internal(error.to_string())
}

impl PatchOperation {
    pub fn segments(&self) -> Vec<String> {
        let path = self.path.strip_prefix('/').unwrap_or(&self.path);
        let plain = |segment: &str| segment.replace("~1", "/").replace("~0", "~");
        path.split('/').map(plain).collect()
    }

    fn apply(&self, value: &mut Value, known: &[Patchable]) -> Result<(), Fault> {
        if !["add", "remove", "replace"].contains(&self.op.as_str()) {
            return Err(bad_request(
                "Invalid patch operation specified. Must be 'add'|'remove'|'replace'",
            ));
        }
        let segments = self.segments();
        let kind = known.iter().find(|(pattern, _)| fits(pattern, &segments));
        let Some((_, kind)) = kind else {
            return Err(self.unknown(known));
        };
        let (last, above) = segments.split_last().ok_or_else(|| self.unknown(known))?;
        let mut parent = value;
        for segment in above {
            let members = object(parent);
            parent = members.entry(segment.clone()).or_insert(Value::Null);
        }
        match kind {
            Kind::Item => self.patch_item(parent, last),
            kind => self.patch_member(object(parent), last, *kind),
        }
    }

    fn patch_member(
        &self,
        members: &mut Map<String, Value>,
        name: &str,
        kind: Kind,
    ) -> Result<(), Fault> {
        if self.op == "remove" {
            let removed = members.remove(name);
            return removed
                .map(drop)
                .ok_or_else(|| missing(format!("Invalid parameter name specified: {name}")));
        }
        let text = self.value.as_deref().unwrap_or_default();
        members.insert(name.to_owned(), self.read(text, kind)?);
        Ok(())
    }

    fn patch_item(&self, list: &mut Value, item: &str) -> Result<(), Fault> {
        let mut items = list.as_array().cloned().unwrap_or_default();
        let position = items.iter().position(|given| given == item);
        match (self.op.as_str(), position) {
            ("add", None) => items.push(json!(item)),
            ("add", Some(_)) => {}
            ("remove", Some(position)) => drop(items.remove(position)),
            ("replace", Some(position)) => items[position] = json!(self.value),
            _ => {
                return Err(missing(format!(
                    "Invalid parameter value specified: {item}"
                )));
            }
        }
        *list = Value::Array(items);
        Ok(())
    }

    fn read(&self, text: &str, kind: Kind) -> Result<Value, Fault> {
        let read = match kind {
            Kind::Text | Kind::Item => Some(json!(text)),
            Kind::Flag => text.parse::<bool>().ok().map(|flag| json!(flag)),
            Kind::Whole => text.parse::<i64>().ok().map(|number| json!(number)),
            Kind::Decimal => {
                let number = text.parse::<f64>().ok().filter(|number| number.is_finite());
                number.map(|number| json!(number))
            }
        };
        read.ok_or_else(|| {
            bad_request(format!(
                "Invalid patch value '{text}' specified for path '{}'",
                self.path
            ))
        })
    }

    fn unknown(&self, known: &[Patchable]) -> Fault {
        let paths: Vec<&str> = known.iter().map(|(path, _)| *path).collect();
        bad_request(format!(
            "Invalid patch path '{}' specified for op '{}'. Must be one of: [{}]",
            self.path,
            self.op,
            paths.join(", ")
        ))
    }
}

/// The members of the value, which becomes an object.
fn object(value: &mut Value) -> &mut Map<String, Value> {
    if !value.is_object() {
        *value = json!({});
    }
    match value {
        Value::Object(members) => members,
        _ => unreachable!("it was made one"),
    }
}

fn fits(pattern: &str, segments: &[String]) -> bool {
    let mut expected = pattern.trim_start_matches('/').split('/');
    let all = segments.iter().all(|segment| {
        let expected = expected.next();
        expected.is_some_and(|it| it == segment || (it == "*" && !segment.is_empty()))
    });
    all && expected.next().is_none()
}

#[cfg(test)]
mod tests {
    use super::*;

    const KNOWN: &[Patchable] = &[
        ("/name", Kind::Text),
        ("/size", Kind::Whole),
        ("/parameters/*", Kind::Flag),
        ("/types/*", Kind::Item),
    ];

    fn patched(op: &str, path: &str, value: Option<&str>) -> Result<Value, Fault> {
        let mut target = json!({ "name": "a", "types": ["x"], "parameters": { "p": true } });
        let operation = PatchOperation {
            op: op.to_owned(),
            path: path.to_owned(),
            value: value.map(str::to_owned),
        };
        apply(&mut target, KNOWN, &[operation])?;
        Ok(target)
    }

    #[test]
    fn operations_change_members_maps_and_lists() {
        for (op, path, value, at, expected) in [
            ("replace", "/name", Some("b"), "/name", json!("b")),
            ("replace", "/name", None, "/name", json!("")),
            ("add", "/size", Some("7"), "/size", json!(7)),
            (
                "add",
                "/parameters/a.b",
                Some("false"),
                "/parameters",
                json!({ "p": true, "a.b": false }),
            ),
            ("remove", "/parameters/p", None, "/parameters", json!({})),
            ("add", "/types/a~1b", None, "/types", json!(["x", "a/b"])),
            ("replace", "/types/x", Some("y"), "/types", json!(["y"])),
            ("remove", "/types/x", None, "/types", json!([])),
        ] {
            let patched = patched(op, path, value).expect(path);
            assert_eq!(patched.pointer(at), Some(&expected), "{op} {path}");
        }
    }

    #[test]
    fn what_cannot_be_patched_is_refused() {
        for (op, path, value, code, begin) in [
            (
                "move",
                "/name",
                None,
                "BadRequestException",
                "Invalid patch operation",
            ),
            (
                "replace",
                "/id",
                Some("b"),
                "BadRequestException",
                "Invalid patch path '/id' specified for op 'replace'. Must be one of: [/name, /size",
            ),
            (
                "replace",
                "/size",
                Some("x"),
                "BadRequestException",
                "Invalid patch value 'x'",
            ),
            (
                "replace",
                "/parameters/",
                Some("x"),
                "BadRequestException",
                "Invalid patch path",
            ),
            (
                "remove",
                "/parameters/q",
                None,
                "NotFoundException",
                "Invalid parameter name",
            ),
            (
                "remove",
                "/types/q",
                None,
                "NotFoundException",
                "Invalid parameter value",
            ),
        ] {
            let fault = patched(op, path, value).expect_err(path);
            assert_eq!(fault.code, code, "{fault}");
            assert!(fault.message.starts_with(begin), "{fault}");
        }
    }
}
