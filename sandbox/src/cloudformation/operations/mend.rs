//! What helps a stack whose operation failed, or is not wanted any more.

use serde::Deserialize;

use super::create::Begun;
use super::{Api, is_repeated};
use crate::cloudformation::engine::{start_delete, start_rollback};
use crate::cloudformation::fault::invalid;
use crate::cloudformation::stack::{Operation, OperationKind, Phase, Stack, Status};
use crate::fault::Fault;
use crate::wire::{self, lenient};

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Mending {
    stack_name: String,
    #[serde(default, deserialize_with = "wire::list")]
    resources_to_skip: Vec<String>,
    #[serde(default, deserialize_with = "lenient")]
    retain_except_on_create: Option<bool>,
    client_request_token: Option<String>,
}

/// `CancelUpdateStack`: what is being changed is changed to its end, and then all goes back.
pub async fn cancel_update(api: &Api, request: Mending) -> Result<(), Fault> {
    api.engine.stacks.change(&request.stack_name, |stack| {
        match (stack.status, &mut stack.operation) {
            (Status::UpdateInProgress, Some(operation)) => {
                operation.cancelled = true;
                Ok(())
            }
            (status, _) => Err(invalid(format!(
                "CancelUpdateStack cannot be called from current stack status {status}"
            ))),
        }
    })
}

/// `ContinueUpdateRollback`.
pub async fn continue_rollback(api: &Api, request: Mending) -> Result<(), Fault> {
    let kind = OperationKind::ContinueRollback;
    let begun = api.engine.stacks.change(&request.stack_name, |stack| {
        if is_repeated(stack, request.client_request_token.as_deref(), kind)? {
            return Ok(None);
        }
        if stack.status != Status::UpdateRollbackFailed {
            return Err(invalid(format!(
                "Stack:{} is in {} state and can not continue rollback.",
                stack.id, stack.status
            )));
        }
        let mut operation = request.operation(kind, Phase::Rollback);
        operation.skip = request.resources_to_skip.iter().cloned().collect();
        let failed = |name: &&String| {
            let resource = stack.resources.get(*name);
            resource.is_none_or(|resource| resource.status != Status::UpdateFailed)
        };
        if let Some(name) = operation.skip.iter().find(failed) {
            return Err(invalid(format!(
                "Resource {name} cannot be skipped: only resources in UPDATE_FAILED state can"
            )));
        }
        start_rollback(stack, operation);
        Ok(Some(stack.id.clone()))
    })?;
    if let Some(id) = begun {
        api.engine.start(&id);
    }
    Ok(())
}

/// `RollbackStack`: of a stack whose operation failed with rollback disabled.
pub async fn roll_back(api: &Api, request: Mending) -> Result<Begun, Fault> {
    let kind = OperationKind::Rollback;
    let (begun, starts) = api.engine.stacks.change(&request.stack_name, |stack| {
        if is_repeated(stack, request.client_request_token.as_deref(), kind)? {
            return Ok((Begun::of(stack), false));
        }
        request.start_rollback(stack, kind)?;
        Ok((Begun::of(stack), true))
    })?;
    if starts {
        api.engine.start(&begun.stack_id);
    }
    Ok(begun)
}

impl Mending {
    fn start_rollback(&self, stack: &mut Stack, kind: OperationKind) -> Result<(), Fault> {
        match (stack.status, stack.previous.is_some()) {
            (Status::UpdateFailed, true) => {
                start_rollback(stack, self.operation(kind, Phase::Rollback));
            }
            // Nothing stood before.
            (Status::CreateFailed | Status::UpdateFailed, false) => {
                let operation = self.operation(kind, Phase::Delete);
                start_delete(stack, operation, Status::RollbackInProgress);
            }
            (status, _) => {
                return Err(invalid(format!(
                    "Stack:{} is in {status} state and can not be rolled back.",
                    stack.id
                )));
            }
        }
        Ok(())
    }

    fn operation(&self, kind: OperationKind, phase: Phase) -> Operation {
        let mut operation = Operation::new(kind, phase, self.client_request_token.clone());
        operation.retain_except_on_create = self.retain_except_on_create.unwrap_or_default();
        operation
    }
}
