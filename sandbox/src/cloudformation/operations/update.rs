//! `UpdateStack`.

use serde::Deserialize;

use super::create::Begun;
use super::{Api, cannot_be_updated, is_repeated};
use crate::cloudformation::engine::start_apply;
use crate::cloudformation::fault::invalid;
use crate::cloudformation::proposal::Asked;
use crate::cloudformation::stack::{OnFailure, Operation, OperationKind, Phase, Stack, Status};
use crate::fault::Fault;
use crate::wire::lenient;

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Update {
    stack_name: String,
    #[serde(flatten)]
    asked: Asked,
    #[serde(default, deserialize_with = "lenient")]
    disable_rollback: Option<bool>,
    #[serde(default, deserialize_with = "lenient")]
    retain_except_on_create: Option<bool>,
    client_request_token: Option<String>,
}

pub async fn update(api: &Api, request: Update) -> Result<Begun, Fault> {
    let kind = OperationKind::UpdateStack;
    let stack = api.engine.stacks.living(&request.stack_name)?;
    let token = request.client_request_token.clone();
    if is_repeated(&stack, token.as_deref(), kind)? {
        return Ok(Begun::of(&stack));
    }
    let disabled = request
        .disable_rollback
        .or(request.asked.disable_rollback());
    let on_failure = on_failure(disabled);
    is_open(&stack, on_failure)?;
    let proposal = request.asked.propose(&api.engine, &api.s3, &stack)?;
    if proposal.changes(&api.engine, &stack)?.is_empty() {
        return Err(invalid("No updates are to be performed."));
    }
    let mut operation = Operation::new(kind, Phase::Apply, token);
    operation.on_failure = on_failure;
    operation.retain_except_on_create = request.retain_except_on_create.unwrap_or_default();
    let begun = api.engine.stacks.change(&stack.id, |current| {
        // What was compared with is what is changed.
        if current.phase_number != stack.phase_number {
            return Err(cannot_be_updated(current));
        }
        current.imports = proposal.imports;
        current.disable_rollback = on_failure == OnFailure::DoNothing;
        start_apply(
            current,
            operation,
            Some((proposal.definition, proposal.text)),
        );
        Ok(Begun::of(current))
    })?;
    api.engine.start(&begun.stack_id);
    Ok(begun)
}

pub fn on_failure(disable_rollback: Option<bool>) -> OnFailure {
    match disable_rollback {
        Some(true) => OnFailure::DoNothing,
        _ => OnFailure::Rollback,
    }
}

/// Refuses an update of a stack whose status does not take any.
pub fn is_open(stack: &Stack, on_failure: OnFailure) -> Result<(), Fault> {
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
