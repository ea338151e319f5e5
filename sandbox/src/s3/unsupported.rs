//! What the sandbox refuses because it would have no effect here.

use http::request::Parts;
use http::{HeaderMap, Method, StatusCode, header};

use super::errors::{invalid_argument, invalid_request, not_implemented};
use crate::fault::Fault;

pub fn check_headers(headers: &HeaderMap) -> Result<(), Fault> {
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
    fn headers_without_effect_are_refused() {
        let code = |name: &'static str, value: &'static str| {
            let headers = HeaderMap::from_iter([(
                http::HeaderName::from_static(name),
                http::HeaderValue::from_static(value),
            )]);
            check_headers(&headers).map_err(|fault| fault.code)
        };
        assert_eq!(code("x-amz-acl", "private"), Ok(()));
        assert_eq!(code("x-amz-bucket-object-lock-enabled", "false"), Ok(()));
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
