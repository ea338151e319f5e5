//! `DescribeStacks`, `ListStacks`.

use serde::Deserialize;
use serde_json::{Value, json};

use super::Api;
use super::page::page;
use crate::clock;
use crate::cloudformation::stack::{OperationKind, Stack};
use crate::fault::Fault;
use crate::wire;

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Description {
    stack_name: Option<String>,
    next_token: Option<String>,
}

/// The stack with that name or id, or all that are not deleted.
pub async fn describe(api: &Api, request: Description) -> Result<Value, Fault> {
    let stacks = &api.engine.stacks;
    if let Some(name) = request.stack_name.filter(|name| !name.is_empty()) {
        return Ok(json!({ "Stacks": [described(&stacks.described(&name)?)] }));
    }
    let all = stacks.all_living()?.iter().map(described).collect();
    let (stacks, next) = page(all, request.next_token.as_deref())?;
    Ok(json!({ "Stacks": stacks, "NextToken": next }))
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Listing {
    #[serde(default, deserialize_with = "wire::list")]
    stack_status_filter: Vec<String>,
    next_token: Option<String>,
}

/// All stacks, the deleted too, in short.
pub async fn list(api: &Api, request: Listing) -> Result<Value, Fault> {
    let wanted = |stack: &Stack| {
        let filter = &request.stack_status_filter;
        filter.is_empty() || filter.contains(&stack.status.to_string())
    };
    let all = api.engine.stacks.all()?.into_iter();
    let all = all.filter(wanted).map(|stack| summary(&stack)).collect();
    let (summaries, next) = page(all, request.next_token.as_deref())?;
    Ok(json!({ "StackSummaries": summaries, "NextToken": next }))
}

fn described(stack: &Stack) -> Value {
    let definition = &stack.definition;
    let none_for_empty = |value: Value| Some(value).filter(|value| *value != json!([]));
    let outputs: Value = stack
        .outputs
        .iter()
        .map(|output| {
            json!({
                "OutputKey": output.key,
                "OutputValue": output.value,
                "Description": output.description,
                "ExportName": output.export,
            })
        })
        .collect();
    json!({
        "StackId": stack.id,
        "StackName": stack.name,
        "ChangeSetId": stack.change_set,
        "Description": definition.description,
        "Parameters": none_for_empty(definition.shown_parameters()),
        "CreationTime": clock::to_the_millisecond(stack.created),
        "LastUpdatedTime": stack.updated.map(clock::to_the_millisecond),
        "DeletionTime": stack.deleted.map(clock::to_the_millisecond),
        "RollbackConfiguration": {},
        "StackStatus": stack.status,
        "StackStatusReason": stack.reason,
        "DisableRollback": stack.disable_rollback,
        "DeploymentConfig": definition.mode.as_ref().map(|mode| json!({ "Mode": mode })),
        "NotificationARNs": definition.notification_arns,
        "TimeoutInMinutes": stack.timeout_minutes,
        "Capabilities": none_for_empty(json!(definition.capabilities)),
        "Outputs": none_for_empty(outputs),
        "RoleARN": definition.role_arn,
        "Tags": definition.shown_tags(),
        "EnableTerminationProtection": stack.termination_protection,
        "DriftInformation": { "StackDriftStatus": "NOT_CHECKED" },
        "LastOperations": operations(stack.current()),
    })
}

fn summary(stack: &Stack) -> Value {
    json!({
        "StackId": stack.id,
        "StackName": stack.name,
        "TemplateDescription": stack.definition.description,
        "CreationTime": clock::to_the_millisecond(stack.created),
        "LastUpdatedTime": stack.updated.map(clock::to_the_millisecond),
        "DeletionTime": stack.deleted.map(clock::to_the_millisecond),
        "StackStatus": stack.status,
        "StackStatusReason": stack.reason,
        "DriftInformation": { "StackDriftStatus": "NOT_CHECKED" },
        "LastOperations": operations(stack.current()),
    })
}

fn operations(current: Option<(String, OperationKind)>) -> Option<Value> {
    let (id, kind) = current?;
    Some(json!([{ "OperationType": kind, "OperationId": id }]))
}
