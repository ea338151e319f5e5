//! AWS::SQS::Queue.

use std::sync::Arc;

use async_trait::async_trait;
use serde_json::{Map, Value, json};

use super::tags::{TagOperations, by_key, retag};
use super::{
    Attributes, Live, Naming, Property, ResourceType, Shape, TAGS, ask, attributes, has, look_up,
    text,
};
use crate::arn;
use crate::fault::Fault;
use crate::sqs::Sqs;

pub struct Queue(pub Arc<Sqs>);

const FIFO: &str = "FifoQueue";
const NAME: &str = "QueueName";
const MISSING: &str = "QueueDoesNotExist";
const TAG_OPERATIONS: TagOperations = TagOperations {
    tag: "TagQueue",
    untag: "UntagQueue",
    resource: "QueueUrl",
    tags: "Tags",
    keys: "TagKeys",
    as_map: true,
};
/// The attributes that can be changed, with what they are where the template does not name them.
const DEFAULTS: [(&str, &str); 11] = [
    ("ContentBasedDeduplication", "false"),
    ("DeduplicationScope", "queue"),
    ("DelaySeconds", "0"),
    ("FifoThroughputLimit", "perQueue"),
    ("MaximumMessageSize", "1048576"),
    ("MessageRetentionPeriod", "345600"),
    ("ReceiveMessageWaitTimeSeconds", "0"),
    ("RedriveAllowPolicy", ""),
    ("RedrivePolicy", ""),
    ("SqsManagedSseEnabled", "true"),
    ("VisibilityTimeout", "30"),
];
/// Those that only FIFO queues have.
const OF_FIFO: [&str; 3] = [
    "ContentBasedDeduplication",
    "DeduplicationScope",
    "FifoThroughputLimit",
];

#[async_trait]
impl ResourceType for Queue {
    fn name(&self) -> &'static str {
        "AWS::SQS::Queue"
    }

    fn properties(&self) -> &'static [Property] {
        const {
            &[
                Property::optional("ContentBasedDeduplication", Shape::Flag),
                Property::optional("DeduplicationScope", Shape::Text),
                Property::optional("DelaySeconds", Shape::Whole),
                Property::optional(FIFO, Shape::Flag).replaces(),
                Property::optional("FifoThroughputLimit", Shape::Text),
                Property::optional("MaximumMessageSize", Shape::Whole),
                Property::optional("MessageRetentionPeriod", Shape::Whole),
                Property::optional(NAME, Shape::Text).replaces(),
                Property::optional("ReceiveMessageWaitTimeSeconds", Shape::Whole),
                Property::optional("RedriveAllowPolicy", Shape::Document),
                Property::optional("RedrivePolicy", Shape::Document),
                Property::optional("SqsManagedSseEnabled", Shape::Flag),
                TAGS,
                Property::optional("VisibilityTimeout", Shape::Whole),
            ]
        }
    }

    fn attribute_names(&self) -> &'static [&'static str] {
        &["Arn", "QueueName", "QueueUrl"]
    }

    /// With room for the end of a FIFO queue's name.
    fn naming(&self) -> Naming {
        Naming::by(NAME, 75)
    }

    fn identifiers(&self) -> Vec<&'static str> {
        vec!["QueueUrl"]
    }

    fn physical_id(&self, name: &str, properties: &Value) -> String {
        let is_fifo = properties[FIFO] == true && properties.get(NAME).is_none();
        let end = if is_fifo { ".fifo" } else { "" };
        self.0.queue_url(&format!("{name}{end}"))
    }

    async fn exists(&self, url: &str, _: &Value) -> Result<bool, Fault> {
        let parameters = json!({ "QueueUrl": url });
        has(&*self.0, "GetQueueAttributes", parameters, MISSING).await
    }

    async fn live(&self, url: &str, properties: &Value) -> Result<Live, Fault> {
        let parameters = json!({ "QueueUrl": url, "AttributeNames": ["All"] });
        let Some(mut answer) = look_up(&*self.0, "GetQueueAttributes", parameters, MISSING).await?
        else {
            return Ok(Live::Deleted);
        };
        let found = answer["Attributes"].take();
        let mut live = properties.clone();
        for (name, default) in DEFAULTS {
            if let Some(value) = live.get_mut(name) {
                let found = found[name].as_str().unwrap_or(default);
                *value = as_given(value, found);
            }
        }
        Ok(Live::Is(live))
    }

    async fn create(&self, url: &str, properties: &Value, _again: bool) -> Result<(), Fault> {
        let mut set = settings(properties);
        if let Some(is_fifo) = properties.get(FIFO) {
            set.insert(FIFO.to_owned(), text(is_fifo));
        }
        let parameters = json!({ "QueueName": name(url), "Attributes": set,
            "tags": by_key(properties) });
        ask(&*self.0, "CreateQueue", parameters).await.map(drop)
    }

    async fn attributes(&self, url: &str, _: &Value) -> Result<Attributes, Fault> {
        Ok(attributes([
            ("Arn", arn::regional("sqs", name(url))),
            ("QueueName", name(url).to_owned()),
            ("QueueUrl", url.to_owned()),
        ]))
    }

    async fn update(&self, url: &str, old: &Value, new: &Value) -> Result<(), Fault> {
        let (old_settings, mut changed) = (settings(old), settings(new));
        changed.retain(|name, value| old_settings.get(name) != Some(value));
        let is_fifo = name(url).ends_with(".fifo");
        let settable = DEFAULTS
            .iter()
            .filter(|(name, _)| is_fifo || !OF_FIFO.contains(name));
        for (name, default) in settable {
            // One that is not named any more goes back to its default.
            if old.get(name).is_some() && new.get(name).is_none() {
                changed.insert((*name).to_owned(), json!(default));
            }
        }
        if !changed.is_empty() {
            let parameters = json!({ "QueueUrl": url, "Attributes": changed });
            ask(&*self.0, "SetQueueAttributes", parameters).await?;
        }
        retag(&*self.0, &TAG_OPERATIONS, url, old, new).await
    }

    async fn delete(&self, url: &str, _: &Value) -> Result<(), Fault> {
        let parameters = json!({ "QueueUrl": url });
        ask(&*self.0, "DeleteQueue", parameters).await.map(drop)
    }
}

fn name(url: &str) -> &str {
    url.rsplit('/').next().unwrap_or(url)
}

/// The attributes among the properties, as texts.
fn settings(properties: &Value) -> Map<String, Value> {
    let given = DEFAULTS.iter().filter_map(|(name, _)| {
        let value = properties.get(name)?;
        Some(((*name).to_owned(), text(value)))
    });
    given.collect()
}

/// What the service has, in the form that the template gives it.
fn as_given(given: &Value, found: &str) -> Value {
    match given {
        Value::String(_) => json!(found),
        _ => serde_json::from_str(found).unwrap_or_else(|_| json!(found)),
    }
}
