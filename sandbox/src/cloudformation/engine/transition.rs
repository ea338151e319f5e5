//! What follows when a phase has no step left: the next phase, or the end of the operation.

use std::collections::BTreeMap;

use serde_json::Value;

use super::super::stack::{OnFailure, OperationKind, Phase, Stack, Status};
use super::super::template::{Output, Reference};
use super::Engine;
use super::desired_state::{DesiredResource, DesiredState};
use super::start::{delete_all, roll_back};
use crate::clock::now;
use crate::fault::Fault;

/// What the stack's definition comes to, once its resources are there.
type Outcome = Result<Vec<Output>, String>;

impl Engine {
    pub(super) fn finish_phase(
        &self,
        id: &str,
        desired_state: &Result<DesiredState, String>,
    ) -> Result<(), Fault> {
        let stack = self.stacks.described(id)?;
        let outcome = match desired_state {
            Ok(desired_state) => self.outcome(&stack, desired_state),
            Err(reason) => Err(reason.clone()),
        };
        let none = BTreeMap::new();
        let desired = desired_state
            .as_ref()
            .map_or(&none, DesiredState::resources);
        self.stacks.change(id, |stack| {
            transition(stack, desired, outcome);
            Ok(())
        })
    }

    fn outcome(&self, stack: &Stack, desired_state: &DesiredState) -> Outcome {
        let halted = stack.operation.as_ref().is_some_and(|it| it.is_halted());
        if stack.phase() != Some(Phase::Apply) || halted {
            return Ok(Vec::new());
        }
        let outputs = desired_state.outputs(&|reference| self.resolve(stack, reference))?;
        match self.stacks.export_conflict(stack, &outputs) {
            Ok(None) => Ok(outputs),
            Ok(Some(conflict)) => Err(conflict),
            Err(fault) => Err(fault.message),
        }
    }

    /// What `Ref`, `Fn::GetAtt` and `Fn::ImportValue` are worth to a stack now.
    pub fn resolve(&self, stack: &Stack, reference: Reference<'_>) -> Result<Value, String> {
        let (Reference::Ref(logical_id) | Reference::Att(logical_id, _)) = reference else {
            let Reference::Import(name) = reference else {
                return Err("an unknown reference".to_owned());
            };
            let exports = self.stacks.exports().map_err(|fault| fault.message)?;
            return match exports.get(name) {
                Some(export) => Ok(Value::String(export.value.clone())),
                None => Err(format!("No export named {name} found.")),
            };
        };
        let resource = stack.resources.get(logical_id);
        let Some(made) = resource.and_then(|resource| resource.actual.as_ref()) else {
            return Err(format!("Resource {logical_id} does not exist yet"));
        };
        match reference {
            Reference::Att(_, name) => made.attributes.get(name).cloned().ok_or_else(|| {
                format!(
                    "Resource {logical_id} does not support attribute type {name} in Fn::GetAtt"
                )
            }),
            _ => Ok(Value::String(made.physical_id.clone())),
        }
    }
}

fn transition(stack: &mut Stack, desired: &BTreeMap<String, DesiredResource>, outcome: Outcome) {
    match stack.phase() {
        Some(Phase::Apply) => applied(stack, desired, outcome),
        Some(Phase::Cleanup) => {
            let reason = (!stack.obsolete.is_empty())
                .then_some("Update successful. One or more resources could not be deleted.");
            stack.set_status(Status::UpdateComplete, reason);
            stack.end_operation();
        }
        Some(Phase::Rollback) => reverted(stack),
        Some(Phase::RollbackCleanup) => {
            stack.set_status(Status::UpdateRollbackComplete, None);
            stack.end_operation();
        }
        Some(Phase::Delete) => removed(stack),
        None => {}
    }
}

fn applied(stack: &mut Stack, desired: &BTreeMap<String, DesiredResource>, outcome: Outcome) {
    let Some(operation) = stack.operation.clone() else {
        return;
    };
    let failure = match (operation.failures(), outcome) {
        (failures, _) if !failures.is_empty() => failures,
        (_, Err(reason)) => format!("{reason}. "),
        (_, Ok(_)) if operation.cancelled => "User Initiated".to_owned(),
        (_, Ok(outputs)) => return succeeded(stack, desired, operation.kind, outputs),
    };
    match (operation.kind, operation.on_failure) {
        // Asked for while the stack was being created.
        (OperationKind::DeleteStack, _) => delete_all(stack),
        (OperationKind::CreateStack, OnFailure::Rollback) => {
            let reason = format!("{failure}Rollback requested by user.");
            delete_all(stack);
            stack.set_status(Status::RollbackInProgress, Some(&reason));
        }
        (OperationKind::CreateStack, OnFailure::Delete) => {
            let reason = format!("{failure}Delete requested by user.");
            delete_all(stack);
            stack.set_status(Status::DeleteInProgress, Some(&reason));
        }
        (OperationKind::CreateStack, OnFailure::DoNothing) => {
            stack.set_status(Status::CreateFailed, Some(&failure));
            stack.end_operation();
        }
        (_, OnFailure::DoNothing) => {
            stack.set_status(Status::UpdateFailed, Some(&failure));
            stack.end_operation();
        }
        (_, OnFailure::Rollback | OnFailure::Delete) => {
            roll_back(stack);
            stack.set_status(Status::UpdateRollbackInProgress, Some(&failure));
        }
    }
}

fn succeeded(
    stack: &mut Stack,
    desired: &BTreeMap<String, DesiredResource>,
    kind: OperationKind,
    outputs: Vec<Output>,
) {
    stack.outputs = outputs;
    if kind == OperationKind::CreateStack {
        stack.set_status(Status::CreateComplete, None);
        stack.end_operation();
        return;
    }
    let before = stack.previous.take();
    for (logical_id, earlier) in before.iter().flat_map(|before| &before.resources) {
        let current = stack.resources.get(logical_id);
        let replaced = current.filter(|current| current.actual_id() != earlier.actual_id());
        if let Some(current) = replaced {
            let retain = current.policies.retains_replaced();
            stack.obsolete.extend(earlier.obsolete(logical_id, retain));
        }
    }
    let dropped = |logical_id: &String| !desired.contains_key(logical_id);
    for (logical_id, resource) in stack
        .resources
        .iter()
        .filter(|(logical_id, _)| dropped(logical_id))
    {
        let retain = resource.policies.retains(false, false);
        stack
            .obsolete
            .extend(resource.obsolete_creation(logical_id));
        stack.obsolete.extend(resource.obsolete(logical_id, retain));
    }
    stack.resources.retain(|logical_id, _| !dropped(logical_id));
    stack.start_phase(Phase::Cleanup);
    stack.set_status(Status::UpdateCompleteCleanupInProgress, None);
}

fn reverted(stack: &mut Stack) {
    let failures = stack
        .operation
        .as_ref()
        .map(|it| it.failures())
        .unwrap_or_default();
    if !failures.is_empty() {
        stack.set_status(Status::UpdateRollbackFailed, Some(&failures));
        stack.end_operation();
        return;
    }
    if let Some(before) = stack.previous.take() {
        stack.definition = before.definition;
        stack.outputs = before.outputs;
    }
    stack.start_phase(Phase::RollbackCleanup);
    stack.set_status(Status::UpdateRollbackCompleteCleanupInProgress, None);
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
            stack.set_status(Status::DeleteComplete, None);
        }
        (true, _) => stack.set_status(Status::DeleteFailed, reason),
        (false, None) => stack.set_status(Status::RollbackComplete, None),
        (false, _) => stack.set_status(Status::RollbackFailed, reason),
    }
    stack.end_operation();
}
