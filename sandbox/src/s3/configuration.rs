//! The configuration of buckets: kept in the shape of CloudFormation's `AWS::S3::Bucket`, in which
//! templates give it; here it gets S3's shape and back.
//!
//! It is remembered and not acted on: versions are not kept, nothing is encrypted or expires, and
//! policies are not evaluated. (There is one account, and it may do everything.)

use s3s::dto::{
    DeleteBucketEncryptionInput, DeleteBucketEncryptionOutput, DeleteBucketOwnershipControlsInput,
    DeleteBucketOwnershipControlsOutput, DeleteBucketPolicyInput, DeleteBucketPolicyOutput,
    DeleteBucketTaggingInput, DeleteBucketTaggingOutput, DeletePublicAccessBlockInput,
    DeletePublicAccessBlockOutput, GetBucketEncryptionInput, GetBucketEncryptionOutput,
    GetBucketOwnershipControlsInput, GetBucketOwnershipControlsOutput, GetBucketPolicyInput,
    GetBucketPolicyOutput, GetBucketTaggingInput, GetBucketTaggingOutput, GetBucketVersioningInput,
    GetBucketVersioningOutput, GetPublicAccessBlockInput, GetPublicAccessBlockOutput,
    OwnershipControls, OwnershipControlsRule, PublicAccessBlockConfiguration,
    PutBucketEncryptionInput, PutBucketEncryptionOutput, PutBucketOwnershipControlsInput,
    PutBucketOwnershipControlsOutput, PutBucketPolicyInput, PutBucketPolicyOutput,
    PutBucketTaggingInput, PutBucketTaggingOutput, PutBucketVersioningInput,
    PutBucketVersioningOutput, PutPublicAccessBlockInput, PutPublicAccessBlockOutput,
    ServerSideEncryption, ServerSideEncryptionByDefault, ServerSideEncryptionConfiguration,
    ServerSideEncryptionRule, Tag,
};
use s3s::{S3Request, S3Response};
use serde_json::{Map, Value, json};

use super::refusal::{invalid_argument, no_such_bucket};
use super::state::State;
use crate::fault::Fault;
use crate::tags::MOST as MOST_TAGS;

pub const ENCRYPTION: &str = "BucketEncryption";
pub const LIFECYCLE: &str = "LifecycleConfiguration";
pub const OWNERSHIP: &str = "OwnershipControls";
pub const POLICY: &str = "Policy";
pub const PUBLIC_ACCESS: &str = "PublicAccessBlockConfiguration";
pub const TAGS: &str = "Tags";
pub const VERSIONING: &str = "VersioningConfiguration";
pub const ASPECTS: [&str; 7] = [
    ENCRYPTION,
    LIFECYCLE,
    OWNERSHIP,
    POLICY,
    PUBLIC_ACCESS,
    TAGS,
    VERSIONING,
];
/// Source: Amazon S3's quotas for bucket policies.
const LONGEST_POLICY: usize = 20 * 1024;

type Done<T> = Result<S3Response<T>, Fault>;

impl State {
    pub fn configure(&self, name: &str, aspect: &str, value: Option<Value>) -> Result<(), Fault> {
        self.buckets.change(name, |bucket| {
            let bucket = bucket.as_mut().ok_or_else(|| no_such_bucket(name))?;
            match value {
                Some(value) => bucket.aspects.insert(aspect.to_owned(), value),
                None => bucket.aspects.remove(aspect),
            };
            Ok(())
        })
    }

    pub fn configuration(&self, name: &str, aspect: &str) -> Result<Option<Value>, Fault> {
        Ok(self.bucket(name)?.aspects.remove(aspect))
    }

    fn required(&self, name: &str, aspect: &str, code: &str, what: &str) -> Result<Value, Fault> {
        self.configuration(name, aspect)?
            .ok_or_else(|| Fault::not_found(code, format!("the bucket {name} has no {what}")))
    }
}

