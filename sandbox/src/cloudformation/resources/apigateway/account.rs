//! AWS::ApiGateway::Account: the role that would write logs. There is one for all APIs.

use std::sync::Arc;

use async_trait::async_trait;
use serde_json::{Value, json};

use super::super::{Attributes, Naming, Property, ResourceType, Shape, attributes};
use super::{operation, patch, update};
use crate::apigateway::ApiGateway;
use crate::fault::Fault;

pub struct Account(pub Arc<ApiGateway>);

const ROLE: &str = "CloudWatchRoleArn";

#[async_trait]
impl ResourceType for Account {
    fn name(&self) -> &'static str {
        "AWS::ApiGateway::Account"
    }

    fn properties(&self) -> &'static [Property] {
        const { &[Property::optional(ROLE, Shape::Text)] }
    }

    fn attribute_names(&self) -> &'static [&'static str] {
        &["Id"]
    }

    fn naming(&self) -> Naming {
        Naming::generated(64)
    }

    fn identifiers(&self) -> Vec<&'static str> {
        vec!["Id"]
    }

    async fn create(&self, physical_id: &str, properties: &Value, _: bool) -> Result<(), Fault> {
        self.update(physical_id, &json!({}), properties).await
    }

    async fn attributes(&self, physical_id: &str, _: &Value) -> Result<Attributes, Fault> {
        Ok(attributes([("Id", physical_id.to_owned())]))
    }

    async fn update(&self, _: &str, old: &Value, new: &Value) -> Result<(), Fault> {
        let changed = patch(ROLE, "", old, new);
        let path = "/cloudwatchRoleArn";
        let operations =
            changed.map(|it| operation("replace", path, it["value"].as_str().unwrap_or_default()));
        update(
            &self.0,
            "UpdateAccount",
            json!({}),
            operations.into_iter().collect(),
        )
        .await
    }

    async fn delete(&self, physical_id: &str, properties: &Value) -> Result<(), Fault> {
        self.update(physical_id, properties, &json!({})).await
    }
}
