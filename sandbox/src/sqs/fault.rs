//! Faults in SQS's words. Their codes are those of JSON; [`super::protocol`] has those of the query protocol.

use std::fmt::Display;

use crate::fault::Fault;

pub fn no_queue() -> Fault {
    Fault::invalid("QueueDoesNotExist", "The specified queue does not exist.")
}

pub fn missing(parameter: &str) -> Fault {
    Fault::invalid(
        "MissingRequiredParameterException",
        format!("The request must contain the parameter {parameter}."),
    )
}

/// A parameter of an operation that is not valid.
pub fn invalid(message: impl Into<String>) -> Fault {
    Fault::invalid("InvalidParameterValueException", message)
}

pub fn invalid_value(value: impl Display, parameter: &str, reason: impl Display) -> Fault {
    invalid(format!(
        "Value {value} for parameter {parameter} is invalid. Reason: {reason}"
    ))
}

/// For a parameter that queues of the other kind have.
pub fn other_type(value: impl Display, parameter: &str) -> Fault {
    invalid_value(
        value,
        parameter,
        "The request include parameter that is not valid for this queue type.",
    )
}

/// An attribute of a queue with a value that it cannot have.
pub fn invalid_attribute(name: &str, reason: impl Display) -> Fault {
    Fault::invalid(
        "InvalidAttributeValue",
        format!("Invalid value for the parameter {name}. Reason: {reason}"),
    )
}

pub fn unknown_attribute(name: &str) -> Fault {
    Fault::invalid("InvalidAttributeName", format!("Unknown Attribute {name}."))
}

pub fn unsupported(message: impl Into<String>) -> Fault {
    Fault::invalid("UnsupportedOperation", message)
}
