//! What can go wrong between a function and its table, in words that say what to do about it.

use std::error::Error;
use std::fmt;

use aws_sdk_dynamodb::error::{ProvideErrorMetadata, SdkError};

use super::Table;

/// DynamoDB didn't do what it was asked to, or the table isn't what it should be.
#[derive(Debug, thiserror::Error)]
pub enum StorageError {
    #[error("Can't {operation} the table {table}: {reason}. {advice}")]
    Failed {
        operation: Operation,
        table: String,
        reason: String,
        advice: &'static str,
    },

    #[error(
        "The item \"{name}\" in the table {table} isn't a player: {reason}. Start over with new-game"
    )]
    NotAPlayer {
        table: String,
        name: String,
        reason: String,
    },

    #[error(
        "DynamoDB left {left} of {all} writes to the table {table} undone after {tries} tries, so \
         there is only a part of a game in it. Start over with new-game in a moment"
    )]
    Unprocessed {
        table: String,
        left: usize,
        all: usize,
        tries: u32,
    },

    #[error(
        "The table {table} doesn't hold the game that was written to it, not even after {tries} \
         tries: somebody else keeps writing to it. Start over with new-game when they are done"
    )]
    Overwritten { table: String, tries: u32 },

    #[error(
        "Others changed the table {table} first, {tries} times in a row. Look at game-state, then \
         take the turn again"
    )]
    Contended { table: String, tries: u32 },
}

/// What DynamoDB was asked for.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Operation {
    Read,
    Change,
    Replace,
}

impl fmt::Display for Operation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Read => "read",
            Self::Change => "change",
            Self::Replace => "start a game in",
        })
    }
}

impl Operation {
    /// What to do when DynamoDB gave no answer, or none that explains itself.
    fn advice(self) -> &'static str {
        match self {
            Self::Read => "Try again in a moment",
            Self::Change => {
                "Whether the change was made is not known: look at game-state before you try again"
            }
            Self::Replace => "Start over with new-game in a moment",
        }
    }
}

impl Table {
    pub(super) fn failed<E>(&self, operation: Operation, error: &SdkError<E>) -> StorageError
    where
        E: ProvideErrorMetadata + Error + 'static,
    {
        let (reason, advice) = match error.code() {
            Some("ResourceNotFoundException") => (
                "there is no such table, or it has no index Masked".to_owned(),
                "Deploy the stack again: its template makes both",
            ),
            Some(code @ ("AccessDeniedException" | "UnrecognizedClientException")) => (
                said(code, error),
                "Look at the function's role in the stack's template",
            ),
            Some(code) => (said(code, error), operation.advice()),
            None => (causes(error), operation.advice()),
        };
        StorageError::Failed {
            operation,
            table: self.name.clone(),
            reason,
            advice,
        }
    }
}

/// DynamoDB's own words.
fn said(code: &str, error: &impl ProvideErrorMetadata) -> String {
    error
        .message()
        .map_or_else(|| code.to_owned(), |message| format!("{code}: {message}"))
}

/// The error and what caused it, down to the root.
fn causes(error: &(dyn Error + 'static)) -> String {
    let chain = std::iter::successors(Some(error), |&error| error.source());
    chain
        .map(ToString::to_string)
        .collect::<Vec<_>>()
        .join(": ")
}
