//! AWS::Scheduler::ScheduleGroup.

use std::sync::Arc;

use async_trait::async_trait;
use serde_json::{Value, json};

use super::super::tags::{TagOperations, retag};
use super::super::{
    Attributes, Live, Naming, Property, ResourceType, Shape, TAGS, ask, attributes, has, only,
    unless_again,
};
use super::{EXISTS, MISSING};
use crate::clock;
use crate::fault::Fault;
use crate::scheduler::Scheduler;

pub struct ScheduleGroup(pub Arc<Scheduler>);

const TAG_OPERATIONS: TagOperations = TagOperations::new("ResourceArn", "Tags", "TagKeys");

#[async_trait]
impl ResourceType for ScheduleGroup {
    fn name(&self) -> &'static str {
        "AWS::Scheduler::ScheduleGroup"
    }

    fn properties(&self) -> &'static [Property] {
        const { &[Property::optional("Name", Shape::Text).replaces(), TAGS] }
    }

    fn attribute_names(&self) -> &'static [&'static str] {
        &["Arn", "CreationDate", "LastModificationDate", "State"]
    }

    fn naming(&self) -> Naming {
        Naming::by("Name", 64)
    }

    async fn exists(&self, name: &str, _: &Value) -> Result<bool, Fault> {
        let parameters = json!({ "Name": name });
        has(&*self.0, "GetScheduleGroup", parameters, MISSING).await
    }

    async fn live(&self, name: &str, properties: &Value) -> Result<Live, Fault> {
        Ok(Live::existing(
            self.exists(name, properties).await?,
            properties,
        ))
    }

    async fn create(&self, name: &str, properties: &Value, again: bool) -> Result<(), Fault> {
        let mut parameters = only(properties, &["Tags"]);
        parameters.insert("Name".to_owned(), json!(name));
        let created = ask(&*self.0, "CreateScheduleGroup", Value::Object(parameters)).await;
        unless_again(created, again, EXISTS)
    }

    async fn attributes(&self, name: &str, _: &Value) -> Result<Attributes, Fault> {
        let found = ask(&*self.0, "GetScheduleGroup", json!({ "Name": name })).await?;
        let time = |member: &str| {
            let seconds = found[member].as_f64().unwrap_or_default();
            clock::to_the_millisecond((seconds * 1000.0) as i64)
        };
        let text = |member: &str| found[member].as_str().unwrap_or_default().to_owned();
        Ok(attributes([
            ("Arn", text("Arn")),
            ("CreationDate", time("CreationDate")),
            ("LastModificationDate", time("LastModificationDate")),
            ("State", text("State")),
        ]))
    }

    async fn update(&self, name: &str, old: &Value, new: &Value) -> Result<(), Fault> {
        let arn = crate::arn::regional("scheduler", format_args!("schedule-group/{name}"));
        retag(&*self.0, &TAG_OPERATIONS, &arn, old, new).await
    }

    async fn delete(&self, name: &str, _: &Value) -> Result<(), Fault> {
        let parameters = json!({ "Name": name });
        ask(&*self.0, "DeleteScheduleGroup", parameters)
            .await
            .map(drop)
    }
}
