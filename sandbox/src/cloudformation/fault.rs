//! CloudFormation's own fault.

use crate::fault::Fault;

/// CloudFormation has one code for nearly all requests that it refuses.
pub fn invalid(message: impl Into<String>) -> Fault {
    Fault::invalid("ValidationError", message)
}
