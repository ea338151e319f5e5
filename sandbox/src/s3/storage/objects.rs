//! Objects: written, read and deleted, each as one transaction.

use http::StatusCode;
use rusqlite::{Connection, Transaction};

use super::versions::{NULL, VersionRef, Versioning, delete_marker, position};
use super::{Storage, path, upload_path};
use crate::delivery::Delivery;
use crate::fault::Fault;
use crate::s3::errors::{lost, no_such_bucket, no_such_key};
use crate::s3::notification::{Change, Origin, notices};
use crate::s3::preconditions::Preconditions;
use crate::s3::records::{Bucket, Object, Version};
use crate::store::{Pin, StoreError};

/// What a deletion did.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Deleted {
    /// The version that was deleted, or the delete marker that was created.
    pub version_id: Option<String>,
    /// Whether that is a delete marker.
    pub delete_marker: bool,
}

/// What has made an object, for those that hear of it.
#[derive(Clone, Copy, Debug)]
pub struct Cause<'a> {
    /// Such as `ObjectCreated:Put`.
    pub event: &'static str,
    pub origin: &'a Origin,
}

impl Storage {
    pub fn object(
        &self,
        bucket: &str,
        key: &str,
        version_id: Option<&str>,
    ) -> Result<Object, Fault> {
        self.store
            .look(|connection| self.object_in(connection, bucket, key, version_id))
    }

    /// Whether there is such an object, and its newest version is no delete marker.
    pub fn has_object(&self, bucket: &str, key: &str) -> Result<bool, Fault> {
        match self.object(bucket, key, None) {
            Ok(_) => Ok(true),
            Err(fault) if fault.is_client_error() => Ok(false),
            Err(fault) => Err(fault),
        }
    }

    fn object_in(
        &self,
        connection: &Connection,
        bucket: &str,
        key: &str,
        version_id: Option<&str>,
    ) -> Result<Object, Fault> {
        let path = path(bucket, key);
        let current = self.objects.get_in(connection, &path)?;
        let (None, Some(current)) = (version_id, &current) else {
            let versioning = self.bucket_in(connection, bucket)?.versioning()?;
            let version = VersionRef::parse(version_id, versioning)?;
            return match current.filter(|current| version.is(current.version_id.as_deref())) {
                Some(current) => Ok(current),
                None if version == VersionRef::Current || versioning == Versioning::Off => {
                    Err(no_such_key(key))
                }
                None => match self.find_version(connection, &path, version)? {
                    Some(Version::Object(object)) => Ok(*object),
                    Some(Version::DeleteMarker { .. }) => Err(Fault::new(
                        StatusCode::METHOD_NOT_ALLOWED,
                        "MethodNotAllowed",
                        "The specified method is not allowed against this resource: the version is \
                         a delete marker",
                    )),
                    None => Err(version.missing(key)),
                },
            };
        };
        Ok(current.clone())
    }

    fn bucket_in(&self, connection: &Connection, name: &str) -> Result<Bucket, Fault> {
        let bucket = self.buckets.get_in(connection, name)?;
        bucket.ok_or_else(|| no_such_bucket(name))
    }

    /// An object and its contents, which stay as long as the pin.
    pub fn object_with_contents(
        &self,
        bucket: &str,
        key: &str,
        version_id: Option<&str>,
    ) -> Result<(Object, Pin), Fault> {
        let mut missing = None;
        loop {
            let object = self.object(bucket, key, version_id)?;
            match self.blobs.pin(&object.digest) {
                Ok(Some(pin)) => return Ok((object, pin)),
                Err(error) if error.is_of_lost_file() => return Err(lost(key, &error)),
                pinned => drop(pinned?),
            }
            // The object was replaced between the two reads, unless the record is still the same.
            if missing.as_ref() == Some(&object.digest) {
                let path = self.blobs.path(&object.digest);
                return Err(lost(key, &StoreError::Missing { path }));
            }
            missing = Some(object.digest);
        }
    }

    /// Writes an object whose contents are pinned. Returns it as it is stored.
    pub fn put(
        &self,
        bucket: &str,
        key: &str,
        object: Object,
        preconditions: &Preconditions,
        cause: Cause,
    ) -> Result<Object, Fault> {
        let (object, unused) = self.notifier.write(|transaction| {
            let (object, unused) = self.put_in(transaction, bucket, key, object, preconditions)?;
            let change = Change::created(cause.event, key, &object, cause.origin);
            let notices = self.notices(transaction, bucket, &change)?;
            Ok(((object, unused), notices))
        })?;
        self.collect(unused);
        Ok(object)
    }

    /// What is to be told of a change, by the configuration of its bucket.
    pub fn notices(
        &self,
        transaction: &Transaction,
        bucket: &str,
        change: &Change,
    ) -> Result<Vec<Delivery>, Fault> {
        notices(bucket, &self.bucket_in(transaction, bucket)?, change)
    }

    /// Returns the object, and the digest of contents that are not needed any more.
    pub fn put_in(
        &self,
        transaction: &Transaction,
        bucket: &str,
        key: &str,
        mut object: Object,
        preconditions: &Preconditions,
    ) -> Result<(Object, Option<String>), Fault> {
        let versioning = self.bucket_in(transaction, bucket)?.versioning()?;
        let path = path(bucket, key);
        let current = self.objects.get_in(transaction, &path)?;
        preconditions.check_write(key, current.as_ref())?;
        object.position = position(
            self.newest_position(transaction, &path, &current)?
                .as_deref(),
        );
        object.version_id = (versioning == Versioning::Enabled).then(|| object.position.clone());
        let unused = match versioning {
            Versioning::Off => current.map(|current| current.digest),
            Versioning::Enabled => self.retire_current(transaction, &path, current, false)?,
            Versioning::Suspended => self.retire_current(transaction, &path, current, true)?,
        };
        self.objects.put_in(transaction, &path, &object)?;
        Ok((object, unused))
    }

