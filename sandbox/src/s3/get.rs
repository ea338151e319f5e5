//! Reading objects.

use std::io::SeekFrom;

use bytes::Bytes;
use futures_util::stream::try_unfold;
use http::StatusCode;
use http_body_util::StreamBody;
use hyper::body::Frame;
use s3s::dto::{
    Checksum, ChecksumMode, GetObjectAttributesInput, GetObjectAttributesOutput,
    GetObjectAttributesParts, GetObjectInput, GetObjectOutput, HeadObjectInput, HeadObjectOutput,
    ObjectAttributes, ObjectPart, StorageClass, StreamingBlob,
};
use s3s::{Body, S3Request, S3Response};
use tokio::fs::File;
use tokio::io::{AsyncReadExt, AsyncSeekExt};

use super::checksum::put_checksum;
use super::conditions::{Conditions, Verdict};
use super::record::{Object, Piece};
use super::refusal::{invalid_argument, precondition_failed};
use super::span::Span;
use super::state::State;
use crate::fault::Fault;
use crate::store::Pin;
use crate::wire::BoxError;

const PIECE: usize = 1 << 18;
const MOST_PARTS: usize = 1000;

pub async fn get(
    state: &State,
    request: S3Request<GetObjectInput>,
) -> Result<S3Response<GetObjectOutput>, Fault> {
    let input = request.input;
    only_version(input.version_id.as_deref())?;
    let (object, pin) = state.pinned(&input.bucket, &input.key)?;
    let conditions = Conditions {
        matches: input.if_match,
        matches_not: input.if_none_match,
        modified_since: input.if_modified_since,
        not_modified_since: input.if_unmodified_since,
    };
    wanted(&conditions, &object)?;
    let span = Span::asked(input.range, input.part_number, &object.parts, object.size)?;
    let mut output = GetObjectOutput {
        body: Some(contents(pin, span).await?),
        content_length: signed(span.length),
        content_range: span.content_range(),
        e_tag: Some(object.tag()),
        last_modified: Some(object.modified.into()),
        metadata: object.description.metadata(),
        parts_count: parts_count(input.part_number, &object.parts),
        tag_count: tag_count(&object),
        ..GetObjectOutput::default()
    };
    if let Some(checksum) = checksum_of(&object, span, input.checksum_mode.as_ref()) {
        put_checksum!(output, checksum);
        output.checksum_type = Some(checksum.kind());
    }
    let headers = object.description.answered(&request.uri);
    Ok(S3Response::with_headers(output, headers))
}

pub async fn head(
    state: &State,
    request: S3Request<HeadObjectInput>,
) -> Result<S3Response<HeadObjectOutput>, Fault> {
    let input = request.input;
    only_version(input.version_id.as_deref())?;
    let object = state.object(&input.bucket, &input.key)?;
    let conditions = Conditions {
        matches: input.if_match,
        matches_not: input.if_none_match,
        modified_since: input.if_modified_since,
        not_modified_since: input.if_unmodified_since,
    };
    wanted(&conditions, &object)?;
    let span = Span::asked(input.range, input.part_number, &object.parts, object.size)?;
    let mut output = HeadObjectOutput {
        content_length: signed(span.length),
        content_range: span.content_range(),
        e_tag: Some(object.tag()),
        last_modified: Some(object.modified.into()),
        metadata: object.description.metadata(),
        parts_count: parts_count(input.part_number, &object.parts),
        ..HeadObjectOutput::default()
    };
    if let Some(checksum) = checksum_of(&object, span, input.checksum_mode.as_ref()) {
        put_checksum!(output, checksum);
        output.checksum_type = Some(checksum.kind());
    }
    let headers = object.description.answered(&request.uri);
    Ok(S3Response::with_headers(output, headers))
}

pub async fn attributes(
    state: &State,
    request: S3Request<GetObjectAttributesInput>,
) -> Result<S3Response<GetObjectAttributesOutput>, Fault> {
    let input = request.input;
    only_version(input.version_id.as_deref())?;
    let object = state.object(&input.bucket, &input.key)?;
    let asked = |name: &str| {
        let mut names = input
            .object_attributes
            .iter()
            .flat_map(|names| names.as_str().split(','));
        names.any(|asked| asked.trim() == name)
    };
    let class = object.description.storage_class();
    let checksum = object.checksum.as_ref().map(|checksum| {
        let mut answered = Checksum {
            checksum_type: Some(checksum.kind()),
            ..Checksum::default()
        };
        put_checksum!(answered, checksum);
        answered
    });
    let most = input.max_parts.and_then(|most| usize::try_from(most).ok());
    let parts = pieces(
        &object.parts,
        input.part_number_marker.unwrap_or(0),
        most.unwrap_or(MOST_PARTS).min(MOST_PARTS),
    );
    Ok(S3Response::new(GetObjectAttributesOutput {
        checksum: checksum.filter(|_| asked(ObjectAttributes::CHECKSUM)),
        e_tag: Some(object.tag()).filter(|_| asked(ObjectAttributes::ETAG)),
        last_modified: Some(object.modified.into()),
        object_parts: parts.filter(|_| asked(ObjectAttributes::OBJECT_PARTS)),
        object_size: signed(object.size).filter(|_| asked(ObjectAttributes::OBJECT_SIZE)),
        storage_class: Some(StorageClass::from(class.to_owned()))
            .filter(|_| asked(ObjectAttributes::STORAGE_CLASS)),
        ..GetObjectAttributesOutput::default()
    }))
}

