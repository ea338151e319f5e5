//! AWS::Events.

mod event_bus;
mod rule;

pub use event_bus::EventBus;
pub use rule::Rule;

use super::tags::TagOperations;

const MISSING: &str = "ResourceNotFoundException";
const TAG_OPERATIONS: TagOperations = TagOperations::new("ResourceARN", "Tags", "TagKeys");
