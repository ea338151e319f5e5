//! Moving messages out of a dead-letter queue: back to where they came from, or to another queue. It is done
//! when StartMessageMoveTask answers.
//!
//! Source: "Learn how to configure a dead-letter queue redrive" in SQS's developer guide.

use std::collections::BTreeMap;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use uuid::Uuid;

use super::backlog::Sequence;
use super::fault::{invalid, invalid_value, missing};
use super::queue::Live;
use super::{Sqs, message, names};
use crate::fault::{Answer, Fault};
use crate::store::Record;
use crate::wire::lenient;

/// Of a list.
const MOST: usize = 10;

#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct MoveTask {
    source: String,
    /// Unless each message went back to where it came from.
    destination: Option<String>,
    moved: usize,
    /// Of the messages that were there.
    found: usize,
    /// In milliseconds since 1970.
    started_at: i64,
}

impl Record for MoveTask {
    const KIND: &'static str = "sqs.move_task";
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct StartRequest {
    #[serde(default)]
    source_arn: String,
    destination_arn: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct ListRequest {
    #[serde(default)]
    source_arn: String,
    #[serde(default, deserialize_with = "lenient")]
    max_results: Option<usize>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct CancelRequest {
    #[serde(default)]
    task_handle: String,
}

pub async fn start(sqs: &Sqs, request: StartRequest) -> Answer {
    let StartRequest {
        source_arn,
        destination_arn,
    } = request;
    let now = sqs.clock.now();
    let mut live = sqs.live();
    let source = named(&live, &source_arn, "SourceArn")?;
    let destination = destination_arn.as_deref();
    let destination = destination.map(|arn| named(&live, arn, "DestinationArn"));
    let destination = destination.transpose()?;
    let mut queues = live.queues.values();
    let is_dead_letter_queue = queues.any(|it| {
        let redrive = it.queue.settings.redrive.as_ref();
        redrive.is_some_and(|redrive| redrive.target == source_arn)
    });
    if !is_dead_letter_queue {
        let message = "Source queue must be configured as a Dead Letter Queue.";
        return Err(invalid(message));
    }
    sqs.expire(&mut live, &source, now)?;
    let all = live
        .get(&source)?
        .backlog
        .pick(now, usize::MAX, None)
        .received;
    let found = all.len();
    let mut moved = 0;
    for (target, sequences) in sqs.targets(&live, &source, all, destination.as_deref())? {
        sqs.transfer(&mut live, &source, &target, &sequences, |message| {
            // On AWS it is a new message.
            message.id = Uuid::new_v4().to_string();
            message.sent_at = now;
            message.moved_from = None;
        })?;
        moved += sequences.len();
    }
    let task = MoveTask {
        source: source_arn,
        destination: destination_arn,
        moved,
        found,
        started_at: now,
    };
    let key = message::key(&source, live.next_sequence(now));
    sqs.move_tasks.put(&key, &task)?;
    Ok(json!({ "TaskHandle": BASE64_STANDARD.encode(key) }))
}

/// The name of a queue that is there.
fn named(live: &Live, arn: &str, parameter: &str) -> Result<String, Fault> {
    if arn.is_empty() {
        return Err(missing(parameter));
    }
    let name = names::of_arn(arn).filter(|name| live.queues.contains_key(*name));
    name.map(str::to_owned).ok_or_else(|| {
        let message =
            format!("The resource that you specified for the {parameter} parameter doesn't exist.");
        Fault::not_found("ResourceNotFoundException", message)
    })
}

impl Sqs {
    /// Where the messages go, by the names of the queues. One of which nothing says that stays.
    fn targets(
        &self,
        live: &Live,
        source: &str,
        messages: Vec<Sequence>,
        destination: Option<&str>,
    ) -> Result<BTreeMap<String, Vec<Sequence>>, Fault> {
        let mut targets = BTreeMap::<String, Vec<Sequence>>::new();
        for sequence in messages {
            let target = match destination {
                Some(destination) => Some(destination.to_owned()),
                None => {
                    let message = self.messages.get(&message::key(source, sequence))?;
                    let from = message.and_then(|message| message.moved_from);
                    let from = from.as_deref().and_then(names::of_arn);
                    from.map(str::to_owned)
                }
            };
            if let Some(target) = target.filter(|target| live.queues.contains_key(target)) {
                targets.entry(target).or_default().push(sequence);
            }
        }
        Ok(targets)
    }
}

/// The latest first.
pub async fn list(sqs: &Sqs, request: ListRequest) -> Answer {
    let source = named(&sqs.live(), &request.source_arn, "SourceArn")?;
    let most = request.max_results.unwrap_or(1);
    if !(1..=MOST).contains(&most) {
        return Err(invalid_value(most, "MaxResults", "Must be from 1 to 10."));
    }
    let tasks = sqs.move_tasks.under(&message::prefix(&source))?;
    let latest = tasks.iter().rev().take(most);
    let results: Vec<Value> = latest.map(|(_, task)| task.shown()).collect();
    Ok(json!({ "Results": results }))
}

/// The key of a task's record. Another text is no key.
fn key(handle: &str) -> String {
    let key = BASE64_STANDARD.decode(handle).unwrap_or_default();
    String::from_utf8(key).unwrap_or_default()
}

/// The name of the queue whose messages a task moves.
pub fn queue_of(handle: &str) -> String {
    let key = key(handle);
    let queue = message::parse_key(&key).map(|(queue, _)| queue);
    queue.unwrap_or_default().to_owned()
}

/// All tasks have ended.
pub async fn cancel(sqs: &Sqs, request: CancelRequest) -> Answer {
    if sqs.move_tasks.get(&key(&request.task_handle))?.is_some() {
        return Err(invalid(
            "Only active tasks can be cancelled: this one has completed.",
        ));
    }
    let message = "Task does not exist.";
    Err(Fault::not_found("ResourceNotFoundException", message))
}

impl MoveTask {
    fn shown(&self) -> Value {
        let all = self.moved == self.found;
        let mut shown = json!({
            "Status": if all { "COMPLETED" } else { "FAILED" },
            "SourceArn": self.source,
            "ApproximateNumberOfMessagesMoved": self.moved,
            "ApproximateNumberOfMessagesToMove": self.found,
            "StartedTimestamp": self.started_at,
        });
        if let Some(destination) = &self.destination {
            shown["DestinationArn"] = json!(destination);
        }
        if !all {
            shown["FailureReason"] = json!("CouldNotDetermineMessageSource");
        }
        shown
    }
}
