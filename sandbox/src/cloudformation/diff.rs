//! What a definition would change of a stack, for change sets and to see whether there is anything to
//! do. What depends on resources that are still to be created is not known yet.

use std::cell::Cell;
use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use super::change::{Action, Cause, Change, Detail, Replacement};
use super::engine::{Engine, changed_properties, properties};
use super::fault::invalid;
use super::resources::{ResourceType, TAGS, Update};
use super::stack::{Definition, Resource, StackState};
use super::template::{DesiredResource, DesiredState, Reference, Source};
use crate::fault::Fault;

/// Stands for a value that is not known before the changes are made.
const KNOWN_AFTER_APPLY: &str = "{{changeSet:KNOWN_AFTER_APPLY}}";

#[derive(Debug, Default)]
pub struct Diff {
    pub resources: Vec<Change>,
    /// Whether the stack's tags, outputs or the like differ.
    pub others: bool,
}

impl Diff {
    pub fn is_empty(&self) -> bool {
        self.resources.is_empty() && !self.others
    }
}

/// What `desired_state`, which is that of `definition`, would change of the stack. With `later`, it is
/// for a time when the exports that it imports may be there.
pub fn diff(
    engine: &Engine,
    state: &StackState,
    desired_state: &DesiredState,
    definition: &Definition,
    later: bool,
) -> Result<Diff, Fault> {
    let comparison = Comparison {
        later,
        engine,
        state,
        desired_state,
        definition,
    };
    let mut unknown = BTreeSet::new();
    let mut changes = BTreeMap::new();
    for (logical_id, desired) in desired_state.in_order() {
        if let Some(change) = comparison.change(logical_id, desired, &unknown)? {
            if change.replacement != Some(Replacement::False) {
                unknown.insert(logical_id.to_owned());
            }
            changes.insert(logical_id.to_owned(), change);
        }
    }
    for (logical_id, resource) in state.resources.iter() {
        if !desired_state.resources.contains_key(logical_id) {
            changes.insert(logical_id.clone(), removal(logical_id, resource));
        }
    }
    let resolve =
        |reference: Reference<'_>| comparison.resolve(reference, &unknown, &Cell::default());
    let outputs = desired_state.outputs(&resolve);
    let current = &state.stack.definition;
    Ok(Diff {
        resources: changes.into_values().collect(),
        others: definition.tags != current.tags
            || definition.notification_arns != current.notification_arns
            || outputs.as_ref() != Ok(&state.stack.outputs),
    })
}

struct Comparison<'a> {
    engine: &'a Engine,
    state: &'a StackState,
    desired_state: &'a DesiredState,
    definition: &'a Definition,
    later: bool,
}

