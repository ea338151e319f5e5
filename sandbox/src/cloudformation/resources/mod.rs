//! The resource types: one file each, and a line in [`Types::of`]. A type says which properties and
//! attributes it has and how a resource of it is created, updated and deleted, through the operations of
//! its service; it knows nothing of stacks.

mod apigateway;
mod bucket;
mod bucket_policy;
mod cdk_metadata;
mod cognito;
mod event_invoke_config;
mod event_source_mapping;
mod events;
mod function;
mod handover;
mod layer_version;
mod live;
mod log_group;
mod managed_policy;
mod naming;
mod permission;
mod policy;
mod queue;
mod queue_policy;
mod role;
mod scheduler;
mod shape;
mod sns;
mod table;
mod tags;
mod wait_condition_handle;

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use async_trait::async_trait;
use serde_json::Value;

pub use live::{Live, differences};
pub use naming::Naming;
pub use shape::{Property, Shape, TAGS, Update, check, read};
pub use tags::check_tags;
use tags::with_tags;

use crate::arn;
use crate::caller::Caller;
use crate::fault::Fault;
use crate::platform::Platform;
use crate::service::{self, Service};

pub type Attributes = BTreeMap<String, Value>;

/// Properties are evaluated and [`read`] where they come in. `Ref` gives the physical id.
#[async_trait]
pub trait ResourceType: Send + Sync {
    /// Such as `AWS::S3::Bucket`.
    fn name(&self) -> &'static str;

    fn properties(&self) -> &'static [Property];

    /// Why properties of the right shape are refused, if they are. They may not be evaluated yet.
    fn refusal(&self, _properties: &Value) -> Option<String> {
        None
    }

    /// What it means that a property changes, in the properties from `old` to `new`.
    fn update_of(&self, property: &Property, _old: &Value, _new: &Value) -> Update {
        property.update
    }

    /// The properties with the tags of the stack, if the type takes tags.
    fn with_stack_tags(&self, properties: Value, tags: &BTreeMap<String, String>) -> Value {
        match self.properties().iter().any(|it| it.name == TAGS.name) {
            true => with_tags(properties, tags),
            false => properties,
        }
    }

    /// The names that `Fn::GetAtt` knows.
    fn attribute_names(&self) -> &'static [&'static str] {
        &[]
    }

    fn naming(&self) -> Naming;

    /// The properties or attributes that say which resource of the type it is.
    fn identifiers(&self) -> Vec<&'static str> {
        self.naming().property.into_iter().collect()
    }

    /// The physical id of the resource with this name.
    fn physical_id(&self, name: &str, _properties: &Value) -> String {
        name.to_owned()
    }

    /// Whether the service has a resource with this physical id. A random id is nobody else's.
    async fn exists(&self, _physical_id: &str, _properties: &Value) -> Result<bool, Fault> {
        Ok(false)
    }

    /// The resource as its service has it, where it should have these properties.
    async fn live(&self, _physical_id: &str, _properties: &Value) -> Result<Live, Fault> {
        Ok(Live::Unknown)
    }

    /// Creates the resource. With `again`, it may have been created already, whole or in part, by the
    /// stack and with the same properties: what exists counts as created.
    async fn create(&self, physical_id: &str, properties: &Value, again: bool)
    -> Result<(), Fault>;

    /// The values of all [`attribute_names`](Self::attribute_names).
    async fn attributes(&self, _physical: &str, _properties: &Value) -> Result<Attributes, Fault> {
        Ok(Attributes::new())
    }

    /// Updates the resource in place from the properties `old` to `new`. That may have been done already,
    /// whole or in part. Types of which each property replaces have nothing to do.
    async fn update(&self, _physical_id: &str, _old: &Value, _new: &Value) -> Result<(), Fault> {
        Ok(())
    }

    /// Deletes the resource. If it is refused, [`exists`](Self::exists) says whether there is one.
    async fn delete(&self, physical_id: &str, properties: &Value) -> Result<(), Fault>;
}

