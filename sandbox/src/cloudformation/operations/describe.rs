//! `DescribeStacks`, `ListStacks`.

use serde::Deserialize;
use serde_json::{Value, json};

use super::Api;
use super::page::{PAGE_SIZE, next_token, page_start};
use crate::clock;
use crate::cloudformation::fault::constraint;
use crate::cloudformation::stack::{OperationKind, Stack};
use crate::fault::Fault;
use crate::wire;

/// Those that a stack of AWS can have. Source: `StackStatus` in CloudFormation's API model.
const STATUSES: [&str; 23] = [
    "CREATE_IN_PROGRESS",
    "CREATE_FAILED",
    "CREATE_COMPLETE",
    "ROLLBACK_IN_PROGRESS",
    "ROLLBACK_FAILED",
    "ROLLBACK_COMPLETE",
    "DELETE_IN_PROGRESS",
    "DELETE_FAILED",
    "DELETE_COMPLETE",
    "UPDATE_IN_PROGRESS",
    "UPDATE_COMPLETE_CLEANUP_IN_PROGRESS",
    "UPDATE_COMPLETE",
    "UPDATE_FAILED",
    "UPDATE_ROLLBACK_IN_PROGRESS",
    "UPDATE_ROLLBACK_FAILED",
    "UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS",
    "UPDATE_ROLLBACK_COMPLETE",
    "REVIEW_IN_PROGRESS",
    "IMPORT_IN_PROGRESS",
    "IMPORT_COMPLETE",
    "IMPORT_ROLLBACK_IN_PROGRESS",
    "IMPORT_ROLLBACK_FAILED",
    "IMPORT_ROLLBACK_COMPLETE",
];

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct DescribeStacksRequest {
    stack_name: Option<String>,
    next_token: Option<String>,
}

/// The stack with that name or id, or all that are not deleted.
pub async fn describe(api: &Api, request: DescribeStacksRequest) -> Result<Value, Fault> {
    let stacks = &api.engine.stacks;
    if let Some(name) = request.stack_name {
        if name.is_empty() {
            let broken = "have length greater than or equal to 1";
            return Err(constraint(&name, "stackName", broken));
        }
        return Ok(json!({ "Stacks": [described(&stacks.get(&name)?)] }));
    }
    let list = "DescribeStacks";
    let after = page_start(list, request.next_token.as_deref())?;
    let page = stacks.existing(after.as_ref(), PAGE_SIZE)?;
    let stacks: Vec<Value> = page.items.iter().map(described).collect();
    Ok(json!({ "Stacks": stacks, "NextToken": next_token(list, page.next.as_ref()) }))
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct ListStacksRequest {
    #[serde(default, deserialize_with = "wire::list")]
    stack_status_filter: Vec<String>,
    next_token: Option<String>,
}

/// All stacks, the deleted too, in short.
pub async fn list(api: &Api, request: ListStacksRequest) -> Result<Value, Fault> {
    let filter = &request.stack_status_filter;
    let unknown = filter
        .iter()
        .find(|name| !STATUSES.contains(&name.as_str()));
    if let Some(unknown) = unknown {
        let broken = format!("satisfy enum value set: [{}]", STATUSES.join(", "));
        return Err(constraint(unknown, "stackStatusFilter", &broken));
    }
    let is_wanted = |stack: &Stack| filter.is_empty() || filter.contains(&stack.status.to_string());
    let list = "ListStacks";
    let after = page_start(list, request.next_token.as_deref())?;
    let page = api
        .engine
        .stacks
        .all(after.as_ref(), PAGE_SIZE, is_wanted)?;
    let summaries: Vec<Value> = page.items.iter().map(summary).collect();
    Ok(json!({ "StackSummaries": summaries, "NextToken": next_token(list, page.next.as_ref()) }))
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
