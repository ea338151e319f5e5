//! `CreateStack`.

use serde::{Deserialize, Serialize};

use super::{Api, is_repeated};
use crate::cloudformation::engine::start_apply;
use crate::cloudformation::fault::invalid;
use crate::cloudformation::proposal::Asked;
use crate::cloudformation::stack::{OnFailure, Operation, OperationKind, Phase, Stack};
use crate::fault::Fault;
use crate::wire::lenient;

const LONGEST_NAME: usize = 128;

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Creation {
    stack_name: String,
    #[serde(flatten)]
    asked: Asked,
    #[serde(default, deserialize_with = "lenient")]
    disable_rollback: Option<bool>,
    on_failure: Option<OnFailure>,
    #[serde(default, deserialize_with = "lenient")]
    retain_except_on_create: Option<bool>,
    #[serde(default, deserialize_with = "lenient")]
    enable_termination_protection: Option<bool>,
    #[serde(default, deserialize_with = "lenient")]
    timeout_in_minutes: Option<u64>,
    client_request_token: Option<String>,
}

/// What operations answer that begin something.
#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Begun {
    pub stack_id: String,
    pub operation_id: Option<String>,
}

impl Begun {
    pub fn of(stack: &Stack) -> Self {
        Self {
            stack_id: stack.id.clone(),
            operation_id: stack.current().map(|(id, _)| id),
        }
    }
}

pub async fn create(api: &Api, request: Creation) -> Result<Begun, Fault> {
    check_name(&request.stack_name)?;
    let kind = OperationKind::CreateStack;
    let token = request.client_request_token.clone();
    if let Some(stack) = api.engine.stacks.find(&request.stack_name)? {
        return again(&stack, token.as_deref());
    }
    let mut stack = Stack::new(Stack::new_id(&request.stack_name));
    let proposal = request.asked.propose(&api.engine, &api.s3, &stack)?;
    proposal.changes(&api.engine, &stack)?;
    let mut operation = Operation::new(kind, Phase::Apply, token.clone());
    operation.on_failure = request.on_failure()?;
    operation.retain_except_on_create = request.retain_except_on_create.unwrap_or_default();
    stack.disable_rollback = operation.on_failure == OnFailure::DoNothing;
    stack.termination_protection = request.enable_termination_protection.unwrap_or_default();
    stack.timeout_minutes = request.timeout_in_minutes;
    stack.imports = proposal.imports;
    start_apply(
        &mut stack,
        operation,
        Some((proposal.definition, proposal.text)),
    );
    let begun = api.engine.stacks.write(&request.stack_name, |found| {
        // Somebody may have been quicker.
        if let Some(found) = found {
            return again(found, token.as_deref());
        }
        let begun = Begun::of(&stack);
        *found = Some(stack);
        Ok(begun)
    })?;
    api.engine.start(&begun.stack_id);
    Ok(begun)
}

fn again(stack: &Stack, token: Option<&str>) -> Result<Begun, Fault> {
    if is_repeated(stack, token, OperationKind::CreateStack)? {
        Ok(Begun::of(stack))
    } else {
        Err(Fault::invalid(
            "AlreadyExistsException",
            format!("Stack [{}] already exists", stack.name),
        ))
    }
}

impl Creation {
    fn on_failure(&self) -> Result<OnFailure, Fault> {
        if self.disable_rollback.is_some() && self.on_failure.is_some() {
            return Err(invalid(
                "You can specify either DisableRollback or OnFailure, but not both",
            ));
        }
        let disabled = self.disable_rollback.or(self.asked.disable_rollback());
        Ok(match (self.on_failure, disabled) {
            (Some(on_failure), _) => on_failure,
            (None, Some(true)) => OnFailure::DoNothing,
            (None, _) => OnFailure::Rollback,
        })
    }
}

pub fn check_name(name: &str) -> Result<(), Fault> {
    let broken = match name {
        _ if name.chars().count() > LONGEST_NAME => {
            format!("Member must have length less than or equal to {LONGEST_NAME}")
        }
        _ if !is_name(name) => {
            "Member must satisfy regular expression pattern: [a-zA-Z][-a-zA-Z0-9]*".to_owned()
        }
        _ => return Ok(()),
    };
    Err(invalid(format!(
        "1 validation error detected: Value '{name}' at 'stackName' failed to satisfy constraint: \
         {broken}"
    )))
}

/// Whether a text can be the name of a stack or of a change set.
pub fn is_name(name: &str) -> bool {
    name.starts_with(|c: char| c.is_ascii_alphabetic())
        && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '-')
}
