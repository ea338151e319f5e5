//! How users sign in: `InitiateAuth`, and the same for the owner of the pool.

use std::collections::BTreeMap;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use serde::Deserialize;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::Cognito;
use super::challenge::{Asked, Challenge};
use super::client::{AuthFlow, Client};
use super::fault::{invalid, no_user, not_authorized, not_confirmed, wrong_password};
use super::pool::Pool;
use super::srp::{Exchange, Verifier};
use super::user::{Status, User};
use crate::fault::{Answer, Fault};

pub type Parameters = BTreeMap<String, String>;

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct InitiateAuthRequest {
    client_id: String,
    auth_flow: String,
    #[serde(default)]
    auth_parameters: Parameters,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct AdminInitiateAuthRequest {
    user_pool_id: String,
    #[serde(flatten)]
    request: InitiateAuthRequest,
}

/// Those that each flow takes.
const PARAMETERS: [&str; 6] = [
    "USERNAME",
    "PASSWORD",
    "SRP_A",
    "REFRESH_TOKEN",
    "SECRET_HASH",
    // Of a device that is remembered, which none is here.
    "DEVICE_KEY",
];

pub async fn initiate(cognito: &Cognito, request: InitiateAuthRequest) -> Answer {
    let (client, pool) = cognito.client_and_pool(&request.client_id)?;
    let sign_in = SignIn::new(cognito, &pool, &client, &request.auth_parameters)?;
    match request.auth_flow.as_str() {
        "USER_SRP_AUTH" => sign_in.by_srp(),
        "USER_PASSWORD_AUTH" => {
            sign_in.check_flow(
                AuthFlow::UserPassword,
                "USER_PASSWORD_AUTH flow not enabled for this client",
            )?;
            sign_in.by_password().await
        }
        "REFRESH_TOKEN_AUTH" | "REFRESH_TOKEN" => sign_in.by_refresh_token().await,
        _ => Err(invalid("Initiate Auth method not supported.")),
    }
}

pub async fn initiate_as_administrator(
    cognito: &Cognito,
    request: AdminInitiateAuthRequest,
) -> Answer {
    let AdminInitiateAuthRequest {
        user_pool_id,
        request,
    } = request;
    let pool = cognito.pool(&user_pool_id)?;
    let client = cognito.client_of_pool(&user_pool_id, &request.client_id)?;
    let sign_in = SignIn::new(cognito, &pool, &client, &request.auth_parameters)?;
    match request.auth_flow.as_str() {
        "ADMIN_USER_PASSWORD_AUTH" => {
            sign_in.check_flow(
                AuthFlow::AdminUserPassword,
                "Auth flow not enabled for this client",
            )?;
            sign_in.by_password().await
        }
        "USER_SRP_AUTH" => sign_in.by_srp(),
        "REFRESH_TOKEN_AUTH" | "REFRESH_TOKEN" => sign_in.by_refresh_token().await,
        _ => Err(invalid("Initiate Auth method not supported.")),
    }
}

/// One attempt.
struct SignIn<'a> {
    cognito: &'a Cognito,
    pool: &'a Pool,
    client: &'a Client,
    parameters: &'a Parameters,
}

impl<'a> SignIn<'a> {
    fn new(
        cognito: &'a Cognito,
        pool: &'a Pool,
        client: &'a Client,
        parameters: &'a Parameters,
    ) -> Result<Self, Fault> {
        check_names(parameters, "AuthParameters", |name| {
            PARAMETERS.contains(&name)
        })?;
        Ok(Self {
            cognito,
            pool,
            client,
            parameters,
        })
    }

    fn check_flow(&self, flow: AuthFlow, message: &str) -> Result<(), Fault> {
        match self.client.settings.allows(flow) {
            true => Ok(()),
            false => Err(invalid(message)),
        }
    }

    /// The name that is given, and the user if there is one.
    fn user(&self) -> Result<(&'a str, Option<User>), Fault> {
        let name = needed(self.parameters, "USERNAME")?;
        let hash = self.parameters.get("SECRET_HASH").map(String::as_str);
        self.client.check_secret_hash(name, hash)?;
        let found = self.cognito.find_user(self.pool, name)?;
        match found {
            None if !self.client.settings.hides_users() => Err(no_user()),
            found => Ok((name, found)),
        }
    }

    async fn by_password(&self) -> Answer {
        let (_, user) = self.user()?;
        let password = needed(self.parameters, "PASSWORD")?;
        let user = user.ok_or_else(wrong_password)?;
        let user = self
            .cognito
            .proved(&user, |user| user.has_password(password))?;
        self.cognito.admit(self.pool, self.client, &user).await
    }

