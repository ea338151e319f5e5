//! The metadata of objects: system-defined (headers), user-defined, and tags.

use std::collections::{BTreeMap, HashMap};

use http::{HeaderMap, HeaderName, HeaderValue, Uri, header};

use crate::fault::Fault;
use crate::s3::records::ObjectMetadata;
use crate::s3::tag_set;

const STORAGE_CLASS: &str = "x-amz-storage-class";
/// The headers that are stored with an object. Source: "Working with object metadata" in S3's user guide.
const HEADERS: [&str; 8] = [
    "cache-control",
    "content-disposition",
    "content-encoding",
    "content-language",
    "content-type",
    "expires",
    STORAGE_CLASS,
    "x-amz-website-redirect-location",
];
const DEFAULT_TYPE: &str = "binary/octet-stream";
const DEFAULT_CLASS: &str = "STANDARD";
/// In bytes. Source: "Working with object metadata" in S3's user guide.
const MAX_USER_METADATA: usize = 2048;

impl ObjectMetadata {
    /// From a request that writes an object: its headers, and the user-defined metadata among them.
    pub fn from_headers(
        headers: &HeaderMap,
        user: Option<HashMap<String, String>>,
    ) -> Result<Self, Fault> {
        let user: BTreeMap<String, String> = user
            .unwrap_or_default()
            .into_iter()
            .map(|(name, value)| (name.to_ascii_lowercase(), value))
            .collect();
        let length: usize = user.iter().map(|(k, v)| k.len() + v.len()).sum();
        if length > MAX_USER_METADATA {
            let message = format!(
                "Your metadata headers exceed the maximum allowed metadata size: \
                 {length} bytes of {MAX_USER_METADATA}"
            );
            return Err(Fault::invalid("MetadataTooLarge", message));
        }
        let stored = HEADERS.into_iter().filter_map(|name| {
            let value = headers.get(name)?.to_str().ok()?;
            let value = match name {
                "content-encoding" => without_aws_chunked(value),
                _ => value.to_owned(),
            };
            (!value.is_empty()).then(|| (name.to_owned(), value))
        });
        let tags = headers.get("x-amz-tagging");
        let tags = tags.and_then(|tags| tags.to_str().ok());
        Ok(Self {
            headers: stored.collect(),
            user,
            tags: tags.map_or(Ok(Vec::new()), tag_set::parse_header)?,
        })
    }

    /// The headers of the response to a request for `uri`, which can replace them
    /// (`response-content-type=text/plain`).
    pub fn response_headers(&self, uri: &Uri) -> HeaderMap {
        let mut headers = self.headers.clone();
        headers
            .entry("content-type".to_owned())
            .or_insert_with(|| DEFAULT_TYPE.to_owned());
        if self.storage_class() == DEFAULT_CLASS {
            headers.remove(STORAGE_CLASS);
        }
        let query = uri.query().unwrap_or_default();
        for (name, value) in form_urlencoded::parse(query.as_bytes()) {
            if let Some(name) = name.strip_prefix("response-")
                && HEADERS.contains(&name)
                && !name.starts_with("x-")
            {
                headers.insert(name.to_owned(), value.into_owned());
            }
        }
        let parsed = headers.iter().filter_map(|(name, value)| {
            let name = HeaderName::from_bytes(name.as_bytes()).ok()?;
            Some((name, HeaderValue::from_str(value).ok()?))
        });
        let mut parsed: HeaderMap = parsed.collect();
        parsed.insert(header::ACCEPT_RANGES, HeaderValue::from_static("bytes"));
        parsed
    }

    pub fn storage_class(&self) -> &str {
        self.headers
            .get(STORAGE_CLASS)
            .map_or(DEFAULT_CLASS, String::as_str)
    }

    /// The user-defined metadata, if there is any.
    pub fn user(&self) -> Option<HashMap<String, String>> {
        let user = self.user.clone();
        (!user.is_empty()).then(|| user.into_iter().collect())
    }
}

/// `aws-chunked` is the encoding of the request's body, not of the object.
fn without_aws_chunked(value: &str) -> String {
    let encodings = value.split(',').map(str::trim);
    let others: Vec<&str> = encodings
        .filter(|encoding| !encoding.eq_ignore_ascii_case("aws-chunked"))
        .collect();
    others.join(",")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn metadata(headers: &[(&'static str, &str)]) -> Result<ObjectMetadata, String> {
        let mut map = HeaderMap::new();
        for (name, value) in headers {
            map.insert(*name, value.parse().expect("it is a value"));
        }
        ObjectMetadata::from_headers(&map, None).map_err(|fault| fault.code)
    }

    #[test]
    fn responses_have_the_stored_headers_or_the_requested_ones() {
        let text = metadata(&[
            ("content-type", "text/html"),
            ("content-encoding", "gzip, aws-chunked"),
            ("cache-control", "no-cache"),
            ("x-amz-acl", "private"),
        ])
        .expect("it is fine");
        let uri = "/b/k?response-content-type=text%2Fplain&response-x-amz-storage-class=a";
        let headers = text.response_headers(&uri.parse().expect("it is a URI"));
        assert_eq!(headers["content-type"], "text/plain");
        assert_eq!(headers["content-encoding"], "gzip");
        assert_eq!(headers["cache-control"], "no-cache");
        assert_eq!(headers.len(), 4, "{headers:?}");
        let plain = metadata(&[("content-encoding", "aws-chunked")]).expect("it is fine");
        let headers = plain.response_headers(&Uri::from_static("/b/k"));
        assert_eq!(headers["content-type"], DEFAULT_TYPE);
        assert!(!headers.contains_key("content-encoding"));
    }
}
