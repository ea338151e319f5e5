//! AWS::S3::Bucket.

use std::sync::Arc;

use async_trait::async_trait;
use serde_json::Value;

use super::{
    Attributes, Live, Naming, Property, ResourceType, Shape, TAGS, attributes, unless_again,
};
use crate::REGION;
use crate::fault::Fault;
use crate::s3::S3;

pub struct Bucket(pub Arc<S3>);

const ENCRYPTION: Shape = Shape::Object(&[Property::required(
    "ServerSideEncryptionConfiguration",
    Shape::List(&Shape::Object(&[
        Property::optional("BucketKeyEnabled", Shape::Flag),
        Property::optional("ServerSideEncryptionByDefault", BY_DEFAULT),
    ])),
)]);
const BY_DEFAULT: Shape = Shape::Object(&[
    Property::required("SSEAlgorithm", Shape::Text),
    Property::optional("KMSMasterKeyID", Shape::Text),
]);
const LIFECYCLE: Shape = Shape::Object(&[
    Property::required("Rules", Shape::List(&RULE)),
    Property::optional("TransitionDefaultMinimumObjectSize", Shape::Text),
]);
const RULE: Shape = Shape::Object(&[
    Property::optional("AbortIncompleteMultipartUpload", ABORT),
    Property::optional("ExpirationDate", Shape::Text),
    Property::optional("ExpirationInDays", Shape::Whole),
    Property::optional("ExpiredObjectDeleteMarker", Shape::Flag),
    Property::optional("Id", Shape::Text),
    Property::optional("NoncurrentVersionExpiration", NONCURRENT),
    Property::optional("NoncurrentVersionExpirationInDays", Shape::Whole),
    Property::optional("ObjectSizeGreaterThan", Shape::Text),
    Property::optional("ObjectSizeLessThan", Shape::Text),
    Property::optional("Prefix", Shape::Text),
    Property::required("Status", Shape::Text),
    Property::optional("TagFilters", TAGS.shape),
]);
const ABORT: Shape = Shape::Object(&[Property::required("DaysAfterInitiation", Shape::Whole)]);
const NONCURRENT: Shape = Shape::Object(&[
    Property::required("NoncurrentDays", Shape::Whole),
    Property::optional("NewerNoncurrentVersions", Shape::Whole),
]);
const NOTIFICATION: Shape = Shape::Object(&[
    Property::optional("LambdaConfigurations", Shape::List(&TO_FUNCTION)),
    Property::optional("QueueConfigurations", Shape::List(&TO_QUEUE)),
    Property::optional("TopicConfigurations", Shape::List(&TO_TOPIC)),
]);
const TO_FUNCTION: Shape = Shape::Object(&[
    Property::required("Event", Shape::Text),
    Property::optional("Filter", FILTER),
    Property::required("Function", Shape::Text),
]);
const TO_QUEUE: Shape = Shape::Object(&[
    Property::required("Event", Shape::Text),
    Property::optional("Filter", FILTER),
    Property::required("Queue", Shape::Text),
]);
const TO_TOPIC: Shape = Shape::Object(&[
    Property::required("Event", Shape::Text),
    Property::optional("Filter", FILTER),
    Property::required("Topic", Shape::Text),
]);
const FILTER: Shape = Shape::Object(&[Property::required("S3Key", S3_KEY)]);
const S3_KEY: Shape = Shape::Object(&[Property::required("Rules", Shape::List(&FILTER_RULE))]);
const FILTER_RULE: Shape = Shape::Object(&[
    Property::required("Name", Shape::Text),
    Property::required("Value", Shape::Text),
]);
const OWNERSHIP: Shape = Shape::Object(&[Property::required(
    "Rules",
    Shape::List(&Shape::Object(&[Property::optional(
        "ObjectOwnership",
        Shape::Text,
    )])),
)]);
const PUBLIC_ACCESS: Shape = Shape::Object(&[
    Property::optional("BlockPublicAcls", Shape::Flag),
    Property::optional("BlockPublicPolicy", Shape::Flag),
    Property::optional("IgnorePublicAcls", Shape::Flag),
    Property::optional("RestrictPublicBuckets", Shape::Flag),
]);
const WEBSITE: Shape = Shape::Object(&[
    Property::optional("ErrorDocument", Shape::Text),
    Property::optional("IndexDocument", Shape::Text),
]);
const VERSIONING: Shape = Shape::Object(&[Property::required("Status", Shape::Text)]);

