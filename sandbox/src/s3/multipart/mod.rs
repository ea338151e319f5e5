//! Multipart uploads: created, filled, listed, aborted. [`complete`] makes objects of them.

pub mod complete;

use s3s::dto::{
    AbortMultipartUploadInput, AbortMultipartUploadOutput, ChecksumAlgorithm, CopyPartResult,
    CreateMultipartUploadInput, CreateMultipartUploadOutput, ListPartsInput, ListPartsOutput, Part,
    StorageClass, UploadPartCopyInput, UploadPartCopyOutput, UploadPartInput, UploadPartOutput,
};
use s3s::{S3Request, S3Response};
use uuid::Uuid;

use crate::fault::Fault;
use crate::s3::bucket::configuration::default_encryption;
use crate::s3::bucket::owner;
use crate::s3::byte_range::ByteRange;
use crate::s3::checksum::{Algorithm, ChecksumPlan, checksums_in, set_checksum};
use crate::s3::errors::{invalid_argument, invalid_request};
use crate::s3::object::copy::source;
use crate::s3::object::get::to_i64;
use crate::s3::object::response::{encryption_headers, version_id_of};
use crate::s3::preconditions::Preconditions;
use crate::s3::records::{self, MultipartUpload, ObjectMetadata, UnixTime};
use crate::s3::storage::Storage;
use crate::s3::upload::{ExpectedContents, Upload, Uploaded};

/// Source: S3's quotas for multipart uploads, and its documentation of ListParts.
const MAX_PART_NUMBER: i32 = 10_000;
const MAX_PARTS: i32 = 1000;

pub async fn create(
    storage: &Storage,
    request: S3Request<CreateMultipartUploadInput>,
) -> Result<S3Response<CreateMultipartUploadOutput>, Fault> {
    let input = request.input;
    let algorithm = input.checksum_algorithm.as_ref().map(|it| it.as_str());
    let checksum_type = input.checksum_type.as_ref().map(|it| it.as_str());
    let mut metadata = ObjectMetadata::from_headers(&request.headers, input.metadata)?;
    metadata.encrypt(&default_encryption(&storage.bucket(&input.bucket)?)?);
    let upload = MultipartUpload {
        id: Uuid::new_v4().simple().to_string(),
        key: input.key.clone(),
        initiated: UnixTime::now(),
        metadata,
        checksum: ChecksumPlan::new(algorithm, checksum_type)?,
        object_deleted: false,
    };
    storage.create_upload(&input.bucket, &upload)?;
    let checksum = upload.chosen_checksum();
    let headers = encryption_headers(&upload.metadata);
    let output = CreateMultipartUploadOutput {
        bucket: Some(input.bucket),
        checksum_algorithm: checksum.map(checksum_algorithm),
        checksum_type: checksum.map(ChecksumPlan::checksum_type),
        key: Some(input.key),
        upload_id: Some(upload.id),
        ..CreateMultipartUploadOutput::default()
    };
    Ok(S3Response::with_headers(output, headers))
}

impl MultipartUpload {
    /// The checksum, if the client chose it. Responses have no other.
    fn chosen_checksum(&self) -> Option<ChecksumPlan> {
        Some(self.checksum).filter(|checksum| checksum.chosen)
    }
}

fn checksum_algorithm(plan: ChecksumPlan) -> ChecksumAlgorithm {
    ChecksumAlgorithm::from_static(plan.algorithm.name())
}

pub async fn upload_part(
    storage: &Storage,
    mut request: S3Request<UploadPartInput>,
) -> Result<S3Response<UploadPartOutput>, Fault> {
    let trailing = request.trailing_headers.take();
    let (headers, input) = (request.headers, request.input);
    check_part_number(input.part_number)?;
    let upload = storage.upload(&input.bucket, &input.key, &input.upload_id)?;
    let expected = ExpectedContents::new(
        &headers,
        trailing,
        checksums_in!(input),
        input.content_length,
    )?;
    let planned = upload.checksum.algorithm;
    let given = expected.algorithm().unwrap_or(planned);
    if upload.checksum.chosen && given != planned {
        let name = |algorithm: Algorithm| algorithm.name().to_ascii_lowercase();
        return Err(invalid_request(format!(
            "Checksum Type mismatch occurred, expected checksum Type: {}, actual checksum Type: {}",
            name(planned),
            name(given)
        )));
    }
    let contents = Upload::new(&storage.blobs, &[planned, given])?;
    let uploaded = contents.receive(input.body, &expected).await?;
    let part = part(input.part_number, &uploaded, planned);
    storage.put_part(&input.bucket, &input.key, &input.upload_id, &part)?;
    let mut output = UploadPartOutput {
        e_tag: Some(part.etag()),
        ..UploadPartOutput::default()
    };
    if let Some(checksum) = uploaded.checksum(given) {
        set_checksum!(output, checksum);
    }
    let headers = encryption_headers(&upload.metadata);
    Ok(S3Response::with_headers(output, headers))
}

