//! Managed policies attached to roles and users.

use serde::Deserialize;
use serde_json::{Value, json};

use super::entity::{self, Entity};
use super::pages::PageRequest;
use super::roles::Role;
use super::users::User;
use super::{Iam, managed_policies, names};
use crate::fault::Fault;
use crate::page::Page;

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct AttachPolicyRequest {
    #[serde(rename = "RoleName", alias = "UserName")]
    name: String,
    policy_arn: String,
}

pub type DetachPolicyRequest = AttachPolicyRequest;

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct ListAttachedPoliciesRequest {
    #[serde(rename = "RoleName", alias = "UserName")]
    name: String,
    path_prefix: Option<String>,
    #[serde(flatten)]
    page: PageRequest,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct ListEntitiesRequest {
    policy_arn: String,
}

pub async fn attach<E: Entity>(iam: &Iam, request: AttachPolicyRequest) -> Result<(), Fault> {
    let _lock = iam.lock_attachments();
    if !managed_policies::exists(iam, &request.policy_arn)? {
        let message = format!(
            "Policy {} does not exist or is not attachable.",
            request.policy_arn
        );
        return Err(Fault::not_found("NoSuchEntity", message));
    }
    if managed_policies::path_and_name(&request.policy_arn).0 == "/aws-service-role/" {
        let message = "Cannot attach a Service Role Policy to a Customer Role.";
        return Err(Fault::invalid("PolicyNotAttachable", message));
    }
    entity::modify(iam, &request.name, |entity: &mut E| {
        entity.held_mut().attached.insert(request.policy_arn);
        Ok(())
    })
}

pub async fn detach<E: Entity>(iam: &Iam, request: DetachPolicyRequest) -> Result<(), Fault> {
    entity::modify(iam, &request.name, |entity: &mut E| {
        if entity.held_mut().attached.remove(&request.policy_arn) {
            Ok(())
        } else {
            Err(Fault::not_found(
                "NoSuchEntity",
                format!("Policy {} was not found.", request.policy_arn),
            ))
        }
    })
}

pub async fn list<E: Entity>(
    iam: &Iam,
    request: ListAttachedPoliciesRequest,
) -> Result<Value, Fault> {
    let entity: E = entity::find(iam, &request.name)?;
    let prefix = names::path_prefix(request.path_prefix)?;
    let attached = entity.held().attached.iter();
    let attached =
        attached.filter(|arn| managed_policies::path_and_name(arn).0.starts_with(&prefix));
    request.page.response(
        "AttachedPolicies",
        |after, size| Ok(Page::of(attached, |arn| arn, after, size)),
        |arn| {
            let (_, name) = managed_policies::path_and_name(arn);
            json!({ "PolicyName": name, "PolicyArn": arn })
        },
    )
}

/// Lists the users and roles that have the policy.
pub async fn list_entities(iam: &Iam, request: ListEntitiesRequest) -> Result<Value, Fault> {
    let arn = &request.policy_arn;
    if !managed_policies::exists(iam, arn)? {
        return Err(managed_policies::no_such_policy(arn));
    }
    let users = having::<User>(iam, arn)?.into_iter();
    let users = users.map(|user| json!({ "UserName": user.name(), "UserId": user.id }));
    let roles = having::<Role>(iam, arn)?.into_iter();
    let roles = roles.map(|role| json!({ "RoleName": role.name(), "RoleId": role.id }));
    Ok(json!({
        "PolicyGroups": [],
        "PolicyUsers": users.collect::<Vec<_>>(),
        "PolicyRoles": roles.collect::<Vec<_>>(),
        "IsTruncated": false,
    }))
}

fn having<E: Entity>(iam: &Iam, arn: &str) -> Result<Vec<E>, Fault> {
    let mut all = E::records(iam).all()?;
    all.retain(|entity| entity.held().attached.contains(arn));
    Ok(all)
}
