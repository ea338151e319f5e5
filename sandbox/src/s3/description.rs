//! What is said of an object: headers that come and go with it, metadata, tags.

use std::collections::{BTreeMap, HashMap};

use http::{HeaderMap, HeaderName, HeaderValue, Uri, header};
use s3s::dto::Tag;

use super::record::Description;
use super::refusal::invalid_argument;
use crate::fault::Fault;
use crate::tags::{Unfit, fit};

const STORAGE_CLASS: &str = "x-amz-storage-class";
/// The headers that are kept with an object.
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
/// Source: Amazon S3's documentation of user-defined metadata and of object tags.
const LONGEST_METADATA: usize = 2048;
const MOST_TAGS: usize = 10;

impl Description {
    /// From the headers of a request that writes an object.
    pub fn new(
        headers: &HeaderMap,
        metadata: Option<HashMap<String, String>>,
    ) -> Result<Self, Fault> {
        let metadata: BTreeMap<String, String> = metadata
            .unwrap_or_default()
            .into_iter()
            .map(|(name, value)| (name.to_ascii_lowercase(), value))
            .collect();
        let length: usize = metadata.iter().map(|(k, v)| k.len() + v.len()).sum();
        if length > LONGEST_METADATA {
            let message = format!(
                "Your metadata headers exceed the maximum allowed metadata size: \
                 {length} bytes of {LONGEST_METADATA}"
            );
            return Err(Fault::invalid("MetadataTooLarge", message));
        }
        let kept = HEADERS.into_iter().filter_map(|name| {
            let value = headers.get(name)?.to_str().ok()?;
            let value = match name {
                "content-encoding" => without_transfer_encoding(value),
                _ => value.to_owned(),
            };
            (!value.is_empty()).then(|| (name.to_owned(), value))
        });
        let tags = headers.get("x-amz-tagging");
        let tags = tags
            .and_then(|tags| tags.to_str().ok())
            .map_or_else(Vec::new, tags_of_form);
        Ok(Self {
            headers: kept.collect(),
            metadata,
            tags: checked(tags)?,
        })
    }

    /// The headers of an answer that gives the object to a request for `uri`, which may ask for
    /// others in their place (`response-content-type=text/plain`).
    pub fn answered(&self, uri: &Uri) -> HeaderMap {
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
        let mut answered: HeaderMap = parsed.collect();
        answered.insert(header::ACCEPT_RANGES, HeaderValue::from_static("bytes"));
        answered
    }

    pub fn storage_class(&self) -> &str {
        self.headers
            .get(STORAGE_CLASS)
            .map_or(DEFAULT_CLASS, String::as_str)
    }

    pub fn metadata(&self) -> Option<HashMap<String, String>> {
        let metadata = self.metadata.clone();
        (!metadata.is_empty()).then(|| metadata.into_iter().collect())
    }
}

/// `aws-chunked` is how the request was sent, not what the object is.
fn without_transfer_encoding(value: &str) -> String {
    let encodings = value.split(',').map(str::trim);
    let kept: Vec<&str> = encodings
        .filter(|encoding| !encoding.eq_ignore_ascii_case("aws-chunked"))
        .collect();
    kept.join(",")
}

/// Of the form `a=1&b=2`.
fn tags_of_form(form: &str) -> Vec<(String, String)> {
    form_urlencoded::parse(form.as_bytes())
        .into_owned()
        .collect()
}

/// Tags as the record has them; what S3 would not take is refused.
pub fn tags(tags: Vec<Tag>) -> Result<Vec<(String, String)>, Fault> {
    let pairs = tags.into_iter().map(|tag| {
        let key = tag.key.unwrap_or_default();
        (key, tag.value.unwrap_or_default())
    });
    checked(pairs.collect())
}

pub fn tag_set(tags: &[(String, String)]) -> Vec<Tag> {
    tags.iter()
        .map(|(key, value)| Tag {
            key: Some(key.clone()),
            value: Some(value.clone()),
        })
        .collect()
}

fn checked(mut tags: Vec<(String, String)>) -> Result<Vec<(String, String)>, Fault> {
    let invalid = |message: String| Err(Fault::invalid("InvalidTag", message));
    if tags.len() > MOST_TAGS {
        let message = format!("Object tags cannot be greater than {MOST_TAGS}");
        return Err(Fault::invalid("BadRequest", message));
    }
    if let Some((key, _)) = tags.iter().find(|(key, value)| !fit(key, value)) {
        return invalid(Unfit::Tag(key.clone()).to_string());
    }
    tags.sort();
    if tags.windows(2).any(|pair| pair[0].0 == pair[1].0) {
        return invalid("Cannot provide multiple Tags with the same key".to_owned());
    }
    Ok(tags)
}

/// Where the headers and the metadata of a copy come from.
pub fn directive(value: Option<&str>, name: &str) -> Result<bool, Fault> {
    match value {
        None | Some("COPY") => Ok(false),
        Some("REPLACE") => Ok(true),
        Some(other) => Err(invalid_argument(format!(
            "{name} must be COPY or REPLACE, not {other:?}"
        ))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn described(headers: &[(&'static str, &str)]) -> Result<Description, String> {
        let mut map = HeaderMap::new();
        for (name, value) in headers {
            map.insert(*name, value.parse().expect("it is a value"));
        }
        Description::new(&map, None).map_err(|fault| fault.code)
    }

    #[test]
    fn headers_come_back_unless_others_are_asked_for() {
        let description = described(&[
            ("content-type", "text/html"),
            ("content-encoding", "gzip, aws-chunked"),
            ("cache-control", "no-cache"),
            ("x-amz-acl", "private"),
        ])
        .expect("it is fine");
        let uri = "/b/k?response-content-type=text%2Fplain&response-x-amz-storage-class=a";
        let answered = description.answered(&uri.parse().expect("it is a URI"));
        assert_eq!(answered["content-type"], "text/plain");
        assert_eq!(answered["content-encoding"], "gzip");
        assert_eq!(answered["cache-control"], "no-cache");
        assert_eq!(answered.len(), 4, "{answered:?}");
        let plain = described(&[("content-encoding", "aws-chunked")]).expect("it is fine");
        let answered = plain.answered(&Uri::from_static("/b/k"));
        assert_eq!(answered["content-type"], DEFAULT_TYPE);
        assert!(!answered.contains_key("content-encoding"));
    }

    #[test]
    fn tags_are_few_and_each_has_one_value() {
        let tags = |form: &str| described(&[("x-amz-tagging", form)]).map(|it| it.tags);
        let pair = |key: &str, value: &str| (key.to_owned(), value.to_owned());
        assert_eq!(tags("b=2&a=%26"), Ok(vec![pair("a", "&"), pair("b", "2")]));
        assert_eq!(tags("a=1&a=2"), Err("InvalidTag".to_owned()));
        assert_eq!(tags("=2"), Err("InvalidTag".to_owned()));
        let many: Vec<String> = (0..11).map(|n| format!("k{n}=v")).collect();
        assert_eq!(tags(&many.join("&")), Err("BadRequest".to_owned()));
    }
}
