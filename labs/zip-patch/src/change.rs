//! What is to be changed in a zip, as JSON: an object with a change for each path.
//!
//! | change | is |
//! |---|---|
//! | `"text"` | the new contents, in UTF-8 |
//! | `{"base64": "…"}` | the new contents, in base64; of a new file also its `mode`, such as 420 (0o644) |
//! | `{"patch": "…", "from": "…", "to": "…"}` | a [delta](crate::delta) in base64 against the contents that have the digest `from`, which makes those with the digest `to` |
//! | `null` | the file goes |

use std::collections::BTreeMap;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::Deserialize;
use serde_json::{Map, Value, json};

use crate::digest::Digest;
use crate::error::PatchError;
use crate::path;

/// The change of each path.
pub type Changes = BTreeMap<String, Change>;

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Change {
    Text(String),
    Bytes {
        bytes: Vec<u8>,
        /// The permissions of a new file; one that is there keeps its own.
        mode: Option<u32>,
    },
    Patch {
        delta: Vec<u8>,
        from: Digest,
        to: Digest,
    },
    Removed,
}

/// The forms that are objects.
#[derive(Deserialize)]
#[serde(untagged)]
enum Form {
    Bytes(BytesForm),
    Patch(PatchForm),
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct BytesForm {
    base64: String,
    mode: Option<u32>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct PatchForm {
    patch: String,
    from: Digest,
    to: Digest,
}

/// Fails if a path leaves the bundle, and with what is wrong in the first change that is none.
pub fn changes_from_json(changes: &Value) -> Result<Changes, PatchError> {
    let changes = changes.as_object().ok_or(PatchError::NoChanges)?;
    let read = changes.iter().map(|(path, value)| {
        path::check(path)?;
        let change = change(value).map_err(|reason| PatchError::BadChange {
            path: path.clone(),
            reason,
        })?;
        Ok((path.clone(), change))
    });
    read.collect()
}

fn change(value: &Value) -> Result<Change, String> {
    let bytes = |text: &str| STANDARD.decode(text).map_err(|error| error.to_string());
    match value {
        Value::String(text) => Ok(Change::Text(text.clone())),
        Value::Null => Ok(Change::Removed),
        Value::Object(object) => {
            let names: Vec<&str> = object.keys().map(String::as_str).collect();
            let form = Form::deserialize(value);
            match form.map_err(|_| format!("it has {}", names.join(", ")))? {
                Form::Bytes(BytesForm { base64, mode }) => match mode {
                    Some(mode) if mode > 0o777 => {
                        Err("mode must be at most 511 (0o777)".to_owned())
                    }
                    mode => Ok(Change::Bytes {
                        bytes: bytes(&base64)?,
                        mode,
                    }),
                },
                Form::Patch(PatchForm { patch, from, to }) => Ok(Change::Patch {
                    delta: bytes(&patch)?,
                    from,
                    to,
                }),
            }
        }
        _ => Err("it is none of them".to_owned()),
    }
}

pub fn changes_to_json(changes: &Changes) -> Value {
    let written = changes
        .iter()
        .map(|(path, change)| (path.clone(), written(change)));
    Value::Object(written.collect::<Map<_, _>>())
}

fn written(change: &Change) -> Value {
    match change {
        Change::Text(text) => json!(text),
        Change::Bytes { bytes, mode: None } => json!({ "base64": STANDARD.encode(bytes) }),
        Change::Bytes { bytes, mode } => json!({ "base64": STANDARD.encode(bytes), "mode": mode }),
        Change::Patch { delta, from, to } => {
            json!({ "patch": STANDARD.encode(delta), "from": from, "to": to })
        }
        Change::Removed => Value::Null,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn changes_are_read_as_they_were_written() {
        let digest = |text: &str| Digest::of(text.as_bytes());
        let changes: Changes = [
            ("a.py", Change::Text("ä".to_owned())),
            (
                "b/c",
                Change::Bytes {
                    bytes: vec![0, 255],
                    mode: None,
                },
            ),
            (
                "new",
                Change::Bytes {
                    bytes: Vec::new(),
                    mode: Some(0o644),
                },
            ),
            (
                "bootstrap",
                Change::Patch {
                    delta: vec![1, 2],
                    from: digest("old"),
                    to: digest("new"),
                },
            ),
            ("old", Change::Removed),
        ]
        .map(|(path, change)| (path.to_owned(), change))
        .into();
        let written = changes_to_json(&changes);
        assert_eq!(written["a.py"], "ä");
        assert_eq!(written["new"], json!({ "base64": "", "mode": 420 }));
        assert_eq!(changes_from_json(&written).expect("read"), changes);
    }

    #[test]
    fn what_is_no_change_is_named() {
        for (changes, said) in [
            (json!([]), "changes must be an object"),
            (json!({ "../a": "x" }), "it leads out of the bundle"),
            (json!({ "a": 7 }), "the change of a must be"),
            (json!({ "a": { "base65": "" } }), "it has base65"),
            (
                json!({ "a": { "base64": "", "to": "" } }),
                "it has base64, to",
            ),
            (json!({ "a": { "base64": "*" } }), "the change of a must be"),
            (json!({ "a": { "base64": "", "mode": 512 } }), "at most 511"),
            (json!({ "a": { "patch": "AA==" } }), "it has patch"),
        ] {
            let refused = changes_from_json(&changes).expect_err(said).to_string();
            assert!(refused.contains(said), "{refused}");
        }
    }
}
