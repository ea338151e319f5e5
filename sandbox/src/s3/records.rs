//! S3's records: buckets, objects, and multipart uploads in progress.

use std::collections::BTreeMap;

use s3s::dto::{ETag, Timestamp, TimestampFormat};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::checksum::{Checksum, ChecksumPlan};
use crate::clock;
use crate::store::Record;

/// Its key is the name.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct Bucket {
    pub created: UnixTime,
    /// By property of `AWS::S3::Bucket`, stored as it came: a JSON value from a template, or the
    /// XML document from a client as a string.
    #[serde(alias = "aspects")]
    pub configuration: BTreeMap<String, Value>,
}

/// Its key is `BUCKET/KEY`.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct Object {
    /// Names the blob with the contents.
    pub digest: String,
    pub size: u64,
    /// Without quotes.
    pub etag: String,
    pub modified: UnixTime,
    pub checksum: Option<Checksum>,
    #[serde(alias = "description")]
    pub metadata: ObjectMetadata,
    /// Empty unless it came from a multipart upload.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub parts: Vec<ObjectPart>,
    /// The id of that upload, so that its completion can be repeated.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub upload: Option<String>,
    /// `None` for the null version.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub version_id: Option<String>,
    /// Sorts the versions of a key, the newest first.
    #[serde(default)]
    pub position: String,
}

/// A noncurrent version of an object, or a delete marker. Its key is `BUCKET/KEY`, a zero byte and
/// the position.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub enum Version {
    Object(Box<Object>),
    DeleteMarker {
        version_id: Option<String>,
        position: String,
        modified: UnixTime,
    },
}

/// A part of an object. It starts where the part before it ends.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct ObjectPart {
    pub number: i32,
    pub size: u64,
    pub checksum: Option<Checksum>,
}

/// System-defined metadata (headers, by their names in lower case), user-defined metadata, and
/// tags.
#[derive(Clone, Debug, Default, Deserialize, PartialEq, Serialize)]
pub struct ObjectMetadata {
    pub headers: BTreeMap<String, String>,
    #[serde(alias = "metadata")]
    pub user: BTreeMap<String, String>,
    pub tags: Vec<(String, String)>,
}

/// Its key is `BUCKET/KEY`, a zero byte and the id, so that uploads are sorted by their objects'
/// keys.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct MultipartUpload {
    pub id: String,
    pub key: String,
    #[serde(alias = "begun")]
    pub initiated: UnixTime,
    #[serde(alias = "description")]
    pub metadata: ObjectMetadata,
    #[serde(alias = "plan")]
    pub checksum: ChecksumPlan,
    /// Whether an object with the key was deleted since.
    #[serde(default)]
    pub object_deleted: bool,
}

/// A part of a multipart upload. Its key is the upload's id and the part's number in five digits.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct Part {
    pub number: i32,
    pub digest: String,
    pub size: u64,
    pub etag: String,
    pub modified: UnixTime,
    pub checksum: Option<Checksum>,
}

impl Record for Bucket {
    const KIND: &'static str = "s3.bucket";
}

impl Record for Object {
    const KIND: &'static str = "s3.object";

    fn blob(&self) -> Option<&str> {
        Some(&self.digest)
    }
}

impl Record for Version {
    const KIND: &'static str = "s3.version";

    fn blob(&self) -> Option<&str> {
        self.object().map(|object| &*object.digest)
    }
}

impl Record for MultipartUpload {
    const KIND: &'static str = "s3.upload";
}

impl Record for Part {
    const KIND: &'static str = "s3.part";

    fn blob(&self) -> Option<&str> {
        Some(&self.digest)
    }
}

impl Object {
    pub fn etag(&self) -> ETag {
        ETag::Strong(self.etag.clone())
    }

    pub fn position(&self) -> String {
        if self.position.is_empty() {
            // It was written before there were versions.
            let micros = u64::try_from(self.modified.0)
                .unwrap_or(0)
                .saturating_mul(1000);
            return format!("{:016x}{:016x}", u64::MAX - micros, 0);
        }
        self.position.clone()
    }
}

impl Version {
    /// Unless it is a delete marker.
    pub fn object(&self) -> Option<&Object> {
        match self {
            Self::Object(object) => Some(object),
            Self::DeleteMarker { .. } => None,
        }
    }

    pub fn into_digest(self) -> Option<String> {
        match self {
            Self::Object(object) => Some(object.digest),
            Self::DeleteMarker { .. } => None,
        }
    }

    /// `None` for the null version.
    pub fn version_id(&self) -> Option<&str> {
        match self {
            Self::Object(object) => object.version_id.as_deref(),
            Self::DeleteMarker { version_id, .. } => version_id.as_deref(),
        }
    }

    pub fn position(&self) -> String {
        match self {
            Self::Object(object) => object.position(),
            Self::DeleteMarker { position, .. } => position.clone(),
        }
    }
}

impl Part {
    pub fn etag(&self) -> ETag {
        ETag::Strong(self.etag.clone())
    }
}

/// Milliseconds since 1970.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct UnixTime(pub i64);

impl UnixTime {
    pub fn now() -> Self {
        Self(clock::now())
    }

    /// As HTTP's headers have it, such as `Fri, 21 Dec 2012 00:00:00 GMT`.
    pub fn in_headers(self) -> Option<String> {
        let mut text = Vec::new();
        let written = Timestamp::from(self).format(TimestampFormat::HttpDate, &mut text);
        written.ok()?;
        String::from_utf8(text).ok()
    }

    /// As in HTTP's dates.
    pub fn seconds(self) -> i64 {
        self.0.div_euclid(1000)
    }
}

impl From<UnixTime> for Timestamp {
    fn from(time: UnixTime) -> Self {
        clock::at(time.0).into()
    }
}
