//! Faults that several of Lambda's operations share, in Lambda's words.

use std::fmt::Display;

use http::StatusCode;

use crate::fault::Fault;

/// A value that does not satisfy a constraint.
pub fn constraint(member: &str, value: impl Display, expected: &str) -> Fault {
    Fault::invalid(
        "ValidationException",
        format!(
            "1 validation error detected: Value '{value}' at '{member}' failed to satisfy \
             constraint: Member must be {expected}"
        ),
    )
}

pub fn invalid(message: impl Into<String>) -> Fault {
    Fault::invalid("InvalidParameterValueException", message)
}

/// The request expects another revision.
pub fn precondition_failed() -> Fault {
    Fault::new(
        StatusCode::PRECONDITION_FAILED,
        "PreconditionFailedException",
        "The RevisionId provided does not match the latest RevisionId. Call the \
         GetFunction/GetAlias API to retrieve the latest RevisionId",
    )
}
