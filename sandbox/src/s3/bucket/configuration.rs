//! The configuration of buckets. It is stored as it came: the XML document from a client, or the
//! JSON value of `AWS::S3::Bucket` from a template, which is converted when a client reads it.
//!
//! Versioning, policies, events and web sites have their effect; but nothing is encrypted or expires.

use s3s::dto::{
    BucketLifecycleConfiguration, ErrorDocument, IndexDocument, NotificationConfiguration,
    ObjectOwnership, OwnershipControls, OwnershipControlsRule, PublicAccessBlockConfiguration,
    ServerSideEncryption, ServerSideEncryptionByDefault, ServerSideEncryptionConfiguration,
    ServerSideEncryptionRule, Tag, Tagging, VersioningConfiguration, WebsiteConfiguration,
};
use s3s::xml;
use serde_json::{Map, Value};

use crate::authorise::policy::Document;
use crate::fault::Fault;
use crate::s3::errors::{invalid_argument, not_implemented};
use crate::s3::records::Bucket;
use crate::s3::tag_set;
use crate::tags::MOST as MAX_TAGS;

/// The property name of a bucket's policy, which is a document of its own in templates.
pub const POLICY: &str = "Policy";
/// In bytes. Source: "Bucket policy examples" in S3's user guide.
const MAX_POLICY: usize = 20 * 1024;

/// A configuration of a bucket that S3's API reads and writes as an XML document.
pub trait Configuration: xml::Serialize + for<'xml> xml::Deserialize<'xml> {
    /// The property of `AWS::S3::Bucket`.
    const PROPERTY: &'static str;
    /// The error code and the description of what is missing, where a bucket has none.
    const MISSING: (&'static str, &'static str);

    /// From the value of the property. Templates can have numbers and booleans as strings.
    fn from_template(value: &Value) -> Option<Self>;

    fn validate(&self) -> Result<(), Fault> {
        Ok(())
    }
}

impl Bucket {
    pub fn get<T: Configuration>(&self) -> Result<Option<T>, Fault> {
        let value = self.configuration.get(T::PROPERTY);
        value.map(from_value).transpose()
    }
}

/// From the stored value.
fn from_value<T: Configuration>(value: &Value) -> Result<T, Fault> {
    let parsed = match value {
        Value::String(xml) => T::deserialize(&mut xml::Deserializer::new(xml.as_bytes())).ok(),
        value => T::from_template(value),
    };
    parsed.ok_or_else(|| Fault::internal(format!("a bucket's {} is damaged", T::PROPERTY)))
}

/// The value to store.
pub fn to_value<T: Configuration>(configuration: &T) -> Result<Value, Fault> {
    let mut xml = Vec::new();
    let written = configuration.serialize(&mut xml::Serializer::new(&mut xml));
    written.map_err(|error| Fault::internal(error.to_string()))?;
    let xml = String::from_utf8(xml).map_err(|error| Fault::internal(error.to_string()))?;
    Ok(Value::String(xml))
}

/// Checks the value of a property of `AWS::S3::Bucket`, or of the policy.
pub fn check_property(property: &str, value: Option<&Value>) -> Result<(), Fault> {
    fn check<T: Configuration>(value: Option<&Value>) -> Result<(), Fault> {
        let Some(value) = value else { return Ok(()) };
        T::from_template(value)
            .ok_or_else(|| invalid_argument(format!("{} is malformed", T::PROPERTY)))?
            .validate()
    }
    macro_rules! dispatch {
        ($($configuration:ty),+) => {
            match property {
                $(<$configuration>::PROPERTY => check::<$configuration>(value),)+
                POLICY => value.map_or(Ok(()), check_policy),
                _ => Err(not_implemented(format!(
                    "the sandbox does not support {property} of buckets; it supports {}",
                    [$(<$configuration>::PROPERTY,)+ POLICY].join(", ")
                ))),
            }
        };
    }
    dispatch!(
        ServerSideEncryptionConfiguration,
        BucketLifecycleConfiguration,
        NotificationConfiguration,
        OwnershipControls,
        PublicAccessBlockConfiguration,
        Tagging,
        VersioningConfiguration,
        WebsiteConfiguration
    )
}

impl Configuration for ServerSideEncryptionConfiguration {
    const PROPERTY: &'static str = "BucketEncryption";
    const MISSING: (&'static str, &'static str) = (
        "ServerSideEncryptionConfigurationNotFoundError",
        "encryption configuration",
    );

