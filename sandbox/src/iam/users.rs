//! Users. The sandbox's owner is one that is not stored: it cannot be changed.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::access_keys::{self, BY_USER};
use super::entity::{self, Entity, Held};
use super::names::{self, MAX_USER_NAME, arn};
use super::pages::PageRequest;
use super::tags::Tag;
use super::{Iam, now};
use crate::caller::Caller;
use crate::fault::Fault;
use crate::keys::{OWNER, OWNER_ID};
use crate::service::WithCaller;
use crate::store::{Index, Record, Records};
use crate::wire;

#[derive(Debug, Deserialize, Serialize)]
pub struct User {
    name: String,
    path: String,
    pub id: String,
    created: String,
    #[serde(flatten)]
    held: Held,
}

impl Record for User {
    const KIND: &'static str = "iam.user";
    const INDEXES: &'static [Index<Self>] = &[
        Self::BY_ATTACHED_POLICY,
        Self::BY_BOUNDARY,
        Self::BY_FOLDED_NAME,
    ];
}

impl Entity for User {
    const WORD: &'static str = "user";
    const NAME: &'static str = "UserName";
    const MOST_INLINE: usize = 2_048;

    fn records(iam: &Iam) -> &Records<Self> {
        &iam.users
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

impl User {
    pub fn arn(&self) -> String {
        arn("user", &self.path, &self.name)
    }

    /// What lists of users show.
    fn summary(&self) -> Value {
        json!({
            "Path": self.path,
            "UserName": self.name,
            "UserId": self.id,
            "Arn": self.arn(),
            "CreateDate": self.created,
        })
    }

    fn details(&self) -> Value {
        let mut user = self.summary();
        self.held.describe(&mut user);
        user
    }
}

/// Since when the owner is asked for.
#[derive(Debug, Deserialize, Serialize)]
pub struct Owner {
    created: String,
}

impl Record for Owner {
    const KIND: &'static str = "iam.owner";
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct CreateUserRequest {
    user_name: String,
    path: Option<String>,
    permissions_boundary: Option<String>,
    #[serde(default, deserialize_with = "wire::list")]
    tags: Vec<Tag>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct GetUserRequest {
    user_name: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct DeleteUserRequest {
    user_name: String,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct ListUsersRequest {
    path_prefix: Option<String>,
    #[serde(flatten)]
    page: PageRequest,
}

pub async fn create(iam: &Iam, request: CreateUserRequest) -> Result<Value, Fault> {
    let name = names::check("userName", &request.user_name, MAX_USER_NAME)?;
    if name.eq_ignore_ascii_case(OWNER) {
        return Err(entity::already_exists(User::WORD, name));
    }
    let user = User {
        name: name.to_owned(),
        path: names::path(request.path)?,
        id: names::unique_id("AIDA"),
        created: now(),
        held: Held::new(request.permissions_boundary, request.tags)?,
    };
    entity::add(iam, &user)?;
    Ok(json!({ "User": user.details() }))
}

/// By default the caller.
pub async fn get(iam: &Iam, request: WithCaller<GetUserRequest>) -> Result<Value, Fault> {
    let WithCaller { parameters, caller } = request;
    let name = parameters
        .user_name
        .or_else(|| caller.user().map(str::to_owned));
    match name.as_deref() {
        None => Err(names::validation_error(
            "Must specify userName when calling with non-User credentials",
        )),
        Some(OWNER) => owner(iam),
        Some(name) => {
            let user: User = entity::find(iam, name)?;
            Ok(json!({ "User": user.details() }))
        }
    }
}

fn owner(iam: &Iam) -> Result<Value, Fault> {
    let created = iam.owner.change::<_, Fault>(OWNER, |owner| {
        let owner = owner.get_or_insert_with(|| Owner { created: now() });
        Ok(owner.created.clone())
    })?;
    Ok(json!({ "User": {
        "Path": "/",
        "UserName": OWNER,
        "UserId": OWNER_ID,
        "Arn": arn("user", "/", OWNER),
        "CreateDate": created,
    } }))
}

/// Without the owner.
pub async fn list(iam: &Iam, request: ListUsersRequest) -> Result<Value, Fault> {
    let prefix = names::path_prefix(request.path_prefix)?;
    request.page.response(
        "Users",
        |after, size| {
            let is_wanted = |user: &User| user.path.starts_with(&prefix);
            Ok(iam.users.page("", after, size, is_wanted)?)
        },
        |(_, user)| user.summary(),
    )
}

pub async fn delete(iam: &Iam, request: DeleteUserRequest) -> Result<(), Fault> {
    let name = &request.user_name;
    let _lock = iam.lock_attachments();
    let user: User = entity::find(iam, name)?;
    user.held.check_empty()?;
    if iam.keys.count(&BY_USER, name)? > 0 {
        let message = "Cannot delete entity, must delete access keys first.";
        return Err(Fault::conflict("DeleteConflict", message));
    }
    iam.users.remove(name)?;
    Ok(())
}

/// Whose access keys a request is about: by default the caller's.
pub fn named(iam: &Iam, caller: &Caller, name: Option<String>) -> Result<User, Fault> {
    match name.as_deref().or(caller.user()) {
        None => Err(names::validation_error(
            "Must specify userName when calling with non-User credentials",
        )),
        Some(OWNER) => Err(access_keys::of_owner()),
        Some(name) => entity::find(iam, name),
    }
}
