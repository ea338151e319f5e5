//! Why a deployment or a clean-up did not succeed.

use std::fmt;

use super::{Cause, Drifted, Mismatch};
use crate::bundle::BundleError;
use crate::cloud::{Change, CloudError, Status};
use crate::wording::shortened;

/// What a stack is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "lowercase")]
pub enum StackRole {
    Game,
    /// Shared by the games of a class.
    Workshop,
}

impl fmt::Display for StackRole {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Game => "game",
            Self::Workshop => "workshop",
        })
    }
}

#[derive(Debug, thiserror::Error)]
pub enum DeployError {
    #[error(transparent)]
    Cloud(#[from] CloudError),

    /// An operation goes on, whether or not somebody can look.
    #[error("cannot see how the operation on stack {stack} ends: {source}")]
    Unseen { stack: String, source: CloudError },

    #[error("stack {stack} exists, but is not a mafia {role}")]
    ForeignStack { stack: String, role: StackRole },

    #[error("stack {stack} has lost its tag mafia:kind, which marks it as a mafia game")]
    LostTags { stack: String },

    #[error("stack {stack} belongs to somebody else: {difference}")]
    Strangers { stack: String, difference: String },

    /// `None` is the game.
    #[error("stack {stack} is of {}, not of {}", lab_or_game(found.as_deref()), lab_or_game(lab.as_deref()))]
    OtherLab {
        stack: String,
        found: Option<String>,
        lab: Option<String>,
    },

    /// `found` is the class that it belongs to, if it does.
    #[error("stack {stack} exists, but {}", whose(found.as_deref(), class))]
    OtherClass {
        stack: String,
        class: String,
        /// Whose stack of the class has this name; `None` for the one that the class shares.
        student: Option<String>,
        found: Option<String>,
    },

    #[error("stack {stack} has no output {output}")]
    NoOutput { stack: String, output: String },

    #[error("stack {stack} has lost its bucket {bucket}: deleted outside CloudFormation")]
    NoSiteBucket { stack: String, bucket: String },

    #[error(
        "the bucket {bucket} does not have the code of {function}, or has something else in its place"
    )]
    NoCode { function: String, bucket: String },

    #[error(transparent)]
    Bundle(#[from] BundleError),

    #[error("stack {stack} belongs to the student {student} of the class {class}")]
    Students {
        stack: String,
        student: String,
        class: String,
    },

    #[error("stack {stack} does not exist yet")]
    NoStack { stack: String },

    #[error(
        "the function name {function} is too long: {} characters",
        function.len()
    )]
    LongFunctionName { function: String },

    #[error("the bucket {logical_id} cannot have the name {name}: {rule}")]
    BucketName {
        logical_id: String,
        name: String,
        rule: &'static str,
    },

    #[error(transparent)]
    Mismatch(#[from] Box<Mismatch>),

    #[error("function {function} of stack {stack} does not exist any more")]
    FunctionMissing { stack: String, function: String },

    #[error(
        "stack {stack} has lost {}: deleted outside CloudFormation",
        list(gone)
    )]
    ResourcesGone { stack: String, gone: Vec<Drifted> },

    #[error("stack {stack} was deleted during the deployment")]
    StackDisappeared { stack: String },

    #[error("CloudFormation rejected the template of {stack}")]
    TemplateRefused { stack: String, reason: String },

    /// The reason names the parameter.
    #[error("{}", shortened(reason))]
    ParameterRefused { reason: String },

    #[error("the template has no parameter {parameter}")]
    UnknownParameter {
        parameter: String,
        /// The parameters that people may set.
        known: Vec<String>,
    },

    #[error("the template has {bytes} bytes: a dry run needs the artifact bucket for it")]
    NoPlaceForTemplate { bytes: usize },

    #[error("the parameter {parameter} is set by mafia itself: {what}")]
    OwnParameter { parameter: String, what: String },

    #[error("the change set for {stack} failed: {}", shortened(reason))]
    ChangeSetFailed { stack: String, reason: String },

    #[error("the update of stack {stack} would lose data: {}", losses(changes))]
    LosesData {
        stack: String,
        /// All that the update would change.
        changes: Vec<Change>,
    },

    #[error(transparent)]
    StackFailed(#[from] Box<StackFailure>),

    #[error("Lambda could not apply the new code of {function}: {reason}")]
    PatchFailed { function: String, reason: String },

    #[error("another deployment changed {function} at the same time")]
    FunctionChanged { function: String },

    #[error("another deployment keeps changing stack {stack}")]
    Conflict { stack: String },

    #[error("stack {stack} cannot be deleted: its termination protection is on")]
    Protected { stack: String },

    #[error("workshop {workshop} has no artifact bucket")]
    NoBucket { workshop: String },
}

fn lab_or_game(lab: Option<&str>) -> String {
    lab.map_or_else(|| "the game".to_owned(), |lab| format!("the lab {lab}"))
}

/// Whose a stack is that is not of `class`, or not of the student of that name.
fn whose(found: Option<&str>, class: &str) -> String {
    match found {
        Some(other) if other == class => format!("is another student's of class {class}"),
        Some(other) => format!("belongs to class {other}"),
        None => format!("is not of class {class}: it has no tag mafia:class"),
    }
}

/// `Table (AWS::DynamoDB::Table), Logs (AWS::Logs::LogGroup)`.
fn list(resources: &[Drifted]) -> String {
    let named = resources.iter().map(|it| {
        let resource = &it.resource;
        format!("{} ({})", resource.logical_id, resource.resource_type)
    });
    named.collect::<Vec<_>>().join(", ")
}

/// `Table (AWS::DynamoDB::Table)` of what would lose its data.
fn losses(changes: &[Change]) -> String {
    let lost = changes.iter().filter(|change| change.loses_data);
    let named = lost.map(|it| format!("{} ({})", it.logical_id, it.resource_type));
    named.collect::<Vec<_>>().join(", ")
}

/// An operation of CloudFormation on a stack.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Operation {
    Create,
    Update,
    /// Continuing the rollback of an update.
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

/// A failed operation of CloudFormation.
#[derive(Debug, thiserror::Error)]
pub struct StackFailure {
    pub stack: String,
    pub operation: Operation,
    pub status: Status,
    /// The reason in the stack's own status.
    pub reason: Option<String>,
    pub cause: Option<Cause>,
}

impl StackFailure {
    /// How the operation ended, without the reason.
    pub fn summary(&self) -> String {
        let Self {
            stack,
            operation,
            status,
            ..
        } = self;
        format!("the {operation} of stack {stack} failed with status {status}")
    }

    /// The root cause, or else the stack's own reason.
    pub fn explanation(&self) -> Option<String> {
        let cause = self.cause.as_ref().map(Cause::described);
        cause.or_else(|| self.reason.clone())
    }
}

impl fmt::Display for StackFailure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.summary())?;
        match self.explanation() {
            Some(reason) => write!(f, ": {reason}"),
            None => Ok(()),
        }
    }
}
