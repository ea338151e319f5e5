//! What is told of a change, in S3's words.
//!
//! Source: "Event message structure" in S3's user guide.

use http::Extensions;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::{Value, json};

use crate::caller::Caller;
use crate::clock;
use crate::s3::operations::bucket_arn;
use crate::s3::records::Object;
use crate::{ACCOUNT, REGION};

/// Of no contents, which a delete marker has.
const EMPTY_ETAG: &str = "d41d8cd98f00b204e9800998ecf8427e";

/// What is not encoded in keys, besides letters and digits; a space becomes a plus.
const ENCODED: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'/')
    .remove(b'.')
    .remove(b'-')
    .remove(b'*')
    .remove(b'_')
    .remove(b' ');

/// The id of a request, in its extensions.
#[derive(Clone, Debug)]
pub struct RequestId(pub String);

/// Who has asked for a change.
#[derive(Clone, Debug, Default)]
pub struct Origin {
    principal: String,
    pub request_id: String,
}

impl Origin {
    pub fn of(extensions: &Extensions) -> Self {
        let caller = extensions.get::<Caller>();
        let id = extensions.get::<RequestId>();
        Self {
            principal: caller.map_or(String::new(), |caller| caller.id.clone()),
            request_id: id.map_or(String::new(), |id| id.0.clone()),
        }
    }
}

/// Something that has happened to an object.
#[derive(Clone, Debug)]
pub struct Change<'a> {
    /// Such as `ObjectCreated:Put`.
    pub name: &'static str,
    pub key: &'a str,
    pub size: Option<u64>,
    pub etag: Option<&'a str>,
    pub version_id: Option<&'a str>,
    /// Where the new version is among those of the key.
    position: String,
    pub origin: &'a Origin,
}

impl<'a> Change<'a> {
    pub fn created(
        name: &'static str,
        key: &'a str,
        object: &'a Object,
        origin: &'a Origin,
    ) -> Self {
        Self {
            name,
            key,
            size: Some(object.size),
            etag: Some(&object.etag),
            version_id: object.version_id.as_deref(),
            position: object.position(),
            origin,
        }
    }

    /// The object, or this version of it, is gone.
    pub fn deleted(
        key: &'a str,
        version_id: Option<&'a str>,
        position: String,
        origin: &'a Origin,
    ) -> Self {
        Self {
            name: "ObjectRemoved:Delete",
            key,
            size: None,
            etag: None,
            version_id,
            position,
            origin,
        }
    }

    pub fn marked(
        key: &'a str,
        version_id: Option<&'a str>,
        position: String,
        origin: &'a Origin,
    ) -> Self {
        Self {
            name: "ObjectRemoved:DeleteMarkerCreated",
            etag: Some(EMPTY_ETAG),
            ..Self::deleted(key, version_id, position, origin)
        }
    }

    pub fn sequencer(&self) -> String {
        sequencer(&self.position)
    }

    pub fn event(&self, bucket: &str, rule: &str) -> Value {
        let mut object = json!({
            "key": encoded(self.key), "sequencer": self.sequencer(),
        });
        if let Some(size) = self.size {
            object["size"] = json!(size);
        }
        if let Some(etag) = self.etag {
            object["eTag"] = json!(etag);
        }
        if let Some(version) = self.version_id {
            object["versionId"] = json!(version);
        }
        json!({ "Records": [{
            "eventVersion": "2.1",
            "eventSource": "aws:s3",
            "awsRegion": REGION,
            "eventTime": clock::to_the_millisecond(clock::now()),
            "eventName": self.name,
            "userIdentity": { "principalId": format!("AWS:{}", self.origin.principal) },
            "requestParameters": { "sourceIPAddress": "127.0.0.1" },
            "responseElements": {
                "x-amz-request-id": self.origin.request_id, "x-amz-id-2": self.origin.request_id,
            },
            "s3": {
                "s3SchemaVersion": "1.0",
                "configurationId": rule,
                "bucket": {
                    "name": bucket,
                    "ownerIdentity": { "principalId": ACCOUNT },
                    "arn": bucket_arn(bucket),
                },
                "object": object,
            },
        }] })
    }
}

/// What queues and topics get when a configuration names them.
pub fn test_event(bucket: &str, origin: &Origin) -> Value {
    json!({
        "Service": "Amazon S3",
        "Event": "s3:TestEvent",
        "Time": clock::to_the_millisecond(clock::now()),
        "Bucket": bucket,
        "RequestId": origin.request_id,
        "HostId": origin.request_id,
    })
}

/// Grows from change to change of a key, in its alphabetical order. A position grows in the other direction.
fn sequencer(position: &str) -> String {
    let order = position.get(..16);
    let order = order.and_then(|digits| u64::from_str_radix(digits, 16).ok());
    format!("{:018X}", u64::MAX - order.unwrap_or_default())
}

fn encoded(key: &str) -> String {
    let encoded = utf8_percent_encode(key, ENCODED).to_string();
    encoded.replace(' ', "+")
}

#[cfg(test)]
mod unit_tests {
    use super::*;

    #[test]
    fn keys_are_encoded_as_in_forms() {
        for (key, expected) in [
            ("red flower.jpg", "red+flower.jpg"),
            ("a/b-c_d*e", "a/b-c_d*e"),
            ("a+b=c&d~e", "a%2Bb%3Dc%26d%7Ee"),
            ("é(1)", "%C3%A9%281%29"),
        ] {
            assert_eq!(encoded(key), expected);
        }
    }

    #[test]
    fn a_later_change_has_a_greater_sequencer() {
        let position = |order: u64| format!("{order:016x}0123456789abcdef");
        let earlier = sequencer(&position(u64::MAX - 1_000));
        let later = sequencer(&position(u64::MAX - 1_001));
        assert!(earlier < later, "{earlier} {later}");
        assert_eq!(later.len(), 18);
    }
}
