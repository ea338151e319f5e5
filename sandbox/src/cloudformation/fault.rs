//! CloudFormation's own fault.

use crate::fault::Fault;

/// CloudFormation has one code for nearly all requests that it refuses.
pub fn invalid(message: impl Into<String>) -> Fault {
    Fault::invalid("ValidationError", message)
}

/// A value that its member cannot have; `broken` is the rest of AWS's sentence.
pub fn constraint(value: &str, member: &str, broken: &str) -> Fault {
    invalid(format!(
        "1 validation error detected: Value '{value}' at '{member}' failed to satisfy constraint: \
         Member must {broken}"
    ))
}
