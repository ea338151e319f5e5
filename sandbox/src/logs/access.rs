//! What CloudWatch Logs' operations act on.
//!
//! Source: its page in the Service Authorization Reference; the ARN that AWS names in refusals is
//! that of a stream, also where the operation is on a group or on all groups.

use serde_json::Value;

use super::Logs;
use super::names::{group_arn, stream_arn};
use crate::authorise::{Access, text};

type Accesses = Vec<Access>;

pub fn group(_: &Logs, action: &'static str, parameters: &Value) -> Accesses {
    vec![Access::new(action, stream_arn(named(parameters), ""))]
}

pub fn stream(_: &Logs, action: &'static str, parameters: &Value) -> Accesses {
    let stream = text(parameters, "logStreamName");
    vec![Access::new(action, stream_arn(named(parameters), stream))]
}

pub fn all_groups(_: &Logs, action: &'static str, _: &Value) -> Accesses {
    vec![Access::new(action, stream_arn("", ""))]
}

/// Of the operations on tags of any resource.
pub fn resource(_: &Logs, action: &'static str, parameters: &Value) -> Accesses {
    vec![Access::new(action, text(parameters, "resourceArn"))]
}

/// The group's name, which may be given as its ARN.
fn named(parameters: &Value) -> &str {
    let identifier = match text(parameters, "logGroupName") {
        "" => text(parameters, "logGroupIdentifier"),
        name => name,
    };
    let name = identifier
        .strip_prefix(&group_arn(""))
        .unwrap_or(identifier);
    name.strip_suffix(":*").unwrap_or(name)
}