    fn by_srp(&self) -> Answer {
        self.check_flow(
            AuthFlow::UserSrp,
            "USER_SRP_AUTH is not enabled for the client.",
        )?;
        let (name, user) = self.user()?;
        let a = needed(self.parameters, "SRP_A")?;
        let verifier = user.as_ref().and_then(|user| user.password.clone());
        let verifier = verifier.unwrap_or_else(|| {
            let salt = Sha256::digest(format!("{}{}", self.pool.pepper, self.pool.folded(name)));
            Verifier::impossible(&salt)
        });
        let exchange = Exchange::begin(&verifier, a);
        let exchange = exchange.ok_or_else(|| invalid("Invalid SRP_A"))?;
        let (salt, b) = (verifier.salt.clone(), exchange.b.clone());
        let challenge = Challenge {
            client: self.client.id.clone(),
            user: user.as_ref().map(User::key),
            asked: Asked::Password { exchange, verifier },
        };
        let key = self.cognito.ask(self.client, &challenge)?;
        let name = user.map_or_else(|| name.to_owned(), |user| user.name);
        Ok(json!({
            "ChallengeName": "PASSWORD_VERIFIER",
            "ChallengeParameters": {
                "SALT": salt,
                "SECRET_BLOCK": BASE64_STANDARD.encode(key),
                "SRP_B": b,
                "USERNAME": name,
                "USER_ID_FOR_SRP": name,
            },
        }))
    }

    async fn by_refresh_token(&self) -> Answer {
        self.check_flow(
            AuthFlow::RefreshToken,
            "Auth flow not enabled for this client",
        )?;
        let token = needed(self.parameters, "REFRESH_TOKEN")?;
        let hash = self.parameters.get("SECRET_HASH").map(String::as_str);
        let tokens = self.cognito.refresh(self.pool, self.client, token, hash);
        Ok(json!({ "ChallengeParameters": {}, "AuthenticationResult": tokens.await? }))
    }
}

/// Refuses names that an operation would not look at.
pub fn check_names(
    parameters: &Parameters,
    member: &str,
    is_known: impl Fn(&str) -> bool,
) -> Result<(), Fault> {
    let mut names = parameters.keys();
    names.find(|name| !is_known(name)).map_or(Ok(()), |name| {
        Err(invalid(format!(
            "the sandbox does not support {member}.{name}; omit it, or use AWS"
        )))
    })
}

pub fn needed<'a>(parameters: &'a Parameters, name: &str) -> Result<&'a str, Fault> {
    let value = parameters.get(name).filter(|value| !value.is_empty());
    let missing = || invalid(format!("Missing required parameter {name}"));
    value.map(String::as_str).ok_or_else(missing)
}

impl Cognito {
    /// The user as it is now, if the password is proved. What it came to is counted.
    pub fn proved(&self, user: &User, is_right: impl FnOnce(&User) -> bool) -> Result<User, Fault> {
        let now = self.clock.now();
        // A wrong one is kept too, as it is counted.
        self.change_user(&user.key(), |user| {
            let is_right = is_right(user);
            Ok(user.count_proof(is_right, now).map(|()| user.clone()))
        })?
    }

    /// The tokens of a user whose password is proved, or what else is asked for.
    pub async fn admit(&self, pool: &Pool, client: &Client, user: &User) -> Answer {
        if !user.is_enabled {
            return Err(not_authorized("User is disabled."));
        }
        match user.status {
            Status::Unconfirmed => Err(not_confirmed()),
            Status::Confirmed => {
                let tokens = self.begin_session(pool, client, user).await?;
                Ok(json!({ "ChallengeParameters": {}, "AuthenticationResult": tokens }))
            }
            Status::ForceChangePassword => self.ask_new_password(client, user),
        }
    }

    fn ask_new_password(&self, client: &Client, user: &User) -> Answer {
        if user
            .expires
            .is_some_and(|expires| expires <= self.clock.now())
        {
            return Err(not_authorized(
                "Temporary password has expired and must be reset by an administrator.",
            ));
        }
        let challenge = Challenge {
            client: client.id.clone(),
            user: Some(user.key()),
            asked: Asked::NewPassword,
        };
        Ok(json!({
            "ChallengeName": "NEW_PASSWORD_REQUIRED",
            "Session": self.ask(client, &challenge)?,
            "ChallengeParameters": {
                "USER_ID_FOR_SRP": user.name,
                "requiredAttributes": "[]",
                "userAttributes": Value::from(json!(user.attributes).to_string()),
            },
        }))
    }
}