/// Templates may give numbers and flags as text.
pub fn text(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        Value::Bool(flag) => Some(flag.to_string()),
        _ => None,
    }
}

pub fn flag(value: &Value) -> Option<bool> {
    text(value)?.parse().ok()
}

/// What of these is there, as an object.
pub fn object(members: Vec<(&str, Option<Value>)>) -> Value {
    let present = members
        .into_iter()
        .filter_map(|(name, value)| Some((name.to_owned(), value?)));
    Value::Object(present.collect::<Map<String, Value>>())
}

fn rules(value: &Value, name: &str) -> Vec<Value> {
    value[name].as_array().cloned().unwrap_or_default()
}

pub async fn put_versioning(
    state: &State,
    request: S3Request<PutBucketVersioningInput>,
) -> Done<PutBucketVersioningOutput> {
    let input = request.input;
    let status = input.versioning_configuration.status;
    let status = status.as_ref().map(|status| status.as_str());
    if !status.is_some_and(|status| ["Enabled", "Suspended"].contains(&status)) {
        return Err(Fault::invalid(
            "IllegalVersioningConfigurationException",
            "The Versioning element must be specified: its Status must be Enabled or Suspended",
        ));
    }
    let value = json!({ "Status": status });
    state.configure(&input.bucket, VERSIONING, Some(value))?;
    Ok(S3Response::new(PutBucketVersioningOutput::default()))
}

pub async fn get_versioning(
    state: &State,
    request: S3Request<GetBucketVersioningInput>,
) -> Done<GetBucketVersioningOutput> {
    let value = state.configuration(&request.input.bucket, VERSIONING)?;
    let status = value.and_then(|value| text(&value["Status"]));
    Ok(S3Response::new(GetBucketVersioningOutput {
        status: status.map(Into::into),
        ..GetBucketVersioningOutput::default()
    }))
}

pub async fn put_policy(
    state: &State,
    request: S3Request<PutBucketPolicyInput>,
) -> Done<PutBucketPolicyOutput> {
    let input = request.input;
    let malformed = |message: String| Fault::invalid("MalformedPolicy", message);
    if input.policy.len() > LONGEST_POLICY {
        let message = format!("a policy can have at most {LONGEST_POLICY} bytes");
        return Err(malformed(message));
    }
    let document: Value = serde_json::from_str(&input.policy)
        .map_err(|error| malformed(format!("Policies must be valid JSON: {error}")))?;
    if !document["Statement"].is_array() && !document["Statement"].is_object() {
        let message = "Missing required field Statement".to_owned();
        return Err(malformed(message));
    }
    state.configure(&input.bucket, POLICY, Some(document))?;
    Ok(S3Response::new(PutBucketPolicyOutput::default()))
}

pub async fn get_policy(
    state: &State,
    request: S3Request<GetBucketPolicyInput>,
) -> Done<GetBucketPolicyOutput> {
    let name = &request.input.bucket;
    let document = state.required(name, POLICY, "NoSuchBucketPolicy", "policy")?;
    Ok(S3Response::new(GetBucketPolicyOutput {
        // A template may give it as text.
        policy: Some(text(&document).unwrap_or_else(|| document.to_string())),
    }))
}

pub async fn delete_policy(
    state: &State,
    request: S3Request<DeleteBucketPolicyInput>,
) -> Done<DeleteBucketPolicyOutput> {
    state.configure(&request.input.bucket, POLICY, None)?;
    Ok(S3Response::new(DeleteBucketPolicyOutput::default()))
}

