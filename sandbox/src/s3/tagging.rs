//! The tags of objects.

use s3s::dto::{
    DeleteObjectTaggingInput, DeleteObjectTaggingOutput, GetObjectTaggingInput,
    GetObjectTaggingOutput, PutObjectTaggingInput, PutObjectTaggingOutput,
};
use s3s::{S3Request, S3Response};

use super::description::{tag_set, tags};
use super::get::only_version;
use super::state::State;
use crate::fault::Fault;

pub async fn get(
    state: &State,
    request: S3Request<GetObjectTaggingInput>,
) -> Result<S3Response<GetObjectTaggingOutput>, Fault> {
    let input = request.input;
    only_version(input.version_id.as_deref())?;
    let object = state.object(&input.bucket, &input.key)?;
    Ok(S3Response::new(GetObjectTaggingOutput {
        tag_set: tag_set(&object.description.tags),
        ..GetObjectTaggingOutput::default()
    }))
}

pub async fn put(
    state: &State,
    request: S3Request<PutObjectTaggingInput>,
) -> Result<S3Response<PutObjectTaggingOutput>, Fault> {
    let input = request.input;
    only_version(input.version_id.as_deref())?;
    let tags = tags(input.tagging.tag_set)?;
    state.change(&input.bucket, &input.key, |object| {
        object.description.tags = tags;
    })?;
    Ok(S3Response::new(PutObjectTaggingOutput::default()))
}

pub async fn delete(
    state: &State,
    request: S3Request<DeleteObjectTaggingInput>,
) -> Result<S3Response<DeleteObjectTaggingOutput>, Fault> {
    let input = request.input;
    only_version(input.version_id.as_deref())?;
    state.change(&input.bucket, &input.key, |object| {
        object.description.tags.clear();
    })?;
    Ok(S3Response::new(DeleteObjectTaggingOutput::default()))
}
