//! Managed policies attached to roles.

use serde::Deserialize;
use serde_json::{Value, json};

use super::pages::PageRequest;
use super::{Iam, managed_policies, names, roles};
use crate::fault::Fault;
use crate::page::Page;

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct AttachRolePolicyRequest {
    role_name: String,
    policy_arn: String,
}

pub type DetachRolePolicyRequest = AttachRolePolicyRequest;

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct ListAttachedRolePoliciesRequest {
    role_name: String,
    path_prefix: Option<String>,
    #[serde(flatten)]
    page: PageRequest,
}

pub async fn attach(iam: &Iam, request: AttachRolePolicyRequest) -> Result<(), Fault> {
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
    roles::modify(iam, &request.role_name, |role| {
        role.attached.insert(request.policy_arn);
        Ok(())
    })
}

pub async fn detach(iam: &Iam, request: DetachRolePolicyRequest) -> Result<(), Fault> {
    roles::modify(iam, &request.role_name, |role| {
        if role.attached.remove(&request.policy_arn) {
            Ok(())
        } else {
            Err(Fault::not_found(
                "NoSuchEntity",
                format!("Policy {} was not found.", request.policy_arn),
            ))
        }
    })
}

pub async fn list(iam: &Iam, request: ListAttachedRolePoliciesRequest) -> Result<Value, Fault> {
    let role = roles::find(iam, &request.role_name)?;
    let prefix = names::path_prefix(request.path_prefix)?;
    let attached = role.attached.into_iter();
    let attached =
        attached.filter(|arn| managed_policies::path_and_name(arn).0.starts_with(&prefix));
    request.page.response(
        "AttachedPolicies",
        |after, size| Ok(Page::of(attached, |arn| arn, after, size)),
        |arn| {
            let (_, name) = managed_policies::path_and_name(&arn);
            json!({ "PolicyName": name, "PolicyArn": arn })
        },
    )
}
