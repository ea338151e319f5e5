//! AWS::SNS::Topic.

use std::sync::Arc;

use async_trait::async_trait;
use serde_json::{Map, Value, json};

use super::super::tags::{TagOperations, retag};
use super::super::{
    Attributes, Live, Naming, Property, ResourceType, Shape, TAGS, ask, attributes, has, list,
    look_up, text,
};
use super::{MISSING, by_name, find_subscription, set_topic_attribute};
use crate::arn;
use crate::fault::Fault;
use crate::sns::Sns;

pub struct Topic(pub Arc<Sns>);

const SUBSCRIPTIONS: &str = "Subscription";
const SUBSCRIPTION: Shape = Shape::Object(&[
    Property::required("Endpoint", Shape::Text),
    Property::required("Protocol", Shape::Text),
]);
/// The properties that are attributes of the topic.
const SETTINGS: [&str; 4] = [
    "ContentBasedDeduplication",
    "DisplayName",
    "FifoThroughputScope",
    "SignatureVersion",
];
/// Those that only FIFO topics have.
const OF_FIFO: [&str; 2] = ["ContentBasedDeduplication", "FifoThroughputScope"];
const FIFO: &str = "FifoTopic";
const NAME: &str = "TopicName";
const TAG_OPERATIONS: TagOperations = TagOperations::new("ResourceArn", "Tags", "TagKeys");

#[async_trait]
impl ResourceType for Topic {
    fn name(&self) -> &'static str {
        "AWS::SNS::Topic"
    }

    fn properties(&self) -> &'static [Property] {
        const {
            &[
                Property::optional("ContentBasedDeduplication", Shape::Flag),
                Property::optional("DisplayName", Shape::Text),
                Property::optional("FifoThroughputScope", Shape::Text),
                Property::optional(FIFO, Shape::Flag).replaces(),
                Property::optional("SignatureVersion", Shape::Text),
                Property::optional(SUBSCRIPTIONS, Shape::List(&SUBSCRIPTION)),
                TAGS,
                Property::optional(NAME, Shape::Text).replaces(),
            ]
        }
    }

    fn attribute_names(&self) -> &'static [&'static str] {
        &["TopicArn", "TopicName"]
    }

    /// With room for the end of a FIFO topic's name.
    fn naming(&self) -> Naming {
        Naming::by(NAME, 251)
    }

    fn identifiers(&self) -> Vec<&'static str> {
        vec!["TopicArn"]
    }

    fn physical_id(&self, name: &str, properties: &Value) -> String {
        let is_fifo = properties[FIFO] == true && properties.get(NAME).is_none();
        let end = if is_fifo { ".fifo" } else { "" };
        arn::regional("sns", format!("{name}{end}"))
    }

    async fn exists(&self, topic: &str, _: &Value) -> Result<bool, Fault> {
        let parameters = json!({ "TopicArn": topic });
        has(&*self.0, "GetTopicAttributes", parameters, MISSING).await
    }

    async fn live(&self, topic: &str, properties: &Value) -> Result<Live, Fault> {
        let parameters = json!({ "TopicArn": topic });
        let Some(answer) = look_up(&*self.0, "GetTopicAttributes", parameters, MISSING).await?
        else {
            return Ok(Live::Deleted);
        };
        let found = by_name(&answer, "Attributes");
        let mut live = properties.clone();
        for name in SETTINGS {
            if let (Some(value), Some(found)) = (live.get_mut(name), found.get(name)) {
                *value = match value {
                    Value::Bool(_) => Value::Bool(*found == "true"),
                    _ => found.clone(),
                };
            }
        }
        Ok(Live::Is(live))
    }

    async fn create(&self, topic: &str, properties: &Value, _again: bool) -> Result<(), Fault> {
        let name = topic.rsplit(':').next().unwrap_or_default();
        let settings = SETTINGS.iter().chain([&FIFO]).filter_map(|name| {
            let value = properties.get(name)?;
            Some(((*name).to_owned(), text(value)))
        });
        let parameters = json!({
            "Name": name,
            "Attributes": settings.collect::<Map<_, _>>(),
            "Tags": properties.get("Tags"),
        });
        ask(&*self.0, "CreateTopic", parameters).await?;
        self.subscribe(topic, properties).await
    }

    async fn attributes(&self, topic: &str, _: &Value) -> Result<Attributes, Fault> {
        let name = topic.rsplit(':').next().unwrap_or_default();
        Ok(attributes([
            ("TopicArn", topic.to_owned()),
            ("TopicName", name.to_owned()),
        ]))
    }

    async fn update(&self, topic: &str, old: &Value, new: &Value) -> Result<(), Fault> {
        let is_fifo = topic.ends_with(".fifo");
        for name in SETTINGS {
            let is_unknown = !is_fifo && OF_FIFO.contains(&name) && new.get(name).is_none();
            if old.get(name) != new.get(name) && !is_unknown {
                let value = new.get(name).map_or_else(|| json!(""), text);
                set_topic_attribute(&*self.0, &json!(topic), name, &value).await?;
            }
        }
        self.subscribe(topic, new).await?;
        self.unsubscribe(topic, old, new).await?;
        retag(&*self.0, &TAG_OPERATIONS, topic, old, new).await
    }

    async fn delete(&self, topic: &str, _: &Value) -> Result<(), Fault> {
        let parameters = json!({ "TopicArn": topic });
        ask(&*self.0, "DeleteTopic", parameters).await.map(drop)
    }
}

impl Topic {
    async fn subscribe(&self, topic: &str, properties: &Value) -> Result<(), Fault> {
        for subscription in list(properties, SUBSCRIPTIONS) {
            let parameters = json!({
                "TopicArn": topic,
                "Protocol": subscription["Protocol"],
                "Endpoint": subscription["Endpoint"],
            });
            ask(&*self.0, "Subscribe", parameters).await?;
        }
        Ok(())
    }

    /// Ends the subscriptions of `old` that `new` does not have.
    async fn unsubscribe(&self, topic: &str, old: &Value, new: &Value) -> Result<(), Fault> {
        for subscription in list(old, SUBSCRIPTIONS) {
            if list(new, SUBSCRIPTIONS).contains(subscription) {
                continue;
            }
            let (protocol, endpoint) = (&subscription["Protocol"], &subscription["Endpoint"]);
            let found = find_subscription(&*self.0, &json!(topic), protocol, endpoint).await?;
            if let Some(arn) = found {
                let parameters = json!({ "SubscriptionArn": arn });
                ask(&*self.0, "Unsubscribe", parameters).await?;
            }
        }
        Ok(())
    }
}