    fn from_template(value: &Value) -> Option<Self> {
        let rule = |rule: &Value| {
            let default = &rule["ServerSideEncryptionByDefault"];
            ServerSideEncryptionRule {
                apply_server_side_encryption_by_default: string(&default["SSEAlgorithm"]).map(
                    |algorithm| ServerSideEncryptionByDefault {
                        kms_master_key_id: string(&default["KMSMasterKeyID"]),
                        sse_algorithm: algorithm.into(),
                    },
                ),
                bucket_key_enabled: boolean(&rule["BucketKeyEnabled"]),
            }
        };
        let rules = value["ServerSideEncryptionConfiguration"].as_array()?;
        Some(Self {
            rules: rules.iter().map(rule).collect(),
        })
    }

    fn validate(&self) -> Result<(), Fault> {
        let malformed = |message: String| Err(Fault::invalid("MalformedXML", message));
        let [rule] = self.rules.as_slice() else {
            return malformed("there must be one encryption rule".to_owned());
        };
        let Some(default) = &rule.apply_server_side_encryption_by_default else {
            return Ok(());
        };
        let allowed = [
            ServerSideEncryption::AES256,
            ServerSideEncryption::AWS_KMS,
            ServerSideEncryption::AWS_KMS_DSSE,
        ];
        let algorithm = default.sse_algorithm.as_str();
        if !allowed.contains(&algorithm) {
            return malformed(format!(
                "SSEAlgorithm must be one of {}",
                allowed.join(", ")
            ));
        }
        if algorithm == ServerSideEncryption::AES256 && default.kms_master_key_id.is_some() {
            return Err(invalid_argument(
                "a KMSMasterKeyID is not applicable if the default SSEAlgorithm is AES256",
            ));
        }
        Ok(())
    }
}

/// The encryption of objects whose requests say none.
pub fn default_encryption(bucket: &Bucket) -> Result<ServerSideEncryptionRule, Fault> {
    let encryption: Option<ServerSideEncryptionConfiguration> = bucket.get()?;
    let mut rules = encryption.unwrap_or_else(s3_managed_encryption).rules;
    Ok(rules.pop().unwrap_or_default())
}

/// S3 encrypts a bucket without a configuration with its own keys. Source: "Setting default
/// server-side encryption behavior" in S3's user guide.
pub fn s3_managed_encryption() -> ServerSideEncryptionConfiguration {
    let default = ServerSideEncryptionByDefault {
        kms_master_key_id: None,
        sse_algorithm: ServerSideEncryption::from_static(ServerSideEncryption::AES256),
    };
    ServerSideEncryptionConfiguration {
        rules: vec![ServerSideEncryptionRule {
            apply_server_side_encryption_by_default: Some(default),
            bucket_key_enabled: Some(false),
        }],
    }
}

impl Configuration for PublicAccessBlockConfiguration {
    const PROPERTY: &'static str = "PublicAccessBlockConfiguration";
    const MISSING: (&'static str, &'static str) = (
        "NoSuchPublicAccessBlockConfiguration",
        "public access block configuration",
    );

    fn from_template(value: &Value) -> Option<Self> {
        let flag = |name: &str| Some(boolean(&value[name]).unwrap_or(false));
        Some(Self {
            block_public_acls: flag("BlockPublicAcls"),
            block_public_policy: flag("BlockPublicPolicy"),
            ignore_public_acls: flag("IgnorePublicAcls"),
            restrict_public_buckets: flag("RestrictPublicBuckets"),
        })
    }
}

impl Configuration for OwnershipControls {
    const PROPERTY: &'static str = "OwnershipControls";
    const MISSING: (&'static str, &'static str) =
        ("OwnershipControlsNotFoundError", "ownership controls");

    fn from_template(value: &Value) -> Option<Self> {
        let rules = value["Rules"].as_array()?.iter().map(|rule| {
            let ownership = string(&rule["ObjectOwnership"])?;
            Some(OwnershipControlsRule {
                object_ownership: ownership.into(),
            })
        });
        Some(Self {
            rules: rules.collect::<Option<_>>()?,
        })
    }

    fn validate(&self) -> Result<(), Fault> {
        let allowed = [
            ObjectOwnership::BUCKET_OWNER_ENFORCED,
            ObjectOwnership::BUCKET_OWNER_PREFERRED,
            ObjectOwnership::OBJECT_WRITER,
        ];
        match self.rules.as_slice() {
            [rule] if allowed.contains(&rule.object_ownership.as_str()) => Ok(()),
            _ => Err(Fault::invalid(
                "MalformedXML",
                format!(
                    "there must be one ObjectOwnership of {}",
                    allowed.join(", ")
                ),
            )),
        }
    }
}

