//! What SQS's operations act on.
//!
//! Source: its page in the Service Authorization Reference.

use serde_json::Value;

use super::{Sqs, names};
use crate::authorise::{Access, text};

type Accesses = Vec<Access>;

pub fn queue(_: &Sqs, action: &'static str, parameters: &Value) -> Accesses {
    let url = text(parameters, "QueueUrl");
    // The operation will refuse a URL that is none.
    let name = names::of_url(url).unwrap_or_else(|_| url.to_owned());
    vec![Access::new(action, names::arn(&name))]
}

pub fn named_queue(_: &Sqs, action: &'static str, parameters: &Value) -> Accesses {
    let name = text(parameters, "QueueName");
    vec![Access::new(action, names::arn(name))]
}

/// Of the operations on what is moved out of a queue.
pub fn source(_: &Sqs, action: &'static str, parameters: &Value) -> Accesses {
    vec![Access::new(action, text(parameters, "SourceArn"))]
}

/// The queue is in the handle of the task.
pub fn task(_: &Sqs, action: &'static str, parameters: &Value) -> Accesses {
    let queue = super::move_tasks::queue_of(text(parameters, "TaskHandle"));
    vec![Access::new(action, names::arn(&queue))]
}

pub fn any(_: &Sqs, action: &'static str, _: &Value) -> Accesses {
    vec![Access::any(action)]
}
