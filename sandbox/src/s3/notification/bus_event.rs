//! What EventBridge is told of a change.
//!
//! Source: "EventBridge event message structure" in S3's user guide.

use serde_json::json;

use super::event::Change;
use crate::delivery::BusEvent;
use crate::s3::operations::bucket_arn;
use crate::{ACCOUNT, clock};

/// What a change is called, with the reason for it, and the kind of a deletion.
fn names(change: &str) -> (&'static str, &'static str, Option<&'static str>) {
    match change {
        "ObjectCreated:Copy" => ("Object Created", "CopyObject", None),
        "ObjectCreated:CompleteMultipartUpload" => {
            ("Object Created", "CompleteMultipartUpload", None)
        }
        "ObjectCreated:Post" => ("Object Created", "POST Object", None),
        "ObjectRemoved:Delete" => (
            "Object Deleted",
            "DeleteObject",
            Some("Permanently Deleted"),
        ),
        "ObjectRemoved:DeleteMarkerCreated" => (
            "Object Deleted",
            "DeleteObject",
            Some("Delete Marker Created"),
        ),
        _ => ("Object Created", "PutObject", None),
    }
}

impl Change<'_> {
    pub fn bus_event(&self, bucket: &str) -> BusEvent {
        let (name, reason, deletion) = names(self.name);
        let mut object = json!({ "key": self.key, "sequencer": self.sequencer() });
        if let Some(size) = self.size {
            object["size"] = json!(size);
        }
        if let Some(etag) = self.etag {
            object["etag"] = json!(etag);
        }
        if let Some(version) = self.version_id {
            object["version-id"] = json!(version);
        }
        let mut detail = json!({
            "version": "0",
            "bucket": { "name": bucket },
            "object": object,
            "request-id": self.origin.request_id,
            "requester": ACCOUNT,
            "source-ip-address": "127.0.0.1",
            "reason": reason,
        });
        if let Some(deletion) = deletion {
            detail["deletion-type"] = json!(deletion);
        }
        BusEvent {
            source: "aws.s3".to_owned(),
            detail_type: name.to_owned(),
            time: clock::now(),
            resources: vec![bucket_arn(bucket)],
            detail,
        }
    }
}
