//! What a stack's definition asks for.

use serde_json::Value;

use super::super::resources::{ResourceType, read, with_tags};
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

/// Evaluated properties as a resource of that type takes them, with the tags of the stack.
pub fn properties(
    kind: &dyn ResourceType,
    evaluated: &Value,
    definition: &Definition,
) -> Result<Value, String> {
    let properties = read(kind.properties(), evaluated)?;
    if let Some(refusal) = kind.refusal(&properties) {
        return Err(refusal);
    }
    Ok(if kind.takes_tags() {
        with_tags(properties, &definition.tags)
    } else {
        properties
    })
}
