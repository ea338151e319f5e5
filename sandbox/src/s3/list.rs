//! The listings of S3's operations.

use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use s3s::dto::{
    self, CommonPrefix, EncodingType, ListMultipartUploadsInput, ListMultipartUploadsOutput,
    ListObjectVersionsInput, ListObjectVersionsOutput, ListObjectsInput, ListObjectsOutput,
    ListObjectsV2Input, ListObjectsV2Output, MultipartUpload, ObjectStorageClass, ObjectVersion,
    ObjectVersionStorageClass, StorageClass,
};
use s3s::{S3Request, S3Response};

use super::bucket::owner;
use super::get::signed;
use super::listing::{Page, Query, successor, url_encoded};
use super::record::{Object, Upload};
use super::refusal::invalid_argument;
use super::state::{State, bounds, inside, path};
use crate::fault::Fault;

const MOST: i32 = 1000;

/// How keys are written.
#[derive(Clone, Copy)]
struct Writing {
    url: bool,
}

impl Writing {
    fn new(asked: Option<&EncodingType>) -> Result<Self, Fault> {
        match asked.map(EncodingType::as_str) {
            None | Some("") => Ok(Self { url: false }),
            Some(EncodingType::URL) => Ok(Self { url: true }),
            Some(_) => Err(invalid_argument(
                "Invalid Encoding Method specified in Request",
            )),
        }
    }

    fn key(self, text: impl AsRef<str>) -> String {
        if self.url {
            url_encoded(text.as_ref())
        } else {
            text.as_ref().to_owned()
        }
    }

    fn keys(self, text: Option<&String>) -> Option<String> {
        text.map(|text| self.key(text))
    }

    fn prefixes(self, prefixes: &[String]) -> Option<Vec<CommonPrefix>> {
        let written = prefixes.iter().map(|prefix| CommonPrefix {
            prefix: Some(self.key(prefix)),
        });
        (!prefixes.is_empty()).then(|| written.collect())
    }

    fn answered(self) -> Option<EncodingType> {
        let url = EncodingType::from_static(EncodingType::URL);
        self.url.then_some(url)
    }
}

/// How many a request wants on a page, within what S3 gives.
fn most(asked: Option<i32>) -> Result<i32, Fault> {
    match asked.unwrap_or(MOST) {
        most if most < 0 => Err(invalid_argument(
            "max-keys must be between 0 and 2147483647",
        )),
        most => Ok(most.min(MOST)),
    }
}

fn count(number: i32) -> usize {
    usize::try_from(number).unwrap_or(0)
}

/// A page of the objects in a bucket.
fn page(state: &State, bucket: &str, query: Query) -> Result<Page<Object>, Fault> {
    state.bucket(bucket)?;
    let end = match successor(query.prefix) {
        Some(end) => path(bucket, &end),
        None => inside(bucket).1,
    };
    let before = bucket.len() + 1;
    query.page(|from, most| {
        let from = path(bucket, from);
        let found = state.objects.range(&from..&end, most)?;
        let in_bucket = |(path, object): (String, Object)| (path[before..].to_owned(), object);
        Ok(found.into_iter().map(in_bucket).collect())
    })
}

pub async fn objects_v2(
    state: &State,
    request: S3Request<ListObjectsV2Input>,
) -> Result<S3Response<ListObjectsV2Output>, Fault> {
    let input = request.input;
    let writing = Writing::new(input.encoding_type.as_ref())?;
    let max_keys = most(input.max_keys)?;
    let continued = input.continuation_token.as_deref().map(continuation);
    let after = continued.transpose()?.or(input.start_after.clone());
    let prefix = input.prefix.unwrap_or_default();
    let query = Query {
        prefix: &prefix,
        delimiter: input.delimiter.as_deref(),
        after: after.as_deref(),
        most: count(max_keys),
    };
    let page = page(state, &input.bucket, query)?;
    let owned = input.fetch_owner.unwrap_or(false);
    let contents = page.things.iter().map(|(key, object)| {
        let mut listed = listed(writing, key, object);
        listed.owner = owned.then(owner);
        listed
    });
    let key_count = page.things.len() + page.prefixes.len();
    Ok(S3Response::new(ListObjectsV2Output {
        common_prefixes: writing.prefixes(&page.prefixes),
        contents: Some(contents.collect()),
        continuation_token: input.continuation_token,
        delimiter: writing.keys(input.delimiter.as_ref()),
        encoding_type: writing.answered(),
        is_truncated: Some(page.next.is_some()),
        key_count: i32::try_from(key_count).ok(),
        max_keys: Some(max_keys),
        name: Some(input.bucket),
        next_continuation_token: page.next.map(|next| BASE64_URL_SAFE_NO_PAD.encode(next)),
        prefix: Some(writing.key(&prefix)),
        start_after: writing.keys(input.start_after.as_ref()),
        ..ListObjectsV2Output::default()
    }))
}

