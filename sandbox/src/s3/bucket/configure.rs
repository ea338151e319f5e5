//! The operations that read and write the configuration of buckets.

use s3s::dto::{
    BucketLifecycleConfiguration, DeleteBucketEncryptionInput, DeleteBucketEncryptionOutput,
    DeleteBucketLifecycleInput, DeleteBucketLifecycleOutput, DeleteBucketOwnershipControlsInput,
    DeleteBucketOwnershipControlsOutput, DeleteBucketPolicyInput, DeleteBucketPolicyOutput,
    DeleteBucketTaggingInput, DeleteBucketTaggingOutput, DeleteBucketWebsiteInput,
    DeleteBucketWebsiteOutput, DeletePublicAccessBlockInput, DeletePublicAccessBlockOutput,
    GetBucketEncryptionInput, GetBucketEncryptionOutput, GetBucketLifecycleConfigurationInput,
    GetBucketLifecycleConfigurationOutput, GetBucketOwnershipControlsInput,
    GetBucketOwnershipControlsOutput, GetBucketPolicyInput, GetBucketPolicyOutput,
    GetBucketTaggingInput, GetBucketTaggingOutput, GetBucketVersioningInput,
    GetBucketVersioningOutput, GetBucketWebsiteInput, GetBucketWebsiteOutput,
    GetObjectLockConfigurationInput, GetObjectLockConfigurationOutput, GetPublicAccessBlockInput,
    GetPublicAccessBlockOutput, OwnershipControls, PublicAccessBlockConfiguration,
    PutBucketEncryptionInput, PutBucketEncryptionOutput, PutBucketLifecycleConfigurationInput,
    PutBucketLifecycleConfigurationOutput, PutBucketOwnershipControlsInput,
    PutBucketOwnershipControlsOutput, PutBucketPolicyInput, PutBucketPolicyOutput,
    PutBucketTaggingInput, PutBucketTaggingOutput, PutBucketVersioningInput,
    PutBucketVersioningOutput, PutBucketWebsiteInput, PutBucketWebsiteOutput,
    PutPublicAccessBlockInput, PutPublicAccessBlockOutput, ServerSideEncryptionConfiguration,
    Tagging, VersioningConfiguration, WebsiteConfiguration,
};
use s3s::{S3Request, S3Response};

use super::configuration::{POLICY, parse_policy, s3_managed_encryption, string};
use crate::fault::Fault;
use crate::s3::storage::Storage;

/// Operations that store a member of the request.
macro_rules! put_operations {
    ($($put:ident($input:ident.$member:ident) -> $output:ident;)+) => {
        $(pub async fn $put(
            storage: &Storage,
            request: S3Request<$input>,
        ) -> Result<S3Response<$output>, Fault> {
            let input = request.input;
            storage.put_configuration(&input.bucket, &input.$member)?;
            Ok(S3Response::new($output::default()))
        })+
    };
}

put_operations! {
    put_encryption(PutBucketEncryptionInput.server_side_encryption_configuration)
        -> PutBucketEncryptionOutput;
    put_ownership(PutBucketOwnershipControlsInput.ownership_controls)
        -> PutBucketOwnershipControlsOutput;
    put_public_access(PutPublicAccessBlockInput.public_access_block_configuration)
        -> PutPublicAccessBlockOutput;
    put_versioning(PutBucketVersioningInput.versioning_configuration)
        -> PutBucketVersioningOutput;
    put_website(PutBucketWebsiteInput.website_configuration) -> PutBucketWebsiteOutput;
}

/// Operations that delete a configuration.
macro_rules! delete_operations {
    ($($delete:ident($configuration:ty): $input:ident -> $output:ident;)+) => {
        $(pub async fn $delete(
            storage: &Storage,
            request: S3Request<$input>,
        ) -> Result<S3Response<$output>, Fault> {
            storage.delete_configuration::<$configuration>(&request.input.bucket)?;
            Ok(S3Response::new($output::default()))
        })+
    };
}

delete_operations! {
    delete_encryption(ServerSideEncryptionConfiguration):
        DeleteBucketEncryptionInput -> DeleteBucketEncryptionOutput;
    delete_lifecycle(BucketLifecycleConfiguration):
        DeleteBucketLifecycleInput -> DeleteBucketLifecycleOutput;
    delete_ownership(OwnershipControls):
        DeleteBucketOwnershipControlsInput -> DeleteBucketOwnershipControlsOutput;
    delete_public_access(PublicAccessBlockConfiguration):
        DeletePublicAccessBlockInput -> DeletePublicAccessBlockOutput;
    delete_tags(Tagging): DeleteBucketTaggingInput -> DeleteBucketTaggingOutput;
    delete_website(WebsiteConfiguration): DeleteBucketWebsiteInput -> DeleteBucketWebsiteOutput;
}

pub async fn put_lifecycle(
    storage: &Storage,
    request: S3Request<PutBucketLifecycleConfigurationInput>,
) -> Result<S3Response<PutBucketLifecycleConfigurationOutput>, Fault> {
    let input = request.input;
    let lifecycle = input.lifecycle_configuration.unwrap_or_default();
    storage.put_configuration(&input.bucket, &lifecycle)?;
    let output = PutBucketLifecycleConfigurationOutput::default();
    Ok(S3Response::new(output))
}

