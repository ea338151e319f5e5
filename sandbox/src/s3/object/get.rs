//! Reading objects.

use std::io::SeekFrom;

use bytes::Bytes;
use futures_util::stream::try_unfold;
use http_body_util::StreamBody;
use hyper::body::Frame;
use s3s::dto::{
    self, ChecksumMode, GetObjectAttributesInput, GetObjectAttributesOutput,
    GetObjectAttributesParts, GetObjectInput, GetObjectOutput, HeadObjectInput, HeadObjectOutput,
    ObjectAttributes, StorageClass, StreamingBlob,
};
use s3s::{Body, S3Request, S3Response};
use tokio::fs::File;
use tokio::io::{AsyncReadExt, AsyncSeekExt};

use super::response::{object_headers, version_id_of};
use crate::fault::Fault;
use crate::s3::byte_range::ByteRange;
use crate::s3::checksum::{Checksum, set_checksum};
use crate::s3::errors::invalid_argument;
use crate::s3::preconditions::Preconditions;
use crate::s3::records::{Object, ObjectPart};
use crate::s3::storage::Storage;
use crate::store::Pin;
use crate::wire::BoxError;

/// How much of a file is read at once, in bytes.
const CHUNK: usize = 1 << 18;
/// Source: `MaxParts` in S3's documentation of GetObjectAttributes.
const MAX_PARTS: usize = 1000;

/// The members of a response to GetObject or HeadObject that describe the object.
macro_rules! describe {
    ($output:ident, $object:ident, $range:ident, $input:ident) => {{
        let mut output = $output {
            content_length: to_i64($range.length),
            content_range: $range.content_range(),
            e_tag: Some($object.etag()),
            last_modified: Some($object.modified.into()),
            metadata: $object.metadata.user(),
            parts_count: parts_count($input.part_number, &$object.parts),
            ..$output::default()
        };
        if let Some(checksum) = checksum_of(&$object, $range, $input.checksum_mode.as_ref()) {
            set_checksum!(output, checksum);
            output.checksum_type = Some(checksum.checksum_type());
        }
        output
    }};
}

pub async fn get(
    storage: &Storage,
    request: S3Request<GetObjectInput>,
) -> Result<S3Response<GetObjectOutput>, Fault> {
    let input = request.input;
    let (object, pin) =
        storage.object_with_contents(&input.bucket, &input.key, input.version_id.as_deref())?;
    object.metadata.check_readable()?;
    Preconditions::of_request(&request.headers)?.check_read(&object)?;
    let range = ByteRange::requested(input.range, input.part_number, &object.parts, object.size)?;
    let mut output = describe!(GetObjectOutput, object, range, input);
    output.body = Some(stream(pin, range).await?);
    output.tag_count = tag_count(&object);
    let mut headers = object.metadata.response_headers(&request.uri);
    headers.extend(object_headers(storage, &input.bucket, &input.key, &object)?);
    Ok(S3Response::with_headers(output, headers))
}

pub async fn head(
    storage: &Storage,
    request: S3Request<HeadObjectInput>,
) -> Result<S3Response<HeadObjectOutput>, Fault> {
    let input = request.input;
    // Nobody is told of an object that cannot be read.
    let (object, _) =
        storage.object_with_contents(&input.bucket, &input.key, input.version_id.as_deref())?;
    Preconditions::of_request(&request.headers)?.check_read(&object)?;
    let range = ByteRange::requested(input.range, input.part_number, &object.parts, object.size)?;
    let output = describe!(HeadObjectOutput, object, range, input);
    let mut headers = object.metadata.response_headers(&request.uri);
    headers.extend(object_headers(storage, &input.bucket, &input.key, &object)?);
    // The library's output of HeadObject has no member for it.
    if let Some(count) = tag_count(&object) {
        headers.insert("x-amz-tagging-count", count.into());
    }
    Ok(S3Response::with_headers(output, headers))
}

