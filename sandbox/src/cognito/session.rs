//! Sessions: what a sign-in begins. A refresh token is the proof of one, and the other tokens name it as
//! `origin_jti`.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use uuid::Uuid;

use super::client::Client;
use super::fault::not_authorized;
use super::names::issuer;
use super::pool::Pool;
use super::user::User;
use super::{Cognito, token, within};
use crate::fault::Fault;
use crate::store::{Index, Record, hex};

/// What an access token of this service lets its user do.
pub const SCOPE: &str = "aws.cognito.signin.user.admin";
/// Of the sessions that have expired, so many are removed with each that begins.
const SWEPT: usize = 8;

#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct Session {
    pool: String,
    id: String,
    client: String,
    /// The key of the user.
    user: String,
    /// The user's id, as another may have the name later.
    sub: String,
    /// Of the secret in the refresh token.
    digest: String,
    /// In seconds since 1970, as tokens have times.
    began: i64,
    expires: i64,
    /// Of the user, when it began.
    sign_outs: u64,
    is_revoked: bool,
}

const BY_EXPIRY: Index<Session> = Index::new("expires", |it| vec![format!("{:012}", it.expires)]);

impl Record for Session {
    const KIND: &'static str = "cognito.session";
    const INDEXES: &'static [Index<Self>] = &[BY_EXPIRY];
}

impl Session {
    fn key(&self) -> String {
        within(&self.pool, &self.id)
    }

    /// Whether the user has ended it.
    fn is_over(&self, user: &User) -> bool {
        self.is_revoked || self.sign_outs != user.sign_outs || self.sub != user.sub
    }
}

/// The session that a refresh token names, and the digest of its secret.
struct RefreshToken<'a> {
    id: &'a str,
    digest: String,
}

impl<'a> RefreshToken<'a> {
    fn read(token: &'a str) -> Option<Self> {
        let (id, secret) = token.split_once('.')?;
        let digest = digest(secret);
        Some(Self { id, digest })
    }
}

fn digest(secret: &str) -> String {
    hex(&Sha256::digest(secret))
}

impl Cognito {
    /// Begins a session, and answers with its tokens.
    pub async fn begin_session(
        &self,
        pool: &Pool,
        client: &Client,
        user: &User,
    ) -> Result<Value, Fault> {
        let now = self.clock.now() / 1000;
        let lasts = client.settings.refresh_seconds();
        let secret = hex(&rand::random::<[u8; 32]>());
        let session = Session {
            pool: pool.id.clone(),
            id: Uuid::new_v4().to_string(),
            client: client.id.clone(),
            user: user.key(),
            sub: user.sub.clone(),
            digest: digest(&secret),
            began: now,
            expires: now.saturating_add_unsigned(lasts),
            sign_outs: user.sign_outs,
            is_revoked: false,
        };
        let mut result = self.tokens(client, user, &session).await?;
        self.keep_session(&session, now)?;
        result["RefreshToken"] = json!(format!("{}.{secret}", session.id));
        Ok(result)
    }

    fn keep_session(&self, session: &Session, now: i64) -> Result<(), Fault> {
        let expired = self
            .sessions
            .page_by(&BY_EXPIRY, "", None, SWEPT, |_| true)?;
        let expired = expired.items.into_iter().map(|(_, session)| session);
        let expired: Vec<Session> = expired.filter(|session| session.expires <= now).collect();
        self.store.write(|transaction| {
            for session in &expired {
                self.sessions.remove_in(transaction, &session.key())?;
            }
            Ok(self.sessions.put_in(transaction, &session.key(), session)?)
        })
    }

    /// New tokens for the session of a refresh token.
    pub async fn refresh(
        &self,
        pool: &Pool,
        client: &Client,
        refresh_token: &str,
        secret_hash: Option<&str>,
    ) -> Result<Value, Fault> {
        let session = self.session(pool, client, refresh_token)?;
        let user = self.users.get(&session.user)?;
        let user = user.filter(|user| !session.is_over(user));
        let user = user.ok_or_else(|| not_authorized("Refresh Token has been revoked"))?;
        // The hash is of the name, which the token does not show: clients use the name or the id.
        let of_name = client.check_secret_hash(&user.name, secret_hash);
        of_name.or_else(|_| client.check_secret_hash(&user.sub, secret_hash))?;
        if !user.is_enabled {
            return Err(not_authorized("User is disabled."));
        }
        self.tokens(client, &user, &session).await
    }

