//! AWS::ApiGateway::Resource: a segment of the paths of an API.

use std::sync::Arc;

use async_trait::async_trait;
use serde_json::{Value, json};

use super::super::{Attributes, Naming, Property, ResourceType, Shape, ask, attributes, has};
use super::{MISSING, members};
use crate::apigateway::ApiGateway;
use crate::fault::Fault;

pub struct Resource(pub Arc<ApiGateway>);

#[async_trait]
impl ResourceType for Resource {
    fn name(&self) -> &'static str {
        "AWS::ApiGateway::Resource"
    }

    fn properties(&self) -> &'static [Property] {
        const {
            &[
                Property::required("ParentId", Shape::Text).replaces(),
                Property::required("PathPart", Shape::Text).replaces(),
                Property::required("RestApiId", Shape::Text).replaces(),
            ]
        }
    }

    fn attribute_names(&self) -> &'static [&'static str] {
        &["ResourceId"]
    }

    fn naming(&self) -> Naming {
        Naming::id(6)
    }

    fn identifiers(&self) -> Vec<&'static str> {
        vec!["RestApiId", "ResourceId"]
    }

    async fn create(
        &self,
        physical_id: &str,
        properties: &Value,
        again: bool,
    ) -> Result<(), Fault> {
        if again
            && has(
                &*self.0,
                "GetResource",
                resource(physical_id, properties),
                MISSING,
            )
            .await?
        {
            return Ok(());
        }
        let parameters = members(properties, &["ParentId", "PathPart", "RestApiId"]);
        let parameters = Value::Object(parameters);
        self.0
            .create_as("CreateResource", physical_id, parameters)
            .map(drop)
    }

    async fn attributes(&self, physical_id: &str, _: &Value) -> Result<Attributes, Fault> {
        Ok(attributes([("ResourceId", physical_id.to_owned())]))
    }

    async fn delete(&self, physical_id: &str, properties: &Value) -> Result<(), Fault> {
        let resource = resource(physical_id, properties);
        ask(&*self.0, "DeleteResource", resource).await.map(drop)
    }
}

fn resource(id: &str, properties: &Value) -> Value {
    json!({ "restApiId": properties["RestApiId"], "resourceId": id })
}
