//! How operations start, and the phases that delete or roll back.

use super::super::stack::{Definition, Operation, Phase, Previous, StackState, Status};
use crate::clock::now;

const INITIATED: &str = "User Initiated";

/// Starts to create the stack, or to update it to `definition` and its template.
pub fn start_apply(
    state: &mut StackState,
    operation: Operation,
    definition: Definition,
    template: String,
) {
    let creates = state.resources.is_empty() && state.stack.status == Status::ReviewInProgress;
    if !creates {
        state.stack.updated = Some(now());
        let is_complete = matches!(
            state.stack.status,
            Status::CreateComplete | Status::UpdateComplete | Status::UpdateRollbackComplete
        );
        // After a failed update that was not rolled back, a rollback goes back to before that one.
        if is_complete {
            keep_previous(state);
        }
    }
    state.set_definition(definition, template);
    state.stack.start_operation(operation);
    let status = if creates {
        Status::CreateInProgress
    } else {
        Status::UpdateInProgress
    };
    state.set_status(status, Some(INITIATED));
}

fn keep_previous(state: &mut StackState) {
    state.stack.previous = Some(Previous {
        definition: state.stack.definition.clone(),
        outputs: state.stack.outputs.clone(),
    });
    for (_, resource) in state.resources.iter_mut() {
        resource.keep_previous();
    }
}

/// Starts to delete everything.
pub fn start_delete(state: &mut StackState, operation: Operation, status: Status) {
    state.stack.start_operation(operation);
    delete_all(state);
    state.set_status(status, Some(INITIATED));
}

/// Starts to return the stack to its state before a failed update.
pub fn start_rollback(state: &mut StackState, operation: Operation) {
    state.stack.start_operation(operation);
    roll_back(state);
    state.set_status(Status::UpdateRollbackInProgress, Some(INITIATED));
}

/// Starts the phase that deletes everything, also what only the previous state has.
pub fn delete_all(state: &mut StackState) {
    state.stack.start_phase(Phase::Delete);
    state.stack.previous = None;
    let mut obsolete = Vec::new();
    for (logical_id, resource) in state.resources.iter_mut() {
        if resource.previous.is_some()
            && let Some(previous) = resource.previous.take()
            && previous.actual_id() != resource.actual_id()
        {
            let retain = previous.policies.retains(false, false);
            obsolete.extend(previous.obsolete(logical_id, retain));
        }
        if resource.actual.is_some() && resource.creating.is_some() {
            // The replacement that failed.
            obsolete.extend(resource.obsolete_creation(logical_id));
            resource.creating = None;
        }
    }
    state.add_obsolete(obsolete);
}

/// Starts the phase that undoes an update. What the update added is obsolete.
pub fn roll_back(state: &mut StackState) {
    state.stack.start_phase(Phase::Rollback);
    if state.stack.previous.is_none() {
        return;
    }
    let operation = state.stack.operation.as_ref();
    let except = operation.is_some_and(|operation| operation.retain_except_on_create);
    let added = state
        .resources
        .iter()
        .filter(|(_, resource)| resource.previous.is_none());
    let obsolete = added.flat_map(|(logical_id, resource)| {
        let retain = resource.policies.retains(true, except);
        let creation = resource.obsolete_creation(logical_id);
        creation
            .into_iter()
            .chain(resource.obsolete(logical_id, retain))
    });
    let obsolete: Vec<_> = obsolete.collect();
    state.add_obsolete(obsolete);
    state
        .resources
        .retain(|_, resource| resource.previous.is_some());
}
