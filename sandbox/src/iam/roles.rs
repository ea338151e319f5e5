//! Roles.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::entity::{self, Entity, Held};
use super::names::{self, MAX_ROLE_NAME, arn, validation_error};
use super::pages::PageRequest;
use super::policy_document::{PolicyDocument, PolicyType};
use super::tags::Tag;
use super::{Iam, no_such_entity, now};
use crate::fault::Fault;
use crate::store::{Index, Record, Records};
use crate::wire::{self, lenient};

/// In seconds. Source: `roleMaxSessionDurationType` in IAM's API model.
const SESSION_DURATION: std::ops::RangeInclusive<u32> = 3_600..=43_200;
#[derive(Debug, Deserialize, Serialize)]
pub struct Role {
    name: String,
    path: String,
    pub id: String,
    created: String,
    pub trust: PolicyDocument,
    description: Option<String>,
    #[serde(alias = "longest_session")]
    pub max_session_duration: u32,
    #[serde(flatten)]
    held: Held,
}

impl Record for Role {
    const KIND: &'static str = "iam.role";
    const INDEXES: &'static [Index<Self>] = &[
        Self::BY_ATTACHED_POLICY,
        Self::BY_BOUNDARY,
        Self::BY_FOLDED_NAME,
    ];
}

impl Entity for Role {
    const WORD: &'static str = "role";
    const NAME: &'static str = "RoleName";
    const MOST_INLINE: usize = 10_240;

    fn records(iam: &Iam) -> &Records<Self> {
        &iam.roles
    }

    fn name(&self) -> &str {
        &self.name
    }

    fn held(&self) -> &Held {
        &self.held
    }

    fn held_mut(&mut self) -> &mut Held {
        &mut self.held
    }
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
        self.held.describe(&mut role);
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
        description: names::check_description(request.description)?,
        max_session_duration: check_session(request.max_session_duration)?
            .unwrap_or(*SESSION_DURATION.start()),
        held: Held::new(request.permissions_boundary, request.tags)?,
    };
    entity::add(iam, &role)?;
    Ok(json!({ "Role": role.details() }))
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
    let mut role = entity::find::<Role>(iam, &request.role_name)?.details();
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
    let description = names::check_description(request.description)?;
    entity::modify(iam, &request.role_name, |role: &mut Role| {
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
    let description = names::check_description(request.description)?;
    entity::modify(iam, &request.role_name, |role: &mut Role| {
        role.description = description;
        Ok(json!({ "Role": role.details() }))
    })
}

pub async fn update_trust(iam: &Iam, request: UpdateAssumeRolePolicyRequest) -> Result<(), Fault> {
    let trust = request.policy_document.validated(PolicyType::Trust)?;
    entity::modify(iam, &request.role_name, |role: &mut Role| {
        role.trust = trust;
        Ok(())
    })
}

pub async fn delete(iam: &Iam, request: DeleteRoleRequest) -> Result<(), Fault> {
    iam.roles.change(&request.role_name, |role| {
        match role {
            None => return Err(no_such_entity("role", &request.role_name)),
            Some(role) => role.held.check_empty()?,
        }
        *role = None;
        Ok(())
    })
}
