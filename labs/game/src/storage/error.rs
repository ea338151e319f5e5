//! What can go wrong between a function and its table, in words that say what to do about it.

use aws_sdk_dynamodb::error::{DisplayErrorContext, ProvideErrorMetadata, SdkError};

use super::Table;

/// DynamoDB didn't do what it was asked to, or the table isn't what it should be.
#[derive(Debug, thiserror::Error)]
pub enum StorageError {
    #[error("Can't {asked} the table {table}: {reason}. {advice}")]
    Request {
        asked: &'static str,
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

impl Table {
    pub(super) fn failed<E>(&self, asked: &'static str, error: &SdkError<E>) -> StorageError
    where
        E: ProvideErrorMetadata + std::error::Error + 'static,
    {
        let (reason, advice) = match (error.code(), error) {
            (Some("ResourceNotFoundException"), _) => (
                "there is no such table, or it has no index Masked".to_owned(),
                "Deploy the stack again: its template makes both",
            ),
            (Some(code @ ("AccessDeniedException" | "UnrecognizedClientException")), _) => (
                in_words(code, error.message()),
                "Look at the function's role in the template",
            ),
            (Some(code), _) => (in_words(code, error.message()), "Try again in a moment"),
            (None, SdkError::TimeoutError(_) | SdkError::DispatchFailure(_)) => (
                format!("DynamoDB didn't answer ({})", DisplayErrorContext(error)),
                "Whether it was done is not known, so look at game-state before you try again",
            ),
            (None, _) => (
                DisplayErrorContext(error).to_string(),
                "Try again in a moment",
            ),
        };
        StorageError::Request {
            asked,
            table: self.name.clone(),
            reason,
            advice,
        }
    }
}

fn in_words(code: &str, message: Option<&str>) -> String {
    message.map_or_else(|| code.to_owned(), |message| format!("{code}: {message}"))
}
