//! Everything that can keep a function from doing what it was asked to do.

use lambda_runtime::Diagnostic;

use crate::event::{Answer, BadRequest};
use crate::rules::Refusal;
use crate::settings::ConfigurationError;
use crate::storage::StorageError;

/// Either the caller is told no (a refusal, a bad request), which is an answer like any other, or
/// the function fails, which Lambda reports as a function error.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error(transparent)]
    Refusal(#[from] Refusal),
    #[error(transparent)]
    BadRequest(#[from] BadRequest),
    #[error(transparent)]
    Configuration(#[from] ConfigurationError),
    #[error(transparent)]
    Storage(#[from] StorageError),
}

impl Error {
    /// The answer, if this is one; otherwise the failure.
    ///
    /// The end of the game is news rather than a no: it has the shape of a turn's answer.
    pub fn into_answer(self) -> Result<Answer, Failure> {
        let text = self.to_string();
        match self {
            Self::Refusal(Refusal::Over(_)) => Ok(Answer::lines(vec![text])),
            Self::Refusal(Refusal::NoGame) => Ok(Answer::refusal(409, text)),
            Self::Refusal(Refusal::NotFound(_)) => Ok(Answer::refusal(404, text)),
            Self::BadRequest(_) => Ok(Answer::refusal(400, text)),
            Self::Configuration(_) => Err(Failure {
                kind: "Configuration",
                text,
            }),
            Self::Storage(_) => Err(Failure {
                kind: "Storage",
                text,
            }),
        }
    }
}

/// What Lambda shows as `errorType` and `errorMessage`.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Failure {
    pub kind: &'static str,
    pub text: String,
}

impl From<Failure> for Diagnostic {
    fn from(failure: Failure) -> Self {
        Self {
            error_type: failure.kind.to_owned(),
            error_message: failure.text,
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::rules::Winner;

    #[test]
    fn a_no_is_an_answer_with_a_status_and_a_failure_is_not() {
        let answer = |error: Error| {
            error
                .into_answer()
                .map(|Answer { status, body }| (status, body))
        };

        assert_eq!(
            answer(Refusal::Over(Winner::Innocents).into()),
            Ok((200, json!({"Message": ["Game over: the innocents win"]})))
        );
        assert_eq!(
            answer(Refusal::NoGame.into()),
            Ok((
                409,
                json!({"Message": "No game yet: start one with new-game"})
            ))
        );
        assert_eq!(
            answer(Refusal::NotFound("John".into()).into()),
            Ok((404, json!({"Message": "Player with name John not found"})))
        );
        assert_eq!(
            answer(BadRequest::NoName.into()).map(|(status, _)| status),
            Ok(400)
        );
        assert_eq!(
            answer(ConfigurationError::NoMafia.into()).map_err(|failure| failure.kind),
            Err("Configuration")
        );
    }
}
