//! Subresources: the query parameters without a value that name an operation, such as `?tagging`.
//! The s3s library takes a request with one that it does not know for another operation, so such
//! requests are refused before.

use http::request::Parts;

use super::operations::unknown_operation;
use super::query::Query;
use crate::fault::Fault;

/// Source: S3's API reference and the library's router.
const OF_BUCKETS: &[&str] = &[
    "accelerate",
    "acl",
    "analytics",
    "cors",
    "delete",
    "encryption",
    "intelligent-tiering",
    "inventory",
    "lifecycle",
    "location",
    "logging",
    "metadataTable",
    "metrics",
    "notification",
    "object-lock",
    "ownershipControls",
    "policy",
    "policyStatus",
    "publicAccessBlock",
    "replication",
    "requestPayment",
    "session",
    "tagging",
    "uploads",
    "versioning",
    "versions",
    "website",
];
const OF_OBJECTS: &[&str] = &[
    "acl",
    "attributes",
    "legal-hold",
    "restore",
    "retention",
    "select",
    "tagging",
    "torrent",
    "uploads",
];
/// Parameters that can be empty and are not subresources.
const PARAMETERS: &[&str] = &[
    "continuation-token",
    "delimiter",
    "encoding-type",
    "id-marker",
    "key-marker",
    "marker",
    "max-keys",
    "prefix",
    "start-after",
    "upload-id-marker",
    "version-id-marker",
    "versionId",
];

/// Refuses requests of operations that the library would take for others.
pub fn check(parts: &Parts) -> Result<(), Fault> {
    let path = parts.uri.path().trim_start_matches('/');
    let subresources = match path.split_once('/') {
        Some((_, key)) if !key.is_empty() => OF_OBJECTS,
        _ => OF_BUCKETS,
    };
    let is_known = |name: &str| {
        subresources.contains(&name)
            || PARAMETERS.contains(&name)
            || name.to_ascii_lowercase().starts_with("x-amz-")
            || name.starts_with("response-")
    };
    let query = Query::of(&parts.uri);
    let mut without_value = query.pairs().filter(|(_, value)| value.is_empty());
    match without_value.find(|(name, _)| !is_known(name)) {
        None => Ok(()),
        Some((name, _)) => {
            let operation = format!("{} ?{name}", parts.method);
            Err(unknown_operation(&operation))
        }
    }
}

#[cfg(test)]
mod tests {
    use http::Request;

    use super::*;

    #[test]
    fn unknown_operations_are_not_taken_for_others() {
        let request = |method: &str, uri: &str| {
            let request = Request::builder().method(method).uri(uri).body(());
            let (parts, ()) = request.expect("a request").into_parts();
            check(&parts).map_err(|fault| fault.code)
        };
        let unknown = || Err("NotImplemented".to_owned());
        assert_eq!(request("DELETE", "/b?metadataConfiguration"), unknown());
        assert_eq!(request("PUT", "/b/k?renameObject"), unknown());
        assert_eq!(request("PUT", "/b/k?encryption="), unknown());
        assert_eq!(request("GET", "/b?encryption"), Ok(()));
        assert_eq!(request("GET", "/b/?versions&prefix="), Ok(()));
        assert_eq!(request("POST", "/b/k?uploads"), Ok(()));
        assert_eq!(request("PUT", "/b/k?partNumber=1&uploadId=a"), Ok(()));
    }
}
