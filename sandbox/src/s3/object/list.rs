//! The listings of objects, of their versions, and of multipart uploads. They share everything but the
//! shape of their entries and markers.

use s3s::dto::{
    self, ChecksumAlgorithm, CommonPrefix, EncodingType, ListMultipartUploadsInput,
    ListMultipartUploadsOutput, ListObjectVersionsInput, ListObjectVersionsOutput,
    ListObjectsInput, ListObjectsOutput, ListObjectsV2Input, ListObjectsV2Output,
    ObjectStorageClass, ObjectVersion, ObjectVersionStorageClass, StorageClass,
};
use s3s::{S3Request, S3Response};

use super::get::to_i64;
use crate::fault::Fault;
use crate::page::Cursor;
use crate::s3::bucket::owner;
use crate::s3::checksum::Checksum;
use crate::s3::errors::invalid_argument;
use crate::s3::key_listing::{After, Keyed, Page, Query, parse_continuation_token, url_encode};
use crate::s3::records::{MultipartUpload, Object};
use crate::s3::storage::{Storage, path, paths_under};
use crate::store::{Record, Records, end_of_prefix};

/// Entries on a page, by default and at most. Source: S3's documentation of all four listings.
const MAX_KEYS: i32 = 1000;
/// The name of the list of objects.
const OBJECTS: &str = "objects";
/// Sorts after all upload ids, which are hexadecimal.
const AFTER_ALL_IDS: &str = "~";

impl Keyed for Object {}

impl Keyed for MultipartUpload {
    fn key<'a>(&'a self, _: &'a str) -> &'a str {
        &self.key
    }
}

/// The members that all requests for listings have.
struct ListRequest {
    bucket: String,
    prefix: String,
    delimiter: Option<String>,
    url_encoded: bool,
    max: i32,
}

impl ListRequest {
    fn new(
        bucket: String,
        prefix: Option<String>,
        delimiter: Option<String>,
        encoding: Option<&EncodingType>,
        max: Option<i32>,
    ) -> Result<Self, Fault> {
        let url_encoded = match encoding.map(EncodingType::as_str) {
            None | Some("") => false,
            Some(EncodingType::URL) => true,
            Some(_) => {
                return Err(invalid_argument(
                    "Invalid Encoding Method specified in Request",
                ));
            }
        };
        let max = max.unwrap_or(MAX_KEYS);
        if max < 0 {
            return Err(invalid_argument(
                "max-keys must be between 0 and 2147483647",
            ));
        }
        Ok(Self {
            bucket,
            prefix: prefix.unwrap_or_default(),
            // S3 takes an empty one as none.
            delimiter: delimiter.filter(|text| !text.is_empty()),
            url_encoded,
            max: max.min(MAX_KEYS),
        })
    }

    fn query(&self) -> Query<'_> {
        Query {
            prefix: &self.prefix,
            delimiter: self.delimiter.as_deref(),
            max: usize::try_from(self.max).unwrap_or(0),
        }
    }

    /// Where the page begins after a marker. A marker inside a common prefix stands for all of the prefix.
    fn after_marker(&self, key: &str) -> After {
        match self.query().common_prefix(key) {
            Some(prefix) => After::Prefix(prefix.to_owned()),
            None => After::Item(key.to_owned()),
        }
    }

    /// Where the page begins after `start-after`, or after the key or common prefix in a token. Unlike
    /// a marker, a key inside a common prefix does not hide the prefix.
    fn after(&self, key: &str) -> After {
        if self.query().common_prefix(key) == Some(key) {
            After::Prefix(key.to_owned())
        } else {
            After::Item(key.to_owned())
        }
    }

    /// The page of the records in the bucket.
    fn page<T: Record + Keyed>(
        &self,
        storage: &Storage,
        records: &Records<T>,
        after: Option<&After>,
    ) -> Result<Page<T>, Fault> {
        storage.bucket(&self.bucket)?;
        let end = match end_of_prefix(&self.prefix) {
            Some(end) => path(&self.bucket, &end),
            None => paths_under(&self.bucket).1,
        };
        let start_of_key = self.bucket.len() + 1;
        self.query().page(after, |from, max| {
            let from = path(&self.bucket, from);
            let found = records.range(&from..&end, max)?;
            let in_bucket = |(path, record): (String, T)| (path[start_of_key..].to_owned(), record);
            Ok(found.into_iter().map(in_bucket).collect())
        })
    }

    /// A key as the response has it.
    fn encode(&self, text: impl AsRef<str>) -> String {
        if self.url_encoded {
            url_encode(text.as_ref())
        } else {
            text.as_ref().to_owned()
        }
    }

    fn encode_marker(&self, next: Option<&After>) -> Option<String> {
        match next? {
            After::Item(text) | After::Prefix(text) => Some(self.encode(text)),
        }
    }
}

