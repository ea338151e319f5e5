//! IAM: roles, users and their policies. [`PolicyAuthority`] lets requests do what these allow.

mod access;
mod access_keys;
mod attachments;
mod authority;
mod boundaries;
mod entity;
mod inline_policies;
mod known_subjects;
mod managed_policies;
mod names;
mod pages;
mod policy_document;
mod policy_grammar;
mod role_tags;
mod roles;
mod simulation;
mod subject;
mod tags;
mod users;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use serde_json::{Value, json};

use super::authorise::policy::ResourcePolicy;
use super::clock;
use super::fault::Fault;
use super::keys::Keyring;
use super::service::service;
use super::store::{Records, Store, StoreError};
use super::wire::Protocol;
use access_keys::AccessKey;
use managed_policies::Policy;
use policy_document::{PolicyDocument, PolicyType};
use roles::Role;
use users::{Owner, User};

pub use authority::PolicyAuthority;

#[derive(Debug)]
pub struct Iam {
    roles: Records<Role>,
    users: Records<User>,
    keys: Records<AccessKey>,
    policies: Records<Policy>,
    owner: Records<Owner>,
    keyring: Arc<Keyring>,
    /// Held from the check of a policy's attachments until the change that depends on it is
    /// written.
    attachments: Mutex<()>,
}

impl Iam {
    pub fn open(store: &Arc<Store>, keyring: &Arc<Keyring>) -> Result<Self, StoreError> {
        let iam = Self {
            roles: Records::open(store)?,
            users: Records::open(store)?,
            keys: Records::open(store)?,
            policies: Records::open(store)?,
            owner: Records::new(store),
            keyring: keyring.clone(),
            attachments: Mutex::default(),
        };
        access_keys::accept_all(&iam)?;
        Ok(iam)
    }

    /// Refuses what is no policy for a session.
    pub fn check_session_policy(&self, document: &str) -> Result<(), Fault> {
        let document = PolicyDocument::from(document.to_owned());
        document.validated(PolicyType::Permissions).map(|_| ())
    }

    /// Whether there is a managed policy with this ARN.
    pub fn has_policy(&self, arn: &str) -> Result<bool, Fault> {
        managed_policies::exists(self, arn)
    }

    /// Who may assume the role with this ARN.
    pub fn trust_policy(&self, arn: &str) -> Result<Option<ResourcePolicy>, Fault> {
        let Some(role) = self.role(arn)? else {
            return Ok(None);
        };
        Ok(Some(ResourcePolicy {
            document: role.trust.read()?,
            is_trust: true,
        }))
    }

    fn role(&self, arn: &str) -> Result<Option<Role>, Fault> {
        let name = arn.rsplit('/').next().unwrap_or_default();
        Ok(self.roles.get(name)?.filter(|role| role.arn() == arn))
    }

    /// The unique id of the role with this ARN, and how long its sessions may be, in seconds.
    pub fn role_of_session(&self, arn: &str) -> Result<Option<(String, u32)>, Fault> {
        Ok(self
            .role(arn)?
            .map(|role| (role.id, role.max_session_duration)))
    }

    /// The unique id of the role with this ARN.
    pub fn role_id(&self, arn: &str) -> Result<Option<String>, Fault> {
        Ok(self.role_of_session(arn)?.map(|(id, _)| id))
    }

    /// Grows with every write of what permissions come from.
    fn revision(&self) -> u64 {
        self.roles.revision() + self.users.revision() + self.policies.revision()
    }

    fn lock_attachments(&self) -> MutexGuard<'_, ()> {
        self.attachments
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }
}

service! { Iam {
    name: "IAM",
    signing_name: "iam",
    protocol: Protocol::Query { namespace: "https://iam.amazonaws.com/doc/2010-05-08/" },
    invalid: "InvalidInput",
    longest_body: 1 << 20,
    members: include_str!("members.txt"),
    operations: {
        AttachRolePolicy on access::role => attachments::attach::<Role>,
        AttachUserPolicy on access::user => attachments::attach::<User>,
        CreateAccessKey on access::user => access_keys::create,
        CreatePolicy on access::new_policy => managed_policies::create,
        CreateRole on access::new_role => roles::create,
        CreateUser on access::new_user => users::create,
        DeleteAccessKey on access::user => access_keys::delete,
        DeletePolicy on access::policy => managed_policies::delete,
        DeleteRole on access::role => roles::delete,
        DeleteRolePermissionsBoundary on access::role => boundaries::delete::<Role>,
        DeleteRolePolicy on access::role => inline_policies::delete::<Role>,
        DeleteUser on access::user => users::delete,
        DeleteUserPermissionsBoundary on access::user => boundaries::delete::<User>,
        DeleteUserPolicy on access::user => inline_policies::delete::<User>,
        DetachRolePolicy on access::role => attachments::detach::<Role>,
        DetachUserPolicy on access::user => attachments::detach::<User>,
        GetPolicy on access::policy => managed_policies::get,
        GetPolicyVersion on access::policy => managed_policies::get_version,
        GetRole on access::role => roles::get,
        GetRolePolicy on access::role => inline_policies::get::<Role>,
        GetUser on access::user => users::get,
        GetUserPolicy on access::user => inline_policies::get::<User>,
        ListAccessKeys on access::user => access_keys::list,
        ListAttachedRolePolicies on access::role => attachments::list::<Role>,
        ListAttachedUserPolicies on access::user => attachments::list::<User>,
        ListEntitiesForPolicy on access::policy => attachments::list_entities,
        ListInstanceProfilesForRole on access::role => list_instance_profiles,
        ListPolicies on access::any => managed_policies::list,
        ListPolicyVersions on access::policy => managed_policies::list_versions,
        ListRolePolicies on access::role => inline_policies::list::<Role>,
        ListRoleTags on access::role => role_tags::list,
        ListRoles on access::any => roles::list,
        ListUserPolicies on access::user => inline_policies::list::<User>,
        ListUsers on access::any => users::list,
        PutRolePermissionsBoundary on access::role => boundaries::put::<Role>,
        PutRolePolicy on access::role => inline_policies::put::<Role>,
        PutUserPermissionsBoundary on access::user => boundaries::put::<User>,
        PutUserPolicy on access::user => inline_policies::put::<User>,
        SimulateCustomPolicy on access::any => simulation::custom,
        SimulatePrincipalPolicy on access::principal => simulation::principal,
        TagRole on access::role => role_tags::tag,
        UntagRole on access::role => role_tags::untag,
        UpdateAssumeRolePolicy on access::role => roles::update_trust,
        UpdateRole on access::role => roles::update,
        UpdateRoleDescription on access::role => roles::update_description,
    },
} }

/// Always empty, as there is no EC2. Clients such as Terraform ask before they delete a role.
async fn list_instance_profiles(iam: &Iam, request: roles::GetRoleRequest) -> Result<Value, Fault> {
    entity::find::<Role>(iam, &request.role_name)?;
    Ok(json!({ "InstanceProfiles": [], "IsTruncated": false }))
}

fn no_such_entity(kind: &str, name: &str) -> Fault {
    Fault::not_found(
        "NoSuchEntity",
        format!("The {kind} with name {name} cannot be found."),
    )
}

/// To the second, as in IAM's responses.
fn now() -> String {
    clock::to_the_second(clock::now())
}

#[cfg(test)]
mod tests;
