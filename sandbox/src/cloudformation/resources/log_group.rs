//! AWS::Logs::LogGroup.

use std::sync::Arc;

use async_trait::async_trait;
use serde_json::{Value, json};

use super::tags::{TagOperations, by_key, retag};
use super::{
    Attributes, Live, Naming, Property, ResourceType, Shape, TAGS, ask, attributes, unless_again,
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
        Ok(self.description(physical_id).await?.is_some())
    }

    async fn live(&self, physical_id: &str, properties: &Value) -> Result<Live, Fault> {
        let Some(group) = self.description(physical_id).await? else {
            return Ok(Live::Deleted);
        };
        let mut live = properties.clone();
        if let Some(days) = live.get_mut("RetentionInDays") {
            *days = group["retentionInDays"].clone();
        }
        Ok(Live::Is(live))
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
    async fn description(&self, physical_id: &str) -> Result<Option<Value>, Fault> {
        let parameters = json!({ "logGroupNamePrefix": physical_id });
        let mut answer = ask(&*self.0, "DescribeLogGroups", parameters).await?;
        let groups = answer["logGroups"].as_array_mut().map(std::mem::take);
        let mut groups = groups.unwrap_or_default().into_iter();
        Ok(groups.find(|group| group["logGroupName"] == physical_id))
    }

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
