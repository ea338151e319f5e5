//! Customer managed policies. AWS managed policies can be attached to roles, but only their names
//! are known.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::entity::Entity;
use super::names::{self, MAX_POLICY_NAME, arn, validation_error};
use super::pages::PageRequest;
use super::policy_document::{PolicyDocument, PolicyType};
use super::tags::{self, Tag};
use super::{Iam, now};
use crate::arn::Arn;
use crate::aws_managed_policies;
use crate::fault::Fault;
use crate::page::Page;
use crate::store::{Index, Record, Records};
use crate::tags::Tags;
use crate::wire::{self, lenient};

/// The only version: nothing here makes others.
const VERSION: &str = "v1";
/// In characters without white space. Source: "IAM and AWS STS quotas" in IAM's user guide.
const MAX_SIZE: usize = 6_144;

#[derive(Debug, Deserialize, Serialize)]
pub struct Policy {
    name: String,
    path: String,
    id: String,
    created: String,
    pub document: PolicyDocument,
    description: Option<String>,
    tags: Tags,
    arn: String,
}

/// By its name in lower case: names are not distinguished by case, nor by their paths.
const BY_FOLDED_NAME: Index<Policy> =
    Index::new("folded-name", |policy| vec![policy.name.to_lowercase()]);

impl Record for Policy {
    const KIND: &'static str = "iam.policy";
    const INDEXES: &'static [Index<Self>] = &[BY_FOLDED_NAME];
}

impl Policy {
    fn summary(&self, usage: Usage) -> Value {
        json!({
            "PolicyName": self.name,
            "PolicyId": self.id,
            "Arn": self.arn,
            "Path": self.path,
            "DefaultVersionId": VERSION,
            "AttachmentCount": usage.attachments,
            "PermissionsBoundaryUsageCount": usage.boundaries,
            "IsAttachable": true,
            "CreateDate": self.created,
            "UpdateDate": self.created,
        })
    }

