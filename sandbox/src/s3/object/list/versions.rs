//! ListObjectVersions.

use s3s::dto::{
    DeleteMarkerEntry, ListObjectVersionsInput, ListObjectVersionsOutput, ObjectVersion,
    ObjectVersionStorageClass,
};
use s3s::{S3Request, S3Response};

use super::{AFTER_ALL_IDS, ListRequest, checksum_algorithms, list_request, list_response};
use crate::fault::Fault;
use crate::s3::bucket::owner;
use crate::s3::checksum::Checksum;
use crate::s3::errors::invalid_argument;
use crate::s3::key_listing::{After, Keyed};
use crate::s3::object::get::to_i64;
use crate::s3::records::{UnixTime, Version};
use crate::s3::storage::{NULL, Storage, VersionRef, path};

impl Keyed for Version {
    fn key<'a>(&'a self, position: &'a str) -> &'a str {
        key_of(position)
    }
}

/// Versions are at their key, a zero byte and their position among the key's versions.
fn key_of(position: &str) -> &str {
    position.split('\0').next().unwrap_or_default()
}

pub async fn versions(
    storage: &Storage,
    request: S3Request<ListObjectVersionsInput>,
) -> Result<S3Response<ListObjectVersionsOutput>, Fault> {
    let input = request.input;
    let list = list_request!(input, max_keys)?;
    let id_marker = input
        .version_id_marker
        .as_deref()
        .filter(|id| !id.is_empty());
    let after = after(storage, &list, input.key_marker.as_deref(), id_marker)?;
    storage.bucket(&list.bucket)?;
    let page = list
        .query()
        .page(after.as_ref(), |from, max| read(storage, &list, from, max))?;
    let (mut versions, mut delete_markers) = (Vec::new(), Vec::new());
    for (position, version) in &page.items {
        let key = key_of(position);
        match version {
            Version::Object(_) => versions.extend(object_version(storage, &list, key, version)?),
            Version::DeleteMarker { modified, .. } => {
                delete_markers.push(marker(storage, &list, key, version, *modified)?);
            }
        }
    }
    let (next_key, next_id) = match &page.next {
        Some(After::Item(position)) => {
            let last = page
                .items
                .last()
                .and_then(|(_, version)| version.version_id());
            (
                Some(key_of(position)),
                Some(last.unwrap_or(NULL).to_owned()),
            )
        }
        Some(After::Prefix(prefix)) => (Some(prefix.as_str()), None),
        None => (None, None),
    };
    list_response!(ListObjectVersionsOutput, list, page, {
        delete_markers: Some(delete_markers).filter(|markers| !markers.is_empty()),
        key_marker: Some(list.encode(input.key_marker.unwrap_or_default())),
        max_keys: Some(list.max),
        name: Some(list.bucket.clone()),
        next_key_marker: next_key.map(|key| list.encode(key)),
        next_version_id_marker: next_id,
        version_id_marker: Some(input.version_id_marker.unwrap_or_default()),
        versions: Some(versions),
    })
}

/// Where the page begins after a version, or after all versions of a key.
fn after(
    storage: &Storage,
    list: &ListRequest,
    key_marker: Option<&str>,
    id_marker: Option<&str>,
) -> Result<Option<After>, Fault> {
    let Some(key) = key_marker else {
        return match id_marker {
            None => Ok(None),
            Some(_) => Err(invalid_argument(
                "A version-id marker cannot be specified without a key marker.",
            )),
        };
    };
    Ok(Some(match (list.after_marker(key), id_marker) {
        (After::Item(key), None) => After::Item(format!("{key}\0{AFTER_ALL_IDS}")),
        (After::Item(key), Some(NULL)) => {
            let null = position_of_null(storage, &path(&list.bucket, &key))?;
            After::Item(format!(
                "{key}\0{}",
                null.as_deref().unwrap_or(AFTER_ALL_IDS)
            ))
        }
        (After::Item(key), Some(id)) => After::Item(format!("{key}\0{id}")),
        (prefix, _) => prefix,
    }))
}

fn position_of_null(storage: &Storage, path: &str) -> Result<Option<String>, Fault> {
    storage.store.look(|connection| {
        let current = storage.objects.get_in(connection, path)?;
        if let Some(current) = current.filter(|current| current.version_id.is_none()) {
            return Ok(Some(current.position()));
        }
        let null = storage.find_version(connection, path, VersionRef::Null)?;
        Ok(null.map(|null| null.position()))
    })
}

/// Reads current objects and other versions, sorted by key and position.
fn read(
    storage: &Storage,
    list: &ListRequest,
    from: &str,
    max: usize,
) -> Result<Vec<(String, Version)>, Fault> {
    // The current object of the key in `from` can be before it.
    let objects = list.read(&storage.objects, key_of(from), max + 1)?;
    let objects = objects.into_iter().map(|(key, object)| {
        let position = format!("{key}\0{}", object.position());
        (position, Version::Object(Box::new(object)))
    });
    let mut items = list.read(&storage.versions, from, max)?;
    items.extend(objects.filter(|(position, _)| &**position >= from));
    items.sort_by(|(a, _), (b, _)| a.cmp(b));
    items.truncate(max);
    Ok(items)
}

fn object_version(
    storage: &Storage,
    list: &ListRequest,
    key: &str,
    version: &Version,
) -> Result<Option<ObjectVersion>, Fault> {
    let Some(object) = version.object() else {
        return Ok(None);
    };
    let checksum = object.checksum.as_ref();
    Ok(Some(ObjectVersion {
        checksum_algorithm: checksum.map(checksum_algorithms),
        checksum_type: checksum.map(Checksum::checksum_type),
        e_tag: Some(object.etag()),
        is_latest: Some(is_latest(storage, list, key, version)?),
        key: Some(list.encode(key)),
        last_modified: Some(object.modified.into()),
        owner: Some(owner()),
        size: to_i64(object.size),
        storage_class: Some(ObjectVersionStorageClass::from(
            object.metadata.storage_class().to_owned(),
        )),
        version_id: Some(version.version_id().unwrap_or(NULL).to_owned()),
        ..ObjectVersion::default()
    }))
}

fn marker(
    storage: &Storage,
    list: &ListRequest,
    key: &str,
    version: &Version,
    modified: UnixTime,
) -> Result<DeleteMarkerEntry, Fault> {
    Ok(DeleteMarkerEntry {
        is_latest: Some(is_latest(storage, list, key, version)?),
        key: Some(list.encode(key)),
        last_modified: Some(modified.into()),
        owner: Some(owner()),
        version_id: Some(version.version_id().unwrap_or(NULL).to_owned()),
    })
}

fn is_latest(
    storage: &Storage,
    list: &ListRequest,
    key: &str,
    version: &Version,
) -> Result<bool, Fault> {
    let path = path(&list.bucket, key);
    storage.store.look(|connection| {
        let current = storage.objects.get_in(connection, &path)?;
        let newest = match current {
            Some(current) => Some(current.position()),
            None => {
                let newest = storage.newest_version(connection, &path)?;
                newest.map(|newest| newest.position())
            }
        };
        Ok(newest == Some(version.position()))
    })
}
