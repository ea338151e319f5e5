//! AWS::Logs::LogGroup.

use std::sync::Arc;

use async_trait::async_trait;
use serde_json::{Value, json};

use super::tags::{TagOperations, by_key, retag};
use super::{
    Attributes, Naming, Property, ResourceType, Shape, TAGS, ask, attributes, unless_again,
};
use crate::arn;
use crate::fault::Fault;
use crate::logs::Logs;

pub struct LogGroup(pub Arc<Logs>);

const TAG_OPERATIONS: TagOperations =
    TagOperations::new("resourceArn", "tags", "tagKeys").with_map();

#[async_trait]
impl ResourceType for LogGroup {
    fn name(&self) -> &'static str {
        "AWS::Logs::LogGroup"
    }

    fn properties(&self) -> &'static [Property] {
        const {
            &[
                Property::optional("LogGroupName", Shape::Text).replaces(),
                Property::optional("RetentionInDays", Shape::Whole),
                TAGS,
            ]
        }
    }

    fn attribute_names(&self) -> &'static [&'static str] {
        &["Arn"]
    }

    fn naming(&self) -> Naming {
        Naming::by("LogGroupName", 512)
    }

    async fn exists(&self, physical_id: &str, _: &Value) -> Result<bool, Fault> {
        let parameters = json!({ "logGroupNamePrefix": physical_id });
        let answer = ask(&*self.0, "DescribeLogGroups", parameters).await?;
        let groups = answer["logGroups"]
            .as_array()
            .map_or(&[][..], Vec::as_slice);
        Ok(groups
            .iter()
            .any(|group| group["logGroupName"] == physical_id))
    }

    async fn create(
        &self,
        physical_id: &str,
        properties: &Value,
        again: bool,
    ) -> Result<(), Fault> {
        let parameters = json!({ "logGroupName": physical_id, "tags": by_key(properties) });
        let created = ask(&*self.0, "CreateLogGroup", parameters).await;
        unless_again(created, again, "ResourceAlreadyExistsException")?;
        self.retain(physical_id, properties).await
    }

    async fn attributes(&self, physical_id: &str, _: &Value) -> Result<Attributes, Fault> {
        Ok(attributes([("Arn", format!("{}:*", arn(physical_id)))]))
    }

    async fn update(&self, physical_id: &str, old: &Value, new: &Value) -> Result<(), Fault> {
        self.retain(physical_id, new).await?;
        retag(&*self.0, &TAG_OPERATIONS, &arn(physical_id), old, new).await
    }

    async fn delete(&self, physical_id: &str, _: &Value) -> Result<(), Fault> {
        let parameters = json!({ "logGroupName": physical_id });
        ask(&*self.0, "DeleteLogGroup", parameters).await.map(drop)
    }
}

impl LogGroup {
    async fn retain(&self, physical_id: &str, properties: &Value) -> Result<(), Fault> {
        let (operation, parameters) = match properties.get("RetentionInDays") {
            Some(days) => (
                "PutRetentionPolicy",
                json!({ "logGroupName": physical_id, "retentionInDays": days }),
            ),
            None => (
                "DeleteRetentionPolicy",
                json!({ "logGroupName": physical_id }),
            ),
        };
        ask(&*self.0, operation, parameters).await?;
        Ok(())
    }
}

fn arn(group: &str) -> String {
    arn::regional("logs", format!("log-group:{group}"))
}
