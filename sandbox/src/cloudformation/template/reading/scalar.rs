//! What a plain YAML scalar means. CloudFormation reads YAML 1.1: `yes` and `off` are booleans.
//!
//! A number is taken for one only when it would be written the same way again. Whatever else has
//! digits (an account id with leading zeros, a version like `1.10`, a date) keeps its spelling and
//! stays a string.

use serde_json::{Number, Value};

pub fn resolve(text: &str) -> Value {
    match text {
        "" | "~" | "null" | "Null" | "NULL" => Value::Null,
        "true" | "True" | "TRUE" | "yes" | "Yes" | "YES" | "on" | "On" | "ON" => true.into(),
        "false" | "False" | "FALSE" | "no" | "No" | "NO" | "off" | "Off" | "OFF" => false.into(),
        _ => match number(text) {
            Some(number) if number.to_string() == text => Value::Number(number),
            _ => text.into(),
        },
    }
}

fn number(text: &str) -> Option<Number> {
    if !text.starts_with(|first: char| first == '-' || first.is_ascii_digit()) {
        return None;
    }
    let whole = text.parse::<i64>().map(Number::from);
    let whole = whole.or_else(|_| text.parse::<u64>().map(Number::from));
    whole
        .ok()
        .or_else(|| text.parse().ok().and_then(Number::from_f64))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn scalars_have_the_types_of_yaml_1_1() {
        for (text, value) in [
            ("", json!(null)),
            ("~", json!(null)),
            ("yes", json!(true)),
            ("Off", json!(false)),
            ("true", json!(true)),
            ("0", json!(0)),
            ("-17", json!(-17)),
            ("18446744073709551615", json!(u64::MAX)),
            ("0.5", json!(0.5)),
        ] {
            assert_eq!(resolve(text), value, "{text}");
        }
    }

    #[test]
    fn what_a_number_would_change_stays_a_string() {
        for text in [
            "2010-09-09",
            "000123456789",
            "0755",
            "1.10",
            "1e3",
            "+1",
            "-0",
            "0x1F",
            "1_000",
            "99999999999999999999999",
            "nan",
            ".inf",
            "-",
            "y",
            "yEs",
            "1.2.3",
        ] {
            assert_eq!(resolve(text), json!(text));
        }
    }
}
