//! What Scheduler's operations act on.
//!
//! Source: its page in the Service Authorization Reference.

use serde_json::Value;

use super::Scheduler;
use super::names::{DEFAULT_GROUP, group_arn, schedule_arn};
use crate::authorise::{Access, text};

type Accesses = Vec<Access>;

pub fn schedule(_: &Scheduler, action: &'static str, parameters: &Value) -> Accesses {
    let group = parameters["GroupName"].as_str().unwrap_or(DEFAULT_GROUP);
    let arn = schedule_arn(group, text(parameters, "Name"));
    vec![Access::new(action, arn)]
}

/// A schedule does with its target what the role may do.
pub fn schedule_and_role(
    scheduler: &Scheduler,
    action: &'static str,
    parameters: &Value,
) -> Accesses {
    let mut accesses = schedule(scheduler, action, parameters);
    if let Some(role) = parameters["Target"]["RoleArn"].as_str() {
        let service = Some("scheduler.amazonaws.com");
        accesses.push(Access::new("iam:PassRole", role).with("iam:PassedToService", service));
    }
    accesses
}

pub fn group(_: &Scheduler, action: &'static str, parameters: &Value) -> Accesses {
    vec![Access::new(action, group_arn(text(parameters, "Name")))]
}

/// Of the operations on tags.
pub fn resource(_: &Scheduler, action: &'static str, parameters: &Value) -> Accesses {
    vec![Access::new(action, text(parameters, "ResourceArn"))]
}

pub fn any(_: &Scheduler, action: &'static str, _: &Value) -> Accesses {
    vec![Access::any(action)]
}
