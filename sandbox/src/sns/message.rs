//! A message that is published: checked, with a text for each protocol.

use std::collections::BTreeMap;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use serde::Deserialize;
use serde_json::{Map, Number, Value};
use uuid::Uuid;

use super::fault::{invalid, invalid_value};
use super::service_notification::ServiceNotification;
use super::subscription::Protocol;
use crate::event_pattern::{self, FilterPolicy};
use crate::fault::Fault;

/// Of a message with its attributes, and of all messages of a batch, in bytes.
///
/// Source: the documentation of Publish.
pub const LONGEST: usize = 256 << 10;
/// In characters. Source: there, `Subject`.
const LONGEST_SUBJECT: usize = 99;
/// In characters. Source: "Amazon SNS message attributes".
const LONGEST_NAME: usize = 256;

/// The members of a message in the requests of Publish and PublishBatch.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct MessageRequest {
    #[serde(default)]
    message: String,
    subject: Option<String>,
    message_structure: Option<String>,
    message_attributes: Option<BTreeMap<String, AttributeValue>>,
    message_group_id: Option<String>,
    message_deduplication_id: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct AttributeValue {
    data_type: Option<String>,
    string_value: Option<String>,
    binary_value: Option<String>,
}

#[derive(Debug)]
pub struct Message {
    pub id: String,
    pub subject: Option<String>,
    /// For the protocols without one of their own.
    text: String,
    by_protocol: Map<String, Value>,
    pub attributes: BTreeMap<String, Attribute>,
    /// Of FIFO topics.
    pub group: Option<String>,
    pub deduplication_id: Option<String>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attribute {
    pub data_type: String,
    /// In Base64 if it is binary.
    pub value: String,
}

impl MessageRequest {
    /// In bytes, as the limits count.
    pub fn size(&self) -> usize {
        let attributes = self.message_attributes.iter().flatten();
        let attributes = attributes.map(|(name, attribute)| {
            let texts = [
                &attribute.data_type,
                &attribute.string_value,
                &attribute.binary_value,
            ];
            let texts = texts.into_iter().flatten();
            name.len() + texts.map(String::len).sum::<usize>()
        });
        self.message.len() + attributes.sum::<usize>()
    }
}

impl Message {
    pub fn read(request: MessageRequest) -> Result<Self, Fault> {
        if request.message.is_empty() {
            return Err(invalid("Empty message"));
        }
        if request.size() > LONGEST {
            return Err(invalid("Message too long"));
        }
        let subject = request.subject;
        if subject.as_deref().is_some_and(|text| !is_subject(text)) {
            return Err(invalid("Subject"));
        }
        let (text, by_protocol) = match request.message_structure.as_deref() {
            Some("json") => structured(&request.message)?,
            _ => (request.message, Map::new()),
        };
        let attributes = request.message_attributes.unwrap_or_default();
        let attributes = attributes.into_iter().map(|(name, value)| {
            let attribute = attribute(&name, value)?;
            Ok((name, attribute))
        });
        Ok(Self {
            id: Uuid::new_v4().to_string(),
            subject,
            text,
            by_protocol,
            attributes: attributes.collect::<Result<_, Fault>>()?,
            group: request.message_group_id,
            deduplication_id: request.message_deduplication_id,
        })
    }

    /// A message that a service publishes, if it could be a client's.
    pub fn of_service(message: ServiceNotification) -> Result<Self, Fault> {
        if message.text.is_empty() {
            return Err(invalid("Empty message"));
        }
        let attributes = message.attributes.iter();
        let attributes = attributes.map(|it| it.name.len() + it.data_type.len() + it.value.len());
        if message.text.len() + attributes.sum::<usize>() > LONGEST {
            return Err(invalid("Message too long"));
        }
        let attributes = message.attributes.into_iter().map(|it| {
            let attribute = Attribute {
                data_type: it.data_type,
                value: it.value,
            };
            (it.name, attribute)
        });
        Ok(Self {
            id: Uuid::new_v4().to_string(),
            subject: message.subject,
            text: message.text,
            by_protocol: Map::new(),
            attributes: attributes.collect(),
            group: None,
            deduplication_id: None,
        })
    }

