//! `DescribeStackEvents`, `DescribeEvents`.

use serde::Deserialize;
use serde_json::{Value, json};

use super::Api;
use super::page::{SIZE, number};
use crate::cloudformation::fault::invalid;
use crate::cloudformation::stack::{Event, Stack};
use crate::fault::Fault;
use crate::wire::lenient;

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Description {
    stack_name: String,
    next_token: Option<String>,
}

/// The newest first.
pub async fn describe(api: &Api, request: Description) -> Result<Value, Fault> {
    let stacks = &api.engine.stacks;
    let stack = stacks
        .find(&request.stack_name)?
        .ok_or_else(|| invalid(format!("Stack [{}] does not exist", request.stack_name)))?;
    let (events, next) = part(api, &stack, request.next_token.as_deref())?;
    let events: Vec<Value> = events.iter().map(|event| event.shown(&stack)).collect();
    Ok(json!({ "StackEvents": events, "NextToken": next }))
}

/// The token is the number of the last event that was given.
fn part(
    api: &Api,
    stack: &Stack,
    token: Option<&str>,
) -> Result<(Vec<Event>, Option<String>), Fault> {
    let before = token.map(number).transpose()?;
    let mut events = api.engine.stacks.events(stack, before, SIZE + 1)?;
    let more = events.len() > SIZE;
    events.truncate(SIZE);
    let last = events.last().filter(|_| more);
    let next = last.map(|event| event.number.to_string());
    Ok((events, next))
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct OfOperations {
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

/// Events with their operations. What is wrong with a template is said at once here, so there are
/// none of validations.
pub async fn describe_operations(api: &Api, request: OfOperations) -> Result<Value, Fault> {
    let stacks = &api.engine.stacks;
    let stack = match (&request.stack_name, &request.change_set_name) {
        (Some(name), _) => stacks.described(name)?,
        (None, Some(id)) => match stacks.change_set_with_id(id)? {
            Some(change_set) => stacks.described(&change_set.stack_id)?,
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
    let (events, next) = part(api, &stack, request.next_token.as_deref())?;
    let events = events.iter().filter(is_wanted);
    let events: Vec<Value> = events
        .map(|event| event.shown_in_operation(&stack))
        .collect();
    Ok(json!({ "OperationEvents": events, "NextToken": next }))
}