pub async fn put_encryption(
    state: &State,
    request: S3Request<PutBucketEncryptionInput>,
) -> Done<PutBucketEncryptionOutput> {
    let input = request.input;
    let given = input.server_side_encryption_configuration.rules;
    let rules = given.into_iter().map(|rule| {
        let by_default = rule.apply_server_side_encryption_by_default.map(|rule| {
            object(vec![
                ("SSEAlgorithm", Some(json!(rule.sse_algorithm.as_str()))),
                ("KMSMasterKeyID", rule.kms_master_key_id.map(Value::from)),
            ])
        });
        object(vec![
            ("ServerSideEncryptionByDefault", by_default),
            ("BucketKeyEnabled", rule.bucket_key_enabled.map(Value::from)),
        ])
    });
    let value = json!({ "ServerSideEncryptionConfiguration": rules.collect::<Vec<_>>() });
    state.configure(&input.bucket, ENCRYPTION, Some(value))?;
    Ok(S3Response::new(PutBucketEncryptionOutput::default()))
}

/// A bucket of which nothing was said is encrypted with S3's own keys, says S3.
pub async fn get_encryption(
    state: &State,
    request: S3Request<GetBucketEncryptionInput>,
) -> Done<GetBucketEncryptionOutput> {
    let value = state.configuration(&request.input.bucket, ENCRYPTION)?;
    let value = value.unwrap_or_else(|| {
        let by_default = json!({ "SSEAlgorithm": ServerSideEncryption::AES256 });
        json!({ "ServerSideEncryptionConfiguration": [
            { "ServerSideEncryptionByDefault": by_default, "BucketKeyEnabled": false }
        ] })
    });
    let rules = rules(&value, "ServerSideEncryptionConfiguration");
    let rules = rules.iter().map(|rule| {
        let by_default = &rule["ServerSideEncryptionByDefault"];
        ServerSideEncryptionRule {
            apply_server_side_encryption_by_default: text(&by_default["SSEAlgorithm"]).map(
                |algorithm| ServerSideEncryptionByDefault {
                    kms_master_key_id: text(&by_default["KMSMasterKeyID"]),
                    sse_algorithm: algorithm.into(),
                },
            ),
            bucket_key_enabled: flag(&rule["BucketKeyEnabled"]),
        }
    });
    Ok(S3Response::new(GetBucketEncryptionOutput {
        server_side_encryption_configuration: Some(ServerSideEncryptionConfiguration {
            rules: rules.collect(),
        }),
    }))
}

pub async fn delete_encryption(
    state: &State,
    request: S3Request<DeleteBucketEncryptionInput>,
) -> Done<DeleteBucketEncryptionOutput> {
    state.configure(&request.input.bucket, ENCRYPTION, None)?;
    Ok(S3Response::new(DeleteBucketEncryptionOutput::default()))
}

pub async fn put_public_access(
    state: &State,
    request: S3Request<PutPublicAccessBlockInput>,
) -> Done<PutPublicAccessBlockOutput> {
    let input = request.input;
    let given = input.public_access_block_configuration;
    let on = |flag: Option<bool>| Some(json!(flag.unwrap_or(false)));
    let value = object(vec![
        ("BlockPublicAcls", on(given.block_public_acls)),
        ("BlockPublicPolicy", on(given.block_public_policy)),
        ("IgnorePublicAcls", on(given.ignore_public_acls)),
        ("RestrictPublicBuckets", on(given.restrict_public_buckets)),
    ]);
    state.configure(&input.bucket, PUBLIC_ACCESS, Some(value))?;
    Ok(S3Response::new(PutPublicAccessBlockOutput::default()))
}

pub async fn get_public_access(
    state: &State,
    request: S3Request<GetPublicAccessBlockInput>,
) -> Done<GetPublicAccessBlockOutput> {
    let value = state.required(
        &request.input.bucket,
        PUBLIC_ACCESS,
        "NoSuchPublicAccessBlockConfiguration",
        "public access block configuration",
    )?;
    let on = |name: &str| Some(flag(&value[name]).unwrap_or(false));
    let configuration = PublicAccessBlockConfiguration {
        block_public_acls: on("BlockPublicAcls"),
        block_public_policy: on("BlockPublicPolicy"),
        ignore_public_acls: on("IgnorePublicAcls"),
        restrict_public_buckets: on("RestrictPublicBuckets"),
    };
    Ok(S3Response::new(GetPublicAccessBlockOutput {
        public_access_block_configuration: Some(configuration),
    }))
}

