//! AWS::Lambda::Permission: a statement in a function's policy.

use std::sync::Arc;

use async_trait::async_trait;
use serde_json::{Value, json};

use super::{
    Attributes, Live, Naming, Property, ResourceType, Shape, ask, attributes, look_up, only,
    unless_again,
};
use crate::fault::Fault;
use crate::lambda::Lambda;

const MISSING: &str = "ResourceNotFoundException";

pub struct Permission(pub Arc<Lambda>);

#[async_trait]
impl ResourceType for Permission {
    fn name(&self) -> &'static str {
        "AWS::Lambda::Permission"
    }

    fn properties(&self) -> &'static [Property] {
        const {
            &[
                Property::required("Action", Shape::Text).replaces(),
                Property::optional("EventSourceToken", Shape::Text).replaces(),
                Property::required("FunctionName", Shape::Text).replaces(),
                Property::required("Principal", Shape::Text).replaces(),
                Property::optional("SourceAccount", Shape::Text).replaces(),
                Property::optional("SourceArn", Shape::Text).replaces(),
            ]
        }
    }

    fn attribute_names(&self) -> &'static [&'static str] {
        &["Id"]
    }

    /// The name is the statement's id.
    fn naming(&self) -> Naming {
        Naming::generated(100)
    }

    fn identifiers(&self) -> Vec<&'static str> {
        vec!["FunctionName", "Id"]
    }

    async fn live(&self, physical_id: &str, properties: &Value) -> Result<Live, Fault> {
        let parameters = json!({ "FunctionName": properties["FunctionName"] });
        let Some(answer) = look_up(&*self.0, "GetPolicy", parameters, MISSING).await? else {
            return Ok(Live::Deleted);
        };
        let policy = answer["Policy"].as_str().unwrap_or_default();
        let policy: Value = serde_json::from_str(policy).unwrap_or_default();
        let mut statements = policy["Statement"].as_array().into_iter().flatten();
        let exists = statements.any(|statement| statement["Sid"] == physical_id);
        Ok(Live::existing(exists, properties))
    }

    async fn create(
        &self,
        physical_id: &str,
        properties: &Value,
        again: bool,
    ) -> Result<(), Fault> {
        let names: Vec<&str> = self.properties().iter().map(|it| it.name).collect();
        let mut parameters = only(properties, &names);
        parameters.insert("StatementId".to_owned(), json!(physical_id));
        let added = ask(&*self.0, "AddPermission", Value::Object(parameters)).await;
        unless_again(added, again, "ResourceConflictException")
    }

    async fn attributes(&self, physical_id: &str, _: &Value) -> Result<Attributes, Fault> {
        Ok(attributes([("Id", physical_id.to_owned())]))
    }

    async fn delete(&self, physical_id: &str, properties: &Value) -> Result<(), Fault> {
        let function = &properties["FunctionName"];
        let parameters = json!({ "FunctionName": function, "StatementId": physical_id });
        ask(&*self.0, "RemovePermission", parameters)
            .await
            .map(drop)
    }
}
