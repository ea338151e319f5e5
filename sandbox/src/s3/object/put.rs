//! Writing objects.

use s3s::dto::{PutObjectInput, PutObjectOutput};
use s3s::{S3Request, S3Response};

use super::response::object_headers;
use crate::fault::Fault;
use crate::s3::bucket::configuration::default_encryption;
use crate::s3::checksum::{Algorithm, checksums_in, set_checksum};
use crate::s3::notification::Origin;
use crate::s3::preconditions::Preconditions;
use crate::s3::records::{Object, ObjectMetadata, UnixTime};
use crate::s3::storage::{Cause, Storage};
use crate::s3::upload::{ExpectedContents, Upload, Uploaded};

pub async fn put(
    storage: &Storage,
    mut request: S3Request<PutObjectInput>,
) -> Result<S3Response<PutObjectOutput>, Fault> {
    let trailing = request.trailing_headers.take();
    let origin = Origin::of(&request.extensions);
    let (headers, input) = (request.headers, request.input);
    let mut metadata = ObjectMetadata::from_headers(&headers, input.metadata.clone())?;
    let preconditions = Preconditions::of_request(&headers)?;
    let expected = ExpectedContents::new(
        &headers,
        trailing,
        checksums_in!(input),
        input.content_length,
    )?;
    // Refuses before the body is received. The write checks again.
    metadata.encrypt(&default_encryption(&storage.bucket(&input.bucket)?)?);
    let algorithm = expected.algorithm().unwrap_or(Algorithm::DEFAULT);
    let upload = Upload::new(&storage.blobs, &[algorithm])?;
    let uploaded = upload.receive(input.body, &expected).await?;
    let object = Object::new(&uploaded, algorithm, metadata);
    let cause = Cause {
        event: "ObjectCreated:Put",
        origin: &origin,
    };
    let object = storage.put(&input.bucket, &input.key, object, &preconditions, cause)?;
    let mut output = PutObjectOutput {
        e_tag: Some(object.etag()),
        ..PutObjectOutput::default()
    };
    if let Some(checksum) = &object.checksum {
        set_checksum!(output, checksum);
        output.checksum_type = Some(checksum.checksum_type());
    }
    let headers = object_headers(storage, &input.bucket, &input.key, &object)?;
    Ok(S3Response::with_headers(output, headers))
}

impl Object {
    /// An object that was not uploaded in parts.
    pub fn new(uploaded: &Uploaded, algorithm: Algorithm, metadata: ObjectMetadata) -> Self {
        Self {
            digest: uploaded.pin.digest().to_owned(),
            size: uploaded.size,
            etag: uploaded.etag(),
            modified: UnixTime::now(),
            checksum: uploaded.checksum(algorithm),
            metadata,
            parts: Vec::new(),
            upload: None,
            version_id: None,
            position: String::new(),
        }
    }
}
