//! AWS::IAM::Role.

use std::sync::Arc;

use async_trait::async_trait;
use serde_json::{Value, json};

use super::tags::{TagOperations, retag};
use super::{
    Attributes, Live, Naming, Property, ResourceType, Shape, TAGS, ask, ask_unless, attributes,
    has, list, only, text, unless_again,
};
use crate::fault::Fault;
use crate::iam::Iam;

pub struct Role(pub Arc<Iam>);

const POLICY: Shape = Shape::Object(&[
    Property::required("PolicyDocument", Shape::Document),
    Property::required("PolicyName", Shape::Text),
]);
const TRUST: &str = "AssumeRolePolicyDocument";
const BOUNDARY: &str = "PermissionsBoundary";
const MANAGED: &str = "ManagedPolicyArns";
const INLINE: &str = "Policies";
const TAG_OPERATIONS: TagOperations = TagOperations {
    tag: "TagRole",
    untag: "UntagRole",
    ..TagOperations::new("RoleName", "Tags", "TagKeys")
};
const MISSING: &str = "NoSuchEntity";

#[async_trait]
impl ResourceType for Role {
    fn name(&self) -> &'static str {
        "AWS::IAM::Role"
    }

    fn properties(&self) -> &'static [Property] {
        const {
            &[
                Property::required(TRUST, Shape::Document),
                Property::optional("Description", Shape::Text),
                Property::optional(MANAGED, Shape::List(&Shape::Text)),
                Property::optional("MaxSessionDuration", Shape::Whole),
                Property::optional("Path", Shape::Text).replaces(),
                Property::optional(BOUNDARY, Shape::Text),
                Property::optional(INLINE, Shape::List(&POLICY)),
                Property::optional("RoleName", Shape::Text).replaces(),
                TAGS,
            ]
        }
    }

    fn attribute_names(&self) -> &'static [&'static str] {
        &["Arn", "RoleId"]
    }

    fn naming(&self) -> Naming {
        Naming::by("RoleName", 64)
    }

    async fn exists(&self, physical_id: &str, _: &Value) -> Result<bool, Fault> {
        let parameters = json!({ "RoleName": physical_id });
        has(&*self.0, "GetRole", parameters, MISSING).await
    }

    async fn live(&self, physical_id: &str, properties: &Value) -> Result<Live, Fault> {
        let exists = self.exists(physical_id, properties).await?;
        Ok(Live::existing(exists, properties))
    }

    async fn create(
        &self,
        physical_id: &str,
        properties: &Value,
        again: bool,
    ) -> Result<(), Fault> {
        let mut parameters = only(
            properties,
            &[
                "Description",
                "MaxSessionDuration",
                "Path",
                BOUNDARY,
                "Tags",
            ],
        );
        parameters.insert("RoleName".to_owned(), json!(physical_id));
        parameters.insert(TRUST.to_owned(), text(&properties[TRUST]));
        let created = ask(&*self.0, "CreateRole", Value::Object(parameters)).await;
        unless_again(created, again, "EntityAlreadyExists")?;
        self.add_policies(physical_id, properties).await
    }

    async fn attributes(&self, physical_id: &str, _: &Value) -> Result<Attributes, Fault> {
        let answer = ask(&*self.0, "GetRole", json!({ "RoleName": physical_id })).await?;
        let text = |name: &str| answer["Role"][name].as_str().unwrap_or_default().to_owned();
        Ok(attributes([
            ("Arn", text("Arn")),
            ("RoleId", text("RoleId")),
        ]))
    }

    async fn update(&self, physical_id: &str, old: &Value, new: &Value) -> Result<(), Fault> {
        if old[TRUST] != new[TRUST] {
            let document = text(&new[TRUST]);
            let parameters = json!({ "RoleName": physical_id, "PolicyDocument": document });
            ask(&*self.0, "UpdateAssumeRolePolicy", parameters).await?;
        }
        let differ = |name: &&str| old.get(*name) != new.get(*name);
        if ["Description", "MaxSessionDuration"].iter().any(differ) {
            let parameters = json!({
                "RoleName": physical_id,
                "Description": new.get("Description").unwrap_or(&json!("")),
                "MaxSessionDuration": new.get("MaxSessionDuration").unwrap_or(&json!(3600)),
            });
            ask(&*self.0, "UpdateRole", parameters).await?;
        }
        if differ(&BOUNDARY) {
            self.bound(physical_id, new.get(BOUNDARY)).await?;
        }
        self.add_policies(physical_id, new).await?;
        self.remove_policies(physical_id, old, new).await?;
        retag(&*self.0, &TAG_OPERATIONS, physical_id, old, new).await
    }

    async fn delete(&self, physical_id: &str, properties: &Value) -> Result<(), Fault> {
        self.remove_policies(physical_id, properties, &Value::Null)
            .await?;
        let parameters = json!({ "RoleName": physical_id });
        ask(&*self.0, "DeleteRole", parameters).await.map(drop)
    }
}

impl Role {
    async fn bound(&self, role: &str, boundary: Option<&Value>) -> Result<(), Fault> {
        let (operation, parameters) = match boundary {
            Some(arn) => (
                "PutRolePermissionsBoundary",
                json!({ "RoleName": role, BOUNDARY: arn }),
            ),
            None => ("DeleteRolePermissionsBoundary", json!({ "RoleName": role })),
        };
        ask(&*self.0, operation, parameters).await?;
        Ok(())
    }

    async fn add_policies(&self, role: &str, properties: &Value) -> Result<(), Fault> {
        for policy in list(properties, INLINE) {
            put_inline(
                &self.0,
                role,
                &policy["PolicyName"],
                &policy["PolicyDocument"],
            )
            .await?;
        }
        for arn in list(properties, MANAGED) {
            let parameters = json!({ "RoleName": role, "PolicyArn": arn });
            ask(&*self.0, "AttachRolePolicy", parameters).await?;
        }
        Ok(())
    }

    /// Those of `old` that `new` does not have.
    async fn remove_policies(&self, role: &str, old: &Value, new: &Value) -> Result<(), Fault> {
        let kept: Vec<&Value> = list(new, INLINE)
            .iter()
            .map(|it| &it["PolicyName"])
            .collect();
        for policy in list(old, INLINE) {
            if !kept.contains(&&policy["PolicyName"]) {
                delete_inline(&self.0, role, &policy["PolicyName"]).await?;
            }
        }
        for arn in list(old, MANAGED) {
            if !list(new, MANAGED).contains(arn) {
                let parameters = json!({ "RoleName": role, "PolicyArn": arn });
                ask_unless(&*self.0, "DetachRolePolicy", parameters, MISSING).await?;
            }
        }
        Ok(())
    }
}

/// Gives a role a policy of its own, in place of one with the same name.
pub async fn put_inline(
    iam: &Iam,
    role: &str,
    name: &Value,
    document: &Value,
) -> Result<(), Fault> {
    let parameters =
        json!({ "RoleName": role, "PolicyName": name, "PolicyDocument": text(document) });
    ask(iam, "PutRolePolicy", parameters).await?;
    Ok(())
}

pub async fn delete_inline(iam: &Iam, role: &str, name: &Value) -> Result<(), Fault> {
    let parameters = json!({ "RoleName": role, "PolicyName": name });
    ask_unless(iam, "DeleteRolePolicy", parameters, MISSING).await
}
