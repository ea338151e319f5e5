//! ListMultipartUploads.

use s3s::dto::{self, ListMultipartUploadsInput, ListMultipartUploadsOutput, StorageClass};
use s3s::{S3Request, S3Response};

use super::{AFTER_ALL_IDS, list_request, list_response};
use crate::fault::Fault;
use crate::s3::bucket::owner;
use crate::s3::key_listing::{After, Keyed};
use crate::s3::records::MultipartUpload;
use crate::s3::storage::Storage;

impl Keyed for MultipartUpload {
    fn key<'a>(&'a self, _: &'a str) -> &'a str {
        &self.key
    }
}

/// Lists the uploads that were neither completed nor aborted. A key can have several, sorted by id.
pub async fn uploads(
    storage: &Storage,
    request: S3Request<ListMultipartUploadsInput>,
) -> Result<S3Response<ListMultipartUploadsOutput>, Fault> {
    let input = request.input;
    let list = list_request!(input, max_uploads)?;
    let id_marker = input.upload_id_marker.as_deref();
    let after = input
        .key_marker
        .as_deref()
        .map(|key| match list.after_marker(key) {
            After::Item(key) => {
                After::Item(format!("{key}\0{}", id_marker.unwrap_or(AFTER_ALL_IDS)))
            }
            prefix => prefix,
        });
    let page = list.page(storage, &storage.uploads, after.as_ref())?;
    let uploads = page.items.iter().map(|(_, upload)| dto::MultipartUpload {
        initiated: Some(upload.initiated.into()),
        key: Some(list.encode(&upload.key)),
        owner: Some(owner()),
        storage_class: Some(StorageClass::from(
            upload.metadata.storage_class().to_owned(),
        )),
        upload_id: Some(upload.id.clone()),
        ..dto::MultipartUpload::default()
    });
    let (next_key, next_id) = match &page.next {
        Some(After::Item(position)) => position.split_once('\0').unzip(),
        Some(After::Prefix(prefix)) => (Some(prefix.as_str()), None),
        None => (None, None),
    };
    list_response!(ListMultipartUploadsOutput, list, page, {
        bucket: Some(list.bucket.clone()),
        key_marker: Some(list.encode(input.key_marker.unwrap_or_default())),
        max_uploads: Some(list.max),
        next_key_marker: next_key.map(|key| list.encode(key)),
        next_upload_id_marker: next_id.map(str::to_owned),
        upload_id_marker: input.upload_id_marker,
        uploads: Some(uploads.collect()),
    })
}