#[async_trait]
impl ResourceType for Bucket {
    fn name(&self) -> &'static str {
        "AWS::S3::Bucket"
    }

    fn properties(&self) -> &'static [Property] {
        const {
            &[
                Property::optional("BucketEncryption", ENCRYPTION),
                Property::optional("BucketName", Shape::Text).replaces(),
                Property::optional("LifecycleConfiguration", LIFECYCLE),
                Property::optional("NotificationConfiguration", NOTIFICATION),
                Property::optional("OwnershipControls", OWNERSHIP),
                Property::optional("PublicAccessBlockConfiguration", PUBLIC_ACCESS),
                TAGS,
                Property::optional("VersioningConfiguration", VERSIONING),
                Property::optional("WebsiteConfiguration", WEBSITE),
            ]
        }
    }

    fn attribute_names(&self) -> &'static [&'static str] {
        &[
            "Arn",
            "DomainName",
            "DualStackDomainName",
            "RegionalDomainName",
            "WebsiteURL",
        ]
    }

    fn naming(&self) -> Naming {
        Naming {
            lower_case: true,
            ..Naming::by("BucketName", 63)
        }
    }

    async fn exists(&self, physical_id: &str, _: &Value) -> Result<bool, Fault> {
        self.0.bucket_exists(physical_id)
    }

    async fn live(&self, physical_id: &str, properties: &Value) -> Result<Live, Fault> {
        let exists = self.exists(physical_id, properties).await?;
        Ok(Live::existing(exists, properties))
    }

    async fn create(
        &self,
        physical_id: &str,
        properties: &Value,
        again: bool,
    ) -> Result<(), Fault> {
        let created = self.0.create_bucket(physical_id);
        unless_again(created, again, "BucketAlreadyOwnedByYou")?;
        self.configure(physical_id, &Value::Null, properties)
    }

    async fn attributes(&self, physical_id: &str, _: &Value) -> Result<Attributes, Fault> {
        Ok(attributes([
            ("Arn", format!("arn:aws:s3:::{physical_id}")),
            ("DomainName", format!("{physical_id}.s3.amazonaws.com")),
            (
                "DualStackDomainName",
                format!("{physical_id}.s3.dualstack.{REGION}.amazonaws.com"),
            ),
            (
                "RegionalDomainName",
                format!("{physical_id}.s3.{REGION}.amazonaws.com"),
            ),
            (
                "WebsiteURL",
                format!("http://{physical_id}.s3-website-{REGION}.amazonaws.com"),
            ),
        ]))
    }

    async fn update(&self, physical_id: &str, old: &Value, new: &Value) -> Result<(), Fault> {
        self.configure(physical_id, old, new)
    }

    async fn delete(&self, physical_id: &str, _: &Value) -> Result<(), Fault> {
        self.0.delete_bucket(physical_id)
    }
}

impl Bucket {
    fn configure(&self, bucket: &str, old: &Value, new: &Value) -> Result<(), Fault> {
        let aspects = self.properties().iter().map(|property| property.name);
        for aspect in aspects.filter(|aspect| *aspect != "BucketName") {
            let value = new.get(aspect).cloned();
            if value.is_some() || old.get(aspect).is_some() {
                self.0.configure_bucket(bucket, aspect, value)?;
            }
        }
        Ok(())
    }
}
