//! AWS::ApiGateway::Method: a method with its integration and the responses of both.

use std::sync::Arc;

use async_trait::async_trait;
use serde_json::{Value, json};

use super::super::{Naming, Property, ResourceType, Shape, ask, ask_unless, has, list};
use super::{MISSING, flags, members};
use crate::apigateway::ApiGateway;
use crate::fault::Fault;

pub struct Method(pub Arc<ApiGateway>);

const INTEGRATION: Shape = Shape::Object(&[
    Property::optional("CacheKeyParameters", Shape::List(&Shape::Text)),
    Property::optional("CacheNamespace", Shape::Text),
    Property::optional("ConnectionType", Shape::Text),
    Property::optional("ContentHandling", Shape::Text),
    Property::optional("Credentials", Shape::Text),
    Property::optional("IntegrationHttpMethod", Shape::Text),
    Property::optional("IntegrationResponses", Shape::List(&INTEGRATION_RESPONSE)),
    Property::optional("PassthroughBehavior", Shape::Text),
    Property::optional("RequestParameters", Shape::Texts),
    Property::optional("RequestTemplates", Shape::Texts),
    Property::optional("TimeoutInMillis", Shape::Whole),
    Property::required("Type", Shape::Text),
    Property::optional("Uri", Shape::Text),
]);
const INTEGRATION_RESPONSE: Shape = Shape::Object(&[
    Property::optional("ContentHandling", Shape::Text),
    Property::optional("ResponseParameters", Shape::Texts),
    Property::optional("ResponseTemplates", Shape::Texts),
    Property::optional("SelectionPattern", Shape::Text),
    Property::required("StatusCode", Shape::Text),
]);
const METHOD_RESPONSE: Shape = Shape::Object(&[
    Property::optional("ResponseModels", Shape::Texts),
    Property::optional("ResponseParameters", Shape::Texts),
    Property::required("StatusCode", Shape::Text),
]);

#[async_trait]
impl ResourceType for Method {
    fn name(&self) -> &'static str {
        "AWS::ApiGateway::Method"
    }

    fn properties(&self) -> &'static [Property] {
        const {
            &[
                Property::optional("ApiKeyRequired", Shape::Flag),
                Property::optional("AuthorizationScopes", Shape::List(&Shape::Text)),
                Property::optional("AuthorizationType", Shape::Text),
                Property::optional("AuthorizerId", Shape::Text),
                Property::required("HttpMethod", Shape::Text).replaces(),
                Property::optional("Integration", INTEGRATION),
                Property::optional("MethodResponses", Shape::List(&METHOD_RESPONSE)),
                Property::optional("OperationName", Shape::Text),
                Property::optional("RequestModels", Shape::Texts),
                Property::optional("RequestParameters", Shape::Texts),
                Property::optional("RequestValidatorId", Shape::Text),
                Property::required("ResourceId", Shape::Text).replaces(),
                Property::required("RestApiId", Shape::Text).replaces(),
            ]
        }
    }

    fn naming(&self) -> Naming {
        Naming::generated(64)
    }

    fn identifiers(&self) -> Vec<&'static str> {
        vec!["RestApiId", "ResourceId", "HttpMethod"]
    }

    async fn exists(&self, _: &str, properties: &Value) -> Result<bool, Fault> {
        has(&*self.0, "GetMethod", method(properties), MISSING).await
    }

    async fn create(&self, _: &str, properties: &Value, again: bool) -> Result<(), Fault> {
        if again {
            self.put_again(properties).await
        } else {
            self.put(properties).await
        }
    }

    /// Only deployments are served, so nobody sees that the method is gone for a moment.
    async fn update(&self, _: &str, _: &Value, new: &Value) -> Result<(), Fault> {
        self.put_again(new).await
    }

    async fn delete(&self, _: &str, properties: &Value) -> Result<(), Fault> {
        ask(&*self.0, "DeleteMethod", method(properties))
            .await
            .map(drop)
    }
}

impl Method {
    async fn put_again(&self, properties: &Value) -> Result<(), Fault> {
        ask_unless(&*self.0, "DeleteMethod", method(properties), MISSING).await?;
        self.put(properties).await
    }

    async fn put(&self, properties: &Value) -> Result<(), Fault> {
        let names = [
            "ApiKeyRequired",
            "AuthorizationScopes",
            "AuthorizerId",
            "OperationName",
            "RequestModels",
            "RequestValidatorId",
        ];
        let mut parameters = self.with(properties, members(properties, &names));
        let authorization = properties.get("AuthorizationType");
        parameters["authorizationType"] = authorization.cloned().unwrap_or_else(|| json!("NONE"));
        parameters["requestParameters"] = flags(&properties["RequestParameters"]);
        ask(&*self.0, "PutMethod", parameters).await?;
        for response in list(properties, "MethodResponses") {
            let mut parameters = self.with(
                properties,
                members(response, &["ResponseModels", "StatusCode"]),
            );
            parameters["responseParameters"] = flags(&response["ResponseParameters"]);
            ask(&*self.0, "PutMethodResponse", parameters).await?;
        }
        let Some(integration) = properties.get("Integration") else {
            return Ok(());
        };
        let names = [
            "CacheKeyParameters",
            "CacheNamespace",
            "ConnectionType",
            "ContentHandling",
            "Credentials",
            "IntegrationHttpMethod",
            "PassthroughBehavior",
            "RequestParameters",
            "RequestTemplates",
            "TimeoutInMillis",
            "Type",
            "Uri",
        ];
        let parameters = self.with(properties, members(integration, &names));
        ask(&*self.0, "PutIntegration", parameters).await?;
        for response in list(integration, "IntegrationResponses") {
            let names = [
                "ContentHandling",
                "ResponseParameters",
                "ResponseTemplates",
                "SelectionPattern",
                "StatusCode",
            ];
            let parameters = self.with(properties, members(response, &names));
            ask(&*self.0, "PutIntegrationResponse", parameters).await?;
        }
        Ok(())
    }

    /// The members with those that name the method.
    fn with(&self, properties: &Value, members: serde_json::Map<String, Value>) -> Value {
        let mut parameters = method(properties);
        for (name, value) in members {
            parameters[name] = value;
        }
        parameters
    }
}

fn method(properties: &Value) -> Value {
    Value::Object(members(
        properties,
        &["RestApiId", "ResourceId", "HttpMethod"],
    ))
}
