//! A resource as its service has it now, to see what was changed outside CloudFormation.

use serde_json::Value;

/// What a service says of a resource.
#[derive(Clone, Debug, PartialEq)]
pub enum Live {
    Deleted,
    /// The properties that the template sets, with their present values where those can be read.
    Is(Value),
    /// The type cannot be checked.
    Unknown,
}

impl Live {
    /// As `expected`, if it is there: for types of which nothing else is read.
    pub fn existing(exists: bool, expected: &Value) -> Self {
        if exists {
            Self::Is(expected.clone())
        } else {
            Self::Deleted
        }
    }
}

/// `expected` with the values in `found`. Only what the template sets is compared.
///
/// Source: CloudFormation user guide, "Detect unmanaged configuration changes to stacks and resources
/// with drift detection".
pub fn overlaid(expected: &Value, found: &Value) -> Value {
    match (expected, found) {
        (Value::Object(expected), Value::Object(found)) => {
            let entries = expected.iter().map(|(key, value)| {
                let live = found.get(key).map(|found| overlaid(value, found));
                (key.clone(), live.unwrap_or_else(|| value.clone()))
            });
            Value::Object(entries.collect())
        }
        (_, found) => found.clone(),
    }
}

/// The paths, such as `/LoggingConfig/LogGroup`, at which the two differ, with both values.
pub fn differences(expected: &Value, actual: &Value) -> Vec<(String, Value, Value)> {
    let mut found = Vec::new();
    compare(String::new(), expected, actual, &mut found);
    found
}

fn compare(
    path: String,
    expected: &Value,
    actual: &Value,
    found: &mut Vec<(String, Value, Value)>,
) {
    if let (Value::Object(expected), Value::Object(actual)) = (expected, actual) {
        let keys: std::collections::BTreeSet<&String> =
            expected.keys().chain(actual.keys()).collect();
        for key in keys {
            let value =
                |of: &serde_json::Map<String, Value>| of.get(key).cloned().unwrap_or_default();
            compare(
                format!("{path}/{key}"),
                &value(expected),
                &value(actual),
                found,
            );
        }
    } else if expected != actual {
        found.push((path, expected.clone(), actual.clone()));
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn only_what_the_template_sets_is_compared() {
        let expected = json!({ "A": 1, "B": { "C": "x" }, "D": [1] });
        let found = json!({ "A": 2, "B": { "C": "y", "E": 1 }, "F": 1 });
        let live = overlaid(&expected, &found);
        assert_eq!(live, json!({ "A": 2, "B": { "C": "y" }, "D": [1] }));
        let paths: Vec<String> = differences(&expected, &live)
            .into_iter()
            .map(|(path, _, _)| path)
            .collect();
        assert_eq!(paths, ["/A", "/B/C"]);
        assert_eq!(differences(&expected, &expected), []);
    }
}
