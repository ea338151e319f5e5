//! What a service says when it refuses a request or fails at it. Plain here; [`super::wire`] puts it
//! into the shape of the protocol that the client speaks.

use http::StatusCode;
use serde_json::{Map, Value};

use super::store::StoreError;

/// The answer of an operation as AWS documents it, before it has a wire format.
pub type Answer = Result<Value, Fault>;

/// An error with AWS's name for it, which clients turn into an exception of that name.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{code}: {message}")]
pub struct Fault {
    pub status: StatusCode,
    pub code: String,
    pub message: String,
    /// What else the error says, where the protocol is JSON or S3's XML.
    pub members: Map<String, Value>,
}

impl Fault {
    pub fn new(status: StatusCode, code: impl Into<String>, message: impl Into<String>) -> Self {
        Self {
            status,
            code: code.into(),
            message: message.into(),
            members: Map::new(),
        }
    }

    /// The fault with a further member.
    pub fn with(mut self, name: &str, value: impl Into<Value>) -> Self {
        self.members.insert(name.to_owned(), value.into());
        self
    }

    /// The request is not what the operation takes (400).
    pub fn invalid(code: impl Into<String>, message: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, code, message)
    }

    /// What the request names is not there (404).
    pub fn not_found(code: impl Into<String>, message: impl Into<String>) -> Self {
        Self::new(StatusCode::NOT_FOUND, code, message)
    }

    /// What is there stands against the request (409).
    pub fn conflict(code: impl Into<String>, message: impl Into<String>) -> Self {
        Self::new(StatusCode::CONFLICT, code, message)
    }

    /// Who asks may not (403).
    pub fn denied(code: impl Into<String>, message: impl Into<String>) -> Self {
        Self::new(StatusCode::FORBIDDEN, code, message)
    }

    /// The sandbox itself failed (500).
    pub fn internal(message: impl Into<String>) -> Self {
        Self::new(
            StatusCode::INTERNAL_SERVER_ERROR,
            "InternalFailure",
            message,
        )
    }

    /// `service` has no such operation here; says which it has.
    pub fn unknown_operation(service: &str, operation: &str, known: &[&str]) -> Self {
        Self::invalid(
            "UnknownOperationException",
            format!(
                "the sandbox does not support the {service} operation {operation}; it supports {}",
                known.join(", ")
            ),
        )
    }

    /// Whether the client is to blame, rather than the sandbox.
    pub fn is_the_callers(&self) -> bool {
        self.status.is_client_error()
    }
}

impl From<StoreError> for Fault {
    fn from(error: StoreError) -> Self {
        Self::internal(error.to_string())
    }
}

impl From<rusqlite::Error> for Fault {
    fn from(error: rusqlite::Error) -> Self {
        StoreError::from(error).into()
    }
}
