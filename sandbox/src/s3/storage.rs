//! Where S3 stores buckets and objects, and the changes that must be atomic.
//!
//! Contents are blobs, everything else is records. A record that names a blob is written while the blob
//! is pinned, and a blob is deleted after the transaction that removed its last record. If the sandbox is
//! killed in between, the next start deletes the files that no record names.

use std::collections::BTreeSet;
use std::ops::Range;
use std::sync::Arc;

use super::errors::{no_such_bucket, no_such_key, no_such_upload};
use super::preconditions::Preconditions;
use super::records::{Bucket, MultipartUpload, Object, Part};
use crate::fault::Fault;
use crate::store::{Blobs, Pin, Records, Store};
use rusqlite::Transaction;

const NO_LIMIT: usize = usize::MAX;

#[derive(Clone, Debug)]
pub struct Storage {
    pub store: Arc<Store>,
    pub blobs: Arc<Blobs>,
    pub buckets: Records<Bucket>,
    pub objects: Records<Object>,
    pub uploads: Records<MultipartUpload>,
    pub parts: Records<Part>,
}

impl Storage {
    pub fn new(store: &Arc<Store>, blobs: &Arc<Blobs>) -> Self {
        Self {
            store: store.clone(),
            blobs: blobs.clone(),
            buckets: Records::new(store),
            objects: Records::new(store),
            uploads: Records::new(store),
            parts: Records::new(store),
        }
    }

    pub fn bucket(&self, name: &str) -> Result<Bucket, Fault> {
        self.buckets.get(name)?.ok_or_else(|| no_such_bucket(name))
    }

    pub fn object(&self, bucket: &str, key: &str) -> Result<Object, Fault> {
        match self.objects.get(&path(bucket, key))? {
            Some(object) => Ok(object),
            None => {
                self.bucket(bucket)?;
                Err(no_such_key(key))
            }
        }
    }

    /// An object and its contents, which stay as long as the pin.
    pub fn object_with_contents(&self, bucket: &str, key: &str) -> Result<(Object, Pin), Fault> {
        let mut missing = None;
        loop {
            let object = self.object(bucket, key)?;
            if let Some(pin) = self.blobs.pin(&object.digest) {
                return Ok((object, pin));
            }
            // The object was replaced between the two reads, unless the record is still the same.
            if missing.as_ref() == Some(&object.digest) {
                let message =
                    format!("the contents of {bucket}/{key} are lost: the file is missing");
                return Err(Fault::internal(message));
            }
            missing = Some(object.digest);
        }
    }

    /// Writes an object whose contents are pinned.
    pub fn put(
        &self,
        bucket: &str,
        key: &str,
        object: &Object,
        preconditions: &Preconditions,
    ) -> Result<(), Fault> {
        let replaced = self
            .store
            .write(|transaction| self.put_in(transaction, bucket, key, object, preconditions))?;
        self.collect(replaced);
        Ok(())
    }

    /// Returns the digest of the contents that were replaced.
    fn put_in(
        &self,
        transaction: &Transaction,
        bucket: &str,
        key: &str,
        object: &Object,
        preconditions: &Preconditions,
    ) -> Result<Option<String>, Fault> {
        if self.buckets.get_in(transaction, bucket)?.is_none() {
            return Err(no_such_bucket(bucket));
        }
        let path = path(bucket, key);
        let present = self.objects.get_in(transaction, &path)?;
        preconditions.check_write(key, present.as_ref())?;
        self.objects.put_in(transaction, &path, object)?;
        Ok(present.map(|present| present.digest))
    }

    /// Runs `change` on an object's record; the contents stay.
    pub fn modify(
        &self,
        bucket: &str,
        key: &str,
        change: impl FnOnce(&mut Object),
    ) -> Result<(), Fault> {
        self.bucket(bucket)?;
        self.objects.change(&path(bucket, key), |object| {
            let object = object.as_mut().ok_or_else(|| no_such_key(key))?;
            change(object);
            Ok(())
        })
    }

    /// Deletes the object. It is no error if there is none.
    pub fn delete(
        &self,
        bucket: &str,
        key: &str,
        preconditions: &Preconditions,
    ) -> Result<(), Fault> {
        let path = path(bucket, key);
        let deleted = self.store.write(|transaction| {
            let object = self.objects.get_in(transaction, &path)?;
            preconditions.check_delete(key, object.as_ref())?;
            self.objects.remove_in(transaction, &path)?;
            self.mark_uploads_in(transaction, &path)?;
            Ok::<_, Fault>(object)
        })?;
        self.collect(deleted.map(|object| object.digest));
        Ok(())
    }

