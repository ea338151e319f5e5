//! `SendMessage` and `SendMessageBatch`: what a queue accepts.

use serde::Deserialize;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use uuid::Uuid;

use super::backlog::Sequence;
use super::fault::{invalid, invalid_value, missing, other_type};
use super::message::{self, Accepted, Message, prefix, sequence_number};
use super::message_attributes::{MessageAttributes, is_in_message, md5};
use super::queue::{Live, Queue};
use super::settings::{LARGEST, LONGEST_DELAY};
use super::{Sqs, batch, names};
use crate::fault::{Answer, Fault};
use crate::service::WithCaller;
use crate::store;
use crate::wire::{self, lenient};

/// A FIFO queue accepts a message once in this time, in milliseconds.
const DEDUPLICATION: i64 = 5 * 60 * 1000;
/// Of `MessageGroupId` and `MessageDeduplicationId`, in characters.
const LONGEST_ID: usize = 128;
/// The one attribute that senders may give for SQS itself.
const TRACE: &str = "AWSTraceHeader";

/// What somebody sends.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Draft {
    #[serde(default)]
    pub message_body: String,
    #[serde(default)]
    pub message_attributes: MessageAttributes,
    #[serde(default)]
    message_system_attributes: MessageAttributes,
    #[serde(default, deserialize_with = "lenient")]
    delay_seconds: Option<i64>,
    pub message_group_id: Option<String>,
    pub message_deduplication_id: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct SendRequest {
    #[serde(default)]
    queue_url: String,
    #[serde(flatten)]
    draft: Draft,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct SendBatchRequest {
    #[serde(default)]
    queue_url: String,
    #[serde(default, deserialize_with = "wire::list")]
    entries: Vec<SendEntry>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct SendEntry {
    #[serde(default)]
    id: String,
    #[serde(flatten)]
    draft: Draft,
}

/// What a queue has accepted, now or a moment ago.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sent {
    pub id: String,
    pub sequence: Sequence,
}

pub async fn send(sqs: &Sqs, request: WithCaller<SendRequest>) -> Answer {
    let SendRequest { queue_url, draft } = request.parameters;
    let name = names::of_url(&queue_url)?;
    let answer = draft.clone();
    let mut sent = sqs.accept(&name, &request.caller.id, vec![draft])?;
    answer.answer(&name, sent.remove(0)?)
}

pub async fn send_batch(sqs: &Sqs, request: WithCaller<SendBatchRequest>) -> Answer {
    let SendBatchRequest { queue_url, entries } = request.parameters;
    let name = names::of_url(&queue_url)?;
    let ids = entries.iter().map(|entry| entry.id.as_str());
    batch::check("SendMessageBatchRequestEntry", ids)?;
    let size: usize = entries.iter().map(|entry| entry.draft.size()).sum();
    if size > LARGEST as usize {
        let message = format!(
            "Batch requests cannot be longer than {LARGEST} bytes. You have sent {size} bytes."
        );
        return Err(Fault::invalid("BatchRequestTooLong", message));
    }
    let drafts = entries.iter().map(|entry| entry.draft.clone()).collect();
    let sent = sqs.accept(&name, &request.caller.id, drafts)?;
    let results = entries.into_iter().zip(sent);
    let results = results.map(|(entry, sent)| {
        let answer = sent.and_then(|sent| entry.draft.answer(&name, sent));
        (entry.id, answer)
    });
    Ok(batch::answer(results))
}

/// A message that is to be written.
struct Planned {
    sequence: Sequence,
    message: Message,
    accepted: Option<(String, Accepted)>,
}

impl Sqs {
    /// Accepts those of the messages that the queue can have: they are stored when this returns.
    pub fn accept(
        &self,
        name: &str,
        sender: &str,
        drafts: Vec<Draft>,
    ) -> Result<Vec<Result<Sent, Fault>>, Fault> {
        let now = self.clock.now();
        let mut live = self.live();
        let forgotten = live.get(name)?.accepted.expired(now);
        let mut planned: Vec<Planned> = Vec::new();
        let mut results = Vec::new();
        for draft in drafts {
            results.push(plan(&mut live, name, sender, now, draft, &mut planned));
        }
        self.store.write::<_, Fault>(|transaction| {
            for key in &forgotten {
                self.accepted.remove_in(transaction, key)?;
            }
            for Planned {
                sequence,
                message,
                accepted,
            } in &planned
            {
                let key = message::key(name, *sequence);
                self.messages.put_in(transaction, &key, message)?;
                if let Some((key, accepted)) = accepted {
                    self.accepted.put_in(transaction, key, accepted)?;
                }
            }
            Ok(())
        })?;
        let queue = live.get_mut(name)?;
        forgotten.iter().for_each(|key| queue.accepted.remove(key));
        for planned in planned {
            let entry = planned.message.entry(name, None);
            queue.backlog.put(planned.sequence, entry);
            if let Some((key, accepted)) = planned.accepted {
                queue.accepted.insert(key, accepted);
            }
        }
        queue.arrivals.notify_waiters();
        Ok(results)
    }
}

fn plan(
    live: &mut Live,
    name: &str,
    sender: &str,
    now: i64,
    draft: Draft,
    planned: &mut Vec<Planned>,
) -> Result<Sent, Fault> {
    let found = live.get(name)?;
    draft.check(&found.queue)?;
    let deduplication_id = draft.deduplication_id(&found.queue)?;
    let key = deduplication_id
        .as_deref()
        .map(|id| accepted_key(&found.queue, &draft, id));
    let same = |key: &String| {
        let mut planned = planned.iter().filter_map(|it| it.accepted.as_ref());
        let now_too = planned.find(|(other, _)| other == key);
        let now_too = now_too.map(|(_, accepted)| accepted);
        found.accepted.get(key, now).or(now_too).cloned()
    };
    if let Some(accepted) = key.as_ref().and_then(same) {
        return Ok(Sent {
            id: accepted.message_id,
            sequence: accepted.sequence,
        });
    }
    let delay = draft
        .delay_seconds
        .unwrap_or(found.queue.settings.delay.into());
    let sequence = live.next_sequence(now);
    let message = Message {
        id: Uuid::new_v4().to_string(),
        trace: draft.trace(),
        body: draft.message_body,
        attributes: draft.message_attributes,
        sender: sender.to_owned(),
        sent_at: now,
        visible_at: now + delay * 1000,
        group: draft.message_group_id,
        deduplication_id,
        moved_from: None,
    };
    let sent = Sent {
        id: message.id.clone(),
        sequence,
    };
    let accepted = Accepted {
        message_id: message.id.clone(),
        sequence,
        until: now + DEDUPLICATION,
    };
    planned.push(Planned {
        sequence,
        message,
        accepted: key.map(|key| (key, accepted)),
    });
    Ok(sent)
}

/// Of the record that says that the queue, or the group of it, has accepted a message with this id.
fn accepted_key(queue: &Queue, draft: &Draft, id: &str) -> String {
    let group = draft.message_group_id.as_deref();
    let group = group.filter(|_| queue.settings.deduplicates_in_groups);
    let group = group.unwrap_or_default();
    format!("{}{}:{group}{id}", prefix(&queue.name), group.len())
}

impl Draft {
    /// What another service sends.
    pub fn new(body: &str) -> Self {
        Self {
            message_body: body.to_owned(),
            ..Self::default()
        }
    }

    /// In bytes.
    fn size(&self) -> usize {
        self.message_body.len() + self.message_attributes.size()
    }

    fn trace(&self) -> Option<String> {
        self.message_system_attributes
            .get(TRACE)?
            .string_value
            .clone()
    }

    fn check(&self, queue: &Queue) -> Result<(), Fault> {
        if self.message_body.is_empty() {
            return Err(missing("MessageBody"));
        }
        if !self.message_body.chars().all(is_in_message) {
            let message = "Invalid characters found. Valid unicode characters are #x9 | #xA | #xD | #x20 to \
                           #xD7FF | #xE000 to #xFFFD | #x10000 to #x10FFFF";
            return Err(Fault::invalid("InvalidMessageContents", message));
        }
        self.message_attributes.check("message attribute")?;
        let system = &self.message_system_attributes;
        system.check("message system attribute")?;
        let is_trace = |(name, it): (&String, &super::message_attributes::MessageAttribute)| {
            name == TRACE && it.data_type == "String"
        };
        if !system.iter().all(is_trace) {
            return Err(invalid(format!(
                "The only message system attribute that can be sent is {TRACE}, of the type String."
            )));
        }
        let largest = queue.settings.largest_message;
        if self.size() > largest as usize {
            return Err(invalid(format!(
                "One or more parameters are invalid. Reason: Message must be shorter than {largest} bytes."
            )));
        }
        self.check_delay(queue)?;
        self.check_ids(queue)
    }

    fn check_delay(&self, queue: &Queue) -> Result<(), Fault> {
        let Some(delay) = self.delay_seconds else {
            return Ok(());
        };
        if queue.is_fifo() {
            return Err(other_type(delay, "DelaySeconds"));
        }
        if !(0..=i64::from(LONGEST_DELAY)).contains(&delay) {
            let reason = format!("DelaySeconds must be >= 0 and <= {LONGEST_DELAY}.");
            return Err(invalid_value(delay, "DelaySeconds", reason));
        }
        Ok(())
    }

    fn check_ids(&self, queue: &Queue) -> Result<(), Fault> {
        let (group, deduplication) = (&self.message_group_id, &self.message_deduplication_id);
        for (id, parameter) in [
            (group, "MessageGroupId"),
            (deduplication, "MessageDeduplicationId"),
        ] {
            if let Some(id) = id.as_ref().filter(|id| !is_id(id)) {
                let reason = format!(
                    "{parameter} can only include alphanumeric and punctuation characters. 1 to {LONGEST_ID} in \
                     length."
                );
                return Err(invalid_value(id, parameter, reason));
            }
        }
        match (queue.is_fifo(), group, deduplication) {
            (true, None, _) => Err(missing("MessageGroupId")),
            (false, _, Some(id)) => Err(other_type(id, "MessageDeduplicationId")),
            _ => Ok(()),
        }
    }

    fn deduplication_id(&self, queue: &Queue) -> Result<Option<String>, Fault> {
        let given = self.message_deduplication_id.clone();
        if !queue.is_fifo() || given.is_some() {
            return Ok(given);
        }
        if !queue.settings.deduplicates_contents {
            return Err(invalid(
                "The queue should either have ContentBasedDeduplication enabled or MessageDeduplicationId \
                 provided explicitly",
            ));
        }
        Ok(Some(store::hex(&Sha256::digest(&self.message_body))))
    }

    fn answer(&self, queue: &str, sent: Sent) -> Answer {
        let mut answer = json!({
            "MessageId": sent.id,
            "MD5OfMessageBody": md5(self.message_body.as_bytes()),
        });
        let mut set = |name: &str, value: Option<String>| {
            if let Some(value) = value {
                answer[name] = Value::from(value);
            }
        };
        let digest = |of: &MessageAttributes| (!of.is_empty()).then(|| of.md5());
        set("MD5OfMessageAttributes", digest(&self.message_attributes));
        set(
            "MD5OfMessageSystemAttributes",
            digest(&self.message_system_attributes),
        );
        let is_fifo = queue.ends_with(names::FIFO);
        set(
            "SequenceNumber",
            is_fifo.then(|| sequence_number(sent.sequence)),
        );
        Ok(answer)
    }
}

/// Letters, digits and ASCII's punctuation.
fn is_id(id: &str) -> bool {
    (1..=LONGEST_ID).contains(&id.len()) && id.chars().all(|c| c.is_ascii_graphic())
}
