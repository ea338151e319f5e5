//! SAM's section `Globals`: properties that all resources of a type share.

use serde_json::{Map, Value};

use super::super::intrinsic::Intrinsic;
use super::declared::failed;
use super::{api, function, table};

pub const SECTION: &str = "Globals";

/// What the section calls each type, and which of its properties it can't give.
const TYPES: [(&str, &str, &[&str]); 3] = [
    (
        "Api",
        api::TYPE,
        &["ApiKeySourceType", "Description", "StageName", "Tags"],
    ),
    (
        "Function",
        function::TYPE,
        &[
            "Events",
            "FunctionName",
            "ImageUri",
            "InlineCode",
            "Policies",
            "Role",
        ],
    ),
    (
        "SimpleTable",
        table::TYPE,
        &["PrimaryKey", "ProvisionedThroughput", "TableName", "Tags"],
    ),
];

#[derive(Debug, Default)]
pub struct Globals {
    types: Map<String, Value>,
}

impl Globals {
    pub fn read(section: Option<&Value>) -> Result<Self, String> {
        let Some(section) = section else {
            return Ok(Self::default());
        };
        let mut types = Map::new();
        for (name, shared) in section
            .as_object()
            .ok_or_else(|| invalid("It must be a map."))?
        {
            let Some((_, kind, own)) = TYPES.into_iter().find(|(known, ..)| known == name) else {
                let known = TYPES.map(|(known, ..)| known).join("', '");
                return Err(invalid(&format!(
                    "'{name}' is not supported. Must be one of the following values - ['{known}']"
                )));
            };
            let shared = shared
                .as_object()
                .ok_or_else(|| invalid(&format!("'{name}' must be a map.")))?;
            if let Some(property) = shared.keys().find(|key| own.contains(&key.as_str())) {
                return Err(invalid(&format!(
                    "'{property}' is not a supported property of '{name}'."
                )));
            }
            types.insert(kind.to_owned(), Value::Object(shared.clone()));
        }
        Ok(Self { types })
    }

    /// The properties of a resource of type `kind`, which has `own`.
    pub fn merged(&self, kind: &str, own: Map<String, Value>) -> Map<String, Value> {
        match self.types.get(kind) {
            Some(Value::Object(shared)) => maps(shared.clone(), own),
            _ => own,
        }
    }
}

fn maps(mut shared: Map<String, Value>, own: Map<String, Value>) -> Map<String, Value> {
    for (key, own) in own {
        let value = match shared.remove(&key) {
            // A function runs on one architecture: two lists don't add up.
            Some(shared) if key != "Architectures" => values(shared, own),
            _ => own,
        };
        shared.insert(key, value);
    }
    shared
}

/// Maps are merged, lists are put one after the other, and of anything else the own one counts.
fn values(shared: Value, own: Value) -> Value {
    let calls = [&shared, &own].map(|value| !matches!(Intrinsic::read(value), Ok(None)));
    match (shared, own) {
        (Value::Object(shared), Value::Object(own)) if calls == [false, false] => {
            Value::Object(maps(shared, own))
        }
        (Value::Array(mut shared), Value::Array(own)) => {
            shared.extend(own);
            Value::Array(shared)
        }
        (_, own) => own,
    }
}

fn invalid(reason: &str) -> String {
    failed(&[format!("'{SECTION}' section is invalid. {reason}")])
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn merged(shared: Value, own: Value) -> Value {
        let globals = Globals::read(Some(&json!({ "Function": shared }))).expect("globals");
        let own = own.as_object().expect("a map").clone();
        Value::Object(globals.merged(function::TYPE, own))
    }

    #[test]
    fn shared_properties_give_way_to_own_ones() {
        let shared = json!({
            "Timeout": 5, "MemorySize": 128, "Layers": ["a"], "Architectures": ["arm64"],
            "Environment": {"Variables": {"A": "shared", "B": "shared"}},
            "Tracing": {"Ref": "A"},
        });
        let own = json!({
            "Timeout": 9, "Layers": ["b"], "Architectures": ["x86_64"],
            "Environment": {"Variables": {"A": "own"}}, "Tracing": {"Fn::Sub": "B"},
        });
        let expected = json!({
            "Timeout": 9, "MemorySize": 128, "Layers": ["a", "b"], "Architectures": ["x86_64"],
            "Environment": {"Variables": {"A": "own", "B": "shared"}}, "Tracing": {"Fn::Sub": "B"},
        });
        assert_eq!(merged(shared, own), expected);
    }

    #[test]
    fn what_cannot_be_shared_is_refused() {
        let refusal = |section| Globals::read(Some(&section)).expect_err("refused");
        let message = refusal(json!({"Function": {"Role": "x"}}));
        assert!(
            message.ends_with("'Role' is not a supported property of 'Function'."),
            "{message}"
        );
        let message = refusal(json!({"HttpApi": {}}));
        assert!(
            message.contains("'HttpApi' is not supported. Must be one of"),
            "{message}"
        );
    }
}
