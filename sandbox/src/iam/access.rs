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
    vec![with_keys(Access::new(action, arn), parameters)]
}

pub fn new_role(_: &Iam, action: &'static str, parameters: &Value) -> Accesses {
    let arn = arn("role", path(parameters), text(parameters, "RoleName"));
    vec![with_keys(Access::new(action, arn), parameters)]
}

pub fn policy(_: &Iam, action: &'static str, parameters: &Value) -> Accesses {
    vec![Access::new(action, text(parameters, "PolicyArn"))]
}

pub fn new_policy(_: &Iam, action: &'static str, parameters: &Value) -> Accesses {
    let arn = arn("policy", path(parameters), text(parameters, "PolicyName"));
    vec![Access::new(action, arn)]
}

/// A user that is there has its path in its ARN. Without a name it is the caller, whom the owner alone
/// asks for.
pub fn user(iam: &Iam, action: &'static str, parameters: &Value) -> Accesses {
    let name = match text(parameters, "UserName") {
        "" => OWNER,
        name => name,
    };
    let found = iam.users.get(name).ok().flatten();
    let arn = found.map_or_else(|| arn("user", "/", name), |user| user.arn());
    vec![with_keys(Access::new(action, arn), parameters)]
}

pub fn new_user(_: &Iam, action: &'static str, parameters: &Value) -> Accesses {
    let arn = arn("user", path(parameters), text(parameters, "UserName"));
    vec![with_keys(Access::new(action, arn), parameters)]
}

/// Source: "Available keys for IAM" in IAM's user guide.
fn with_keys(access: Access, parameters: &Value) -> Access {
    let boundary = parameters["PermissionsBoundary"].as_str();
    let policy = parameters["PolicyArn"].as_str();
    let access = access.with("iam:PermissionsBoundary", boundary);
    access.with("iam:PolicyARN", policy)
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