/// The [`ListRequest`] in a request.
macro_rules! list_request {
    ($input:ident, $max:ident) => {
        ListRequest::new(
            $input.bucket,
            $input.prefix,
            $input.delimiter,
            $input.encoding_type.as_ref(),
            $input.$max,
        )
    };
}

/// The response of a listing: the members that all have, and `$member`s of its own.
macro_rules! list_response {
    ($output:ident, $list:ident, $page:ident, { $($member:ident: $value:expr,)+ }) => {{
        let prefixes = $page.prefixes.iter().map(|prefix| CommonPrefix {
            prefix: Some($list.encode(prefix)),
        });
        let prefixes: Vec<CommonPrefix> = prefixes.collect();
        let url = EncodingType::from_static(EncodingType::URL);
        Ok(S3Response::new($output {
            common_prefixes: Some(prefixes).filter(|prefixes| !prefixes.is_empty()),
            delimiter: $list.delimiter.as_ref().map(|text| $list.encode(text)),
            encoding_type: $list.url_encoded.then_some(url),
            is_truncated: Some($page.next.is_some()),
            prefix: Some($list.encode(&$list.prefix)),
            $($member: $value,)+
            ..$output::default()
        }))
    }};
}

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

fn checksum_algorithms(checksum: &Checksum) -> Vec<ChecksumAlgorithm> {
    vec![ChecksumAlgorithm::from_static(checksum.algorithm.name())]
}

/// Each object has one version, the latest.
pub async fn versions(
    storage: &Storage,
    request: S3Request<ListObjectVersionsInput>,
) -> Result<S3Response<ListObjectVersionsOutput>, Fault> {
    let input = request.input;
    let list = list_request!(input, max_keys)?;
    let after = input.key_marker.as_deref().map(|it| list.after_marker(it));
    let page = list.page(storage, &storage.objects, after.as_ref())?;
    let versions = page.items.iter().map(|(key, object)| ObjectVersion {
        checksum_algorithm: object.checksum.as_ref().map(checksum_algorithms),
        checksum_type: object.checksum.as_ref().map(Checksum::checksum_type),
        e_tag: Some(object.etag()),
        is_latest: Some(true),
        key: Some(list.encode(key)),
        last_modified: Some(object.modified.into()),
        owner: Some(owner()),
        size: to_i64(object.size),
        storage_class: Some(ObjectVersionStorageClass::from(
            object.metadata.storage_class().to_owned(),
        )),
        version_id: Some("null".to_owned()),
        ..ObjectVersion::default()
    });
    list_response!(ListObjectVersionsOutput, list, page, {
        key_marker: Some(list.encode(input.key_marker.unwrap_or_default())),
        max_keys: Some(list.max),
        name: Some(list.bucket.clone()),
        next_key_marker: list.encode_marker(page.next.as_ref()),
        next_version_id_marker: page.next.as_ref().map(|_| "null".to_owned()),
        version_id_marker: Some(input.version_id_marker.unwrap_or_default()),
        versions: Some(versions.collect()),
    })
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
