//! JSON Web Tokens (RFC 7519) signed with RS256, and nothing else.

use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use serde_json::{Map, Value, json};

use super::keys::{Key, Keys};
use crate::fault::Fault;

pub type Claims = Map<String, Value>;

/// In bytes. Longer texts are not looked at.
const LONGEST: usize = 16 << 10;
const ALGORITHM: &str = "RS256";

/// Why a token is not accepted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rejected {
    Invalid,
    /// All else is right.
    Expired,
}

/// What the service writes into a token of its own.
pub fn signed(key: &Key, claims: &Value) -> Result<String, Fault> {
    let header = json!({ "kid": key.id, "alg": ALGORITHM });
    let part = |value: &Value| BASE64_URL_SAFE_NO_PAD.encode(value.to_string());
    let message = format!("{}.{}", part(&header), part(claims));
    let signature = BASE64_URL_SAFE_NO_PAD.encode(key.sign(message.as_bytes())?);
    Ok(format!("{message}.{signature}"))
}

/// The claims of a token that one of the keys has signed, and that has not expired. Nothing in the token is
/// believed before: the algorithm is always RS256, and the key one of the pool's.
pub fn verified(token: &str, keys: &Keys, now_millis: i64) -> Result<Claims, Rejected> {
    let invalid = Rejected::Invalid;
    if token.len() > LONGEST {
        return Err(invalid);
    }
    let (message, signature) = token.rsplit_once('.').ok_or(invalid)?;
    let (header, _) = message.split_once('.').ok_or(invalid)?;
    let header = object(header).ok_or(invalid)?;
    if header.get("alg").and_then(Value::as_str) != Some(ALGORITHM) || header.contains_key("crit") {
        return Err(invalid);
    }
    let key = header.get("kid").and_then(Value::as_str);
    let key = key.and_then(|id| keys.find(id)).ok_or(invalid)?;
    let signature = BASE64_URL_SAFE_NO_PAD.decode(signature);
    let signature = signature.map_err(|_| invalid)?;
    if !key.is_signature_of(message.as_bytes(), &signature) {
        return Err(invalid);
    }
    let claims = unverified(token).ok_or(invalid)?;
    let expires = claims.get("exp").and_then(Value::as_i64).ok_or(invalid)?;
    match now_millis < expires.saturating_mul(1000) {
        true => Ok(claims),
        false => Err(Rejected::Expired),
    }
}

/// What a token says, which anybody may have written.
pub fn unverified(token: &str) -> Option<Claims> {
    let mut parts = token.split('.');
    let (_, claims, _) = (parts.next()?, parts.next()?, parts.next()?);
    match parts.next() {
        None => object(claims),
        Some(_) => None,
    }
}

fn object(part: &str) -> Option<Claims> {
    let bytes = BASE64_URL_SAFE_NO_PAD.decode(part).ok()?;
    serde_json::from_slice(&bytes).ok()
}