    /// The message as it was published: what all texts are made of.
    pub fn given(&self) -> String {
        match self.by_protocol.is_empty() {
            true => self.text.clone(),
            false => Value::Object(self.by_protocol.clone()).to_string(),
        }
    }

    pub fn text_for(&self, protocol: Protocol) -> &str {
        let own = self.by_protocol.get(protocol.name());
        own.and_then(Value::as_str).unwrap_or(&self.text)
    }

    /// Whether it comes to subscribers with this policy, over this protocol.
    pub fn passes(&self, policy: &FilterPolicy, protocol: Protocol) -> bool {
        let attributes = self.attributes.iter().map(|(name, attribute)| {
            let attribute = event_pattern::Attribute {
                data_type: &attribute.data_type,
                text: &attribute.value,
            };
            (name.as_str(), attribute)
        });
        policy.takes(&attributes.collect(), self.text_for(protocol))
    }
}

/// Source: the documentation of Publish, `Subject`.
fn is_subject(text: &str) -> bool {
    let begins = text.starts_with(|c: char| c.is_ascii_graphic());
    let is_plain = text.chars().all(|c| !c.is_control() && c.is_ascii());
    begins && is_plain && text.len() <= LONGEST_SUBJECT
}

/// The text for all protocols and those for some, of a message with `MessageStructure=json`.
fn structured(message: &str) -> Result<(String, Map<String, Value>), Fault> {
    let Ok(Value::Object(texts)) = serde_json::from_str(message) else {
        return Err(invalid(
            "Message Structure - JSON message body failed to parse",
        ));
    };
    match texts.get("default") {
        Some(Value::String(text)) => Ok((text.clone(), texts)),
        _ => Err(invalid(
            "Message Structure - No default entry in JSON message body",
        )),
    }
}

fn attribute(name: &str, given: AttributeValue) -> Result<Attribute, Fault> {
    check_name(name)?;
    let data_type = given.data_type.unwrap_or_default();
    if data_type.is_empty() {
        return Err(invalid_value(format!(
            "The message attribute '{name}' must contain non-empty message attribute type."
        )));
    }
    let kind = data_type.split('.').next().unwrap_or_default();
    let value = match kind {
        "String" | "Number" => given.string_value,
        "Binary" => given.binary_value,
        _ => {
            return Err(invalid_value(format!(
                "The message attribute '{name}' has an invalid message attribute type, the set of \
                 supported type prefixes is Binary, Number, and String."
            )));
        }
    };
    let Some(value) = value.filter(|value| !value.is_empty()) else {
        return Err(invalid_value(format!(
            "The message attribute '{name}' must contain non-empty message attribute value for message \
             attribute type '{data_type}'."
        )));
    };
    let is_right = match kind {
        "Number" => value.trim().parse::<Number>().is_ok(),
        "Binary" => BASE64_STANDARD.decode(&value).is_ok(),
        _ => true,
    };
    if !is_right {
        return Err(invalid_value(format!(
            "Could not cast message attribute '{name}' value to {}.",
            kind.to_lowercase()
        )));
    }
    Ok(Attribute { data_type, value })
}

/// Source: "Amazon SNS message attributes".
fn check_name(name: &str) -> Result<(), Fault> {
    let allowed = |c: char| c.is_ascii_alphanumeric() || "_-.".contains(c);
    let is_plain = name.chars().all(allowed) && !name.contains("..");
    let lower = name.to_ascii_lowercase();
    let is_free = !["aws.", "amazon."]
        .iter()
        .any(|begin| lower.starts_with(begin));
    let is_framed = !name.starts_with('.') && !name.ends_with('.');
    if (1..=LONGEST_NAME).contains(&name.len()) && is_plain && is_free && is_framed {
        return Ok(());
    }
    Err(invalid_value(format!(
        "Invalid message attribute name: '{name}'. It must have 1 to {LONGEST_NAME} characters, letters, \
         digits, _, - and single dots inside, and not begin with AWS. or Amazon."
    )))
}

#[cfg(test)]
#[path = "message_tests.rs"]
mod tests;
