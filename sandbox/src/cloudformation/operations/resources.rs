//! `DescribeStackResource`, `DescribeStackResources`, `ListStackResources`.

use serde::Deserialize;
use serde_json::{Value, json};

use super::Api;
use super::page::{PAGE_SIZE, next_token, page_start};
use crate::clock;
use crate::cloudformation::drift::live;
use crate::cloudformation::fault::invalid;
use crate::cloudformation::resources::{Live, differences};
use crate::cloudformation::stack::{Resource, Stack};
use crate::fault::Fault;

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct DescribeStackResourceRequest {
    stack_name: String,
    logical_resource_id: String,
}

pub async fn describe_one(
    api: &Api,
    request: DescribeStackResourceRequest,
) -> Result<Value, Fault> {
    let stacks = &api.engine.stacks;
    let stack = stacks.get(&request.stack_name)?;
    let logical_id = &request.logical_resource_id;
    let resource = stacks.resource(&stack, logical_id)?;
    let resource = resource.ok_or_else(|| no_such_resource(&stack, logical_id))?;
    let summary = summary(logical_id, &resource, "LastUpdatedTimestamp");
    let mut detail = with_stack(&stack, summary);
    if let Some(metadata) = &resource.policies.metadata {
        let evaluated = api.engine.metadata(&stack, logical_id)?;
        detail["Metadata"] = json!(evaluated.as_ref().unwrap_or(metadata).to_string());
    }
    Ok(json!({ "StackResourceDetail": detail }))
}

pub async fn detect_drift(
    api: &Api,
    request: DescribeStackResourceRequest,
) -> Result<Value, Fault> {
    let stacks = &api.engine.stacks;
    let stack = stacks.get_existing(&request.stack_name)?;
    let logical_id = &request.logical_resource_id;
    let resource = stacks.resource(&stack, logical_id)?;
    let resource = resource.ok_or_else(|| no_such_resource(&stack, logical_id))?;
    let expected = resource
        .actual
        .as_ref()
        .map(|actual| actual.properties.clone());
    let expected = expected.unwrap_or_default();
    let mut drift = json!({
        "StackId": stack.id,
        "LogicalResourceId": logical_id,
        "PhysicalResourceId": resource.physical_id,
        "ResourceType": resource.kind,
        "Timestamp": clock::to_the_millisecond(clock::now()),
    });
    drift["StackResourceDriftStatus"] = match live(&api.engine, &resource).await? {
        Live::Unknown => json!("UNSUPPORTED"),
        Live::Deleted => json!("DELETED"),
        Live::Is(actual) if actual == expected => json!("IN_SYNC"),
        Live::Is(actual) => {
            let differences = differences(&expected, &actual).into_iter();
            let differences = differences.map(|(path, expected, actual)| {
                json!({
                    "PropertyPath": path,
                    "ExpectedValue": shown(&expected),
                    "ActualValue": shown(&actual),
                    "DifferenceType": if actual.is_null() { "REMOVE" } else { "NOT_EQUAL" },
                })
            });
            drift["PropertyDifferences"] = differences.collect();
            drift["ExpectedProperties"] = json!(expected.to_string());
            drift["ActualProperties"] = json!(actual.to_string());
            json!("MODIFIED")
        }
    };
    Ok(json!({ "StackResourceDrift": drift }))
}

fn shown(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        value => value.to_string(),
    }
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct DescribeStackResourcesRequest {
    stack_name: Option<String>,
    physical_resource_id: Option<String>,
    logical_resource_id: Option<String>,
}

/// The resources of a stack, or of the one that has a resource with the physical id.
pub async fn describe(api: &Api, request: DescribeStackResourcesRequest) -> Result<Value, Fault> {
    let stacks = &api.engine.stacks;
    let stack = match (&request.stack_name, &request.physical_resource_id) {
        (Some(_), Some(_)) => {
            return Err(invalid(
                "StackName and PhysicalResourceId cannot be specified together",
            ));
        }
        (Some(name), None) => stacks.get(name)?,
        (None, Some(physical_id)) => stacks
            .with_physical_id(physical_id)?
            .ok_or_else(|| invalid(format!("Stack for {physical_id} does not exist")))?,
        (None, None) => {
            return Err(invalid("StackName or PhysicalResourceId must be specified"));
        }
    };
    let resources = match request.logical_resource_id {
        Some(logical_id) => match stacks.resource(&stack, &logical_id)? {
            Some(resource) => vec![(logical_id, resource)],
            None => return Err(no_such_resource(&stack, &logical_id)),
        },
        None => stacks.resources(&stack, None, usize::MAX)?.items,
    };
    let resources = resources.iter().map(|(logical_id, resource)| {
        with_stack(&stack, summary(logical_id, resource, "Timestamp"))
    });
    Ok(json!({ "StackResources": resources.collect::<Vec<_>>() }))
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct ListStackResourcesRequest {
    stack_name: String,
    next_token: Option<String>,
}

pub async fn list(api: &Api, request: ListStackResourcesRequest) -> Result<Value, Fault> {
    let stacks = &api.engine.stacks;
    let stack = stacks.get(&request.stack_name)?;
    let list = "ListStackResources";
    let after = page_start(list, request.next_token.as_deref())?;
    let page = stacks.resources(&stack, after.as_ref(), PAGE_SIZE)?;
    let summaries = page
        .items
        .iter()
        .map(|(logical_id, resource)| summary(logical_id, resource, "LastUpdatedTimestamp"));
    Ok(json!({
        "StackResourceSummaries": summaries.collect::<Vec<_>>(),
        "NextToken": next_token(list, page.next.as_ref()),
    }))
}

fn no_such_resource(stack: &Stack, logical_id: &str) -> Fault {
    invalid(format!(
        "Resource {logical_id} does not exist for stack {}",
        stack.name
    ))
}

fn with_stack(stack: &Stack, mut summary: Value) -> Value {
    summary["StackId"] = json!(stack.id);
    summary["StackName"] = json!(stack.name);
    summary
}

fn summary(logical_id: &str, resource: &Resource, time: &str) -> Value {
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
