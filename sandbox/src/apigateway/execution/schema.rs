//! JSON Schema, draft 4, as far as models are written in it. Keywords that are not known say nothing.

use serde_json::Value;

/// How deep references may lead into each other.
const DEEPEST: usize = 64;

/// Why the value is none that the schema describes. `models` are the API's, for references to
/// `https://apigateway.amazonaws.com/restapis/API/models/NAME`.
pub fn check(
    schema: &Value,
    value: &Value,
    models: &dyn Fn(&str) -> Option<Value>,
) -> Result<(), String> {
    let checker = Checker { models };
    checker.check(schema, schema, value, "", DEEPEST)
}

struct Checker<'a> {
    models: &'a dyn Fn(&str) -> Option<Value>,
}

impl Checker<'_> {
    fn check(
        &self,
        root: &Value,
        schema: &Value,
        value: &Value,
        at: &str,
        depth: usize,
    ) -> Result<(), String> {
        let depth = depth
            .checked_sub(1)
            .ok_or("the schema refers to itself without end")?;
        if let Some(reference) = schema["$ref"].as_str() {
            return self.check_reference(root, reference, value, at, depth);
        }
        check_type(&schema["type"], value, at)?;
        if let Some(allowed) = schema["enum"].as_array()
            && !allowed.contains(value)
        {
            return Err(format!("{}: instance value not found in enum", shown(at)));
        }
        check_limits(schema, value, at)?;
        let of =
            |schema: &Value, value: &Value, at: &str| self.check(root, schema, value, at, depth);
        if let Value::Object(members) = value {
            check_members(schema, members, at, &of)?;
        }
        if let (Value::Array(items), Some(schema)) = (value, schema.get("items")) {
            for (index, item) in items.iter().enumerate() {
                let schema = schema.get(index).unwrap_or(schema);
                of(schema, item, &format!("{at}/{index}"))?;
            }
        }
        let fits = |schema: &&Value| of(schema, value, at).is_ok();
        let list = |name: &str| schema[name].as_array().map(Vec::as_slice);
        for schema in list("allOf").unwrap_or_default() {
            of(schema, value, at)?;
        }
        if list("anyOf").is_some_and(|any| !any.iter().any(|it| fits(&it))) {
            return Err(format!("{}: instance matches none of anyOf", shown(at)));
        }
        if list("oneOf").is_some_and(|one| one.iter().filter(fits).count() != 1) {
            return Err(format!(
                "{}: instance matches not exactly one of oneOf",
                shown(at)
            ));
        }
        if schema.get("not").is_some_and(|it| fits(&it)) {
            return Err(format!("{}: instance matches what it must not", shown(at)));
        }
        Ok(())
    }

    fn check_reference(
        &self,
        root: &Value,
        reference: &str,
        value: &Value,
        at: &str,
        depth: usize,
    ) -> Result<(), String> {
        if let Some(pointer) = reference.strip_prefix('#') {
            let schema = root.pointer(pointer);
            let schema = schema.ok_or_else(|| format!("the schema has no {reference}"))?;
            return self.check(root, schema, value, at, depth);
        }
        let name = reference.rsplit_once("/models/").map(|(_, name)| name);
        let model = name.and_then(|name| (self.models)(name));
        let model = model.ok_or_else(|| format!("there is no model {reference}"))?;
        self.check(&model, &model, value, at, depth)
    }
}

type Check<'a> = &'a dyn Fn(&Value, &Value, &str) -> Result<(), String>;

fn check_members(
    schema: &Value,
    members: &serde_json::Map<String, Value>,
    at: &str,
    of: Check,
) -> Result<(), String> {
    let required = schema["required"].as_array().into_iter().flatten();
    let mut required = required.filter_map(Value::as_str);
    if let Some(missing) = required.find(|name| !members.contains_key(*name)) {
        return Err(format!(
            "{}: object has missing required properties ([\"{missing}\"])",
            shown(at)
        ));
    }
    let known = schema["properties"].as_object();
    for (name, value) in members {
        let at = format!("{at}/{name}");
        match known.and_then(|known| known.get(name)) {
            Some(schema) => of(schema, value, &at)?,
            None => match &schema["additionalProperties"] {
                Value::Bool(false) => {
                    return Err(format!(
                        "object instance has properties which are not allowed by the schema: \
                         [\"{name}\"]"
                    ));
                }
                additional @ Value::Object(_) => of(additional, value, &at)?,
                _ => {}
            },
        }
    }
    Ok(())
}

fn check_type(expected: &Value, value: &Value, at: &str) -> Result<(), String> {
    let is_of = |name: &str| match name {
        "object" => value.is_object(),
        "array" => value.is_array(),
        "string" => value.is_string(),
        "boolean" => value.is_boolean(),
        "null" => value.is_null(),
        "number" => value.is_number(),
        "integer" => value.as_f64().is_some_and(|number| number.fract() == 0.0),
        _ => true,
    };
    let fits = match expected {
        Value::String(name) => is_of(name),
        Value::Array(names) => names.iter().filter_map(Value::as_str).any(is_of),
        _ => true,
    };
    if fits {
        return Ok(());
    }
    Err(format!(
        "{}: instance type does not match {expected}",
        shown(at)
    ))
}