pub async fn copy_part(
    storage: &Storage,
    request: S3Request<UploadPartCopyInput>,
) -> Result<S3Response<UploadPartCopyOutput>, Fault> {
    let input = request.input;
    check_part_number(input.part_number)?;
    let upload = storage.upload(&input.bucket, &input.key, &input.upload_id)?;
    let (bucket, key, version_id) = source(&input.copy_source)?;
    let (original, pin) = storage.object_with_contents(bucket, key, version_id)?;
    original.metadata.check_copyable()?;
    Preconditions::of_copy_source(&request.headers)?.check_copy_source(&original)?;
    let range = match input.copy_source_range.as_deref() {
        None => ByteRange::whole(original.size),
        Some(range) => ByteRange::of_copy(range, original.size)?,
    };
    let algorithm = upload.checksum.algorithm;
    let contents = Upload::new(&storage.blobs, &[algorithm])?;
    let uploaded = contents.copy_files(vec![(pin.path(), range)]).await?;
    let part = part(input.part_number, &uploaded, algorithm);
    storage.put_part(&input.bucket, &input.key, &input.upload_id, &part)?;
    let mut result = CopyPartResult {
        e_tag: Some(part.etag()),
        last_modified: Some(part.modified.into()),
        ..CopyPartResult::default()
    };
    if let Some(checksum) = &part.checksum {
        set_checksum!(result, checksum);
    }
    let output = UploadPartCopyOutput {
        copy_part_result: Some(result),
        copy_source_version_id: version_id_of(storage, bucket, &original)?,
        ..UploadPartCopyOutput::default()
    };
    let headers = encryption_headers(&upload.metadata);
    Ok(S3Response::with_headers(output, headers))
}

pub async fn abort(
    storage: &Storage,
    request: S3Request<AbortMultipartUploadInput>,
) -> Result<S3Response<AbortMultipartUploadOutput>, Fault> {
    let input = request.input;
    storage.abort_upload(&input.bucket, &input.key, &input.upload_id)?;
    Ok(S3Response::new(AbortMultipartUploadOutput::default()))
}

pub async fn list_parts(
    storage: &Storage,
    request: S3Request<ListPartsInput>,
) -> Result<S3Response<ListPartsOutput>, Fault> {
    let input = request.input;
    let upload = storage.upload(&input.bucket, &input.key, &input.upload_id)?;
    let max = input.max_parts.unwrap_or(MAX_PARTS).clamp(0, MAX_PARTS);
    let marker = input.part_number_marker.unwrap_or(0);
    let mut parts = storage.parts(&upload.id)?;
    parts.retain(|part| part.number > marker);
    let size = usize::try_from(max).unwrap_or(0);
    let truncated = size > 0 && parts.len() > size;
    parts.truncate(size);
    let checksum = upload.chosen_checksum();
    let storage_class = upload.metadata.storage_class().to_owned();
    Ok(S3Response::new(ListPartsOutput {
        bucket: Some(input.bucket),
        checksum_algorithm: checksum.map(checksum_algorithm),
        checksum_type: checksum.map(ChecksumPlan::checksum_type),
        is_truncated: Some(truncated),
        key: Some(input.key),
        max_parts: Some(max),
        next_part_number_marker: parts.last().map(|part| part.number),
        owner: Some(owner()),
        part_number_marker: Some(marker),
        parts: Some(parts.iter().map(list_entry).collect()),
        storage_class: Some(StorageClass::from(storage_class)),
        upload_id: Some(input.upload_id),
        ..ListPartsOutput::default()
    }))
}

fn list_entry(part: &records::Part) -> Part {
    let mut entry = Part {
        e_tag: Some(part.etag()),
        last_modified: Some(part.modified.into()),
        part_number: Some(part.number),
        size: to_i64(part.size),
        ..Part::default()
    };
    if let Some(checksum) = &part.checksum {
        set_checksum!(entry, checksum);
    }
    entry
}

fn part(number: i32, uploaded: &Uploaded, algorithm: Algorithm) -> records::Part {
    records::Part {
        number,
        digest: uploaded.pin.digest().to_owned(),
        size: uploaded.size,
        etag: uploaded.etag(),
        modified: UnixTime::now(),
        checksum: uploaded.checksum(algorithm),
    }
}

fn check_part_number(number: i32) -> Result<(), Fault> {
    if (1..=MAX_PART_NUMBER).contains(&number) {
        Ok(())
    } else {
        Err(invalid_argument(format!(
            "Part number must be an integer between 1 and {MAX_PART_NUMBER}, inclusive"
        )))
    }
}
