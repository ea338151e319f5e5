//! Buckets: made, found, listed, deleted.

use std::collections::BTreeMap;

use s3s::dto::{
    self, CreateBucketInput, CreateBucketOutput, DeleteBucketInput, DeleteBucketOutput,
    GetBucketAclInput, GetBucketAclOutput, GetBucketLocationInput, GetBucketLocationOutput, Grant,
    Grantee, HeadBucketInput, HeadBucketOutput, ListBucketsInput, ListBucketsOutput, Owner,
    Permission, Type,
};
use s3s::path::check_bucket_name;
use s3s::{S3Request, S3Response};
use serde_json::json;

use super::listing::{following, successor};
use super::record::{Bucket, Moment};
use super::refusal::invalid_argument;
use super::state::State;
use crate::fault::Fault;
use crate::{ACCOUNT, REGION};

const MOST: usize = 10_000;
/// Behind all names of buckets, which are of small letters, digits, dots and hyphens.
const END: &str = "~";

/// Whoever has the sandbox. (S3 names owners by a digest of theirs; here it tells the account.)
pub fn owner() -> Owner {
    Owner {
        display_name: None,
        id: Some(format!("{ACCOUNT:0>64}")),
    }
}

impl State {
    /// Makes a bucket as S3 does today: private, without access control lists.
    pub fn create_bucket(&self, name: &str) -> Result<(), Fault> {
        let reserved = ["xn--", "sthree-", "amzn-s3-demo-"];
        let reserved_end = ["-s3alias", "--ol-s3", ".mrap", "--x-s3", "--table-s3"];
        if !check_bucket_name(name)
            || reserved.iter().any(|start| name.starts_with(start))
            || reserved_end.iter().any(|end| name.ends_with(end))
        {
            let message = format!(
                "The specified bucket is not valid: {name:?} is reserved, or does not have 3 to 63 \
                 lowercase letters, digits, dots and hyphens with a letter or digit at each end"
            );
            return Err(Fault::invalid("InvalidBucketName", message));
        }
        let private = json!({
            "BlockPublicAcls": true,
            "BlockPublicPolicy": true,
            "IgnorePublicAcls": true,
            "RestrictPublicBuckets": true,
        });
        let enforced = json!({ "Rules": [{ "ObjectOwnership": "BucketOwnerEnforced" }] });
        let bucket = Bucket {
            created: Moment::now(),
            aspects: BTreeMap::from([
                ("OwnershipControls".to_owned(), enforced),
                ("PublicAccessBlockConfiguration".to_owned(), private),
            ]),
        };
        if self.buckets.insert(name, &bucket)? {
            Ok(())
        } else {
            Err(Fault::conflict(
                "BucketAlreadyOwnedByYou",
                format!("you already own the bucket {name}"),
            ))
        }
    }
}

pub async fn create(
    state: &State,
    request: S3Request<CreateBucketInput>,
) -> Result<S3Response<CreateBucketOutput>, Fault> {
    let input = request.input;
    let constraint = input
        .create_bucket_configuration
        .and_then(|configuration| configuration.location_constraint);
    if let Some(constraint) = constraint
        && !["", REGION].contains(&constraint.as_str())
    {
        let message = format!(
            "The {} location constraint is incompatible for the region specific endpoint this \
             request was sent to: the sandbox is {REGION}",
            constraint.as_str()
        );
        return Err(Fault::invalid(
            "IllegalLocationConstraintException",
            message,
        ));
    }
    state.create_bucket(&input.bucket)?;
    Ok(S3Response::new(CreateBucketOutput {
        location: Some(format!("/{}", input.bucket)),
    }))
}

pub async fn head(
    state: &State,
    request: S3Request<HeadBucketInput>,
) -> Result<S3Response<HeadBucketOutput>, Fault> {
    state.bucket(&request.input.bucket)?;
    Ok(S3Response::new(HeadBucketOutput {
        bucket_region: Some(REGION.to_owned()),
        ..HeadBucketOutput::default()
    }))
}

pub async fn location(
    state: &State,
    request: S3Request<GetBucketLocationInput>,
) -> Result<S3Response<GetBucketLocationOutput>, Fault> {
    state.bucket(&request.input.bucket)?;
    // Which stands for us-east-1.
    Ok(S3Response::new(GetBucketLocationOutput::default()))
}

pub async fn acl(
    state: &State,
    request: S3Request<GetBucketAclInput>,
) -> Result<S3Response<GetBucketAclOutput>, Fault> {
    state.bucket(&request.input.bucket)?;
    let grantee = Grantee {
        display_name: None,
        email_address: None,
        id: owner().id,
        type_: Type::from_static(Type::CANONICAL_USER),
        uri: None,
    };
    Ok(S3Response::new(GetBucketAclOutput {
        grants: Some(vec![Grant {
            grantee: Some(grantee),
            permission: Some(Permission::from_static(Permission::FULL_CONTROL)),
        }]),
        owner: Some(owner()),
    }))
}

/// The continuation token is the last name of the page before.
pub async fn list(
    state: &State,
    request: S3Request<ListBucketsInput>,
) -> Result<S3Response<ListBucketsOutput>, Fault> {
    let input = request.input;
    let most = match input.max_buckets.map(usize::try_from) {
        None => MOST,
        Some(Ok(most)) if (1..=MOST).contains(&most) => most,
        Some(_) => return Err(invalid_argument("max-buckets must be between 1 and 10000")),
    };
    let prefix = input.prefix.clone().unwrap_or_default();
    let token = input.continuation_token.unwrap_or_default();
    let start = following(&token).max(prefix.clone());
    let end = successor(&prefix).unwrap_or_else(|| END.to_owned());
    let mut found = state.buckets.range(&start..&end, most + 1)?;
    let more = found.len() > most;
    found.truncate(most);
    let last = found.last().filter(|_| more);
    Ok(S3Response::new(ListBucketsOutput {
        continuation_token: last.map(|(name, _)| name.clone()),
        buckets: Some(
            found
                .iter()
                .map(|(name, bucket)| dto::Bucket {
                    bucket_region: Some(REGION.to_owned()),
                    creation_date: Some(bucket.created.into()),
                    name: Some(name.clone()),
                })
                .collect(),
        ),
        owner: Some(owner()),
        prefix: input.prefix,
    }))
}

pub async fn delete(
    state: &State,
    request: S3Request<DeleteBucketInput>,
) -> Result<S3Response<DeleteBucketOutput>, Fault> {
    state.remove_bucket(&request.input.bucket)?;
    Ok(S3Response::new(DeleteBucketOutput::default()))
}