    /// Records in the uploads to `path` that its object was deleted.
    fn mark_uploads_in(&self, transaction: &Transaction, path: &str) -> Result<(), Fault> {
        let (start, end) = (format!("{path}\0"), format!("{path}\u{1}"));
        for (path, mut upload) in self.uploads.range_in(transaction, &start..&end, NO_LIMIT)? {
            upload.object_deleted = true;
            self.uploads.put_in(transaction, &path, &upload)?;
        }
        Ok(())
    }

    /// Deletes a bucket without objects, and aborts its multipart uploads.
    pub fn delete_bucket(&self, name: &str) -> Result<(), Fault> {
        let paths = paths_under(name);
        let unused = self.store.write(|transaction| {
            if !self.buckets.remove_in(transaction, name)? {
                return Err(no_such_bucket(name));
            }
            let first = self.objects.range_in(transaction, bounds(&paths), 1)?;
            if let Some((path, _)) = first.first() {
                let message = format!("the bucket still has objects, such as {path}");
                return Err(Fault::conflict("BucketNotEmpty", message));
            }
            let mut unused = Vec::new();
            for (path, upload) in self
                .uploads
                .range_in(transaction, bounds(&paths), NO_LIMIT)?
            {
                unused.extend(self.delete_upload_in(transaction, &path, &upload.id)?);
            }
            Ok(unused)
        })?;
        self.collect(unused);
        Ok(())
    }

    pub fn upload(&self, bucket: &str, key: &str, id: &str) -> Result<MultipartUpload, Fault> {
        let upload = self.uploads.get(&upload_path(bucket, key, id))?;
        upload.ok_or_else(|| no_such_upload(id))
    }

    pub fn parts(&self, id: &str) -> Result<Vec<Part>, Fault> {
        let parts = self.parts.range(bounds(&paths_under(id)), NO_LIMIT)?;
        Ok(parts.into_iter().map(|(_, part)| part).collect())
    }

    /// Writes a part whose contents are pinned. Fails with `NoSuchUpload` if the upload was completed or
    /// aborted in the meantime.
    pub fn put_part(&self, bucket: &str, key: &str, id: &str, part: &Part) -> Result<(), Fault> {
        let path = part_path(id, part.number);
        let replaced = self.store.write(|transaction| {
            let upload = upload_path(bucket, key, id);
            if self.uploads.get_in(transaction, &upload)?.is_none() {
                return Err(no_such_upload(id));
            }
            let present = self.parts.get_in(transaction, &path)?;
            self.parts.put_in(transaction, &path, part)?;
            Ok(present.map(|part| part.digest))
        })?;
        self.collect(replaced);
        Ok(())
    }

    /// Aborts an upload and deletes its parts.
    pub fn abort_upload(&self, bucket: &str, key: &str, id: &str) -> Result<(), Fault> {
        let unused = self.store.write(|transaction| {
            let path = upload_path(bucket, key, id);
            if self.uploads.get_in(transaction, &path)?.is_none() {
                return Err(no_such_upload(id));
            }
            self.delete_upload_in(transaction, &path, id)
        })?;
        self.collect(unused);
        Ok(())
    }

    /// Writes the object of an upload, whose contents are pinned, and deletes the upload.
    pub fn complete_upload(
        &self,
        bucket: &str,
        key: &str,
        id: &str,
        object: &Object,
        preconditions: &Preconditions,
    ) -> Result<(), Fault> {
        let unused = self.store.write(|transaction| {
            let path = upload_path(bucket, key, id);
            if self.uploads.get_in(transaction, &path)?.is_none() {
                return Err(no_such_upload(id));
            }
            let replaced = self.put_in(transaction, bucket, key, object, preconditions)?;
            let mut unused = self.delete_upload_in(transaction, &path, id)?;
            unused.extend(replaced);
            Ok(unused)
        })?;
        self.collect(unused);
        Ok(())
    }

    fn delete_upload_in(
        &self,
        transaction: &Transaction,
        path: &str,
        id: &str,
    ) -> Result<Vec<String>, Fault> {
        self.uploads.remove_in(transaction, path)?;
        let mut unused = Vec::new();
        for (path, part) in self
            .parts
            .range_in(transaction, bounds(&paths_under(id)), NO_LIMIT)?
        {
            self.parts.remove_in(transaction, &path)?;
            unused.push(part.digest);
        }
        Ok(unused)
    }