pub async fn attributes(
    storage: &Storage,
    request: S3Request<GetObjectAttributesInput>,
) -> Result<S3Response<GetObjectAttributesOutput>, Fault> {
    let input = request.input;
    let object = storage.object(&input.bucket, &input.key, input.version_id.as_deref())?;
    let requested = |attribute: &str| {
        let mut attributes = input
            .object_attributes
            .iter()
            .flat_map(|names| names.as_str().split(','));
        attributes.any(|name| name.trim() == attribute)
    };
    let storage_class = object.metadata.storage_class();
    let checksum = object.checksum.as_ref().map(|checksum| {
        let mut output = dto::Checksum {
            checksum_type: Some(checksum.checksum_type()),
            ..dto::Checksum::default()
        };
        set_checksum!(output, checksum);
        output
    });
    let max_parts = input.max_parts.and_then(|max| usize::try_from(max).ok());
    let parts = parts_page(
        &object.parts,
        input.part_number_marker.unwrap_or(0),
        max_parts.unwrap_or(MAX_PARTS).min(MAX_PARTS),
    );
    Ok(S3Response::new(GetObjectAttributesOutput {
        checksum: checksum.filter(|_| requested(ObjectAttributes::CHECKSUM)),
        e_tag: Some(object.etag()).filter(|_| requested(ObjectAttributes::ETAG)),
        last_modified: Some(object.modified.into()),
        object_parts: parts.filter(|_| requested(ObjectAttributes::OBJECT_PARTS)),
        object_size: to_i64(object.size).filter(|_| requested(ObjectAttributes::OBJECT_SIZE)),
        storage_class: Some(StorageClass::from(storage_class.to_owned()))
            .filter(|_| requested(ObjectAttributes::STORAGE_CLASS)),
        version_id: version_id_of(storage, &input.bucket, &object)?,
        ..GetObjectAttributesOutput::default()
    }))
}

/// Up to `max` parts with numbers after `marker`; `None` for an object that was not uploaded in
/// parts.
fn parts_page(parts: &[ObjectPart], marker: i32, max: usize) -> Option<GetObjectAttributesParts> {
    let total = i32::try_from(parts.len()).ok().filter(|total| *total > 0)?;
    let later = parts.iter().filter(|part| part.number > marker);
    let page: Vec<dto::ObjectPart> = later
        .clone()
        .take(max)
        .map(|part| {
            let mut output = dto::ObjectPart {
                part_number: Some(part.number),
                size: to_i64(part.size),
                ..dto::ObjectPart::default()
            };
            if let Some(checksum) = &part.checksum {
                set_checksum!(output, checksum);
            }
            output
        })
        .collect();
    Some(GetObjectAttributesParts {
        is_truncated: Some(later.count() > page.len()),
        max_parts: i32::try_from(max).ok(),
        next_part_number_marker: page.last().and_then(|part| part.part_number),
        part_number_marker: Some(marker),
        parts: Some(page),
        total_parts_count: Some(total),
    })
}

/// The object's checksum, if it is requested and the range is the whole object.
fn checksum_of<'a>(
    object: &'a Object,
    range: ByteRange,
    mode: Option<&ChecksumMode>,
) -> Option<&'a Checksum> {
    let requested = mode.is_some_and(|mode| mode.as_str() == ChecksumMode::ENABLED);
    let whole = range.length == range.size;
    object.checksum.as_ref().filter(|_| requested && whole)
}

/// Responses have it if the request has a part number.
fn parts_count(part_number: Option<i32>, parts: &[ObjectPart]) -> Option<i32> {
    part_number?;
    i32::try_from(parts.len()).ok().filter(|count| *count > 0)
}

fn tag_count(object: &Object) -> Option<i32> {
    let count = i32::try_from(object.metadata.tags.len()).ok()?;
    (count > 0).then_some(count)
}

pub fn to_i64(length: u64) -> Option<i64> {
    i64::try_from(length).ok()
}

/// The bytes of the file, read while they are sent. The pin keeps the file until then.
pub async fn stream(pin: Pin, range: ByteRange) -> Result<StreamingBlob, Fault> {
    let path = pin.path();
    let unreadable =
        |error: std::io::Error| Fault::internal(format!("{}: {error}", path.display()));
    let mut file = File::open(&path).await.map_err(unreadable)?;
    let start = SeekFrom::Start(range.start);
    file.seek(start).await.map_err(unreadable)?;
    let length = usize::try_from(range.length).map_err(|_| invalid_argument("it is too long"))?;
    if length <= CHUNK {
        let mut bytes = vec![0; length];
        file.read_exact(&mut bytes).await.map_err(unreadable)?;
        return Ok(StreamingBlob::from(Body::from(bytes)));
    }
    let stream = try_unfold((file, pin, length), |(mut file, pin, left)| async move {
        if left == 0 {
            return Ok(None);
        }
        let mut chunk = vec![0; left.min(CHUNK)];
        let read = file.read(&mut chunk).await?;
        if read == 0 {
            let error = std::io::Error::from(std::io::ErrorKind::UnexpectedEof);
            return Err(BoxError::from(error));
        }
        chunk.truncate(read);
        let frame = Frame::data(Bytes::from(chunk));
        Ok(Some((frame, (file, pin, left - read))))
    });
    Ok(StreamingBlob::from(Body::http_body_unsync(
        StreamBody::new(stream),
    )))
}
