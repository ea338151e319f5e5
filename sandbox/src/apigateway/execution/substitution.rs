//! Texts with variables such as `$context.requestId`: gateway responses and access logs. They are no
//! templates: a variable is replaced by its value, and nothing else is done.

use serde_json::Value;

/// The variables, by the name before the first dot.
pub type Variables<'a> = &'a [(&'a str, &'a Value)];

/// The text with the values in the place of the variables; `missing` where there is none.
pub fn substituted(text: &str, variables: Variables, missing: &str) -> String {
    let mut whole = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('$') {
        whole.push_str(before);
        let (name, unread) = name(after);
        let found = variables.iter().find_map(|(root, value)| {
            let path = name.strip_prefix(root)?;
            match path.strip_prefix('.') {
                Some(path) => Some(at(value, path)),
                None => path.is_empty().then_some(None),
            }
        });
        match found {
            Some(Some(value)) => whole.push_str(&value),
            Some(None) => whole.push_str(missing),
            None => {
                whole.push('$');
                whole.push_str(&after[..after.len() - unread.len()]);
            }
        }
        rest = unread;
    }
    whole.push_str(rest);
    whole
}

/// The name at the begin of the text, and what is after it. A dot at its end is not part of it.
fn name(text: &str) -> (&str, &str) {
    if let Some((name, rest)) = text.strip_prefix('{').and_then(|text| text.split_once('}')) {
        return (name, rest);
    }
    let letter = |c: char| c.is_ascii_alphanumeric() || "_.-".contains(c);
    let end = text.find(|c| !letter(c)).unwrap_or(text.len());
    let name = text[..end].trim_end_matches(['.', '-']);
    (name, &text[name.len()..])
}

/// What is at the path, as text.
pub fn at(value: &Value, path: &str) -> Option<String> {
    let mut found = value;
    for name in path.split('.') {
        found = found.get(name)?;
    }
    match found {
        Value::Null => None,
        Value::String(text) => Some(text.clone()),
        other => Some(other.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn variables_are_replaced_and_nothing_else_is() {
        let context = json!({ "requestId": "r", "status": 200, "identity": { "sourceIp": "1.2" },
            "error": { "messageString": "\"a $context.requestId\"" } });
        let stage = json!({ "color": "blue" });
        let variables = [("context", &context), ("stageVariables", &stage)];
        for (text, expected) in [
            ("", ""),
            ("$context.requestId", "r"),
            (
                r#"{"m":$context.error.messageString}"#,
                r#"{"m":"a $context.requestId"}"#,
            ),
            (
                "$context.identity.sourceIp - [$context.status].",
                "1.2 - [200].",
            ),
            (
                "${stageVariables.color}s $stageVariables.other.",
                "blues -.",
            ),
            ("$input.body $5 $ $", "$input.body $5 $ $"),
            ("$contextual.x", "$contextual.x"),
        ] {
            assert_eq!(substituted(text, &variables, "-"), expected, "{text}");
        }
    }
}
