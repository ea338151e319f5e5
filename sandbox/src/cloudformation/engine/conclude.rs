//! What follows when a phase has no step left: the next phase, or the end of the operation.

use std::collections::BTreeMap;

use serde_json::Value;

use super::super::stack::{OnFailure, OperationKind, Phase, Stack, Status};
use super::super::template::{Output, Reference};
use super::Engine;
use super::begin::{give_up_everything, give_up_new};
use super::course::{Course, Target};
use crate::clock::now;
use crate::fault::Fault;

/// What the stack's definition comes to, once its resources are there.
type Outcome = Result<Vec<Output>, String>;

impl Engine {
    pub(super) fn conclude(&self, id: &str, course: &Result<Course, String>) -> Result<(), Fault> {
        let stack = self.stacks.described(id)?;
        let outcome = match course {
            Ok(course) => self.outcome(&stack, course),
            Err(reason) => Err(reason.clone()),
        };
        let none = BTreeMap::new();
        let targets = course.as_ref().map_or(&none, Course::targets);
        self.stacks.change(id, |stack| {
            conclude(stack, targets, outcome);
            Ok(())
        })
    }

    fn outcome(&self, stack: &Stack, course: &Course) -> Outcome {
        let halted = stack.operation.as_ref().is_some_and(|it| it.is_halted());
        if stack.phase() != Some(Phase::Apply) || halted {
            return Ok(Vec::new());
        }
        let outputs = course.outputs(&|reference| self.resolve(stack, reference))?;
        match self.stacks.export_conflict(stack, &outputs) {
            Ok(None) => Ok(outputs),
            Ok(Some(conflict)) => Err(conflict),
            Err(fault) => Err(fault.message),
        }
    }

    /// What `Ref`, `Fn::GetAtt` and `Fn::ImportValue` are worth to a stack now.
    pub fn resolve(&self, stack: &Stack, reference: Reference<'_>) -> Result<Value, String> {
        let (Reference::Ref(logical) | Reference::Att(logical, _)) = reference else {
            let Reference::Import(name) = reference else {
                return Err("an unknown reference".to_owned());
            };
            let exports = self.stacks.exports().map_err(|fault| fault.message)?;
            return match exports.get(name) {
                Some(export) => Ok(Value::String(export.value.clone())),
                None => Err(format!("No export named {name} found.")),
            };
        };
        let resource = stack.resources.get(logical);
        let Some(made) = resource.and_then(|resource| resource.made.as_ref()) else {
            return Err(format!("Resource {logical} is not there yet"));
        };
        match reference {
            Reference::Att(_, name) => made.attributes.get(name).cloned().ok_or_else(|| {
                format!("Resource {logical} does not support attribute type {name} in Fn::GetAtt")
            }),
            _ => Ok(Value::String(made.physical.clone())),
        }
    }
}

fn conclude(stack: &mut Stack, targets: &BTreeMap<String, Target>, outcome: Outcome) {
    match stack.phase() {
        Some(Phase::Apply) => applied(stack, targets, outcome),
        Some(Phase::Cleanup) => {
            let reason = (!stack.leftovers.is_empty())
                .then_some("Update successful. One or more resources could not be deleted.");
            stack.tell(Status::UpdateComplete, reason);
            stack.end();
        }
        Some(Phase::Revert) => reverted(stack),
        Some(Phase::RevertCleanup) => {
            stack.tell(Status::UpdateRollbackComplete, None);
            stack.end();
        }
        Some(Phase::Remove) => removed(stack),
        None => {}
    }
}

