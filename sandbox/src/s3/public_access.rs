//! What anyone may do with a bucket: what its policy allows everybody, unless the bucket blocks public access, as
//! each does until its owner says otherwise.
//!
//! Source: "Blocking public access to your Amazon S3 storage" in S3's user guide.

use s3s::dto::PublicAccessBlockConfiguration;

use super::authorise::policy_of_bucket;
use super::storage::Storage;
use crate::ACCOUNT;
use crate::authorise::policy::{self, Context, Decision, Policies, Principal};
use crate::fault::Fault;

pub fn allows_reading(storage: &Storage, bucket: &str, key: &str) -> Result<bool, Fault> {
    let resource = format!("arn:aws:s3:::{bucket}/{key}");
    allows(storage, bucket, "s3:GetObject", &resource)
}

pub fn allows_listing(storage: &Storage, bucket: &str) -> Result<bool, Fault> {
    let resource = format!("arn:aws:s3:::{bucket}");
    allows(storage, bucket, "s3:ListBucket", &resource)
}

fn allows(storage: &Storage, bucket: &str, action: &str, resource: &str) -> Result<bool, Fault> {
    if is_blocked(storage, bucket)? {
        return Ok(false);
    }
    let mut context = Context::default();
    // As in requests of the control plane.
    context.set("aws:SecureTransport", "true");
    context.set("aws:SourceIp", "127.0.0.1");
    let request = policy::Request {
        principal: &Principal::Anyone,
        action,
        resource,
        account: ACCOUNT,
        context: &context,
    };
    let policies = Policies {
        resource: policy_of_bucket(storage, bucket)?,
        ..Policies::default()
    };
    Ok(policy::decide(&request, &policies) == Decision::Allowed)
}

/// Public policies have no effect with `RestrictPublicBuckets`.
fn is_blocked(storage: &Storage, bucket: &str) -> Result<bool, Fault> {
    let block: Option<PublicAccessBlockConfiguration> = storage.bucket(bucket)?.get()?;
    Ok(block.is_none_or(|block| block.restrict_public_buckets.unwrap_or(false)))
}
