//! Versions of objects.
//!
//! The current version of a key is in `objects`. When it is replaced or deleted in a bucket with
//! versioning, it moves to `versions`, where delete markers are too. Source: "How S3 Versioning
//! works" in S3's user guide.

use std::time::SystemTime;

use rusqlite::{Connection, Transaction};
use s3s::dto::{BucketVersioningStatus, VersioningConfiguration};

use super::Storage;
use crate::fault::Fault;
use crate::s3::errors::{invalid_argument, no_such_key, no_such_version};
use crate::s3::records::{Bucket, Object, UnixTime, Version};

/// The id of a version that was written while its bucket had no versioning.
pub const NULL: &str = "null";
/// Of version ids, in hexadecimal digits: the first half sorts them, the second half is random.
const ID_LENGTH: usize = 32;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Versioning {
    /// It was never enabled.
    Off,
    Enabled,
    Suspended,
}

impl Bucket {
    pub fn versioning(&self) -> Result<Versioning, Fault> {
        let configuration: Option<VersioningConfiguration> = self.get()?;
        let status = configuration.and_then(|configuration| configuration.status);
        Ok(match status.as_ref().map(BucketVersioningStatus::as_str) {
            Some(BucketVersioningStatus::ENABLED) => Versioning::Enabled,
            Some(_) => Versioning::Suspended,
            None => Versioning::Off,
        })
    }
}

/// The version that a request names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum VersionRef<'a> {
    Current,
    Null,
    Id(&'a str),
}

impl<'a> VersionRef<'a> {
    pub fn parse(id: Option<&'a str>, versioning: Versioning) -> Result<Self, Fault> {
        let is_id = |id: &str| {
            id.len() == ID_LENGTH
                && id
                    .bytes()
                    .all(|c| c.is_ascii_digit() || c.is_ascii_lowercase())
        };
        match id {
            None => Ok(Self::Current),
            Some(NULL) => Ok(Self::Null),
            Some("") => Err(invalid_argument("Version id cannot be the empty string")),
            Some(id) if versioning != Versioning::Off && is_id(id) => Ok(Self::Id(id)),
            Some(_) => Err(invalid_argument("Invalid version id specified")),
        }
    }

    /// Whether a version with this id is meant. The null version has none.
    pub fn is(self, id: Option<&str>) -> bool {
        match self {
            Self::Current => true,
            Self::Null => id.is_none(),
            Self::Id(named) => id == Some(named),
        }
    }

    /// There is no such version of `key`.
    pub fn missing(self, key: &str) -> Fault {
        match self {
            Self::Current => no_such_key(key),
            Self::Null => no_such_version(key, NULL),
            Self::Id(id) => no_such_version(key, id),
        }
    }
}

/// A new position before `newest`, the position of the newest version of the key.
pub fn position(newest: Option<&str>) -> String {
    let since_1970 = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
    let micros = since_1970.unwrap_or_default().as_micros();
    let now = u64::MAX - u64::try_from(micros).unwrap_or(u64::MAX);
    let newest = newest.and_then(|newest| u64::from_str_radix(newest.get(..16)?, 16).ok());
    // The clock can have been set back.
    let order = newest.map_or(now, |newest| now.min(newest.saturating_sub(1)));
    format!("{order:016x}{:016x}", rand::random::<u64>())
}

/// The key of the record of a version, or with an empty `position` what begins those of an object.
fn version_path(path: &str, position: &str) -> String {
    format!("{path}\0{position}")
}

impl Storage {
    /// The newest of the versions that are not current objects.
    pub fn newest_version(
        &self,
        connection: &Connection,
        path: &str,
    ) -> Result<Option<Version>, Fault> {
        let versions = version_path(path, "");
        Ok(self.versions.first_under(connection, &versions)?)
    }

    /// A version among those that are not current objects.
    pub fn find_version(
        &self,
        connection: &Connection,
        path: &str,
        version: VersionRef,
    ) -> Result<Option<Version>, Fault> {
        if let VersionRef::Id(id) = version {
            let found = self.versions.get_in(connection, &version_path(path, id))?;
            return Ok(found.filter(|found| found.version_id() == Some(id)));
        }
        let versions = self
            .versions
            .under_in(connection, &version_path(path, ""))?;
        let mut versions = versions.into_iter().map(|(_, found)| found);
        Ok(versions.find(|found| version.is(found.version_id())))
    }

    pub fn put_version(
        &self,
        transaction: &Transaction,
        path: &str,
        version: &Version,
    ) -> Result<(), Fault> {
        let path = version_path(path, &version.position());
        Ok(self.versions.put_in(transaction, &path, version)?)
    }

    pub fn remove_version(
        &self,
        transaction: &Transaction,
        path: &str,
        version: &Version,
    ) -> Result<(), Fault> {
        let path = version_path(path, &version.position());
        self.versions.remove_in(transaction, &path)?;
        Ok(())
    }

    /// Makes the newest version the current object, unless it is a delete marker.
    pub fn promote_newest(&self, transaction: &Transaction, path: &str) -> Result<(), Fault> {
        let newest = self.newest_version(transaction, path)?;
        if let Some(object) = newest.as_ref().and_then(Version::object) {
            self.objects.put_in(transaction, path, object)?;
            self.versions
                .remove_in(transaction, &version_path(path, &object.position()))?;
        }
        Ok(())
    }

    /// Makes way for a new version: the current object becomes noncurrent. A null version gives way
    /// to a new null version. Returns the digest of contents that are not needed any more.
    pub fn retire_current(
        &self,
        transaction: &Transaction,
        path: &str,
        current: Option<Object>,
        new_is_null: bool,
    ) -> Result<Option<String>, Fault> {
        let mut replaced = None;
        if new_is_null {
            match current {
                Some(current) if current.version_id.is_none() => return Ok(Some(current.digest)),
                _ => replaced = self.find_version(transaction, path, VersionRef::Null)?,
            }
        }
        if let Some(null) = &replaced {
            self.remove_version(transaction, path, null)?;
        }
        if let Some(current) = current {
            self.put_version(transaction, path, &Version::Object(Box::new(current)))?;
        }
        Ok(replaced.and_then(Version::into_digest))
    }
}

/// Marks a key as deleted, without deleting its versions.
pub fn delete_marker(newest: Option<&str>, is_null: bool) -> Version {
    let position = position(newest);
    Version::DeleteMarker {
        version_id: (!is_null).then(|| position.clone()),
        position,
        modified: UnixTime::now(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_new_version_is_before_the_newest_whatever_the_clock_says() {
        let first = position(None);
        assert_eq!(first.len(), ID_LENGTH);
        assert!(position(Some(&first)) < first);
        let in_a_century = format!("{:016x}{:016x}", 1_u64 << 63, 0);
        let next = position(Some(&in_a_century));
        assert!(next < in_a_century && next > format!("{:016x}", (1_u64 << 63) - 2));
    }
}
