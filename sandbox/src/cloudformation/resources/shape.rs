//! The shapes of properties: their names and types, and what a change of one means. Templates are loose
//! about types (`"7"` for a number, `"true"` for a flag); the services are not.

use serde_json::{Map, Value, json};

/// What a value can be.
#[derive(Clone, Copy, Debug)]
pub enum Shape {
    Text,
    Whole,
    Flag,
    /// Anything, passed on as it is, such as a policy document.
    Document,
    /// Texts by name, such as variables.
    Texts,
    List(&'static Shape),
    Object(&'static [Property]),
}

/// What a change of a property means for its resource.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Update {
    InPlace,
    Replace,
}

#[derive(Clone, Copy, Debug)]
pub struct Property {
    pub name: &'static str,
    pub shape: Shape,
    pub required: bool,
    pub update: Update,
}

impl Property {
    pub const fn optional(name: &'static str, shape: Shape) -> Self {
        Self {
            name,
            shape,
            required: false,
            update: Update::InPlace,
        }
    }

    pub const fn required(name: &'static str, shape: Shape) -> Self {
        Self {
            required: true,
            ..Self::optional(name, shape)
        }
    }

    /// A change of it replaces the resource.
    pub const fn replaces(self) -> Self {
        Self {
            update: Update::Replace,
            ..self
        }
    }
}

const TAG: Shape = Shape::Object(&[
    Property::required("Key", Shape::Text),
    Property::required("Value", Shape::Text),
]);
pub const TAGS: Property = Property::optional("Tags", Shape::List(&TAG));

/// Why properties are refused before they are evaluated: what is unknown or missing. Functions are not
/// checked.
pub fn check(known: &[Property], properties: &Value) -> Result<(), String> {
    if is_unevaluated(properties) {
        return Ok(());
    }
    let Value::Object(members) = properties else {
        return Err("Properties must be an object".to_owned());
    };
    for (name, value) in members {
        let Some(property) = known.iter().find(|property| property.name == name) else {
            return Err(format!("Encountered unsupported property {name}"));
        };
        check_value(&property.shape, value).map_err(|why| format!("{why} in {name}"))?;
    }
    match known
        .iter()
        .find(|it| it.required && !members.contains_key(it.name))
    {
        Some(missing) => Err(format!("Property {} cannot be empty.", missing.name)),
        None => Ok(()),
    }
}

fn check_value(shape: &Shape, value: &Value) -> Result<(), String> {
    match (shape, value) {
        (Shape::Object(known), _) => {
            check(known, value).map_err(|why| why.trim_end_matches('.').to_owned())
        }
        (Shape::List(item), Value::Array(items)) => {
            items.iter().try_for_each(|value| check_value(item, value))
        }
        _ => Ok(()),
    }
}

/// Whether it is a function such as `{"Ref": …}` or `{"Fn::…": …}`, whose value is not known yet.
fn is_unevaluated(value: &Value) -> bool {
    let function = |name: &String| name == "Ref" || name.starts_with("Fn::");
    matches!(value, Value::Object(members) if members.len() == 1 && members.keys().all(function))
}

/// Evaluated properties as the services take them.
pub fn read(known: &[Property], properties: &Value) -> Result<Value, String> {
    check(known, properties)?;
    let mut read = Map::new();
    for property in known {
        if let Some(value) = properties.get(property.name) {
            let value = read_value(&property.shape, value)
                .map_err(|why| format!("Value of property {} {why}", property.name))?;
            read.insert(property.name.to_owned(), value);
        }
    }
    Ok(Value::Object(read))
}

/// The error goes on from "Value of property X ".
fn read_value(shape: &Shape, value: &Value) -> Result<Value, String> {
    match (shape, value) {
        (Shape::Document, _) => Ok(value.clone()),
        (Shape::Text, Value::String(_)) => Ok(value.clone()),
        (Shape::Text, Value::Number(_) | Value::Bool(_)) => Ok(json!(value.to_string())),
        (Shape::Text, _) => Err("must be of type String".to_owned()),
        (Shape::Whole, _) => whole(value).ok_or_else(|| "must be of type Integer".to_owned()),
        (Shape::Flag, Value::Bool(_)) => Ok(value.clone()),
        (Shape::Flag, Value::String(text)) if text.eq_ignore_ascii_case("true") => Ok(json!(true)),
        (Shape::Flag, Value::String(text)) if text.eq_ignore_ascii_case("false") => {
            Ok(json!(false))
        }
        (Shape::Flag, _) => Err("must be of type Boolean".to_owned()),
        (Shape::Texts, Value::Object(members)) => members
            .iter()
            .map(|(name, value)| Ok((name.clone(), read_value(&Shape::Text, value)?)))
            .collect::<Result<Map<_, _>, _>>()
            .map(Value::Object),
        (Shape::List(item), Value::Array(items)) => {
            items.iter().map(|value| read_value(item, value)).collect()
        }
        (Shape::List(_), _) => Err("must be of type List".to_owned()),
        (Shape::Object(known), Value::Object(_)) => {
            read(known, value).map_err(|why| format!("is not valid: {why}"))
        }
        (Shape::Texts | Shape::Object(_), _) => Err("must be an object".to_owned()),
    }
}

fn whole(value: &Value) -> Option<Value> {
    match value {
        Value::Number(number) if number.is_i64() || number.is_u64() => Some(value.clone()),
        Value::Number(number) => number
            .as_f64()
            .filter(|it| it.fract() == 0.0 && it.abs() < 1e15)
            .map(|it| json!(it as i64)),
        Value::String(text) => text.trim().parse::<i64>().ok().map(|it| json!(it)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const RULE: Shape = Shape::Object(&[
        Property::required("Days", Shape::Whole),
        Property::optional("Enabled", Shape::Flag),
    ]);
    const KNOWN: &[Property] = &[
        Property::required("Name", Shape::Text).replaces(),
        Property::optional("Rules", Shape::List(&RULE)),
        Property::optional("Variables", Shape::Texts),
    ];

    #[test]
    fn what_is_unknown_or_missing_is_named() {
        let refused = |properties| check(KNOWN, &properties).expect_err("it is refused");
        let unknown = json!({ "Name": "a", "Nmae": "b" });
        assert_eq!(refused(unknown), "Encountered unsupported property Nmae");
        assert_eq!(refused(json!({})), "Property Name cannot be empty.");
        let nested = json!({ "Name": "a", "Rules": [{ "Days": 1 }, { "Dys": 1 }] });
        assert_eq!(
            refused(nested),
            "Encountered unsupported property Dys in Rules"
        );
    }

    #[test]
    fn what_is_not_evaluated_yet_is_passed_over() {
        let properties = json!({ "Name": { "Ref": "A" }, "Rules": [{ "Fn::If": ["A", 1, 2] }] });
        assert_eq!(check(KNOWN, &properties), Ok(()));
        assert_eq!(check(KNOWN, &json!({ "Fn::If": [] })), Ok(()));
    }

    #[test]
    fn values_are_read_for_what_they_say() {
        let loose = json!({ "Name": 7, "Rules": [{ "Days": "30", "Enabled": "true" }],
            "Variables": { "A": 1, "B": true } });
        let strict = json!({ "Name": "7", "Rules": [{ "Days": 30, "Enabled": true }],
            "Variables": { "A": "1", "B": "true" } });
        assert_eq!(read(KNOWN, &loose), Ok(strict));
        let wrong = json!({ "Name": "a", "Rules": "none" });
        let refused = read(KNOWN, &wrong).expect_err("it is no list");
        assert_eq!(refused, "Value of property Rules must be of type List");
    }

    #[test]
    fn a_value_of_each_shape_is_taken_in_its_forms_and_no_others() {
        let large = json!(u64::MAX);
        for (shape, value, expected) in [
            (Shape::Text, json!("a"), Some(json!("a"))),
            (Shape::Text, json!(1.5), Some(json!("1.5"))),
            (Shape::Text, json!(true), Some(json!("true"))),
            (Shape::Text, json!(null), None),
            (Shape::Text, json!(["a"]), None),
            (Shape::Whole, json!(7), Some(json!(7))),
            (Shape::Whole, json!(-7), Some(json!(-7))),
            (Shape::Whole, large.clone(), Some(large)),
            (Shape::Whole, json!(7.0), Some(json!(7))),
            (
                Shape::Whole,
                json!(1e14),
                Some(json!(100_000_000_000_000_i64)),
            ),
            (Shape::Whole, json!(7.5), None),
            (Shape::Whole, json!(1e15), None),
            (Shape::Whole, json!(" 7 "), Some(json!(7))),
            (Shape::Whole, json!("7.0"), None),
            (Shape::Whole, json!(true), None),
            (Shape::Flag, json!(false), Some(json!(false))),
            (Shape::Flag, json!("TRUE"), Some(json!(true))),
            (Shape::Flag, json!("False"), Some(json!(false))),
            (Shape::Flag, json!("yes"), None),
            (Shape::Flag, json!(1), None),
            (Shape::Texts, json!({ "a": 1 }), Some(json!({ "a": "1" }))),
            (Shape::Texts, json!({ "a": [] }), None),
            (Shape::Texts, json!([]), None),
            (Shape::List(&Shape::Whole), json!(["1"]), Some(json!([1]))),
            (Shape::List(&Shape::Whole), json!(["a"]), None),
            (Shape::List(&Shape::Whole), json!({}), None),
            (Shape::Document, json!([1, "a"]), Some(json!([1, "a"]))),
            (RULE, json!({ "Days": "1" }), Some(json!({ "Days": 1 }))),
            (RULE, json!({ "Days": [] }), None),
            (RULE, json!("a"), None),
        ] {
            let read = read_value(&shape, &value);
            assert_eq!(read.ok(), expected, "{shape:?} {value}");
        }
    }

    #[test]
    fn only_a_single_call_is_not_evaluated_yet() {
        for (value, expected) in [
            (json!({ "Ref": "A" }), true),
            (json!({ "Fn::Sub": "a" }), true),
            (json!({ "Fn::Sub": "a", "Ref": "A" }), false),
            (json!({ "Reference": "A" }), false),
            (json!({}), false),
            (json!("Ref"), false),
        ] {
            assert_eq!(is_unevaluated(&value), expected, "{value}");
        }
    }
}
