//! Who may do what the library has found to be truly signed: temporary keys go with their token, and
//! what the sandbox does not do is said.

use std::sync::Arc;

use http::StatusCode;
use s3s::S3Result;
use s3s::access::{S3Access, S3AccessContext};

use super::admission::{Query, unknown_operation};
use super::api::OPERATIONS;
use super::refusal::{self, not_implemented};
use crate::ACCOUNT;
use crate::fault::Fault;
use crate::keys::Keyring;

const TOKEN: &str = "x-amz-security-token";

pub struct Access {
    keyring: Arc<Keyring>,
}

impl Access {
    pub fn new(keyring: &Arc<Keyring>) -> Self {
        Self {
            keyring: keyring.clone(),
        }
    }

    fn admit(&self, context: &S3AccessContext) -> Result<(), Fault> {
        let denied = |message: &str| Fault::denied("AccessDenied", message);
        let Some(credentials) = context.credentials() else {
            return Err(denied("the request is not signed"));
        };
        let Some((keys, _)) = self.keyring.find(&credentials.access_key) else {
            return Err(denied("the keys of the request were revoked"));
        };
        let header = |name: &str| context.headers().get(name)?.to_str().ok();
        let given = header(TOKEN)
            .map(str::to_owned)
            .or_else(|| Query::of(context.uri()).get("X-Amz-Security-Token"));
        if !same(given.as_deref(), keys.session_token.as_deref()) {
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
        if OPERATIONS.contains(&operation) {
            supported(context)
        } else {
            Err(unknown_operation(operation))
        }
    }
}

/// What is asked for besides the operation, and would be missed.
fn supported(context: &S3AccessContext) -> Result<(), Fault> {
    let headers = context.headers();
    if headers.contains_key("x-amz-server-side-encryption-customer-algorithm") {
        return Err(not_implemented(
            "the sandbox does not support customer-provided encryption keys",
        ));
    }
    let acl = headers.get("x-amz-acl").and_then(|acl| acl.to_str().ok());
    let private = ["private", "bucket-owner-full-control"];
    let granted = headers
        .keys()
        .any(|name| name.as_str().starts_with("x-amz-grant-"));
    if granted || acl.is_some_and(|acl| !private.contains(&acl)) {
        return Err(Fault::new(
            StatusCode::BAD_REQUEST,
            "AccessControlListNotSupported",
            "The bucket does not allow ACLs",
        ));
    }
    Ok(())
}

/// Takes as long whatever differs.
fn same(given: Option<&str>, wanted: Option<&str>) -> bool {
    let (given, wanted) = (given.unwrap_or_default(), wanted.unwrap_or_default());
    given.len() == wanted.len()
        && given
            .bytes()
            .zip(wanted.bytes())
            .fold(0, |difference, (a, b)| difference | (a ^ b))
            == 0
}

#[async_trait::async_trait]
impl S3Access for Access {
    async fn check(&self, context: &mut S3AccessContext<'_>) -> S3Result<()> {
        self.admit(context).map_err(refusal::error)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_are_compared_as_a_whole() {
        assert!(same(None, None));
        assert!(same(Some("token"), Some("token")));
        assert!(!same(Some("token"), None));
        assert!(!same(None, Some("token")));
        assert!(!same(Some("tokem"), Some("token")));
        assert!(!same(Some("token0"), Some("token")));
    }
}
