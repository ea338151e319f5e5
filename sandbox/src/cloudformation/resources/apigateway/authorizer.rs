//! AWS::ApiGateway::Authorizer.

use std::sync::Arc;

use async_trait::async_trait;
use serde_json::{Value, json};

use super::super::{
    Attributes, Naming, Property, ResourceType, Shape, ask, attributes, list, unless_again,
};
use super::{CONFLICT, members, operation, patch, update};
use crate::apigateway::ApiGateway;
use crate::fault::Fault;

pub struct Authorizer(pub Arc<ApiGateway>);

const PROVIDERS: &str = "ProviderARNs";

#[async_trait]
impl ResourceType for Authorizer {
    fn name(&self) -> &'static str {
        "AWS::ApiGateway::Authorizer"
    }

    fn properties(&self) -> &'static [Property] {
        const {
            &[
                Property::optional("AuthType", Shape::Text),
                Property::optional("IdentitySource", Shape::Text),
                Property::optional("IdentityValidationExpression", Shape::Text),
                Property::required("Name", Shape::Text),
                Property::optional("ProviderARNs", Shape::List(&Shape::Text)),
                Property::required("RestApiId", Shape::Text).replaces(),
                Property::required("Type", Shape::Text),
            ]
        }
    }

    fn attribute_names(&self) -> &'static [&'static str] {
        &["AuthorizerId"]
    }

    fn naming(&self) -> Naming {
        Naming::id(6)
    }

    fn identifiers(&self) -> Vec<&'static str> {
        vec!["RestApiId", "AuthorizerId"]
    }

    async fn create(
        &self,
        physical_id: &str,
        properties: &Value,
        again: bool,
    ) -> Result<(), Fault> {
        let names = [
            "AuthType",
            "IdentitySource",
            "IdentityValidationExpression",
            "Name",
            "RestApiId",
            "Type",
        ];
        let mut parameters = members(properties, &names);
        if let Some(providers) = properties.get(PROVIDERS) {
            parameters.insert("providerARNs".to_owned(), providers.clone());
        }
        let parameters = Value::Object(parameters);
        let created = self
            .0
            .create_as("CreateAuthorizer", physical_id, parameters);
        unless_again(created, again, CONFLICT)
    }

    async fn attributes(&self, physical_id: &str, _: &Value) -> Result<Attributes, Fault> {
        Ok(attributes([("AuthorizerId", physical_id.to_owned())]))
    }

    async fn update(&self, physical_id: &str, old: &Value, new: &Value) -> Result<(), Fault> {
        let texts = [
            "AuthType",
            "IdentitySource",
            "IdentityValidationExpression",
            "Name",
            "Type",
        ];
        let texts = texts.iter().filter_map(|name| patch(name, "", old, new));
        let (before, after) = (list(old, PROVIDERS), list(new, PROVIDERS));
        let missing = |arns: &'_ [Value], from: &'_ [Value], op: &'static str| -> Vec<Value> {
            let missing = arns.iter().filter(|arn| !from.contains(arn));
            let arns = missing.filter_map(Value::as_str);
            arns.map(|arn| operation(op, "/providerARNs", arn))
                .collect()
        };
        let mut operations: Vec<Value> = texts.collect();
        operations.extend(missing(after, before, "add"));
        operations.extend(missing(before, after, "remove"));
        let authorizer = authorizer(physical_id, new);
        update(&self.0, "UpdateAuthorizer", authorizer, operations).await
    }

    async fn delete(&self, physical_id: &str, properties: &Value) -> Result<(), Fault> {
        let authorizer = authorizer(physical_id, properties);
        let deleted = ask(&*self.0, "DeleteAuthorizer", authorizer).await;
        deleted.map(drop)
    }
}

fn authorizer(id: &str, properties: &Value) -> Value {
    json!({ "restApiId": properties["RestApiId"], "authorizerId": id })
}
