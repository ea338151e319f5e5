//! AWS::Cognito::UserPoolClient.

use std::sync::Arc;

use async_trait::async_trait;
use serde_json::{Value, json};

use super::super::{Attributes, Naming, Property, ResourceType, Shape, ask, has, unless_again};
use super::MISSING;
use crate::cognito::Cognito;
use crate::fault::Fault;

pub struct UserPoolClient(pub Arc<Cognito>);

const CONFLICT: &str = "ResourceConflictException";

const UNITS: Shape = Shape::Object(&[
    Property::optional("AccessToken", Shape::Text),
    Property::optional("IdToken", Shape::Text),
    Property::optional("RefreshToken", Shape::Text),
]);

#[async_trait]
impl ResourceType for UserPoolClient {
    fn name(&self) -> &'static str {
        "AWS::Cognito::UserPoolClient"
    }

    fn properties(&self) -> &'static [Property] {
        const {
            &[
                Property::optional("AccessTokenValidity", Shape::Whole),
                Property::optional("AuthSessionValidity", Shape::Whole),
                Property::optional("ClientName", Shape::Text),
                Property::optional("EnableTokenRevocation", Shape::Flag),
                Property::optional("ExplicitAuthFlows", Shape::List(&Shape::Text)),
                Property::optional("GenerateSecret", Shape::Flag).replaces(),
                Property::optional("IdTokenValidity", Shape::Whole),
                Property::optional("PreventUserExistenceErrors", Shape::Text),
                Property::optional("RefreshTokenValidity", Shape::Whole),
                Property::optional("SupportedIdentityProviders", Shape::List(&Shape::Text)),
                Property::optional("TokenValidityUnits", UNITS),
                Property::required("UserPoolId", Shape::Text).replaces(),
            ]
        }
    }

    fn attribute_names(&self) -> &'static [&'static str] {
        &["ClientId", "ClientSecret", "Name"]
    }

    fn naming(&self) -> Naming {
        Naming::id(26)
    }

    fn identifiers(&self) -> Vec<&'static str> {
        vec!["UserPoolId", "ClientId"]
    }

    async fn exists(&self, client: &str, properties: &Value) -> Result<bool, Fault> {
        let parameters = named(client, properties);
        has(&*self.0, "DescribeUserPoolClient", parameters, MISSING).await
    }

    async fn create(&self, client: &str, properties: &Value, again: bool) -> Result<(), Fault> {
        let parameters = parameters(client, properties);
        let created = self.0.create_as("CreateUserPoolClient", client, parameters);
        unless_again(created, again, CONFLICT)
    }

    async fn attributes(&self, client: &str, properties: &Value) -> Result<Attributes, Fault> {
        let parameters = named(client, properties);
        let found = ask(&*self.0, "DescribeUserPoolClient", parameters).await?;
        let found = &found["UserPoolClient"];
        let values = [
            ("ClientId", json!(client)),
            // Of a client that has none, it is empty.
            (
                "ClientSecret",
                json!(found["ClientSecret"].as_str().unwrap_or_default()),
            ),
            ("Name", found["ClientName"].clone()),
        ];
        let owned = values.map(|(name, value)| (name.to_owned(), value));
        Ok(owned.into())
    }

    async fn update(&self, client: &str, _: &Value, new: &Value) -> Result<(), Fault> {
        let mut parameters = parameters(client, new);
        if let Value::Object(members) = &mut parameters {
            members.remove("GenerateSecret");
        }
        parameters["ClientId"] = json!(client);
        let updated = ask(&*self.0, "UpdateUserPoolClient", parameters).await;
        updated.map(drop)
    }

    async fn delete(&self, client: &str, properties: &Value) -> Result<(), Fault> {
        let deleted = ask(&*self.0, "DeleteUserPoolClient", named(client, properties)).await;
        deleted.map(drop)
    }
}

fn named(client: &str, properties: &Value) -> Value {
    json!({ "UserPoolId": properties["UserPoolId"], "ClientId": client })
}

/// The properties, with a name.
fn parameters(client: &str, properties: &Value) -> Value {
    let mut parameters = properties.clone();
    if parameters.get("ClientName").is_none() {
        parameters["ClientName"] = json!(format!("UserPoolClient-{client}"));
    }
    parameters
}
