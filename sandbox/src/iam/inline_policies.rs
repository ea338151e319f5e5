//! Inline policies of roles.

use serde::Deserialize;
use serde_json::{Value, json};

use super::names::{self, MAX_POLICY_NAME};
use super::pages::PageRequest;
use super::policy_document::{PolicyDocument, PolicyType};
use super::{Iam, roles};
use crate::fault::Fault;
use crate::page::Page;

/// Of all inline policies of a role, in characters without white space. Source: "IAM and AWS STS quotas"
/// in IAM's user guide.
const MAX_SIZE: usize = 10_240;

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct GetRolePolicyRequest {
    role_name: String,
    policy_name: String,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct PutRolePolicyRequest {
    role_name: String,
    policy_name: String,
    policy_document: PolicyDocument,
}

pub type DeleteRolePolicyRequest = GetRolePolicyRequest;

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct ListRolePoliciesRequest {
    role_name: String,
    #[serde(flatten)]
    page: PageRequest,
}

fn no_such_policy(name: &str) -> Fault {
    let message = format!("The role policy with name {name} cannot be found.");
    Fault::not_found("NoSuchEntity", message)
}

/// Adds the policy, or replaces the one with the same name.
pub async fn put(iam: &Iam, request: PutRolePolicyRequest) -> Result<(), Fault> {
    let name = names::check("policyName", &request.policy_name, MAX_POLICY_NAME)?;
    let document = request.policy_document.validated(PolicyType::Permissions)?;
    roles::modify(iam, &request.role_name, |role| {
        role.inline.insert(name.to_owned(), document);
        let size: usize = role.inline.values().map(PolicyDocument::size).sum();
        if size > MAX_SIZE {
            let message = format!(
                "Maximum policy size of {MAX_SIZE} bytes exceeded for role {}",
                request.role_name
            );
            return Err(Fault::conflict("LimitExceeded", message));
        }
        Ok(())
    })
}

pub async fn get(iam: &Iam, request: GetRolePolicyRequest) -> Result<Value, Fault> {
    let role = roles::find(iam, &request.role_name)?;
    let document = role.inline.get(&request.policy_name);
    let document = document.ok_or_else(|| no_such_policy(&request.policy_name))?;
    Ok(json!({
        "RoleName": request.role_name,
        "PolicyName": request.policy_name,
        "PolicyDocument": document.encoded(),
    }))
}

pub async fn list(iam: &Iam, request: ListRolePoliciesRequest) -> Result<Value, Fault> {
    let role = roles::find(iam, &request.role_name)?;
    let names = role.inline.into_keys();
    request.page.response(
        "PolicyNames",
        |after, size| Ok(Page::of(names, |name| name, after, size)),
        |name| name,
    )
}

pub async fn delete(iam: &Iam, request: DeleteRolePolicyRequest) -> Result<(), Fault> {
    roles::modify(iam, &request.role_name, |role| {
        let removed = role.inline.remove(&request.policy_name);
        removed
            .map(drop)
            .ok_or_else(|| no_such_policy(&request.policy_name))
    })
}
