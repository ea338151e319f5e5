//! The operations on clients of pools.

use serde::Deserialize;
use serde_json::{Value, json};

use super::Cognito;
use super::client::{BY_POOL, Client, Settings};
use super::fault::{no_client, no_pool, taken};
use super::names::{checked_name, new_client_id, new_client_secret};
use super::pages::Size;
use crate::fault::{Answer, Fault};

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct CreateUserPoolClientRequest {
    user_pool_id: String,
    client_name: String,
    #[serde(default)]
    generate_secret: bool,
    #[serde(flatten)]
    settings: Settings,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct UserPoolClientRequest {
    user_pool_id: String,
    client_id: String,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct UpdateUserPoolClientRequest {
    user_pool_id: String,
    client_id: String,
    client_name: Option<String>,
    #[serde(flatten)]
    settings: Settings,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct ListUserPoolClientsRequest {
    user_pool_id: String,
    max_results: Option<i64>,
    next_token: Option<String>,
}

fn answer(client: &Client) -> Value {
    json!({ "UserPoolClient": client.shown() })
}

pub async fn create(cognito: &Cognito, request: CreateUserPoolClientRequest) -> Answer {
    create_as(cognito, &new_client_id(), request)
}

/// Creates a client that has this id.
pub fn create_as(cognito: &Cognito, id: &str, request: CreateUserPoolClientRequest) -> Answer {
    let pool = cognito.pool(&request.user_pool_id)?;
    let name = checked_name("clientName", &request.client_name)?;
    request.settings.check()?;
    let now = cognito.clock.now();
    let client = Client {
        id: id.to_owned(),
        pool: pool.id.clone(),
        name: name.to_owned(),
        secret: request.generate_secret.then(new_client_secret),
        settings: request.settings,
        created: now,
        modified: now,
    };
    cognito.store.write(|transaction| {
        // The pool may have been deleted since.
        if cognito.pools.get_in(transaction, &pool.id)?.is_none() {
            return Err(no_pool(&pool.id));
        }
        if cognito.clients.get_in(transaction, id)?.is_some() {
            return Err(taken(id));
        }
        cognito.clients.put_in(transaction, &client.id, &client)?;
        Ok::<_, Fault>(answer(&client))
    })
}

pub async fn describe(cognito: &Cognito, request: UserPoolClientRequest) -> Answer {
    let client = cognito.client_of_pool(&request.user_pool_id, &request.client_id)?;
    Ok(answer(&client))
}

/// Replaces the settings: what the request does not give becomes the default, as on AWS.
pub async fn update(cognito: &Cognito, request: UpdateUserPoolClientRequest) -> Answer {
    request.settings.check()?;
    let (pool, id) = (&request.user_pool_id, &request.client_id);
    cognito.pool(pool)?;
    cognito.clients.change(id, |client| {
        let client = client.as_mut().filter(|client| client.pool == *pool);
        let client = client.ok_or_else(|| no_client(id))?;
        if let Some(name) = &request.client_name {
            checked_name("clientName", name)?.clone_into(&mut client.name);
        }
        client.settings = request.settings;
        client.modified = cognito.clock.now();
        Ok(answer(client))
    })
}

pub async fn delete(cognito: &Cognito, request: UserPoolClientRequest) -> Answer {
    let client = cognito.client_of_pool(&request.user_pool_id, &request.client_id)?;
    match cognito.clients.remove(&client.id)? {
        true => Ok(json!({})),
        false => Err(no_client(&client.id)),
    }
}

pub async fn list(cognito: &Cognito, request: ListUserPoolClientsRequest) -> Answer {
    const LIST: &str = "UserPoolClients";
    let pool = cognito.pool(&request.user_pool_id)?.id;
    let size = Size::optional(request.max_results)?;
    let page = size.page(LIST, request.next_token.as_deref(), |after, size| {
        let is_of_pool = |client: &Client| client.pool == pool;
        Ok(cognito
            .clients
            .page_by(&BY_POOL, &pool, after, size, is_of_pool)?)
    })?;
    let next = page.next.map(|next| next.token(LIST));
    let clients: Vec<_> = page
        .items
        .iter()
        .map(|(_, client)| client.summary())
        .collect();
    Ok(json!({ LIST: clients, "NextToken": next }))
}
