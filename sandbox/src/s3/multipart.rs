//! Uploads in parts: begun, filled, looked at, aborted. [`super::assemble`] completes them.

use s3s::dto::{
    AbortMultipartUploadInput, AbortMultipartUploadOutput, ChecksumAlgorithm, CopyPartResult,
    CreateMultipartUploadInput, CreateMultipartUploadOutput, ListPartsInput, ListPartsOutput, Part,
    Range, StorageClass, UploadPartCopyInput, UploadPartCopyOutput, UploadPartInput,
    UploadPartOutput,
};
use s3s::{S3Request, S3Response};
use tokio::task::spawn_blocking;
use uuid::Uuid;

use super::bucket::owner;
use super::checksum::{Algorithm, Plan, named_checksums, put_checksum};
use super::conditions::Conditions;
use super::get::signed;
use super::intake::{Intake, Promise, Taken};
use super::put::{for_each_piece, source, wanted};
use super::record::{self, Description, Moment, Upload};
use super::refusal::{invalid_argument, invalid_request};
use super::span::Span;
use super::state::{State, upload_path};
use crate::fault::Fault;

/// Source: Amazon S3's quotas.
const LAST_PART: i32 = 10_000;
const MOST_PARTS: i32 = 1000;

pub async fn create(
    state: &State,
    request: S3Request<CreateMultipartUploadInput>,
) -> Result<S3Response<CreateMultipartUploadOutput>, Fault> {
    let input = request.input;
    let algorithm = input.checksum_algorithm.as_ref().map(|it| it.as_str());
    let kind = input.checksum_type.as_ref().map(|it| it.as_str());
    let upload = Upload {
        id: Uuid::new_v4().simple().to_string(),
        key: input.key.clone(),
        begun: Moment::now(),
        description: Description::new(&request.headers, input.metadata)?,
        plan: Plan::new(algorithm, kind)?,
    };
    state.begin_upload(&input.bucket, &upload)?;
    let plan = Some(upload.plan).filter(|plan| plan.chosen);
    Ok(S3Response::new(CreateMultipartUploadOutput {
        bucket: Some(input.bucket),
        checksum_algorithm: plan.map(|plan| ChecksumAlgorithm::from_static(plan.algorithm.name())),
        checksum_type: plan.map(Plan::kind),
        key: Some(input.key),
        upload_id: Some(upload.id),
        ..CreateMultipartUploadOutput::default()
    }))
}

pub async fn upload_part(
    state: &State,
    mut request: S3Request<UploadPartInput>,
) -> Result<S3Response<UploadPartOutput>, Fault> {
    let trailing = request.trailing_headers.take();
    let (headers, input) = (request.headers, request.input);
    numbered(input.part_number)?;
    let upload = state.upload(&input.bucket, &input.key, &input.upload_id)?;
    let promise = Promise::new(
        &headers,
        trailing,
        named_checksums!(input),
        input.content_length,
    )?;
    let planned = upload.plan.algorithm;
    let given = promise.algorithm().unwrap_or(planned);
    if upload.plan.chosen && given != planned {
        let name = |algorithm: Algorithm| algorithm.name().to_ascii_lowercase();
        return Err(invalid_request(format!(
            "Checksum Type mismatch occurred, expected checksum Type: {}, actual checksum Type: {}",
            name(planned),
            name(given)
        )));
    }
    let intake = Intake::new(&state.blobs, &[planned, given])?;
    let taken = intake.take(input.body, &promise).await?;
    let part = part(input.part_number, &taken, planned);
    state.put_part(&input.bucket, &input.key, &input.upload_id, &part)?;
    let mut output = UploadPartOutput {
        e_tag: Some(part.tag()),
        ..UploadPartOutput::default()
    };
    if let Some(checksum) = taken.checksum(given) {
        put_checksum!(output, checksum);
    }
    Ok(S3Response::new(output))
}