    fn details(&self, usage: Usage) -> Value {
        let mut policy = self.summary(usage);
        policy["Description"] = json!(self.description);
        if !self.tags.is_empty() {
            policy["Tags"] = json!(tags::to_list(&self.tags));
        }
        policy
    }
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct CreatePolicyRequest {
    policy_name: String,
    path: Option<String>,
    policy_document: PolicyDocument,
    description: Option<String>,
    #[serde(default, deserialize_with = "wire::list")]
    tags: Vec<Tag>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct GetPolicyRequest {
    policy_arn: String,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct GetPolicyVersionRequest {
    policy_arn: String,
    version_id: String,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct ListPoliciesRequest {
    scope: Option<String>,
    #[serde(default, deserialize_with = "lenient")]
    only_attached: Option<bool>,
    path_prefix: Option<String>,
    #[serde(flatten)]
    page: PageRequest,
}

pub type DeletePolicyRequest = GetPolicyRequest;
pub type ListPolicyVersionsRequest = GetPolicyRequest;

/// The path and the name in a policy's ARN.
pub fn path_and_name(arn: &str) -> (&str, &str) {
    let rest = arn.find('/').map_or("/", |slash| &arn[slash..]);
    rest.split_at(rest.rfind('/').map_or(0, |slash| slash + 1))
}

/// Whether the policy can be attached. Fails with `ValidationError` if it is not an ARN.
pub fn exists(iam: &Iam, arn: &str) -> Result<bool, Fault> {
    if Arn::parse(arn).is_none() {
        return Err(validation_error(format!("ARN {arn} is not valid.")));
    }
    Ok(aws_managed_policies::exists(arn) || iam.policies.get(arn)?.is_some())
}

fn find(iam: &Iam, arn: &str) -> Result<Policy, Fault> {
    iam.policies.get(arn)?.ok_or_else(|| no_such_policy(arn))
}

pub fn no_such_policy(arn: &str) -> Fault {
    let why = if aws_managed_policies::is_aws_managed(arn) {
        ": the sandbox knows only the names of AWS managed policies"
    } else {
        ""
    };
    let message = format!("Policy {arn} was not found{why}.");
    Fault::not_found("NoSuchEntity", message)
}

/// How many roles and users have a policy, and as what.
#[derive(Clone, Copy, Default, PartialEq)]
struct Usage {
    attachments: usize,
    boundaries: usize,
}

impl Usage {
    fn of(iam: &Iam, arn: &str) -> Result<Self, Fault> {
        let (roles, users) = (Self::by(&iam.roles, arn)?, Self::by(&iam.users, arn)?);
        Ok(Self {
            attachments: roles.attachments + users.attachments,
            boundaries: roles.boundaries + users.boundaries,
        })
    }

    fn by<E: Entity>(entities: &Records<E>, arn: &str) -> Result<Self, Fault> {
        Ok(Self {
            attachments: entities.count(&E::BY_ATTACHED_POLICY, arn)?,
            boundaries: entities.count(&E::BY_BOUNDARY, arn)?,
        })
    }
}

fn attached_to<E: Entity>(entities: &Records<E>) -> Result<Vec<String>, Fault> {
    let entries = entities.entries(&E::BY_ATTACHED_POLICY, "")?.into_iter();
    Ok(entries.map(|(arn, _)| arn).collect())
}

pub async fn create(iam: &Iam, request: CreatePolicyRequest) -> Result<Value, Fault> {
    let name = names::check("policyName", &request.policy_name, MAX_POLICY_NAME)?;
    let path = names::path(request.path)?;
    let document = request.policy_document.validated(PolicyType::Permissions)?;
    if document.size() > MAX_SIZE {
        let message = format!("Cannot exceed quota for PolicySize: {MAX_SIZE}");
        return Err(Fault::conflict("LimitExceeded", message));
    }
    let policy = Policy {
        name: name.to_owned(),
        id: names::unique_id("ANPA"),
        created: now(),
        document,
        description: names::check_description(request.description)?,
        tags: tags::merge(Tags::new(), request.tags)?,
        arn: arn("policy", &path, name),
        path,
    };
    let _lock = iam.lock_attachments();
    let taken = iam.policies.count(&BY_FOLDED_NAME, &name.to_lowercase())? > 0;
    if taken || !iam.policies.insert(&policy.arn, &policy)? {
        return Err(Fault::conflict(
            "EntityAlreadyExists",
            format!("A policy called {name} already exists. Duplicate names are not allowed."),
        ));
    }
    let mut summary = policy.summary(Usage::default());
    if !policy.tags.is_empty() {
        summary["Tags"] = json!(tags::to_list(&policy.tags));
    }
    Ok(json!({ "Policy": summary }))
}

pub async fn get(iam: &Iam, request: GetPolicyRequest) -> Result<Value, Fault> {
    let policy = find(iam, &request.policy_arn)?;
    let usage = Usage::of(iam, &request.policy_arn)?;
    Ok(json!({ "Policy": policy.details(usage) }))
}

pub async fn get_version(iam: &Iam, request: GetPolicyVersionRequest) -> Result<Value, Fault> {
    let policy = find(iam, &request.policy_arn)?;
    if request.version_id != VERSION {
        let message = format!(
            "Policy {} version {} does not exist or is not attachable.",
            request.policy_arn, request.version_id
        );
        return Err(Fault::not_found("NoSuchEntity", message));
    }
    let mut version = version(&policy);
    version["Document"] = json!(policy.document.encoded());
    Ok(json!({ "PolicyVersion": version }))
}

pub async fn list_versions(iam: &Iam, request: ListPolicyVersionsRequest) -> Result<Value, Fault> {
    let policy = find(iam, &request.policy_arn)?;
    Ok(json!({ "Versions": [version(&policy)], "IsTruncated": false }))
}

fn version(policy: &Policy) -> Value {
    json!({ "VersionId": VERSION, "IsDefaultVersion": true, "CreateDate": policy.created })
}

/// Lists the customer managed policies.
pub async fn list(iam: &Iam, request: ListPoliciesRequest) -> Result<Value, Fault> {
    let prefix = names::path_prefix(request.path_prefix)?;
    let attached: Option<BTreeSet<String>> = match request.only_attached {
        Some(true) => {
            let of_roles = attached_to(&iam.roles)?.into_iter();
            Some(of_roles.chain(attached_to(&iam.users)?).collect())
        }
        _ => None,
    };
    let is_wanted = |policy: &Policy| {
        let is_attached = attached
            .as_ref()
            .is_none_or(|arns| arns.contains(&policy.arn));
        is_attached && policy.path.starts_with(&prefix)
    };
    request.page.response(
        "Policies",
        |after, size| {
            if request.scope.as_deref() == Some("AWS") {
                return Ok(Page::empty());
            }
            let page = iam.policies.page("", after, size, is_wanted)?;
            page.try_map(|(arn, policy)| Ok(policy.summary(Usage::of(iam, &arn)?)))
        },
        |summary| summary,
    )
}

pub async fn delete(iam: &Iam, request: DeletePolicyRequest) -> Result<(), Fault> {
    let _lock = iam.lock_attachments();
    let arn = &request.policy_arn;
    if Usage::of(iam, arn)? != Usage::default() {
        return Err(Fault::conflict(
            "DeleteConflict",
            "Cannot delete a policy attached to entities.",
        ));
    }
    if iam.policies.remove(arn)? {
        Ok(())
    } else {
        Err(no_such_policy(arn))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arns_have_paths_and_names() {
        let aws_managed = "arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole";
        assert_eq!(
            path_and_name(aws_managed),
            ("/service-role/", "AWSLambdaBasicExecutionRole")
        );
        assert_eq!(path_and_name("arn:aws:iam::0:policy/p"), ("/", "p"));
        assert_eq!(path_and_name("nonsense"), ("/", ""));
    }
}
