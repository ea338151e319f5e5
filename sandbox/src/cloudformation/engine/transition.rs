//! What follows when a phase has no step left: the next phase, or the end of the operation.

use super::super::stack::{OnFailure, OperationKind, Phase, StackState, Status};
use super::super::template::{DesiredResources, DesiredState, Output};
use super::Engine;
use super::start::{delete_all, roll_back};
use crate::clock::now;
use crate::fault::Fault;

/// The outputs that the definition asks for, or why they cannot be.
type Outputs = Result<Vec<Output>, String>;

impl Engine {
    pub(super) fn finish_phase(
        &self,
        id: &str,
        desired_state: Result<&DesiredState, &String>,
    ) -> Result<(), Fault> {
        let outputs = match desired_state {
            Ok(desired_state) => self.outputs(id, desired_state)?,
            Err(reason) => Err(reason.clone()),
        };
        let none = DesiredResources::new();
        let desired = desired_state.map_or(&none, |desired_state| &desired_state.resources);
        self.stacks.change_in(id, |connection, state| {
            let outputs = match outputs {
                Ok(outputs) => self.unless_conflict(connection, state, outputs)?,
                refused => refused,
            };
            transition(state, desired, outputs);
            Ok(())
        })
    }

    fn outputs(&self, id: &str, desired_state: &DesiredState) -> Result<Outputs, Fault> {
        let state = self.stacks.state(id)?;
        if !is_applied(&state) {
            return Ok(Ok(Vec::new()));
        }
        let find = |logical_id: &str| Ok(state.resources.get(logical_id).cloned());
        Ok(desired_state.outputs(&|reference| self.resolve(find, reference)))
    }

    fn unless_conflict(
        &self,
        connection: &rusqlite::Connection,
        state: &StackState,
        outputs: Vec<Output>,
    ) -> Result<Outputs, Fault> {
        let conflict = if is_applied(state) {
            self.stacks
                .export_conflict(connection, &state.stack, &outputs)?
        } else {
            None
        };
        Ok(conflict.map_or(Ok(outputs), Err))
    }
}

/// Whether all resources are as the definition says.
fn is_applied(state: &StackState) -> bool {
    let operation = state.stack.operation.as_ref();
    operation.is_some_and(|it| it.phase == Phase::Apply && !it.is_halted())
}

fn transition(state: &mut StackState, desired: &DesiredResources, outputs: Outputs) {
    match state.stack.phase() {
        Some(Phase::Apply) => applied(state, desired, outputs),
        Some(Phase::Cleanup) => {
            let reason = (!state.obsolete.is_empty())
                .then_some("Update successful. One or more resources could not be deleted.");
            state.set_status(Status::UpdateComplete, reason);
            end_cleanup(state);
        }
        Some(Phase::Rollback) => rolled_back(state),
        Some(Phase::RollbackCleanup) => {
            state.set_status(Status::UpdateRollbackComplete, None);
            end_cleanup(state);
        }
        Some(Phase::Delete) => deleted(state),
        None => {}
    }
}

/// What could not be deleted is not the stack's any more.
fn end_cleanup(state: &mut StackState) {
    state.obsolete.retain(|_, _| false);
    state.stack.end_operation();
}

fn applied(state: &mut StackState, desired: &DesiredResources, outputs: Outputs) {
    let Some(operation) = state.stack.operation.clone() else {
        return;
    };
    let failure = match (operation.failures(), outputs) {
        (failures, _) if !failures.is_empty() => failures,
        (_, Err(reason)) => format!("{reason}. "),
        (_, Ok(_)) if operation.cancelled => "User Initiated".to_owned(),
        (_, Ok(outputs)) => return succeeded(state, desired, operation.kind, outputs),
    };
    match (operation.kind, operation.on_failure) {
        // A deletion was requested while the stack was being created.
        (OperationKind::DeleteStack, _) => delete_all(state),
        (OperationKind::CreateStack, OnFailure::Rollback) => {
            let reason = format!("{failure}Rollback requested by user.");
            delete_all(state);
            state.set_status(Status::RollbackInProgress, Some(&reason));
        }
        (OperationKind::CreateStack, OnFailure::Delete) => {
            let reason = format!("{failure}Delete requested by user.");
            delete_all(state);
            state.set_status(Status::DeleteInProgress, Some(&reason));
        }
        (OperationKind::CreateStack, OnFailure::DoNothing) => {
            state.set_status(Status::CreateFailed, Some(&failure));
            state.stack.end_operation();
        }
        (_, OnFailure::DoNothing) => {
            state.set_status(Status::UpdateFailed, Some(&failure));
            state.stack.end_operation();
        }
        (_, OnFailure::Rollback | OnFailure::Delete) => {
            roll_back(state);
            state.set_status(Status::UpdateRollbackInProgress, Some(&failure));
        }
    }
}

fn succeeded(
    state: &mut StackState,
    desired: &DesiredResources,
    kind: OperationKind,
    outputs: Vec<Output>,
) {
    state.stack.outputs = outputs;
    if kind == OperationKind::CreateStack {
        state.set_status(Status::CreateComplete, None);
        state.stack.end_operation();
        return;
    }
    let mut obsolete = Vec::new();
    for (logical_id, resource) in state.resources.iter() {
        if let Some(previous) = &resource.previous
            && previous.actual_id() != resource.actual_id()
        {
            let retain = resource.policies.retains_replaced();
            obsolete.extend(previous.obsolete(logical_id, retain));
        }
        if !desired.contains_key(logical_id) {
            let retain = resource.policies.retains(false, false);
            obsolete.extend(resource.obsolete_creation(logical_id));
            obsolete.extend(resource.obsolete(logical_id, retain));
        }
    }
    state.add_obsolete(obsolete);
    state
        .resources
        .retain(|logical_id, _| desired.contains_key(logical_id));
    state.forget_previous();
    state.stack.start_phase(Phase::Cleanup);
    state.set_status(Status::UpdateCompleteCleanupInProgress, None);
}

fn rolled_back(state: &mut StackState) {
    let operation = state.stack.operation.as_ref();
    let failures = operation.map(|it| it.failures()).unwrap_or_default();
    if !failures.is_empty() {
        state.set_status(Status::UpdateRollbackFailed, Some(&failures));
        state.stack.end_operation();
        return;
    }
    if let Some(previous) = state.forget_previous() {
        state.stack.definition = previous.definition;
        state.stack.outputs = previous.outputs;
    }
    state.stack.start_phase(Phase::RollbackCleanup);
    state.set_status(Status::UpdateRollbackCompleteCleanupInProgress, None);
}

fn deleted(state: &mut StackState) {
    let Some(operation) = state.stack.operation.clone() else {
        return;
    };
    let deletes =
        operation.kind == OperationKind::DeleteStack || operation.on_failure == OnFailure::Delete;
    let failures = operation.failures();
    let reason = Some(failures.as_str()).filter(|failures| !failures.is_empty());
    match (deletes, reason) {
        (true, None) => {
            state.stack.deleted = Some(now());
            state.set_status(Status::DeleteComplete, None);
        }
        (true, _) => state.set_status(Status::DeleteFailed, reason),
        (false, None) => state.set_status(Status::RollbackComplete, None),
        (false, _) => state.set_status(Status::RollbackFailed, reason),
    }
    state.stack.end_operation();
}
