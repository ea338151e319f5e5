//! AWS::ApiGateway::GatewayResponse.

use std::sync::Arc;

use async_trait::async_trait;
use serde_json::Value;

use super::super::{Attributes, Naming, Property, ResourceType, Shape, ask, attributes};
use super::{MISSING, members};
use crate::apigateway::ApiGateway;
use crate::fault::Fault;

pub struct GatewayResponse(pub Arc<ApiGateway>);

#[async_trait]
impl ResourceType for GatewayResponse {
    fn name(&self) -> &'static str {
        "AWS::ApiGateway::GatewayResponse"
    }

    fn properties(&self) -> &'static [Property] {
        const {
            &[
                Property::optional("ResponseParameters", Shape::Texts),
                Property::optional("ResponseTemplates", Shape::Texts),
                Property::required("ResponseType", Shape::Text).replaces(),
                Property::required("RestApiId", Shape::Text).replaces(),
                Property::optional("StatusCode", Shape::Text),
            ]
        }
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

    /// Each type has a standard one, which does not count.
    async fn exists(&self, _: &str, properties: &Value) -> Result<bool, Fault> {
        match ask(&*self.0, "GetGatewayResponse", response(properties)).await {
            Ok(found) => Ok(found["defaultResponse"] == false),
            Err(fault) if fault.code == MISSING => Ok(false),
            Err(fault) => Err(fault),
        }
    }

    async fn create(&self, _: &str, properties: &Value, _: bool) -> Result<(), Fault> {
        let names: Vec<&str> = self.properties().iter().map(|it| it.name).collect();
        let parameters = Value::Object(members(properties, &names));
        ask(&*self.0, "PutGatewayResponse", parameters)
            .await
            .map(drop)
    }

    async fn attributes(&self, physical_id: &str, _: &Value) -> Result<Attributes, Fault> {
        Ok(attributes([("Id", physical_id.to_owned())]))
    }

    async fn update(&self, physical_id: &str, _: &Value, new: &Value) -> Result<(), Fault> {
        self.create(physical_id, new, true).await
    }

    async fn delete(&self, _: &str, properties: &Value) -> Result<(), Fault> {
        ask(&*self.0, "DeleteGatewayResponse", response(properties))
            .await
            .map(drop)
    }
}

fn response(properties: &Value) -> Value {
    Value::Object(members(properties, &["RestApiId", "ResponseType"]))
}
