//! Where S3 stores buckets and objects, and the changes that must be atomic.
//!
//! Contents are blobs, everything else is records. A record that names a blob is written while the
//! blob is pinned, and a blob is deleted after the transaction that removed its last record. If the
//! sandbox is killed in between, the next start deletes the files that no record names.

mod buckets;
mod objects;
#[cfg(test)]
mod tests;
mod uploads;
mod versions;

use std::collections::BTreeSet;
use std::sync::Arc;

use super::notification::Notifier;
use super::records::{Bucket, MultipartUpload, Object, Part, Version};
use crate::delivery::DeliveryQueue;
use crate::store::{Blobs, Records, Store};

pub use objects::{Cause, Deleted};
pub use versions::{NULL, VersionRef, Versioning};

#[derive(Clone, Debug)]
pub struct Storage {
    pub store: Arc<Store>,
    pub blobs: Arc<Blobs>,
    pub buckets: Records<Bucket>,
    /// The current versions, unless they are delete markers.
    pub objects: Records<Object>,
    /// Noncurrent versions, and delete markers.
    pub versions: Records<Version>,
    pub uploads: Records<MultipartUpload>,
    pub parts: Records<Part>,
    pub notifier: Notifier,
}

impl Storage {
    pub fn new(store: &Arc<Store>, blobs: &Arc<Blobs>, deliveries: &Arc<DeliveryQueue>) -> Self {
        Self {
            store: store.clone(),
            blobs: blobs.clone(),
            buckets: Records::new(store),
            objects: Records::new(store),
            versions: Records::new(store),
            uploads: Records::new(store),
            parts: Records::new(store),
            notifier: Notifier::new(deliveries),
        }
    }

    /// Deletes the blobs that no record names any more.
    fn collect(&self, digests: impl IntoIterator<Item = String>) {
        for digest in digests.into_iter().collect::<BTreeSet<_>>() {
            // The change is committed already. If this fails, the next start deletes the file.
            let _ = self.blobs.collect(&digest);
        }
    }
}

/// The key of an object's record, or with an empty `key` what begins those of a bucket: no bucket's
/// name has a slash.
pub fn path(bucket: &str, key: &str) -> String {
    format!("{bucket}/{key}")
}

/// The key of the record of an upload, or with an empty `id` what begins those to `key`.
pub fn upload_path(bucket: &str, key: &str, id: &str) -> String {
    format!("{bucket}/{key}\0{id}")
}
