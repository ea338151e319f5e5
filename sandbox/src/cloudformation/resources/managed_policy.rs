//! AWS::IAM::ManagedPolicy.

use std::sync::Arc;

use async_trait::async_trait;
use serde_json::{Value, json};

use super::{
    Attributes, Live, Naming, Property, ResourceType, Shape, ask, ask_unless, attributes, has,
    list, only, text, unless_again,
};
use crate::arn;
use crate::fault::Fault;
use crate::iam::Iam;

pub struct ManagedPolicy(pub Arc<Iam>);

const DOCUMENT: &str = "PolicyDocument";
const MISSING: &str = "NoSuchEntity";

#[async_trait]
impl ResourceType for ManagedPolicy {
    fn name(&self) -> &'static str {
        "AWS::IAM::ManagedPolicy"
    }

    fn properties(&self) -> &'static [Property] {
        const {
            &[
                Property::optional("Description", Shape::Text).replaces(),
                Property::optional("ManagedPolicyName", Shape::Text).replaces(),
                Property::optional("Path", Shape::Text).replaces(),
                // On AWS a new version of the policy. The sandbox's policies have one version.
                Property::required(DOCUMENT, Shape::Document).replaces(),
                Property::optional("Roles", Shape::List(&Shape::Text)),
            ]
        }
    }

    fn attribute_names(&self) -> &'static [&'static str] {
        &["PolicyArn"]
    }

    fn naming(&self) -> Naming {
        Naming::by("ManagedPolicyName", 128)
    }

    fn identifiers(&self) -> Vec<&'static str> {
        vec!["PolicyArn"]
    }

    fn physical_id(&self, name: &str, properties: &Value) -> String {
        let path = properties["Path"].as_str().unwrap_or("/");
        arn::global("iam", format!("policy{path}{name}"))
    }

    async fn exists(&self, arn: &str, _: &Value) -> Result<bool, Fault> {
        let parameters = json!({ "PolicyArn": arn });
        has(&*self.0, "GetPolicy", parameters, MISSING).await
    }

    async fn live(&self, arn: &str, properties: &Value) -> Result<Live, Fault> {
        let exists = self.exists(arn, properties).await?;
        Ok(Live::existing(exists, properties))
    }

    async fn create(&self, arn: &str, properties: &Value, again: bool) -> Result<(), Fault> {
        let mut parameters = only(properties, &["Description", "Path"]);
        let name = arn.rsplit('/').next().unwrap_or_default();
        parameters.insert("PolicyName".to_owned(), json!(name));
        parameters.insert(DOCUMENT.to_owned(), text(&properties[DOCUMENT]));
        let created = ask(&*self.0, "CreatePolicy", Value::Object(parameters)).await;
        unless_again(created, again, "EntityAlreadyExists")?;
        for role in list(properties, "Roles") {
            let parameters = json!({ "RoleName": role, "PolicyArn": arn });
            ask(&*self.0, "AttachRolePolicy", parameters).await?;
        }
        Ok(())
    }

    async fn attributes(&self, arn: &str, _: &Value) -> Result<Attributes, Fault> {
        Ok(attributes([("PolicyArn", arn.to_owned())]))
    }

    async fn update(&self, arn: &str, old: &Value, new: &Value) -> Result<(), Fault> {
        self.create(arn, new, true).await?;
        self.detach(arn, old, new).await
    }

    async fn delete(&self, arn: &str, properties: &Value) -> Result<(), Fault> {
        self.detach(arn, properties, &Value::Null).await?;
        let parameters = json!({ "PolicyArn": arn });
        ask(&*self.0, "DeletePolicy", parameters).await.map(drop)
    }
}

impl ManagedPolicy {
    /// From the roles of `old` that `new` does not have.
    async fn detach(&self, arn: &str, old: &Value, new: &Value) -> Result<(), Fault> {
        for role in list(old, "Roles") {
            if !list(new, "Roles").contains(role) {
                let parameters = json!({ "RoleName": role, "PolicyArn": arn });
                ask_unless(&*self.0, "DetachRolePolicy", parameters, MISSING).await?;
            }
        }
        Ok(())
    }
}