impl Comparison<'_> {
    fn change(
        &self,
        logical_id: &str,
        desired: &DesiredResource,
        unknown: &BTreeSet<String>,
    ) -> Result<Option<Change>, Fault> {
        let Some(kind) = self.engine.types.get(&desired.kind) else {
            return Ok(None);
        };
        let wanted = self.wanted(logical_id, &**kind, unknown)?;
        let mut change = Change {
            action: Action::Add,
            logical_id: logical_id.to_owned(),
            physical_id: None,
            kind: desired.kind.clone(),
            replacement: None,
            policy: None,
            details: Vec::new(),
            before: None,
            after: wanted.clone(),
        };
        let resource = self.state.resources.get(logical_id);
        let existing = resource.and_then(|it| Some((it, it.actual.as_ref()?)));
        let Some((resource, actual)) = existing else {
            return Ok(Some(change));
        };
        change.details = match &wanted {
            Some(wanted) => self.details(logical_id, &**kind, &actual.properties, wanted, unknown),
            None => Vec::new(),
        };
        change.details.extend(policies(resource, desired));
        let is_unfinished = resource.creating.is_some() || resource.updating.is_some();
        if change.details.is_empty() && wanted.is_some() && !is_unfinished {
            return Ok(None);
        }
        change.action = Action::Modify;
        change.before = Some(actual.properties.clone());
        change.physical_id = Some(actual.physical_id.clone());
        let replacement = match wanted {
            Some(_) => replacement(&change.details),
            None => Replacement::Conditional,
        };
        change.replacement = Some(replacement);
        change.policy = match (replacement, desired.policies.retains_replaced()) {
            (Replacement::False, _) => None,
            (_, true) => Some("ReplaceAndRetain"),
            (_, false) => Some("ReplaceAndDelete"),
        };
        Ok(Some(change))
    }

    fn details(
        &self,
        logical_id: &str,
        kind: &dyn ResourceType,
        old: &Value,
        new: &Value,
        unknown: &BTreeSet<String>,
    ) -> Vec<Detail> {
        let changed = changed_properties(kind, old, new).into_iter();
        changed
            .map(|(name, update)| Detail {
                attribute: if name == TAGS.name {
                    "Tags"
                } else {
                    "Properties"
                },
                name: (name != TAGS.name).then_some(name),
                update,
                is_known: !new[name].to_string().contains(KNOWN_AFTER_APPLY),
                causes: self.causes(logical_id, name, unknown),
                before: old.get(name).cloned(),
                after: new.get(name).cloned(),
            })
            .collect()
    }

    /// What the property takes its value from and what changes.
    fn causes(&self, logical_id: &str, name: &str, unknown: &BTreeSet<String>) -> Vec<Cause> {
        let value = |definition: &Definition, parameter: &String| {
            definition.parameters.get(parameter).cloned()
        };
        let before = &self.state.stack.definition;
        let cause = |source| match source {
            Source::Parameter(name) => {
                let changes = value(before, &name) != value(self.definition, &name);
                changes.then_some(Cause::Parameter(name))
            }
            Source::Resource(id) => unknown.contains(&id).then_some(Cause::Resource(id)),
            Source::Attribute(id, name) => {
                let changes = unknown.contains(&id);
                changes.then(|| Cause::Attribute(format!("{id}.{name}")))
            }
        };
        let sources = self.desired_state.sources(logical_id, name);
        sources.into_iter().filter_map(cause).collect()
    }

    /// The properties as they would be; `None` if that is not known yet.
    fn wanted(
        &self,
        logical_id: &str,
        kind: &dyn ResourceType,
        unknown: &BTreeSet<String>,
    ) -> Result<Option<Value>, Fault> {
        let guessed = Cell::new(false);
        let resolver = |reference: Reference<'_>| self.resolve(reference, unknown, &guessed);
        let evaluated = self.desired_state.properties(logical_id, &resolver);
        let wanted = evaluated.and_then(|evaluated| properties(kind, &evaluated, self.definition));
        match wanted {
            Ok(wanted) => Ok(Some(wanted)),
            Err(_) if guessed.get() => Ok(None),
            Err(reason) => Err(refused(logical_id, kind.name(), &reason)),
        }
    }

    fn resolve(
        &self,
        reference: Reference<'_>,
        unknown: &BTreeSet<String>,
        guessed: &Cell<bool>,
    ) -> Result<Value, String> {
        match reference {
            Reference::Ref(logical_id) | Reference::Att(logical_id, _)
                if unknown.contains(logical_id) =>
            {
                guessed.set(true);
                Ok(json!(KNOWN_AFTER_APPLY))
            }
            _ => {
                let find = |logical_id: &str| Ok(self.state.resources.get(logical_id).cloned());
                match self.engine.resolve(find, reference) {
                    Err(_) if self.later && matches!(reference, Reference::Import(_)) => {
                        guessed.set(true);
                        Ok(json!(KNOWN_AFTER_APPLY))
                    }
                    resolved => resolved,
                }
            }
        }
    }
}

/// Words what is wrong with a resource.
pub fn refused(logical_id: &str, kind: &str, reason: &str) -> Fault {
    let message = if reason.starts_with("Template ") {
        reason.to_owned()
    } else {
        format!("Resource {logical_id} ({kind}): {reason}")
    };
    invalid(message)
}

fn policies(resource: &Resource, desired: &DesiredResource) -> Vec<Detail> {
    let (old, new) = (&resource.policies, &desired.policies);
    let differs = [
        ("Metadata", old.metadata != new.metadata),
        ("DeletionPolicy", old.deletion_policy != new.deletion_policy),
        (
            "UpdateReplacePolicy",
            old.update_replace_policy != new.update_replace_policy,
        ),
    ];
    let differs = differs.into_iter().filter(|(_, differs)| *differs);
    differs
        .map(|(attribute, _)| Detail {
            attribute,
            name: None,
            update: Update::InPlace,
            is_known: true,
            causes: Vec::new(),
            before: None,
            after: None,
        })
        .collect()
}

fn replacement(details: &[Detail]) -> Replacement {
    let replaces = |detail: &&Detail| detail.update == Update::Replace;
    let replacing: Vec<&Detail> = details.iter().filter(replaces).collect();
    if replacing.is_empty() {
        Replacement::False
    } else if replacing.iter().any(|detail| detail.is_known) {
        Replacement::True
    } else {
        Replacement::Conditional
    }
}

fn removal(logical_id: &str, resource: &Resource) -> Change {
    Change {
        action: Action::Remove,
        logical_id: logical_id.to_owned(),
        physical_id: resource.physical_id.clone(),
        kind: resource.kind.clone(),
        replacement: None,
        policy: Some(if resource.policies.retains(false, false) {
            "Retain"
        } else {
            "Delete"
        }),
        details: Vec::new(),
        before: resource.actual.as_ref().map(|it| it.properties.clone()),
        after: None,
    }
}

#[cfg(test)]
#[path = "diff_tests.rs"]
mod tests;
