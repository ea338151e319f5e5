//! The tags of objects.

use s3s::dto::{
    DeleteObjectTaggingInput, DeleteObjectTaggingOutput, GetObjectTaggingInput,
    GetObjectTaggingOutput, PutObjectTaggingInput, PutObjectTaggingOutput,
};
use s3s::{S3Request, S3Response};

use super::response::version_id_of;
use crate::fault::Fault;
use crate::s3::storage::Storage;
use crate::s3::tag_set;

pub async fn get(
    storage: &Storage,
    request: S3Request<GetObjectTaggingInput>,
) -> Result<S3Response<GetObjectTaggingOutput>, Fault> {
    let input = request.input;
    let object = storage.object(&input.bucket, &input.key, input.version_id.as_deref())?;
    Ok(S3Response::new(GetObjectTaggingOutput {
        tag_set: tag_set::to_dto(&object.metadata.tags),
        version_id: version_id_of(storage, &input.bucket, &object)?,
    }))
}

pub async fn put(
    storage: &Storage,
    request: S3Request<PutObjectTaggingInput>,
) -> Result<S3Response<PutObjectTaggingOutput>, Fault> {
    let input = request.input;
    let tags = tag_set::of_object(tag_set::from_dto(input.tagging.tag_set))?;
    let version_id = input.version_id.as_deref();
    let object = storage.modify(&input.bucket, &input.key, version_id, |object| {
        object.metadata.tags = tags;
    })?;
    Ok(S3Response::new(PutObjectTaggingOutput {
        version_id: version_id_of(storage, &input.bucket, &object)?,
    }))
}

pub async fn delete(
    storage: &Storage,
    request: S3Request<DeleteObjectTaggingInput>,
) -> Result<S3Response<DeleteObjectTaggingOutput>, Fault> {
    let input = request.input;
    let version_id = input.version_id.as_deref();
    let object = storage.modify(&input.bucket, &input.key, version_id, |object| {
        object.metadata.tags.clear();
    })?;
    Ok(S3Response::new(DeleteObjectTaggingOutput {
        version_id: version_id_of(storage, &input.bucket, &object)?,
    }))
}
