//! `DescribeStackResource`, `DescribeStackResources`, `ListStackResources`.

use serde::Deserialize;
use serde_json::{Value, json};

use super::Api;
use super::page::page;
use crate::clock;
use crate::cloudformation::fault::invalid;
use crate::cloudformation::stack::{Resource, Stack};
use crate::fault::Fault;

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct One {
    stack_name: String,
    logical_resource_id: String,
}

pub async fn describe_one(api: &Api, request: One) -> Result<Value, Fault> {
    let stack = api.engine.stacks.described(&request.stack_name)?;
    let logical_id = &request.logical_resource_id;
    let resource = stack
        .resources
        .get(logical_id)
        .ok_or_else(|| missing(&stack, logical_id))?;
    let mut detail = in_stack(
        &stack,
        outline(logical_id, resource, "LastUpdatedTimestamp"),
    );
    if let Some(metadata) = &resource.policies.metadata {
        detail["Metadata"] = json!(metadata.to_string());
    }
    Ok(json!({ "StackResourceDetail": detail }))
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Description {
    stack_name: Option<String>,
    physical_resource_id: Option<String>,
    logical_resource_id: Option<String>,
}

/// All resources of a stack, or of the one that has a thing with the physical id.
pub async fn describe(api: &Api, request: Description) -> Result<Value, Fault> {
    let stacks = &api.engine.stacks;
    let stack = match (&request.stack_name, &request.physical_resource_id) {
        (Some(_), Some(_)) => {
            return Err(invalid(
                "StackName and PhysicalResourceId cannot be specified together",
            ));
        }
        (Some(name), None) => stacks.described(name)?,
        (None, Some(physical_id)) => with_thing(stacks.all_living()?, physical_id)?,
        (None, None) => {
            return Err(invalid("StackName or PhysicalResourceId must be specified"));
        }
    };
    let wanted = request.logical_resource_id.as_ref();
    if let Some(missed) = wanted.filter(|logical_id| !stack.resources.contains_key(*logical_id)) {
        return Err(missing(&stack, missed));
    }
    let resources = stack.resources.iter();
    let resources = resources.filter(|(logical_id, _)| wanted.is_none_or(|it| it == *logical_id));
    let shown: Vec<Value> = resources
        .map(|(logical_id, resource)| in_stack(&stack, outline(logical_id, resource, "Timestamp")))
        .collect();
    Ok(json!({ "StackResources": shown }))
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Listing {
    stack_name: String,
    next_token: Option<String>,
}

pub async fn list(api: &Api, request: Listing) -> Result<Value, Fault> {
    let stack = api.engine.stacks.described(&request.stack_name)?;
    let resources = stack.resources.iter();
    let shown = resources
        .map(|(logical_id, resource)| outline(logical_id, resource, "LastUpdatedTimestamp"))
        .collect();
    let (summaries, next) = page(shown, request.next_token.as_deref())?;
    Ok(json!({ "StackResourceSummaries": summaries, "NextToken": next }))
}

fn with_thing(living: Vec<Stack>, physical_id: &str) -> Result<Stack, Fault> {
    let has = |stack: &Stack| {
        let mut resources = stack.resources.values();
        resources.any(|resource| resource.actual_id() == Some(physical_id))
    };
    let found = living.into_iter().find(has);
    found.ok_or_else(|| invalid(format!("Stack for {physical_id} does not exist")))
}

fn missing(stack: &Stack, logical_id: &str) -> Fault {
    invalid(format!(
        "Resource {logical_id} does not exist for stack {}",
        stack.name
    ))
}

fn in_stack(stack: &Stack, mut outline: Value) -> Value {
    outline["StackId"] = json!(stack.id);
    outline["StackName"] = json!(stack.name);
    outline
}

fn outline(logical_id: &str, resource: &Resource, time: &str) -> Value {
    json!({
        "LogicalResourceId": logical_id,
        "PhysicalResourceId": resource.physical_id,
        "ResourceType": resource.kind,
        time: clock::to_the_millisecond(resource.changed),
        "ResourceStatus": resource.status,
        "ResourceStatusReason": resource.reason,
        "DriftInformation": { "StackResourceDriftStatus": "NOT_CHECKED" },
    })
}
