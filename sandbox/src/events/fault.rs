//! EventBridge's errors.

use crate::event_pattern::Refused;
use crate::fault::Fault;

pub fn invalid(message: impl Into<String>) -> Fault {
    Fault::invalid("ValidationException", message)
}

/// Its protocol has no status of its own for what is not there.
pub fn missing(message: impl Into<String>) -> Fault {
    Fault::invalid("ResourceNotFoundException", message)
}

pub fn exists(message: impl Into<String>) -> Fault {
    Fault::invalid("ResourceAlreadyExistsException", message)
}

pub fn no_bus(name: &str) -> Fault {
    missing(format!("Event bus {name} does not exist."))
}

pub fn no_rule(name: &str, bus: &str) -> Fault {
    missing(format!("Rule {name} does not exist on EventBus {bus}."))
}

pub fn too_many() -> Fault {
    let message = "The requested resource exceeds the maximum number allowed.";
    Fault::invalid("LimitExceededException", message)
}

pub fn no_pattern(refused: &Refused) -> Fault {
    let message = format!("Event pattern is not valid. Reason: {refused}");
    Fault::invalid("InvalidEventPatternException", message)
}
