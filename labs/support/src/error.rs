//! Why a function stops early.

use lambda_runtime::Diagnostic;

use crate::answer::Answer;

/// What `?` returns from a function: another answer than the usual one, or a failure.
#[derive(Debug)]
pub enum Error {
    /// The function works, but says no: "Player with name John not found". For the caller this is
    /// an answer like any other.
    Answer(Answer),
    /// The function cannot do its work. Lambda reports a function error.
    Failure(Failure),
}

/// What Lambda reports as `errorType` and `errorMessage`. The text says what to do about it.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[error("{text}")]
pub struct Failure {
    pub kind: FailureKind,
    pub text: String,
}

/// The name is the `errorType`; `mafia play` gives hints that depend on it.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum FailureKind {
    /// A setting cannot work: somebody has to change it and deploy again.
    Configuration,
    /// DynamoDB did not do what it was asked to do.
    Storage,
    /// SNS did not take a message.
    Messaging,
    /// The request lacks something.
    Request,
}

impl Failure {
    pub fn configuration(text: impl Into<String>) -> Self {
        Self {
            kind: FailureKind::Configuration,
            text: text.into(),
        }
    }

    pub fn messaging(text: impl Into<String>) -> Self {
        Self {
            kind: FailureKind::Messaging,
            text: text.into(),
        }
    }

    pub fn request(text: impl Into<String>) -> Self {
        Self {
            kind: FailureKind::Request,
            text: text.into(),
        }
    }

    pub fn storage(text: impl Into<String>) -> Self {
        Self {
            kind: FailureKind::Storage,
            text: text.into(),
        }
    }
}

impl Error {
    /// The answer, if this is one.
    pub fn into_answer(self) -> Result<Answer, Failure> {
        match self {
            Self::Answer(answer) => Ok(answer),
            Self::Failure(failure) => Err(failure),
        }
    }
}

impl From<Answer> for Error {
    fn from(answer: Answer) -> Self {
        Self::Answer(answer)
    }
}

impl From<Failure> for Error {
    fn from(failure: Failure) -> Self {
        Self::Failure(failure)
    }
}

impl From<Failure> for Diagnostic {
    fn from(failure: Failure) -> Self {
        Self {
            error_type: format!("{:?}", failure.kind),
            error_message: failure.text,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failure_is_reported_with_its_kind_and_its_text() {
        for (failure, kind) in [
            (Failure::configuration("no mafia"), "Configuration"),
            (Failure::storage("no table"), "Storage"),
            (Failure::messaging("no topic"), "Messaging"),
            (Failure::request("no user"), "Request"),
        ] {
            let text = failure.text.clone();
            let reported = Diagnostic::from(failure);
            assert_eq!(reported.error_type, kind);
            assert_eq!(reported.error_message, text);
        }
    }
}
