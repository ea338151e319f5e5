//! What targets of rules and of schedules have alike.

use super::{Property, Shape};

pub const DEAD_LETTER_CONFIG: Shape = Shape::Object(&[Property::optional("Arn", Shape::Text)]);
pub const RETRY_POLICY: Shape = Shape::Object(&[
    Property::optional("MaximumEventAgeInSeconds", Shape::Whole),
    Property::optional("MaximumRetryAttempts", Shape::Whole),
]);
pub const SQS_PARAMETERS: Shape =
    Shape::Object(&[Property::optional("MessageGroupId", Shape::Text)]);
