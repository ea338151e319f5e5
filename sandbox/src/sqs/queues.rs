//! Queues: created, found, listed, emptied, deleted.

use serde::Deserialize;
use serde_json::{Value, json};

use super::fault::{invalid, invalid_value, missing, no_queue, unknown_attribute};
use super::queue::{LiveQueue, Queue};
use super::settings::{Attributes, FIFO_QUEUE, Settings};
use super::{Sqs, names, tags};
use crate::ACCOUNT;
use crate::fault::{Answer, Fault};
use crate::page::{Cursor, Page};
use crate::tags::Tags;
use crate::wire::lenient;

/// Of a list, in queues.
const MOST: usize = 1_000;
/// Between two purges of a queue, in milliseconds.
const PURGE_AGAIN: i64 = 60_000;

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct CreateQueueRequest {
    #[serde(default)]
    queue_name: String,
    #[serde(default)]
    attributes: Attributes,
    #[serde(default, rename = "tags")]
    tags: Tags,
}

/// Of all operations on a queue that take nothing else.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct QueueRequest {
    #[serde(default)]
    pub queue_url: String,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct GetQueueUrlRequest {
    #[serde(default)]
    queue_name: String,
    #[serde(rename = "QueueOwnerAWSAccountId")]
    owner: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct ListQueuesRequest {
    #[serde(default)]
    queue_name_prefix: String,
    #[serde(flatten)]
    page: PageRequest,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct ListSourcesRequest {
    #[serde(default)]
    queue_url: String,
    #[serde(flatten)]
    page: PageRequest,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct PageRequest {
    next_token: Option<String>,
    #[serde(default, deserialize_with = "lenient")]
    max_results: Option<usize>,
}

pub async fn create(sqs: &Sqs, request: CreateQueueRequest) -> Answer {
    let CreateQueueRequest {
        queue_name: name,
        mut attributes,
        tags,
    } = request;
    if name.is_empty() {
        return Err(missing("QueueName"));
    }
    let is_fifo = match attributes.remove(FIFO_QUEUE).as_deref() {
        None => false,
        Some("true") => true,
        Some(_) => return Err(unknown_attribute(FIFO_QUEUE)),
    };
    names::check(&name, is_fifo)?;
    tags::check(&tags)?;
    let mut settings = Settings::default();
    settings.set(&attributes, is_fifo)?;
    let mut live = sqs.live();
    if let Some(found) = live.queues.get(&name) {
        expect_same(&found.queue, &settings, &attributes)?;
    } else {
        super::queue_attributes::check_redrive(&live, &name, &settings)?;
        let now = sqs.clock.now();
        let queue = Queue {
            name: name.clone(),
            created_at: now,
            modified_at: now,
            settings,
            tags,
        };
        sqs.queues.put(&name, &queue)?;
        live.queues.insert(name.clone(), LiveQueue::new(queue));
    }
    Ok(json!({ "QueueUrl": sqs.queue_url(&name) }))
}

/// A queue can be created again with attributes that it has.
fn expect_same(queue: &Queue, wanted: &Settings, given: &Attributes) -> Result<(), Fault> {
    let is_fifo = queue.is_fifo();
    let (there, wanted) = (queue.settings.shown(is_fifo), wanted.shown(is_fifo));
    let mut given = given.keys();
    match given.find(|name| there.get(*name) != wanted.get(*name)) {
        None => Ok(()),
        Some(name) => Err(Fault::invalid(
            "QueueNameExists",
            format!(
                "A queue already exists with the same name and a different value for attribute {name}"
            ),
        )),
    }
}

pub async fn delete(sqs: &Sqs, request: QueueRequest) -> Result<(), Fault> {
    sqs.empty_queue(&names::of_url(&request.queue_url)?, false)
}

pub async fn purge(sqs: &Sqs, request: QueueRequest) -> Result<(), Fault> {
    let name = names::of_url(&request.queue_url)?;
    let now = sqs.clock.now();
    let last = sqs.live().get(&name)?.purged_at;
    if last.is_some_and(|last| now - last < PURGE_AGAIN) {
        let message =
            format!("Only one PurgeQueue operation on {name} is allowed every 60 seconds.");
        return Err(Fault::denied("PurgeQueueInProgress", message));
    }
    sqs.empty_queue(&name, true)?;
    sqs.live().get_mut(&name)?.purged_at = Some(now);
    Ok(())
}

pub async fn url(sqs: &Sqs, request: GetQueueUrlRequest) -> Answer {
    let GetQueueUrlRequest { queue_name, owner } = request;
    if queue_name.is_empty() {
        return Err(missing("QueueName"));
    }
    if owner.is_some_and(|owner| !owner.is_empty() && owner != ACCOUNT) {
        return Err(no_queue());
    }
    sqs.live().get(&queue_name)?;
    Ok(json!({ "QueueUrl": sqs.queue_url(&queue_name) }))
}

pub async fn list(sqs: &Sqs, request: ListQueuesRequest) -> Answer {
    let live = sqs.live();
    let names = live.queues.keys();
    let wanted = names.filter(|name| name.starts_with(&request.queue_name_prefix));
    request.page.answer(sqs, "QueueUrls", wanted)
}

/// The queues whose dead-letter queue it is.
pub async fn list_sources(sqs: &Sqs, request: ListSourcesRequest) -> Answer {
    let name = names::of_url(&request.queue_url)?;
    let live = sqs.live();
    let arn = live.get(&name)?.queue.arn();
    let sources = live.queues.iter().filter(|(_, source)| {
        let redrive = source.queue.settings.redrive.as_ref();
        redrive.is_some_and(|redrive| redrive.target == arn)
    });
    let mut answer = request
        .page
        .answer(sqs, "queueUrls", sources.map(|(name, _)| name))?;
    if answer["queueUrls"].is_null() {
        answer["queueUrls"] = json!([]);
    }
    Ok(answer)
}

impl PageRequest {
    /// The URLs of the page, unless there are none.
    fn answer<'a>(&self, sqs: &Sqs, list: &str, names: impl Iterator<Item = &'a String>) -> Answer {
        let size = self.max_results.unwrap_or(MOST);
        if !(1..=MOST).contains(&size) {
            let reason = format!("Must be an integer from 1 to {MOST}.");
            return Err(invalid_value(size, "MaxResults", reason));
        }
        let after = self.next_token.as_deref().filter(|token| !token.is_empty());
        let after = after.map(|token| {
            Cursor::from_token(list, token).map_err(|_| invalid("Invalid or expired next token."))
        });
        let page = Page::of(
            names,
            |name| name.as_str(),
            after.transpose()?.as_ref(),
            size,
        );
        let urls: Vec<String> = page.items.iter().map(|name| sqs.queue_url(name)).collect();
        let mut answer = json!({});
        if !urls.is_empty() {
            answer[list] = json!(urls);
        }
        // Only who asks for pages gets them.
        if let (Some(next), Some(_)) = (page.next, self.max_results) {
            answer["NextToken"] = Value::from(next.token(list));
        }
        Ok(answer)
    }
}
