//! What users do with their own account.

use serde::Deserialize;
use serde_json::{Value, json};

use super::Cognito;
use super::code::{Purpose, pretended_delivery};
use super::fault::{code_expired, invalid, not_authorized};
use super::password_policy;
use super::sign_up::ClientUserRequest;
use super::user::Status;
use crate::fault::{Answer, Fault};

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct AccessTokenRequest {
    access_token: String,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct ChangePasswordRequest {
    access_token: String,
    previous_password: Option<String>,
    proposed_password: String,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct RevokeTokenRequest {
    token: String,
    client_id: String,
    client_secret: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct ConfirmForgotPasswordRequest {
    #[serde(flatten)]
    named: ClientUserRequest,
    confirmation_code: String,
    password: String,
}

pub async fn get(cognito: &Cognito, request: AccessTokenRequest) -> Answer {
    let (_, user) = cognito.user_of(&request.access_token).await?;
    Ok(json!({ "Username": user.name, "UserAttributes": user.shown_attributes() }))
}

/// Ends all sessions of the user.
pub async fn sign_out(cognito: &Cognito, request: AccessTokenRequest) -> Answer {
    let (_, user) = cognito.user_of(&request.access_token).await?;
    cognito.change_user(&user.key(), |user| {
        user.sign_outs += 1;
        Ok::<Value, Fault>(json!({}))
    })
}

/// Ends the session of a refresh token.
pub async fn revoke_token(cognito: &Cognito, request: RevokeTokenRequest) -> Answer {
    let (client, pool) = cognito.client_and_pool(&request.client_id)?;
    if client.secret != request.client_secret.filter(|secret| !secret.is_empty()) {
        let message = "Invalid client or secret";
        return Err(Fault::invalid("UnauthorizedException", message));
    }
    if !client.settings.revokes_tokens() {
        return Err(Fault::invalid(
            "UnsupportedOperationException",
            "This client is not enabled for token revocation",
        ));
    }
    cognito.revoke(&pool, &client, &request.token)?;
    Ok(json!({}))
}

pub async fn change_password(cognito: &Cognito, request: ChangePasswordRequest) -> Answer {
    let (pool, user) = cognito.user_of(&request.access_token).await?;
    let previous = password_policy::given(request.previous_password.as_deref())?;
    pool.password_policy()
        .check_password(&request.proposed_password)?;
    cognito.proved(&user, |user| user.has_password(previous))?;
    let now = cognito.clock.now();
    cognito.change_user(&user.key(), |user| {
        user.set_password(&request.proposed_password, now);
        Ok::<Value, Fault>(json!({}))
    })
}

/// Sends a code with which the user can set a new password.
pub async fn forgot_password(cognito: &Cognito, request: ClientUserRequest) -> Answer {
    let (client, pool) = request.place(cognito)?;
    if !pool.lets_users_recover() {
        return Err(not_authorized("Contact administrator to reset password."));
    }
    let Some(user) = request.found(cognito, &client, &pool)? else {
        return Ok(json!({ "CodeDeliveryDetails": pretended_delivery(&request.username) }));
    };
    if user.status == Status::ForceChangePassword {
        return Err(not_authorized(
            "User password cannot be reset in the current state.",
        ));
    }
    let is_verified = user
        .attributes
        .get("email_verified")
        .is_some_and(|it| it == "true");
    if !is_verified || !user.attributes.contains_key("email") {
        return Err(invalid(
            "Cannot reset password for the user as there is no registered/verified email or phone_number",
        ));
    }
    let now = cognito.clock.now();
    let user = cognito.change_user(&user.key(), |user| {
        user.make_code(Purpose::Password, now);
        Ok(user.clone())
    })?;
    Ok(json!({ "CodeDeliveryDetails": cognito.send_code(&user) }))
}

pub async fn confirm_forgot_password(
    cognito: &Cognito,
    request: ConfirmForgotPasswordRequest,
) -> Answer {
    let (client, pool) = request.named.place(cognito)?;
    let user = request.named.found(cognito, &client, &pool)?;
    let user = user.ok_or_else(code_expired)?;
    pool.password_policy().check_password(&request.password)?;
    let (now, digits) = (cognito.clock.now(), &request.confirmation_code);
    // A wrong code is kept too, as it is counted.
    cognito.change_user(&user.key(), |user| {
        Ok(user.use_code(Purpose::Password, digits, now).map(|()| {
            user.set_password(&request.password, now);
            user.status = Status::Confirmed;
        }))
    })??;
    Ok(json!({}))
}
