//! AWS's Signature Version 4: who signed a request, for which service, and whether the signature is right.
//!
//! To verify it, the signature is computed again, by the library that AWS's own clients use ([`verify`]). It
//! is in a header, or in the query of a [`link`].

mod link;
mod verify;

use std::time::{Duration, SystemTime};

use http::request::Parts;
use http::{HeaderMap, header};
use time::PrimitiveDateTime;
use time::macros::format_description;

use crate::REGION;
use crate::fault::Fault;
use crate::keys::{Keys, UNKNOWN_KEYS};
use crate::wire::{Protocol, TARGET};
pub use link::Link;
use verify::same;

pub const ALGORITHM: &str = "AWS4-HMAC-SHA256";
const TOKEN: &str = "x-amz-security-token";
/// How far a client's clock may be off.
const SKEW: Duration = Duration::from_secs(15 * 60);

/// Why a signature is not accepted.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SignatureError {
    #[error("the request is not signed; `mafia sandbox env` prints the keys")]
    Unsigned,
    #[error("the signature cannot be read: {0}")]
    Malformed(&'static str),
    #[error("{UNKNOWN_KEYS}")]
    UnknownKeys,
    #[error("The security token included in the request is expired")]
    ExpiredKeys,
    #[error(
        "the request was signed at {0}, more than 15 minutes before or after this machine's time"
    )]
    Expired(String),
    #[error(
        "Credential should be scoped to a valid region: the sandbox's is {REGION}, and the request was \
         signed for {0:?}"
    )]
    Region(String),
    #[error("the signature does not match the request")]
    Mismatch,
}

impl SignatureError {
    /// Services name the same reason differently, by their protocol.
    pub fn fault(&self, protocol: Protocol) -> Fault {
        use Protocol::{Json, JsonAndQuery, Query, RestJson, RestXml};
        let code = match (self, protocol) {
            (Self::Unsigned, RestXml) => "AccessDenied",
            (Self::Unsigned, Query { .. }) => "MissingAuthenticationToken",
            (Self::Unsigned, Json { .. } | JsonAndQuery { .. } | RestJson { .. }) => {
                "MissingAuthenticationTokenException"
            }
            (Self::Malformed(_), RestXml) => "AuthorizationHeaderMalformed",
            (Self::Malformed(_), _) => "IncompleteSignature",
            (Self::UnknownKeys, RestXml) => "InvalidAccessKeyId",
            (Self::UnknownKeys, Query { .. }) => "InvalidClientTokenId",
            (Self::UnknownKeys, Json { .. } | JsonAndQuery { .. } | RestJson { .. }) => {
                "UnrecognizedClientException"
            }
            (Self::ExpiredKeys, RestXml | Query { .. }) => "ExpiredToken",
            (Self::ExpiredKeys, Json { .. } | JsonAndQuery { .. } | RestJson { .. }) => {
                "ExpiredTokenException"
            }
            (Self::Expired(_), RestXml) => "RequestTimeTooSkewed",
            (Self::Region(_), RestXml) => {
                let fault = Fault::invalid("AuthorizationHeaderMalformed", self.to_string());
                return fault.with("Region", REGION);
            }
            (
                Self::Expired(_) | Self::Mismatch | Self::Region(_),
                Json { .. } | JsonAndQuery { .. } | RestJson { .. },
            ) => "InvalidSignatureException",
            (Self::Expired(_), Query { .. }) => "RequestExpired",
            (Self::Mismatch | Self::Region(_), _) => "SignatureDoesNotMatch",
        };
        Fault::denied(code, self.to_string())
    }
}

/// A signature as it came, not verified yet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Signature {
    pub access_key_id: String,
    /// Of the scope, as in `20261122`.
    pub day: String,
    pub region: String,
    /// The signing name of the service, such as `cloudformation`.
    pub service: String,
    /// If it is in the query.
    pub link: Option<Link>,
    signed_headers: Vec<String>,
    value: String,
}

impl Signature {
    /// Reads the signature of a request.
    pub fn read(parts: &Parts) -> Result<Self, SignatureError> {
        let Some(authorization) = parts.headers.get(header::AUTHORIZATION) else {
            return link::read(parts.uri.query().unwrap_or_default());
        };
        let authorization = authorization
            .to_str()
            .map_err(|_| SignatureError::Malformed("the Authorization header is not text"))?;
        Self::in_header(authorization)
    }

