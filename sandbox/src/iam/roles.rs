//! Roles.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::names::{self, MAX_ROLE_NAME, arn, validation_error};
use super::pages::PageRequest;
use super::policy_document::{PolicyDocument, PolicyType};
use super::tags::{self, Tag};
use super::{Iam, boundaries, no_such_entity, now};
use crate::fault::Fault;
use crate::store::{Index, Record};
use crate::tags::Tags;
use crate::wire::{self, lenient};

/// In seconds. Source: `roleMaxSessionDurationType` in IAM's API model.
const SESSION_DURATION: std::ops::RangeInclusive<u32> = 3_600..=43_200;
/// In characters. Source: `roleDescriptionType` there.
const MAX_DESCRIPTION: usize = 1_000;

#[derive(Debug, Deserialize, Serialize)]
pub struct Role {
    name: String,
    path: String,
    pub id: String,
    created: String,
    trust: PolicyDocument,
    description: Option<String>,
    #[serde(alias = "longest_session")]
    pub max_session_duration: u32,
    /// The ARN of a managed policy.
    pub boundary: Option<String>,
    pub tags: Tags,
    /// By name.
    pub inline: BTreeMap<String, PolicyDocument>,
    /// The ARNs of managed policies.
    pub attached: BTreeSet<String>,
}

/// By the ARNs of the managed policies that are attached to it.
pub const BY_ATTACHED_POLICY: Index<Role> = Index::new("attached-policy", |role| {
    role.attached.iter().cloned().collect()
});

/// By the ARN of the managed policy that is its permissions boundary.
pub const BY_BOUNDARY: Index<Role> =
    Index::new("boundary", |role| role.boundary.iter().cloned().collect());

/// By its name in lower case: names are not distinguished by case.
const BY_FOLDED_NAME: Index<Role> =
    Index::new("folded-name", |role| vec![role.name.to_lowercase()]);

impl Record for Role {
    const KIND: &'static str = "iam.role";
    const INDEXES: &'static [Index<Self>] = &[BY_ATTACHED_POLICY, BY_BOUNDARY, BY_FOLDED_NAME];
}

impl Role {
    pub fn arn(&self) -> String {
        arn("role", &self.path, &self.name)
    }

    /// What lists of roles show.
    fn summary(&self) -> Value {
        json!({
            "Path": self.path,
            "RoleName": self.name,
            "RoleId": self.id,
            "Arn": self.arn(),
            "CreateDate": self.created,
            "AssumeRolePolicyDocument": self.trust.encoded(),
            "Description": self.description,
            "MaxSessionDuration": self.max_session_duration,
        })
    }

