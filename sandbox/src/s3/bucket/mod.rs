//! Buckets: created, listed, deleted.

pub mod configuration;
pub mod configure;
pub mod expiration;
mod lifecycle;

use std::collections::BTreeMap;

use http::HeaderMap;
use s3s::dto::{
    self, CreateBucketInput, CreateBucketOutput, DeleteBucketInput, DeleteBucketOutput,
    GetBucketAclInput, GetBucketAclOutput, GetBucketLocationInput, GetBucketLocationOutput, Grant,
    Grantee, HeadBucketInput, HeadBucketOutput, ListBucketsInput, ListBucketsOutput,
    ObjectOwnership, Owner, OwnershipControls, Permission, PublicAccessBlockConfiguration, Tagging,
    Type,
};
use s3s::path::check_bucket_name;
use s3s::{S3Request, S3Response};
use serde_json::json;

use configuration::{Configuration, check_property};

use crate::fault::Fault;
use crate::s3::errors::{invalid_argument, not_implemented};
use crate::s3::key_listing::parse_continuation_token;
use crate::s3::library::BucketTags;
use crate::s3::operations::bucket_arn;
use crate::s3::records::{Bucket, UnixTime};
use crate::s3::storage::Storage;
use crate::wire;
use crate::{ACCOUNT, REGION};

/// On one page. Source: `MaxBuckets` in S3's documentation of ListBuckets.
const MAX_BUCKETS: usize = 10_000;
/// The name of the list of buckets.
const BUCKETS: &str = "buckets";

/// The owner of all buckets. Its id is the account's, padded to the 64 digits of S3's canonical
/// user ids.
pub fn owner() -> Owner {
    Owner {
        display_name: None,
        id: Some(format!("{ACCOUNT:0>64}")),
    }
}

