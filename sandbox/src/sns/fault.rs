//! SNS's errors.

use std::fmt::Display;

use http::StatusCode;

use crate::fault::Fault;

pub fn invalid(what: impl Display) -> Fault {
    Fault::invalid("InvalidParameter", format!("Invalid parameter: {what}"))
}

/// A message attribute that is wrong.
pub fn invalid_value(message: impl Into<String>) -> Fault {
    Fault::invalid("ParameterValueInvalid", message)
}

pub fn no_topic() -> Fault {
    Fault::not_found("NotFound", "Topic does not exist")
}

pub fn no_subscription() -> Fault {
    Fault::not_found("NotFound", "Subscription does not exist")
}

pub fn too_many_deliveries() -> Fault {
    let message = "Rate exceeded: too many messages are waiting for their subscribers";
    Fault::new(StatusCode::TOO_MANY_REQUESTS, "Throttled", message)
}

/// A request that would have to be signed.
pub fn unauthenticated() -> Fault {
    Fault::denied(
        "AuthorizationError",
        "Not authorized: this subscription can only be ended with a signed request",
    )
}