    fn in_header(authorization: &str) -> Result<Self, SignatureError> {
        let Some(fields) = authorization.trim().strip_prefix(ALGORITHM) else {
            return Err(SignatureError::Malformed(
                "it is not a Signature Version 4 (AWS4-HMAC-SHA256)",
            ));
        };
        let field = |wanted: &str| {
            fields
                .split(',')
                .filter_map(|field| field.trim().split_once('='))
                .find(|(name, _)| *name == wanted)
                .map(|(_, value)| value)
                .unwrap_or_default()
        };
        Self::new(
            field("Credential"),
            field("SignedHeaders"),
            field("Signature"),
        )
    }

    fn new(
        credential: &str,
        signed_headers: &str,
        signature: &str,
    ) -> Result<Self, SignatureError> {
        // ID/20261122/us-east-1/lambda/aws4_request
        let scope: Vec<&str> = credential.split('/').collect();
        let [access_key_id, day, region, service, "aws4_request"] = scope[..] else {
            return Err(SignatureError::Malformed(
                "its credential is not KEY/DATE/REGION/SERVICE/aws4_request",
            ));
        };
        if signature.is_empty() || signed_headers.is_empty() {
            return Err(SignatureError::Malformed(
                "SignedHeaders or Signature is missing",
            ));
        }
        Ok(Self {
            access_key_id: access_key_id.to_owned(),
            day: day.to_owned(),
            region: region.to_owned(),
            service: service.to_owned(),
            link: None,
            signed_headers: signed_headers.split(';').map(str::to_owned).collect(),
            value: signature.to_owned(),
        })
    }

    /// Whether it is of this header too.
    pub fn covers(&self, name: &str) -> bool {
        self.signed_headers.iter().any(|signed| signed == name)
    }

    pub fn check_region(&self) -> Result<(), SignatureError> {
        if self.region == REGION {
            Ok(())
        } else {
            Err(SignatureError::Region(self.region.clone()))
        }
    }

    /// What can be checked without the body. Returns when the request was signed, which is about now.
    pub fn check_head(&self, parts: &Parts, keys: &Keys) -> Result<SystemTime, SignatureError> {
        let signed_at = self.signed_at(&parts.headers)?;
        if !self.covers("host") {
            return Err(SignatureError::Malformed(
                "it does not cover the Host header",
            ));
        }
        if parts.headers.contains_key(TARGET) && !self.covers(TARGET) {
            return Err(SignatureError::Malformed(
                "it does not cover the X-Amz-Target header",
            ));
        }
        match self.has_token_of(parts, keys) {
            true => Ok(signed_at),
            false => Err(SignatureError::UnknownKeys),
        }
    }

    /// Whether the request has the session token of temporary keys, and none with others.
    pub fn has_token_of(&self, parts: &Parts, keys: &Keys) -> bool {
        let given = match &self.link {
            Some(link) => link.token.as_deref().map(str::as_bytes),
            None => parts.headers.get(TOKEN).map(|token| token.as_bytes()),
        };
        let expected = keys.session_token.as_deref().map(str::as_bytes);
        match (given, expected) {
            (Some(given), Some(expected)) => same(given, expected),
            (given, expected) => given.is_none() && expected.is_none(),
        }
    }

    /// When the request was signed, if that is about now.
    pub fn signed_at(&self, headers: &HeaderMap) -> Result<SystemTime, SignatureError> {
        let date = self.date(headers).ok_or(SignatureError::Malformed(
            "the X-Amz-Date header is missing",
        ))?;
        let signed_at = time_of(date).ok_or(SignatureError::Malformed(
            "X-Amz-Date must have the form 20261122T120000Z",
        ))?;
        let now = SystemTime::now();
        let off = now
            .duration_since(signed_at)
            .unwrap_or_else(|ahead| ahead.duration());
        if off <= SKEW {
            Ok(signed_at)
        } else {
            Err(SignatureError::Expired(date.to_owned()))
        }
    }

    /// When the request says that it was signed.
    pub fn date<'a>(&'a self, headers: &'a HeaderMap) -> Option<&'a str> {
        match &self.link {
            Some(link) => Some(&link.date),
            None => headers.get("x-amz-date")?.to_str().ok(),
        }
    }
}

/// A time in the form `20261122T120000Z`.
pub fn time_of(date: &str) -> Option<SystemTime> {
    let format = format_description!("[year][month][day]T[hour][minute][second]Z");
    let time = PrimitiveDateTime::parse(date, &format).ok()?;
    Some(time.assume_utc().into())
}

#[cfg(test)]
mod tests;
