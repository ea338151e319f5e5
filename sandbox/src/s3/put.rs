//! Writing and copying objects.

use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
use std::sync::Arc;

use http::{HeaderMap, HeaderName, header};
use s3s::dto::{
    CopyObjectInput, CopyObjectOutput, CopyObjectResult, CopySource, ETagCondition, PutObjectInput,
    PutObjectOutput,
};
use s3s::{S3Request, S3Response};
use tokio::task::spawn_blocking;

use super::checksum::{Algorithm, named_checksums, put_checksum};
use super::conditions::{Conditions, Verdict};
use super::description::directive;
use super::intake::{Intake, Promise, Taken};
use super::record::{Description, Moment, Object};
use super::refusal::{invalid_argument, invalid_request, not_implemented, precondition_failed};
use super::span::Span;
use super::state::{OnlyIf, State};
use crate::fault::Fault;
use crate::store::{Blobs, Pin};

const PIECE: usize = 1 << 18;

pub async fn put(
    state: &State,
    mut request: S3Request<PutObjectInput>,
) -> Result<S3Response<PutObjectOutput>, Fault> {
    let trailing = request.trailing_headers.take();
    let (headers, input) = (request.headers, request.input);
    let description = Description::new(&headers, input.metadata.clone())?;
    let promise = Promise::new(
        &headers,
        trailing,
        named_checksums!(input),
        input.content_length,
    )?;
    let only_if = OnlyIf {
        matches: input.if_match.as_ref(),
        matches_not: input.if_none_match.as_ref(),
    };
    // Before a large body is read for nothing; it counts when the object is put.
    state.bucket(&input.bucket)?;
    let algorithm = promise.algorithm().unwrap_or(Algorithm::DEFAULT);
    let intake = Intake::new(&state.blobs, &[algorithm])?;
    let taken = intake.take(input.body, &promise).await?;
    let object = whole(&taken, algorithm, description);
    state.put(&input.bucket, &input.key, &object, only_if)?;
    let mut output = PutObjectOutput {
        e_tag: Some(object.tag()),
        ..PutObjectOutput::default()
    };
    if let Some(checksum) = &object.checksum {
        put_checksum!(output, checksum);
        output.checksum_type = Some(checksum.kind());
    }
    Ok(S3Response::new(output))
}

pub async fn copy(
    state: &State,
    request: S3Request<CopyObjectInput>,
) -> Result<S3Response<CopyObjectOutput>, Fault> {
    let input = request.input;
    let (bucket, key) = source(&input.copy_source)?;
    let (from, pin) = state.pinned(bucket, key)?;
    let conditions = Conditions {
        matches: input.copy_source_if_match,
        matches_not: input.copy_source_if_none_match,
        modified_since: input.copy_source_if_modified_since,
        not_modified_since: input.copy_source_if_unmodified_since,
    };
    wanted(&conditions, &from)?;
    let metadata = input.metadata_directive.as_ref();
    let replaces = directive(metadata.map(|it| it.as_str()), "x-amz-metadata-directive")?;
    let tagging = input.tagging_directive.as_ref();
    let retags = directive(tagging.map(|it| it.as_str()), "x-amz-tagging-directive")?;
    let given = Description::new(&request.headers, input.metadata)?;
    if (bucket, key) == (&*input.bucket, &*input.key) && !replaces && given.headers.is_empty() {
        return Err(invalid_request(
            "This copy request is illegal because it is trying to copy an object to itself without \
             changing the object's metadata, storage class, website redirect location or encryption \
             attributes.",
        ));
    }
    let asked = input.checksum_algorithm.as_ref();
    let asked = asked.map(|it| Algorithm::named(it.as_str())).transpose()?;
    let mut object = copied(&state.blobs, &from, &pin, asked).await?;
    object.description = described(given, from.description, replaces, retags);
    // Which the library does not know of copies.
    let matches = condition(&request.headers, &header::IF_MATCH)?;
    let matches_not = condition(&request.headers, &header::IF_NONE_MATCH)?;
    let only_if = OnlyIf {
        matches: matches.as_ref(),
        matches_not: matches_not.as_ref(),
    };
    state.put(&input.bucket, &input.key, &object, only_if)?;
    let mut result = CopyObjectResult {
        e_tag: Some(object.tag()),
        last_modified: Some(object.modified.into()),
        ..CopyObjectResult::default()
    };
    if let Some(checksum) = &object.checksum {
        put_checksum!(result, checksum);
        result.checksum_type = Some(checksum.kind());
    }
    Ok(S3Response::new(CopyObjectOutput {
        copy_object_result: Some(result),
        ..CopyObjectOutput::default()
    }))
}