impl Storage {
    /// Creates a bucket with S3's defaults: public access blocked, and ACLs disabled unless
    /// `ownership` says otherwise.
    pub fn create_bucket(&self, name: &str, ownership: Option<&str>) -> Result<(), Fault> {
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
        let ownership = ownership.unwrap_or(ObjectOwnership::BUCKET_OWNER_ENFORCED);
        let controls = json!({ "Rules": [{ "ObjectOwnership": ownership }] });
        check_property(OwnershipControls::PROPERTY, Some(&controls))?;
        let bucket = Bucket {
            created: UnixTime::now(),
            configuration: BTreeMap::from([
                (OwnershipControls::PROPERTY.to_owned(), controls),
                (PublicAccessBlockConfiguration::PROPERTY.to_owned(), private),
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
    storage: &Storage,
    request: S3Request<CreateBucketInput>,
) -> Result<S3Response<CreateBucketOutput>, Fault> {
    let input = request.input;
    let configuration = input.create_bucket_configuration.unwrap_or_default();
    if configuration.bucket.is_some() || configuration.location.is_some() {
        return Err(not_implemented(
            "the sandbox does not support directory buckets (Bucket and Location of \
             CreateBucketConfiguration)",
        ));
    }
    let location = configuration.location_constraint;
    check_location(location.as_ref().map_or("", |location| location.as_str()))?;
    let ownership = input.object_ownership.as_ref().map(|it| it.as_str());
    let tags = request.extensions.get::<BucketTags>();
    let tagging = tags.map(|BucketTags(tags)| Tagging {
        tag_set: tags.clone(),
    });
    if let Some(tagging) = &tagging {
        tagging.validate()?;
    }
    storage.create_bucket(&input.bucket, ownership)?;
    if let Some(tagging) = &tagging {
        storage.put_configuration(&input.bucket, tagging)?;
    }
    let output = CreateBucketOutput {
        location: Some(format!("/{}", input.bucket)),
    };
    let headers = arn_header(&input.bucket);
    Ok(S3Response::with_headers(output, headers))
}

/// The endpoint of us-east-1 takes no location but an empty one. Source: S3's documentation of
/// CreateBucket.
fn check_location(location: &str) -> Result<(), Fault> {
    if location.is_empty() {
        return Ok(());
    }
    let words: Vec<&str> = location.split('-').collect();
    let is_region = words.len() > 2 && words[words.len() - 1].parse::<u8>().is_ok();
    if is_region && location != REGION {
        let message = format!(
            "The {location} location constraint is incompatible for the region specific endpoint this \
             request was sent to: the sandbox is {REGION}"
        );
        return Err(Fault::invalid(
            "IllegalLocationConstraintException",
            message,
        ));
    }
    let message = "The specified location-constraint is not valid";
    Err(Fault::invalid("InvalidLocationConstraint", message))
}

/// The library's outputs have no member for it.
fn arn_header(bucket: &str) -> HeaderMap {
    let mut headers = HeaderMap::new();
    wire::set(&mut headers, "x-amz-bucket-arn", &bucket_arn(bucket));
    headers
}

pub async fn head(
    storage: &Storage,
    request: S3Request<HeadBucketInput>,
) -> Result<S3Response<HeadBucketOutput>, Fault> {
    storage.bucket(&request.input.bucket)?;
    let output = HeadBucketOutput {
        bucket_region: Some(REGION.to_owned()),
        ..HeadBucketOutput::default()
    };
    let headers = arn_header(&request.input.bucket);
    Ok(S3Response::with_headers(output, headers))
}

pub async fn location(
    storage: &Storage,
    request: S3Request<GetBucketLocationInput>,
) -> Result<S3Response<GetBucketLocationOutput>, Fault> {
    storage.bucket(&request.input.bucket)?;
    // An empty location is us-east-1. Source: S3's documentation of GetBucketLocation.
    Ok(S3Response::new(GetBucketLocationOutput::default()))
}

pub async fn acl(
    storage: &Storage,
    request: S3Request<GetBucketAclInput>,
) -> Result<S3Response<GetBucketAclOutput>, Fault> {
    storage.bucket(&request.input.bucket)?;
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

pub async fn list(
    storage: &Storage,
    request: S3Request<ListBucketsInput>,
) -> Result<S3Response<ListBucketsOutput>, Fault> {
    let input = request.input;
    let max = match input.max_buckets.map(usize::try_from) {
        None => MAX_BUCKETS,
        Some(Ok(max)) if (1..=MAX_BUCKETS).contains(&max) => max,
        Some(_) => return Err(invalid_argument("max-buckets must be between 1 and 10000")),
    };
    let is_here = input.bucket_region.is_none_or(|region| region == REGION);
    let prefix = input.prefix.as_deref().unwrap_or_default();
    let token = input.continuation_token.as_deref();
    let after = token
        .map(|token| parse_continuation_token(BUCKETS, token))
        .transpose()?;
    let page = storage
        .buckets
        .page(prefix, after.as_ref(), max, |_| is_here)?;
    let bucket = |(name, bucket): (String, Bucket)| dto::Bucket {
        bucket_region: Some(REGION.to_owned()),
        creation_date: Some(bucket.created.into()),
        name: Some(name),
    };
    Ok(S3Response::new(ListBucketsOutput {
        continuation_token: page.next.map(|next| next.token(BUCKETS)),
        buckets: Some(page.items.into_iter().map(bucket).collect()),
        owner: Some(owner()),
        prefix: input.prefix,
    }))
}

pub async fn delete(
    storage: &Storage,
    request: S3Request<DeleteBucketInput>,
) -> Result<S3Response<DeleteBucketOutput>, Fault> {
    storage.delete_bucket(&request.input.bucket)?;
    Ok(S3Response::new(DeleteBucketOutput::default()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn buckets_are_in_the_sandboxs_region() {
        let code = |location| check_location(location).map_err(|fault| fault.code);
        assert_eq!(code(""), Ok(()));
        for location in ["us-east-1", "foo", "EU", "a-b-c"] {
            assert_eq!(code(location), Err("InvalidLocationConstraint".to_owned()));
        }
        for location in ["eu-central-1", "us-gov-west-1"] {
            let expected = Err("IllegalLocationConstraintException".to_owned());
            assert_eq!(code(location), expected);
        }
    }
}
