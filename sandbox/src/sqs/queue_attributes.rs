//! `GetQueueAttributes` and `SetQueueAttributes`.

use serde::Deserialize;
use serde_json::json;

use super::fault::{invalid_attribute, unknown_attribute};
use super::queue::{Live, LiveQueue};
use super::settings::{self, Attributes, Settings};
use super::{Sqs, names};
use crate::fault::{Answer, Fault};
use crate::wire;

/// Those that nobody sets.
const READ_ONLY: [&str; 6] = [
    "ApproximateNumberOfMessages",
    "ApproximateNumberOfMessagesDelayed",
    "ApproximateNumberOfMessagesNotVisible",
    "CreatedTimestamp",
    "LastModifiedTimestamp",
    "QueueArn",
];

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct GetRequest {
    #[serde(default)]
    queue_url: String,
    #[serde(default, deserialize_with = "wire::list")]
    attribute_names: Vec<String>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct SetRequest {
    #[serde(default)]
    queue_url: String,
    #[serde(default)]
    attributes: Attributes,
}

pub async fn get(sqs: &Sqs, request: GetRequest) -> Answer {
    let name = names::of_url(&request.queue_url)?;
    let wanted = request.attribute_names;
    let is_known =
        |name: &str| name == "All" || READ_ONLY.contains(&name) || settings::is_known(name);
    if let Some(unknown) = wanted.iter().find(|name| !is_known(name)) {
        return Err(unknown_attribute(unknown));
    }
    let now = sqs.clock.now();
    let mut live = sqs.live();
    sqs.expire(&mut live, &name, now)?;
    let all = attributes(live.get(&name)?, now);
    let has = |name: &String| wanted.iter().any(|it| it == "All" || it == name);
    let found: Attributes = all.into_iter().filter(|(name, _)| has(name)).collect();
    Ok(match found.is_empty() {
        true => json!({}),
        false => json!({ "Attributes": found }),
    })
}

fn attributes(live: &LiveQueue, now: i64) -> Attributes {
    let LiveQueue { queue, backlog, .. } = live;
    let counts = backlog.counts(now);
    let mut all = queue.settings.shown(queue.is_fifo());
    for (name, value) in READ_ONLY.iter().zip([
        counts.visible.to_string(),
        counts.delayed.to_string(),
        counts.in_flight.to_string(),
        (queue.created_at / 1000).to_string(),
        (queue.modified_at / 1000).to_string(),
        queue.arn(),
    ]) {
        all.insert((*name).to_owned(), value);
    }
    all
}

pub async fn set(sqs: &Sqs, request: SetRequest) -> Result<(), Fault> {
    let name = names::of_url(&request.queue_url)?;
    let is_fifo = name.ends_with(names::FIFO);
    let mut live = sqs.live();
    let mut settings = live.get(&name)?.queue.settings.clone();
    settings.set(&request.attributes, is_fifo)?;
    if request.attributes.contains_key("RedrivePolicy") {
        check_redrive(&live, &name, &settings)?;
    }
    sqs.change_queue_in(&mut live, &name, |queue| {
        queue.settings = settings;
        Ok(())
    })
}

/// Refuses a dead-letter queue that the queue cannot have.
pub fn check_redrive(live: &Live, name: &str, settings: &Settings) -> Result<(), Fault> {
    let Some(redrive) = &settings.redrive else {
        return Ok(());
    };
    let target = redrive.target_name();
    if target == Some(name) {
        let reason = "Dead-letter queue must be another queue than the source.";
        return Err(invalid_attribute("RedrivePolicy", reason));
    }
    let target = target.and_then(|target| live.queues.get(target));
    let allow = target.map(|target| target.queue.settings.redrive_allow.as_ref());
    redrive.check(name, allow)
}
