//! What the sandbox refuses because it would have no effect here. `members.txt` has the headers that each
//! operation takes.

use std::sync::LazyLock;

use http::request::Parts;
use http::{HeaderMap, Method, StatusCode, header};

use serde_json::{Map, Value};

use super::errors::{invalid_argument, invalid_request, not_implemented};
use crate::fault::Fault;
use crate::service::Members;

static MEMBERS: LazyLock<Members> = LazyLock::new(|| Members::read(include_str!("members.txt")));

/// Headers of AWS that any request can have: of the signature, of the body, and of the client.
const GENERAL: [&str; 14] = [
    "x-amz-checksum-crc32",
    "x-amz-checksum-crc32c",
    "x-amz-checksum-crc64nvme",
    "x-amz-checksum-sha1",
    "x-amz-checksum-sha256",
    "x-amz-content-sha256",
    "x-amz-date",
    "x-amz-decoded-content-length",
    "x-amz-sdk-checksum-algorithm",
    "x-amz-security-token",
    "x-amz-te",
    "x-amz-trailer",
    "x-amz-user-agent",
    "x-amzn-trace-id",
];

/// Refuses headers that the operation does not take.
pub fn check_headers(operation: &str, headers: &HeaderMap) -> Result<(), Fault> {
    check_special(headers)?;
    let is_member = |name: &str| {
        name.starts_with("x-amz-") && !name.starts_with("x-amz-meta-") && !GENERAL.contains(&name)
    };
    let given = headers.iter().filter(|(name, _)| is_member(name.as_str()));
    let given = given.filter_map(|(name, value)| {
        let value = Value::from(value.to_str().ok()?);
        Some((name.as_str().to_owned(), value))
    });
    let checked = MEMBERS.check(operation, &Value::Object(given.collect::<Map<_, _>>()));
    checked.map_err(|refusal| not_implemented(refusal.to_string()))
}

/// Refuses what S3 has a code of its own for.
fn check_special(headers: &HeaderMap) -> Result<(), Fault> {
    if headers.contains_key("x-amz-server-side-encryption-customer-algorithm") {
        return Err(not_implemented(
            "the sandbox does not support customer-provided encryption keys",
        ));
    }
    check_object_lock(headers)?;
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

/// No bucket has Object Lock. Source: S3's documentation of PutObject and DeleteObject.
fn check_object_lock(headers: &HeaderMap) -> Result<(), Fault> {
    let enables = headers.get("x-amz-bucket-object-lock-enabled");
    if enables.is_some_and(|value| value.as_bytes().eq_ignore_ascii_case(b"true")) {
        return Err(not_implemented("the sandbox does not support Object Lock"));
    }
    if headers.contains_key("x-amz-bypass-governance-retention") {
        return Err(invalid_argument(
            "x-amz-bypass-governance-retention is only applicable to Object Lock enabled buckets.",
        ));
    }
    let mut names = headers.keys().map(|name| name.as_str());
    if names.any(|name| name.starts_with("x-amz-object-lock-")) {
        return Err(invalid_request(
            "Bucket is missing Object Lock Configuration",
        ));
    }
    Ok(())
}

/// Refuses keys with a null character, which separates keys from what follows them in the records.
pub fn check_key(parts: &Parts) -> Result<(), Fault> {
    if parts.uri.path().contains("%00") {
        return Err(not_implemented(
            "the sandbox does not support keys with a null character",
        ));
    }
    Ok(())
}

/// Refuses POST Object: an upload from an HTML form, which is not signed as other requests are.
pub fn check_form(parts: &Parts) -> Result<(), Fault> {
    let content_type = parts.headers.get(header::CONTENT_TYPE);
    let content_type = content_type.and_then(|value| value.to_str().ok());
    let content_type = content_type.unwrap_or_default().trim();
    let is_form = content_type.to_ascii_lowercase().starts_with("multipart/");
    if parts.method == Method::POST && is_form {
        return Err(not_implemented(
            "the sandbox does not support uploads from HTML forms (POST Object); send PUT requests",
        ));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::super::operations::OPERATIONS;
    use super::*;

    #[test]
    fn keys_with_a_null_character_are_refused_by_name() {
        let check = |path: &str| {
            let request = http::Request::put(path).body(()).expect("a request");
            check_key(&request.into_parts().0).map_err(|fault| fault.code)
        };
        assert_eq!(check("/bucket/a%01b"), Ok(()));
        assert_eq!(check("/bucket/a%2500b"), Ok(()));
        assert_eq!(check("/bucket/a%00b"), Err("NotImplemented".to_owned()));
    }

    #[test]
    fn the_headers_of_every_operation_are_listed() {
        let names = OPERATIONS.iter().map(|operation| operation.name);
        let mut names: Vec<&str> = names.collect();
        names.sort_unstable();
        assert_eq!(MEMBERS.operations(), names);
        let disabled = [("x-amz-bucket-object-lock-enabled", "false")];
        let disabled = disabled.map(|(name, value)| {
            (
                http::HeaderName::from_static(name),
                http::HeaderValue::from_static(value),
            )
        });
        let headers = HeaderMap::from_iter(disabled);
        assert_eq!(check_headers("CreateBucket", &headers), Ok(()));
    }

    #[test]
    fn headers_without_effect_are_refused() {
        let code = |name: &'static str, value: &'static str| {
            let headers = HeaderMap::from_iter([(
                http::HeaderName::from_static(name),
                http::HeaderValue::from_static(value),
            )]);
            check_headers("PutObject", &headers).map_err(|fault| fault.code)
        };
        assert_eq!(code("x-amz-acl", "private"), Ok(()));
        for name in [
            "x-amz-meta-any",
            "x-amz-date",
            "x-amz-request-payer",
            "accept",
        ] {
            assert_eq!(code(name, "a"), Ok(()), "{name}");
        }
        for (name, value, expected) in [
            ("x-amz-acl", "public-read", "AccessControlListNotSupported"),
            ("x-amz-grant-read", "id=a", "AccessControlListNotSupported"),
            ("x-amz-bucket-object-lock-enabled", "True", "NotImplemented"),
            (
                "x-amz-bypass-governance-retention",
                "true",
                "InvalidArgument",
            ),
            ("x-amz-object-lock-mode", "GOVERNANCE", "InvalidRequest"),
            ("x-amz-object-lock-legal-hold", "ON", "InvalidRequest"),
            ("x-amz-write-offset-bytes", "5", "NotImplemented"),
            ("x-amz-checksum-sha512", "AA==", "NotImplemented"),
            (
                "x-amz-server-side-encryption-customer-algorithm",
                "AES256",
                "NotImplemented",
            ),
        ] {
            assert_eq!(code(name, value), Err(expected.to_owned()), "{name}");
        }
    }
}
