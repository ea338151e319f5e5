//! What Lambda's operations act on.
//!
//! Source: its page in the Service Authorization Reference.

use serde_json::Value;

use super::Lambda;
use super::function_ref::{FunctionRef, arn};
use crate::authorise::{Access, text};

type Accesses = Vec<Access>;

pub fn function(_: &Lambda, action: &'static str, parameters: &Value) -> Accesses {
    let name = text(parameters, "FunctionName");
    let qualifier = parameters["Qualifier"].as_str();
    let arn = match FunctionRef::parse(name, qualifier) {
        Ok(function_ref) => function_ref.arn(),
        // The operation will refuse it.
        Err(_) => arn(name),
    };
    vec![Access::new(action, arn)]
}

/// A function that is given a role acts with all that the role may do.
pub fn function_and_role(lambda: &Lambda, action: &'static str, parameters: &Value) -> Accesses {
    let mut accesses = function(lambda, action, parameters);
    if let Some(role) = parameters["Role"].as_str() {
        accesses.push(Access::new("iam:PassRole", role));
    }
    accesses
}

/// A new event source mapping is none yet. Policies can say of which functions one may be.
pub fn function_of_mapping(_: &Lambda, action: &'static str, parameters: &Value) -> Accesses {
    let name = text(parameters, "FunctionName");
    let function = FunctionRef::parse(name, None).map(|function_ref| function_ref.arn());
    vec![Access::any(action).with("lambda:FunctionArn", function.ok())]
}

/// An event source mapping.
pub fn mapping(_: &Lambda, action: &'static str, parameters: &Value) -> Accesses {
    let id = text(parameters, "UUID");
    let arn = crate::arn::regional("lambda", format_args!("event-source-mapping:{id}"));
    vec![Access::new(action, arn)]
}

/// Of the operations on tags.
pub fn resource(_: &Lambda, action: &'static str, parameters: &Value) -> Accesses {
    vec![Access::new(action, text(parameters, "Resource"))]
}

pub fn any(_: &Lambda, action: &'static str, _: &Value) -> Accesses {
    vec![Access::any(action)]
}