/// What the page before ended with.
fn continuation(token: &str) -> Result<String, Fault> {
    BASE64_URL_SAFE_NO_PAD
        .decode(token)
        .ok()
        .and_then(|bytes| String::from_utf8(bytes).ok())
        .ok_or_else(|| invalid_argument("The continuation token provided is incorrect"))
}

pub async fn objects(
    state: &State,
    request: S3Request<ListObjectsInput>,
) -> Result<S3Response<ListObjectsOutput>, Fault> {
    let input = request.input;
    let writing = Writing::new(input.encoding_type.as_ref())?;
    let max_keys = most(input.max_keys)?;
    let prefix = input.prefix.unwrap_or_default();
    let query = Query {
        prefix: &prefix,
        delimiter: input.delimiter.as_deref(),
        after: input.marker.as_deref(),
        most: count(max_keys),
    };
    let page = page(state, &input.bucket, query)?;
    let contents = page.things.iter().map(|(key, object)| {
        let mut listed = listed(writing, key, object);
        listed.owner = Some(owner());
        listed
    });
    // Without a delimiter, clients go on from the last key.
    let next_marker = page.next.as_ref().filter(|_| input.delimiter.is_some());
    Ok(S3Response::new(ListObjectsOutput {
        common_prefixes: writing.prefixes(&page.prefixes),
        contents: Some(contents.collect()),
        delimiter: writing.keys(input.delimiter.as_ref()),
        encoding_type: writing.answered(),
        is_truncated: Some(page.next.is_some()),
        marker: Some(writing.key(input.marker.unwrap_or_default())),
        max_keys: Some(max_keys),
        name: Some(input.bucket),
        next_marker: writing.keys(next_marker),
        prefix: Some(writing.key(&prefix)),
        ..ListObjectsOutput::default()
    }))
}

/// The last version of each object, which is the only one.
pub async fn versions(
    state: &State,
    request: S3Request<ListObjectVersionsInput>,
) -> Result<S3Response<ListObjectVersionsOutput>, Fault> {
    let input = request.input;
    let writing = Writing::new(input.encoding_type.as_ref())?;
    let max_keys = most(input.max_keys)?;
    let prefix = input.prefix.unwrap_or_default();
    let query = Query {
        prefix: &prefix,
        delimiter: input.delimiter.as_deref(),
        after: input.key_marker.as_deref(),
        most: count(max_keys),
    };
    let page = page(state, &input.bucket, query)?;
    let versions = page.things.iter().map(|(key, object)| ObjectVersion {
        e_tag: Some(object.tag()),
        is_latest: Some(true),
        key: Some(writing.key(key)),
        last_modified: Some(object.modified.into()),
        owner: Some(owner()),
        size: signed(object.size),
        storage_class: Some(ObjectVersionStorageClass::from(
            object.description.storage_class().to_owned(),
        )),
        version_id: Some("null".to_owned()),
        ..ObjectVersion::default()
    });
    let version_marker = page.next.as_ref().map(|_| "null".to_owned());
    Ok(S3Response::new(ListObjectVersionsOutput {
        common_prefixes: writing.prefixes(&page.prefixes),
        delimiter: writing.keys(input.delimiter.as_ref()),
        encoding_type: writing.answered(),
        is_truncated: Some(page.next.is_some()),
        key_marker: Some(writing.key(input.key_marker.unwrap_or_default())),
        max_keys: Some(max_keys),
        name: Some(input.bucket),
        next_key_marker: writing.keys(page.next.as_ref()),
        next_version_id_marker: version_marker,
        prefix: Some(writing.key(&prefix)),
        version_id_marker: input.version_id_marker,
        versions: Some(versions.collect()),
        ..ListObjectVersionsOutput::default()
    }))
}

