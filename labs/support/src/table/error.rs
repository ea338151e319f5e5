//! Why DynamoDB did not do what it was asked to do, and what to do about it.

use std::error::Error;

use aws_sdk_dynamodb::error::{ProvideErrorMetadata, SdkError};

use crate::error::Failure;

#[derive(Clone, Copy)]
pub(super) enum Operation {
    Read,
    Change,
    WriteBatch,
}

impl Operation {
    fn verb(self) -> &'static str {
        match self {
            Self::Read => "read",
            Self::Change => "change",
            Self::WriteBatch => "write to",
        }
    }

    /// What to do when DynamoDB gave no answer, or none that explains itself.
    fn advice(self) -> &'static str {
        match self {
            Self::Read => "Try again in a moment",
            Self::Change => {
                "The change may have been made or not: look at what is in the table before you \
                 try again"
            }
            Self::WriteBatch => "Call the function again in a moment",
        }
    }
}

pub(super) fn failed<E>(operation: Operation, table: &str, error: &SdkError<E>) -> Failure
where
    E: ProvideErrorMetadata + Error + 'static,
{
    let (reason, advice) = match error.code() {
        Some("ResourceNotFoundException") => (
            "there is no such table".to_owned(),
            "Right after a deployment, call the function again in a few seconds; otherwise run \
             `mafia deploy --full`: it creates the table again",
        ),
        Some(code @ ("AccessDeniedException" | "UnrecognizedClientException")) => (
            explained(code, error),
            "Right after a deployment, call the function again in a few seconds; otherwise look at \
             its role in the stack's template",
        ),
        Some(
            code @ ("ValidationException"
            | "SerializationException"
            | "ItemCollectionSizeLimitExceededException"),
        ) => (
            explained(code, error),
            "The same call fails again: send what the table takes",
        ),
        Some(code) => (explained(code, error), operation.advice()),
        None => (causes(error), operation.advice()),
    };
    let verb = operation.verb();
    Failure::storage(format!(
        "Can't {verb} the table {table}: {reason}. {advice}"
    ))
}

/// The error's code, with DynamoDB's message if there is one.
fn explained(code: &str, error: &impl ProvideErrorMetadata) -> String {
    error
        .message()
        .map_or_else(|| code.to_owned(), |message| format!("{code}: {message}"))
}

/// The error and its causes.
fn causes(error: &(dyn Error + 'static)) -> String {
    let chain = std::iter::successors(Some(error), |&error| error.source());
    chain
        .map(ToString::to_string)
        .collect::<Vec<_>>()
        .join(": ")
}
