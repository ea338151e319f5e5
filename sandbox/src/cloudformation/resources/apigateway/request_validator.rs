//! AWS::ApiGateway::RequestValidator.

use std::sync::Arc;

use async_trait::async_trait;
use serde_json::{Value, json};

use super::super::{
    Attributes, Naming, Property, ResourceType, Shape, ask, attributes, unless_again,
};
use super::{CONFLICT, members, patch, update};
use crate::apigateway::ApiGateway;
use crate::fault::Fault;

pub struct RequestValidator(pub Arc<ApiGateway>);

#[async_trait]
impl ResourceType for RequestValidator {
    fn name(&self) -> &'static str {
        "AWS::ApiGateway::RequestValidator"
    }

    fn properties(&self) -> &'static [Property] {
        const {
            &[
                Property::optional("Name", Shape::Text).replaces(),
                Property::required("RestApiId", Shape::Text).replaces(),
                Property::optional("ValidateRequestBody", Shape::Flag),
                Property::optional("ValidateRequestParameters", Shape::Flag),
            ]
        }
    }

    fn attribute_names(&self) -> &'static [&'static str] {
        &["RequestValidatorId"]
    }

    fn naming(&self) -> Naming {
        Naming::id(6)
    }

    fn identifiers(&self) -> Vec<&'static str> {
        vec!["RestApiId", "RequestValidatorId"]
    }

    async fn create(
        &self,
        physical_id: &str,
        properties: &Value,
        again: bool,
    ) -> Result<(), Fault> {
        let names: Vec<&str> = self.properties().iter().map(|it| it.name).collect();
        let parameters = Value::Object(members(properties, &names));
        let created = self
            .0
            .create_as("CreateRequestValidator", physical_id, parameters);
        unless_again(created, again, CONFLICT)
    }

    async fn attributes(&self, physical_id: &str, _: &Value) -> Result<Attributes, Fault> {
        Ok(attributes([("RequestValidatorId", physical_id.to_owned())]))
    }

    async fn update(&self, physical_id: &str, old: &Value, new: &Value) -> Result<(), Fault> {
        let flags = ["ValidateRequestBody", "ValidateRequestParameters"];
        let operations = flags
            .iter()
            .filter_map(|name| patch(name, "false", old, new));
        let validator = validator(physical_id, new);
        update(
            &self.0,
            "UpdateRequestValidator",
            validator,
            operations.collect(),
        )
        .await
    }

    async fn delete(&self, physical_id: &str, properties: &Value) -> Result<(), Fault> {
        let validator = validator(physical_id, properties);
        ask(&*self.0, "DeleteRequestValidator", validator)
            .await
            .map(drop)
    }
}

fn validator(id: &str, properties: &Value) -> Value {
    json!({ "restApiId": properties["RestApiId"], "requestValidatorId": id })
}
