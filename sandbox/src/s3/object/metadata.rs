//! The metadata of objects: system-defined (headers), user-defined, and tags.

use std::collections::{BTreeMap, HashMap};

use http::{HeaderMap, HeaderName, HeaderValue, Uri, header};
use s3s::dto::{ServerSideEncryption, ServerSideEncryptionRule};

use crate::arn;
use crate::fault::Fault;
use crate::s3::errors::invalid_argument;
use crate::s3::records::ObjectMetadata;
use crate::s3::tag_set;

const STORAGE_CLASS: &str = "x-amz-storage-class";
const ENCRYPTION: &str = "x-amz-server-side-encryption";
const KMS_KEY: &str = "x-amz-server-side-encryption-aws-kms-key-id";
/// The headers about an object's encryption, in requests and responses.
pub const ENCRYPTION_HEADERS: [&str; 3] = [
    ENCRYPTION,
    KMS_KEY,
    "x-amz-server-side-encryption-bucket-key-enabled",
];
/// The headers that are stored with an object. Source: "Working with object metadata" in S3's user
/// guide.
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
/// Those of general purpose buckets. Source: "Understanding S3 storage classes" in S3's user guide.
const STORAGE_CLASSES: [&str; 8] = [
    "DEEP_ARCHIVE",
    "GLACIER",
    "GLACIER_IR",
    "INTELLIGENT_TIERING",
    "ONEZONE_IA",
    "REDUCED_REDUNDANCY",
    DEFAULT_CLASS,
    "STANDARD_IA",
];
/// Objects of these must be restored before they can be read.
const ARCHIVES: [&str; 2] = ["DEEP_ARCHIVE", "GLACIER"];
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
        let names = HEADERS.into_iter().chain(ENCRYPTION_HEADERS);
        let stored = names.filter_map(|name| {
            let value = headers.get(name)?.to_str().ok()?;
            let value = match name {
                "content-encoding" => without_aws_chunked(value),
                _ => value.to_owned(),
            };
            (!value.is_empty()).then(|| (name.to_owned(), value))
        });
        let stored: BTreeMap<String, String> = stored.collect();
        if let Some(class) = stored.get(STORAGE_CLASS)
            && !STORAGE_CLASSES.contains(&class.as_str())
        {
            let message = "The storage class you specified is not valid";
            return Err(Fault::invalid("InvalidStorageClass", message));
        }
        check_encryption(&stored)?;
        let tags = headers.get("x-amz-tagging");
        let tags = tags.and_then(|tags| tags.to_str().ok());
        Ok(Self {
            headers: stored,
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

    /// Sets the bucket's default encryption, unless the request says another one. Nothing is
    /// encrypted, but responses say it as S3's do.
    pub fn encrypt(&mut self, default: &ServerSideEncryptionRule) {
        if !self.headers.contains_key(ENCRYPTION) {
            let Some(by_default) = &default.apply_server_side_encryption_by_default else {
                return;
            };
            let algorithm = by_default.sse_algorithm.as_str().to_owned();
            self.headers.insert(ENCRYPTION.to_owned(), algorithm);
            if let Some(key) = &by_default.kms_master_key_id {
                self.headers.insert(KMS_KEY.to_owned(), key.clone());
            }
        }
        if self.headers[ENCRYPTION] != ServerSideEncryption::AES256 {
            let key = self.headers.get(KMS_KEY).map(String::as_str);
            let arn = kms_key_arn(key.unwrap_or("alias/aws/s3"));
            self.headers.insert(KMS_KEY.to_owned(), arn);
        }
    }

    /// Fails if the object is archived: it would have to be restored before it could be read.
    pub fn check_readable(&self) -> Result<(), Fault> {
        self.check_not_archived(
            "InvalidObjectState",
            "The operation is not valid for the object's storage class",
        )
    }

    /// As `check_readable`, for the source of a copy.
    pub fn check_copyable(&self) -> Result<(), Fault> {
        self.check_not_archived(
            "ObjectNotInActiveTierError",
            "The source object of the COPY operation is not in the active tier",
        )
    }

    fn check_not_archived(&self, code: &str, message: &str) -> Result<(), Fault> {
        if ARCHIVES.contains(&self.storage_class()) {
            return Err(Fault::denied(code, message));
        }
        Ok(())
    }

    /// The user-defined metadata, if there is any.
    pub fn user(&self) -> Option<HashMap<String, String>> {
        let user = self.user.clone();
        (!user.is_empty()).then(|| user.into_iter().collect())
    }
}

fn check_encryption(headers: &BTreeMap<String, String>) -> Result<(), Fault> {
    let algorithm = headers.get(ENCRYPTION).map(String::as_str);
    match algorithm {
        None | Some(ServerSideEncryption::AES256) if headers.contains_key(KMS_KEY) => {
            Err(invalid_argument(format!(
                "{KMS_KEY} can only be used with {ENCRYPTION} aws:kms or aws:kms:dsse"
            )))
        }
        None
        | Some(
            ServerSideEncryption::AES256
            | ServerSideEncryption::AWS_KMS
            | ServerSideEncryption::AWS_KMS_DSSE,
        ) => Ok(()),
        Some(_) => Err(invalid_argument(
            "The encryption method specified is not supported",
        )),
    }
}

/// The ARN of a key that is given by its id, alias or ARN.
fn kms_key_arn(key: &str) -> String {
    if key.starts_with("arn:") {
        key.to_owned()
    } else if key.starts_with("alias/") {
        arn::regional("kms", key)
    } else {
        arn::regional("kms", format!("key/{key}"))
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
    use s3s::dto::ServerSideEncryptionByDefault;

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

    #[test]
    fn storage_classes_are_those_of_general_purpose_buckets() {
        let readable = |class: &str| {
            let metadata = metadata(&[("x-amz-storage-class", class)])?;
            metadata.check_readable().map_err(|fault| fault.code)
        };
        let failed = |code: &str| Err(code.to_owned());
        for class in ["STANDARD", "GLACIER_IR", "STANDARD_IA"] {
            assert_eq!(readable(class), Ok(()));
        }
        for class in ["GLACIER", "DEEP_ARCHIVE"] {
            assert_eq!(readable(class), failed("InvalidObjectState"));
        }
        for class in ["OUTPOSTS", "standard", "X"] {
            assert_eq!(readable(class), failed("InvalidStorageClass"));
        }
    }

    #[test]
    fn encryption_is_the_requests_or_the_buckets() {
        let default = |algorithm: &'static str, key: Option<&str>| ServerSideEncryptionRule {
            apply_server_side_encryption_by_default: Some(ServerSideEncryptionByDefault {
                kms_master_key_id: key.map(str::to_owned),
                sse_algorithm: ServerSideEncryption::from_static(algorithm),
            }),
            bucket_key_enabled: None,
        };
        let encrypted = |headers: &[(&'static str, &str)], default: &ServerSideEncryptionRule| {
            let mut metadata = metadata(headers)?;
            metadata.encrypt(default);
            let header = |name| metadata.headers.get(name).cloned();
            Ok::<_, String>((header(ENCRYPTION), header(KMS_KEY)))
        };
        let text = |text: &str| Some(text.to_owned());
        let (aes, kms) = (default("AES256", None), default("aws:kms", Some("k")));
        assert_eq!(encrypted(&[], &aes), Ok((text("AES256"), None)));
        let key = text("arn:aws:kms:us-east-1:000000000000:key/k");
        assert_eq!(encrypted(&[], &kms), Ok((text("aws:kms"), key)));
        let alias = text("arn:aws:kms:us-east-1:000000000000:alias/aws/s3");
        let requested = [(ENCRYPTION, "aws:kms")];
        assert_eq!(encrypted(&requested, &aes), Ok((text("aws:kms"), alias)));
        let requested = [(ENCRYPTION, "AES256")];
        assert_eq!(encrypted(&requested, &kms), Ok((text("AES256"), None)));
        let failed = Err("InvalidArgument".to_owned());
        assert_eq!(encrypted(&[(ENCRYPTION, "rot13")], &aes), failed);
        assert_eq!(encrypted(&[(KMS_KEY, "k")], &aes), failed);
    }
}
