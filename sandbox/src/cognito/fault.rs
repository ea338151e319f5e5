//! Cognito's errors. All that a client is to blame for are 400.

use std::fmt::Display;

use crate::fault::Fault;

pub fn invalid(message: impl Into<String>) -> Fault {
    Fault::invalid("InvalidParameterException", message)
}

/// A parameter that does not satisfy the constraint.
pub fn constraint(parameter: &str, constraint: impl Display) -> Fault {
    invalid(format!(
        "1 validation error detected: Value at '{parameter}' failed to satisfy constraint: {constraint}"
    ))
}

pub fn no_pool(id: &str) -> Fault {
    Fault::invalid(
        "ResourceNotFoundException",
        format!("User pool {id} does not exist."),
    )
}

/// Ids are drawn so that this does not happen.
pub fn taken(id: &str) -> Fault {
    Fault::invalid("ResourceConflictException", format!("{id} is in use"))
}

pub fn no_client(id: &str) -> Fault {
    Fault::invalid(
        "ResourceNotFoundException",
        format!("User pool client {id} does not exist."),
    )
}

pub fn no_user() -> Fault {
    Fault::invalid("UserNotFoundException", "User does not exist.")
}

pub fn not_authorized(message: impl Into<String>) -> Fault {
    Fault::invalid("NotAuthorizedException", message)
}

pub fn wrong_password() -> Fault {
    not_authorized("Incorrect username or password.")
}

pub fn not_confirmed() -> Fault {
    Fault::invalid("UserNotConfirmedException", "User is not confirmed.")
}

pub fn code_mismatch() -> Fault {
    Fault::invalid(
        "CodeMismatchException",
        "Invalid verification code provided, please try again.",
    )
}

pub fn code_expired() -> Fault {
    Fault::invalid(
        "ExpiredCodeException",
        "Invalid code provided, please request a code again.",
    )
}

pub fn too_many_attempts() -> Fault {
    Fault::invalid(
        "LimitExceededException",
        "Attempt limit exceeded, please try after some time.",
    )
}
