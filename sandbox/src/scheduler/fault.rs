//! Scheduler's errors.

use http::StatusCode;

use crate::fault::Fault;

pub fn invalid(message: impl Into<String>) -> Fault {
    Fault::invalid("ValidationException", message)
}

fn missing(message: String) -> Fault {
    Fault::not_found("ResourceNotFoundException", message)
}

pub fn no_schedule(name: &str) -> Fault {
    missing(format!("Schedule {name} does not exist."))
}

pub fn no_group(name: &str) -> Fault {
    missing(format!("Schedule Group {name} does not exist."))
}

pub fn exists(what: &str, name: &str) -> Fault {
    Fault::conflict(
        "ConflictException",
        format!("{what} {name} already exists."),
    )
}

pub fn too_many(message: impl Into<String>) -> Fault {
    let status = StatusCode::PAYMENT_REQUIRED;
    Fault::new(status, "ServiceQuotaExceededException", message)
}
