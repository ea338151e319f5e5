//! `Publish` and `PublishBatch`.

use std::collections::BTreeSet;

use rusqlite::Transaction;
use serde::Deserialize;
use serde_json::{Value, json};
use uuid::Uuid;

use super::Sns;
use super::confirmation::State;
use super::fault::{invalid, no_topic, too_many_deliveries};
use super::fifo::{Place, sequence_number};
use super::message::{LONGEST, Message, MessageRequest};
use super::names::{FIFO, topic_name};
use super::subscription::{Protocol, Subscription, prefix};
use super::topic::Topic;
use crate::delivery::{Delivery, Order, Pause, RetryPolicy};
use crate::event_pattern::FilterPolicy;
use crate::fault::{Answer, Fault};
use crate::wire;

/// Source: the documentation of PublishBatch.
const LARGEST_BATCH: usize = 10;
const LONGEST_ID: usize = 80;
/// How often and how long SNS tries functions and queues.
///
/// Source: "Amazon SNS message delivery retries": 100,015 times, over 23 days.
const RETRIES: RetryPolicy = RetryPolicy {
    max_retries: 100_015,
    max_age_seconds: 23 * 24 * 60 * 60,
    pause: Pause::AfterFunction,
};

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct PublishRequest {
    topic_arn: Option<String>,
    target_arn: Option<String>,
    #[serde(flatten)]
    message: MessageRequest,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct PublishBatchRequest {
    topic_arn: String,
    #[serde(default, deserialize_with = "wire::list")]
    publish_batch_request_entries: Vec<Entry>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Entry {
    id: String,
    #[serde(flatten)]
    message: MessageRequest,
}

pub async fn publish(sns: &Sns, request: PublishRequest) -> Answer {
    let (parameter, arn) = match (&request.topic_arn, &request.target_arn) {
        (Some(arn), None) => ("TopicArn", arn),
        (None, Some(arn)) => ("TargetArn", arn),
        (None, None) => {
            return Err(invalid(
                "TopicArn or TargetArn Reason: no value for required parameter",
            ));
        }
        (Some(_), Some(_)) => {
            return Err(invalid(
                "TopicArn Reason: Both TopicArn and TargetArn specified in the same request",
            ));
        }
    };
    let name = topic_name(parameter, arn)?;
    sns.topic(name)?;
    let mut published = sns.send(name, &[Message::read(request.message)?])?;
    Ok(published.remove(0))
}

/// Publishes the entries that are right, and names the others.
pub async fn publish_batch(sns: &Sns, request: PublishBatchRequest) -> Answer {
    let name = topic_name("TopicArn", &request.topic_arn)?;
    sns.topic(name)?;
    let entries = request.publish_batch_request_entries;
    check_batch(&entries)?;
    let (mut messages, mut ids, mut failed) = (Vec::new(), Vec::new(), Vec::new());
    for entry in entries {
        match Message::read(entry.message) {
            Ok(message) => {
                ids.push(entry.id);
                messages.push(message);
            }
            Err(Fault { code, message, .. }) => failed.push(json!({
                "Id": entry.id, "Code": code, "Message": message, "SenderFault": true,
            })),
        }
    }
    let published = sns.send(name, &messages)?.into_iter().zip(ids);
    let successful = published.map(|(mut published, id)| {
        published["Id"] = json!(id);
        published
    });
    let successful: Vec<Value> = successful.collect();
    Ok(json!({ "Successful": successful, "Failed": failed }))
}

fn check_batch(entries: &[Entry]) -> Result<(), Fault> {
    let refused = |code: &str, message: &str| Err(Fault::invalid(code, message));
    if entries.is_empty() {
        return refused(
            "EmptyBatchRequest",
            "The batch request doesn't contain any entries.",
        );
    }
    if entries.len() > LARGEST_BATCH {
        return refused(
            "TooManyEntriesInBatchRequest",
            "The batch request contains more entries than permissible.",
        );
    }
    let allowed = |c: char| c.is_ascii_alphanumeric() || "_-".contains(c);
    let is_id = |id: &str| (1..=LONGEST_ID).contains(&id.len()) && id.chars().all(allowed);
    if !entries.iter().all(|entry| is_id(&entry.id)) {
        return refused(
            "InvalidBatchEntryId",
            "The Id of a batch entry in a batch request doesn't abide by the specification.",
        );
    }
    let ids: BTreeSet<&str> = entries.iter().map(|entry| entry.id.as_str()).collect();
    if ids.len() < entries.len() {
        return refused(
            "BatchEntryIdsNotDistinct",
            "Two or more batch entries in the request have the same Id.",
        );
    }
    if entries
        .iter()
        .map(|entry| entry.message.size())
        .sum::<usize>()
        > LONGEST
    {
        return refused(
            "BatchRequestTooLong",
            "The length of all the batch messages put together is more than the limit.",
        );
    }
    Ok(())
}

impl Sns {
    /// Takes the messages on for all subscriptions that they pass to: all of this, or nothing. Returns the answer for
    /// each. A FIFO topic does not take one again that it has accepted a moment ago.
    pub fn send(&self, topic: &str, messages: &[Message]) -> Result<Vec<Value>, Fault> {
        let forgotten = match topic.ends_with(FIFO) {
            true => self.too_old()?,
            false => Vec::new(),
        };
        self.deliveries
            .accept_from(too_many_deliveries, |transaction| {
                for key in &forgotten {
                    self.accepted.remove_in(transaction, key)?;
                }
                let topic = self.topics.get_in(transaction, topic)?;
                let mut topic = topic.ok_or_else(no_topic)?;
                let sent = self.sent(transaction, &mut topic, messages)?;
                if topic.fifo.is_some() {
                    self.topics.put_in(transaction, &topic.name, &topic)?;
                }
                Ok(sent)
            })
    }

    /// The answers and the deliveries.
    fn sent(
        &self,
        transaction: &Transaction,
        topic: &mut Topic,
        messages: &[Message],
    ) -> Result<(Vec<Value>, Vec<Delivery>), Fault> {
        let subscribers = self.subscribers(transaction, topic)?;
        let published = self.clock.now();
        let (mut answers, mut deliveries) = (Vec::new(), Vec::new());
        for message in messages {
            let order = match self.place(transaction, topic, message)? {
                Place::Any => None,
                Place::InOrder(order) => Some(order),
                Place::Taken(before) => {
                    answers.push(answer(&before.message_id, Some(before.number)));
                    continue;
                }
            };
            answers.push(answer(
                &message.id,
                order.as_ref().map(|order| order.number),
            ));
            for (subscription, policy) in &subscribers {
                let policy = policy.as_ref();
                if policy.is_none_or(|policy| message.passes(policy, subscription.protocol)) {
                    let notification = Self::notification(topic, subscription, message, published);
                    deliveries.push(delivery(topic, subscription, notification, order.clone()));
                }
            }
        }
        Ok((answers, deliveries))
    }

    fn subscribers(
        &self,
        transaction: &Transaction,
        topic: &Topic,
    ) -> Result<Vec<(Subscription, Option<FilterPolicy>)>, Fault> {
        let subscriptions = self
            .subscriptions
            .under_in(transaction, &prefix(&topic.name))?;
        let subscriptions = subscriptions
            .into_iter()
            .map(|(_, subscription)| subscription);
        let confirmed = subscriptions.filter(|it| it.state == State::Confirmed);
        confirmed
            .map(|subscription| {
                // It was read when it was set.
                let policy = subscription.filter_policy()?;
                Ok((subscription, policy))
            })
            .collect()
    }
}

fn delivery(
    topic: &Topic,
    subscription: &Subscription,
    mut notification: Value,
    order: Option<Order>,
) -> Delivery {
    if let Some(order) = &order {
        notification["SequenceNumber"] = json!(sequence_number(order.number));
    }
    let id = Uuid::new_v4();
    let mut delivery = Delivery::new(id, subscription.arn(), notification.to_string());
    delivery.retry = match subscription.protocol {
        Protocol::Http => subscription.delivery_policy(topic).retry(),
        Protocol::Lambda | Protocol::Sqs => RETRIES,
    };
    delivery.destinations.dead_letter = subscription.dead_letter_queue();
    delivery.order = order;
    delivery
}

fn answer(id: &str, number: Option<u64>) -> Value {
    match number {
        Some(number) => json!({ "MessageId": id, "SequenceNumber": sequence_number(number) }),
        None => json!({ "MessageId": id }),
    }
}
