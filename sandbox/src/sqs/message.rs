//! What is stored of messages.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use super::backlog::{Entry, Handling, Sequence};
use super::message_attributes::MessageAttributes;
use super::names;
use crate::store::Record;

/// A message as it was accepted, which does not change until it is moved to a dead-letter queue.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
pub struct Message {
    pub id: String,
    pub body: String,
    pub attributes: MessageAttributes,
    /// `AWSTraceHeader`.
    pub trace: Option<String>,
    /// The id of who sent it.
    pub sender: String,
    /// In milliseconds since 1970, as all times here.
    pub sent_at: i64,
    /// When it can be received first.
    pub visible_at: i64,
    pub group: Option<String>,
    pub deduplication_id: Option<String>,
    /// The ARN of the queue that moved it here.
    pub moved_from: Option<String>,
}

impl Record for Message {
    const KIND: &'static str = "sqs.message";
}

/// What has been done with a message, under the message's key. A message that was never received has none.
impl Record for Handling {
    const KIND: &'static str = "sqs.handling";
}

/// That a FIFO queue has accepted a message, also after that was deleted.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq, Serialize)]
pub struct Accepted {
    pub message_id: String,
    pub sequence: Sequence,
    /// When it is forgotten.
    pub until: i64,
}

impl Record for Accepted {
    const KIND: &'static str = "sqs.accepted";
}

/// Begins the keys of all that belongs to a queue. No name has a slash.
pub fn prefix(queue: &str) -> String {
    format!("{queue}/")
}

/// Sorted by sequence.
pub fn key(queue: &str, sequence: Sequence) -> String {
    format!("{}{sequence:020}", prefix(queue))
}

/// Queue and sequence of a key.
pub fn parse_key(key: &str) -> Option<(&str, Sequence)> {
    let (queue, sequence) = key.split_once('/')?;
    Some((queue, sequence.parse().ok()?))
}

/// `SequenceNumber`: 20 digits, as on AWS.
pub fn sequence_number(sequence: Sequence) -> String {
    format!("1{sequence:019}")
}

impl Message {
    pub fn entry(&self, queue: &str, handling: Option<Handling>) -> Entry {
        let is_fifo = queue.ends_with(names::FIFO);
        Entry {
            sent_at: self.sent_at,
            group: self.group.clone().filter(|_| is_fifo),
            handling: handling.unwrap_or(Handling {
                visible_at: self.visible_at,
                ..Handling::default()
            }),
        }
    }

    /// All attributes that SQS gives the message.
    pub fn system_attributes(
        &self,
        queue: &str,
        sequence: Sequence,
        handling: &Handling,
    ) -> BTreeMap<&'static str, String> {
        let is_fifo = queue.ends_with(names::FIFO);
        let mut attributes = BTreeMap::from([
            (
                "ApproximateFirstReceiveTimestamp",
                handling.first_received_at.to_string(),
            ),
            ("ApproximateReceiveCount", handling.receives.to_string()),
            ("SenderId", self.sender.clone()),
            ("SentTimestamp", self.sent_at.to_string()),
        ]);
        for (name, value) in [
            ("AWSTraceHeader", &self.trace),
            ("DeadLetterQueueSourceArn", &self.moved_from),
            ("MessageDeduplicationId", &self.deduplication_id),
            ("MessageGroupId", &self.group),
        ] {
            attributes.extend(value.clone().map(|value| (name, value)));
        }
        if is_fifo {
            attributes.insert("SequenceNumber", sequence_number(sequence));
        }
        attributes
    }
}

/// Which attributes a receive request asks for.
#[derive(Clone, Debug, Default)]
pub struct Wanted {
    pub system: Vec<String>,
    pub own: Vec<String>,
}

impl Wanted {
    pub fn all() -> Self {
        Self {
            system: vec!["All".to_owned()],
            own: vec!["All".to_owned()],
        }
    }

    fn has_system(&self, name: &str) -> bool {
        let mut wanted = self.system.iter();
        wanted.any(|wanted| wanted == "All" || wanted == name)
    }

    /// A name that ends with `.*` means all that begin so.
    fn has_own(&self, name: &str) -> bool {
        self.own
            .iter()
            .any(|wanted| match wanted.strip_suffix(".*") {
                Some(begin) => name.starts_with(begin),
                None => wanted == "All" || wanted == name,
            })
    }
}

/// A message that was received, as ReceiveMessage returns it.
pub fn received(
    message: &Message,
    queue: &str,
    sequence: Sequence,
    handling: &Handling,
    wanted: &Wanted,
) -> Value {
    let mut answer = json!({
        "MessageId": message.id,
        "ReceiptHandle": super::receipt::written(queue, sequence, handling.receipt),
        "MD5OfBody": super::message_attributes::md5(message.body.as_bytes()),
        "Body": message.body,
    });
    let system = message.system_attributes(queue, sequence, handling);
    let system = system.into_iter();
    let system: Map<String, Value> = system
        .filter(|(name, _)| wanted.has_system(name))
        .map(|(name, value)| (name.to_owned(), value.into()))
        .collect();
    if !system.is_empty() {
        answer["Attributes"] = Value::Object(system);
    }
    let own = message.attributes.only(|name| wanted.has_own(name));
    if !own.is_empty() {
        answer["MD5OfMessageAttributes"] = own.md5().into();
        answer["MessageAttributes"] = json!(own);
    }
    answer
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_in_the_order_of_sequences() {
        assert!(key("q", 9) < key("q", 10));
        assert_eq!(parse_key(&key("q.fifo", 10)), Some(("q.fifo", 10)));
        assert_eq!(
            sequence_number(1_700_000_000_000_000_000),
            "11700000000000000000"
        );
    }

    #[test]
    fn names_of_attributes_may_end_with_anything() {
        let wanted = |names: &[&str]| Wanted {
            system: Vec::new(),
            own: names.iter().map(|name| (*name).to_owned()).collect(),
        };
        for (names, name, is_wanted) in [
            (&["All"][..], "a.b", true),
            (&[".*"], "a.b", true),
            (&["a.*"], "a.b", true),
            (&["b.*"], "a.b", false),
            (&["b", "a.b"], "a.b", true),
            (&[], "a.b", false),
        ] {
            assert_eq!(wanted(names).has_own(name), is_wanted, "{names:?}");
        }
    }
}
