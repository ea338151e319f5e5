//! `RespondToAuthChallenge`, and the same for the owner of the pool.

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use serde::Deserialize;

use super::Cognito;
use super::challenge::{Asked, Challenge};
use super::client::Client;
use super::fault::{invalid, not_authorized, wrong_password};
use super::pool::Pool;
use super::schema::{Attributes, Giver};
use super::sign_in::{Parameters, check_names, needed};
use super::srp::Proof;
use super::user::{Status, User};
use crate::fault::{Answer, Fault};

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct RespondRequest {
    client_id: String,
    challenge_name: String,
    session: Option<String>,
    #[serde(default)]
    challenge_responses: Parameters,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct AdminRespondRequest {
    user_pool_id: String,
    #[serde(flatten)]
    request: RespondRequest,
}

/// Begins the names of attributes in the answer to `NEW_PASSWORD_REQUIRED`.
const ATTRIBUTE: &str = "userAttributes.";

pub async fn respond(cognito: &Cognito, request: RespondRequest) -> Answer {
    let (client, pool) = cognito.client_and_pool(&request.client_id)?;
    answer(cognito, &pool, &client, request).await
}

pub async fn respond_as_administrator(cognito: &Cognito, request: AdminRespondRequest) -> Answer {
    let pool = cognito.pool(&request.user_pool_id)?;
    let client = cognito.client_of_pool(&pool.id, &request.request.client_id)?;
    answer(cognito, &pool, &client, request.request).await
}

async fn answer(
    cognito: &Cognito,
    pool: &Pool,
    client: &Client,
    request: RespondRequest,
) -> Answer {
    let responses = &request.challenge_responses;
    let name = needed(responses, "USERNAME")?;
    let hash = responses.get("SECRET_HASH").map(String::as_str);
    client.check_secret_hash(name, hash)?;
    let user = match request.challenge_name.as_str() {
        "PASSWORD_VERIFIER" => prove(cognito, client, responses)?,
        "NEW_PASSWORD_REQUIRED" => {
            let session = request.session.as_deref().filter(|it| !it.is_empty());
            let session = session.ok_or_else(|| invalid("Missing required parameter Session"))?;
            renew(cognito, pool, client, session, responses)?
        }
        other => return Err(invalid(format!("Challenge {other} is not supported."))),
    };
    cognito.admit(pool, client, &user).await
}

fn prove(cognito: &Cognito, client: &Client, responses: &Parameters) -> Result<User, Fault> {
    const NAMES: [&str; 6] = [
        "USERNAME",
        "PASSWORD_CLAIM_SECRET_BLOCK",
        "PASSWORD_CLAIM_SIGNATURE",
        "TIMESTAMP",
        "SECRET_HASH",
        "DEVICE_KEY",
    ];
    check_names(responses, "ChallengeResponses", |name| {
        NAMES.contains(&name)
    })?;
    let secret_block = BASE64_STANDARD.decode(needed(responses, "PASSWORD_CLAIM_SECRET_BLOCK")?);
    let secret_block = secret_block.map_err(|_| wrong_password())?;
    let proof = Proof {
        secret_block: &secret_block,
        timestamp: needed(responses, "TIMESTAMP")?,
        signature: needed(responses, "PASSWORD_CLAIM_SIGNATURE")?,
    };
    let challenge = cognito.asked(client, &String::from_utf8_lossy(&secret_block))?;
    let Challenge {
        user: Some(user),
        asked: Asked::Password { exchange, verifier },
        ..
    } = challenge
    else {
        return Err(wrong_password());
    };
    let user = cognito.users.get(&user)?.ok_or_else(wrong_password)?;
    cognito.proved(&user, |user| {
        // The password may have changed since.
        user.password.as_ref() == Some(&verifier)
            && exchange.is_proved(&verifier, user.identity(), proof)
    })
}

/// Gives the user the new password, in place of the temporary one that was proved.
fn renew(
    cognito: &Cognito,
    pool: &Pool,
    client: &Client,
    session: &str,
    responses: &Parameters,
) -> Result<User, Fault> {
    const NAMES: [&str; 3] = ["USERNAME", "NEW_PASSWORD", "SECRET_HASH"];
    check_names(responses, "ChallengeResponses", |name| {
        NAMES.contains(&name) || name.starts_with(ATTRIBUTE)
    })?;
    let password = needed(responses, "NEW_PASSWORD")?;
    pool.password_policy().check_password(password)?;
    let given = responses.iter().filter_map(|(name, value)| {
        let name = name.strip_prefix(ATTRIBUTE)?;
        Some((name.to_owned(), value.clone()))
    });
    let given: Attributes = given.collect();
    pool.schema.check(&given, Giver::User)?;
    let challenge = cognito.asked(client, session)?;
    let (Some(key), Asked::NewPassword) = (challenge.user, challenge.asked) else {
        return Err(not_authorized("Invalid session for the user."));
    };
    let now = cognito.clock.now();
    cognito.change_user(&key, |user| {
        if user.status != Status::ForceChangePassword {
            return Err(not_authorized("Invalid session for the user."));
        }
        user.attributes.extend(given);
        pool.schema.check_required(&user.attributes)?;
        user.set_password(password, now);
        user.status = Status::Confirmed;
        Ok(user.clone())
    })
}
