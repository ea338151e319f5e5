//! Tags of queues.

use serde::Deserialize;
use serde_json::json;

use super::fault::invalid;
use super::queues::QueueRequest;
use super::{Sqs, names};
use crate::fault::{Answer, Fault};
use crate::tags::{self, Tags};
use crate::wire;

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct TagRequest {
    #[serde(default)]
    queue_url: String,
    #[serde(default)]
    tags: Tags,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct UntagRequest {
    #[serde(default)]
    queue_url: String,
    #[serde(default, deserialize_with = "wire::list")]
    tag_keys: Vec<String>,
}

/// Refuses tags that a queue cannot have.
pub fn check(tags: &Tags) -> Result<(), Fault> {
    tags::check(tags).map_err(|unfit| invalid(unfit.to_string()))
}

pub async fn tag(sqs: &Sqs, request: TagRequest) -> Result<(), Fault> {
    sqs.change_queue(&names::of_url(&request.queue_url)?, |queue| {
        queue.tags.extend(request.tags);
        check(&queue.tags)
    })
}

pub async fn untag(sqs: &Sqs, request: UntagRequest) -> Result<(), Fault> {
    sqs.change_queue(&names::of_url(&request.queue_url)?, |queue| {
        queue.tags.retain(|key, _| !request.tag_keys.contains(key));
        Ok(())
    })
}

pub async fn list(sqs: &Sqs, request: QueueRequest) -> Answer {
    let name = names::of_url(&request.queue_url)?;
    let live = sqs.live();
    let tags = &live.get(&name)?.queue.tags;
    Ok(match tags.is_empty() {
        true => json!({}),
        false => json!({ "Tags": tags }),
    })
}
