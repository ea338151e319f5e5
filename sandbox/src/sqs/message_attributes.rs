//! The attributes that a sender gives a message, and the digests by which clients check them.
//!
//! Source: "Amazon SQS message metadata" and "Calculating the MD5 message digest for message attributes" in
//! SQS's developer guide.

use std::collections::BTreeMap;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use md5::{Digest, Md5};
use serde::{Deserialize, Serialize};

use super::fault::{invalid, unsupported};
use crate::fault::Fault;
use crate::store;

/// Source: "Amazon SQS message quotas".
const MOST: usize = 10;
const LONGEST_NAME: usize = 256;
const LONGEST_TYPE: usize = 256;

#[derive(Clone, Debug, Default, Deserialize, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct MessageAttributes(BTreeMap<String, MessageAttribute>);

#[derive(Clone, Debug, Deserialize, PartialEq, Eq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct MessageAttribute {
    #[serde(default)]
    pub data_type: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub string_value: Option<String>,
    /// In Base64.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub binary_value: Option<String>,
    #[serde(default, skip_serializing)]
    string_list_values: Vec<String>,
    #[serde(default, skip_serializing)]
    binary_list_values: Vec<String>,
}

/// In hexadecimal digits, as all digests here.
pub fn md5(bytes: &[u8]) -> String {
    store::hex(&Md5::digest(bytes))
}

impl MessageAttributes {
    pub fn of(attributes: impl Iterator<Item = (String, MessageAttribute)>) -> Self {
        Self(attributes.collect())
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub fn iter(&self) -> impl Iterator<Item = (&String, &MessageAttribute)> {
        self.0.iter()
    }

    pub fn get(&self, name: &str) -> Option<&MessageAttribute> {
        self.0.get(name)
    }

    /// Those with these names.
    pub fn only(&self, is_wanted: impl Fn(&str) -> bool) -> Self {
        let wanted = self.0.iter().filter(|(name, _)| is_wanted(name));
        Self(
            wanted
                .map(|(name, it)| (name.clone(), it.clone()))
                .collect(),
        )
    }

    /// What they count towards the size of their message, in bytes.
    pub fn size(&self) -> usize {
        let sizes = self.0.iter().map(|(name, attribute)| {
            let value = attribute.value().map_or(0, |value| value.len());
            name.len() + attribute.data_type.len() + value
        });
        sizes.sum()
    }

    /// Refuses what no message can have. Senders are told of it for `what`: message attributes, or those of
    /// SQS itself.
    pub fn check(&self, what: &str) -> Result<(), Fault> {
        if self.0.len() > MOST {
            return Err(invalid(format!(
                "Number of message attributes [{}] exceeds the allowed maximum [{MOST}].",
                self.0.len()
            )));
        }
        for (name, attribute) in &self.0 {
            if !is_name(name) {
                return Err(invalid(format!(
                    "The {what} name '{name}' is invalid: it can have up to {LONGEST_NAME} letters, digits, \
                     '_', '-' and '.', no '.' at its ends or twice in a row, and it cannot begin with AWS. \
                     or Amazon.",
                )));
            }
            attribute.check(name, what)?;
        }
        Ok(())
    }

    pub fn md5(&self) -> String {
        let mut digest = Md5::new();
        for (name, attribute) in &self.0 {
            add(&mut digest, name.as_bytes());
            add(&mut digest, attribute.data_type.as_bytes());
            digest.update([if attribute.is_binary() { 2 } else { 1 }]);
            add(&mut digest, &attribute.value().unwrap_or_default());
        }
        store::hex(&digest.finalize())
    }
}

fn add(digest: &mut Md5, bytes: &[u8]) {
    // Longer ones are refused.
    let length = u32::try_from(bytes.len()).unwrap_or(u32::MAX);
    digest.update(length.to_be_bytes());
    digest.update(bytes);
}

fn is_name(name: &str) -> bool {
    let is_letter = |c: char| c.is_ascii_alphanumeric() || "_-.".contains(c);
    let lower = name.to_ascii_lowercase();
    (1..=LONGEST_NAME).contains(&name.len())
        && name.chars().all(is_letter)
        && !name.starts_with('.')
        && !name.ends_with('.')
        && !name.contains("..")
        && !["aws.", "amazon."]
            .iter()
            .any(|begin| lower.starts_with(begin))
}

impl MessageAttribute {
    /// A binary value is given in Base64.
    pub fn new(data_type: &str, value: String) -> Self {
        let mut attribute = Self {
            data_type: data_type.to_owned(),
            string_value: None,
            binary_value: None,
            string_list_values: Vec::new(),
            binary_list_values: Vec::new(),
        };
        let place = match attribute.is_binary() {
            true => &mut attribute.binary_value,
            false => &mut attribute.string_value,
        };
        *place = Some(value);
        attribute
    }