fn listed(writing: Writing, key: &str, object: &Object) -> dto::Object {
    let checksum = object.checksum.as_ref();
    dto::Object {
        checksum_algorithm: checksum
            .map(|it| vec![dto::ChecksumAlgorithm::from_static(it.algorithm.name())]),
        checksum_type: checksum.map(|it| it.kind()),
        e_tag: Some(object.tag()),
        key: Some(writing.key(key)),
        last_modified: Some(object.modified.into()),
        size: signed(object.size),
        storage_class: Some(ObjectStorageClass::from(
            object.description.storage_class().to_owned(),
        )),
        ..dto::Object::default()
    }
}

/// Of all uploads that were begun and neither completed nor aborted.
pub async fn uploads(
    state: &State,
    request: S3Request<ListMultipartUploadsInput>,
) -> Result<S3Response<ListMultipartUploadsOutput>, Fault> {
    let input = request.input;
    state.bucket(&input.bucket)?;
    let writing = Writing::new(input.encoding_type.as_ref())?;
    let most = most(input.max_uploads)?;
    let prefix = input.prefix.unwrap_or_default();
    let query = Query {
        prefix: &prefix,
        delimiter: input.delimiter.as_deref(),
        after: input.key_marker.as_deref(),
        most: count(most),
    };
    let inside = inside(&input.bucket);
    let under_way = state.uploads.range(bounds(&inside), usize::MAX)?;
    let under_way = under_way.into_iter().map(|(_, upload)| upload);
    let page = uploads_page(under_way, query, input.upload_id_marker.as_deref());
    let uploads = page.things.iter().map(|(key, upload)| MultipartUpload {
        initiated: Some(upload.begun.into()),
        key: Some(writing.key(key)),
        owner: Some(owner()),
        storage_class: Some(StorageClass::from(
            upload.description.storage_class().to_owned(),
        )),
        upload_id: Some(upload.id.clone()),
        ..MultipartUpload::default()
    });
    let last_id = match (page.things.last(), &page.next) {
        (Some((key, upload)), Some(next)) if key == next => Some(upload.id.clone()),
        _ => None,
    };
    Ok(S3Response::new(ListMultipartUploadsOutput {
        bucket: Some(input.bucket),
        common_prefixes: writing.prefixes(&page.prefixes),
        delimiter: writing.keys(input.delimiter.as_ref()),
        encoding_type: writing.answered(),
        is_truncated: Some(page.next.is_some()),
        key_marker: Some(writing.key(input.key_marker.unwrap_or_default())),
        max_uploads: Some(most),
        next_key_marker: writing.keys(page.next.as_ref()),
        next_upload_id_marker: last_id,
        prefix: Some(writing.key(&prefix)),
        upload_id_marker: input.upload_id_marker,
        uploads: Some(uploads.collect()),
        ..ListMultipartUploadsOutput::default()
    }))
}

/// A page of `uploads`, which are in the order of their keys and ids. One key can have several.
fn uploads_page(
    uploads: impl Iterator<Item = Upload>,
    query: Query,
    id_marker: Option<&str>,
) -> Page<Upload> {
    let mut page = Page {
        things: Vec::new(),
        prefixes: Vec::new(),
        next: None,
    };
    let mut last: Option<String> = None;
    for upload in uploads.filter(|upload| upload.key.starts_with(query.prefix)) {
        let rolled = query.rolled(&upload.key).map(str::to_owned);
        let before = query.after.is_some_and(|after| match id_marker {
            _ if rolled.as_deref() == Some(after) => true,
            Some(id) if upload.key == after => upload.id.as_str() <= id,
            _ => upload.key.as_str() <= after,
        });
        if before || (rolled.is_some() && rolled == last) {
            continue;
        }
        if page.things.len() + page.prefixes.len() == query.most {
            page.next = last;
            return page;
        }
        last = Some(rolled.as_ref().unwrap_or(&upload.key).clone());
        match rolled {
            Some(prefix) => page.prefixes.push(prefix),
            None => page.things.push((upload.key.clone(), upload)),
        }
    }
    page
}
