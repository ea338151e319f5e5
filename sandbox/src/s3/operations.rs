//! The operations that there are, and what each acts on.
//!
//! Source: "Required permissions for Amazon S3 API operations" in S3's User Guide.

use http::HeaderMap;
use s3s::dto::CopySource;
use s3s::path::S3Path;

use super::errors::not_implemented;
use super::query::Query;
use crate::authorise::Access;
use crate::fault::Fault;
use crate::service::{Operation, service};

/// What the operation's action is on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Resource {
    /// All buckets.
    Any,
    Bucket,
    Object,
    /// An object, and another that is read for it.
    Copy,
    /// An object that is read for more than its contents.
    Attributes,
    /// The objects that the body names: see [`deletions`].
    Objects,
}

/// For each operation its action, where that is another word, and what it is on.
macro_rules! operations {
    ($($name:ident $(as $action:ident)? on $resource:ident),+ $(,)?) => {
        pub const OPERATIONS: &[Operation] = &[$(Operation {
            name: stringify!($name),
            action: service!(@action "s3" $name $($action)?),
            is_public: false,
        }),+];

        const RESOURCES: &[Resource] = &[$(Resource::$resource),+];
    };
}

operations! {
    AbortMultipartUpload on Object,
    CompleteMultipartUpload as PutObject on Object,
    CopyObject as PutObject on Copy,
    CreateBucket on Bucket,
    CreateMultipartUpload as PutObject on Object,
    DeleteBucket on Bucket,
    DeleteBucketEncryption as PutEncryptionConfiguration on Bucket,
    DeleteBucketLifecycle as PutLifecycleConfiguration on Bucket,
    DeleteBucketOwnershipControls as PutBucketOwnershipControls on Bucket,
    DeleteBucketPolicy on Bucket,
    DeleteBucketTagging as PutBucketTagging on Bucket,
    DeleteBucketWebsite on Bucket,
    DeleteObject on Object,
    DeleteObjectTagging on Object,
    DeleteObjects as DeleteObject on Objects,
    DeletePublicAccessBlock as PutBucketPublicAccessBlock on Bucket,
    GetBucketAcl on Bucket,
    GetBucketEncryption as GetEncryptionConfiguration on Bucket,
    GetBucketLifecycleConfiguration as GetLifecycleConfiguration on Bucket,
    GetBucketLocation on Bucket,
    GetBucketNotificationConfiguration as GetBucketNotification on Bucket,
    GetBucketOwnershipControls on Bucket,
    GetBucketPolicy on Bucket,
    GetBucketTagging on Bucket,
    GetBucketVersioning on Bucket,
    GetBucketWebsite on Bucket,
    GetObject on Object,
    GetObjectAttributes as GetObject on Attributes,
    GetObjectLockConfiguration as GetBucketObjectLockConfiguration on Bucket,
    GetObjectTagging on Object,
    GetPublicAccessBlock as GetBucketPublicAccessBlock on Bucket,
    HeadBucket as ListBucket on Bucket,
    HeadObject as GetObject on Object,
    ListBuckets as ListAllMyBuckets on Any,
    ListMultipartUploads as ListBucketMultipartUploads on Bucket,
    ListObjectVersions as ListBucketVersions on Bucket,
    ListObjects as ListBucket on Bucket,
    ListObjectsV2 as ListBucket on Bucket,
    ListParts as ListMultipartUploadParts on Object,
    PutBucketEncryption as PutEncryptionConfiguration on Bucket,
    PutBucketLifecycleConfiguration as PutLifecycleConfiguration on Bucket,
    PutBucketNotificationConfiguration as PutBucketNotification on Bucket,
    PutBucketOwnershipControls on Bucket,
    PutBucketPolicy on Bucket,
    PutBucketTagging on Bucket,
    PutBucketVersioning on Bucket,
    PutBucketWebsite on Bucket,
    PutObject on Object,
    PutObjectTagging on Object,
    PutPublicAccessBlock as PutBucketPublicAccessBlock on Bucket,
    UploadPart as PutObject on Object,
    UploadPartCopy as PutObject on Copy,
}

pub fn unknown_operation(name: &str) -> Fault {
    let known: Vec<&str> = OPERATIONS.iter().map(|known| known.name).collect();
    not_implemented(format!(
        "the sandbox does not support the S3 operation {name}; it supports {}",
        known.join(", ")
    ))
}

