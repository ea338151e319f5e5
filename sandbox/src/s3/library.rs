//! What the s3s library does otherwise than S3, put right in requests before it reads them and in
//! responses after it has written them.

use http::request::Parts;
use http::{HeaderName, HeaderValue, Method, Response, StatusCode, header};
use http_body_util::BodyExt;
use s3s::dto::{Range, Tag, Tagging};
use s3s::xml::{Deserialize, Deserializer};

use super::operations::bucket_arn;
use super::query::Query;
use super::signature::signed_headers;
use crate::fault::Fault;
use crate::wire::Body;

/// In bytes. The longest of the responses that are changed lists 10,000 buckets.
const MAX_RESPONSE: usize = 4 << 20;
/// The longest body of CreateBucket, in bytes: 50 tags of 384 characters and their elements.
const MAX_CREATE_BUCKET: usize = 256 << 10;
/// The parts of a signature, which are not headers of the operation.
const SIGNATURE: [&str; 8] = [
    "x-amz-algorithm",
    "x-amz-content-sha256",
    "x-amz-credential",
    "x-amz-date",
    "x-amz-expires",
    "x-amz-security-token",
    "x-amz-signature",
    "x-amz-signedheaders",
];
const PRECONDITIONS: [&str; 4] = [
    "if-match",
    "if-modified-since",
    "if-none-match",
    "if-unmodified-since",
];

/// Changes a request whose signature covers what it must.
pub fn prepare(parts: &mut Parts) {
    take_headers_from_query(parts);
    drop_invalid_range(parts);
}

/// Links can have headers in their query, where the signature covers them. AWS's SDK for JavaScript
/// puts all headers of AWS there.
fn take_headers_from_query(parts: &mut Parts) {
    let query = Query::of(&parts.uri);
    let is_version_2 = query.has("Signature");
    if !query.has("X-Amz-Signature") && !is_version_2 {
        return;
    }
    for (name, value) in query.pairs() {
        let name = name.to_ascii_lowercase();
        // Version 2 signs the session token as a header.
        let of_aws = name.starts_with("x-amz-") && (is_version_2 || !SIGNATURE.contains(&&*name));
        if !of_aws && !PRECONDITIONS.contains(&&*name) {
            continue;
        }
        if let (Ok(name), Ok(value)) = (name.parse::<HeaderName>(), HeaderValue::from_str(value)) {
            parts.headers.entry(name).or_insert(value);
        }
    }
}

/// S3 ignores a range that is not valid, or several ranges (RFC 9110, section 14.2). One that is
/// signed has to stay, as the library verifies the signature; it refuses the range.
fn drop_invalid_range(parts: &mut Parts) {
    let range = parts.headers.get(header::RANGE);
    let range = range.and_then(|range| range.to_str().ok());
    let invalid = range.is_some_and(|range| Range::parse(range).is_err());
    if invalid && !signed_headers(parts).iter().any(|name| name == "range") {
        parts.headers.remove(header::RANGE);
    }
}

/// The tags in the body of CreateBucket, which the library skips.
#[derive(Clone, Debug)]
pub struct BucketTags(pub Vec<Tag>);

/// Reads the body of a request that can be CreateBucket, and its tags.
pub async fn take_bucket_tags(parts: &mut Parts, body: s3s::Body) -> Result<s3s::Body, Fault> {
    let in_bucket = parts.uri.path().trim_matches('/');
    let creates = parts.method == Method::PUT && !in_bucket.contains('/');
    if !creates
        || parts
            .uri
            .query()
            .is_some_and(|query| !query.starts_with("x-id="))
    {
        return Ok(body);
    }
    let mut body = body;
    let read = body.store_all_limited(MAX_CREATE_BUCKET).await;
    let bytes = read.map_err(|error| Fault::invalid("MalformedXML", error.to_string()))?;
    let text = String::from_utf8_lossy(&bytes);
    if let Some((_, rest)) = text.split_once("<Tags>")
        && let Some((tags, _)) = rest.split_once("</Tags>")
    {
        let xml = format!("<Tagging><TagSet>{tags}</TagSet></Tagging>");
        let tagging = Tagging::deserialize(&mut Deserializer::new(xml.as_bytes()));
        let malformed = |_| Fault::invalid("MalformedXML", "the Tags of the bucket are malformed");
        let tags = tagging.map_err(malformed)?.tag_set;
        parts.extensions.insert(BucketTags(tags));
    }
    Ok(s3s::Body::from(bytes))
}