    fn details(&self) -> Value {
        let mut role = self.summary();
        if !self.tags.is_empty() {
            role["Tags"] = json!(tags::to_list(&self.tags));
        }
        if let Some(boundary) = &self.boundary {
            role["PermissionsBoundary"] = json!({
                "PermissionsBoundaryType": "Policy",
                "PermissionsBoundaryArn": boundary,
            });
        }
        role
    }
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct GetRoleRequest {
    pub role_name: String,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct CreateRoleRequest {
    role_name: String,
    path: Option<String>,
    assume_role_policy_document: PolicyDocument,
    description: Option<String>,
    #[serde(default, deserialize_with = "lenient")]
    max_session_duration: Option<u32>,
    permissions_boundary: Option<String>,
    #[serde(default, deserialize_with = "wire::list")]
    tags: Vec<Tag>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct UpdateRoleRequest {
    role_name: String,
    description: Option<String>,
    #[serde(default, deserialize_with = "lenient")]
    max_session_duration: Option<u32>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct UpdateAssumeRolePolicyRequest {
    role_name: String,
    policy_document: PolicyDocument,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct ListRolesRequest {
    path_prefix: Option<String>,
    #[serde(flatten)]
    page: PageRequest,
}

pub type DeleteRoleRequest = GetRoleRequest;
pub type UpdateRoleDescriptionRequest = UpdateRoleRequest;

pub fn find(iam: &Iam, name: &str) -> Result<Role, Fault> {
    iam.roles
        .get(name)?
        .ok_or_else(|| no_such_entity("role", name))
}

/// Runs `change` on the role; when it fails, nothing is written.
pub fn modify<R>(
    iam: &Iam,
    name: &str,
    change: impl FnOnce(&mut Role) -> Result<R, Fault>,
) -> Result<R, Fault> {
    iam.roles.change(name, |role| match role {
        Some(role) => change(role),
        None => Err(no_such_entity("role", name)),
    })
}

pub async fn create(iam: &Iam, request: CreateRoleRequest) -> Result<Value, Fault> {
    let name = names::check("roleName", &request.role_name, MAX_ROLE_NAME)?;
    let role = Role {
        name: name.to_owned(),
        path: names::path(request.path)?,
        id: names::unique_id("AROA"),
        created: now(),
        trust: request
            .assume_role_policy_document
            .validated(PolicyType::Trust)?,
        description: check_description(request.description)?,
        max_session_duration: check_session(request.max_session_duration)?
            .unwrap_or(*SESSION_DURATION.start()),
        boundary: request.permissions_boundary,
        tags: tags::merge(Tags::new(), request.tags)?,
        inline: BTreeMap::new(),
        attached: BTreeSet::new(),
    };
    let _lock = iam.lock_attachments();
    if let Some(boundary) = &role.boundary {
        boundaries::check(iam, boundary)?;
    }
    let taken = iam.roles.count(&BY_FOLDED_NAME, &name.to_lowercase())? > 0;
    if taken || !iam.roles.insert(name, &role)? {
        return Err(Fault::conflict(
            "EntityAlreadyExists",
            format!("Role with name {name} already exists."),
        ));
    }
    Ok(json!({ "Role": role.details() }))
}

/// Of a role or a managed policy; an empty one is none.
pub fn check_description(description: Option<String>) -> Result<Option<String>, Fault> {
    let description = description.filter(|text| !text.is_empty());
    match &description {
        Some(text) if text.chars().count() > MAX_DESCRIPTION => Err(validation_error(format!(
            "Description has more than {MAX_DESCRIPTION} characters"
        ))),
        Some(text) if !text.chars().all(is_in_description) => Err(validation_error(
            "Description has characters that are not allowed, such as control characters"
                .to_owned(),
        )),
        _ => Ok(description),
    }
}

/// Source: the pattern of `roleDescriptionType` in IAM's API model.
fn is_in_description(character: char) -> bool {
    matches!(character, '\t' | '\n' | '\r' | ' '..='~' | '\u{a1}'..='\u{ff}')
}

fn check_session(seconds: Option<u32>) -> Result<Option<u32>, Fault> {
    match seconds {
        Some(seconds) if !SESSION_DURATION.contains(&seconds) => Err(validation_error(format!(
            "MaxSessionDuration is {seconds}, but must be {} to {}",
            SESSION_DURATION.start(),
            SESSION_DURATION.end()
        ))),
        seconds => Ok(seconds),
    }
}

pub async fn get(iam: &Iam, request: GetRoleRequest) -> Result<Value, Fault> {
    let mut role = find(iam, &request.role_name)?.details();
    // Empty as for a role that was never used: uses are not recorded.
    role["RoleLastUsed"] = json!({});
    Ok(json!({ "Role": role }))
}

pub async fn list(iam: &Iam, request: ListRolesRequest) -> Result<Value, Fault> {
    let prefix = names::path_prefix(request.path_prefix)?;
    request.page.response(
        "Roles",
        |after, size| {
            let is_wanted = |role: &Role| role.path.starts_with(&prefix);
            Ok(iam.roles.page("", after, size, is_wanted)?)
        },
        |(_, role)| role.summary(),
    )
}

/// The result is an empty object, where other operations have none. Source: `UpdateRoleResponse` in
/// IAM's API model.
pub async fn update(iam: &Iam, request: UpdateRoleRequest) -> Result<Value, Fault> {
    let max_session_duration = check_session(request.max_session_duration)?;
    let given = request.description.is_some();
    let description = check_description(request.description)?;
    modify(iam, &request.role_name, |role| {
        role.max_session_duration = max_session_duration.unwrap_or(role.max_session_duration);
        if given {
            role.description = description;
        }
        Ok(json!({}))
    })
}

pub async fn update_description(
    iam: &Iam,
    request: UpdateRoleDescriptionRequest,
) -> Result<Value, Fault> {
    let description = check_description(request.description)?;
    modify(iam, &request.role_name, |role| {
        role.description = description;
        Ok(json!({ "Role": role.details() }))
    })
}

pub async fn update_trust(iam: &Iam, request: UpdateAssumeRolePolicyRequest) -> Result<(), Fault> {
    let trust = request.policy_document.validated(PolicyType::Trust)?;
    modify(iam, &request.role_name, |role| {
        role.trust = trust;
        Ok(())
    })
}

pub async fn delete(iam: &Iam, request: DeleteRoleRequest) -> Result<(), Fault> {
    iam.roles.change(&request.role_name, |role| {
        let conflict = |message: &str| Err(Fault::conflict("DeleteConflict", message));
        match role {
            None => Err(no_such_entity("role", &request.role_name)),
            Some(role) if !role.attached.is_empty() => {
                conflict("Cannot delete entity, must detach all policies first.")
            }
            Some(role) if !role.inline.is_empty() => {
                conflict("Cannot delete entity, must delete policies first.")
            }
            role => {
                *role = None;
                Ok(())
            }
        }
    })
}
