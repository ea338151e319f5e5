//! Checks of requests whose signature is right: temporary keys need their session token, the bucket must
//! have the expected owner, and the sandbox must support the operation.

use std::sync::Arc;

use s3s::S3Result;
use s3s::access::{S3Access, S3AccessContext};

use super::errors::{to_s3_error, unknown_operation};
use super::query::Query;
use super::unsupported;
use crate::ACCOUNT;
use crate::fault::Fault;
use crate::keys::Keyring;

const TOKEN: &str = "x-amz-security-token";

pub struct Authorise {
    keyring: Arc<Keyring>,
    operations: &'static [&'static str],
}

impl Authorise {
    pub fn new(keyring: &Arc<Keyring>, operations: &'static [&'static str]) -> Self {
        Self {
            keyring: keyring.clone(),
            operations,
        }
    }

    fn check_request(&self, context: &S3AccessContext) -> Result<(), Fault> {
        let denied = |message: &str| Fault::denied("AccessDenied", message);
        let Some(credentials) = context.credentials() else {
            return Err(denied("the request is not signed"));
        };
        let Some((keys, _)) = self.keyring.find(&credentials.access_key) else {
            return Err(denied("the keys of the request were revoked"));
        };
        let header = |name: &str| context.headers().get(name)?.to_str().ok();
        let query = Query::of(context.uri());
        let token = header(TOKEN).or_else(|| query.get("X-Amz-Security-Token"));
        if !are_equal(token, keys.session_token.as_deref()) {
            return Err(Fault::invalid(
                "InvalidToken",
                "The provided token is malformed or otherwise invalid.",
            ));
        }
        for name in [
            "x-amz-expected-bucket-owner",
            "x-amz-source-expected-bucket-owner",
        ] {
            if header(name).is_some_and(|owner| owner != ACCOUNT) {
                let message = format!("{name} is not the sandbox's account, {ACCOUNT}");
                return Err(denied(&message));
            }
        }
        let operation = context.s3_op().name();
        if !self.operations.contains(&operation) {
            return Err(unknown_operation(operation, self.operations));
        }
        unsupported::check_headers(context.headers())
    }
}

/// Compares in constant time. No token is equal to an empty one.
fn are_equal(given: Option<&str>, expected: Option<&str>) -> bool {
    let (given, expected) = (given.unwrap_or_default(), expected.unwrap_or_default());
    given.len() == expected.len()
        && given
            .bytes()
            .zip(expected.bytes())
            .fold(0, |difference, (a, b)| difference | (a ^ b))
            == 0
}

#[async_trait::async_trait]
impl S3Access for Authorise {
    async fn check(&self, context: &mut S3AccessContext<'_>) -> S3Result<()> {
        self.check_request(context).map_err(to_s3_error)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_are_compared_as_a_whole() {
        assert!(are_equal(None, None));
        assert!(are_equal(Some("token"), Some("token")));
        assert!(!are_equal(Some("token"), None));
        assert!(!are_equal(None, Some("token")));
        assert!(!are_equal(Some("tokem"), Some("token")));
        assert!(!are_equal(Some("token0"), Some("token")));
    }
}
