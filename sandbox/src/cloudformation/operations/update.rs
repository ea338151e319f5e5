//! `UpdateStack`.

use serde::Deserialize;

use super::create::StackOperation;
use super::{Api, cannot_be_updated, is_repeated};
use crate::cloudformation::engine::start_apply;
use crate::cloudformation::fault::invalid;
use crate::cloudformation::input::StackInput;
use crate::cloudformation::stack::{OnFailure, Operation, OperationKind, Phase, Stack, Status};
use crate::fault::Fault;
use crate::wire::lenient;

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct UpdateStackRequest {
    stack_name: String,
    #[serde(flatten)]
    input: StackInput,
    #[serde(default, deserialize_with = "lenient")]
    disable_rollback: Option<bool>,
    #[serde(default, deserialize_with = "lenient")]
    retain_except_on_create: Option<bool>,
    client_request_token: Option<String>,
}

pub async fn update(api: &Api, request: UpdateStackRequest) -> Result<StackOperation, Fault> {
    let kind = OperationKind::UpdateStack;
    let stack = api.engine.stacks.get_existing(&request.stack_name)?;
    let token = request.client_request_token.clone();
    if is_repeated(&stack, token.as_deref(), kind)? {
        return Ok(StackOperation::of(&stack));
    }
    let disabled = request
        .disable_rollback
        .or(request.input.disable_rollback());
    let on_failure = on_failure(disabled);
    check_updatable(&stack, on_failure)?;
    let state = api.engine.stacks.state(&stack.id)?;
    let checked = request.input.check(&api.engine, &api.s3, &state)?;
    // What a transform makes of a template may be another each time.
    if !checked.has_transforms && checked.diff(&api.engine, &state)?.is_empty() {
        return Err(invalid("No updates are to be performed."));
    }
    let compared = state.stack.phase_number;
    let mut operation = Operation::new(kind, Phase::Apply, token);
    operation.on_failure = on_failure;
    operation.retain_except_on_create = request.retain_except_on_create.unwrap_or_default();
    let started = api.engine.stacks.change(&stack.id, |state| {
        // Another operation may have been started since.
        if state.stack.phase_number != compared {
            return Err(cannot_be_updated(&state.stack));
        }
        state.stack.imports = checked.imports;
        state.stack.change_set = None;
        state.stack.disable_rollback = on_failure == OnFailure::DoNothing;
        start_apply(state, operation, checked.definition, checked.template);
        Ok(StackOperation::of(&state.stack))
    })?;
    api.engine.start(&started.stack_id);
    Ok(started)
}

pub fn on_failure(disable_rollback: Option<bool>) -> OnFailure {
    match disable_rollback {
        Some(true) => OnFailure::DoNothing,
        _ => OnFailure::Rollback,
    }
}

/// Refuses an update of a stack whose status does not take any.
pub fn check_updatable(stack: &Stack, on_failure: OnFailure) -> Result<(), Fault> {
    let nothing_to_go_back_to = stack.previous.is_none()
        && matches!(stack.status, Status::CreateFailed | Status::UpdateFailed);
    let refused = stack.operation.is_some()
        || !stack.status.is_open_to_updates()
        || (nothing_to_go_back_to && on_failure != OnFailure::DoNothing);
    if refused {
        Err(cannot_be_updated(stack))
    } else {
        Ok(())
    }
}
