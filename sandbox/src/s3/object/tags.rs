//! The tags of objects.

use s3s::dto::{
    DeleteObjectTaggingInput, DeleteObjectTaggingOutput, GetObjectTaggingInput,
    GetObjectTaggingOutput, PutObjectTaggingInput, PutObjectTaggingOutput,
};
use s3s::{S3Request, S3Response};

use super::get::check_version_id;
use crate::fault::Fault;
use crate::s3::storage::Storage;
use crate::s3::tag_set;

pub async fn get(
    storage: &Storage,
    request: S3Request<GetObjectTaggingInput>,
) -> Result<S3Response<GetObjectTaggingOutput>, Fault> {
    let input = request.input;
    check_version_id(input.version_id.as_deref())?;
    let object = storage.object(&input.bucket, &input.key)?;
    Ok(S3Response::new(GetObjectTaggingOutput {
        tag_set: tag_set::to_dto(&object.metadata.tags),
        ..GetObjectTaggingOutput::default()
    }))
}

pub async fn put(
    storage: &Storage,
    request: S3Request<PutObjectTaggingInput>,
) -> Result<S3Response<PutObjectTaggingOutput>, Fault> {
    let input = request.input;
    check_version_id(input.version_id.as_deref())?;
    let tags = tag_set::of_object(tag_set::from_dto(input.tagging.tag_set))?;
    storage.modify(&input.bucket, &input.key, |object| {
        object.metadata.tags = tags;
    })?;
    Ok(S3Response::new(PutObjectTaggingOutput::default()))
}

pub async fn delete(
    storage: &Storage,
    request: S3Request<DeleteObjectTaggingInput>,
) -> Result<S3Response<DeleteObjectTaggingOutput>, Fault> {
    let input = request.input;
    check_version_id(input.version_id.as_deref())?;
    storage.modify(&input.bucket, &input.key, |object| {
        object.metadata.tags.clear();
    })?;
    Ok(S3Response::new(DeleteObjectTaggingOutput::default()))
}
