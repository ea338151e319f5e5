//! Copying objects.

use std::sync::Arc;

use s3s::dto::{CopyObjectInput, CopyObjectOutput, CopyObjectResult, CopySource};
use s3s::{S3Request, S3Response};

use super::metadata::ENCRYPTION_HEADERS;
use super::response::{object_headers, version_id_of};
use crate::fault::Fault;
use crate::s3::bucket::configuration::default_encryption;
use crate::s3::byte_range::ByteRange;
use crate::s3::checksum::{Algorithm, set_checksum};
use crate::s3::errors::{invalid_argument, invalid_request, not_implemented};
use crate::s3::notification::Origin;
use crate::s3::preconditions::Preconditions;
use crate::s3::records::{Object, ObjectMetadata, UnixTime};
use crate::s3::storage::{Cause, Storage};
use crate::s3::upload::Upload;
use crate::store::{Blobs, Pin};

pub async fn copy(
    storage: &Storage,
    request: S3Request<CopyObjectInput>,
) -> Result<S3Response<CopyObjectOutput>, Fault> {
    let origin = Origin::of(&request.extensions);
    let input = request.input;
    let (bucket, key, version_id) = source(&input.copy_source)?;
    let (original, pin) = storage.object_with_contents(bucket, key, version_id)?;
    let source_version_id = version_id_of(storage, bucket, &original)?;
    original.metadata.check_copyable()?;
    Preconditions::of_copy_source(&request.headers)?.check_copy_source(&original)?;
    let directive = input.metadata_directive.as_ref();
    let replace_metadata = is_replace(directive.map(|it| it.as_str()), "x-amz-metadata-directive")?;
    let directive = input.tagging_directive.as_ref();
    let replace_tags = is_replace(directive.map(|it| it.as_str()), "x-amz-tagging-directive")?;
    let given = ObjectMetadata::from_headers(&request.headers, input.metadata)?;
    let same_object = (bucket, key) == (&*input.bucket, &*input.key);
    if same_object && !replace_metadata && given.headers.is_empty() {
        return Err(invalid_request(
            "This copy request is illegal because it is trying to copy an object to itself without \
             changing the object's metadata, storage class, website redirect location or encryption \
             attributes.",
        ));
    }
    let algorithm = input.checksum_algorithm.as_ref();
    let algorithm = algorithm.map(|it| Algorithm::named(it.as_str()));
    let mut copy = copy_contents(&storage.blobs, &original, &pin, algorithm.transpose()?).await?;
    copy.metadata = metadata_of_copy(given, original.metadata, replace_metadata, replace_tags);
    copy.metadata
        .encrypt(&default_encryption(&storage.bucket(&input.bucket)?)?);
    let preconditions = Preconditions::of_request(&request.headers)?;
    let cause = Cause {
        event: "ObjectCreated:Copy",
        origin: &origin,
    };
    let copy = storage.put(&input.bucket, &input.key, copy, &preconditions, cause)?;
    let mut result = CopyObjectResult {
        e_tag: Some(copy.etag()),
        last_modified: Some(copy.modified.into()),
        ..CopyObjectResult::default()
    };
    if let Some(checksum) = &copy.checksum {
        set_checksum!(result, checksum);
        result.checksum_type = Some(checksum.checksum_type());
    }
    let output = CopyObjectOutput {
        copy_object_result: Some(result),
        copy_source_version_id: source_version_id,
        ..CopyObjectOutput::default()
    };
    let headers = object_headers(storage, &input.bucket, &input.key, &copy)?;
    Ok(S3Response::with_headers(output, headers))
}

/// Bucket, key and version id of the source.
pub fn source(source: &CopySource) -> Result<(&str, &str, Option<&str>), Fault> {
    match source {
        CopySource::Bucket {
            bucket,
            key,
            version_id,
        } => Ok((bucket, key, version_id.as_deref())),
        _ => Err(not_implemented(
            "the sandbox does not support access points; write the source as BUCKET/KEY",
        )),
    }
}

/// Whether a directive says `REPLACE`; by default it says `COPY`.
fn is_replace(value: Option<&str>, name: &str) -> Result<bool, Fault> {
    match value {
        None | Some("COPY") => Ok(false),
        Some("REPLACE") => Ok(true),
        Some(other) => Err(invalid_argument(format!(
            "{name} must be COPY or REPLACE, not {other:?}"
        ))),
    }
}

/// A copy is never in parts, so its ETag and checksum can differ from the original's. The contents
/// are read again only in that case.
async fn copy_contents(
    blobs: &Arc<Blobs>,
    original: &Object,
    pin: &Pin,
    algorithm: Option<Algorithm>,
) -> Result<Object, Fault> {
    let known = original.checksum.as_ref().map(|it| it.algorithm);
    let algorithm = algorithm.or(known).unwrap_or(Algorithm::DEFAULT);
    if original.upload.is_none() && known == Some(algorithm) {
        return Ok(Object {
            modified: UnixTime::now(),
            ..original.clone()
        });
    }
    let upload = Upload::new(blobs, &[algorithm])?;
    let file = (pin.path(), ByteRange::whole(original.size));
    let uploaded = upload.copy_files(vec![file]).await?;
    Ok(Object::new(&uploaded, algorithm, ObjectMetadata::default()))
}

fn metadata_of_copy(
    given: ObjectMetadata,
    original: ObjectMetadata,
    replace_metadata: bool,
    replace_tags: bool,
) -> ObjectMetadata {
    let tags = if replace_tags {
        given.tags
    } else {
        original.tags
    };
    if replace_metadata {
        return ObjectMetadata { tags, ..given };
    }
    let mut headers = original.headers;
    // These are not copied, whatever the directive. Source: S3's documentation of CopyObject.
    let own = ["x-amz-storage-class", "x-amz-website-redirect-location"];
    for name in own.into_iter().chain(ENCRYPTION_HEADERS) {
        headers.remove(name);
        if let Some(value) = given.headers.get(name) {
            headers.insert(name.to_owned(), value.clone());
        }
    }
    ObjectMetadata {
        headers,
        user: original.user,
        tags,
    }
}