/// What the library's response lacks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Change {
    Nothing,
    /// The ARNs of listed buckets.
    BucketArns,
    /// An ETag without quotes.
    PlainETag,
}

impl Change {
    pub fn of(parts: &Parts) -> Self {
        if parts.method != Method::GET {
            Self::Nothing
        } else if parts.uri.path() == "/" {
            Self::BucketArns
        } else if Query::of(&parts.uri).has("attributes") {
            Self::PlainETag
        } else {
            Self::Nothing
        }
    }

    fn apply(self, xml: &str) -> String {
        match self {
            Self::Nothing => xml.to_owned(),
            Self::BucketArns => {
                let mut buckets = xml.split("<Name>");
                let mut changed = buckets.next().unwrap_or_default().to_owned();
                for bucket in buckets {
                    let name = bucket.split('<').next().unwrap_or_default();
                    changed +=
                        &format!("<BucketArn>{}</BucketArn><Name>{bucket}", bucket_arn(name));
                }
                changed
            }
            Self::PlainETag => {
                let tag = |text: &str, quoted, plain| text.replacen(quoted, plain, 1);
                tag(&tag(xml, "<ETag>\"", "<ETag>"), "\"</ETag>", "</ETag>")
            }
        }
    }
}

/// Changes a response that is no error.
pub async fn finish(
    response: Response<s3s::Body>,
    change: Change,
) -> Result<Response<Body>, Fault> {
    let (mut head, mut body) = response.into_parts();
    match head.status {
        // The library writes the error's XML into the body.
        StatusCode::NOT_MODIFIED => {
            head.headers.remove(header::CONTENT_TYPE);
            body = s3s::Body::empty();
        }
        StatusCode::OK if head.headers.contains_key(header::CONTENT_RANGE) => {
            head.status = StatusCode::PARTIAL_CONTENT;
        }
        _ => {}
    }
    if change != Change::Nothing {
        let read = body.store_all_limited(MAX_RESPONSE).await;
        let xml = read.map_err(|error| Fault::internal(error.to_string()))?;
        let xml = change.apply(&String::from_utf8_lossy(&xml));
        head.headers.remove(header::CONTENT_LENGTH);
        body = s3s::Body::from(xml);
    }
    // Objects can have any contents; only responses with one say when it was modified.
    if !head.headers.contains_key(header::LAST_MODIFIED)
        && let Some(xml) = body.bytes()
        && let Some(writable) = writable(&xml)
    {
        head.headers.remove(header::CONTENT_LENGTH);
        body = s3s::Body::from(writable);
    }
    Ok(Response::from_parts(head, body.boxed_unsync()))
}

/// The XML with references in place of characters that it must not contain: S3 writes such keys so where
/// no encoding is asked for. `None` where there are none.
fn writable(xml: &[u8]) -> Option<String> {
    let text = std::str::from_utf8(xml).ok()?;
    // A reader of XML takes a plain carriage return for a line feed.
    let is_unwritable = |c: char| matches!(c, '\0'..'\t' | '\u{b}'..' ' | '\u{fffe}' | '\u{ffff}');
    if !text.contains(is_unwritable) {
        return None;
    }
    let mut writable = String::with_capacity(text.len());
    for character in text.chars() {
        if is_unwritable(character) {
            writable += &format!("&#x{:X};", u32::from(character));
        } else {
            writable.push(character);
        }
    }
    Some(writable)
}

#[cfg(test)]
mod tests {
    use http::Request;

    use super::*;

    fn prepared(uri: &str, headers: &[(&str, &str)]) -> Parts {
        let mut request = Request::get(uri);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let (mut parts, ()) = request.body(()).expect("a request").into_parts();
        prepare(&mut parts);
        parts
    }

