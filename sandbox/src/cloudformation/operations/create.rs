//! `CreateStack`.

use serde::{Deserialize, Serialize};

use super::{Api, check_token, is_repeated};
use crate::cloudformation::engine::start_apply;
use crate::cloudformation::fault::{constraint, invalid};
use crate::cloudformation::input::StackInput;
use crate::cloudformation::stack::{OnFailure, Operation, OperationKind, Phase, Stack, StackState};
use crate::fault::Fault;
use crate::wire::lenient;

/// In characters.
pub const MAX_NAME: usize = 128;
/// What names of stacks and of change sets satisfy.
pub const PATTERN: &str = "satisfy regular expression pattern: [a-zA-Z][-a-zA-Z0-9]*";

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct CreateStackRequest {
    stack_name: String,
    #[serde(flatten)]
    input: StackInput,
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

/// The response of the operations that start an operation on a stack.
#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct StackOperation {
    pub stack_id: String,
    pub operation_id: Option<String>,
}

impl StackOperation {
    pub fn of(stack: &Stack) -> Self {
        Self {
            stack_id: stack.id.clone(),
            operation_id: stack.current().map(|(id, _)| id),
        }
    }
}

pub async fn create(api: &Api, request: CreateStackRequest) -> Result<StackOperation, Fault> {
    check_name(&request.stack_name)?;
    let kind = OperationKind::CreateStack;
    let token = request.client_request_token.clone();
    check_token(token.as_deref())?;
    if let Some(stack) = api.engine.stacks.find(&request.stack_name)? {
        return again(&stack, token.as_deref());
    }
    let mut state = StackState::new(Stack::new(Stack::new_id(&request.stack_name)));
    let checked = request.input.check(&api.engine, &api.s3, &state)?;
    checked.diff(&api.engine, &state)?;
    let timeout = request.timeout_in_minutes;
    if timeout == Some(0) {
        let broken = "have value greater than or equal to 1";
        return Err(constraint("0", "timeoutInMinutes", broken));
    }
    let mut operation = Operation::new(kind, Phase::Apply, token.clone());
    operation.on_failure = request.on_failure()?;
    operation.retain_except_on_create = request.retain_except_on_create.unwrap_or_default();
    let stack = &mut state.stack;
    stack.disable_rollback = operation.on_failure == OnFailure::DoNothing;
    stack.termination_protection = request.enable_termination_protection.unwrap_or_default();
    stack.timeout_minutes = timeout;
    stack.imports = checked.imports;
    start_apply(&mut state, operation, checked.definition, checked.template);
    let started = StackOperation::of(&state.stack);
    if let Some(other) = api.engine.stacks.insert(state)? {
        return again(&other, token.as_deref());
    }
    api.engine.start(&started.stack_id);
    Ok(started)
}

fn again(stack: &Stack, token: Option<&str>) -> Result<StackOperation, Fault> {
    if is_repeated(stack, token, OperationKind::CreateStack)? {
        Ok(StackOperation::of(stack))
    } else {
        Err(Fault::invalid(
            "AlreadyExistsException",
            format!("Stack [{}] already exists", stack.name),
        ))
    }
}

impl CreateStackRequest {
    fn on_failure(&self) -> Result<OnFailure, Fault> {
        if self.disable_rollback.is_some() && self.on_failure.is_some() {
            return Err(invalid(
                "You can specify either DisableRollback or OnFailure, but not both",
            ));
        }
        let disabled = self.disable_rollback.or(self.input.disable_rollback());
        Ok(match (self.on_failure, disabled) {
            (Some(on_failure), _) => on_failure,
            (None, Some(true)) => OnFailure::DoNothing,
            (None, _) => OnFailure::Rollback,
        })
    }
}

pub fn check_name(name: &str) -> Result<(), Fault> {
    let broken = match name {
        _ if name.chars().count() > MAX_NAME => {
            format!("have length less than or equal to {MAX_NAME}")
        }
        _ if !is_name(name) => PATTERN.to_owned(),
        _ => return Ok(()),
    };
    Err(constraint(name, "stackName", &broken))
}

/// Whether a text can be the name of a stack or of a change set.
pub fn is_name(name: &str) -> bool {
    name.starts_with(|c: char| c.is_ascii_alphabetic())
        && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '-')
}
