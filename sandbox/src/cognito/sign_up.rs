//! How users come into a pool by themselves.

use serde::Deserialize;
use serde_json::{Value, json};

use super::Cognito;
use super::client::Client;
use super::code::{Purpose, pretended_delivery};
use super::fault::{code_expired, invalid, no_user, not_authorized};
use super::password_policy;
use super::pool::Pool;
use super::schema::Giver;
use super::user::{Attribute, Status, User, attributes};
use crate::fault::{Answer, Fault};

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct SignUpRequest {
    #[serde(flatten)]
    named: ClientUserRequest,
    password: Option<String>,
    #[serde(default)]
    user_attributes: Vec<Attribute>,
}

/// A user of the client's pool.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct ClientUserRequest {
    client_id: String,
    secret_hash: Option<String>,
    pub username: String,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct ConfirmSignUpRequest {
    #[serde(flatten)]
    named: ClientUserRequest,
    confirmation_code: String,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct PoolUserRequest {
    pub user_pool_id: String,
    pub username: String,
}

impl ClientUserRequest {
    /// The client and its pool, if the request shows the client's secret.
    pub fn place(&self, cognito: &Cognito) -> Result<(Client, Pool), Fault> {
        let (client, pool) = cognito.client_and_pool(&self.client_id)?;
        client.check_secret_hash(&self.username, self.secret_hash.as_deref())?;
        Ok((client, pool))
    }

    /// The user, or none where the client hides that there is none.
    pub fn found(
        &self,
        cognito: &Cognito,
        client: &Client,
        pool: &Pool,
    ) -> Result<Option<User>, Fault> {
        match cognito.find_user(pool, &self.username)? {
            None if !client.settings.hides_users() => Err(no_user()),
            found => Ok(found),
        }
    }
}

pub async fn sign_up(cognito: &Cognito, request: SignUpRequest) -> Answer {
    let (_, pool) = request.named.place(cognito)?;
    if pool
        .settings
        .admin_create_user_config
        .allow_admin_create_user_only
    {
        return Err(not_authorized("SignUp is not permitted for this user pool"));
    }
    let password = password_policy::given(request.password.as_deref())?;
    pool.password_policy().check_password(password)?;
    let (name, now) = (&request.named.username, cognito.clock.now());
    let given = attributes(request.user_attributes);
    let mut user = User::new(&pool, name, given, Giver::User, now)?;
    user.set_password(password, now);
    if pool.verifies_email() && user.attributes.contains_key("email") {
        user.make_code(Purpose::SignUp, now);
    }
    cognito.add_user(&pool, &user)?;
    let mut answer = json!({ "UserConfirmed": false, "UserSub": user.sub });
    if let Some(delivery) = cognito.send_code(&user) {
        answer["CodeDeliveryDetails"] = delivery;
    }
    Ok(answer)
}

pub async fn confirm(cognito: &Cognito, request: ConfirmSignUpRequest) -> Answer {
    let (client, pool) = request.named.place(cognito)?;
    let user = request.named.found(cognito, &client, &pool)?;
    let user = user.ok_or_else(code_expired)?;
    let now = cognito.clock.now();
    let digits = &request.confirmation_code;
    // A wrong code is kept too, as it is counted.
    cognito.change_user(&user.key(), |user| {
        check_unconfirmed(user)?;
        Ok(user.use_code(Purpose::SignUp, digits, now).map(|()| {
            let verified = ("email_verified".to_owned(), "true".to_owned());
            user.attributes.extend([verified]);
            confirm_user(user, now);
        }))
    })??;
    Ok(json!({}))
}

pub async fn resend_code(cognito: &Cognito, request: ClientUserRequest) -> Answer {
    let (client, pool) = request.place(cognito)?;
    let Some(user) = request.found(cognito, &client, &pool)? else {
        return Ok(json!({ "CodeDeliveryDetails": pretended_delivery(&request.username) }));
    };
    if user.status == Status::Confirmed {
        return Err(invalid("User is already confirmed."));
    }
    if !pool.verifies_email() {
        return Err(invalid(
            "Cannot resend codes. Auto verification not turned on.",
        ));
    }
    let now = cognito.clock.now();
    let user = cognito.change_user(&user.key(), |user| {
        user.make_code(Purpose::SignUp, now);
        Ok(user.clone())
    })?;
    Ok(json!({ "CodeDeliveryDetails": cognito.send_code(&user) }))
}

/// Confirms a user without a code, and without saying anything of the address.
pub async fn confirm_as_administrator(cognito: &Cognito, request: PoolUserRequest) -> Answer {
    let pool = cognito.pool(&request.user_pool_id)?;
    let user = cognito.user(&pool, &request.username)?;
    let now = cognito.clock.now();
    cognito.change_user(&user.key(), |user| {
        check_unconfirmed(user)?;
        confirm_user(user, now);
        user.code = None;
        Ok::<Value, Fault>(json!({}))
    })
}

fn confirm_user(user: &mut User, now: i64) {
    user.status = Status::Confirmed;
    user.modified = now;
}

fn check_unconfirmed(user: &User) -> Result<(), Fault> {
    if user.status == Status::Unconfirmed {
        return Ok(());
    }
    let status = json!(user.status);
    let status = status.as_str().unwrap_or_default();
    Err(not_authorized(format!(
        "User cannot be confirmed. Current status is {status}"
    )))
}