    #[test]
    fn headers_in_the_query_of_a_link_count() {
        let query = "X-Amz-Signature=0&X-Amz-Date=d&x-amz-acl=private&If-Match=e&Accept=a";
        let headers = prepared(&format!("/b/k?{query}"), &[]).headers;
        assert_eq!(headers["x-amz-acl"], "private");
        assert_eq!(headers["if-match"], "e");
        assert_eq!(headers.len(), 2, "{headers:?}");
        let both = prepared(&format!("/b/k?{query}"), &[("x-amz-acl", "public-read")]);
        assert_eq!(both.headers["x-amz-acl"], "public-read");
        let no_link = prepared("/b/k?x-amz-acl=private", &[]);
        assert!(no_link.headers.is_empty());
    }

    #[test]
    fn ranges_that_are_not_valid_are_ignored_unless_they_are_signed() {
        let range = |text: &str| {
            prepared("/b/k", &[("range", text)])
                .headers
                .contains_key("range")
        };
        for text in ["bytes=0-1", "bytes=5-", "bytes=-5"] {
            assert!(range(text), "{text}");
        }
        for text in [
            "bytes=1-0",
            "bytes=0-1,3-4",
            "lines=1-2",
            "bytes=",
            "bytes=a-b",
        ] {
            assert!(!range(text), "{text}");
        }
        let signed = "AWS4-HMAC-SHA256 Credential=K, SignedHeaders=host;range, Signature=0";
        let headers = [("range", "bytes=1-0"), ("authorization", signed)];
        assert!(prepared("/b/k", &headers).headers.contains_key("range"));
    }

    #[tokio::test]
    async fn the_tags_of_a_new_bucket_are_read() {
        let body = "<CreateBucketConfiguration xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\">\
            <Tags><Tag><Key>a</Key><Value>&amp;</Value></Tag></Tags></CreateBucketConfiguration>";
        let tags = async |method: &str, uri: &str, body: &str| {
            let request = Request::builder().method(method).uri(uri).body(());
            let (mut parts, ()) = request.expect("a request").into_parts();
            let read = take_bucket_tags(&mut parts, s3s::Body::from(body.to_owned())).await;
            let read = read.map_err(|fault| fault.code)?.bytes().expect("at hand");
            assert_eq!(read, body);
            let tags = parts.extensions.remove::<BucketTags>();
            Ok::<_, String>(tags.map(|BucketTags(tags)| tags))
        };
        let tag = |key: &str, value: &str| Tag {
            key: Some(key.to_owned()),
            value: Some(value.to_owned()),
        };
        assert_eq!(tags("PUT", "/b", body).await, Ok(Some(vec![tag("a", "&")])));
        assert_eq!(tags("PUT", "/b/", "").await, Ok(None));
        assert_eq!(tags("PUT", "/b/k", body).await, Ok(None));
        assert_eq!(tags("PUT", "/b?tagging", body).await, Ok(None));
        let malformed = tags("PUT", "/b", "<Tags><Tag></Tags>").await;
        assert_eq!(malformed, Err("MalformedXML".to_owned()));
    }

    #[test]
    fn characters_that_xml_cannot_have_become_references() {
        assert_eq!(writable(b"<Key>a b\n\t</Key>"), None);
        let found = writable("<Key>a\r\u{fffe}</Key>".as_bytes());
        assert_eq!(found.as_deref(), Some("<Key>a&#xD;&#xFFFE;</Key>"));
        let found = writable("<Key>a\u{1}\u{1b}é</Key>".as_bytes());
        assert_eq!(found.as_deref(), Some("<Key>a&#x1;&#x1B;é</Key>"));
        assert_eq!(writable(&[0xff, 1]), None);
    }

    #[test]
    fn responses_get_what_they_lack() {
        let buckets = "<Buckets><Bucket><Name>a</Name></Bucket><Bucket><Name>b</Name></Bucket>\
            </Buckets><Owner><ID>0</ID></Owner>";
        let changed = "<Buckets><Bucket><BucketArn>arn:aws:s3:::a</BucketArn><Name>a</Name></Bucket>\
            <Bucket><BucketArn>arn:aws:s3:::b</BucketArn><Name>b</Name></Bucket></Buckets>\
            <Owner><ID>0</ID></Owner>";
        assert_eq!(Change::BucketArns.apply(buckets), changed);
        let etag = Change::PlainETag.apply("<A><ETag>\"e\"</ETag><B>\"b\"</B></A>");
        assert_eq!(etag, "<A><ETag>e</ETag><B>\"b\"</B></A>");
    }
}
