//! `ReceiveMessage`: at once, or when something comes.

use std::pin::pin;

use serde::Deserialize;
use serde_json::{Value, json};

use super::Sqs;
use super::backlog::{Handling, Picked, Sequence};
use super::fault::{invalid, invalid_value};
use super::message::{self, Message, Wanted, received};
use super::names;
use super::queue::LiveQueue;
use super::settings::{LONGEST_VISIBILITY, LONGEST_WAIT};
use crate::fault::{Answer, Fault};
use crate::wire::{self, lenient};

/// Of one request.
const MOST: i64 = 10;
/// Of a queue. Source: "Amazon SQS message quotas".
const MOST_IN_FLIGHT: usize = 120_000;

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct ReceiveRequest {
    #[serde(default)]
    queue_url: String,
    #[serde(default, deserialize_with = "wire::list")]
    attribute_names: Vec<String>,
    #[serde(default, deserialize_with = "wire::list")]
    message_system_attribute_names: Vec<String>,
    #[serde(default, deserialize_with = "wire::list")]
    message_attribute_names: Vec<String>,
    #[serde(default, deserialize_with = "lenient")]
    max_number_of_messages: Option<i64>,
    #[serde(default, deserialize_with = "lenient")]
    visibility_timeout: Option<i64>,
    #[serde(default, deserialize_with = "lenient")]
    wait_time_seconds: Option<i64>,
}

/// What is to be received.
#[derive(Clone, Debug)]
struct Receiving {
    most: usize,
    /// In seconds. The queue's if it is not given.
    visibility_timeout: Option<u32>,
}

/// A message that was received.
type Received = (Sequence, Message, Handling);

pub async fn receive(sqs: &Sqs, request: ReceiveRequest) -> Answer {
    let name = names::of_url(&request.queue_url)?;
    let (most, visibility_timeout) = (request.max_number_of_messages, request.visibility_timeout);
    let most = in_range("MaxNumberOfMessages", most.or(Some(1)), 1..=MOST)?.unwrap_or(1);
    let visibilities = 0..=i64::from(LONGEST_VISIBILITY);
    let visibility_timeout = in_range("VisibilityTimeout", visibility_timeout, visibilities)?;
    let waits = 0..=i64::from(LONGEST_WAIT);
    let wait = in_range("WaitTimeSeconds", request.wait_time_seconds, waits)?;
    let receiving = Receiving {
        most: most as usize,
        visibility_timeout,
    };
    let mut wanted = Wanted {
        system: request.attribute_names,
        own: request.message_attribute_names,
    };
    wanted.system.extend(request.message_system_attribute_names);
    let messages = sqs.wait_for_messages(&name, &receiving, wait).await?;
    if messages.is_empty() {
        return Ok(json!({}));
    }
    let messages = messages.iter();
    let messages: Vec<Value> = messages
        .map(|(sequence, message, handling)| received(message, &name, *sequence, handling, &wanted))
        .collect();
    Ok(json!({ "Messages": messages }))
}

fn in_range(
    parameter: &str,
    value: Option<i64>,
    range: std::ops::RangeInclusive<i64>,
) -> Result<Option<u32>, Fault> {
    let Some(value) = value else { return Ok(None) };
    let (least, most) = (range.start(), range.end());
    let reason = format!("Must be between {least} and {most}, if provided.");
    let fits = u32::try_from(value).ok().filter(|_| range.contains(&value));
    fits.map(Some)
        .ok_or_else(|| invalid_value(value, parameter, reason))
}

