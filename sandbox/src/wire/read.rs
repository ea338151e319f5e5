//! From parameters as they came over the wire to an operation's own type.

use std::fmt::Display;
use std::str::FromStr;

use serde::de::{DeserializeOwned, Error};
use serde::{Deserialize, Deserializer};
use serde_json::Value;

use super::Protocol;
use crate::fault::Fault;

/// The parameters as `T`; what is missing or of the wrong type is named.
pub fn read<T: DeserializeOwned>(parameters: Value, protocol: Protocol) -> Result<T, Fault> {
    serde_json::from_value(parameters)
        .map_err(|error| Fault::invalid(protocol.validation_code(), error.to_string()))
}

/// For an optional number or flag, which the query protocol sends as text. Use it with
/// `#[serde(default, deserialize_with = "lenient")]`.
pub fn lenient<'de, T, D>(deserializer: D) -> Result<Option<T>, D::Error>
where
    T: FromStr + DeserializeOwned,
    T::Err: Display,
    D: Deserializer<'de>,
{
    match Value::deserialize(deserializer)? {
        Value::Null => Ok(None),
        Value::String(text) if text.is_empty() => Ok(None),
        Value::String(text) => match text.parse() {
            Ok(parsed) => Ok(Some(parsed)),
            Err(error) => Err(D::Error::custom(format!("`{text}`: {error}"))),
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
            names: vec![],
        };
        assert_eq!(parameters, expected);
        let wrong = read::<Parameters>(json!({ "flag": "maybe" }), query).expect_err("no flag");
        assert_eq!(wrong.code, "ValidationError");
        assert!(wrong.message.contains("`maybe`"), "{wrong}");
    }
}
