//! Tokens in front of an API: what API Gateway's authorizers of the type COGNITO_USER_POOLS ask.

use serde_json::Value;

use super::Cognito;
use super::names::{issuer, pool_id};
use super::token::{self, Claims, Rejected};
use crate::fault::Fault;

/// Why a request is not authorised.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NotAuthorized {
    Invalid,
    Expired,
    Fault(Fault),
}

impl From<Fault> for NotAuthorized {
    fn from(fault: Fault) -> Self {
        Self::Fault(fault)
    }
}

impl Cognito {
    /// Whether there is such a pool.
    pub fn has_pool(&self, arn: &str) -> Result<bool, Fault> {
        Ok(self.pools.get(pool_id(arn)?)?.is_some())
    }

    /// The claims of a token that one of the pools has issued: an identity token, or where scopes are wanted
    /// an access token with one of these. Whether it has been revoked is not asked, as on AWS.
    ///
    /// Source: "Integrate a REST API with an Amazon Cognito user pool" in API Gateway's developer guide.
    pub async fn claims(
        &self,
        pools: &[String],
        token: &str,
        scopes: &[String],
    ) -> Result<Claims, NotAuthorized> {
        let unread = token::unverified(token).ok_or(NotAuthorized::Invalid)?;
        let issued_by = text(&unread, "iss");
        let mut ids = pools.iter().filter_map(|arn| pool_id(arn).ok());
        let pool = ids.find(|id| issuer(id) == issued_by);
        let pool = pool.ok_or(NotAuthorized::Invalid)?;
        if self.pools.get(pool).map_err(Fault::from)?.is_none() {
            return Err(NotAuthorized::Invalid);
        }
        let keys = self.keys_of(pool).await?;
        let claims = token::verified(token, &keys, self.clock.now());
        let claims = claims.map_err(|rejected| match rejected {
            Rejected::Invalid => NotAuthorized::Invalid,
            Rejected::Expired => NotAuthorized::Expired,
        })?;
        let (kind, client) = match scopes {
            [] => ("id", text(&claims, "aud")),
            _ => ("access", text(&claims, "client_id")),
        };
        let has_scope = text(&claims, "scope")
            .split(' ')
            .any(|has| scopes.iter().any(|scope| scope == has));
        let client = self.clients.get(client).map_err(Fault::from)?;
        let is_of_pool = client.is_some_and(|client| client.pool == pool);
        let is_right = text(&claims, "iss") == issuer(pool)
            && text(&claims, "token_use") == kind
            && is_of_pool
            && (scopes.is_empty() || has_scope);
        match is_right {
            true => Ok(claims),
            false => Err(NotAuthorized::Invalid),
        }
    }
}

fn text<'a>(claims: &'a Claims, name: &str) -> &'a str {
    claims.get(name).and_then(Value::as_str).unwrap_or_default()
}
