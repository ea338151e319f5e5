//! Access keys of users.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::entity::Entity;
use super::pages::PageRequest;
use super::users::{self, User};
use super::{Iam, no_such_entity, now};
use crate::caller::Caller;
use crate::fault::Fault;
use crate::keys::Keys;
use crate::page::Page;
use crate::service::WithCaller;
use crate::store::{Index, Record, StoreError};

/// Of a user. Source: "IAM and AWS STS quotas" in IAM's user guide.
const MOST: usize = 2;

#[derive(Debug, Deserialize, Serialize)]
pub struct AccessKey {
    keys: Keys,
    user: String,
    user_id: String,
    user_arn: String,
    created: String,
}

/// By the name of its user.
pub const BY_USER: Index<AccessKey> = Index::new("user", |key| vec![key.user.clone()]);

impl Record for AccessKey {
    const KIND: &'static str = "iam.access-key";
    const INDEXES: &'static [Index<Self>] = &[BY_USER];
}

impl AccessKey {
    fn summary(&self) -> Value {
        json!({
            "UserName": self.user,
            "AccessKeyId": self.keys.access_key_id,
            "Status": "Active",
            "CreateDate": self.created,
        })
    }

    fn caller(&self) -> Caller {
        Caller {
            id: self.user_id.clone(),
            arn: self.user_arn.clone(),
            ..Caller::default()
        }
    }
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct CreateAccessKeyRequest {
    user_name: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct DeleteAccessKeyRequest {
    user_name: Option<String>,
    access_key_id: String,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct ListAccessKeysRequest {
    user_name: Option<String>,
    #[serde(flatten)]
    page: PageRequest,
}

pub fn of_owner() -> Fault {
    Fault::invalid(
        "NotSupported",
        "the keys of the sandbox's owner are in its folder and cannot be changed; `mafia sandbox env` prints \
         them",
    )
}

/// Makes the stored keys valid.
pub fn accept_all(iam: &Iam) -> Result<(), StoreError> {
    for key in iam.keys.all()? {
        iam.keyring.accept(key.keys.clone(), key.caller());
    }
    Ok(())
}

pub async fn create(
    iam: &Iam,
    request: WithCaller<CreateAccessKeyRequest>,
) -> Result<Value, Fault> {
    let _lock = iam.lock_attachments();
    let user = users::named(iam, &request.caller, request.parameters.user_name)?;
    if iam.keys.count(&BY_USER, user.name())? >= MOST {
        let message = format!("Cannot exceed quota for AccessKeysPerUser: {MOST}");
        return Err(Fault::conflict("LimitExceeded", message));
    }
    let key = AccessKey {
        keys: Keys::long_term(),
        user: user.name().to_owned(),
        user_id: user.id.clone(),
        user_arn: user.arn(),
        created: now(),
    };
    iam.keys.put(&key.keys.access_key_id, &key)?;
    iam.keyring.accept(key.keys.clone(), key.caller());
    let mut created = key.summary();
    created["SecretAccessKey"] = json!(key.keys.secret_access_key);
    Ok(json!({ "AccessKey": created }))
}

pub async fn delete(iam: &Iam, request: WithCaller<DeleteAccessKeyRequest>) -> Result<(), Fault> {
    let WithCaller { parameters, caller } = request;
    let user = users::named(iam, &caller, parameters.user_name)?;
    let id = &parameters.access_key_id;
    iam.keys.change(id, |key| match key {
        Some(found) if found.user == user.name() => {
            *key = None;
            Ok(())
        }
        _ => Err(no_such_entity("Access Key", id)),
    })?;
    iam.keyring.revoke(id);
    Ok(())
}

pub async fn list(iam: &Iam, request: WithCaller<ListAccessKeysRequest>) -> Result<Value, Fault> {
    let WithCaller { parameters, caller } = request;
    let user: User = users::named(iam, &caller, parameters.user_name)?;
    let keys = iam.keys.with(&BY_USER, user.name())?;
    parameters.page.response(
        "AccessKeyMetadata",
        |after, size| Ok(Page::of(keys, |(id, _)| id, after, size)),
        |(_, key)| key.summary(),
    )
}