/// All types that there are.
pub struct Types(BTreeMap<&'static str, Arc<dyn ResourceType>>);

impl Types {
    pub fn new(types: impl IntoIterator<Item = Arc<dyn ResourceType>>) -> Self {
        Self(types.into_iter().map(|it| (it.name(), it)).collect())
    }

    pub fn of(platform: &Platform) -> Self {
        let Platform {
            apigateway,
            cognito,
            dynamodb,
            events,
            handover: _,
            iam,
            lambda,
            logs,
            s3,
            scheduler,
            sns,
            sqs,
            ..
        } = platform.clone();
        Self::new([
            Arc::new(apigateway::Account(apigateway.clone())) as Arc<dyn ResourceType>,
            Arc::new(apigateway::Authorizer(apigateway.clone())),
            Arc::new(apigateway::Deployment(apigateway.clone())),
            Arc::new(apigateway::GatewayResponse(apigateway.clone())),
            Arc::new(apigateway::Method(apigateway.clone())),
            Arc::new(apigateway::Model(apigateway.clone())),
            Arc::new(apigateway::RequestValidator(apigateway.clone())),
            Arc::new(apigateway::Resource(apigateway.clone())),
            Arc::new(apigateway::RestApi(apigateway.clone())),
            Arc::new(apigateway::Stage(apigateway)),
            Arc::new(bucket::Bucket(s3.clone())),
            Arc::new(bucket_policy::BucketPolicy(s3)),
            Arc::new(cdk_metadata::CdkMetadata),
            Arc::new(cognito::UserPool(cognito.clone())),
            Arc::new(cognito::UserPoolClient(cognito)),
            Arc::new(event_invoke_config::EventInvokeConfig(lambda.clone())),
            Arc::new(event_source_mapping::EventSourceMapping(lambda.clone())),
            Arc::new(events::EventBus(events.clone())),
            Arc::new(events::Rule(events)),
            Arc::new(function::Function(lambda.clone())),
            Arc::new(layer_version::LayerVersion(lambda.clone())),
            Arc::new(log_group::LogGroup(logs)),
            Arc::new(managed_policy::ManagedPolicy(iam.clone())),
            Arc::new(permission::Permission(lambda)),
            Arc::new(policy::InlinePolicy(iam.clone())),
            Arc::new(queue::Queue(sqs.clone())),
            Arc::new(queue_policy::QueuePolicy(sqs)),
            Arc::new(role::Role(iam)),
            Arc::new(scheduler::Schedule(scheduler.clone())),
            Arc::new(scheduler::ScheduleGroup(scheduler)),
            Arc::new(sns::Subscription(sns.clone())),
            Arc::new(sns::Topic(sns.clone())),
            Arc::new(sns::TopicPolicy(sns)),
            Arc::new(table::Table(dynamodb)),
            Arc::new(wait_condition_handle::WaitConditionHandle),
        ])
    }

    pub fn get(&self, name: &str) -> Option<&Arc<dyn ResourceType>> {
        self.0.get(name)
    }

    pub fn names(&self) -> Vec<&'static str> {
        self.0.keys().copied().collect()
    }
}

impl fmt::Debug for Types {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_list().entries(self.0.keys()).finish()
    }
}

/// Calls an operation of a service as CloudFormation.
async fn ask(
    service: &dyn Service,
    operation: &'static str,
    parameters: Value,
) -> Result<Value, Fault> {
    let caller = Caller {
        id: "AROACLOUDFORMATION00:AWSCloudFormation".to_owned(),
        arn: arn::global("sts", "assumed-role/cloudformation/AWSCloudFormation"),
        ..Caller::default()
    };
    service::call(service, operation, parameters, &caller).await
}

/// As [`ask`]. A fault with this code means that there is nothing to do.
async fn ask_unless(
    service: &dyn Service,
    operation: &'static str,
    parameters: Value,
    code: &str,
) -> Result<(), Fault> {
    unless(ask(service, operation, parameters).await, code)
}

/// Whether the service has what `operation` reads. A fault with this code means that it has not.
async fn has(
    service: &dyn Service,
    operation: &'static str,
    parameters: Value,
    code: &str,
) -> Result<bool, Fault> {
    let found = look_up(service, operation, parameters, code).await?;
    Ok(found.is_some())
}

/// What the operation answers; `None` if it fails with this code.
async fn look_up(
    service: &dyn Service,
    operation: &'static str,
    parameters: Value,
    code: &str,
) -> Result<Option<Value>, Fault> {
    match ask(service, operation, parameters).await {
        Err(fault) if fault.code == code => Ok(None),
        answer => answer.map(Some),
    }
}

/// Ignores a fault with this code.
fn unless<T>(result: Result<T, Fault>, code: &str) -> Result<(), Fault> {
    match result {
        Err(fault) if fault.code != code => Err(fault),
        _ => Ok(()),
    }
}

/// As [`unless`], of a creation that may have been done already.
fn unless_again<T>(result: Result<T, Fault>, again: bool, code: &str) -> Result<(), Fault> {
    if again {
        unless(result, code)
    } else {
        result.map(|_| ())
    }
}

/// Whether a service refused to create something because it has one of that name.
pub fn is_taken(fault: &Fault) -> bool {
    matches!(
        fault.code.as_str(),
        "BucketAlreadyExists"
            | "BucketAlreadyOwnedByYou"
            | "EntityAlreadyExists"
            | "QueueNameExists"
            | "ResourceAlreadyExistsException"
            | "ResourceConflictException"
            | "ResourceInUseException"
    )
}

/// Those of the properties that have the names.
fn only(properties: &Value, names: &[&str]) -> serde_json::Map<String, Value> {
    let mut picked = serde_json::Map::new();
    for name in names {
        if let Some(value) = properties.get(name) {
            picked.insert((*name).to_owned(), value.clone());
        }
    }
    picked
}

/// The items of a property that is a list; none if it is not given.
fn list<'a>(properties: &'a Value, name: &str) -> &'a [Value] {
    properties[name].as_array().map_or(&[], Vec::as_slice)
}

/// A policy document as IAM takes it: in text. A template may have it so already.
fn text(document: &Value) -> Value {
    match document {
        Value::String(_) => document.clone(),
        document => Value::String(document.to_string()),
    }
}

/// Attributes from names and texts.
fn attributes<const COUNT: usize>(values: [(&str, String); COUNT]) -> Attributes {
    values
        .into_iter()
        .map(|(name, value)| (name.to_owned(), Value::String(value)))
        .collect()
}