    fn collect(&self, digests: impl IntoIterator<Item = String>) {
        for digest in digests.into_iter().collect::<BTreeSet<_>>() {
            // The change is committed already. If this fails, the next start deletes the file.
            let _ = self.blobs.collect(&digest);
        }
    }
}

/// No bucket's name has a slash.
pub fn path(bucket: &str, key: &str) -> String {
    format!("{bucket}/{key}")
}

pub fn upload_path(bucket: &str, key: &str, id: &str) -> String {
    format!("{bucket}/{key}\0{id}")
}

fn part_path(id: &str, number: i32) -> String {
    format!("{id}/{number:05}")
}

/// The range of the paths that begin with `owner/`: `0` follows `/` in ASCII.
pub fn paths_under(owner: &str) -> (String, String) {
    (format!("{owner}/"), format!("{owner}0"))
}

pub fn bounds((start, end): &(String, String)) -> Range<&str> {
    start..end
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::super::records::{ObjectMetadata, UnixTime};
    use super::*;

    fn opened(folder: &Path) -> Storage {
        let store = Arc::new(Store::open(&folder.join("state")).expect("it opens"));
        let blobs = Blobs::open(&folder.join("blobs"), &store).expect("it opens");
        Storage::new(&store, &blobs)
    }

    fn files(folder: &Path) -> usize {
        let entries = std::fs::read_dir(folder.join("blobs")).expect("it is there");
        entries.count()
    }

    fn put(storage: &Storage, key: &str, contents: &[u8]) {
        let pin = storage.blobs.keep(contents).expect("kept");
        let object = Object {
            digest: pin.digest().to_owned(),
            size: contents.len() as u64,
            etag: "e".to_owned(),
            modified: UnixTime(0),
            checksum: None,
            metadata: ObjectMetadata::default(),
            parts: Vec::new(),
            upload: None,
        };
        let any = Preconditions::default();
        storage.put("bucket", key, &object, &any).expect("put");
    }

    fn with_bucket(folder: &Path) -> Storage {
        let storage = opened(folder);
        let bucket = Bucket {
            created: UnixTime(0),
            configuration: Default::default(),
        };
        storage.buckets.put("bucket", &bucket).expect("put");
        storage
    }

    #[test]
    fn contents_are_deleted_with_their_last_object() {
        let folder = tempfile::tempdir().expect("a folder");
        let storage = with_bucket(folder.path());
        put(&storage, "a", b"same");
        put(&storage, "b", b"same");
        assert_eq!(files(folder.path()), 1);
        put(&storage, "a", b"other");
        assert_eq!(files(folder.path()), 2);
        let (_, pin) = storage
            .object_with_contents("bucket", "b")
            .expect("it is there");
        let any = Preconditions::default();
        storage.delete("bucket", "b", &any).expect("deleted");
        assert_eq!(pin.read().expect("it is read on"), b"same");
        drop(pin);
        assert_eq!(files(folder.path()), 1);
        let refused = storage
            .delete_bucket("bucket")
            .expect_err("it has an object");
        assert_eq!(refused.code, "BucketNotEmpty");
        storage.bucket("bucket").expect("it is still there");
    }

    #[test]
    fn an_aborted_upload_deletes_its_parts() {
        let folder = tempfile::tempdir().expect("a folder");
        let storage = with_bucket(folder.path());
        let upload = MultipartUpload {
            id: "u".to_owned(),
            key: "k".to_owned(),
            initiated: UnixTime(0),
            metadata: ObjectMetadata::default(),
            checksum: super::super::checksum::ChecksumPlan::new(None, None).expect("it is one"),
            object_deleted: false,
        };
        let path = upload_path("bucket", "k", "u");
        storage.uploads.put(&path, &upload).expect("put");
        let pin = storage.blobs.keep(b"part").expect("kept");
        let part = Part {
            number: 1,
            digest: pin.digest().to_owned(),
            size: 4,
            etag: "e".to_owned(),
            modified: UnixTime(0),
            checksum: None,
        };
        storage.put_part("bucket", "k", "u", &part).expect("put");
        drop(pin);
        assert_eq!(files(folder.path()), 1);
        storage.abort_upload("bucket", "k", "u").expect("removed");
        assert_eq!(files(folder.path()), 0);
        let late = storage.put_part("bucket", "k", "u", &part);
        assert_eq!(late.expect_err("it is aborted").code, "NoSuchUpload");
        storage.delete_bucket("bucket").expect("it is empty");
    }
}
