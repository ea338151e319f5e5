//! Checks of requests whose signature is right: temporary keys need their session token, the bucket
//! must have the expected owner, the sandbox must support the operation, and the caller must be
//! allowed to do it.

use std::sync::Arc;

use s3s::access::{S3Access, S3AccessContext};
use s3s::dto::DeleteObjectsInput;
use s3s::{S3Request, S3Result};
use serde_json::Value;

use super::bucket::configuration::POLICY;
use super::errors::FaultSlot;
use super::operations::{
    accesses, bucket_in, deletions, listing, object_in, reads_object, unknown_operation,
};
use super::query::Query;
use super::storage::Storage;
use super::unsupported;
use crate::ACCOUNT;
use crate::authorise::policy::ResourcePolicy;
use crate::authorise::{Access, Authority, authorise};
use crate::caller::Caller;
use crate::fault::Fault;
use crate::keys::Keyring;
use crate::wire::Protocol;

const TOKEN: &str = "x-amz-security-token";

pub struct Authorise {
    storage: Storage,
    keyring: Arc<Keyring>,
    authority: Arc<dyn Authority>,
}

impl Authorise {
    pub fn new(storage: &Storage, keyring: &Arc<Keyring>, authority: &Arc<dyn Authority>) -> Self {
        Self {
            storage: storage.clone(),
            keyring: keyring.clone(),
            authority: authority.clone(),
        }
    }

    /// Who asks.
    fn check_request(&self, context: &S3AccessContext) -> Result<Caller, Fault> {
        let denied = |message: &str| Fault::denied("AccessDenied", message);
        let Some(credentials) = context.credentials() else {
            return Err(denied("the request is not signed"));
        };
        let Some((keys, caller)) = self.keyring.find(&credentials.access_key) else {
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
        let (path, headers) = (context.s3_path(), context.headers());
        let Some(accesses) = accesses(operation, path, headers, &query) else {
            return Err(unknown_operation(operation));
        };
        unsupported::check_headers(operation, headers)?;
        self.authorise(&caller, &accesses)?;
        self.hide_what_is_absent(&caller, &accesses)?;
        Ok(caller)
    }

    /// Only who may list a bucket learns that it has no such object.
    ///
    /// Source: "Permissions" of GetObject in S3's API reference.
    fn hide_what_is_absent(&self, caller: &Caller, accesses: &[Access]) -> Result<(), Fault> {
        let read = accesses.iter().filter(|it| reads_object(it.action));
        for (bucket, key) in read.filter_map(|access| object_in(&access.resource)) {
            let is_bucket = self.storage.buckets.get(bucket)?.is_some();
            if is_bucket && !self.storage.has_object(bucket, key)? {
                self.authorise(caller, &[listing(bucket)])?;
            }
        }
        Ok(())
    }

    fn authorise(&self, caller: &Caller, accesses: &[Access]) -> Result<(), Fault> {
        let policy_of = |access: &Access| self.policy_of(access);
        let protocol = Protocol::RestXml;
        authorise(&*self.authority, caller, accesses, &policy_of, protocol)
    }

    /// That of the bucket.
    fn policy_of(&self, access: &Access) -> Result<Option<ResourcePolicy>, Fault> {
        match bucket_in(&access.resource) {
            Some(bucket) => policy_of_bucket(&self.storage, bucket),
            None => Ok(None),
        }
    }

    /// The objects to delete are in the body, which is read after the other checks.
    fn check_deletions(&self, request: &S3Request<DeleteObjectsInput>) -> Result<(), Fault> {
        let signed = request.credentials.as_ref();
        let Some((_, caller)) = signed.and_then(|keys| self.keyring.find(&keys.access_key)) else {
            return Err(Fault::denied("AccessDenied", "the request is not signed"));
        };
        let DeleteObjectsInput { bucket, delete, .. } = &request.input;
        let keys = delete.objects.iter().map(|object| object.key.as_str());
        self.authorise(&caller, &deletions(bucket, keys))
    }
}

pub fn policy_of_bucket(storage: &Storage, bucket: &str) -> Result<Option<ResourcePolicy>, Fault> {
    if storage.buckets.get(bucket)?.is_none() {
        return Ok(None);
    }
    let document = match storage.configuration(bucket, POLICY)? {
        None => return Ok(None),
        // Of a template.
        Some(Value::String(text)) => serde_json::from_str(&text).unwrap_or_default(),
        Some(document) => document,
    };
    ResourcePolicy::read(&document).map(Some)
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
        let slot = FaultSlot::of(context.extensions_mut());
        let caller = self
            .check_request(context)
            .map_err(|fault| slot.fail(fault))?;
        context.extensions_mut().insert(caller);
        Ok(())
    }

    async fn delete_objects(&self, request: &mut S3Request<DeleteObjectsInput>) -> S3Result<()> {
        let slot = FaultSlot::of(&request.extensions);
        let checked = self.check_deletions(request);
        checked.map_err(|fault| slot.fail(fault))
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
