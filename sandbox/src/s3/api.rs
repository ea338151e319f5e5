//! Maps S3's operations to their functions, for the s3s library.

use std::sync::Arc;

use s3s::auth::{S3Auth, SecretKey};
use s3s::config::{S3Config, StaticConfigProvider};
use s3s::service::{S3Service, S3ServiceBuilder};
use s3s::{S3, S3Error, S3ErrorCode, S3Request, S3Response, S3Result, dto};

use super::authorise::Authorise;
use super::bucket::{self, configure};
use super::errors::FaultSlot;
use super::multipart::{self, complete};
use super::notification;
use super::object::{copy, delete, get, list, put, tags};
use super::storage::Storage;
use crate::authorise::Authority;
use crate::keys::{Keyring, UNKNOWN_KEYS};

/// In bytes. The longest request in XML lists the 10,000 parts of an upload.
const MAX_XML: usize = 8 << 20;

pub fn service(
    storage: &Storage,
    keyring: &Arc<Keyring>,
    authority: &Arc<dyn Authority>,
) -> S3Service {
    let mut config = S3Config::default();
    config.xml_max_body_size = MAX_XML;
    let mut builder = S3ServiceBuilder::new(Api(storage.clone()));
    builder.set_config(Arc::new(StaticConfigProvider::new(Arc::new(config))));
    builder.set_auth(Secrets(keyring.clone()));
    builder.set_access(Authorise::new(storage, keyring, authority));
    builder.build()
}

/// The secrets that requests are signed with.
struct Secrets(Arc<Keyring>);

#[async_trait::async_trait]
impl S3Auth for Secrets {
    async fn get_secret_key(&self, access_key: &str) -> S3Result<SecretKey> {
        match self.0.find(access_key) {
            Some((keys, _)) => Ok(SecretKey::from(keys.secret_access_key)),
            None if self.0.is_expired(access_key) => Err(S3Error::with_message(
                S3ErrorCode::ExpiredToken,
                "The provided token has expired.",
            )),
            None => Err(S3Error::with_message(
                S3ErrorCode::InvalidAccessKeyId,
                UNKNOWN_KEYS,
            )),
        }
    }
}

struct Api(Storage);

/// For each operation the library's method and types, and our function. [`super::operations`] has
/// the same operations.
macro_rules! operations {
    ($($method:ident($input:ident) -> $output:ident = $function:path;)+) => {
        #[cfg(test)]
        const METHODS: &[&str] = &[$(stringify!($method)),+];

        #[async_trait::async_trait]
        impl S3 for Api {
            $(async fn $method(
                &self,
                request: S3Request<dto::$input>,
            ) -> S3Result<S3Response<dto::$output>> {
                let slot = FaultSlot::of(&request.extensions);
                let answered = $function(&self.0, request).await;
                answered.map_err(|fault| slot.fail(fault))
            })+
        }
    };
}

