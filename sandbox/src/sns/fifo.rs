//! FIFO topics: what they have besides, and how they know a message that they have accepted.
//!
//! Source: "Message ordering and deduplication" in SNS's developer guide.

use rusqlite::Transaction;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::Sns;
use super::fault::invalid;
use super::message::Message;
use super::subscription::prefix;
use super::topic::{Fifo, Topic};
use crate::delivery::Order;
use crate::fault::Fault;
use crate::store::{self, Index, Record};

/// A topic accepts a message once in this time, in milliseconds.
const DEDUPLICATION: i64 = 5 * 60 * 1000;
/// Of `MessageGroupId` and `MessageDeduplicationId`, in characters.
const LONGEST_ID: usize = 128;
/// Those that are too old are forgotten in parts.
const FORGOTTEN_AT_ONCE: usize = 50;

/// A message that a topic has accepted.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct Accepted {
    pub message_id: String,
    pub number: u64,
    /// In milliseconds since 1970.
    until: i64,
}

const BY_TIME: Index<Accepted> = Index::new("until", |accepted| vec![sortable(accepted.until)]);

impl Record for Accepted {
    const KIND: &'static str = "sns.accepted";
    const INDEXES: &'static [Index<Self>] = &[BY_TIME];
}

fn sortable(time: i64) -> String {
    format!("{time:020}")
}

/// The place of a message among those of a topic.
#[derive(Debug)]
pub enum Place {
    /// The topic has no order.
    Any,
    InOrder(Order),
    /// The topic has accepted the same message before.
    Taken(Accepted),
}

/// What tells a message from others.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Ids {
    group: String,
    deduplication: String,
}

impl Accepted {
    fn counts(&self, now: i64) -> bool {
        now < self.until
    }
}

/// As `SequenceNumber` shows it.
pub fn sequence_number(number: u64) -> String {
    format!("1{number:019}")
}

/// The key of the record that says that the topic has accepted a message.
fn accepted_key(topic: &str, fifo: &Fifo, ids: &Ids) -> String {
    let group = if fifo.in_groups { &*ids.group } else { "" };
    let Ids { deduplication, .. } = ids;
    format!("{}{}:{group}{deduplication}", prefix(topic), group.len())
}

impl Fifo {
    fn ids(&self, message: &Message) -> Result<Ids, Fault> {
        let Some(group) = &message.group else {
            return Err(invalid(
                "The MessageGroupId parameter is required for FIFO topics",
            ));
        };
        let deduplication = match (&message.deduplication_id, self.by_contents) {
            (Some(id), _) => id.clone(),
            (None, true) => store::hex(&Sha256::digest(message.given())),
            (None, false) => {
                return Err(invalid(
                    "The topic should either have ContentBasedDeduplication enabled or \
                     MessageDeduplicationId provided explicitly",
                ));
            }
        };
        check_id("MessageGroupId", group)?;
        check_id("MessageDeduplicationId", &deduplication)?;
        Ok(Ids {
            group: group.clone(),
            deduplication,
        })
    }
}

fn check_id(parameter: &str, id: &str) -> Result<(), Fault> {
    let is_plain = id.chars().all(|c| c.is_ascii_graphic());
    match is_plain && (1..=LONGEST_ID).contains(&id.len()) {
        true => Ok(()),
        false => Err(invalid(format!(
            "{parameter} Reason: it can only include alphanumeric and punctuation characters, 1 to {LONGEST_ID} of \
             them"
        ))),
    }
}

fn refuse_ids(message: &Message) -> Result<(), Fault> {
    if message.deduplication_id.is_some() {
        return Err(invalid(
            "MessageDeduplicationId Reason: The request includes MessageDeduplicationId parameter that is not \
             valid for this topic type",
        ));
    }
    match message.group {
        Some(_) => Err(invalid(
            "MessageGroupId Reason: the sandbox takes it for FIFO topics only",
        )),
        None => Ok(()),
    }
}

impl Sns {
    /// Gives a message of a FIFO topic its place, unless the topic has accepted the same a moment ago.
    pub fn place(
        &self,
        transaction: &Transaction,
        topic: &mut Topic,
        message: &Message,
    ) -> Result<Place, Fault> {
        let name = &topic.name;
        let Some(fifo) = &mut topic.fifo else {
            return refuse_ids(message).map(|()| Place::Any);
        };
        let now = self.clock.now();
        let ids = fifo.ids(message)?;
        let key = accepted_key(name, fifo, &ids);
        let before = self.accepted.get_in(transaction, &key)?;
        if let Some(before) = before.filter(|before| before.counts(now)) {
            return Ok(Place::Taken(before));
        }
        fifo.accepted += 1;
        let accepted = Accepted {
            message_id: message.id.clone(),
            number: fifo.accepted,
            until: now + DEDUPLICATION,
        };
        self.accepted.put_in(transaction, &key, &accepted)?;
        Ok(Place::InOrder(Order {
            group: ids.group,
            deduplication_id: ids.deduplication,
            number: accepted.number,
        }))
    }

    /// The keys of some of the messages that are too old to be known.
    pub fn too_old(&self) -> Result<Vec<String>, Fault> {
        let now = self.clock.now();
        let oldest = self
            .accepted
            .page_by(&BY_TIME, "", None, FORGOTTEN_AT_ONCE, |_| true)?;
        let too_old = oldest.items.into_iter().filter(|(_, it)| !it.counts(now));
        Ok(too_old.map(|(key, _)| key).collect())
    }
}
