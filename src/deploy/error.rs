//! Why a deployment or a clean-up did not succeed.

use super::Cause;
use crate::cloud::{CloudError, Status};

#[derive(Debug, thiserror::Error)]
pub enum DeployError {
    #[error(transparent)]
    Cloud(#[from] CloudError),

    #[error("stack {stack} exists, but mafia did not make it")]
    Foreign { stack: String },

    #[error("there is no stack {stack} yet")]
    NothingToPatch { stack: String },

    #[error("function {function} is gone, though stack {stack} still lists it")]
    FunctionGone { stack: String, function: String },

    #[error("stack {stack} disappeared during the deployment")]
    Vanished { stack: String },

    #[error("CloudFormation refuses the template of {stack}: {reason}")]
    TemplateRefused { stack: String, reason: String },

    #[error("the template has no parameter {parameter}; it has {}", known.join(", "))]
    UnknownParameter {
        parameter: String,
        known: Vec<String>,
    },

    #[error("the change set for {stack} failed: {reason}")]
    ChangeSetFailed { stack: String, reason: String },

    #[error("{}", stack_failed(stack, operation, status, reason.as_deref(), cause.as_ref()))]
    StackFailed {
        stack: String,
        operation: &'static str,
        status: Status,
        reason: Option<String>,
        cause: Option<Cause>,
    },

    #[error("Lambda could not apply the new code of {function}: {reason}")]
    PatchFailed { function: String, reason: String },

    #[error("somebody else changed {function} during the deployment")]
    Raced { function: String },

    #[error("workshop {workshop} has no artifact bucket")]
    NoBucket { workshop: String },
}

fn stack_failed(
    stack: &str,
    operation: &str,
    status: &Status,
    reason: Option<&str>,
    cause: Option<&Cause>,
) -> String {
    let because = match (cause, reason) {
        (Some(cause), _) => format!(
            ": {} ({}): {}",
            cause.logical_id, cause.resource_type, cause.reason
        ),
        (None, Some(reason)) => format!(": {reason}"),
        (None, None) => String::new(),
    };
    format!("{operation} of stack {stack} ended in {status}{because}")
}