pub async fn get_lifecycle(
    storage: &Storage,
    request: S3Request<GetBucketLifecycleConfigurationInput>,
) -> Result<S3Response<GetBucketLifecycleConfigurationOutput>, Fault> {
    let lifecycle: BucketLifecycleConfiguration =
        storage.required_configuration(&request.input.bucket)?;
    Ok(S3Response::new(GetBucketLifecycleConfigurationOutput {
        rules: Some(lifecycle.rules),
        ..GetBucketLifecycleConfigurationOutput::default()
    }))
}

pub async fn get_encryption(
    storage: &Storage,
    request: S3Request<GetBucketEncryptionInput>,
) -> Result<S3Response<GetBucketEncryptionOutput>, Fault> {
    let encryption = storage.get_configuration(&request.input.bucket)?;
    Ok(S3Response::new(GetBucketEncryptionOutput {
        server_side_encryption_configuration: encryption.or_else(|| Some(s3_managed_encryption())),
    }))
}

pub async fn get_public_access(
    storage: &Storage,
    request: S3Request<GetPublicAccessBlockInput>,
) -> Result<S3Response<GetPublicAccessBlockOutput>, Fault> {
    let configuration = storage.required_configuration(&request.input.bucket)?;
    Ok(S3Response::new(GetPublicAccessBlockOutput {
        public_access_block_configuration: Some(configuration),
    }))
}

pub async fn get_ownership(
    storage: &Storage,
    request: S3Request<GetBucketOwnershipControlsInput>,
) -> Result<S3Response<GetBucketOwnershipControlsOutput>, Fault> {
    let controls = storage.required_configuration(&request.input.bucket)?;
    Ok(S3Response::new(GetBucketOwnershipControlsOutput {
        ownership_controls: Some(controls),
    }))
}

pub async fn get_website(
    storage: &Storage,
    request: S3Request<GetBucketWebsiteInput>,
) -> Result<S3Response<GetBucketWebsiteOutput>, Fault> {
    let website: WebsiteConfiguration = storage.required_configuration(&request.input.bucket)?;
    Ok(S3Response::new(GetBucketWebsiteOutput {
        error_document: website.error_document,
        index_document: website.index_document,
        ..GetBucketWebsiteOutput::default()
    }))
}

/// An empty set deletes the tags.
pub async fn put_tags(
    storage: &Storage,
    request: S3Request<PutBucketTaggingInput>,
) -> Result<S3Response<PutBucketTaggingOutput>, Fault> {
    let PutBucketTaggingInput {
        bucket, tagging, ..
    } = request.input;
    if tagging.tag_set.is_empty() {
        storage.delete_configuration::<Tagging>(&bucket)?;
    } else {
        storage.put_configuration(&bucket, &tagging)?;
    }
    Ok(S3Response::new(PutBucketTaggingOutput::default()))
}

/// No bucket has Object Lock, but many clients ask.
pub async fn get_object_lock(
    storage: &Storage,
    request: S3Request<GetObjectLockConfigurationInput>,
) -> Result<S3Response<GetObjectLockConfigurationOutput>, Fault> {
    let bucket = request.input.bucket;
    storage.bucket(&bucket)?;
    let fault = Fault::not_found(
        "ObjectLockConfigurationNotFoundError",
        "Object Lock configuration does not exist for this bucket",
    );
    Err(fault.with("BucketName", bucket))
}

pub async fn get_tags(
    storage: &Storage,
    request: S3Request<GetBucketTaggingInput>,
) -> Result<S3Response<GetBucketTaggingOutput>, Fault> {
    let tagging: Tagging = storage.required_configuration(&request.input.bucket)?;
    Ok(S3Response::new(GetBucketTaggingOutput {
        tag_set: tagging.tag_set,
    }))
}

pub async fn get_versioning(
    storage: &Storage,
    request: S3Request<GetBucketVersioningInput>,
) -> Result<S3Response<GetBucketVersioningOutput>, Fault> {
    let versioning: Option<VersioningConfiguration> =
        storage.get_configuration(&request.input.bucket)?;
    Ok(S3Response::new(GetBucketVersioningOutput {
        status: versioning.and_then(|versioning| versioning.status),
        ..GetBucketVersioningOutput::default()
    }))
}

pub async fn put_policy(
    storage: &Storage,
    request: S3Request<PutBucketPolicyInput>,
) -> Result<S3Response<PutBucketPolicyOutput>, Fault> {
    let input = request.input;
    let document = parse_policy(&input.policy)?;
    storage.configure(&input.bucket, POLICY, Some(document))?;
    Ok(S3Response::new(PutBucketPolicyOutput::default()))
}

pub async fn get_policy(
    storage: &Storage,
    request: S3Request<GetBucketPolicyInput>,
) -> Result<S3Response<GetBucketPolicyOutput>, Fault> {
    let bucket = &request.input.bucket;
    let document = storage.configuration(bucket, POLICY)?.ok_or_else(|| {
        Fault::not_found(
            "NoSuchBucketPolicy",
            format!("the bucket {bucket} has no policy"),
        )
    })?;
    Ok(S3Response::new(GetBucketPolicyOutput {
        // Templates can have it as a string.
        policy: Some(string(&document).unwrap_or_else(|| document.to_string())),
    }))
}

pub async fn delete_policy(
    storage: &Storage,
    request: S3Request<DeleteBucketPolicyInput>,
) -> Result<S3Response<DeleteBucketPolicyOutput>, Fault> {
    storage.configure(&request.input.bucket, POLICY, None)?;
    Ok(S3Response::new(DeleteBucketPolicyOutput::default()))
}
