//! Managed policies: those that the account made. Those that AWS made can be attached to roles, but
//! what they allow is not known here.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::document::{About, Document};
use super::names::{self, LONGEST_POLICY, arn};
use super::page::Paging;
use super::tags::{self, Tag};
use super::{Iam, now};
use crate::fault::Fault;
use crate::store::Record;
use crate::tags::Tags;
use crate::wire::{self, lenient};

const AWS: &str = "arn:aws:iam::aws:policy/";
/// A policy is made with it and keeps it.
const VERSION: &str = "v1";

#[derive(Debug, Deserialize, Serialize)]
pub struct Policy {
    name: String,
    path: String,
    id: String,
    created: String,
    document: Document,
    description: Option<String>,
    tags: Tags,
    arn: String,
}

impl Record for Policy {
    const KIND: &'static str = "iam.policy";
}

impl Policy {
    fn outline(&self, attachments: usize) -> Value {
        json!({
            "PolicyName": self.name,
            "PolicyId": self.id,
            "Arn": self.arn,
            "Path": self.path,
            "DefaultVersionId": VERSION,
            "AttachmentCount": attachments,
            "PermissionsBoundaryUsageCount": 0,
            "IsAttachable": true,
            "CreateDate": self.created,
            "UpdateDate": self.created,
        })
    }

    fn described(&self, attachments: usize) -> Value {
        let mut policy = self.outline(attachments);
        policy["Description"] = json!(self.description);
        if !self.tags.is_empty() {
            policy["Tags"] = json!(tags::listed(&self.tags));
        }
        policy
    }
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Creation {
    policy_name: String,
    path: Option<String>,
    policy_document: Document,
    description: Option<String>,
    #[serde(default, deserialize_with = "wire::list")]
    tags: Vec<Tag>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Named {
    policy_arn: String,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Versioned {
    policy_arn: String,
    version_id: String,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Listing {
    scope: Option<String>,
    #[serde(default, deserialize_with = "lenient")]
    only_attached: Option<bool>,
    path_prefix: Option<String>,
    #[serde(flatten)]
    paging: Paging,
}

/// Of a policy's ARN.
pub fn path_and_name(arn: &str) -> (&str, &str) {
    let rest = arn.find('/').map_or("/", |slash| &arn[slash..]);
    rest.split_at(rest.rfind('/').map_or(0, |slash| slash + 1))
}

pub fn exists(iam: &Iam, arn: &str) -> Result<bool, Fault> {
    let made_by_aws = arn.starts_with(AWS) && !path_and_name(arn).1.is_empty();
    Ok(made_by_aws || iam.policies.get(arn)?.is_some())
}

fn found(iam: &Iam, arn: &str) -> Result<Policy, Fault> {
    iam.policies.get(arn)?.ok_or_else(|| missing(arn))
}

fn missing(arn: &str) -> Fault {
    let why = if arn.starts_with(AWS) {
        ": of the policies that AWS made, the sandbox knows only the names"
    } else {
        ""
    };
    let message = format!("Policy {arn} was not found{why}.");
    Fault::not_found("NoSuchEntity", message)
}

/// To how many roles a policy is attached.
fn attachments(iam: &Iam, arn: &str) -> Result<usize, Fault> {
    let roles = iam.roles.all()?;
    Ok(roles
        .iter()
        .filter(|role| role.attached.contains(arn))
        .count())
}

pub async fn create(iam: &Iam, asked: Creation) -> Result<Value, Fault> {
    let name = names::check("policyName", &asked.policy_name, LONGEST_POLICY)?;
    let path = names::path(asked.path)?;
    let policy = Policy {
        name: name.to_owned(),
        id: names::id("ANPA"),
        created: now(),
        document: asked.policy_document.checked(About::Permissions)?,
        description: asked.description.filter(|text| !text.is_empty()),
        tags: tags::added(Tags::new(), asked.tags)?,
        arn: arn("policy", &path, name),
        path,
    };
    if !iam.policies.insert(&policy.arn, &policy)? {
        return Err(Fault::conflict(
            "EntityAlreadyExists",
            format!("A policy called {name} already exists. Duplicate names are not allowed."),
        ));
    }
    let mut outline = policy.outline(0);
    if !policy.tags.is_empty() {
        outline["Tags"] = json!(tags::listed(&policy.tags));
    }
    Ok(json!({ "Policy": outline }))
}

pub async fn get(iam: &Iam, asked: Named) -> Result<Value, Fault> {
    let policy = found(iam, &asked.policy_arn)?;
    let attachments = attachments(iam, &asked.policy_arn)?;
    Ok(json!({ "Policy": policy.described(attachments) }))
}

pub async fn get_version(iam: &Iam, asked: Versioned) -> Result<Value, Fault> {
    let policy = found(iam, &asked.policy_arn)?;
    if asked.version_id != VERSION {
        let message = format!(
            "Policy {} version {} does not exist or is not attachable.",
            asked.policy_arn, asked.version_id
        );
        return Err(Fault::not_found("NoSuchEntity", message));
    }
    let mut version = version(&policy);
    version["Document"] = json!(policy.document.encoded());
    Ok(json!({ "PolicyVersion": version }))
}

pub async fn list_versions(iam: &Iam, asked: Named) -> Result<Value, Fault> {
    let policy = found(iam, &asked.policy_arn)?;
    Ok(json!({ "Versions": [version(&policy)], "IsTruncated": false }))
}

fn version(policy: &Policy) -> Value {
    json!({ "VersionId": VERSION, "IsDefaultVersion": true, "CreateDate": policy.created })
}

/// Those that the account made.
pub async fn list(iam: &Iam, asked: Listing) -> Result<Value, Fault> {
    let prefix = asked.path_prefix.unwrap_or_default();
    let mut policies = Vec::new();
    if asked.scope.as_deref() != Some("AWS") {
        for policy in iam.policies.all()? {
            let attachments = attachments(iam, &policy.arn)?;
            let wanted = attachments > 0 || !asked.only_attached.unwrap_or(false);
            if wanted && policy.path.starts_with(&prefix) {
                policies.push((policy, attachments));
            }
        }
    }
    let page = asked.paging.page(policies, |(policy, _)| &policy.arn)?;
    Ok(page.answered("Policies", |(policy, attachments)| {
        policy.outline(attachments)
    }))
}

pub async fn delete(iam: &Iam, asked: Named) -> Result<(), Fault> {
    let _turn = iam.turn();
    let arn = &asked.policy_arn;
    if attachments(iam, arn)? > 0 {
        return Err(Fault::conflict(
            "DeleteConflict",
            "Cannot delete a policy attached to entities.",
        ));
    }
    if iam.policies.remove(arn)? {
        Ok(())
    } else {
        Err(missing(arn))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arns_have_paths_and_names() {
        let of_aws = "arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole";
        assert_eq!(
            path_and_name(of_aws),
            ("/service-role/", "AWSLambdaBasicExecutionRole")
        );
        assert_eq!(path_and_name("arn:aws:iam::0:policy/p"), ("/", "p"));
        assert_eq!(path_and_name("nonsense"), ("/", ""));
    }
}
