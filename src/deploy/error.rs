//! Why a deployment or a clean-up did not succeed.

use std::fmt;

use super::Cause;
use crate::cloud::{CloudError, Status};
use crate::wording::shortened;

/// What a stack was taken for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    Game,
    Workshop,
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Game => "a game that mafia has deployed",
            Self::Workshop => "a workshop that mafia has set up",
        })
    }
}

#[derive(Debug, thiserror::Error)]
pub enum DeployError {
    #[error(transparent)]
    Cloud(#[from] CloudError),

    #[error("stack {stack} exists, but is not {role}")]
    Foreign { stack: String, role: Role },

    #[error("there is no stack {stack} yet")]
    NothingToPatch { stack: String },

    #[error("function {function} is gone, though stack {stack} still lists it")]
    FunctionGone { stack: String, function: String },

    #[error("stack {stack} disappeared during the deployment")]
    Vanished { stack: String },

    #[error(
        "CloudFormation refuses the template of {stack}: {}",
        shortened(reason)
    )]
    TemplateRefused { stack: String, reason: String },

    /// The reason names the parameter.
    #[error("{}", shortened(reason))]
    ParameterRefused { reason: String },

    #[error("the template has no parameter {parameter}")]
    UnknownParameter {
        parameter: String,
        /// Those that are not set by mafia itself.
        known: Vec<String>,
    },

    #[error("the change set for {stack} failed: {}", shortened(reason))]
    ChangeSetFailed { stack: String, reason: String },

    #[error(transparent)]
    StackFailed(#[from] Box<StackFailure>),

    #[error("Lambda could not apply the new code of {function}: {reason}")]
    PatchFailed { function: String, reason: String },

    #[error("somebody else changed {function} during the deployment")]
    Raced { function: String },

    #[error("somebody else keeps changing stack {stack}")]
    Contested { stack: String },

    #[error("workshop {workshop} has no artifact bucket")]
    NoBucket { workshop: String },
}

/// What CloudFormation was to do with a stack.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Operation {
    Create,
    Update,
    /// Going on with the rollback of an update that got stuck.
    Rollback,
    Delete,
}

impl fmt::Display for Operation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Create => "creation",
            Self::Update => "update",
            Self::Rollback => "rollback",
            Self::Delete => "deletion",
        })
    }
}

/// An operation of CloudFormation that did not end as it should.
#[derive(Debug, thiserror::Error)]
pub struct StackFailure {
    pub stack: String,
    pub operation: Operation,
    pub status: Status,
    /// The stack's own account, where no resource explains the failure.
    pub reason: Option<String>,
    pub cause: Option<Cause>,
}

impl StackFailure {
    /// How it ended, without why.
    pub fn end(&self) -> String {
        let Self {
            stack,
            operation,
            status,
            ..
        } = self;
        format!("the {operation} of stack {stack} ended in {status}")
    }

    /// Why, as far as anybody said.
    pub fn why(&self) -> Option<String> {
        let of_resource = |cause: &Cause| {
            let Cause {
                logical_id,
                resource_type,
                reason,
            } = cause;
            format!("{logical_id} ({resource_type}): {reason}")
        };
        let cause = self.cause.as_ref().map(of_resource);
        cause.or_else(|| self.reason.clone())
    }
}

impl fmt::Display for StackFailure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.end())?;
        match self.why() {
            Some(why) => write!(f, ": {why}"),
            None => Ok(()),
        }
    }
}
