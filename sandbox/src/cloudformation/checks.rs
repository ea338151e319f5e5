//! What is wrong with a template that can be found before anything is created: types, properties and
//! attributes that do not exist.

use std::cell::RefCell;
use std::collections::BTreeSet;

use serde_json::{Map, Value, json};

use super::diff::refused;
use super::fault::invalid;
use super::resources::{Types, check};
use super::stack::StackState;
use super::template::{DesiredResource, DesiredState, Reference, Retention, Template};
use crate::fault::Fault;

/// Refuses resources of types that do not exist, or with properties that their types do not have.
pub fn resources(template: &Template, types: &Types) -> Result<(), Fault> {
    let unknown: Vec<&str> = template
        .resource_types()
        .into_iter()
        .filter(|name| types.get(name).is_none())
        .collect();
    if !unknown.is_empty() {
        return Err(invalid(format!(
            "Template format error: Unrecognized resource types: [{}]. The sandbox supports {}.",
            unknown.join(", "),
            types.names().join(", ")
        )));
    }
    for (logical_id, declared) in template.body["Resources"].as_object().into_iter().flatten() {
        let name = declared["Type"].as_str().unwrap_or_default();
        let Some(kind) = types.get(name) else {
            continue;
        };
        let none = Value::Object(Map::new());
        let properties = declared.get("Properties").unwrap_or(&none);
        // What is refused in the words of the type says more.
        let refusal = kind.refusal(properties).map_or(Ok(()), Err);
        refusal
            .and_then(|()| check(kind.properties(), properties))
            .map_err(|reason| refused(logical_id, name, &reason))?;
    }
    Ok(())
}

/// Refuses references to attributes that do not exist, and policies that are not supported. Returns the
/// exports of other stacks that are used.
pub fn references(desired_state: &DesiredState, types: &Types) -> Result<BTreeSet<String>, Fault> {
    let wrong = RefCell::new(None);
    let imports = RefCell::new(BTreeSet::new());
    let resolver = |reference: Reference<'_>| {
        match reference {
            Reference::Att(logical_id, attribute) => {
                let desired = desired_state.resources.get(logical_id);
                let kind = desired.and_then(|desired| types.get(&desired.kind));
                if !kind.is_some_and(|kind| kind.attribute_names().contains(&attribute)) {
                    wrong.replace(Some(format!(
                        "Template error: resource {logical_id} does not support attribute type \
                         {attribute} in Fn::GetAtt"
                    )));
                }
            }
            Reference::Import(name) => {
                imports.borrow_mut().insert(name.to_owned());
            }
            Reference::Ref(_) => {}
        }
        // Functions may not take it; when they are evaluated for good they are given the value.
        Ok(json!(""))
    };
    for (logical_id, desired) in &desired_state.resources {
        let _ = desired_state.properties(logical_id, &resolver);
        let policies = [
            desired.policies.deletion_policy,
            desired.policies.update_replace_policy,
        ];
        if policies.contains(&Retention::Snapshot) {
            let kind = &desired.kind;
            return Err(invalid(format!(
                "Template error: resource type {kind} of {logical_id} does not support snapshots"
            )));
        }
    }
    let _ = desired_state.outputs(&resolver);
    desired_state.check_exports().map_err(invalid)?;
    match wrong.into_inner() {
        Some(wrong) => Err(invalid(wrong)),
        None => Ok(imports.into_inner()),
    }
}

/// Refuses to change the type of a resource.
pub fn unchanged_types(state: &StackState, desired_state: &DesiredState) -> Result<(), Fault> {
    let other = |(logical_id, desired): (&String, &DesiredResource)| {
        let resource = state.resources.get(logical_id);
        let resource = resource.filter(|it| it.actual.is_some())?;
        (resource.kind != desired.kind).then(|| logical_id.clone())
    };
    let others: Vec<String> = desired_state.resources.iter().filter_map(other).collect();
    if others.is_empty() {
        Ok(())
    } else {
        Err(invalid(format!(
            "Update of resource type is not permitted. The new template modifies resource type of \
             the following resources: [{}]",
            others.join(", ")
        )))
    }
}
