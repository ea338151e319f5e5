//! How operations begin: the record made ready for their first phase, or for one that follows.

use super::super::stack::{Definition, Operation, Phase, PreviousState, Stack, Status};
use crate::clock::now;

const INITIATED: &str = "User Initiated";

/// Begins to create the stack, or to make it what `definition` says.
pub fn start_apply(
    stack: &mut Stack,
    operation: Operation,
    definition: Option<(Definition, String)>,
) {
    let creates = stack.resources.is_empty() && stack.status == Status::ReviewInProgress;
    if !creates {
        stack.updated = Some(now());
        let stood = matches!(
            stack.status,
            Status::CreateComplete | Status::UpdateComplete | Status::UpdateRollbackComplete
        );
        // After a failed update that was not rolled back, what stood before it is what counts.
        if stood {
            stack.previous = Some(Box::new(PreviousState {
                definition: stack.definition.clone(),
                resources: stack.resources.clone(),
                outputs: stack.outputs.clone(),
            }));
        }
    }
    if let Some((definition, text)) = definition {
        stack.set_definition(definition, text);
    }
    stack.start_operation(operation);
    let status = if creates {
        Status::CreateInProgress
    } else {
        Status::UpdateInProgress
    };
    stack.set_status(status, Some(INITIATED));
}

/// Begins to remove everything.
pub fn start_delete(stack: &mut Stack, operation: Operation, status: Status) {
    stack.start_operation(operation);
    delete_all(stack);
    stack.set_status(status, Some(INITIATED));
}

/// Begins to bring the stack back to what stood before a failed update.
pub fn start_rollback(stack: &mut Stack, operation: Operation) {
    stack.start_operation(operation);
    roll_back(stack);
    stack.set_status(Status::UpdateRollbackInProgress, Some(INITIATED));
}

/// Goes over to removing everything, also what only the stack before the update had.
pub fn delete_all(stack: &mut Stack) {
    stack.start_phase(Phase::Delete);
    let before = stack.previous.take();
    for (logical_id, earlier) in before.iter().flat_map(|before| &before.resources) {
        let current = stack
            .resources
            .get(logical_id)
            .and_then(|it| it.actual_id());
        if earlier.actual_id() != current {
            let retain = earlier.policies.retains(false, false);
            stack.obsolete.extend(earlier.obsolete(logical_id, retain));
        }
    }
    for (logical_id, resource) in &mut stack.resources {
        if resource.actual.is_some() {
            // The replacement that failed.
            stack
                .obsolete
                .extend(resource.obsolete_creation(logical_id));
            resource.creating = None;
        }
    }
}

/// Goes over to undoing an update. What it added has nothing to go back to.
pub fn roll_back(stack: &mut Stack) {
    stack.start_phase(Phase::Rollback);
    let Some(before) = &stack.previous else {
        return;
    };
    let except = (stack.operation.as_ref()).is_some_and(|it| it.retain_except_on_create);
    let is_new = |logical_id: &String| !before.resources.contains_key(logical_id);
    for (logical_id, resource) in stack
        .resources
        .iter()
        .filter(|(logical_id, _)| is_new(logical_id))
    {
        let retain = resource.policies.retains(true, except);
        stack
            .obsolete
            .extend(resource.obsolete_creation(logical_id));
        stack.obsolete.extend(resource.obsolete(logical_id, retain));
    }
    stack.resources.retain(|logical_id, _| !is_new(logical_id));
}
