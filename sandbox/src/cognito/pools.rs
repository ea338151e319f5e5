//! The operations on user pools.

use serde::Deserialize;
use serde_json::{Value, json};

use super::fault::{invalid, no_pool, taken};
use super::names::{checked_name, new_pool_id};
use super::pages::Size;
use super::pool::{Fixed, Pool, Settings};
use super::schema::{Declared, Schema};
use super::{Cognito, within};
use crate::fault::{Answer, Fault};
use crate::random::random_id;
use crate::wire;

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct CreateUserPoolRequest {
    pool_name: String,
    #[serde(default)]
    schema: Vec<Declared>,
    #[serde(flatten)]
    fixed: Fixed,
    #[serde(flatten)]
    settings: Settings,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct UserPoolRequest {
    pub user_pool_id: String,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct UpdateUserPoolRequest {
    user_pool_id: String,
    pool_name: Option<String>,
    #[serde(flatten)]
    settings: Settings,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct ListUserPoolsRequest {
    max_results: i64,
    next_token: Option<String>,
}

pub async fn create(cognito: &Cognito, request: CreateUserPoolRequest) -> Answer {
    create_as(cognito, &new_pool_id(), request)
}

/// Creates a pool that has this id.
pub fn create_as(cognito: &Cognito, id: &str, request: CreateUserPoolRequest) -> Answer {
    let name = checked_name("poolName", &request.pool_name)?;
    request.settings.check()?;
    let schema = Schema::declare(request.schema)?;
    let now = cognito.clock.now();
    let pool = Pool {
        id: id.to_owned(),
        name: name.to_owned(),
        settings: request.settings,
        fixed: request.fixed,
        schema,
        pepper: random_id(52),
        created: now,
        modified: now,
    };
    match cognito.pools.insert(id, &pool)? {
        true => cognito.shown_pool(&pool),
        false => Err(taken(id)),
    }
}

pub async fn describe(cognito: &Cognito, request: UserPoolRequest) -> Answer {
    cognito.shown_pool(&cognito.pool(&request.user_pool_id)?)
}

/// Replaces the settings: what the request does not give becomes the default, as on AWS.
pub async fn update(cognito: &Cognito, request: UpdateUserPoolRequest) -> Answer {
    update_with(cognito, request)
}

fn update_with(cognito: &Cognito, request: UpdateUserPoolRequest) -> Answer {
    request.settings.check()?;
    let id = &request.user_pool_id;
    cognito.pools.change(id, |pool| {
        let pool = pool.as_mut().ok_or_else(|| no_pool(id))?;
        if let Some(name) = &request.pool_name {
            checked_name("poolName", name)?.clone_into(&mut pool.name);
        }
        pool.settings = request.settings;
        pool.modified = cognito.clock.now();
        Ok(json!({}))
    })
}

impl Cognito {
    /// Updates a pool to what it would have been created with. Some members of it stay as they are.
    pub fn update_to(&self, id: &str, parameters: Value) -> Result<(), Fault> {
        self.check_members("CreateUserPool", &parameters)?;
        let request: CreateUserPoolRequest = wire::read(parameters, Self::DESCRIPTION.protocol)?;
        let schema = Schema::declare(request.schema)?;
        if let Some(member) = self.pool(id)?.differing(&request.fixed, &schema) {
            let message = format!("Updates are not allowed for property - {member}.");
            return Err(invalid(message));
        }
        let update = UpdateUserPoolRequest {
            user_pool_id: id.to_owned(),
            pool_name: Some(request.pool_name),
            settings: request.settings,
        };
        update_with(self, update).map(drop)
    }
}

/// Deletes a pool with all that is in it.
pub async fn delete(cognito: &Cognito, request: UserPoolRequest) -> Answer {
    let id = &request.user_pool_id;
    cognito.store.write(|transaction| {
        let pool = cognito.pools.get_in(transaction, id)?;
        if pool.ok_or_else(|| no_pool(id))?.is_protected() {
            return Err(invalid(
                "The user pool cannot be deleted because deletion protection is activated. Deletion \
                 protection must be inactivated first.",
            ));
        }
        cognito.pools.remove_in(transaction, id)?;
        cognito.keys.remove_in(transaction, id)?;
        let prefix = within(id, "");
        cognito.users.remove_under(transaction, &prefix)?;
        cognito.sessions.remove_under(transaction, &prefix)?;
        for (key, _) in cognito.clients.with_in(transaction, &super::client::BY_POOL, id)? {
            cognito.clients.remove_in(transaction, &key)?;
        }
        Ok::<_, Fault>(json!({}))
    })
}

pub async fn list(cognito: &Cognito, request: ListUserPoolsRequest) -> Answer {
    const LIST: &str = "UserPools";
    let size = Size::required(request.max_results)?;
    let page = size.page(LIST, request.next_token.as_deref(), |after, size| {
        Ok(cognito.pools.page("", after, size, |_| true)?)
    })?;
    let next = page.next.map(|next| next.token(LIST));
    let pools: Vec<_> = page.items.iter().map(|(_, pool)| pool.summary()).collect();
    Ok(json!({ LIST: pools, "NextToken": next }))
}
