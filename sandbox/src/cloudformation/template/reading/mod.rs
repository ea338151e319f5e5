//! From the text of a template, YAML or JSON, to a value.
//!
//! JSON has a reader of its own: the YAML parser refuses surrogate pairs (`"\ud83d\ude00"`) and tabs after
//! a colon, and in YAML `1.10` stays a string.
//!
//! Both readers refuse what CloudFormation refuses (a key twice, aliases, more than one document) and
//! say where it is, and neither can be driven into endless depth or size.

mod json;
mod scalar;
mod tag;
mod yaml;

use std::fmt::Display;

use serde_json::Value;

/// How deep a template may nest. The deepest of real ones stay below 30; what walks a template does
/// so by recursion, and has stack for this.
pub const MAX_DEPTH: usize = 64;

/// Reads `body`. JSON is recognised by its first character; what looks like it and isn't may still be
/// YAML in flow style.
pub fn read(body: &str) -> Result<Value, String> {
    let body = body.strip_prefix('\u{feff}').unwrap_or(body);
    if !body.trim_start().starts_with('{') {
        return yaml::read(body);
    }
    json::read(body).or_else(|error| yaml::read(body).map_err(|_| error))
}

/// AWS's words for text in `language` that cannot be read, with what is wrong there.
fn not_well_formed(language: &str, line: usize, column: usize, reason: impl Display) -> String {
    format!(
        "Template format error: {language} not well-formed. (line {line}, column {column}): {reason}"
    )
}

fn too_deep() -> String {
    format!("nested deeper than {MAX_DEPTH} levels")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn json_is_recognised_and_flow_style_is_still_yaml() {
        assert_eq!(
            read(" {\"a\": [1, \"\\u00e9\"]}"),
            Ok(json!({"a": [1, "é"]}))
        );
        assert_eq!(read("{a: !Ref b}"), Ok(json!({"a": {"Ref": "b"}})));
        assert_eq!(read("\u{feff}a: 1"), Ok(json!({"a": 1})));
    }

    #[test]
    fn json_is_read_as_json_where_yaml_differs() {
        for (body, value) in [
            (r#"{"a": "\ud83d\ude00"}"#, json!({ "a": "\u{1f600}" })),
            (r#"{"a": 1.10}"#, json!({ "a": 1.1 })),
            (r#"{"a": 1e3}"#, json!({ "a": 1000.0 })),
            ("{\n\t\"a\":\t1\n}", json!({ "a": 1 })),
        ] {
            let value = Ok(value);
            assert_ne!(yaml::read(body), value, "{body}");
            assert_eq!(read(body), value, "{body}");
        }
    }

    #[test]
    fn broken_json_is_reported_as_json() {
        let error = read("{\"a\": 1,\n  \"b\" 2}").expect_err("broken");
        assert!(
            error.starts_with("Template format error: JSON not well-formed. (line 2, column 7)"),
            "{error}"
        );
    }
}
