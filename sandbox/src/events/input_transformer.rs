//! Input transformers: a text with `<variables>` in it, which come from the event.
//!
//! In a JSON text, a variable is its value as it is in JSON, and inside quotes its text. One that the event does
//! not have is empty.
//!
//! Source: "Amazon EventBridge input transformation".

use std::collections::BTreeMap;

use serde_json::{Value, json};

/// Values by name; `None` is what the event does not have.
pub type Variables = BTreeMap<String, Option<Value>>;

/// The variables that each template has.
const RESERVED: [&str; 5] = [
    "aws.events.rule-arn",
    "aws.events.rule-name",
    "aws.events.event.ingestion-time",
    "aws.events.event",
    "aws.events.event.json",
];

pub fn reserved(rule: &str, rule_arn: &str, event: &Value) -> Variables {
    let mut without_detail = event.clone();
    if let Some(members) = without_detail.as_object_mut() {
        members.remove("detail");
    }
    let values = [
        json!(rule_arn),
        json!(rule),
        event["time"].clone(),
        without_detail,
        event.clone(),
    ];
    let variables = RESERVED.into_iter().zip(values);
    variables
        .map(|(name, value)| (name.to_owned(), Some(value)))
        .collect()
}

/// The first variable of the template that nothing defines.
pub fn unknown<'a>(template: &'a str, paths: &BTreeMap<String, String>) -> Option<&'a str> {
    let mut rest = template;
    while let Some((name, after)) = next_variable(rest) {
        if !paths.contains_key(name) && !RESERVED.contains(&name) {
            return Some(name);
        }
        rest = after;
    }
    None
}

/// The next name between `<` and `>`, and what follows.
fn next_variable(text: &str) -> Option<(&str, &str)> {
    let (_, begun) = text.split_once('<')?;
    begun.split_once('>')
}

pub fn render(template: &str, variables: &Variables) -> String {
    let (mut rendered, mut rest) = (String::new(), template);
    let (mut is_quoted, mut is_escaped) = (false, false);
    while let Some(next) = rest.chars().next() {
        if next == '<'
            && let Some((name, after)) = next_variable(rest)
            && let Some(value) = variables.get(name)
        {
            rendered.push_str(&written(value.as_ref(), is_quoted));
            rest = after;
            continue;
        }
        if next == '"' && !is_escaped {
            is_quoted = !is_quoted;
        }
        is_escaped = next == '\\' && !is_escaped;
        rendered.push(next);
        rest = &rest[next.len_utf8()..];
    }
    rendered
}

fn written(value: Option<&Value>, is_quoted: bool) -> String {
    let empty = json!("");
    let value = value.unwrap_or(&empty);
    if !is_quoted {
        return value.to_string();
    }
    let text = match value {
        Value::String(text) => text.clone(),
        value => value.to_string(),
    };
    // As it is inside the quotes of JSON.
    let quoted = json!(text).to_string();
    quoted[1..quoted.len() - 1].to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn variables_are_values_or_texts() {
        let event = json!({ "time": "2026-01-01T00:00:00Z", "detail": { "a": 1 } });
        let mut variables = reserved("r", "arn:r", &event);
        for (name, value) in [
            ("text", Some(json!("say \"hi\""))),
            ("number", Some(json!(1.5))),
            ("list", Some(json!(["a", 1]))),
            ("nothing", None),
        ] {
            variables.insert(name.to_owned(), value);
        }
        for (template, expected) in [
            (
                r#"{"a": <text>, "b": <number>}"#,
                r#"{"a": "say \"hi\"", "b": 1.5}"#,
            ),
            (r#""<text> <number> times""#, r#""say \"hi\" 1.5 times""#),
            (
                r#"{"a": <list>, "b": "<list>"}"#,
                r#"{"a": ["a",1], "b": "[\"a\",1]"}"#,
            ),
            (
                r#"{"a": <nothing>, "b": "<nothing>"}"#,
                r#"{"a": "", "b": ""}"#,
            ),
            (r#"{"a\"": <number>}"#, r#"{"a\"": 1.5}"#),
            (
                r#"{"rule": "<aws.events.rule-name>", "at": <aws.events.event.ingestion-time>}"#,
                r#"{"rule": "r", "at": "2026-01-01T00:00:00Z"}"#,
            ),
            ("<aws.events.event>", r#"{"time":"2026-01-01T00:00:00Z"}"#),
            ("1 < 2 > 1", "1 < 2 > 1"),
            ("no variable: <", "no variable: <"),
        ] {
            assert_eq!(render(template, &variables), expected, "{template}");
        }
        let whole: Value = serde_json::from_str(&render("<aws.events.event.json>", &variables))
            .expect("it is JSON");
        assert_eq!(whole, event);
    }

    #[test]
    fn what_nothing_defines_is_named() {
        let paths = BTreeMap::from([("a".to_owned(), "$.a".to_owned())]);
        assert_eq!(unknown("<a> <aws.events.rule-arn>", &paths), None);
        assert_eq!(unknown("<a> <b>", &paths), Some("b"));
    }
}
