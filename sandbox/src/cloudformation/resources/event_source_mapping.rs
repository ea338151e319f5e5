//! AWS::Lambda::EventSourceMapping: a queue whose messages a function gets, or a stream with its records.

use std::sync::Arc;

use async_trait::async_trait;
use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256};

use super::live::overlaid;
use super::tags::{TagOperations, by_key, retag};
use super::{
    Attributes, Live, Naming, Property, ResourceType, Shape, TAGS, ask, attributes, has, look_up,
    only, unless_again,
};
use crate::arn;
use crate::fault::Fault;
use crate::lambda::Lambda;
use crate::store;

pub struct EventSourceMapping(pub Arc<Lambda>);

const TAG_OPERATIONS: TagOperations = TagOperations::new("Resource", "Tags", "TagKeys").with_map();
const MISSING: &str = "ResourceNotFoundException";
const FILTERS: Shape = Shape::Object(&[Property::optional("Filters", Shape::List(&FILTER))]);
const FILTER: Shape = Shape::Object(&[Property::required("Pattern", Shape::Text)]);
const DESTINATIONS: Shape = Shape::Object(&[Property::optional("OnFailure", DESTINATION)]);
const DESTINATION: Shape = Shape::Object(&[Property::optional("Destination", Shape::Text)]);
const SCALING: Shape = Shape::Object(&[Property::optional("MaximumConcurrency", Shape::Whole)]);
/// What `UpdateEventSourceMapping` takes.
const CHANGEABLE: [&str; 13] = [
    "BatchSize",
    "BisectBatchOnFunctionError",
    "DestinationConfig",
    "Enabled",
    "FilterCriteria",
    "FunctionName",
    "FunctionResponseTypes",
    "MaximumBatchingWindowInSeconds",
    "MaximumRecordAgeInSeconds",
    "MaximumRetryAttempts",
    "ParallelizationFactor",
    "ScalingConfig",
    "TumblingWindowInSeconds",
];
/// What it does not take.
const FIXED: [&str; 2] = ["EventSourceArn", "StartingPosition"];

#[async_trait]
impl ResourceType for EventSourceMapping {
    fn name(&self) -> &'static str {
        "AWS::Lambda::EventSourceMapping"
    }

    fn properties(&self) -> &'static [Property] {
        const {
            &[
                Property::optional("BatchSize", Shape::Whole),
                Property::optional("BisectBatchOnFunctionError", Shape::Flag),
                Property::optional("DestinationConfig", DESTINATIONS),
                Property::optional("Enabled", Shape::Flag),
                Property::required("EventSourceArn", Shape::Text).replaces(),
                Property::optional("FilterCriteria", FILTERS),
                Property::required("FunctionName", Shape::Text),
                Property::optional("FunctionResponseTypes", Shape::List(&Shape::Text)),
                Property::optional("MaximumBatchingWindowInSeconds", Shape::Whole),
                Property::optional("MaximumRecordAgeInSeconds", Shape::Whole),
                Property::optional("MaximumRetryAttempts", Shape::Whole),
                Property::optional("ParallelizationFactor", Shape::Whole),
                Property::optional("ScalingConfig", SCALING),
                Property::optional("StartingPosition", Shape::Text).replaces(),
                TAGS,
                Property::optional("TumblingWindowInSeconds", Shape::Whole),
            ]
        }
    }

    fn attribute_names(&self) -> &'static [&'static str] {
        &["EventSourceMappingArn", "Id"]
    }

    fn naming(&self) -> Naming {
        Naming::generated(128)
    }

    fn identifiers(&self) -> Vec<&'static str> {
        vec!["Id"]
    }

    /// A UUID that follows from the name.
    fn physical_id(&self, name: &str, _: &Value) -> String {
        let digits = store::hex(&Sha256::digest(name));
        let parts = [0..8, 8..12, 12..16, 16..20, 20..32];
        parts.map(|part| digits[part].to_owned()).join("-")
    }

    async fn exists(&self, id: &str, _: &Value) -> Result<bool, Fault> {
        has(
            &*self.0,
            "GetEventSourceMapping",
            json!({ "UUID": id }),
            MISSING,
        )
        .await
    }

    async fn live(&self, id: &str, properties: &Value) -> Result<Live, Fault> {
        let parameters = json!({ "UUID": id });
        let Some(mut found) =
            look_up(&*self.0, "GetEventSourceMapping", parameters, MISSING).await?
        else {
            return Ok(Live::Deleted);
        };
        found["Enabled"] = json!(found["State"] != "Disabled");
        found["FunctionName"] = function_as_given(&properties["FunctionName"], &found);
        Ok(Live::Is(overlaid(properties, &found)))
    }

    async fn create(&self, id: &str, properties: &Value, again: bool) -> Result<(), Fault> {
        let mut parameters = only(properties, &CHANGEABLE);
        parameters.extend(only(properties, &FIXED));
        parameters.insert("Tags".to_owned(), json!(by_key(properties)));
        let parameters = Value::Object(parameters);
        let created = self.0.create_event_source_mapping(id, parameters).await;
        unless_again(created, again, "ResourceConflictException")
    }

    async fn attributes(&self, id: &str, _: &Value) -> Result<Attributes, Fault> {
        Ok(attributes([
            ("EventSourceMappingArn", arn(id)),
            ("Id", id.to_owned()),
        ]))
    }

    async fn update(&self, id: &str, old: &Value, new: &Value) -> Result<(), Fault> {
        let mut parameters = changed(old, new);
        parameters.insert("UUID".to_owned(), json!(id));
        let parameters = Value::Object(parameters);
        ask(&*self.0, "UpdateEventSourceMapping", parameters).await?;
        retag(&*self.0, &TAG_OPERATIONS, &arn(id), old, new).await
    }

    async fn delete(&self, id: &str, _: &Value) -> Result<(), Fault> {
        let parameters = json!({ "UUID": id });
        ask(&*self.0, "DeleteEventSourceMapping", parameters)
            .await
            .map(drop)
    }
}

/// The function, which a template may give by its name.
fn function_as_given(given: &Value, found: &Value) -> Value {
    let (name, arn) = (given.as_str().unwrap_or_default(), &found["FunctionArn"]);
    let is_same = *arn == arn::regional("lambda", format_args!("function:{name}"));
    if is_same { given.clone() } else { arn.clone() }
}

fn arn(id: &str) -> String {
    arn::regional("lambda", format_args!("event-source-mapping:{id}"))
}

/// A setting that the template does not name any more goes back to its default.
fn changed(old: &Value, new: &Value) -> Map<String, Value> {
    let is_stream = new.get("StartingPosition").is_some();
    let batch = if is_stream { 100 } else { 10 };
    let defaults = json!({ "BatchSize": batch, "BisectBatchOnFunctionError": false, "DestinationConfig": {},
        "Enabled": true, "FilterCriteria": {}, "FunctionResponseTypes": [],
        "MaximumBatchingWindowInSeconds": 0, "MaximumRecordAgeInSeconds": -1, "MaximumRetryAttempts": -1,
        "ParallelizationFactor": 1, "ScalingConfig": {}, "TumblingWindowInSeconds": 0 });
    let mut parameters = only(new, &CHANGEABLE);
    for name in CHANGEABLE {
        if let (Some(_), None, Some(default)) = (old.get(name), new.get(name), defaults.get(name)) {
            parameters.insert(name.to_owned(), default.clone());
        }
    }
    parameters
}
