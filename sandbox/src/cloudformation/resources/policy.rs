//! AWS::IAM::Policy: a policy inside of roles.

use std::sync::Arc;

use async_trait::async_trait;
use serde_json::Value;

use super::role::{delete_inline, put_inline};
use super::{Naming, Property, ResourceType, Shape, list};
use crate::fault::Fault;
use crate::iam::Iam;

pub struct InlinePolicy(pub Arc<Iam>);

const NAME: &str = "PolicyName";
const DOCUMENT: &str = "PolicyDocument";
const ROLES: &str = "Roles";

#[async_trait]
impl ResourceType for InlinePolicy {
    fn name(&self) -> &'static str {
        "AWS::IAM::Policy"
    }

    fn properties(&self) -> &'static [Property] {
        const {
            &[
                Property::required(DOCUMENT, Shape::Document),
                Property::required(NAME, Shape::Text),
                Property::optional(ROLES, Shape::List(&Shape::Text)),
            ]
        }
    }

    /// Only `Ref` shows it: each role has names of its own for its policies.
    fn naming(&self) -> Naming {
        Naming::generated(128)
    }

    async fn create(&self, _: &str, properties: &Value, _again: bool) -> Result<(), Fault> {
        if list(properties, ROLES).is_empty() {
            return Err(Fault::invalid(
                "ValidationError",
                "At least one of [Groups,Roles,Users] must be non-empty. (The sandbox has roles only.)",
            ));
        }
        for role in roles(properties) {
            put_inline(&self.0, role, &properties[NAME], &properties[DOCUMENT]).await?;
        }
        Ok(())
    }

    async fn update(&self, physical_id: &str, old: &Value, new: &Value) -> Result<(), Fault> {
        self.create(physical_id, new, true).await?;
        let renamed = old[NAME] != new[NAME];
        let kept: Vec<&str> = roles(new).collect();
        for role in roles(old).filter(|role| renamed || !kept.contains(role)) {
            delete_inline(&self.0, role, &old[NAME]).await?;
        }
        Ok(())
    }

    async fn delete(&self, _: &str, properties: &Value) -> Result<(), Fault> {
        for role in roles(properties) {
            delete_inline(&self.0, role, &properties[NAME]).await?;
        }
        Ok(())
    }
}

fn roles(properties: &Value) -> impl Iterator<Item = &str> {
    list(properties, ROLES).iter().filter_map(Value::as_str)
}
