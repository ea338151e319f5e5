//! Headers that all responses about an object have, whether it was written or read.

use http::{HeaderMap, HeaderName, HeaderValue};
use s3s::dto::BucketLifecycleConfiguration;

use super::metadata::ENCRYPTION_HEADERS;
use crate::fault::Fault;
use crate::s3::bucket::expiration::expiration;
use crate::s3::records::{Object, ObjectMetadata};
use crate::s3::storage::Storage;

/// How the object is encrypted, and when a lifecycle rule will expire it.
pub fn object_headers(
    storage: &Storage,
    bucket: &str,
    key: &str,
    object: &Object,
) -> Result<HeaderMap, Fault> {
    let mut headers = encryption_headers(&object.metadata);
    let lifecycle: Option<BucketLifecycleConfiguration> = storage.get_configuration(bucket)?;
    let rules = lifecycle.map(|lifecycle| lifecycle.rules);
    if let Some(value) = expiration(&rules.unwrap_or_default(), key, object) {
        insert(&mut headers, "x-amz-expiration", &value);
    }
    Ok(headers)
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
