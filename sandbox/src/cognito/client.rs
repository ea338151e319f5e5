//! A client of a pool, which is an app in which users sign in: as it is recorded, and as AWS shows it.

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use hmac::{Hmac, KeyInit, Mac};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use sha2::Sha256;

use super::Cognito;
use super::fault::{invalid, no_client, no_pool, not_authorized};
use super::pool::{Pool, seconds};
use crate::fault::Fault;
use crate::store::{Index, Record};

#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct Client {
    pub id: String,
    pub pool: String,
    pub name: String,
    /// What the app knows besides its id. Clients in browsers have none.
    pub secret: Option<String>,
    pub settings: Settings,
    /// In milliseconds since 1970, as the next.
    pub created: i64,
    pub modified: i64,
}

pub const BY_POOL: Index<Client> = Index::new("pool", |client| vec![client.pool.clone()]);

impl Record for Client {
    const KIND: &'static str = "cognito.client";
    const INDEXES: &'static [Index<Self>] = &[BY_POOL];
}

/// What an update of a client replaces: what it does not give becomes the default.
#[derive(Clone, Debug, Default, Deserialize, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct Settings {
    refresh_token_validity: Option<u64>,
    access_token_validity: Option<u64>,
    id_token_validity: Option<u64>,
    token_validity_units: Units,
    explicit_auth_flows: Option<Vec<AuthFlow>>,
    supported_identity_providers: Vec<String>,
    prevent_user_existence_errors: Option<String>,
    enable_token_revocation: Option<bool>,
    auth_session_validity: Option<i64>,
}

#[derive(Clone, Debug, Default, Deserialize, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase", default)]
struct Units {
    #[serde(skip_serializing_if = "Option::is_none")]
    access_token: Option<Unit>,
    #[serde(skip_serializing_if = "Option::is_none")]
    id_token: Option<Unit>,
    #[serde(skip_serializing_if = "Option::is_none")]
    refresh_token: Option<Unit>,
}

#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
enum Unit {
    Seconds,
    Minutes,
    Hours,
    Days,
}

#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq, Serialize)]
pub enum AuthFlow {
    #[serde(rename = "ALLOW_ADMIN_USER_PASSWORD_AUTH")]
    AdminUserPassword,
    #[serde(rename = "ALLOW_REFRESH_TOKEN_AUTH")]
    RefreshToken,
    #[serde(rename = "ALLOW_USER_PASSWORD_AUTH")]
    UserPassword,
    #[serde(rename = "ALLOW_USER_SRP_AUTH")]
    UserSrp,
}

const HOUR: u64 = 60 * 60;
const DAY: u64 = 24 * HOUR;
/// The bounds of validities, in seconds. Source: the documentation of CreateUserPoolClient.
const OF_ACCESS: (u64, u64) = (5 * 60, DAY);
const OF_REFRESH: (u64, u64) = (HOUR, 3650 * DAY);
/// In minutes. Source: there, `AuthSessionValidity`.
const SESSIONS: (i64, i64) = (3, 15);

impl Unit {
    fn seconds(self, count: u64) -> u64 {
        let unit = match self {
            Self::Seconds => 1,
            Self::Minutes => 60,
            Self::Hours => HOUR,
            Self::Days => DAY,
        };
        count.saturating_mul(unit)
    }
}

impl Settings {
    pub fn check(&self) -> Result<(), Fault> {
        let fits = |value: u64, (least, most): (u64, u64)| (least..=most).contains(&value);
        if !fits(self.access_seconds(), OF_ACCESS) || !fits(self.id_seconds(), OF_ACCESS) {
            return Err(invalid("Invalid range for token validity."));
        }
        if !fits(self.refresh_seconds(), OF_REFRESH) {
            return Err(invalid("Invalid range for token validity."));
        }
        let minutes = self.auth_session_validity.unwrap_or(SESSIONS.0);
        match (SESSIONS.0..=SESSIONS.1).contains(&minutes) {
            true => Ok(()),
            false => Err(invalid("Invalid range for auth session validity.")),
        }
    }

    pub fn access_seconds(&self) -> u64 {
        let unit = self.token_validity_units.access_token;
        lasting(self.access_token_validity, unit, Unit::Hours).unwrap_or(HOUR)
    }

    pub fn id_seconds(&self) -> u64 {
        let unit = self.token_validity_units.id_token;
        lasting(self.id_token_validity, unit, Unit::Hours).unwrap_or(HOUR)
    }

    pub fn refresh_seconds(&self) -> u64 {
        let unit = self.token_validity_units.refresh_token;
        lasting(self.refresh_token_validity, unit, Unit::Days).unwrap_or(30 * DAY)
    }

    /// How long a challenge can be answered, in milliseconds.
    pub fn session_millis(&self) -> i64 {
        self.auth_session_validity.unwrap_or(SESSIONS.0) * 60 * 1000
    }

    /// Those that are not given are all but the ones with the password itself.
    pub fn allows(&self, flow: AuthFlow) -> bool {
        match &self.explicit_auth_flows {
            Some(flows) => flows.contains(&flow),
            None => [AuthFlow::RefreshToken, AuthFlow::UserSrp].contains(&flow),
        }
    }

    pub fn hides_users(&self) -> bool {
        self.prevent_user_existence_errors.as_deref() == Some("ENABLED")
    }

    pub fn revokes_tokens(&self) -> bool {
        self.enable_token_revocation.unwrap_or(true)
    }
}

/// How many seconds a validity is; zero is the default, as nothing is.
fn lasting(count: Option<u64>, unit: Option<Unit>, default: Unit) -> Option<u64> {
    let count = count.filter(|count| *count > 0)?;
    Some(unit.unwrap_or(default).seconds(count))
}

