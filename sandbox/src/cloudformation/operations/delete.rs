//! `DeleteStack`, and what protects from it.

use serde::{Deserialize, Serialize};

use super::Api;
use crate::cloudformation::engine::start_delete;
use crate::cloudformation::fault::invalid;
use crate::cloudformation::stack::{Operation, OperationKind, Phase, Stack, Status};
use crate::cloudformation::stacks::Stacks;
use crate::fault::Fault;
use crate::wire::{self, lenient};

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Deletion {
    stack_name: String,
    #[serde(default, deserialize_with = "wire::list")]
    retain_resources: Vec<String>,
    deletion_mode: Option<String>,
    client_request_token: Option<String>,
}

/// That there is no such stack is as good as deleted.
pub async fn delete(api: &Api, request: Deletion) -> Result<(), Fault> {
    let stacks = &api.engine.stacks;
    let found = stacks.find(&request.stack_name)?;
    let Some(stack) = found.filter(|stack| stack.status != Status::DeleteComplete) else {
        return Ok(());
    };
    unused(stacks, &stack)?;
    let begun = stacks.change(&stack.id, |stack| request.begin(stack))?;
    if begun {
        api.engine.start(&stack.id);
    }
    Ok(())
}

impl Deletion {
    /// Says whether there is something to start: not when the deletion is under way.
    fn begin(&self, stack: &mut Stack) -> Result<bool, Fault> {
        if stack.termination_protection {
            return Err(invalid(format!(
                "Stack [{}] cannot be deleted while TerminationProtection is enabled",
                stack.name
            )));
        }
        self.check_retained(stack)?;
        let kind = OperationKind::DeleteStack;
        match (stack.status, &mut stack.operation) {
            (Status::DeleteInProgress, _) => return Ok(false),
            // What is being made is made to its end, and no more is begun.
            (Status::CreateInProgress, Some(operation)) => {
                operation.kind = kind;
                operation.cancelled = true;
                stack.set_status(Status::DeleteInProgress, Some("User Initiated"));
                return Ok(false);
            }
            (status, Some(_)) => {
                return Err(invalid(format!(
                    "Stack:{} is in {status} state and can not be deleted.",
                    stack.id
                )));
            }
            (_, None) => {}
        }
        let token = self.client_request_token.clone();
        let mut operation = Operation::new(kind, Phase::Delete, token);
        operation.skip = self.retain_resources.iter().cloned().collect();
        if self.deletion_mode.as_deref() == Some("FORCE_DELETE_STACK") {
            operation.skip.extend(undeletable(stack));
        }
        start_delete(stack, operation, Status::DeleteInProgress);
        Ok(true)
    }

    fn check_retained(&self, stack: &Stack) -> Result<(), Fault> {
        let forced = self.deletion_mode.as_deref() == Some("FORCE_DELETE_STACK");
        if stack.status != Status::DeleteFailed && (forced || !self.retain_resources.is_empty()) {
            return Err(invalid(format!(
                "Stack [{}] is in {} state: resources can be retained only in DELETE_FAILED state",
                stack.name, stack.status
            )));
        }
        let unknown = |name: &&String| !stack.resources.contains_key(*name);
        match self.retain_resources.iter().find(unknown) {
            Some(name) => Err(invalid(format!(
                "Stack [{}] has no resource {name} to retain",
                stack.name
            ))),
            None => Ok(()),
        }
    }
}

fn undeletable(stack: &Stack) -> impl Iterator<Item = String> {
    let failed = stack.resources.iter();
    let failed = failed.filter(|(_, resource)| resource.status == Status::DeleteFailed);
    failed
        .map(|(name, _)| name.clone())
        .collect::<Vec<_>>()
        .into_iter()
}

/// Refuses when another stack uses what this one exports.
fn unused(stacks: &Stacks, stack: &Stack) -> Result<(), Fault> {
    for name in stack
        .outputs
        .iter()
        .filter_map(|output| output.export.as_deref())
    {
        if let Some(user) = stacks
            .importers(name)?
            .iter()
            .find(|user| **user != stack.name)
        {
            return Err(invalid(format!(
                "Export {name} cannot be deleted as it is in use by {user}"
            )));
        }
    }
    Ok(())
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Protection {
    stack_name: String,
    #[serde(default, deserialize_with = "lenient")]
    enable_termination_protection: Option<bool>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Protected {
    stack_id: String,
}

pub async fn protect(api: &Api, request: Protection) -> Result<Protected, Fault> {
    api.engine.stacks.change(&request.stack_name, |stack| {
        stack.termination_protection = request.enable_termination_protection.unwrap_or_default();
        let stack_id = stack.id.clone();
        Ok(Protected { stack_id })
    })
}
