//! Deleting objects.

use s3s::dto::{
    DeleteObjectInput, DeleteObjectOutput, DeleteObjectsInput, DeleteObjectsOutput, DeletedObject,
    ETagCondition, Error, ObjectIdentifier, Timestamp,
};
use s3s::{S3Request, S3Response};
use time::OffsetDateTime;

use super::get::{only_version, signed};
use super::record::Object;
use super::refusal::{no_such_key, precondition_failed};
use super::state::State;
use crate::fault::Fault;

/// Source: Amazon S3's documentation of DeleteObjects.
const MOST: usize = 1000;

pub async fn delete(
    state: &State,
    request: S3Request<DeleteObjectInput>,
) -> Result<S3Response<DeleteObjectOutput>, Fault> {
    let input = request.input;
    only_version(input.version_id.as_deref())?;
    state.bucket(&input.bucket)?;
    let expected = Expected {
        tag: input.if_match,
        modified: input.if_match_last_modified_time,
        size: input.if_match_size,
    };
    state.remove(&input.bucket, &input.key, |object| {
        expected.check(&input.key, object)
    })?;
    Ok(S3Response::new(DeleteObjectOutput::default()))
}

/// Each by itself: some may be deleted and others not.
pub async fn delete_many(
    state: &State,
    request: S3Request<DeleteObjectsInput>,
) -> Result<S3Response<DeleteObjectsOutput>, Fault> {
    let input = request.input;
    state.bucket(&input.bucket)?;
    let count = input.delete.objects.len();
    if count == 0 || count > MOST {
        let message = format!("the request names {count} objects; 1 to {MOST} are allowed");
        return Err(Fault::invalid("MalformedXML", message));
    }
    let quiet = input.delete.quiet.unwrap_or(false);
    let (mut deleted, mut errors) = (Vec::new(), Vec::new());
    for wanted in input.delete.objects {
        let (key, version_id) = (Some(wanted.key.clone()), wanted.version_id.clone());
        match delete_one(state, &input.bucket, wanted) {
            Ok(()) => deleted.push(DeletedObject {
                key,
                version_id,
                ..DeletedObject::default()
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

fn delete_one(state: &State, bucket: &str, wanted: ObjectIdentifier) -> Result<(), Fault> {
    only_version(wanted.version_id.as_deref())?;
    let expected = Expected {
        tag: wanted.e_tag.map(ETagCondition::ETag),
        modified: wanted.last_modified_time,
        size: wanted.size,
    };
    state.remove(bucket, &wanted.key, |object| {
        expected.check(&wanted.key, object)
    })
}

/// What the object must be like to be deleted.
struct Expected {
    tag: Option<ETagCondition>,
    modified: Option<Timestamp>,
    size: Option<i64>,
}

impl Expected {
    fn check(&self, key: &str, object: Option<&Object>) -> Result<(), Fault> {
        let Some(object) = object else {
            return match &self.tag {
                Some(_) => Err(no_such_key(key)),
                None => Ok(()),
            };
        };
        let tag = match &self.tag {
            None | Some(ETagCondition::Any) => true,
            Some(ETagCondition::ETag(tag)) => tag.strong_cmp(&object.tag()),
        };
        let modified = self.modified.as_ref().is_none_or(|time| {
            OffsetDateTime::from(time.clone()).unix_timestamp() == object.modified.seconds()
        });
        let size = self
            .size
            .is_none_or(|size| Some(size) == signed(object.size));
        if tag && modified && size {
            Ok(())
        } else {
            Err(precondition_failed())
        }
    }
}
