//! `DescribeStackEvents`, `DescribeEvents`.

use serde::Deserialize;
use serde_json::{Value, json};

use super::Api;
use super::page::{PAGE_SIZE, next_token, page_start};
use crate::cloudformation::fault::invalid;
use crate::cloudformation::stack::Event;
use crate::cloudformation::stacks::does_not_exist;
use crate::fault::Fault;
use crate::wire::lenient;

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct DescribeStackEventsRequest {
    stack_name: String,
    next_token: Option<String>,
}

/// The newest first.
pub async fn describe(api: &Api, request: DescribeStackEventsRequest) -> Result<Value, Fault> {
    let stacks = &api.engine.stacks;
    let stack = stacks.find(&request.stack_name)?;
    let stack = stack.ok_or_else(|| does_not_exist(&request.stack_name))?;
    let list = "DescribeStackEvents";
    let after = page_start(list, request.next_token.as_deref())?;
    let page = stacks.events(&stack, after.as_ref(), PAGE_SIZE)?;
    let events: Vec<Value> = page.items.iter().map(|it| it.shown(&stack)).collect();
    Ok(json!({ "StackEvents": events, "NextToken": next_token(list, page.next.as_ref()) }))
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct DescribeEventsRequest {
    stack_name: Option<String>,
    change_set_name: Option<String>,
    operation_id: Option<String>,
    filters: Option<Filters>,
    next_token: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Filters {
    #[serde(default, deserialize_with = "lenient")]
    failed_events: Option<bool>,
}

/// Events with their operations. The sandbox validates a template at once, so no events are about that.
pub async fn describe_operations(
    api: &Api,
    request: DescribeEventsRequest,
) -> Result<Value, Fault> {
    let stacks = &api.engine.stacks;
    let stack = match (&request.stack_name, &request.change_set_name) {
        (Some(name), _) => stacks.get(name)?,
        (None, Some(id)) => match stacks.change_set_with_id(id)? {
            Some(change_set) => stacks.get(&change_set.stack_id)?,
            None => return Err(invalid(format!("ChangeSet [{id}] does not exist"))),
        },
        (None, None) => return Err(invalid("StackName or ChangeSetName must be specified")),
    };
    let failed_only = request
        .filters
        .is_some_and(|it| it.failed_events == Some(true));
    let is_wanted = |event: &&Event| {
        let operation = event.operation.as_ref().map(|(id, _)| id);
        (request.operation_id.is_none() || request.operation_id.as_ref() == operation)
            && (!failed_only || event.status.is_failure())
    };
    let list = "DescribeEvents";
    let after = page_start(list, request.next_token.as_deref())?;
    let page = stacks.events(&stack, after.as_ref(), PAGE_SIZE)?;
    let events = page.items.iter().filter(is_wanted);
    let events: Vec<Value> = events.map(|it| it.shown_in_operation(&stack)).collect();
    Ok(json!({ "OperationEvents": events, "NextToken": next_token(list, page.next.as_ref()) }))
}
