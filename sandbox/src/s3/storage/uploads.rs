//! Multipart uploads.

use rusqlite::Transaction;

use super::{Storage, upload_path};
use crate::fault::Fault;
use crate::s3::errors::{no_such_bucket, no_such_upload};
use crate::s3::notification::{Change, Origin};
use crate::s3::preconditions::Preconditions;
use crate::s3::records::{MultipartUpload, Object, Part};

impl Storage {
    pub fn create_upload(&self, bucket: &str, upload: &MultipartUpload) -> Result<(), Fault> {
        self.store.write(|transaction| {
            if self.buckets.get_in(transaction, bucket)?.is_none() {
                return Err(no_such_bucket(bucket));
            }
            let path = upload_path(bucket, &upload.key, &upload.id);
            Ok(self.uploads.put_in(transaction, &path, upload)?)
        })
    }

    pub fn upload(&self, bucket: &str, key: &str, id: &str) -> Result<MultipartUpload, Fault> {
        let upload = self.uploads.get(&upload_path(bucket, key, id))?;
        upload.ok_or_else(|| no_such_upload(id))
    }

    /// Sorted by their numbers.
    pub fn parts(&self, id: &str) -> Result<Vec<Part>, Fault> {
        let parts = self.parts.under(&parts_path(id))?;
        Ok(parts.into_iter().map(|(_, part)| part).collect())
    }

    /// Writes a part whose contents are pinned. Fails with `NoSuchUpload` if the upload was
    /// completed or aborted in the meantime.
    pub fn put_part(&self, bucket: &str, key: &str, id: &str, part: &Part) -> Result<(), Fault> {
        let path = format!("{}{:05}", parts_path(id), part.number);
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

    /// Writes the object of an upload, whose contents are pinned, and deletes the upload. Returns
    /// the object as it is stored.
    pub fn complete_upload(
        &self,
        bucket: &str,
        key: &str,
        id: &str,
        object: Object,
        preconditions: &Preconditions,
        origin: &Origin,
    ) -> Result<Object, Fault> {
        let (object, unused) = self.notifier.write(|transaction| {
            let path = upload_path(bucket, key, id);
            if self.uploads.get_in(transaction, &path)?.is_none() {
                return Err(no_such_upload(id));
            }
            let (object, replaced) =
                self.put_in(transaction, bucket, key, object, preconditions)?;
            let mut unused = self.delete_upload_in(transaction, &path, id)?;
            unused.extend(replaced);
            let name = "ObjectCreated:CompleteMultipartUpload";
            let change = Change::created(name, key, &object, origin);
            let notices = self.notices(transaction, bucket, &change)?;
            Ok(((object, unused), notices))
        })?;
        self.collect(unused);
        Ok(object)
    }

    /// Returns the digests of the parts.
    pub fn delete_upload_in(
        &self,
        transaction: &Transaction,
        path: &str,
        id: &str,
    ) -> Result<Vec<String>, Fault> {
        self.uploads.remove_in(transaction, path)?;
        let parts = self.parts.under_in(transaction, &parts_path(id))?;
        self.parts.remove_under(transaction, &parts_path(id))?;
        Ok(parts.into_iter().map(|(_, part)| part.digest).collect())
    }
}

/// What begins the keys of the parts of an upload.
fn parts_path(id: &str) -> String {
    format!("{id}/")
}