fn condition(headers: &HeaderMap, name: &HeaderName) -> Result<Option<ETagCondition>, Fault> {
    let value = headers.get(name);
    value
        .map(|value| ETagCondition::parse_http_header(value.as_bytes()))
        .transpose()
        .map_err(|_| invalid_argument(format!("{name} must be an entity tag or *")))
}

/// The object that contents make which came in one piece.
fn whole(taken: &Taken, algorithm: Algorithm, description: Description) -> Object {
    Object {
        digest: taken.pin.digest().to_owned(),
        size: taken.size,
        etag: taken.etag(),
        modified: Moment::now(),
        checksum: taken.checksum(algorithm),
        description,
        parts: Vec::new(),
        upload: None,
    }
}

/// A copy is in one piece. What is known of the original is read again only where that differs.
async fn copied(
    blobs: &Arc<Blobs>,
    from: &Object,
    pin: &Pin,
    asked: Option<Algorithm>,
) -> Result<Object, Fault> {
    let known = from.checksum.as_ref().map(|checksum| checksum.algorithm);
    let algorithm = asked.or(known).unwrap_or(Algorithm::DEFAULT);
    if from.upload.is_none() && known == Some(algorithm) {
        return Ok(Object {
            modified: Moment::now(),
            ..from.clone()
        });
    }
    let (blobs, path) = (blobs.clone(), pin.path());
    let span = Span::whole(from.size);
    let read = spawn_blocking(move || {
        let mut intake = Intake::new(&blobs, &[algorithm])?;
        for_each_piece(&path, span, |piece| intake.write(piece))?;
        intake.finish(&Promise::default())
    });
    let taken = read
        .await
        .map_err(|error| Fault::internal(error.to_string()))??;
    Ok(whole(&taken, algorithm, Description::default()))
}

fn described(given: Description, from: Description, replaces: bool, retags: bool) -> Description {
    let tags = if retags { given.tags } else { from.tags };
    if replaces {
        return Description { tags, ..given };
    }
    let mut headers = from.headers;
    // These two are the copy's own, whatever the directive says.
    for name in ["x-amz-storage-class", "x-amz-website-redirect-location"] {
        headers.remove(name);
        if let Some(value) = given.headers.get(name) {
            headers.insert(name.to_owned(), value.clone());
        }
    }
    Description {
        headers,
        metadata: from.metadata,
        tags,
    }
}

pub fn wanted(conditions: &Conditions, from: &Object) -> Result<(), Fault> {
    match conditions.judge(from) {
        Verdict::Holds => Ok(()),
        Verdict::NotModified | Verdict::Fails => Err(precondition_failed()),
    }
}

/// Bucket and key of what is to be copied.
pub fn source(source: &CopySource) -> Result<(&str, &str), Fault> {
    match source {
        CopySource::Bucket {
            bucket,
            key,
            version_id,
        } => {
            super::get::only_version(version_id.as_deref())?;
            Ok((bucket, key))
        }
        _ => Err(not_implemented(
            "the sandbox does not support access points; write the source as BUCKET/KEY",
        )),
    }
}

/// Reads a part of a file that is too large to be held.
pub fn for_each_piece(
    path: &std::path::Path,
    span: Span,
    mut work: impl FnMut(&[u8]) -> Result<(), Fault>,
) -> Result<(), Fault> {
    let unreadable =
        |error: std::io::Error| Fault::internal(format!("{}: {error}", path.display()));
    let mut file = File::open(path).map_err(unreadable)?;
    file.seek(SeekFrom::Start(span.first)).map_err(unreadable)?;
    let mut rest = file.take(span.length);
    let mut piece = vec![0; PIECE];
    loop {
        match rest.read(&mut piece).map_err(unreadable)? {
            0 => return Ok(()),
            read => work(&piece[..read])?,
        }
    }
}