fn applied(stack: &mut Stack, targets: &BTreeMap<String, Target>, outcome: Outcome) {
    let Some(operation) = stack.operation.clone() else {
        return;
    };
    let failure = match (operation.failures(), outcome) {
        (failures, _) if !failures.is_empty() => failures,
        (_, Err(reason)) => format!("{reason}. "),
        (_, Ok(_)) if operation.stop => "User Initiated".to_owned(),
        (_, Ok(outputs)) => return succeeded(stack, targets, operation.kind, outputs),
    };
    match (operation.kind, operation.on_failure) {
        // Asked for while the stack was being created.
        (OperationKind::DeleteStack, _) => give_up_everything(stack),
        (OperationKind::CreateStack, OnFailure::Rollback) => {
            let reason = format!("{failure}Rollback requested by user.");
            give_up_everything(stack);
            stack.tell(Status::RollbackInProgress, Some(&reason));
        }
        (OperationKind::CreateStack, OnFailure::Delete) => {
            let reason = format!("{failure}Delete requested by user.");
            give_up_everything(stack);
            stack.tell(Status::DeleteInProgress, Some(&reason));
        }
        (OperationKind::CreateStack, OnFailure::DoNothing) => {
            stack.tell(Status::CreateFailed, Some(&failure));
            stack.end();
        }
        (_, OnFailure::DoNothing) => {
            stack.tell(Status::UpdateFailed, Some(&failure));
            stack.end();
        }
        (_, OnFailure::Rollback | OnFailure::Delete) => {
            give_up_new(stack);
            stack.tell(Status::UpdateRollbackInProgress, Some(&failure));
        }
    }
}

fn succeeded(
    stack: &mut Stack,
    targets: &BTreeMap<String, Target>,
    kind: OperationKind,
    outputs: Vec<Output>,
) {
    stack.outputs = outputs;
    if kind == OperationKind::CreateStack {
        stack.tell(Status::CreateComplete, None);
        stack.end();
        return;
    }
    let before = stack.before.take();
    for (logical, earlier) in before.iter().flat_map(|before| &before.resources) {
        let current = stack.resources.get(logical);
        let replaced = current.filter(|current| current.stands_as() != earlier.stands_as());
        if let Some(current) = replaced {
            let keep = current.terms.keeps_replaced();
            stack.leftovers.extend(earlier.leave(logical, keep));
        }
    }
    let dropped = |logical: &String| !targets.contains_key(logical);
    for (logical, resource) in stack
        .resources
        .iter()
        .filter(|(logical, _)| dropped(logical))
    {
        let keep = resource.terms.keeps(false, false);
        stack.leftovers.extend(resource.leave_intended(logical));
        stack.leftovers.extend(resource.leave(logical, keep));
    }
    stack.resources.retain(|logical, _| !dropped(logical));
    stack.enter(Phase::Cleanup);
    stack.tell(Status::UpdateCompleteCleanupInProgress, None);
}

fn reverted(stack: &mut Stack) {
    let failures = stack
        .operation
        .as_ref()
        .map(|it| it.failures())
        .unwrap_or_default();
    if !failures.is_empty() {
        stack.tell(Status::UpdateRollbackFailed, Some(&failures));
        stack.end();
        return;
    }
    if let Some(before) = stack.before.take() {
        stack.definition = before.definition;
        stack.outputs = before.outputs;
    }
    stack.enter(Phase::RevertCleanup);
    stack.tell(Status::UpdateRollbackCompleteCleanupInProgress, None);
}

fn removed(stack: &mut Stack) {
    let Some(operation) = stack.operation.clone() else {
        return;
    };
    let deletes =
        operation.kind == OperationKind::DeleteStack || operation.on_failure == OnFailure::Delete;
    let failures = operation.failures();
    let reason = Some(failures.as_str()).filter(|failures| !failures.is_empty());
    match (deletes, reason) {
        (true, None) => {
            stack.deleted = Some(now());
            stack.tell(Status::DeleteComplete, None);
        }
        (true, _) => stack.tell(Status::DeleteFailed, reason),
        (false, None) => stack.tell(Status::RollbackComplete, None),
        (false, _) => stack.tell(Status::RollbackFailed, reason),
    }
    stack.end();
}
