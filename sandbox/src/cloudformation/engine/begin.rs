//! How operations begin: the record made ready for their first phase, or for one that follows.

use super::super::stack::{Before, Definition, Operation, Phase, Stack, Status};
use crate::clock::now;

const INITIATED: &str = "User Initiated";

/// Begins to create the stack, or to make it what `definition` says.
pub fn begin_apply(
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
            stack.before = Some(Box::new(Before {
                definition: stack.definition.clone(),
                resources: stack.resources.clone(),
                outputs: stack.outputs.clone(),
            }));
        }
    }
    if let Some((definition, text)) = definition {
        stack.define(definition, text);
    }
    stack.begin(operation);
    let status = if creates {
        Status::CreateInProgress
    } else {
        Status::UpdateInProgress
    };
    stack.tell(status, Some(INITIATED));
}

/// Begins to remove everything.
pub fn begin_removal(stack: &mut Stack, operation: Operation, status: Status) {
    stack.begin(operation);
    give_up_everything(stack);
    stack.tell(status, Some(INITIATED));
}

/// Begins to bring the stack back to what stood before a failed update.
pub fn begin_revert(stack: &mut Stack, operation: Operation) {
    stack.begin(operation);
    give_up_new(stack);
    stack.tell(Status::UpdateRollbackInProgress, Some(INITIATED));
}

/// Goes over to removing everything, also what only the stack before the update had.
pub fn give_up_everything(stack: &mut Stack) {
    stack.enter(Phase::Remove);
    let before = stack.before.take();
    for (logical, earlier) in before.iter().flat_map(|before| &before.resources) {
        let current = stack.resources.get(logical).and_then(|it| it.stands_as());
        if earlier.stands_as() != current {
            let keep = earlier.terms.keeps(false, false);
            stack.leftovers.extend(earlier.leave(logical, keep));
        }
    }
    for (logical, resource) in &mut stack.resources {
        if resource.made.is_some() {
            // The replacement that failed.
            stack.leftovers.extend(resource.leave_intended(logical));
            resource.intent = None;
        }
    }
}

/// Goes over to undoing an update. What it added has nothing to go back to.
pub fn give_up_new(stack: &mut Stack) {
    stack.enter(Phase::Revert);
    let Some(before) = &stack.before else {
        return;
    };
    let except = (stack.operation.as_ref()).is_some_and(|it| it.retain_except_on_create);
    let is_new = |logical: &String| !before.resources.contains_key(logical);
    for (logical, resource) in stack
        .resources
        .iter()
        .filter(|(logical, _)| is_new(logical))
    {
        let keep = resource.terms.keeps(true, except);
        stack.leftovers.extend(resource.leave_intended(logical));
        stack.leftovers.extend(resource.leave(logical, keep));
    }
    stack.resources.retain(|logical, _| !is_new(logical));
}