impl Sqs {
    /// Waits until there is a message, the time (in seconds) is over, or the sandbox stops.
    async fn wait_for_messages(
        &self,
        name: &str,
        receiving: &Receiving,
        wait: Option<u32>,
    ) -> Result<Vec<Received>, Fault> {
        let (arrivals, own) = {
            let live = self.live();
            let live = live.get(name)?;
            (live.arrivals.clone(), live.queue.settings.wait)
        };
        let deadline = self.clock.now() + i64::from(wait.unwrap_or(own)) * 1000;
        let mut stopping = self.stopping.subscribe();
        loop {
            // What arrives from here on wakes it.
            let mut arrival = pin!(arrivals.notified());
            arrival.as_mut().enable();
            let (messages, next) = self.receive_now(name, receiving)?;
            let now = self.clock.now();
            if !messages.is_empty() || now >= deadline || *stopping.borrow() {
                return Ok(messages);
            }
            let wake_at = next.map_or(deadline, |next| next.min(deadline));
            tokio::select! {
                () = arrival => {}
                () = self.clock.sleep_until(wake_at) => {}
                // The sender lives as long as this.
                _ = stopping.changed() => {}
            }
        }
    }

    /// The messages that can be received, and when the next one can that cannot.
    fn receive_now(
        &self,
        name: &str,
        receiving: &Receiving,
    ) -> Result<(Vec<Received>, Option<i64>), Fault> {
        let now = self.clock.now();
        let mut live = self.live();
        self.expire(&mut live, name, now)?;
        let found = live.get(name)?;
        let redrive = found.queue.settings.redrive.as_ref();
        let redrive = redrive.and_then(|redrive| {
            let target = redrive.target_name()?;
            let is_there = live.queues.contains_key(target);
            is_there.then(|| (target.to_owned(), redrive.most_receives))
        });
        let most_receives = redrive.as_ref().map(|(_, most)| *most);
        let picked = found.backlog.pick(now, receiving.most, most_receives);
        let backlog = &found.backlog;
        if backlog.len() > MOST_IN_FLIGHT && backlog.counts(now).in_flight >= MOST_IN_FLIGHT {
            let message = format!("Too many messages in flight: at most {MOST_IN_FLIGHT}.");
            return Err(Fault::denied("OverLimit", message));
        }
        let timeout = receiving.visibility_timeout;
        let timeout = timeout.unwrap_or(found.queue.settings.visibility_timeout);
        let handlings = handlings(found, &picked, now, timeout);
        if let Some((target, _)) = redrive.filter(|_| !picked.dead.is_empty()) {
            self.transfer(&mut live, name, &target, &picked.dead, |message| {
                message.moved_from = Some(names::arn(name));
                // Source: "Using dead-letter queues". Of a FIFO queue, the time is another one.
                if target.ends_with(names::FIFO) {
                    message.sent_at = now;
                }
            })?;
        }
        let messages = self.store.write::<_, Fault>(|transaction| {
            let mut messages = Vec::new();
            for (sequence, handling) in handlings {
                let key = message::key(name, sequence);
                self.handlings.put_in(transaction, &key, &handling)?;
                let message = self.messages.get_in(transaction, &key)?;
                let lost = || invalid("the message is not in the store any more");
                messages.push((sequence, message.ok_or_else(lost)?, handling));
            }
            Ok(messages)
        })?;
        let queue = live.get_mut(name)?;
        for (sequence, message, handling) in &messages {
            let entry = message.entry(name, Some(handling.clone()));
            queue.backlog.put(*sequence, entry);
        }
        let next = queue.backlog.next_visible(now);
        Ok((messages, next))
    }
}

/// What is to be recorded of the messages that are received now.
fn handlings(
    live: &LiveQueue,
    picked: &Picked,
    now: i64,
    timeout: u32,
) -> Vec<(Sequence, Handling)> {
    let received = picked.received.iter().filter_map(|sequence| {
        let before = &live.backlog.get(*sequence)?.handling;
        let first = before.receives == 0;
        let handling = Handling {
            visible_at: now + i64::from(timeout) * 1000,
            receives: before.receives + 1,
            first_received_at: if first { now } else { before.first_received_at },
            received_at: now,
            receipt: rand::random(),
        };
        Some((*sequence, handling))
    });
    received.collect()
}