fn pieces(parts: &[Piece], marker: i32, most: usize) -> Option<GetObjectAttributesParts> {
    let total = i32::try_from(parts.len()).ok().filter(|total| *total > 0)?;
    let later = parts.iter().filter(|part| part.number > marker);
    let page: Vec<ObjectPart> = later
        .clone()
        .take(most)
        .map(|part| {
            let mut answered = ObjectPart {
                part_number: Some(part.number),
                size: signed(part.size),
                ..ObjectPart::default()
            };
            if let Some(checksum) = &part.checksum {
                put_checksum!(answered, checksum);
            }
            answered
        })
        .collect();
    Some(GetObjectAttributesParts {
        is_truncated: Some(later.count() > page.len()),
        max_parts: i32::try_from(most).ok(),
        next_part_number_marker: page.last().and_then(|part| part.part_number),
        part_number_marker: Some(marker),
        parts: Some(page),
        total_parts_count: Some(total),
    })
}

/// Nothing has versions here but the one that S3 calls null.
pub fn only_version(id: Option<&str>) -> Result<(), Fault> {
    match id {
        None | Some("null" | "") => Ok(()),
        Some(id) => Err(Fault::not_found(
            "NoSuchVersion",
            format!(
                "there is no version {id}; the sandbox keeps only the latest version, named null"
            ),
        )),
    }
}

fn wanted(conditions: &Conditions, object: &Object) -> Result<(), Fault> {
    match conditions.judge(object) {
        Verdict::Holds => Ok(()),
        Verdict::NotModified => Err(Fault::new(
            StatusCode::NOT_MODIFIED,
            "NotModified",
            "Not Modified",
        )),
        Verdict::Fails => Err(precondition_failed()),
    }
}

/// Of the whole object, so for a part of it there is none.
fn checksum_of<'a>(
    object: &'a Object,
    span: Span,
    mode: Option<&ChecksumMode>,
) -> Option<&'a super::checksum::Checksum> {
    let asked = mode.is_some_and(|mode| mode.as_str() == ChecksumMode::ENABLED);
    let whole = span.length == span.full;
    object.checksum.as_ref().filter(|_| asked && whole)
}

fn parts_count(asked: Option<i32>, parts: &[Piece]) -> Option<i32> {
    asked?;
    i32::try_from(parts.len()).ok().filter(|count| *count > 0)
}

fn tag_count(object: &Object) -> Option<i32> {
    let count = i32::try_from(object.description.tags.len()).ok()?;
    (count > 0).then_some(count)
}

pub fn signed(length: u64) -> Option<i64> {
    i64::try_from(length).ok()
}

/// The bytes of the file, read as they are sent. It stays as long as somebody reads it.
async fn contents(pin: Pin, span: Span) -> Result<StreamingBlob, Fault> {
    let path = pin.path();
    let unreadable =
        |error: std::io::Error| Fault::internal(format!("{}: {error}", path.display()));
    let mut file = File::open(&path).await.map_err(unreadable)?;
    let start = SeekFrom::Start(span.first);
    file.seek(start).await.map_err(unreadable)?;
    let length = usize::try_from(span.length).map_err(|_| invalid_argument("it is too long"))?;
    if length <= PIECE {
        let mut bytes = vec![0; length];
        file.read_exact(&mut bytes).await.map_err(unreadable)?;
        return Ok(StreamingBlob::from(Body::from(bytes)));
    }
    let stream = try_unfold((file, pin, length), |(mut file, pin, left)| async move {
        if left == 0 {
            return Ok(None);
        }
        let mut piece = vec![0; left.min(PIECE)];
        let read = file.read(&mut piece).await?;
        if read == 0 {
            let error = std::io::Error::from(std::io::ErrorKind::UnexpectedEof);
            return Err(BoxError::from(error));
        }
        piece.truncate(read);
        let frame = Frame::data(Bytes::from(piece));
        Ok(Some((frame, (file, pin, left - read))))
    });
    Ok(StreamingBlob::from(Body::http_body_unsync(
        StreamBody::new(stream),
    )))
}
