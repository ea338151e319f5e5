//! ListObjects and ListObjectsV2.

use s3s::dto::{
    self, ListObjectsInput, ListObjectsOutput, ListObjectsV2Input, ListObjectsV2Output,
    ObjectStorageClass,
};
use s3s::{S3Request, S3Response};

use super::{ListRequest, checksum_algorithms, list_request, list_response};
use crate::fault::Fault;
use crate::page::Cursor;
use crate::s3::bucket::owner;
use crate::s3::checksum::Checksum;
use crate::s3::key_listing::{After, Keyed, parse_continuation_token};
use crate::s3::object::get::to_i64;
use crate::s3::records::Object;
use crate::s3::storage::Storage;

/// Names the list in continuation tokens.
const OBJECTS: &str = "objects";

impl Keyed for Object {}

pub async fn objects_v2(
    storage: &Storage,
    request: S3Request<ListObjectsV2Input>,
) -> Result<S3Response<ListObjectsV2Output>, Fault> {
    let input = request.input;
    let list = list_request!(input, max_keys)?;
    let token = input.continuation_token.as_deref();
    let cursor = token.map(|token| parse_continuation_token(OBJECTS, token));
    let continued = cursor
        .transpose()?
        .map(|cursor| cursor.position().to_owned());
    let start = continued.or(input.start_after.clone());
    let after = start.map(|key| list.after(&key));
    let page = list.page(storage, &storage.objects, after.as_ref())?;
    let with_owner = input.fetch_owner.unwrap_or(false);
    let entries = page.items.iter().map(|(key, object)| dto::Object {
        owner: with_owner.then(owner),
        ..entry(&list, key, object)
    });
    let next = page.next.as_ref().map(|next| match next {
        After::Item(text) | After::Prefix(text) => Cursor::after(text).token(OBJECTS),
    });
    list_response!(ListObjectsV2Output, list, page, {
        contents: Some(entries.collect()),
        continuation_token: input.continuation_token,
        key_count: i32::try_from(page.items.len() + page.prefixes.len()).ok(),
        max_keys: Some(list.max),
        name: Some(list.bucket.clone()),
        next_continuation_token: next,
        start_after: input.start_after.map(|key| list.encode(key)),
    })
}

pub async fn objects(
    storage: &Storage,
    request: S3Request<ListObjectsInput>,
) -> Result<S3Response<ListObjectsOutput>, Fault> {
    let input = request.input;
    let list = list_request!(input, max_keys)?;
    let after = input.marker.as_deref().map(|it| list.after_marker(it));
    let page = list.page(storage, &storage.objects, after.as_ref())?;
    let entries = page.items.iter().map(|(key, object)| dto::Object {
        owner: Some(owner()),
        ..entry(&list, key, object)
    });
    // Without a delimiter, clients use the last key as the marker.
    let next = page.next.as_ref().filter(|_| list.delimiter.is_some());
    list_response!(ListObjectsOutput, list, page, {
        contents: Some(entries.collect()),
        marker: Some(list.encode(input.marker.unwrap_or_default())),
        max_keys: Some(list.max),
        name: Some(list.bucket.clone()),
        next_marker: list.encode_marker(next),
    })
}

fn entry(list: &ListRequest, key: &str, object: &Object) -> dto::Object {
    let checksum = object.checksum.as_ref();
    dto::Object {
        checksum_algorithm: checksum.map(checksum_algorithms),
        checksum_type: checksum.map(Checksum::checksum_type),
        e_tag: Some(object.etag()),
        key: Some(list.encode(key)),
        last_modified: Some(object.modified.into()),
        size: to_i64(object.size),
        storage_class: Some(ObjectStorageClass::from(
            object.metadata.storage_class().to_owned(),
        )),
        ..dto::Object::default()
    }
}
