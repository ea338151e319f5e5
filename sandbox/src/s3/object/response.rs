//! What all responses about an object have, whether it was written or read.

use http::{HeaderMap, HeaderName, HeaderValue};
use s3s::dto::BucketLifecycleConfiguration;

use super::metadata::ENCRYPTION_HEADERS;
use crate::fault::Fault;
use crate::s3::bucket::expiration::expiration;
use crate::s3::records::{Bucket, Object, ObjectMetadata};
use crate::s3::storage::{NULL, Storage, Versioning};

/// How the object is encrypted, which version it is, and when a lifecycle rule will expire it.
pub fn object_headers(
    storage: &Storage,
    bucket: &str,
    key: &str,
    object: &Object,
) -> Result<HeaderMap, Fault> {
    let bucket = storage.bucket(bucket)?;
    let mut headers = encryption_headers(&object.metadata);
    if let Some(id) = version_id(&bucket, object)? {
        insert(&mut headers, "x-amz-version-id", &id);
    }
    let lifecycle: Option<BucketLifecycleConfiguration> = bucket.get()?;
    let rules = lifecycle.map(|lifecycle| lifecycle.rules);
    if let Some(value) = expiration(&rules.unwrap_or_default(), key, object) {
        insert(&mut headers, "x-amz-expiration", &value);
    }
    Ok(headers)
}

/// The id of the object's version, if its bucket has versions.
pub fn version_id_of(
    storage: &Storage,
    bucket: &str,
    object: &Object,
) -> Result<Option<String>, Fault> {
    version_id(&storage.bucket(bucket)?, object)
}

fn version_id(bucket: &Bucket, object: &Object) -> Result<Option<String>, Fault> {
    let has_versions = bucket.versioning()? != Versioning::Off;
    let id = object.version_id.as_deref().unwrap_or(NULL);
    Ok(has_versions.then(|| id.to_owned()))
}

pub fn encryption_headers(metadata: &ObjectMetadata) -> HeaderMap {
    let mut headers = HeaderMap::new();
    for name in ENCRYPTION_HEADERS {
        if let Some(value) = metadata.headers.get(name) {
            insert(&mut headers, name, value);
        }
    }
    headers
}

/// Leaves out a value that no header can have.
fn insert(headers: &mut HeaderMap, name: &'static str, value: &str) {
    if let Ok(value) = HeaderValue::from_str(value) {
        headers.insert(HeaderName::from_static(name), value);
    }
}
