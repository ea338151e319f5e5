//! `CancelUpdateStack`, `ContinueUpdateRollback`, `RollbackStack`: what ends an update that failed or is
//! not wanted any more.

use serde::Deserialize;

use super::create::StackOperation;
use super::{Api, is_repeated};
use crate::cloudformation::engine::{start_delete, start_rollback};
use crate::cloudformation::fault::invalid;
use crate::cloudformation::stack::{Operation, OperationKind, Phase, StackState, Status};
use crate::fault::Fault;
use crate::wire::{self, lenient};

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct CancelUpdateStackRequest {
    stack_name: String,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct ContinueUpdateRollbackRequest {
    stack_name: String,
    #[serde(default, deserialize_with = "wire::list")]
    resources_to_skip: Vec<String>,
    client_request_token: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct RollbackStackRequest {
    stack_name: String,
    #[serde(default, deserialize_with = "lenient")]
    retain_except_on_create: Option<bool>,
    client_request_token: Option<String>,
}

/// The updates of resources that are under way are completed, then all are rolled back.
pub async fn cancel_update(api: &Api, request: CancelUpdateStackRequest) -> Result<(), Fault> {
    api.engine.stacks.change(&request.stack_name, |state| {
        let status = state.stack.status;
        match &mut state.stack.operation {
            Some(operation) if status == Status::UpdateInProgress => {
                operation.cancelled = true;
                Ok(())
            }
            _ => Err(invalid(format!(
                "CancelUpdateStack cannot be called from current stack status {status}"
            ))),
        }
    })
}

pub async fn continue_update_rollback(
    api: &Api,
    request: ContinueUpdateRollbackRequest,
) -> Result<(), Fault> {
    let kind = OperationKind::ContinueRollback;
    let token = &request.client_request_token;
    let started = api.engine.stacks.change(&request.stack_name, |state| {
        let stack = &state.stack;
        if is_repeated(stack, token.as_deref(), kind)? {
            return Ok(None);
        }
        if stack.status != Status::UpdateRollbackFailed {
            return Err(invalid(format!(
                "Stack:{} is in {} state and can not continue rollback.",
                stack.id, stack.status
            )));
        }
        let mut operation = Operation::new(kind, Phase::Rollback, token.clone());
        operation.skip = request.resources_to_skip.iter().cloned().collect();
        let has_not_failed = |name: &&String| {
            let resource = state.resources.get(name);
            resource.is_none_or(|resource| resource.status != Status::UpdateFailed)
        };
        if let Some(name) = operation.skip.iter().find(has_not_failed) {
            return Err(invalid(format!(
                "Resource {name} cannot be skipped: only resources in UPDATE_FAILED state can"
            )));
        }
        start_rollback(state, operation);
        Ok(Some(state.stack.id.clone()))
    })?;
    if let Some(id) = started {
        api.engine.start(&id);
    }
    Ok(())
}

/// Rolls back a stack whose operation failed with rollback disabled.
pub async fn rollback_stack(
    api: &Api,
    request: RollbackStackRequest,
) -> Result<StackOperation, Fault> {
    let kind = OperationKind::Rollback;
    let token = request.client_request_token.as_deref();
    let (operation, is_started) = api.engine.stacks.change(&request.stack_name, |state| {
        if is_repeated(&state.stack, token, kind)? {
            return Ok((StackOperation::of(&state.stack), false));
        }
        request.start(state, kind)?;
        Ok((StackOperation::of(&state.stack), true))
    })?;
    if is_started {
        api.engine.start(&operation.stack_id);
    }
    Ok(operation)
}

impl RollbackStackRequest {
    fn start(&self, state: &mut StackState, kind: OperationKind) -> Result<(), Fault> {
        let operation = |phase| {
            let mut operation = Operation::new(kind, phase, self.client_request_token.clone());
            operation.retain_except_on_create = self.retain_except_on_create.unwrap_or_default();
            operation
        };
        match (state.stack.status, state.stack.previous.is_some()) {
            (Status::UpdateFailed, true) => start_rollback(state, operation(Phase::Rollback)),
            // Nothing existed before.
            (Status::CreateFailed | Status::UpdateFailed, false) => {
                start_delete(state, operation(Phase::Delete), Status::RollbackInProgress);
            }
            (status, _) => {
                return Err(invalid(format!(
                    "Stack:{} is in {status} state and can not be rolled back.",
                    state.stack.id
                )));
            }
        }
        Ok(())
    }
}
