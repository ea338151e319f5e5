//! What S3 keeps: buckets, objects, and uploads in parts that are not complete yet.

use std::collections::BTreeMap;

use s3s::dto::{ETag, Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::checksum::{Checksum, Plan};
use crate::clock;
use crate::store::Record;

/// Under its name.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct Bucket {
    pub created: Moment,
    /// Its configuration: what CloudFormation calls it, in CloudFormation's shape.
    pub aspects: BTreeMap<String, Value>,
}

/// Under `bucket/key`.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct Object {
    /// Of the blob with its contents.
    pub digest: String,
    pub size: u64,
    /// Without quotes.
    pub etag: String,
    pub modified: Moment,
    pub checksum: Option<Checksum>,
    pub description: Description,
    /// Of an object that was uploaded in parts.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub parts: Vec<Piece>,
    /// The upload that made it, so that its completion can be asked for again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub upload: Option<String>,
}

/// A part of an object, where it begins being the sum of those before.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct Piece {
    pub number: i32,
    pub size: u64,
    pub checksum: Option<Checksum>,
}

/// What a client says of an object; headers by their names in lower case.
#[derive(Clone, Debug, Default, Deserialize, PartialEq, Serialize)]
pub struct Description {
    pub headers: BTreeMap<String, String>,
    pub metadata: BTreeMap<String, String>,
    pub tags: Vec<(String, String)>,
}

/// Under `bucket/key`, a zero byte and its id, so that uploads are found in the order of their keys.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct Upload {
    pub id: String,
    pub key: String,
    pub begun: Moment,
    pub description: Description,
    pub plan: Plan,
}

/// Under the upload's id and its number in five digits.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct Part {
    pub number: i32,
    pub digest: String,
    pub size: u64,
    pub etag: String,
    pub modified: Moment,
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

impl Record for Upload {
    const KIND: &'static str = "s3.upload";
}

impl Record for Part {
    const KIND: &'static str = "s3.part";

    fn blob(&self) -> Option<&str> {
        Some(&self.digest)
    }
}

impl Object {
    pub fn tag(&self) -> ETag {
        ETag::Strong(self.etag.clone())
    }
}

impl Part {
    pub fn tag(&self) -> ETag {
        ETag::Strong(self.etag.clone())
    }
}

/// Milliseconds since 1970.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Moment(pub i64);

impl Moment {
    pub fn now() -> Self {
        Self(clock::now())
    }

    /// HTTP's dates have no more.
    pub fn seconds(self) -> i64 {
        self.0.div_euclid(1000)
    }
}

impl From<Moment> for Timestamp {
    fn from(moment: Moment) -> Self {
        clock::at(moment.0).into()
    }
}