pub async fn delete_public_access(
    state: &State,
    request: S3Request<DeletePublicAccessBlockInput>,
) -> Done<DeletePublicAccessBlockOutput> {
    state.configure(&request.input.bucket, PUBLIC_ACCESS, None)?;
    Ok(S3Response::new(DeletePublicAccessBlockOutput::default()))
}

pub async fn put_ownership(
    state: &State,
    request: S3Request<PutBucketOwnershipControlsInput>,
) -> Done<PutBucketOwnershipControlsOutput> {
    let input = request.input;
    let given = input.ownership_controls.rules;
    let rules: Vec<Value> = given
        .iter()
        .map(|rule| json!({ "ObjectOwnership": rule.object_ownership.as_str() }))
        .collect();
    let value = json!({ "Rules": rules });
    state.configure(&input.bucket, OWNERSHIP, Some(value))?;
    Ok(S3Response::new(PutBucketOwnershipControlsOutput::default()))
}

pub async fn get_ownership(
    state: &State,
    request: S3Request<GetBucketOwnershipControlsInput>,
) -> Done<GetBucketOwnershipControlsOutput> {
    let value = state.required(
        &request.input.bucket,
        OWNERSHIP,
        "OwnershipControlsNotFoundError",
        "ownership controls",
    )?;
    let rules = rules(&value, "Rules")
        .iter()
        .filter_map(|rule| {
            Some(OwnershipControlsRule {
                object_ownership: text(&rule["ObjectOwnership"])?.into(),
            })
        })
        .collect();
    Ok(S3Response::new(GetBucketOwnershipControlsOutput {
        ownership_controls: Some(OwnershipControls { rules }),
    }))
}

pub async fn delete_ownership(
    state: &State,
    request: S3Request<DeleteBucketOwnershipControlsInput>,
) -> Done<DeleteBucketOwnershipControlsOutput> {
    state.configure(&request.input.bucket, OWNERSHIP, None)?;
    let output = DeleteBucketOwnershipControlsOutput::default();
    Ok(S3Response::new(output))
}

pub async fn put_tags(
    state: &State,
    request: S3Request<PutBucketTaggingInput>,
) -> Done<PutBucketTaggingOutput> {
    let input = request.input;
    let tags = input.tagging.tag_set;
    if tags.len() > MOST_TAGS {
        return Err(invalid_argument(format!(
            "a bucket can have at most {MOST_TAGS} tags, and the request has {}",
            tags.len()
        )));
    }
    let tags: Vec<Value> = tags
        .into_iter()
        .map(|tag| json!({ "Key": tag.key, "Value": tag.value.unwrap_or_default() }))
        .collect();
    state.configure(&input.bucket, TAGS, Some(Value::Array(tags)))?;
    Ok(S3Response::new(PutBucketTaggingOutput::default()))
}

pub async fn get_tags(
    state: &State,
    request: S3Request<GetBucketTaggingInput>,
) -> Done<GetBucketTaggingOutput> {
    let name = &request.input.bucket;
    let value = state.required(name, TAGS, "NoSuchTagSet", "tags")?;
    let tags = value.as_array().cloned().unwrap_or_default();
    let tag_set = tags.iter().map(|tag| Tag {
        key: text(&tag["Key"]),
        value: text(&tag["Value"]),
    });
    Ok(S3Response::new(GetBucketTaggingOutput {
        tag_set: tag_set.collect(),
    }))
}

pub async fn delete_tags(
    state: &State,
    request: S3Request<DeleteBucketTaggingInput>,
) -> Done<DeleteBucketTaggingOutput> {
    state.configure(&request.input.bucket, TAGS, None)?;
    Ok(S3Response::new(DeleteBucketTaggingOutput::default()))
}
