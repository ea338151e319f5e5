//! The intrinsic functions: which there are, and what they are called with.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use super::sub::{Piece, pieces};

/// A call as in the template; its arguments are not evaluated.
#[derive(Clone, Debug)]
pub enum Intrinsic<'a> {
    Ref(&'a str),
    GetAtt {
        resource: &'a str,
        attribute: Attribute<'a>,
    },
    Sub {
        pieces: Vec<Piece<'a>>,
        variables: Option<&'a Map<String, Value>>,
    },
    Join {
        delimiter: &'a str,
        list: &'a Value,
    },
    Split {
        delimiter: &'a str,
        text: &'a Value,
    },
    Select {
        index: &'a Value,
        list: &'a Value,
    },
    If {
        condition: &'a str,
        then: &'a Value,
        otherwise: &'a Value,
    },
    FindInMap {
        keys: [&'a Value; 3],
        default: Option<&'a Value>,
    },
    Base64(&'a Value),
    GetAzs(&'a Value),
    ImportValue(&'a Value),
    ToJsonString(&'a Value),
    Length(&'a Value),
    Equals(&'a Value, &'a Value),
    And(&'a [Value]),
    Or(&'a [Value]),
    Not(&'a Value),
    /// `{"Condition": "Name"}`: a call among conditions, and data anywhere else.
    Condition(&'a str),
}

#[derive(Clone, Copy, Debug)]
pub enum Attribute<'a> {
    Name(&'a str),
    /// A `Ref` to a parameter, say.
    Computed(&'a Value),
}

const SUPPORTED: &str = "Fn::And, Fn::Base64, Fn::Equals, Fn::FindInMap, Fn::GetAZs, Fn::GetAtt, \
                         Fn::If, Fn::ImportValue, Fn::Join, Fn::Length, Fn::Not, Fn::Or, Fn::Select, \
                         Fn::Split, Fn::Sub, Fn::ToJsonString, Ref";

impl<'a> Intrinsic<'a> {
    /// The call that `value` is, if it is one and not just data.
    pub fn read(value: &'a Value) -> Result<Option<Self>, String> {
        let Some(object) = value.as_object() else {
            return Ok(None);
        };
        let mut entries = object.iter();
        let Some((name, argument)) = entries.next() else {
            return Ok(None);
        };
        if entries.next().is_none() {
            return match name.as_str() {
                "Ref" => reference(argument).map(Some),
                "Condition" => Ok(argument.as_str().map(Self::Condition)),
                function if function.starts_with("Fn::") => call(function, argument).map(Some),
                _ => Ok(None),
            };
        }
        match object.keys().find(|key| key.starts_with("Fn::")) {
            Some(function) => Err(format!(
                "Template error: an object with {function} can have no other key"
            )),
            None => Ok(None),
        }
    }

    /// The arguments that may hold further calls. With `conditions`, only the branch of an `Fn::If`
    /// that they take.
    pub fn arguments(&self, conditions: Option<&BTreeMap<String, bool>>) -> Vec<&'a Value> {
        match self {
            Self::Ref(_) | Self::Condition(_) => Vec::new(),
            Self::GetAtt { attribute, .. } => match attribute {
                Attribute::Name(_) => Vec::new(),
                Attribute::Computed(value) => vec![value],
            },
            Self::Sub { variables, .. } => {
                variables.map_or_else(Vec::new, |variables| variables.values().collect())
            }
            Self::Join { list: value, .. }
            | Self::Split { text: value, .. }
            | Self::Base64(value)
            | Self::GetAzs(value)
            | Self::ImportValue(value)
            | Self::ToJsonString(value)
            | Self::Length(value)
            | Self::Not(value) => vec![value],
            Self::Select { index, list } => vec![index, list],
            Self::If {
                condition,
                then,
                otherwise,
            } => match conditions.and_then(|known| known.get(*condition)) {
                Some(true) => vec![then],
                Some(false) => vec![otherwise],
                None => vec![then, otherwise],
            },
            Self::FindInMap { keys, default } => keys.iter().copied().chain(*default).collect(),
            Self::Equals(left, right) => vec![left, right],
            Self::And(operands) | Self::Or(operands) => operands.iter().collect(),
        }
    }
}

fn reference(argument: &Value) -> Result<Intrinsic<'_>, String> {
    match argument.as_str() {
        Some(name) if !name.is_empty() => Ok(Intrinsic::Ref(name)),
        _ => Err("Template error: every Ref object must have a single String value.".to_owned()),
    }
}

fn call<'a>(function: &str, argument: &'a Value) -> Result<Intrinsic<'a>, String> {
    match function {
        "Fn::GetAtt" => get_att(argument),
        "Fn::Sub" => sub(argument),
        "Fn::Join" => match list(argument) {
            [
                Value::String(delimiter),
                list @ (Value::Array(_) | Value::Object(_)),
            ] => Ok(Intrinsic::Join { delimiter, list }),
            _ => Err(
                "Template error: every Fn::Join object requires two parameters, (1) a string \
                 delimiter and (2) a list of strings to be joined or a function that returns a \
                 list of strings (such as Fn::GetAZs) to be joined."
                    .to_owned(),
            ),
        },
        "Fn::Split" => match list(argument) {
            [Value::String(delimiter), text] if !delimiter.is_empty() => {
                Ok(Intrinsic::Split { delimiter, text })
            }
            _ => Err(
                "Template error: every Fn::Split object requires two parameters, (1) a string \
                 delimiter and (2) a string to be split or a function that returns a string to be \
                 split."
                    .to_owned(),
            ),
        },
        "Fn::Select" => match list(argument) {
            [index, list] => Ok(Intrinsic::Select { index, list }),
            _ => Err(
                "Template error: Fn::Select requires a list argument with two elements: an \
                      integer index and a list"
                    .to_owned(),
            ),
        },
        "Fn::If" => conditional(argument),
        "Fn::FindInMap" => find_in_map(argument),
        "Fn::Base64" => Ok(Intrinsic::Base64(argument)),
        "Fn::GetAZs" => Ok(Intrinsic::GetAzs(argument)),
        "Fn::ImportValue" => Ok(Intrinsic::ImportValue(argument)),
        "Fn::ToJsonString" => Ok(Intrinsic::ToJsonString(argument)),
        "Fn::Length" => Ok(Intrinsic::Length(argument)),
        "Fn::Equals" | "Fn::And" | "Fn::Or" | "Fn::Not" => logical(function, argument),
        _ => Err(format!(
            "Template error: Encountered unsupported function: {function} Supported functions \
             are: [{SUPPORTED}]"
        )),
    }
}

fn list(argument: &Value) -> &[Value] {
    argument.as_array().map_or(&[], Vec::as_slice)
}

fn get_att(argument: &Value) -> Result<Intrinsic<'_>, String> {
    let (resource, attribute) = match (argument, list(argument)) {
        (Value::String(path), _) => {
            let (resource, attribute) = path.split_once('.').unwrap_or_default();
            (resource, Attribute::Name(attribute))
        }
        (_, [Value::String(resource), Value::String(attribute)]) => {
            (resource.as_str(), Attribute::Name(attribute))
        }
        (_, [Value::String(resource), attribute @ Value::Object(_)]) => {
            (resource.as_str(), Attribute::Computed(attribute))
        }
        _ => ("", Attribute::Name("")),
    };
    if resource.is_empty() || matches!(attribute, Attribute::Name("")) {
        return Err(
            "Template error: every Fn::GetAtt object requires two non-empty parameters, the \
             resource name and the resource attribute"
                .to_owned(),
        );
    }
    Ok(Intrinsic::GetAtt {
        resource,
        attribute,
    })
}

fn sub(argument: &Value) -> Result<Intrinsic<'_>, String> {
    let (text, variables) = match (argument, list(argument)) {
        (Value::String(text), _) | (_, [Value::String(text)]) => (text, None),
        (_, [Value::String(text), Value::Object(variables)]) => (text, Some(variables)),
        _ => {
            return Err(
                "Template error: One or more Fn::Sub intrinsic functions don't specify expected \
                 arguments. Specify a string as first argument, and an optional second argument \
                 to specify a mapping of values to replace in the string"
                    .to_owned(),
            );
        }
    };
    Ok(Intrinsic::Sub {
        pieces: pieces(text)?,
        variables,
    })
}

fn conditional(argument: &Value) -> Result<Intrinsic<'_>, String> {
    match list(argument) {
        [Value::String(condition), then, otherwise] => Ok(Intrinsic::If {
            condition,
            then,
            otherwise,
        }),
        [_, _, _] => Err(
            "Template error: Fn::If requires a list argument with the first element being a \
             condition"
                .to_owned(),
        ),
        _ => Err("Template error: Fn::If requires a list argument with three elements".to_owned()),
    }
}

fn find_in_map(argument: &Value) -> Result<Intrinsic<'_>, String> {
    let wrong = || {
        "Template error: every Fn::FindInMap object requires three parameters, the map name, map \
         key and the attribute for return value"
            .to_owned()
    };
    let (keys, default) = match list(argument) {
        [map, top, second] => ([map, top, second], None),
        [map, top, second, Value::Object(options)] if options.len() == 1 => {
            let default = options.get("DefaultValue").ok_or_else(wrong)?;
            ([map, top, second], Some(default))
        }
        _ => return Err(wrong()),
    };
    if keys.iter().any(|key| key.is_array() || key.is_null()) {
        return Err(wrong());
    }
    Ok(Intrinsic::FindInMap { keys, default })
}

fn logical<'a>(function: &str, argument: &'a Value) -> Result<Intrinsic<'a>, String> {
    let operands = list(argument);
    match (function, operands) {
        ("Fn::Equals", [left, right]) => Ok(Intrinsic::Equals(left, right)),
        ("Fn::Equals", _) => {
            Err("Template error: every Fn::Equals object requires a list of 2 string parameters.".to_owned())
        }
        ("Fn::Not", [operand]) => Ok(Intrinsic::Not(operand)),
        ("Fn::Not", _) => Err(
            "Template error: every Fn::Not object requires a list with exactly 1 boolean parameter."
                .to_owned(),
        ),
        _ if !(2..=10).contains(&operands.len()) => Err(format!(
            "Template error: every {function} object requires a list of at least 2 and at most 10 \
             boolean parameters."
        )),
        ("Fn::And", _) => Ok(Intrinsic::And(operands)),
        _ => Ok(Intrinsic::Or(operands)),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn data_is_no_call() {
        for data in [
            json!("Ref"),
            json!({}),
            json!({"Ref": "a", "b": 1}),
            json!({"Condition": {"Bool": {"aws:SecureTransport": "false"}}}),
            json!([{"Ref": "a"}]),
        ] {
            assert!(matches!(Intrinsic::read(&data), Ok(None)), "{data}");
        }
    }

    #[test]
    fn both_forms_of_get_att_are_read() {
        for call in [
            json!({"Fn::GetAtt": "Table.Stream.Arn"}),
            json!({"Fn::GetAtt": ["Table", "Stream.Arn"]}),
        ] {
            let read = Intrinsic::read(&call);
            let Ok(Some(Intrinsic::GetAtt {
                resource: "Table",
                attribute: Attribute::Name("Stream.Arn"),
            })) = read
            else {
                panic!("{read:?}");
            };
        }
    }

    #[test]
    fn wrong_arguments_are_told() {
        for (call, told) in [
            (json!({"Ref": ["a"]}), "every Ref object"),
            (json!({"Fn::GetAtt": "Table"}), "every Fn::GetAtt object"),
            (
                json!({"Fn::GetAtt": ["", "Arn"]}),
                "every Fn::GetAtt object",
            ),
            (json!({"Fn::Sub": ["a", "b"]}), "One or more Fn::Sub"),
            (json!({"Fn::Sub": "${a b}"}), "variable names in Fn::Sub"),
            (json!({"Fn::Join": [",", "a"]}), "every Fn::Join object"),
            (json!({"Fn::Split": ["", "a"]}), "every Fn::Split object"),
            (json!({"Fn::Select": [0]}), "Fn::Select requires"),
            (
                json!({"Fn::If": [{"Ref": "a"}, 1, 2]}),
                "the first element being a condition",
            ),
            (json!({"Fn::If": ["a", 1]}), "three elements"),
            (
                json!({"Fn::FindInMap": ["a", "b"]}),
                "every Fn::FindInMap object",
            ),
            (
                json!({"Fn::FindInMap": ["a", "b", "c", {"Default": 1}]}),
                "every Fn::FindInMap",
            ),
            (json!({"Fn::Equals": ["a"]}), "every Fn::Equals object"),
            (json!({"Fn::Not": []}), "every Fn::Not object"),
            (json!({"Fn::And": [1]}), "every Fn::And object"),
            (json!({"Fn::Or": [1]}), "every Fn::Or object"),
            (json!({"Fn::Nope": 1}), "unsupported function: Fn::Nope"),
            (
                json!({"Fn::Sub": "a", "b": 1}),
                "Fn::Sub can have no other key",
            ),
        ] {
            let error = Intrinsic::read(&call).expect_err(told);
            assert!(
                error.starts_with("Template error: ") && error.contains(told),
                "{error}"
            );
        }
    }

    #[test]
    fn known_conditions_choose_a_branch() {
        let call = json!({"Fn::If": ["Wanted", 1, 2]});
        let intrinsic = Intrinsic::read(&call).expect("a call").expect("one");
        let known = BTreeMap::from([("Wanted".to_owned(), false)]);
        assert_eq!(intrinsic.arguments(None), [&json!(1), &json!(2)]);
        assert_eq!(intrinsic.arguments(Some(&known)), [&json!(2)]);
    }
}
