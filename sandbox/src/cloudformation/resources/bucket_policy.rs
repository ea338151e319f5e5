//! AWS::S3::BucketPolicy.

use std::sync::Arc;

use async_trait::async_trait;
use serde_json::Value;

use super::{Naming, Property, ResourceType, Shape};
use crate::fault::Fault;
use crate::s3::S3;

pub struct BucketPolicy(pub Arc<S3>);

/// The bucket's configuration that is the policy.
const POLICY: &str = "Policy";

#[async_trait]
impl ResourceType for BucketPolicy {
    fn name(&self) -> &'static str {
        "AWS::S3::BucketPolicy"
    }

    fn properties(&self) -> &'static [Property] {
        const {
            &[
                Property::required("Bucket", Shape::Text).replaces(),
                Property::required("PolicyDocument", Shape::Document),
            ]
        }
    }

    /// A policy goes by the name of its bucket, which has no other.
    fn naming(&self) -> Naming {
        Naming::by("Bucket", 63)
    }

    async fn exists(&self, bucket: &str, _: &Value) -> Result<bool, Fault> {
        Ok(self.0.bucket_configuration(bucket, POLICY)?.is_some())
    }

    async fn create(&self, bucket: &str, properties: &Value, _again: bool) -> Result<(), Fault> {
        let document = properties["PolicyDocument"].clone();
        self.0.configure_bucket(bucket, POLICY, Some(document))
    }

    async fn update(&self, bucket: &str, _: &Value, new: &Value) -> Result<(), Fault> {
        self.create(bucket, new, true).await
    }

    async fn delete(&self, bucket: &str, _: &Value) -> Result<(), Fault> {
        self.0.configure_bucket(bucket, POLICY, None)
    }
}