/// What the caller of the operation must be allowed to do; `None` if there is no such operation.
pub fn accesses(
    operation: &str,
    path: &S3Path,
    headers: &HeaderMap,
    query: &Query,
) -> Option<Vec<Access>> {
    let known = OPERATIONS.iter().zip(RESOURCES);
    let (operation, resource) = known
        .into_iter()
        .find(|(known, _)| known.name == operation)?;
    let action = operation.action;
    let object = match path {
        S3Path::Root => Access::any(action),
        S3Path::Bucket { bucket } => Access::new(action, bucket_arn(bucket)),
        S3Path::Object { bucket, key } => {
            let action = if query.has("versionId") {
                of_version(action)
            } else {
                action
            };
            Access::new(action, object_arn(bucket, key))
        }
    };
    let header = |name: &str| headers.get(name)?.to_str().ok();
    let mut accesses = match resource {
        Resource::Any => vec![Access::any(action)],
        Resource::Bucket | Resource::Object => vec![object],
        Resource::Copy => {
            let source = header("x-amz-copy-source").and_then(copied);
            [Some(object), source].into_iter().flatten().collect()
        }
        Resource::Attributes => {
            let attributes = Access::new("s3:GetObjectAttributes", object.resource.clone());
            vec![object, attributes]
        }
        Resource::Objects => Vec::new(),
    };
    if let (Some(_), Some(Access { resource, .. })) = (header("x-amz-tagging"), accesses.first()) {
        let tagging = Access::new("s3:PutObjectTagging", resource.clone());
        accesses.push(tagging);
    }
    for access in &mut accesses {
        set_keys(access, query);
    }
    Some(accesses)
}

/// Source: "Policy keys" in S3's User Guide.
fn set_keys(access: &mut Access, query: &Query) {
    for (key, parameter) in [
        ("s3:delimiter", "delimiter"),
        ("s3:max-keys", "max-keys"),
        ("s3:prefix", "prefix"),
        ("s3:VersionId", "versionId"),
    ] {
        if let Some(value) = query.get(parameter) {
            access.context.set(key, value);
        }
    }
}

/// What the caller must be allowed to do to delete these objects.
pub fn deletions<'a>(bucket: &str, keys: impl Iterator<Item = &'a str>) -> Vec<Access> {
    keys.map(|key| Access::new("s3:DeleteObject", object_arn(bucket, key)))
        .collect()
}

fn copied(source: &str) -> Option<Access> {
    // What cannot be read will be refused by the operation.
    let Ok(CopySource::Bucket {
        bucket,
        key,
        version_id,
    }) = CopySource::parse(source)
    else {
        return None;
    };
    let action = match version_id {
        Some(_) => of_version("s3:GetObject"),
        None => "s3:GetObject",
    };
    Some(Access::new(action, object_arn(&bucket, &key)))
}

/// The action on a version of an object that is named by its id.
fn of_version(action: &'static str) -> &'static str {
    match action {
        "s3:DeleteObject" => "s3:DeleteObjectVersion",
        "s3:DeleteObjectTagging" => "s3:DeleteObjectVersionTagging",
        "s3:GetObject" => "s3:GetObjectVersion",
        "s3:GetObjectTagging" => "s3:GetObjectVersionTagging",
        "s3:PutObjectTagging" => "s3:PutObjectVersionTagging",
        other => other,
    }
}

pub fn bucket_arn(bucket: &str) -> String {
    format!("arn:aws:s3:::{bucket}")
}

/// The bucket in the ARN of a bucket or an object.
pub fn bucket_in(arn: &str) -> Option<&str> {
    arn.strip_prefix("arn:aws:s3:::")?.split('/').next()
}

/// The bucket and the key in the ARN of an object.
pub fn object_in(arn: &str) -> Option<(&str, &str)> {
    arn.strip_prefix("arn:aws:s3:::")?.split_once('/')
}

/// Whether the action is to read a current object.
pub fn reads_object(action: &str) -> bool {
    ["s3:GetObject", "s3:GetObjectTagging"].contains(&action)
}

pub fn listing(bucket: &str) -> Access {
    Access::new("s3:ListBucket", bucket_arn(bucket))
}

fn object_arn(bucket: &str, key: &str) -> String {
    format!("{}/{key}", bucket_arn(bucket))
}