pub async fn copy_part(
    state: &State,
    request: S3Request<UploadPartCopyInput>,
) -> Result<S3Response<UploadPartCopyOutput>, Fault> {
    let input = request.input;
    numbered(input.part_number)?;
    let upload = state.upload(&input.bucket, &input.key, &input.upload_id)?;
    let (bucket, key) = source(&input.copy_source)?;
    let (from, pin) = state.pinned(bucket, key)?;
    let conditions = Conditions {
        matches: input.copy_source_if_match,
        matches_not: input.copy_source_if_none_match,
        modified_since: input.copy_source_if_modified_since,
        not_modified_since: input.copy_source_if_unmodified_since,
    };
    wanted(&conditions, &from)?;
    let span = match input.copy_source_range.as_deref() {
        None => Span::whole(from.size),
        Some(range) => {
            let parsed = Range::parse(range).map_err(|_| {
                invalid_argument(format!(
                    "x-amz-copy-source-range must have the form bytes=0-9, not {range:?}"
                ))
            })?;
            Span::of_range(parsed, from.size)?
        }
    };
    let algorithm = upload.plan.algorithm;
    let (blobs, path) = (state.blobs.clone(), pin.path());
    let read = spawn_blocking(move || {
        let mut intake = Intake::new(&blobs, &[algorithm])?;
        for_each_piece(&path, span, |piece| intake.write(piece))?;
        intake.finish(&Promise::default())
    });
    let taken = read
        .await
        .map_err(|error| Fault::internal(error.to_string()))??;
    let part = part(input.part_number, &taken, algorithm);
    state.put_part(&input.bucket, &input.key, &input.upload_id, &part)?;
    let mut result = CopyPartResult {
        e_tag: Some(part.tag()),
        last_modified: Some(part.modified.into()),
        ..CopyPartResult::default()
    };
    if let Some(checksum) = &part.checksum {
        put_checksum!(result, checksum);
    }
    Ok(S3Response::new(UploadPartCopyOutput {
        copy_part_result: Some(result),
        ..UploadPartCopyOutput::default()
    }))
}

pub async fn abort(
    state: &State,
    request: S3Request<AbortMultipartUploadInput>,
) -> Result<S3Response<AbortMultipartUploadOutput>, Fault> {
    let input = request.input;
    state.remove_upload(&input.bucket, &input.key, &input.upload_id)?;
    Ok(S3Response::new(AbortMultipartUploadOutput::default()))
}

pub async fn list_parts(
    state: &State,
    request: S3Request<ListPartsInput>,
) -> Result<S3Response<ListPartsOutput>, Fault> {
    let input = request.input;
    let upload = state.upload(&input.bucket, &input.key, &input.upload_id)?;
    let most = input.max_parts.unwrap_or(MOST_PARTS).clamp(0, MOST_PARTS);
    let marker = input.part_number_marker.unwrap_or(0);
    let mut parts = state.parts(&upload.id)?;
    parts.retain(|part| part.number > marker);
    let most_parts = usize::try_from(most).unwrap_or(0);
    let truncated = parts.len() > most_parts;
    parts.truncate(most_parts);
    let plan = Some(upload.plan).filter(|plan| plan.chosen);
    let class = upload.description.storage_class().to_owned();
    Ok(S3Response::new(ListPartsOutput {
        bucket: Some(input.bucket),
        checksum_algorithm: plan.map(|plan| ChecksumAlgorithm::from_static(plan.algorithm.name())),
        checksum_type: plan.map(Plan::kind),
        is_truncated: Some(truncated),
        key: Some(input.key),
        max_parts: Some(most),
        next_part_number_marker: parts.last().map(|part| part.number),
        owner: Some(owner()),
        part_number_marker: Some(marker),
        parts: Some(parts.iter().map(listed).collect()),
        storage_class: Some(StorageClass::from(class)),
        upload_id: Some(input.upload_id),
        ..ListPartsOutput::default()
    }))
}

fn listed(part: &record::Part) -> Part {
    let mut listed = Part {
        e_tag: Some(part.tag()),
        last_modified: Some(part.modified.into()),
        part_number: Some(part.number),
        size: signed(part.size),
        ..Part::default()
    };
    if let Some(checksum) = &part.checksum {
        put_checksum!(listed, checksum);
    }
    listed
}

fn part(number: i32, taken: &Taken, algorithm: Algorithm) -> record::Part {
    record::Part {
        number,
        digest: taken.pin.digest().to_owned(),
        size: taken.size,
        etag: taken.etag(),
        modified: Moment::now(),
        checksum: taken.checksum(algorithm),
    }
}

fn numbered(number: i32) -> Result<(), Fault> {
    if (1..=LAST_PART).contains(&number) {
        Ok(())
    } else {
        Err(invalid_argument(format!(
            "Part number must be an integer between 1 and {LAST_PART}, inclusive"
        )))
    }
}

impl State {
    fn begin_upload(&self, bucket: &str, upload: &Upload) -> Result<(), Fault> {
        self.store.write(|transaction| {
            if self.buckets.get_in(transaction, bucket)?.is_none() {
                return Err(super::refusal::no_such_bucket(bucket));
            }
            let path = upload_path(bucket, &upload.key, &upload.id);
            Ok(self.uploads.put_in(transaction, &path, upload)?)
        })
    }
}
