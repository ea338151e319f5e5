//! Settings of functions that were changed outside CloudFormation, seen without asking for more: a
//! function's description has them, and the template what they should be. Pure.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::declared::{Named, functions};
use super::template::Template;
use super::template_values::{Values, as_text};
use crate::cloud::{DeployedFunction, Stack, UpdateStatus};

/// A function with other settings than its template gives it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Changed {
    /// Its full name.
    pub function: String,
    /// `MemorySize`, `Environment.DYNAMO_TABLE`.
    pub settings: Vec<String>,
}

/// The functions of the stack whose settings differ from those in its `template`, as far as the template
/// says what they are.
pub fn changed_by_hand(
    stack: &Stack,
    template: &Template,
    deployed: &BTreeMap<String, Option<DeployedFunction>>,
) -> Vec<Changed> {
    let values = Values::new(template, &stack.name, &stack.parameters);
    let declared = functions(template, &values).into_iter();
    let changed = declared.filter_map(|declared| {
        let Named::Is(function) = declared.name else {
            return None;
        };
        let found = deployed.get(&function)?.as_ref()?;
        if found.update != UpdateStatus::Done || declared.properties.get("CodeUri").is_some() {
            return None;
        }
        let settings = differing(declared.properties, &found.settings, &values);
        (!settings.is_empty()).then_some(Changed { function, settings })
    });
    changed.collect()
}

/// The names of the `found` settings that are others than the `properties` say.
fn differing(properties: &Value, found: &Value, values: &Values<'_>) -> Vec<String> {
    let empty = serde_json::Map::new();
    let found = found.as_object().unwrap_or(&empty);
    let plain = found.iter().filter(|(name, actual)| {
        *name != VARIABLES
            && properties
                .get(name)
                .and_then(|it| values.of(it))
                .is_some_and(|wanted| !wanted.is_null() && !is_same(&wanted, actual))
    });
    let mut differing: Vec<String> = plain.map(|(name, _)| name.clone()).collect();
    let wanted = &properties[VARIABLES]["Variables"];
    if let (Some(wanted), Some(actual)) = (wanted.as_object(), found[VARIABLES].as_object())
        && super::template_values::intrinsic(wanted).is_none()
    {
        let names: BTreeSet<&String> = wanted.keys().chain(actual.keys()).collect();
        let other = names
            .into_iter()
            .filter(|name| match (wanted.get(*name), actual.get(*name)) {
                (Some(wanted), Some(actual)) => {
                    let wanted = values.of(wanted);
                    wanted.is_some_and(|wanted| wanted.is_null() || !is_same(&wanted, actual))
                }
                (Some(wanted), None) => match values.of(wanted) {
                    // What another side of an unknown condition is, is not known.
                    None => wanted.get("Fn::If").is_none(),
                    Some(wanted) => !wanted.is_null(),
                },
                (None, _) => true,
            });
        differing.extend(other.map(|name| format!("{VARIABLES}.{name}")));
    }
    differing
}

const VARIABLES: &str = "Environment";

/// Numbers may be written as texts.
fn is_same(wanted: &Value, actual: &Value) -> bool {
    match (wanted, actual) {
        (Value::Array(wanted), Value::Array(actual)) => {
            wanted.len() == actual.len() && wanted.iter().zip(actual).all(|(a, b)| is_same(a, b))
        }
        _ => as_text(wanted).is_none_or(|wanted| as_text(actual).is_some_and(|it| it == wanted)),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::cloud::{NamedValues, Status};

    const TEMPLATE: &str = "\
Parameters: {Players: {Type: Number, Default: 10}, Hint: {Type: String, Default: ''}}
Conditions: {Hints: !Not [!Equals [!Ref Hint, '']]}
Resources:
  One:
    Type: AWS::Lambda::Function
    Properties:
      FunctionName: !Sub ${AWS::StackName}-01-one
      MemorySize: 256
      Timeout: '15'
      ReservedConcurrentExecutions: !Ref AWS::NoValue
      Handler: bootstrap
      Architectures: [x86_64]
      Role: !GetAtt Role.Arn
      Environment:
        Variables:
          TABLE: !Ref Table
          PLAYERS: !Ref Players
          HINT: !If [Hints, !Ref Hint, !Ref AWS::NoValue]
";

    fn settings() -> Value {
        json!({
            "MemorySize": 256, "Timeout": 15, "Handler": "bootstrap", "Architectures": ["x86_64"],
            "Role": "arn", "Description": "", "Layers": [], "ReservedConcurrentExecutions": null,
            "Environment": { "TABLE": "t-1", "PLAYERS": "7" },
        })
    }

    fn changed(settings: Value) -> Vec<String> {
        let stack = Stack {
            name: "ann".to_owned(),
            id: "id".to_owned(),
            status: Status("CREATE_COMPLETE".to_owned()),
            reason: None,
            changed: None,
            protected: false,
            is_updated: false,
            tags: NamedValues::new(),
            parameters: NamedValues::from([("Players".to_owned(), "7".to_owned())]),
            outputs: NamedValues::new(),
        };
        let function = DeployedFunction {
            code_sha256: String::new(),
            revision: String::new(),
            update: UpdateStatus::Done,
            settings,
        };
        let deployed = BTreeMap::from([("ann-01-one".to_owned(), Some(function))]);
        let changed = changed_by_hand(&stack, &Template::new(TEMPLATE), &deployed).into_iter();
        changed.flat_map(|it| it.settings).collect()
    }

    /// Each setting that the template gives a value that is known.
    #[test]
    fn a_setting_that_somebody_changed_is_named() {
        assert_eq!(changed(settings()), [""; 0]);
        for (pointer, value, name) in [
            ("/MemorySize", json!(512), "MemorySize"),
            ("/Timeout", json!(3), "Timeout"),
            ("/Handler", json!("other"), "Handler"),
            ("/Architectures", json!(["arm64"]), "Architectures"),
            ("/Environment/PLAYERS", json!("8"), "Environment.PLAYERS"),
            ("/Environment", json!({"TABLE": "t"}), "Environment.PLAYERS"),
            ("/Environment", json!({"PLAYERS": "7"}), "Environment.TABLE"),
            (
                "/Environment",
                json!({"TABLE": "t", "PLAYERS": "7", "HINT": "x"}),
                "Environment.HINT",
            ),
            (
                "/Environment",
                json!({"TABLE": "t", "PLAYERS": "7", "MINE": "x"}),
                "Environment.MINE",
            ),
        ] {
            let mut other = settings();
            *other.pointer_mut(pointer).expect("a setting") = value;
            assert_eq!(changed(other), [name], "{pointer}");
        }
    }

    /// What only CloudFormation knows, and what the template leaves to Lambda.
    #[test]
    fn what_the_template_does_not_say_may_be_anything() {
        for (pointer, value) in [
            ("/Role", json!("arn:other")),
            ("/Environment/TABLE", json!("t-2")),
            ("/Description", json!("mine")),
            ("/Layers", json!(["arn:layer"])),
            ("/ReservedConcurrentExecutions", json!(0)),
        ] {
            let mut other = settings();
            *other.pointer_mut(pointer).expect("a setting") = value;
            assert_eq!(changed(other), [""; 0], "{pointer}");
        }
    }
}
