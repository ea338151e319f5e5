//! Errors of services. [`super::wire`] writes them in the protocol of the client.

use http::StatusCode;
use serde_json::{Map, Value};

use super::store::StoreError;

/// The result of an operation as AWS documents it, before the wire.
pub type Answer = Result<Value, Fault>;

/// An error with its AWS code, by which clients name their exceptions.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{code}: {message}")]
pub struct Fault {
    pub status: StatusCode,
    pub code: String,
    pub message: String,
    /// Further members of the error, in JSON protocols and S3's XML.
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

    /// The request is not valid (400).
    pub fn invalid(code: impl Into<String>, message: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, code, message)
    }

    /// What the request names does not exist (404).
    pub fn not_found(code: impl Into<String>, message: impl Into<String>) -> Self {
        Self::new(StatusCode::NOT_FOUND, code, message)
    }

    /// The request conflicts with what exists (409).
    pub fn conflict(code: impl Into<String>, message: impl Into<String>) -> Self {
        Self::new(StatusCode::CONFLICT, code, message)
    }

    /// The caller is not allowed to (403).
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

    /// The sandbox does not support the operation; the message lists those it does.
    pub fn unknown_operation(service: &str, operation: &str, known: &[&str]) -> Self {
        let mut known = known.to_vec();
        known.sort_unstable();
        Self::invalid(
            "UnknownOperationException",
            format!(
                "the sandbox does not support the {service} operation {operation}; it supports {}",
                known.join(", ")
            ),
        )
    }

    /// Whether the request is at fault, rather than the sandbox.
    pub fn is_client_error(&self) -> bool {
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
