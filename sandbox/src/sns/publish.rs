//! `Publish` and `PublishBatch`.

use std::collections::BTreeSet;

use serde::Deserialize;
use serde_json::{Value, json};
use uuid::Uuid;

use super::Sns;
use super::fault::{invalid, too_many_deliveries};
use super::message::{LONGEST, Message, MessageRequest};
use super::names::topic_name;
use super::subscription::{Subscription, prefix};
use super::topic::Topic;
use crate::delivery::{Delivery, NotAccepted, Pause, RetryPolicy};
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
    let topic = sns.topic(topic_name(parameter, arn)?)?;
    let message = Message::read(request.message)?;
    let id = message.id.clone();
    sns.send(&topic, &[message])?;
    Ok(json!({ "MessageId": id }))
}

/// Publishes the entries that are right, and names the others.
pub async fn publish_batch(sns: &Sns, request: PublishBatchRequest) -> Answer {
    let topic = sns.topic(topic_name("TopicArn", &request.topic_arn)?)?;
    let entries = request.publish_batch_request_entries;
    check_batch(&entries)?;
    let (mut messages, mut successful, mut failed) = (Vec::new(), Vec::new(), Vec::new());
    for entry in entries {
        match Message::read(entry.message) {
            Ok(message) => {
                successful.push(json!({ "Id": entry.id, "MessageId": message.id }));
                messages.push(message);
            }
            Err(Fault { code, message, .. }) => failed.push(json!({
                "Id": entry.id, "Code": code, "Message": message, "SenderFault": true,
            })),
        }
    }
    sns.send(&topic, &messages)?;
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
    /// Takes the messages on for all subscriptions that they pass to: all of this, or nothing.
    pub fn send(&self, topic: &Topic, messages: &[Message]) -> Result<(), Fault> {
        let mut deliveries = Vec::new();
        for (_, subscription) in self.subscriptions.under(&prefix(&topic.name))? {
            // It was read when it was set.
            let policy = subscription.filter_policy()?;
            let passes = |message: &&Message| {
                let policy = policy.as_ref();
                policy.is_none_or(|policy| message.passes(policy, subscription.protocol))
            };
            for message in messages.iter().filter(passes) {
                let notification = self.notification(topic, &subscription, message);
                deliveries.push(delivery(&subscription, &notification));
            }
        }
        let accepted = self.deliveries.accept_all(deliveries);
        accepted.map_err(|error| match error {
            NotAccepted::Full => too_many_deliveries(),
            NotAccepted::Store(error) => error.into(),
        })
    }
}

fn delivery(subscription: &Subscription, notification: &Value) -> Delivery {
    let id = Uuid::new_v4();
    let mut delivery = Delivery::new(id, subscription.arn(), notification.to_string());
    delivery.retry = RETRIES;
    delivery.destinations.dead_letter = subscription.dead_letter_queue();
    delivery
}
