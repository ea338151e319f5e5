//! What a stack's definition asks for.

use serde_json::Value;

use super::super::resources::{ResourceType, read};
use super::super::stack::Definition;
use super::super::template::{DesiredState, Pseudo, Template};
use crate::fault::Fault;
use crate::{ACCOUNT, REGION};

/// `name` and `id` are the stack's.
pub fn desired_state(
    template: &Template,
    definition: &Definition,
    name: &str,
    id: &str,
) -> Result<DesiredState, Fault> {
    let pseudo = Pseudo {
        account: ACCOUNT.to_owned(),
        region: REGION.to_owned(),
        stack_id: id.to_owned(),
        stack_name: name.to_owned(),
        notification_arns: definition.notification_arns.clone(),
    };
    template.desired_state(definition.values(template)?, pseudo)
}

/// The first text that CloudFormation would replace by a value of another service. Source: "Using dynamic
/// references to specify template values" in CloudFormation's user guide.
fn dynamic_reference(value: &Value) -> Option<&str> {
    match value {
        Value::String(text) => {
            let reference = &text[text.find("{{resolve:")?..];
            let end = reference.find("}}")? + "}}".len();
            Some(&reference[..end])
        }
        Value::Array(items) => items.iter().find_map(dynamic_reference),
        Value::Object(members) => members.values().find_map(dynamic_reference),
        _ => None,
    }
}

/// Evaluated properties as a resource of that type takes them, with the tags of the stack.
pub fn properties(
    kind: &dyn ResourceType,
    evaluated: &Value,
    definition: &Definition,
) -> Result<Value, String> {
    if let Some(reference) = dynamic_reference(evaluated) {
        return Err(format!(
            "the sandbox does not support dynamic references such as {reference}; give the value as a \
             parameter"
        ));
    }
    let properties = read(kind.properties(), evaluated)?;
    if let Some(refusal) = kind.refusal(&properties) {
        return Err(refusal);
    }
    Ok(kind.with_stack_tags(properties, &definition.tags))
}
