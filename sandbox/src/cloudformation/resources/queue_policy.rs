//! AWS::SQS::QueuePolicy: a policy of one or more queues.

use std::sync::Arc;

use async_trait::async_trait;
use serde_json::{Value, json};

use super::{
    Attributes, Naming, Property, ResourceType, Shape, ask, ask_unless, attributes, list, text,
};
use crate::fault::Fault;
use crate::sqs::Sqs;

pub struct QueuePolicy(pub Arc<Sqs>);

const DOCUMENT: &str = "PolicyDocument";
const QUEUES: &str = "Queues";

#[async_trait]
impl ResourceType for QueuePolicy {
    fn name(&self) -> &'static str {
        "AWS::SQS::QueuePolicy"
    }

    fn properties(&self) -> &'static [Property] {
        const {
            &[
                Property::required(DOCUMENT, Shape::Document),
                Property::required(QUEUES, Shape::List(&Shape::Text)),
            ]
        }
    }

    fn attribute_names(&self) -> &'static [&'static str] {
        &["Id"]
    }

    /// Only `Ref` and `Id` show it: a queue has one policy, without a name.
    fn naming(&self) -> Naming {
        Naming::generated(128)
    }

    fn identifiers(&self) -> Vec<&'static str> {
        vec!["Id"]
    }

    async fn create(&self, _: &str, properties: &Value, _again: bool) -> Result<(), Fault> {
        for queue in list(properties, QUEUES) {
            ask(
                &*self.0,
                "SetQueueAttributes",
                policy(queue, &text(&properties[DOCUMENT])),
            )
            .await?;
        }
        Ok(())
    }

    async fn attributes(&self, physical_id: &str, _: &Value) -> Result<Attributes, Fault> {
        Ok(attributes([("Id", physical_id.to_owned())]))
    }

    async fn update(&self, physical_id: &str, old: &Value, new: &Value) -> Result<(), Fault> {
        self.create(physical_id, new, true).await?;
        self.remove(old, list(new, QUEUES)).await
    }

    async fn delete(&self, _: &str, properties: &Value) -> Result<(), Fault> {
        self.remove(properties, &[]).await
    }
}

impl QueuePolicy {
    /// From the queues among the properties that are not `kept`.
    async fn remove(&self, properties: &Value, kept: &[Value]) -> Result<(), Fault> {
        for queue in list(properties, QUEUES) {
            if !kept.contains(queue) {
                let parameters = policy(queue, &json!(""));
                let missing = "QueueDoesNotExist";
                ask_unless(&*self.0, "SetQueueAttributes", parameters, missing).await?;
            }
        }
        Ok(())
    }
}

fn policy(queue: &Value, document: &Value) -> Value {
    json!({ "QueueUrl": queue, "Attributes": { "Policy": document } })
}
