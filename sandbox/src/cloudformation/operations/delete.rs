//! `DeleteStack`, and what protects from it.

use serde::{Deserialize, Serialize};

use super::Api;
use crate::cloudformation::engine::start_delete;
use crate::cloudformation::fault::invalid;
use crate::cloudformation::stack::{Operation, OperationKind, Phase, Stack, StackState, Status};
use crate::fault::Fault;
use crate::wire::{self, lenient};

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct DeleteStackRequest {
    stack_name: String,
    #[serde(default, deserialize_with = "wire::list")]
    retain_resources: Vec<String>,
    deletion_mode: Option<String>,
    client_request_token: Option<String>,
}

/// A stack that does not exist counts as deleted.
pub async fn delete(api: &Api, request: DeleteStackRequest) -> Result<(), Fault> {
    let stacks = &api.engine.stacks;
    let Some(stack) = stacks.find(&request.stack_name)?.filter(Stack::exists) else {
        return Ok(());
    };
    let is_started = stacks.change_in(&stack.id, |connection, state| {
        if let Some((export, user)) = stacks.export_in_use(connection, &state.stack)? {
            return Err(invalid(format!(
                "Export {export} cannot be deleted as it is in use by {user}"
            )));
        }
        request.start(state)
    })?;
    if is_started {
        api.engine.start(&stack.id);
    }
    Ok(())
}

impl DeleteStackRequest {
    /// Returns whether the engine is to be started; it may be at work on the stack already.
    fn start(&self, state: &mut StackState) -> Result<bool, Fault> {
        let stack = &mut state.stack;
        if stack.termination_protection {
            return Err(invalid(format!(
                "Stack [{}] cannot be deleted while TerminationProtection is enabled",
                stack.name
            )));
        }
        self.check_retained(state)?;
        let kind = OperationKind::DeleteStack;
        let status = state.stack.status;
        if status == Status::DeleteInProgress {
            return Ok(false);
        }
        if state.stack.operation.is_some() && status != Status::CreateInProgress {
            return Err(invalid(format!(
                "Stack:{} is in {status} state and can not be deleted.",
                state.stack.id
            )));
        }
        if let Some(operation) = &mut state.stack.operation {
            // The creations that are under way are completed, and no more are started.
            operation.kind = kind;
            operation.cancelled = true;
            state.set_status(Status::DeleteInProgress, Some("User Initiated"));
            return Ok(false);
        }
        let token = self.client_request_token.clone();
        let mut operation = Operation::new(kind, Phase::Delete, token);
        operation.skip = self.retain_resources.iter().cloned().collect();
        if self.is_forced() {
            let resources = state.resources.iter();
            let failed = resources.filter(|(_, it)| it.status == Status::DeleteFailed);
            operation.skip.extend(failed.map(|(name, _)| name.clone()));
        }
        start_delete(state, operation, Status::DeleteInProgress);
        Ok(true)
    }

    fn is_forced(&self) -> bool {
        self.deletion_mode.as_deref() == Some("FORCE_DELETE_STACK")
    }

    fn check_retained(&self, state: &StackState) -> Result<(), Fault> {
        let stack = &state.stack;
        let retains = self.is_forced() || !self.retain_resources.is_empty();
        if stack.status != Status::DeleteFailed && retains {
            return Err(invalid(format!(
                "Stack [{}] is in {} state: resources can be retained only in DELETE_FAILED state",
                stack.name, stack.status
            )));
        }
        let is_unknown = |name: &&String| state.resources.get(name).is_none();
        match self.retain_resources.iter().find(is_unknown) {
            Some(name) => Err(invalid(format!(
                "Stack [{}] has no resource {name} to retain",
                stack.name
            ))),
            None => Ok(()),
        }
    }
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct UpdateTerminationProtectionRequest {
    stack_name: String,
    #[serde(default, deserialize_with = "lenient")]
    enable_termination_protection: Option<bool>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct UpdateTerminationProtectionResponse {
    stack_id: String,
}

pub async fn protect(
    api: &Api,
    request: UpdateTerminationProtectionRequest,
) -> Result<UpdateTerminationProtectionResponse, Fault> {
    api.engine.stacks.change(&request.stack_name, |state| {
        let stack = &mut state.stack;
        stack.termination_protection = request.enable_termination_protection.unwrap_or_default();
        let stack_id = stack.id.clone();
        Ok(UpdateTerminationProtectionResponse { stack_id })
    })
}
