//! From parameters as they came over the wire to an operation's own type.

use std::str::FromStr;

use serde::de::{DeserializeOwned, Error};
use serde::{Deserialize, Deserializer};
use serde_json::Value;

use super::Protocol;
use crate::fault::Fault;

/// The parameters as `T`; what is missing or of the wrong type is named.
pub fn read<T: DeserializeOwned>(parameters: Value, protocol: Protocol) -> Result<T, Fault> {
    let scalars = scalars(&parameters);
    serde_json::from_value(parameters).map_err(|error| {
        let message = explained(&error.to_string(), &scalars);
        Fault::invalid(protocol.validation_code(), message)
    })
}

/// The short texts and the numbers among the parameters, by name.
fn scalars(parameters: &Value) -> Vec<(String, String)> {
    const LONGEST: usize = 40;
    let members = parameters.as_object().into_iter().flatten();
    let scalars = members.filter_map(|(name, value)| match value {
        Value::String(text) if text.len() <= LONGEST => Some((name.clone(), text.clone())),
        Value::Number(number) => Some((name.clone(), number.to_string())),
        _ => None,
    });
    scalars.collect()
}

/// The library's message in plain words, with the name of the parameter that it is about.
fn explained(message: &str, scalars: &[(String, String)]) -> String {
    const NUMBERS: [&str; 7] = ["u16", "u32", "u64", "usize", "i32", "i64", "f64"];
    let is_about = |text: &str| {
        // As the library quotes texts and numbers.
        ["`", "\""]
            .iter()
            .any(|quote| message.contains(&format!("{quote}{text}{quote}")))
    };
    let named = scalars.iter().find(|(_, text)| is_about(text));
    let mut message = message.to_owned();
    for number in NUMBERS {
        message = message.replace(
            &format!("expected {number}"),
            "expected a number that is allowed here",
        );
    }
    match named {
        Some((name, _)) => format!("{name}: {message}"),
        None => message,
    }
}

/// For an optional number or flag, which the query protocol sends as text. Use it with
/// `#[serde(default, deserialize_with = "lenient")]`.
pub fn lenient<'de, T, D>(deserializer: D) -> Result<Option<T>, D::Error>
where
    T: FromStr + DeserializeOwned,
    D: Deserializer<'de>,
{
    match Value::deserialize(deserializer)? {
        Value::Null => Ok(None),
        Value::String(text) if text.is_empty() => Ok(None),
        Value::String(text) => match text.parse() {
            Ok(parsed) => Ok(Some(parsed)),
            Err(_) => {
                let expected = match std::any::type_name::<T>() {
                    "bool" => "true or false",
                    _ => "a number that is allowed here",
                };
                Err(D::Error::custom(format!(
                    "invalid value: `{text}`, expected {expected}"
                )))
            }
        },
        value => serde_json::from_value(value)
            .map(Some)
            .map_err(D::Error::custom),
    }
}

/// For a list, which the query protocol sends as an empty text when it is empty. Use it with
/// `#[serde(default, deserialize_with = "list")]`.
pub fn list<'de, T, D>(deserializer: D) -> Result<Vec<T>, D::Error>
where
    T: DeserializeOwned,
    D: Deserializer<'de>,
{
    match Value::deserialize(deserializer)? {
        Value::Null => Ok(Vec::new()),
        Value::String(text) if text.is_empty() => Ok(Vec::new()),
        value => serde_json::from_value(value).map_err(D::Error::custom),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[derive(Debug, Deserialize, PartialEq)]
    struct Parameters {
        #[serde(default, deserialize_with = "lenient")]
        flag: Option<bool>,
        #[serde(default, deserialize_with = "lenient")]
        number: Option<u32>,
        #[serde(default, deserialize_with = "list")]
        names: Vec<String>,
    }

    #[test]
    fn text_is_read_as_number_flag_or_list() {
        let query = Protocol::Query { namespace: "" };
        let parameters: Parameters =
            read(json!({ "flag": "true", "names": "" }), query).expect("read");
        let expected = Parameters {
            flag: Some(true),
            number: None,
            names: vec![],
        };
        assert_eq!(parameters, expected);
        let wrong = read::<Parameters>(json!({ "flag": "maybe" }), query).expect_err("no flag");
        assert_eq!(wrong.code, "ValidationError");
        assert_eq!(
            wrong.message,
            "flag: invalid value: `maybe`, expected true or false"
        );
        for (number, named) in [
            (json!("99999999999"), "`99999999999`"),
            (json!("x"), "`x`"),
            (json!(99_999_999_999_u64), "`99999999999`"),
            (json!(-1), "`-1`"),
        ] {
            let wrong = read::<Parameters>(json!({ "Name": "a", "number": number }), query);
            let wrong = wrong.expect_err("it is none").message;
            let (begin, end) = (
                "number: invalid value: ",
                ", expected a number that is allowed here",
            );
            assert!(wrong.starts_with(begin) && wrong.ends_with(end), "{wrong}");
            assert!(wrong.contains(named), "{wrong}");
        }
    }
}