impl Client {
    pub fn summary(&self) -> Value {
        json!({ "ClientId": self.id, "UserPoolId": self.pool, "ClientName": self.name })
    }

    pub fn shown(&self) -> Value {
        let settings = &self.settings;
        let mut shown = self.summary();
        let members = json!({
            "LastModifiedDate": seconds(self.modified),
            "CreationDate": seconds(self.created),
            "RefreshTokenValidity": settings.refresh_token_validity.unwrap_or(30),
            "TokenValidityUnits": settings.token_validity_units,
            "AllowedOAuthFlowsUserPoolClient": false,
            "EnableTokenRevocation": settings.revokes_tokens(),
            "EnablePropagateAdditionalUserContextData": false,
            "AuthSessionValidity": settings.auth_session_validity.unwrap_or(SESSIONS.0),
        });
        let optional = [
            ("AccessTokenValidity", json!(settings.access_token_validity)),
            ("IdTokenValidity", json!(settings.id_token_validity)),
            ("ExplicitAuthFlows", json!(settings.explicit_auth_flows)),
            (
                "PreventUserExistenceErrors",
                json!(settings.prevent_user_existence_errors),
            ),
            ("ClientSecret", json!(self.secret)),
        ];
        for (name, value) in members.as_object().into_iter().flatten() {
            shown[name] = value.clone();
        }
        for (name, value) in optional {
            if !value.is_null() {
                shown[name] = value;
            }
        }
        if !settings.supported_identity_providers.is_empty() {
            shown["SupportedIdentityProviders"] = json!(settings.supported_identity_providers);
        }
        shown
    }

    /// Refuses a request in which the secret does not show, if the client has one.
    ///
    /// Source: "Computing secret hash values" in Cognito's developer guide.
    pub fn check_secret_hash(&self, user: &str, hash: Option<&str>) -> Result<(), Fault> {
        let wrong = || {
            let message = format!("Unable to verify secret hash for client {}", self.id);
            not_authorized(message)
        };
        let (secret, hash) = match (&self.secret, hash.filter(|hash| !hash.is_empty())) {
            (None, None) => return Ok(()),
            (Some(_), None) => {
                return Err(not_authorized(format!(
                    "Client {} is configured with secret but SECRET_HASH was not received",
                    self.id
                )));
            }
            (None, Some(_)) => return Err(wrong()),
            (Some(secret), Some(hash)) => (secret, hash),
        };
        let given = BASE64_STANDARD.decode(hash).map_err(|_| wrong())?;
        let mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes());
        let mut mac = mac.map_err(|_| wrong())?;
        mac.update(user.as_bytes());
        mac.update(self.id.as_bytes());
        mac.verify_slice(&given).map_err(|_| wrong())
    }
}

impl Cognito {
    pub fn client_of_pool(&self, pool: &str, id: &str) -> Result<Client, Fault> {
        self.pool(pool)?;
        let found = self.clients.get(id)?.filter(|client| client.pool == pool);
        found.ok_or_else(|| no_client(id))
    }

    /// The client that a request without a signature names, and its pool.
    pub fn client_and_pool(&self, id: &str) -> Result<(Client, Pool), Fault> {
        let client = self.clients.get(id)?.ok_or_else(|| no_client(id))?;
        let pool = self.pools.get(&client.pool)?;
        let pool = pool.ok_or_else(|| no_pool(&client.pool))?;
        Ok((client, pool))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settings(value: Value) -> Settings {
        serde_json::from_value(value).expect("settings")
    }

    #[test]
    fn validities_are_in_their_units_and_bounds() {
        let default = settings(json!({}));
        let seconds = |it: &Settings| (it.access_seconds(), it.id_seconds(), it.refresh_seconds());
        assert_eq!(seconds(&default), (3600, 3600, 30 * DAY));
        let given = settings(json!({
            "AccessTokenValidity": 300, "IdTokenValidity": 10, "RefreshTokenValidity": 2,
            "TokenValidityUnits": { "AccessToken": "seconds", "IdToken": "minutes", "RefreshToken": "hours" },
        }));
        assert_eq!(seconds(&given), (300, 600, 7200));
        assert!(default.check().is_ok() && given.check().is_ok());
        for wrong in [
            json!({ "AccessTokenValidity": 25 }),
            json!({ "IdTokenValidity": 4, "TokenValidityUnits": { "IdToken": "minutes" } }),
            json!({ "RefreshTokenValidity": 3651 }),
            json!({ "RefreshTokenValidity": u64::MAX }),
            json!({ "AuthSessionValidity": 2 }),
            json!({ "AuthSessionValidity": 16 }),
        ] {
            assert!(settings(wrong.clone()).check().is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_secret_shows_in_its_hash() {
        let client = |secret: Option<&str>| Client {
            id: "client".to_owned(),
            pool: String::new(),
            name: String::new(),
            secret: secret.map(str::to_owned),
            settings: Settings::default(),
            created: 0,
            modified: 0,
        };
        // printf annclient | openssl dgst -sha256 -hmac secret -binary | base64
        let hash = "1KBhTmaloN8gn8mYFOpcHRnT/Jn7qaddEv2E6vNUy30=";
        let with = client(Some("secret"));
        assert_eq!(with.check_secret_hash("ann", Some(hash)), Ok(()));
        for (client, user, hash) in [
            (&with, "bob", Some(hash)),
            (&with, "ann", Some("AAAA")),
            (&with, "ann", Some("?")),
            (&with, "ann", None),
            (&client(None), "ann", Some(hash)),
        ] {
            let fault = client.check_secret_hash(user, hash).expect_err(user);
            assert_eq!(fault.code, "NotAuthorizedException");
        }
        assert_eq!(client(None).check_secret_hash("ann", None), Ok(()));
    }
}
