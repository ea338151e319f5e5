//! AWS::Events::EventBus.

use std::sync::Arc;

use async_trait::async_trait;
use serde_json::{Value, json};

use super::super::live::overlaid;
use super::super::tags::retag;
use super::super::{
    Attributes, Live, Naming, Property, ResourceType, Shape, TAGS, ask, attributes, has, look_up,
    only, text, unless_again,
};
use super::{MISSING, TAG_OPERATIONS};
use crate::arn;
use crate::events::Events;
use crate::fault::Fault;

pub struct EventBus(pub Arc<Events>);

const POLICY: &str = "Policy";

#[async_trait]
impl ResourceType for EventBus {
    fn name(&self) -> &'static str {
        "AWS::Events::EventBus"
    }

    fn properties(&self) -> &'static [Property] {
        const {
            &[
                Property::optional("Description", Shape::Text),
                Property::required("Name", Shape::Text).replaces(),
                Property::optional(POLICY, Shape::Document),
                TAGS,
            ]
        }
    }

    fn attribute_names(&self) -> &'static [&'static str] {
        &["Arn", "Name"]
    }

    fn naming(&self) -> Naming {
        Naming::by("Name", 256)
    }

    async fn exists(&self, name: &str, _: &Value) -> Result<bool, Fault> {
        let parameters = json!({ "Name": name });
        has(&*self.0, "DescribeEventBus", parameters, MISSING).await
    }

    async fn live(&self, name: &str, properties: &Value) -> Result<Live, Fault> {
        let parameters = json!({ "Name": name });
        let found = look_up(&*self.0, "DescribeEventBus", parameters, MISSING).await?;
        let Some(mut found) = found else {
            return Ok(Live::Deleted);
        };
        for member in ["Description", POLICY] {
            if found.get(member).is_none() {
                found[member] = Value::Null;
            }
        }
        if let Some(policy) = found[POLICY].as_str()
            && properties[POLICY].is_object()
        {
            found[POLICY] = serde_json::from_str(policy).unwrap_or_default();
        }
        Ok(Live::Is(overlaid(properties, &found)))
    }

    async fn create(&self, name: &str, properties: &Value, again: bool) -> Result<(), Fault> {
        let mut parameters = only(properties, &["Description", "Tags"]);
        parameters.insert("Name".to_owned(), json!(name));
        let created = ask(&*self.0, "CreateEventBus", Value::Object(parameters)).await;
        unless_again(created, again, "ResourceAlreadyExistsException")?;
        self.set_policy(name, &json!({}), properties).await
    }

    async fn attributes(&self, name: &str, _: &Value) -> Result<Attributes, Fault> {
        Ok(attributes([
            ("Arn", arn_of(name)),
            ("Name", name.to_owned()),
        ]))
    }

    async fn update(&self, name: &str, old: &Value, new: &Value) -> Result<(), Fault> {
        if old.get("Description") != new.get("Description") {
            let description = new.get("Description").cloned().unwrap_or_else(|| json!(""));
            let parameters = json!({ "Name": name, "Description": description });
            ask(&*self.0, "UpdateEventBus", parameters).await?;
        }
        self.set_policy(name, old, new).await?;
        retag(&*self.0, &TAG_OPERATIONS, &arn_of(name), old, new).await
    }

    async fn delete(&self, name: &str, _: &Value) -> Result<(), Fault> {
        let parameters = json!({ "Name": name });
        ask(&*self.0, "DeleteEventBus", parameters).await.map(drop)
    }
}

impl EventBus {
    async fn set_policy(&self, name: &str, old: &Value, new: &Value) -> Result<(), Fault> {
        let (operation, parameters) = match (old.get(POLICY), new.get(POLICY)) {
            (old, new) if old == new => return Ok(()),
            (_, Some(policy)) => (
                "PutPermission",
                json!({ "EventBusName": name, "Policy": text(policy) }),
            ),
            (_, None) => (
                "RemovePermission",
                json!({ "EventBusName": name, "RemoveAllPermissions": true }),
            ),
        };
        ask(&*self.0, operation, parameters).await.map(drop)
    }
}

fn arn_of(name: &str) -> String {
    arn::regional("events", format_args!("event-bus/{name}"))
}