impl Configuration for Tagging {
    const PROPERTY: &'static str = "Tags";
    const MISSING: (&'static str, &'static str) = ("NoSuchTagSet", "tags");

    fn from_template(value: &Value) -> Option<Self> {
        let tags = value.as_array()?.iter().map(|tag| {
            Some(Tag {
                key: Some(string(&tag["Key"])?),
                value: Some(string(&tag["Value"]).unwrap_or_default()),
            })
        });
        Some(Self {
            tag_set: tags.collect::<Option<_>>()?,
        })
    }

    fn validate(&self) -> Result<(), Fault> {
        if self.tag_set.len() > MAX_TAGS {
            return Err(invalid_argument(format!(
                "a bucket can have at most {MAX_TAGS} tags, and the request has {}",
                self.tag_set.len()
            )));
        }
        tag_set::check(self.tag_set.iter().map(|tag| {
            let (key, value) = (tag.key.as_deref(), tag.value.as_deref());
            (key.unwrap_or_default(), value.unwrap_or_default())
        }))
    }
}

impl Configuration for VersioningConfiguration {
    const PROPERTY: &'static str = "VersioningConfiguration";
    const MISSING: (&'static str, &'static str) = ("NoSuchVersioning", "versioning configuration");

    fn from_template(value: &Value) -> Option<Self> {
        Some(Self {
            status: Some(string(&value["Status"])?.into()),
            ..Self::default()
        })
    }

    fn validate(&self) -> Result<(), Fault> {
        match self.status.as_ref().map(|status| status.as_str()) {
            Some("Enabled" | "Suspended") => Ok(()),
            _ => Err(Fault::invalid(
                "IllegalVersioningConfigurationException",
                "The Versioning element must be specified: its Status must be Enabled or Suspended",
            )),
        }
    }
}

impl Configuration for WebsiteConfiguration {
    const PROPERTY: &'static str = "WebsiteConfiguration";
    const MISSING: (&'static str, &'static str) =
        ("NoSuchWebsiteConfiguration", "website configuration");

    fn from_template(value: &Value) -> Option<Self> {
        let index = string(&value["IndexDocument"]).map(|suffix| IndexDocument { suffix });
        let error = string(&value["ErrorDocument"]).map(|key| ErrorDocument { key });
        Some(Self {
            error_document: error,
            index_document: index,
            ..Self::default()
        })
    }

    fn validate(&self) -> Result<(), Fault> {
        if self.redirect_all_requests_to.is_some() || self.routing_rules.is_some() {
            return Err(not_implemented(
                "the sandbox does not support RedirectAllRequestsTo and RoutingRules of web sites",
            ));
        }
        let index = self.index_document.as_ref();
        let index = index.map(|index| index.suffix.as_str()).unwrap_or_default();
        if index.is_empty() || index.contains('/') {
            return Err(invalid_argument(
                "The IndexDocument Suffix is not well formed",
            ));
        }
        match &self.error_document {
            Some(error) if error.key.is_empty() => {
                Err(invalid_argument("The ErrorDocument Key is not well formed"))
            }
            _ => Ok(()),
        }
    }
}

/// Templates can have a policy as a string.
fn check_policy(document: &Value) -> Result<(), Fault> {
    let text = string(document).unwrap_or_else(|| document.to_string());
    parse_policy(&text).map(drop)
}

/// The document of a bucket policy, if its syntax is right.
pub fn parse_policy(text: &str) -> Result<Value, Fault> {
    let malformed = |message: String| Fault::invalid("MalformedPolicy", message);
    if text.len() > MAX_POLICY {
        let message = format!("a policy can have at most {MAX_POLICY} bytes");
        return Err(malformed(message));
    }
    let document: Map<String, Value> = serde_json::from_str(text)
        .map_err(|error| malformed(format!("Policies must be valid JSON: {error}")))?;
    match document.get("Statement") {
        Some(Value::Array(_) | Value::Object(_)) => {
            let document = Value::Object(document);
            Document::read(&document).map_err(malformed)?;
            Ok(document)
        }
        _ => Err(malformed("Missing required field Statement".to_owned())),
    }
}

pub fn string(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        Value::Bool(flag) => Some(flag.to_string()),
        _ => None,
    }
}

pub fn boolean(value: &Value) -> Option<bool> {
    string(value)?.parse().ok()
}
