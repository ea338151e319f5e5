//! AWS::SNS::TopicPolicy: the policy of topics.

use std::sync::Arc;

use async_trait::async_trait;
use serde_json::{Value, json};

use super::super::{
    Attributes, Live, Naming, Property, ResourceType, Shape, ask, attributes, list, text, unless,
};
use super::{MISSING, by_name, set_topic_attribute};
use crate::fault::Fault;
use crate::sns::Sns;

pub struct TopicPolicy(pub Arc<Sns>);

const DOCUMENT: &str = "PolicyDocument";
const TOPICS: &str = "Topics";

/// Of the policy that a topic has without one.
const DEFAULT_ID: &str = "__default_policy_ID";

/// The document, which a template may have in text.
fn document(properties: &Value) -> Value {
    match &properties[DOCUMENT] {
        Value::String(text) => serde_json::from_str(text).unwrap_or_default(),
        document => document.clone(),
    }
}

#[async_trait]
impl ResourceType for TopicPolicy {
    fn name(&self) -> &'static str {
        "AWS::SNS::TopicPolicy"
    }

    fn properties(&self) -> &'static [Property] {
        const {
            &[
                Property::required(DOCUMENT, Shape::Document),
                Property::required(TOPICS, Shape::List(&Shape::Text)),
            ]
        }
    }

    fn attribute_names(&self) -> &'static [&'static str] {
        &["Id"]
    }

    fn naming(&self) -> Naming {
        Naming::generated(100)
    }

    fn identifiers(&self) -> Vec<&'static str> {
        vec!["Id"]
    }

    async fn live(&self, _: &str, properties: &Value) -> Result<Live, Fault> {
        let mut live = properties.clone();
        let mut topics = Vec::new();
        for topic in list(properties, TOPICS) {
            if let Some(policy) = self.own_policy(topic).await? {
                if policy != document(properties) {
                    live[DOCUMENT] = policy;
                }
                topics.push(topic.clone());
            }
        }
        if topics.is_empty() {
            return Ok(Live::Deleted);
        }
        live[TOPICS] = Value::Array(topics);
        Ok(Live::Is(live))
    }

    async fn create(&self, _: &str, properties: &Value, _again: bool) -> Result<(), Fault> {
        let document = text(&properties[DOCUMENT]);
        for topic in list(properties, TOPICS) {
            set_topic_attribute(&*self.0, topic, "Policy", &document).await?;
        }
        Ok(())
    }

    async fn attributes(&self, physical_id: &str, _: &Value) -> Result<Attributes, Fault> {
        Ok(attributes([("Id", physical_id.to_owned())]))
    }

    async fn update(&self, physical_id: &str, old: &Value, new: &Value) -> Result<(), Fault> {
        self.create(physical_id, new, true).await?;
        let kept = list(new, TOPICS);
        let left = list(old, TOPICS)
            .iter()
            .filter(|topic| !kept.contains(topic));
        self.reset(left).await
    }

    async fn delete(&self, _: &str, properties: &Value) -> Result<(), Fault> {
        self.reset(list(properties, TOPICS).iter()).await
    }
}

impl TopicPolicy {
    /// The policy of a topic that has another one than it would have without a policy.
    async fn own_policy(&self, topic: &Value) -> Result<Option<Value>, Fault> {
        let parameters = json!({ "TopicArn": topic });
        let answer = match ask(&*self.0, "GetTopicAttributes", parameters).await {
            Ok(answer) => answer,
            Err(fault) if fault.code == MISSING => return Ok(None),
            Err(fault) => return Err(fault),
        };
        let policy = by_name(&answer, "Attributes").remove("Policy");
        let policy = policy.as_ref().and_then(Value::as_str).unwrap_or_default();
        let policy: Value = serde_json::from_str(policy).unwrap_or_default();
        Ok(Some(policy).filter(|policy| policy["Id"] != DEFAULT_ID))
    }

    /// Gives topics the policy back that they have without one.
    async fn reset<'v>(&self, topics: impl Iterator<Item = &'v Value> + Send) -> Result<(), Fault> {
        for topic in topics {
            let reset = set_topic_attribute(&*self.0, topic, "Policy", &json!("")).await;
            unless(reset, MISSING)?;
        }
        Ok(())
    }
}
