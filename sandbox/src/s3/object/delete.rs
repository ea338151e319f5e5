//! Deleting objects.

use s3s::dto::{
    DeleteObjectInput, DeleteObjectOutput, DeleteObjectsInput, DeleteObjectsOutput, DeletedObject,
    ETagCondition, Error, ObjectIdentifier,
};
use s3s::{S3Request, S3Response};

use crate::fault::Fault;
use crate::s3::notification::Origin;
use crate::s3::preconditions::Preconditions;
use crate::s3::storage::{Deleted, Storage};

/// Source: S3's documentation of DeleteObjects.
const MAX_OBJECTS: usize = 1000;

pub async fn delete(
    storage: &Storage,
    request: S3Request<DeleteObjectInput>,
) -> Result<S3Response<DeleteObjectOutput>, Fault> {
    let origin = Origin::of(&request.extensions);
    let input = request.input;
    let version_id = input.version_id.as_deref();
    let preconditions = Preconditions {
        if_match: input.if_match,
        if_match_last_modified_time: input.if_match_last_modified_time,
        if_match_size: input.if_match_size,
        ..Preconditions::default()
    };
    let deleted = storage.delete(
        &input.bucket,
        &input.key,
        version_id,
        &preconditions,
        &origin,
    )?;
    Ok(S3Response::new(DeleteObjectOutput {
        delete_marker: deleted.delete_marker.then_some(true),
        version_id: deleted.version_id,
        ..DeleteObjectOutput::default()
    }))
}

/// The objects are deleted one by one: the response lists which were and which were not.
pub async fn delete_many(
    storage: &Storage,
    request: S3Request<DeleteObjectsInput>,
) -> Result<S3Response<DeleteObjectsOutput>, Fault> {
    let origin = Origin::of(&request.extensions);
    let input = request.input;
    storage.bucket(&input.bucket)?;
    let count = input.delete.objects.len();
    if count == 0 || count > MAX_OBJECTS {
        let message = format!("the request names {count} objects; 1 to {MAX_OBJECTS} are allowed");
        return Err(Fault::invalid("MalformedXML", message));
    }
    let quiet = input.delete.quiet.unwrap_or(false);
    let (mut deleted, mut errors) = (Vec::new(), Vec::new());
    for object in input.delete.objects {
        let (key, version_id) = (Some(object.key.clone()), object.version_id.clone());
        match delete_one(storage, &input.bucket, object, &origin) {
            Ok(it) => deleted.push(DeletedObject {
                delete_marker: it.delete_marker.then_some(true),
                delete_marker_version_id: it.version_id.filter(|_| it.delete_marker),
                key,
                version_id,
            }),
            Err(fault) => errors.push(Error {
                code: Some(fault.code),
                key,
                message: Some(fault.message),
                version_id,
            }),
        }
    }
    Ok(S3Response::new(DeleteObjectsOutput {
        deleted: (!quiet).then_some(deleted),
        errors: (!errors.is_empty()).then_some(errors),
        ..DeleteObjectsOutput::default()
    }))
}

fn delete_one(
    storage: &Storage,
    bucket: &str,
    object: ObjectIdentifier,
    origin: &Origin,
) -> Result<Deleted, Fault> {
    let version_id = object.version_id.as_deref();
    let preconditions = Preconditions {
        if_match: object.e_tag.map(ETagCondition::ETag),
        if_match_last_modified_time: object.last_modified_time,
        if_match_size: object.size,
        ..Preconditions::default()
    };
    storage.delete(bucket, &object.key, version_id, &preconditions, origin)
}