operations! {
    abort_multipart_upload(AbortMultipartUploadInput) -> AbortMultipartUploadOutput = multipart::abort;
    complete_multipart_upload(CompleteMultipartUploadInput) -> CompleteMultipartUploadOutput = complete::complete;
    copy_object(CopyObjectInput) -> CopyObjectOutput = copy::copy;
    create_bucket(CreateBucketInput) -> CreateBucketOutput = bucket::create;
    create_multipart_upload(CreateMultipartUploadInput) -> CreateMultipartUploadOutput = multipart::create;
    delete_bucket(DeleteBucketInput) -> DeleteBucketOutput = bucket::delete;
    delete_bucket_encryption(DeleteBucketEncryptionInput) -> DeleteBucketEncryptionOutput = configure::delete_encryption;
    delete_bucket_lifecycle(DeleteBucketLifecycleInput) -> DeleteBucketLifecycleOutput = configure::delete_lifecycle;
    delete_bucket_ownership_controls(DeleteBucketOwnershipControlsInput) -> DeleteBucketOwnershipControlsOutput = configure::delete_ownership;
    delete_bucket_policy(DeleteBucketPolicyInput) -> DeleteBucketPolicyOutput = configure::delete_policy;
    delete_bucket_tagging(DeleteBucketTaggingInput) -> DeleteBucketTaggingOutput = configure::delete_tags;
    delete_bucket_website(DeleteBucketWebsiteInput) -> DeleteBucketWebsiteOutput = configure::delete_website;
    delete_object(DeleteObjectInput) -> DeleteObjectOutput = delete::delete;
    delete_objects(DeleteObjectsInput) -> DeleteObjectsOutput = delete::delete_many;
    delete_object_tagging(DeleteObjectTaggingInput) -> DeleteObjectTaggingOutput = tags::delete;
    delete_public_access_block(DeletePublicAccessBlockInput) -> DeletePublicAccessBlockOutput = configure::delete_public_access;
    get_bucket_acl(GetBucketAclInput) -> GetBucketAclOutput = bucket::acl;
    get_bucket_encryption(GetBucketEncryptionInput) -> GetBucketEncryptionOutput = configure::get_encryption;
    get_bucket_lifecycle_configuration(GetBucketLifecycleConfigurationInput) -> GetBucketLifecycleConfigurationOutput = configure::get_lifecycle;
    get_bucket_location(GetBucketLocationInput) -> GetBucketLocationOutput = bucket::location;
    get_bucket_notification_configuration(GetBucketNotificationConfigurationInput) -> GetBucketNotificationConfigurationOutput = notification::get;
    get_bucket_ownership_controls(GetBucketOwnershipControlsInput) -> GetBucketOwnershipControlsOutput = configure::get_ownership;
    get_bucket_policy(GetBucketPolicyInput) -> GetBucketPolicyOutput = configure::get_policy;
    get_bucket_tagging(GetBucketTaggingInput) -> GetBucketTaggingOutput = configure::get_tags;
    get_bucket_versioning(GetBucketVersioningInput) -> GetBucketVersioningOutput = configure::get_versioning;
    get_bucket_website(GetBucketWebsiteInput) -> GetBucketWebsiteOutput = configure::get_website;
    get_object(GetObjectInput) -> GetObjectOutput = get::get;
    get_object_attributes(GetObjectAttributesInput) -> GetObjectAttributesOutput = get::attributes;
    get_object_lock_configuration(GetObjectLockConfigurationInput) -> GetObjectLockConfigurationOutput = configure::get_object_lock;
    get_object_tagging(GetObjectTaggingInput) -> GetObjectTaggingOutput = tags::get;
    get_public_access_block(GetPublicAccessBlockInput) -> GetPublicAccessBlockOutput = configure::get_public_access;
    head_bucket(HeadBucketInput) -> HeadBucketOutput = bucket::head;
    head_object(HeadObjectInput) -> HeadObjectOutput = get::head;
    list_buckets(ListBucketsInput) -> ListBucketsOutput = bucket::list;
    list_multipart_uploads(ListMultipartUploadsInput) -> ListMultipartUploadsOutput = list::uploads::uploads;
    list_objects(ListObjectsInput) -> ListObjectsOutput = list::objects::objects;
    list_objects_v2(ListObjectsV2Input) -> ListObjectsV2Output = list::objects::objects_v2;
    list_object_versions(ListObjectVersionsInput) -> ListObjectVersionsOutput = list::versions::versions;
    list_parts(ListPartsInput) -> ListPartsOutput = multipart::list_parts;
    put_bucket_encryption(PutBucketEncryptionInput) -> PutBucketEncryptionOutput = configure::put_encryption;
    put_bucket_lifecycle_configuration(PutBucketLifecycleConfigurationInput) -> PutBucketLifecycleConfigurationOutput = configure::put_lifecycle;
    put_bucket_notification_configuration(PutBucketNotificationConfigurationInput) -> PutBucketNotificationConfigurationOutput = notification::put;
    put_bucket_ownership_controls(PutBucketOwnershipControlsInput) -> PutBucketOwnershipControlsOutput = configure::put_ownership;
    put_bucket_policy(PutBucketPolicyInput) -> PutBucketPolicyOutput = configure::put_policy;
    put_bucket_tagging(PutBucketTaggingInput) -> PutBucketTaggingOutput = configure::put_tags;
    put_bucket_versioning(PutBucketVersioningInput) -> PutBucketVersioningOutput = configure::put_versioning;
    put_bucket_website(PutBucketWebsiteInput) -> PutBucketWebsiteOutput = configure::put_website;
    put_object(PutObjectInput) -> PutObjectOutput = put::put;
    put_object_tagging(PutObjectTaggingInput) -> PutObjectTaggingOutput = tags::put;
    put_public_access_block(PutPublicAccessBlockInput) -> PutPublicAccessBlockOutput = configure::put_public_access;
    upload_part(UploadPartInput) -> UploadPartOutput = multipart::upload_part;
    upload_part_copy(UploadPartCopyInput) -> UploadPartCopyOutput = multipart::copy_part;
}

#[cfg(test)]
mod tests {
    use super::super::operations::OPERATIONS;
    use super::*;

    #[test]
    fn each_operation_has_a_function() {
        let plain = |name: &str| name.replace('_', "").to_lowercase();
        let listed = OPERATIONS.iter().map(|operation| plain(operation.name));
        let mut listed: Vec<String> = listed.collect();
        let mut methods: Vec<String> = METHODS.iter().map(|method| plain(method)).collect();
        listed.sort();
        methods.sort();
        assert_eq!(listed, methods);
    }
}