    fn session(&self, pool: &Pool, client: &Client, token: &str) -> Result<Session, Fault> {
        let invalid = || not_authorized("Invalid Refresh Token");
        let token = RefreshToken::read(token).ok_or_else(invalid)?;
        let found = self.sessions.get(&within(&pool.id, token.id))?;
        let found = found.filter(|session| session.digest == token.digest);
        let session = found
            .filter(|it| it.client == client.id)
            .ok_or_else(invalid)?;
        match self.clock.now() / 1000 < session.expires {
            true => Ok(session),
            false => Err(not_authorized("Refresh Token has expired")),
        }
    }

    /// Ends the session of a refresh token. An unknown one is as good as ended.
    pub fn revoke(&self, pool: &Pool, client: &Client, token: &str) -> Result<(), Fault> {
        let Ok(session) = self.session(pool, client, token) else {
            return Ok(());
        };
        self.sessions.change(&session.key(), |session| {
            if let Some(session) = session {
                session.is_revoked = true;
            }
            Ok(())
        })
    }

    /// The claims are those of AWS's tokens.
    ///
    /// Source: "Understanding the identity (ID) token" and "Understanding the access token" in Cognito's
    /// developer guide.
    async fn tokens(
        &self,
        client: &Client,
        user: &User,
        session: &Session,
    ) -> Result<Value, Fault> {
        let keys = self.keys_of(&session.pool).await?;
        let now = self.clock.now() / 1000;
        let settings = &client.settings;
        let mut common = json!({
            "sub": user.sub,
            "iss": issuer(&session.pool),
            "event_id": Uuid::new_v4().to_string(),
            "auth_time": session.began,
            "iat": now,
        });
        if settings.revokes_tokens() {
            common["origin_jti"] = json!(session.id);
        }
        let with = |members: Value, lasts: u64| {
            let mut claims = common.clone();
            for (name, value) in members.as_object().into_iter().flatten() {
                claims[name] = value.clone();
            }
            claims["jti"] = json!(Uuid::new_v4().to_string());
            claims["exp"] = json!(now.saturating_add_unsigned(lasts));
            claims
        };
        let mut id = with(
            json!({ "aud": client.id, "token_use": "id", "cognito:username": user.name }),
            settings.id_seconds(),
        );
        for (name, value) in &user.attributes {
            id[name] = match name.ends_with("_verified") {
                true => json!(value == "true"),
                false => json!(value),
            };
        }
        if user.attributes.contains_key("email") && id["email_verified"].is_null() {
            id["email_verified"] = json!(false);
        }
        let lasts = settings.access_seconds();
        let access = with(
            json!({ "client_id": client.id, "token_use": "access", "scope": SCOPE, "username": user.name }),
            lasts,
        );
        Ok(json!({
            "AccessToken": token::signed(&keys.access, &access)?,
            "IdToken": token::signed(&keys.id, &id)?,
            "ExpiresIn": lasts,
            "TokenType": "Bearer",
        }))
    }

    /// The user of an access token.
    pub async fn user_of(&self, access_token: &str) -> Result<(Pool, User), Fault> {
        let invalid = || not_authorized("Invalid Access Token");
        let unread = token::unverified(access_token).ok_or_else(invalid)?;
        let issued_by = unread
            .get("iss")
            .and_then(Value::as_str)
            .unwrap_or_default();
        let pool = issued_by.rsplit('/').next().unwrap_or_default();
        let pool = self.pools.get(pool)?.ok_or_else(invalid)?;
        let keys = self.keys_of(&pool.id).await?;
        let claims = token::verified(access_token, &keys, self.clock.now());
        let claims = claims.map_err(|rejected| match rejected {
            token::Rejected::Invalid => invalid(),
            token::Rejected::Expired => not_authorized("Access Token has expired"),
        })?;
        let text = |name: &str| claims.get(name).and_then(Value::as_str).unwrap_or_default();
        if text("iss") != issuer(&pool.id) || text("token_use") != "access" {
            return Err(invalid());
        }
        let user = self.find_user(&pool, text("username"))?;
        let user = user.filter(|user| user.sub == text("sub"));
        let user = user.ok_or_else(super::fault::no_user)?;
        if !user.is_enabled {
            return Err(not_authorized("User is disabled."));
        }
        // Clients that do not revoke tokens have none that name a session.
        if let Some(id) = claims.get("origin_jti").and_then(Value::as_str) {
            let session = self.sessions.get(&within(&pool.id, id))?;
            if session.is_none_or(|session| session.is_over(&user)) {
                return Err(not_authorized("Access Token has been revoked"));
            }
        }
        Ok((pool, user))
    }
}