    /// The type without a label after the dot.
    fn logical_type(&self) -> &str {
        let data_type = self.data_type.as_str();
        data_type.split('.').next().unwrap_or(data_type)
    }

    pub fn is_binary(&self) -> bool {
        self.logical_type() == "Binary"
    }

    /// As it is in digests and sizes. `None` where there is none of the type.
    fn value(&self) -> Option<Vec<u8>> {
        if self.is_binary() {
            BASE64_STANDARD.decode(self.binary_value.as_ref()?).ok()
        } else {
            self.string_value.clone().map(String::into_bytes)
        }
    }

    fn check(&self, name: &str, what: &str) -> Result<(), Fault> {
        let refused = |reason: &str| Err(invalid(format!("The {what} '{name}' {reason}")));
        if !self.string_list_values.is_empty() || !self.binary_list_values.is_empty() {
            return Err(unsupported(
                "Message attribute list values in SendMessage operation are not supported.",
            ));
        }
        let known = ["Binary", "Number", "String"].contains(&self.logical_type());
        if !known || self.data_type.len() > LONGEST_TYPE || self.data_type.ends_with('.') {
            return refused(
                "has an invalid message attribute type, the set of supported type prefixes is Binary, \
                 Number, and String.",
            );
        }
        let value = self.value().filter(|value| !value.is_empty());
        let Some(value) = value else {
            return refused(&format!(
                "must contain a non-empty message attribute value for message attribute type '{}'.",
                self.data_type
            ));
        };
        let text = String::from_utf8_lossy(&value);
        if self.logical_type() == "Number" && text.parse::<f64>().is_err() {
            return refused("has a value that is not a number.");
        }
        if !self.is_binary() && !text.chars().all(is_in_message) {
            return refused("has a value with characters outside the allowed set.");
        }
        Ok(())
    }
}

/// Source: the documentation of SendMessage.
pub fn is_in_message(c: char) -> bool {
    matches!(c, '\t' | '\n' | '\r' | ' '..='\u{d7ff}' | '\u{e000}'..='\u{fffd}' | '\u{10000}'..)
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn attributes(value: Value) -> MessageAttributes {
        serde_json::from_value(value).expect("attributes")
    }

    #[test]
    fn digests_are_those_that_clients_calculate() {
        assert_eq!(md5(b"hello"), "5d41402abc4b2a76b9719d911017c592");
        let own = attributes(json!({
            "b": { "DataType": "Binary", "BinaryValue": "AQI=" },
            "a": { "DataType": "Number.int", "StringValue": "7" },
        }));
        let part = |part: &[u8]| [&[0, 0, 0, part.len() as u8], part].concat();
        let bytes = [
            part(b"a"),
            part(b"Number.int"),
            vec![1],
            part(b"7"),
            part(b"b"),
            part(b"Binary"),
            vec![2],
            part(&[1, 2]),
        ];
        assert_eq!(own.md5(), md5(&bytes.concat()));
        assert_eq!(own.size(), 1 + 10 + 1 + 1 + 6 + 2);
    }

    #[test]
    fn what_no_message_can_have_is_refused() {
        let text = |value: &str| json!({ "DataType": "String", "StringValue": value });
        for (name, attribute, reason) in [
            ("a b", text("v"), "name 'a b'"),
            ("AWS.a", text("v"), "AWS."),
            (".a", text("v"), "name '.a'"),
            (
                "a",
                json!({ "DataType": "Text", "StringValue": "v" }),
                "type prefixes",
            ),
            ("a", json!({ "StringValue": "v" }), "type prefixes"),
            ("a", text(""), "non-empty"),
            (
                "a",
                json!({ "DataType": "Binary", "StringValue": "v" }),
                "non-empty",
            ),
            (
                "a",
                json!({ "DataType": "Binary", "BinaryValue": "?" }),
                "non-empty",
            ),
            (
                "a",
                json!({ "DataType": "Number", "StringValue": "v" }),
                "not a number",
            ),
            ("a", text("\u{0}"), "characters outside"),
            (
                "a",
                json!({ "DataType": "String", "StringListValues": ["v"] }),
                "list values",
            ),
        ] {
            let checked = attributes(json!({ name: attribute })).check("message attribute");
            let refused = checked.expect_err(reason);
            assert!(refused.message.contains(reason), "{refused}");
        }
        let many: serde_json::Map<String, Value> =
            (0..11).map(|name| (name.to_string(), text("v"))).collect();
        let refused = attributes(Value::Object(many)).check("message attribute");
        assert!(refused.expect_err("too many").message.contains("[11]"));
        let right = attributes(
            json!({ "a.b": text("v"), "n": { "DataType": "Number", "StringValue": "-1.5e3" } }),
        );
        assert_eq!(right.check("message attribute"), Ok(()));
    }
}
