//! What CloudFormation's operations act on.
//!
//! Source: its page in the Service Authorization Reference; in refusals a stack that the request
//! names is `stack/NAME/*`, and any stack as `stack/*/*`.

use serde_json::Value;

use super::Api;
use crate::arn;
use crate::authorise::{Access, text};

type Accesses = Vec<Access>;

pub fn stack(_: &Api, action: &'static str, parameters: &Value) -> Accesses {
    vec![Access::new(
        action,
        stack_arn(text(parameters, "StackName")),
    )]
}

/// A role that CloudFormation is to act in must be the caller's to give.
pub fn stack_and_role(api: &Api, action: &'static str, parameters: &Value) -> Accesses {
    let mut accesses = stack(api, action, parameters);
    if let Some(role) = parameters["RoleARN"].as_str() {
        accesses.push(Access::new("iam:PassRole", role));
    }
    accesses
}

/// Of a stack or, where none is named, of a change set that is named by its ARN.
pub fn change_set(api: &Api, action: &'static str, parameters: &Value) -> Accesses {
    let change_set = text(parameters, "ChangeSetName");
    let found = match text(parameters, "StackName") {
        "" => api
            .engine
            .stacks
            .change_set_with_id(change_set)
            .ok()
            .flatten(),
        _ => return stack(api, action, parameters),
    };
    let stack = found.map_or_else(|| stack_arn(""), |change_set| change_set.stack_id);
    vec![Access::new(action, stack)]
}

/// Of a stack, or of a template that is in the request.
pub fn stack_or_any(api: &Api, action: &'static str, parameters: &Value) -> Accesses {
    match text(parameters, "StackName") {
        "" => any(api, action, parameters),
        _ => stack(api, action, parameters),
    }
}

pub fn any(_: &Api, action: &'static str, _: &Value) -> Accesses {
    vec![Access::any(action)]
}

fn stack_arn(stack: &str) -> String {
    match stack {
        "" => arn::regional("cloudformation", "stack/*/*"),
        id if id.starts_with("arn:") => id.to_owned(),
        name => arn::regional("cloudformation", format!("stack/{name}/*")),
    }
}
