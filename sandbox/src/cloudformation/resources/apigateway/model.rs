//! AWS::ApiGateway::Model.

use std::sync::Arc;

use async_trait::async_trait;
use serde_json::{Value, json};

use super::super::{Naming, Property, ResourceType, Shape, ask, has, text, unless_again};
use super::{CONFLICT, MISSING, operation, patch, update};
use crate::apigateway::ApiGateway;
use crate::fault::Fault;

pub struct Model(pub Arc<ApiGateway>);

#[async_trait]
impl ResourceType for Model {
    fn name(&self) -> &'static str {
        "AWS::ApiGateway::Model"
    }

    fn properties(&self) -> &'static [Property] {
        const {
            &[
                Property::optional("ContentType", Shape::Text).replaces(),
                Property::optional("Description", Shape::Text),
                Property::optional("Name", Shape::Text).replaces(),
                Property::required("RestApiId", Shape::Text).replaces(),
                Property::optional("Schema", Shape::Document),
            ]
        }
    }

    fn naming(&self) -> Naming {
        Naming::by("Name", 64)
    }

    fn identifiers(&self) -> Vec<&'static str> {
        vec!["RestApiId", "Name"]
    }

    /// A model's name has letters and digits only.
    fn physical_id(&self, name: &str, properties: &Value) -> String {
        match self.naming().given(properties) {
            Some(given) => given.to_owned(),
            None => name.replace('-', ""),
        }
    }

    async fn exists(&self, physical_id: &str, properties: &Value) -> Result<bool, Fault> {
        has(
            &*self.0,
            "GetModel",
            model(physical_id, properties),
            MISSING,
        )
        .await
    }

    async fn create(
        &self,
        physical_id: &str,
        properties: &Value,
        again: bool,
    ) -> Result<(), Fault> {
        let content_type = properties.get("ContentType").cloned();
        let mut parameters = json!({
            "restApiId": properties["RestApiId"],
            "name": physical_id,
            "contentType": content_type.unwrap_or_else(|| json!("application/json")),
        });
        if let Some(description) = properties.get("Description") {
            parameters["description"] = description.clone();
        }
        if let Some(schema) = properties.get("Schema") {
            parameters["schema"] = text(schema);
        }
        let created = ask(&*self.0, "CreateModel", parameters).await;
        unless_again(created, again, CONFLICT)
    }

    async fn update(&self, physical_id: &str, old: &Value, new: &Value) -> Result<(), Fault> {
        let mut operations = Vec::from_iter(patch("Description", "", old, new));
        if old.get("Schema") != new.get("Schema") {
            let schema = new.get("Schema").map(text).unwrap_or_default();
            let schema = schema.as_str().unwrap_or("{}");
            operations.push(operation("replace", "/schema", schema));
        }
        update(&self.0, "UpdateModel", model(physical_id, new), operations).await
    }

    async fn delete(&self, physical_id: &str, properties: &Value) -> Result<(), Fault> {
        let model = model(physical_id, properties);
        ask(&*self.0, "DeleteModel", model).await.map(drop)
    }
}

fn model(name: &str, properties: &Value) -> Value {
    json!({ "restApiId": properties["RestApiId"], "modelName": name })
}
