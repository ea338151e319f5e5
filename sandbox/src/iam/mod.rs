//! IAM: roles, users and their policies. [`PolicyAuthority`] lets requests do what these allow.

mod access;
mod access_keys;
mod attachments;
mod authority;
mod boundaries;
mod entity;
mod inline_policies;
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
mod tests {
    use super::*;
    use crate::caller::Caller;
    use crate::keys::Keys;
    use crate::service;

    const TRUST: &str = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow",
        "Principal":{"Service":"lambda.amazonaws.com"},"Action":"sts:AssumeRole"}]}"#;
    const BASIC: &str = "arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole";

    fn opened() -> (tempfile::TempDir, Iam) {
        let folder = tempfile::tempdir().expect("a folder");
        let store = Store::open(&folder.path().join("state")).expect("it opens");
        let keyring = Arc::new(Keyring::new(Keys::long_term()));
        let iam = Iam::open(&Arc::new(store), &keyring).expect("it opens");
        (folder, iam)
    }

    async fn call(iam: &Iam, operation: &'static str, parameters: Value) -> Result<Value, String> {
        let caller = Caller {
            id: String::new(),
            arn: String::new(),
        };
        let answer = service::call(iam, operation, parameters, &caller).await;
        answer.map_err(|fault| fault.code)
    }

    #[tokio::test]
    async fn a_role_is_deleted_when_nothing_is_left_of_it() {
        let (_folder, iam) = opened();
        let role = json!({ "RoleName": "r", "Path": "/p/", "AssumeRolePolicyDocument": TRUST });
        let created = call(&iam, "CreateRole", role.clone()).await.expect("made");
        assert_eq!(created["Role"]["Arn"], "arn:aws:iam::000000000000:role/p/r");
        let again = call(&iam, "CreateRole", role).await;
        assert_eq!(again, Err("EntityAlreadyExists".to_owned()));
        let id = iam.role_id("arn:aws:iam::000000000000:role/p/r");
        assert!(id.expect("read").expect("it is there").starts_with("AROA"));
        assert_eq!(iam.role_id("arn:aws:iam::000000000000:role/r"), Ok(None));

        let document = json!({ "Statement":
            { "Effect": "Allow", "Action": "s3:*", "Resource": "*" } });
        let inline = json!({ "RoleName": "r", "PolicyName": "i", "PolicyDocument": document });
        let attached = json!({ "RoleName": "r", "PolicyArn": BASIC });
        for (put, take, policy) in [
            ("PutRolePolicy", "DeleteRolePolicy", inline),
            ("AttachRolePolicy", "DetachRolePolicy", attached),
        ] {
            call(&iam, put, policy.clone()).await.expect("put");
            let refused = call(&iam, "DeleteRole", json!({ "RoleName": "r" })).await;
            assert_eq!(refused, Err("DeleteConflict".to_owned()), "{put}");
            let mut named = policy;
            named.as_object_mut().expect("one").remove("PolicyDocument");
            call(&iam, take, named.clone()).await.expect("taken");
            let gone = call(&iam, take, named).await;
            assert_eq!(gone, Err("NoSuchEntity".to_owned()), "{take}");
        }
        let deleted = call(&iam, "DeleteRole", json!({ "RoleName": "r" })).await;
        assert_eq!(deleted, Ok(Value::Null));
        let gone = call(&iam, "GetRole", json!({ "RoleName": "r" })).await;
        assert_eq!(gone, Err("NoSuchEntity".to_owned()));
    }

    #[tokio::test]
    async fn names_are_not_distinguished_by_case() {
        let (_folder, iam) = opened();
        let role = |name: &str| json!({ "RoleName": name, "AssumeRolePolicyDocument": TRUST });
        let policy = |name: &str, path: &str| {
            let document = json!({ "Statement":
                { "Effect": "Allow", "Action": "s3:*", "Resource": "*" } });
            json!({ "PolicyName": name, "Path": path, "PolicyDocument": document })
        };
        let taken = Err("EntityAlreadyExists".to_owned());
        call(&iam, "CreateRole", role("Ann")).await.expect("made");
        assert_eq!(call(&iam, "CreateRole", role("aNN")).await, taken);
        call(&iam, "CreatePolicy", policy("Ann", "/"))
            .await
            .expect("made");
        assert_eq!(call(&iam, "CreatePolicy", policy("ann", "/")).await, taken);
        assert_eq!(
            call(&iam, "CreatePolicy", policy("Ann", "/a/")).await,
            taken
        );
        let gone = json!({ "RoleName": "Ann" });
        call(&iam, "DeleteRole", gone).await.expect("deleted");
        call(&iam, "CreateRole", role("aNN")).await.expect("made");
    }

    #[tokio::test]
    async fn policies_have_sizes_without_white_space() {
        let (_folder, iam) = opened();
        let document = |size: usize| {
            let frame =
                r#"{"Statement":{"Action":"s3:*","Effect":"Allow","Resource":"arn:aws:s3:::"}}"#;
            let name = "x".repeat(size - frame.len());
            frame
                .replace(":::", &format!(":::{name}"))
                .replace('{', "{   ")
        };
        let role = json!({ "RoleName": "r", "AssumeRolePolicyDocument": TRUST });
        call(&iam, "CreateRole", role).await.expect("made");
        let put = async |name: &str, size: usize| {
            let policy = json!({ "RoleName": "r", "PolicyName": name,
                "PolicyDocument": document(size) });
            call(&iam, "PutRolePolicy", policy).await
        };
        let exceeded = Err("LimitExceeded".to_owned());
        put("a", 5_000).await.expect("put");
        assert_eq!(put("b", 5_241).await, exceeded);
        put("b", 5_240).await.expect("put");
        let create = async |name: &str, size: usize| {
            let policy = json!({ "PolicyName": name, "PolicyDocument": document(size) });
            call(&iam, "CreatePolicy", policy).await
        };
        create("a", 6_144).await.expect("made");
        assert_eq!(create("b", 6_145).await, exceeded);
        let users: Vec<String> = (0..60)
            .map(|user| format!("arn:aws:iam::000000000000:user/{user:020}"))
            .collect();
        let trust = json!({ "Statement": { "Effect": "Allow", "Action": "sts:AssumeRole",
            "Principal": { "AWS": users } } });
        let role = json!({ "RoleName": "s", "AssumeRolePolicyDocument": trust });
        assert_eq!(call(&iam, "CreateRole", role).await, exceeded);
    }

    #[tokio::test]
    async fn a_policy_is_deleted_when_it_is_attached_to_nothing() {
        let (_folder, iam) = opened();
        let document = json!({ "Statement": [] });
        let empty = json!({ "PolicyName": "p", "PolicyDocument": document });
        let refused = call(&iam, "CreatePolicy", empty).await;
        assert_eq!(refused, Err("MalformedPolicyDocument".to_owned()));
        let document = json!({ "Statement":
            [{ "Effect": "Allow", "Action": "s3:*", "Resource": "*" }] });
        let policy = json!({ "PolicyName": "p", "PolicyDocument": document });
        let created = call(&iam, "CreatePolicy", policy).await.expect("made");
        let arn = &created["Policy"]["Arn"];
        let role = json!({ "RoleName": "r", "AssumeRolePolicyDocument": TRUST });
        call(&iam, "CreateRole", role).await.expect("made");
        let attached = json!({ "RoleName": "r", "PolicyArn": arn });
        call(&iam, "AttachRolePolicy", attached.clone())
            .await
            .expect("attached");
        let seen = call(&iam, "GetPolicy", json!({ "PolicyArn": arn })).await;
        assert_eq!(seen.expect("it is there")["Policy"]["AttachmentCount"], 1);
        let refused = call(&iam, "DeletePolicy", json!({ "PolicyArn": arn })).await;
        assert_eq!(refused, Err("DeleteConflict".to_owned()));
        call(&iam, "DetachRolePolicy", attached.clone())
            .await
            .expect("detached");
        call(&iam, "DeletePolicy", json!({ "PolicyArn": arn }))
            .await
            .expect("deleted");
        let gone = call(&iam, "AttachRolePolicy", attached).await;
        assert_eq!(gone, Err("NoSuchEntity".to_owned()));
    }

    #[tokio::test]
    async fn only_policies_that_aws_has_are_attached() {
        let (_folder, iam) = opened();
        let role = json!({ "RoleName": "r", "AssumeRolePolicyDocument": TRUST });
        call(&iam, "CreateRole", role).await.expect("made");
        let attach = async |name: &str| {
            let arn = format!("arn:aws:iam::aws:policy/{name}");
            let parameters = json!({ "RoleName": "r", "PolicyArn": arn });
            call(&iam, "AttachRolePolicy", parameters).await
        };
        let basic = attach("service-role/AWSLambdaBasicExecutionRole").await;
        assert_eq!(basic, Ok(Value::Null));
        for (name, code) in [
            ("AWSLambdaBasicExecutionRole", "NoSuchEntity"),
            ("NoSuchPolicy", "NoSuchEntity"),
            (
                "aws-service-role/AWSLambdaReplicator",
                "PolicyNotAttachable",
            ),
        ] {
            assert_eq!(attach(name).await, Err(code.to_owned()), "{name}");
        }
    }

    #[tokio::test]
    async fn a_boundary_is_a_policy_that_is_there_and_stays_while_it_is_one() {
        let (_folder, iam) = opened();
        let document = json!({ "Statement":
            [{ "Effect": "Allow", "Action": "s3:*", "Resource": "*" }] });
        let policy = json!({ "PolicyName": "p", "PolicyDocument": document });
        let created = call(&iam, "CreatePolicy", policy).await.expect("made");
        let arn = created["Policy"]["Arn"].clone();
        let role = |boundary: &str| {
            json!({ "RoleName": "r", "AssumeRolePolicyDocument": TRUST,
                "PermissionsBoundary": boundary })
        };
        let missing = call(
            &iam,
            "CreateRole",
            role("arn:aws:iam::000000000000:policy/q"),
        )
        .await;
        assert_eq!(missing, Err("NoSuchEntity".to_owned()));
        let none = call(&iam, "CreateRole", role("")).await;
        assert_eq!(none, Err("ValidationError".to_owned()));

        let bounded = role(arn.as_str().expect("an ARN"));
        call(&iam, "CreateRole", bounded).await.expect("made");
        let policy = async || {
            let seen = call(&iam, "GetPolicy", json!({ "PolicyArn": arn })).await;
            seen.expect("it is there")["Policy"]["PermissionsBoundaryUsageCount"].clone()
        };
        let boundary = async || {
            let seen = call(&iam, "GetRole", json!({ "RoleName": "r" })).await;
            seen.expect("it is there")["Role"]["PermissionsBoundary"]["PermissionsBoundaryArn"]
                .clone()
        };
        assert_eq!((policy().await, boundary().await), (json!(1), arn.clone()));
        let refused = call(&iam, "DeletePolicy", json!({ "PolicyArn": arn })).await;
        assert_eq!(refused, Err("DeleteConflict".to_owned()));
        for _ in 0..2 {
            let role = json!({ "RoleName": "r" });
            call(&iam, "DeleteRolePermissionsBoundary", role)
                .await
                .expect("removed");
        }
        assert_eq!((policy().await, boundary().await), (json!(0), Value::Null));
        let put = json!({ "RoleName": "r", "PermissionsBoundary": arn });
        call(&iam, "PutRolePermissionsBoundary", put.clone())
            .await
            .expect("put");
        assert_eq!(boundary().await, arn);
        call(&iam, "DeleteRole", json!({ "RoleName": "r" }))
            .await
            .expect("deleted");
        call(&iam, "DeletePolicy", json!({ "PolicyArn": arn }))
            .await
            .expect("deleted");
        let gone = call(&iam, "PutRolePermissionsBoundary", put).await;
        assert_eq!(gone, Err("NoSuchEntity".to_owned()));
    }
}
