//! Inline policies of roles and users.

use serde::Deserialize;
use serde_json::{Value, json};

use super::Iam;
use super::entity::{self, Entity};
use super::names::{self, MAX_POLICY_NAME};
use super::pages::PageRequest;
use super::policy_document::{PolicyDocument, PolicyType};
use crate::fault::Fault;
use crate::page::Page;

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct GetPolicyRequest {
    #[serde(rename = "RoleName", alias = "UserName")]
    name: String,
    policy_name: String,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct PutPolicyRequest {
    #[serde(rename = "RoleName", alias = "UserName")]
    name: String,
    policy_name: String,
    policy_document: PolicyDocument,
}

pub type DeletePolicyRequest = GetPolicyRequest;

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct ListPoliciesRequest {
    #[serde(rename = "RoleName", alias = "UserName")]
    name: String,
    #[serde(flatten)]
    page: PageRequest,
}

fn no_such_policy<E: Entity>(name: &str) -> Fault {
    let message = format!("The {} policy with name {name} cannot be found.", E::WORD);
    Fault::not_found("NoSuchEntity", message)
}

/// Adds the policy, or replaces the one with the same name.
pub async fn put<E: Entity>(iam: &Iam, request: PutPolicyRequest) -> Result<(), Fault> {
    let name = names::check("policyName", &request.policy_name, MAX_POLICY_NAME)?;
    let document = request.policy_document.validated(PolicyType::Permissions)?;
    entity::modify(iam, &request.name, |entity: &mut E| {
        let inline = &mut entity.held_mut().inline;
        inline.insert(name.to_owned(), document);
        let size: usize = inline.values().map(PolicyDocument::size).sum();
        if size > E::MOST_INLINE {
            let message = format!(
                "Maximum policy size of {} bytes exceeded for {} {}",
                E::MOST_INLINE,
                E::WORD,
                request.name
            );
            return Err(Fault::conflict("LimitExceeded", message));
        }
        Ok(())
    })
}

pub async fn get<E: Entity>(iam: &Iam, request: GetPolicyRequest) -> Result<Value, Fault> {
    let entity: E = entity::find(iam, &request.name)?;
    let document = entity.held().inline.get(&request.policy_name);
    let document = document.ok_or_else(|| no_such_policy::<E>(&request.policy_name))?;
    Ok(json!({
        E::NAME: request.name,
        "PolicyName": request.policy_name,
        "PolicyDocument": document.encoded(),
    }))
}

pub async fn list<E: Entity>(iam: &Iam, request: ListPoliciesRequest) -> Result<Value, Fault> {
    let entity: E = entity::find(iam, &request.name)?;
    let names = entity.held().inline.keys();
    request.page.response(
        "PolicyNames",
        |after, size| Ok(Page::of(names, |name| name, after, size)),
        |name| name,
    )
}

pub async fn delete<E: Entity>(iam: &Iam, request: DeletePolicyRequest) -> Result<(), Fault> {
    entity::modify(iam, &request.name, |entity: &mut E| {
        let removed = entity.held_mut().inline.remove(&request.policy_name);
        removed
            .map(drop)
            .ok_or_else(|| no_such_policy::<E>(&request.policy_name))
    })
}
