//! What IAM's operations act on.
//!
//! Source: its page in the Service Authorization Reference.

use serde_json::Value;

use super::Iam;
use super::names::arn;
use crate::authorise::{Access, text};
use crate::keys::OWNER;

type Accesses = Vec<Access>;

/// A role that is there has its path in its ARN.
pub fn role(iam: &Iam, action: &'static str, parameters: &Value) -> Accesses {
    let name = text(parameters, "RoleName");
    let found = iam.roles.get(name).ok().flatten();
    let arn = found.map_or_else(|| arn("role", "/", name), |role| role.arn());
    vec![Access::new(action, arn)]
}

pub fn new_role(_: &Iam, action: &'static str, parameters: &Value) -> Accesses {
    let arn = arn("role", path(parameters), text(parameters, "RoleName"));
    vec![Access::new(action, arn)]
}

pub fn policy(_: &Iam, action: &'static str, parameters: &Value) -> Accesses {
    vec![Access::new(action, text(parameters, "PolicyArn"))]
}

pub fn new_policy(_: &Iam, action: &'static str, parameters: &Value) -> Accesses {
    let arn = arn("policy", path(parameters), text(parameters, "PolicyName"));
    vec![Access::new(action, arn)]
}

pub fn user(_: &Iam, action: &'static str, parameters: &Value) -> Accesses {
    let name = match text(parameters, "UserName") {
        "" => OWNER,
        name => name,
    };
    vec![Access::new(action, arn("user", "/", name))]
}

pub fn principal(_: &Iam, action: &'static str, parameters: &Value) -> Accesses {
    vec![Access::new(action, text(parameters, "PolicySourceArn"))]
}

pub fn any(_: &Iam, action: &'static str, _: &Value) -> Accesses {
    vec![Access::any(action)]
}

fn path(parameters: &Value) -> &str {
    match text(parameters, "Path") {
        "" => "/",
        path => path,
    }
}
