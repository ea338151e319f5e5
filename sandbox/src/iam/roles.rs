//! Roles.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::document::{About, Document};
use super::names::{self, LONGEST_ROLE, arn, invalid};
use super::page::Paging;
use super::tags::{self, Tag};
use super::{Iam, missing, now};
use crate::fault::Fault;
use crate::store::Record;
use crate::tags::Tags;
use crate::wire::{self, lenient};

/// How long a session in a role may be, in seconds.
const SESSIONS: std::ops::RangeInclusive<u32> = 3_600..=43_200;
const LONGEST_DESCRIPTION: usize = 1_000;

#[derive(Debug, Deserialize, Serialize)]
pub struct Role {
    name: String,
    path: String,
    pub id: String,
    created: String,
    trust: Document,
    description: Option<String>,
    longest_session: u32,
    boundary: Option<String>,
    pub tags: Tags,
    /// By name.
    pub inline: BTreeMap<String, Document>,
    /// The ARNs of managed policies.
    pub attached: BTreeSet<String>,
}

impl Record for Role {
    const KIND: &'static str = "iam.role";
}

impl Role {
    pub fn arn(&self) -> String {
        arn("role", &self.path, &self.name)
    }

    /// As answered; lists of roles leave out the rest.
    fn outline(&self) -> Value {
        json!({
            "Path": self.path,
            "RoleName": self.name,
            "RoleId": self.id,
            "Arn": self.arn(),
            "CreateDate": self.created,
            "AssumeRolePolicyDocument": self.trust.encoded(),
            "Description": self.description,
            "MaxSessionDuration": self.longest_session,
        })
    }

    fn described(&self) -> Value {
        let mut role = self.outline();
        if !self.tags.is_empty() {
            role["Tags"] = json!(tags::listed(&self.tags));
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

/// What many operations ask for.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Named {
    pub role_name: String,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Creation {
    role_name: String,
    path: Option<String>,
    assume_role_policy_document: Document,
    description: Option<String>,
    #[serde(default, deserialize_with = "lenient")]
    max_session_duration: Option<u32>,
    permissions_boundary: Option<String>,
    #[serde(default, deserialize_with = "wire::list")]
    tags: Vec<Tag>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Update {
    role_name: String,
    description: Option<String>,
    #[serde(default, deserialize_with = "lenient")]
    max_session_duration: Option<u32>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct TrustUpdate {
    role_name: String,
    policy_document: Document,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Listing {
    path_prefix: Option<String>,
    #[serde(flatten)]
    paging: Paging,
}

pub fn found(iam: &Iam, name: &str) -> Result<Role, Fault> {
    iam.roles.get(name)?.ok_or_else(|| missing("role", name))
}

/// Lets `change` alter the role; when it fails, nothing is altered.
pub fn change<R>(
    iam: &Iam,
    name: &str,
    change: impl FnOnce(&mut Role) -> Result<R, Fault>,
) -> Result<R, Fault> {
    iam.roles.change(name, |role| match role {
        Some(role) => change(role),
        None => Err(missing("role", name)),
    })
}

pub async fn create(iam: &Iam, asked: Creation) -> Result<Value, Fault> {
    let name = names::check("roleName", &asked.role_name, LONGEST_ROLE)?;
    let role = Role {
        name: name.to_owned(),
        path: names::path(asked.path)?,
        id: names::id("AROA"),
        created: now(),
        trust: asked.assume_role_policy_document.checked(About::Trust)?,
        description: checked(asked.description)?,
        longest_session: session(asked.max_session_duration)?.unwrap_or(*SESSIONS.start()),
        boundary: asked.permissions_boundary.filter(|arn| !arn.is_empty()),
        tags: tags::added(Tags::new(), asked.tags)?,
        inline: BTreeMap::new(),
        attached: BTreeSet::new(),
    };
    if !iam.roles.insert(name, &role)? {
        return Err(Fault::conflict(
            "EntityAlreadyExists",
            format!("Role with name {name} already exists."),
        ));
    }
    Ok(json!({ "Role": role.described() }))
}

fn checked(description: Option<String>) -> Result<Option<String>, Fault> {
    let description = description.filter(|text| !text.is_empty());
    match &description {
        Some(text) if text.chars().count() > LONGEST_DESCRIPTION => Err(invalid(format!(
            "Description has more than {LONGEST_DESCRIPTION} characters"
        ))),
        _ => Ok(description),
    }
}

fn session(seconds: Option<u32>) -> Result<Option<u32>, Fault> {
    match seconds {
        Some(seconds) if !SESSIONS.contains(&seconds) => Err(invalid(format!(
            "MaxSessionDuration is {seconds}, but must be {} to {}",
            SESSIONS.start(),
            SESSIONS.end()
        ))),
        seconds => Ok(seconds),
    }
}

pub async fn get(iam: &Iam, asked: Named) -> Result<Value, Fault> {
    let role = found(iam, &asked.role_name)?;
    let mut described = role.described();
    // Nobody counts.
    described["RoleLastUsed"] = json!({});
    Ok(json!({ "Role": described }))
}

pub async fn list(iam: &Iam, asked: Listing) -> Result<Value, Fault> {
    let prefix = asked.path_prefix.unwrap_or_default();
    let mut roles = iam.roles.all()?;
    roles.retain(|role| role.path.starts_with(&prefix));
    let page = asked.paging.page(roles, |role| &role.name)?;
    Ok(page.answered("Roles", |role| role.outline()))
}

/// Unlike other operations without a result, on AWS this has an empty one.
pub async fn update(iam: &Iam, asked: Update) -> Result<Value, Fault> {
    let longest = session(asked.max_session_duration)?;
    let given = asked.description.is_some();
    let description = checked(asked.description)?;
    change(iam, &asked.role_name, |role| {
        role.longest_session = longest.unwrap_or(role.longest_session);
        if given {
            role.description = description;
        }
        Ok(json!({}))
    })
}

pub async fn describe(iam: &Iam, asked: Update) -> Result<Value, Fault> {
    let description = checked(asked.description)?;
    change(iam, &asked.role_name, |role| {
        role.description = description;
        Ok(json!({ "Role": role.described() }))
    })
}

pub async fn update_trust(iam: &Iam, asked: TrustUpdate) -> Result<(), Fault> {
    let trust = asked.policy_document.checked(About::Trust)?;
    change(iam, &asked.role_name, |role| {
        role.trust = trust;
        Ok(())
    })
}

pub async fn delete(iam: &Iam, asked: Named) -> Result<(), Fault> {
    iam.roles.change(&asked.role_name, |role| {
        let conflict = |message: &str| Err(Fault::conflict("DeleteConflict", message));
        match role {
            None => Err(missing("role", &asked.role_name)),
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
