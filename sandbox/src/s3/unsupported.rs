//! What the sandbox refuses because it would have no effect here.

use http::request::Parts;
use http::{HeaderMap, Method, StatusCode, header};

use super::errors::not_implemented;
use crate::fault::Fault;

pub fn check_headers(headers: &HeaderMap) -> Result<(), Fault> {
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
