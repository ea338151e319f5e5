//! API Gateway's faults, in its words.

use http::StatusCode;

use crate::ACCOUNT;
use crate::fault::Fault;

/// What the request names is not there, such as a `Resource` or a `Method`.
pub fn not_found(thing: &str) -> Fault {
    missing(format!("Invalid {thing} identifier specified"))
}

pub fn missing(message: impl Into<String>) -> Fault {
    Fault::not_found("NotFoundException", message)
}

pub fn no_such_api(id: &str) -> Fault {
    missing(format!("Invalid API identifier specified {ACCOUNT}:{id}"))
}

pub fn no_such_status() -> Fault {
    missing("Invalid Response status code specified")
}

pub fn bad_request(message: impl Into<String>) -> Fault {
    Fault::invalid("BadRequestException", message)
}

pub fn conflict(message: impl Into<String>) -> Fault {
    Fault::conflict("ConflictException", message)
}

pub fn limit_exceeded(message: impl Into<String>) -> Fault {
    Fault::new(
        StatusCode::TOO_MANY_REQUESTS,
        "LimitExceededException",
        message,
    )
}

/// Refuses a description that is too long.
pub fn check_description(description: Option<&str>) -> Result<(), Fault> {
    const LONGEST: usize = 1024;
    match description {
        Some(text) if text.chars().count() > LONGEST => Err(bad_request(format!(
            "Invalid description specified: it is longer than {LONGEST} characters"
        ))),
        _ => Ok(()),
    }
}