    fn newest_position(
        &self,
        connection: &Connection,
        path: &str,
        current: &Option<Object>,
    ) -> Result<Option<String>, Fault> {
        if let Some(current) = current {
            return Ok(Some(current.position()));
        }
        let newest = self.newest_version(connection, path)?;
        Ok(newest.map(|newest| newest.position()))
    }

    /// Runs `change` on an object's record; the contents stay. Returns the object.
    pub fn modify(
        &self,
        bucket: &str,
        key: &str,
        version_id: Option<&str>,
        change: impl FnOnce(&mut Object),
    ) -> Result<Object, Fault> {
        let path = path(bucket, key);
        self.store.write(|transaction| {
            let mut object = self.object_in(transaction, bucket, key, version_id)?;
            change(&mut object);
            let current = self.objects.get_in(transaction, &path)?;
            if current.is_some_and(|current| current.version_id == object.version_id) {
                self.objects.put_in(transaction, &path, &object)?;
            } else {
                self.put_version(
                    transaction,
                    &path,
                    &Version::Object(Box::new(object.clone())),
                )?;
            }
            Ok(object)
        })
    }

    /// Deletes an object. It is no error if there is none. Without a version id, a bucket with
    /// versioning gets a delete marker, and keeps the object as a noncurrent version.
    pub fn delete(
        &self,
        bucket: &str,
        key: &str,
        version_id: Option<&str>,
        preconditions: &Preconditions,
        origin: &Origin,
    ) -> Result<Deleted, Fault> {
        let path = path(bucket, key);
        let (deleted, unused) = self.notifier.write(|transaction| {
            let gone = |position: String, deleted: &Deleted| {
                let version_id = deleted.version_id.as_deref().filter(|id| *id != NULL);
                let change = Change::deleted(key, version_id, position, origin);
                self.notices(transaction, bucket, &change)
            };
            let versioning = self.bucket_in(transaction, bucket)?.versioning()?;
            let version = VersionRef::parse(version_id, versioning)?;
            let current = self.objects.get_in(transaction, &path)?;
            let named = current.filter(|it| version.is(it.version_id.as_deref()));
            if version != VersionRef::Current && named.is_none() {
                let (deleted, found) =
                    self.delete_noncurrent(transaction, &path, key, version, preconditions)?;
                let notices = match &found {
                    Some(found) => gone(position(Some(&found.position())), &deleted)?,
                    None => Vec::new(),
                };
                return Ok(((deleted, found.and_then(Version::into_digest)), notices));
            }
            preconditions.check_delete(key, named.as_ref())?;
            let newest = self.newest_position(transaction, &path, &named)?;
            self.objects.remove_in(transaction, &path)?;
            self.mark_uploads_in(transaction, &upload_path(bucket, key, ""))?;
            if version != VersionRef::Current || versioning == Versioning::Off {
                self.promote_newest(transaction, &path)?;
                let deleted = Deleted {
                    version_id: version_id.map(str::to_owned),
                    delete_marker: false,
                };
                let notices = match &named {
                    Some(_) => gone(position(newest.as_deref()), &deleted)?,
                    None => Vec::new(),
                };
                return Ok(((deleted, named.map(|object| object.digest)), notices));
            }
            let is_null = versioning == Versioning::Suspended;
            let unused = self.retire_current(transaction, &path, named, is_null)?;
            let marker = delete_marker(newest.as_deref(), is_null);
            self.put_version(transaction, &path, &marker)?;
            let change = Change::marked(key, marker.version_id(), marker.position(), origin);
            let notices = self.notices(transaction, bucket, &change)?;
            let deleted = Deleted {
                version_id: Some(marker.version_id().unwrap_or(NULL).to_owned()),
                delete_marker: true,
            };
            Ok(((deleted, unused), notices))
        })?;
        self.collect(unused);
        Ok(deleted)
    }

    /// Also returns the version that was deleted, if it was there.
    fn delete_noncurrent(
        &self,
        transaction: &Transaction,
        path: &str,
        key: &str,
        version: VersionRef,
        preconditions: &Preconditions,
    ) -> Result<(Deleted, Option<Version>), Fault> {
        let Some(found) = self.find_version(transaction, path, version)? else {
            preconditions.check_delete(key, None)?;
            let version_id = match version {
                VersionRef::Id(id) => Some(id.to_owned()),
                VersionRef::Null | VersionRef::Current => Some(NULL.to_owned()),
            };
            let nothing = Deleted {
                version_id,
                delete_marker: false,
            };
            return Ok((nothing, None));
        };
        preconditions.check_delete(key, found.object())?;
        self.remove_version(transaction, path, &found)?;
        if self.objects.get_in(transaction, path)?.is_none() {
            self.promote_newest(transaction, path)?;
        }
        let deleted = Deleted {
            version_id: Some(found.version_id().unwrap_or(NULL).to_owned()),
            delete_marker: matches!(found, Version::DeleteMarker { .. }),
        };
        Ok((deleted, Some(found)))
    }

    /// Records in the uploads to a key that its object was deleted.
    fn mark_uploads_in(&self, transaction: &Transaction, uploads: &str) -> Result<(), Fault> {
        for (path, mut upload) in self.uploads.under_in(transaction, uploads)? {
            upload.object_deleted = true;
            self.uploads.put_in(transaction, &path, &upload)?;
        }
        Ok(())
    }
}