fn check_limits(schema: &Value, value: &Value, at: &str) -> Result<(), String> {
    let (least, most, size) = match value {
        Value::String(text) => ("minLength", "maxLength", text.chars().count() as f64),
        Value::Array(items) => ("minItems", "maxItems", items.len() as f64),
        Value::Object(members) => ("minProperties", "maxProperties", members.len() as f64),
        Value::Number(number) => ("minimum", "maximum", number.as_f64().unwrap_or_default()),
        _ => return Ok(()),
    };
    let limit = |name: &str| schema[name].as_f64();
    let excludes = |name: &str| schema[name] == true;
    if limit(least).is_some_and(|it| size < it || (size == it && excludes("exclusiveMinimum"))) {
        return Err(format!("{}: {least} is {}", shown(at), schema[least]));
    }
    if limit(most).is_some_and(|it| size > it || (size == it && excludes("exclusiveMaximum"))) {
        return Err(format!("{}: {most} is {}", shown(at), schema[most]));
    }
    if let (Value::String(text), Some(pattern)) = (value, schema["pattern"].as_str()) {
        let pattern = regex_lite::Regex::new(pattern);
        if pattern.is_ok_and(|pattern| !pattern.is_match(text)) {
            return Err(format!("{}: pattern is {}", shown(at), schema["pattern"]));
        }
    }
    if let (Value::Array(items), true) = (value, schema["uniqueItems"] == true)
        && items
            .iter()
            .enumerate()
            .any(|(index, item)| items[..index].contains(item))
    {
        return Err(format!("{}: items are not unique", shown(at)));
    }
    Ok(())
}

fn shown(at: &str) -> String {
    if at.is_empty() {
        "/".to_owned()
    } else {
        at.to_owned()
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn fits(schema: &Value, value: &Value) -> bool {
        let models = |name: &str| (name == "Name").then(|| json!({ "type": "string" }));
        check(schema, value, &models).is_ok()
    }

    #[test]
    fn values_are_checked_by_keyword() {
        let model = "https://apigateway.amazonaws.com/restapis/abc/models/Name";
        for (schema, good, wrong) in [
            (json!({ "type": "object" }), json!({}), json!([])),
            (json!({ "type": ["string", "null"] }), json!(null), json!(1)),
            (json!({ "type": "integer" }), json!(2.0), json!(2.5)),
            (json!({ "enum": ["a", 1] }), json!(1), json!("b")),
            (
                json!({ "required": ["a"] }),
                json!({ "a": null }),
                json!({ "b": 1 }),
            ),
            (
                json!({ "properties": { "a": { "type": "string" } } }),
                json!({ "a": "", "b": 1 }),
                json!({ "a": 1 }),
            ),
            (
                json!({ "properties": { "a": {} }, "additionalProperties": false }),
                json!({ "a": 1 }),
                json!({ "b": 1 }),
            ),
            (
                json!({ "additionalProperties": { "type": "string" } }),
                json!({ "a": "" }),
                json!({ "a": 1 }),
            ),
            (
                json!({ "items": { "type": "string" } }),
                json!(["a"]),
                json!(["a", 1]),
            ),
            (
                json!({ "minItems": 1, "maxItems": 2 }),
                json!([1]),
                json!([1, 2, 3]),
            ),
            (json!({ "uniqueItems": true }), json!([1, 2]), json!([1, 1])),
            (json!({ "minLength": 2 }), json!("ää"), json!("ä")),
            (json!({ "pattern": "^a+$" }), json!("aa"), json!("ab")),
            (json!({ "minimum": 1 }), json!(1), json!(0)),
            (
                json!({ "maximum": 1, "exclusiveMaximum": true }),
                json!(0),
                json!(1),
            ),
            (
                json!({ "anyOf": [{ "type": "string" }, { "minimum": 3 }] }),
                json!(3),
                json!(2),
            ),
            (
                json!({ "oneOf": [{ "minimum": 1 }, { "minimum": 3 }] }),
                json!(2),
                json!(3),
            ),
            (
                json!({ "allOf": [{ "minimum": 1 }, { "minimum": 3 }] }),
                json!(3),
                json!(2),
            ),
            (json!({ "not": { "type": "string" } }), json!(1), json!("")),
            (
                json!({ "$ref": "#/definitions/a", "definitions": { "a": { "type": "null" } } }),
                json!(null),
                json!(1),
            ),
            (json!({ "$ref": model }), json!("a"), json!(1)),
        ] {
            assert!(fits(&schema, &good), "{schema} {good}");
            assert!(!fits(&schema, &wrong), "{schema} {wrong}");
        }
        assert!(!fits(&json!({ "$ref": "#" }), &json!(1)));
    }
}
