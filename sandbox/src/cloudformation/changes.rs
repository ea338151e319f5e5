//! What a definition would change of a stack, for change sets and to see whether there is anything to
//! do. What depends on things that are still to be made is not known yet.

use std::cell::Cell;
use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use super::engine::{DesiredResource, DesiredState, Engine, changed_properties, properties};
use super::fault::invalid;
use super::resources::{ResourceType, TAGS, Update};
use super::stack::{Definition, Resource, Stack};
use super::template::Reference;
use crate::fault::Fault;

/// Stands for a value that is not known before the changes are made.
const KNOWN_AFTER_APPLY: &str = "{{changeSet:KNOWN_AFTER_APPLY}}";

#[derive(Clone, Debug, PartialEq)]
pub struct Change {
    pub action: Action,
    pub logical_id: String,
    pub physical_id: Option<String>,
    pub kind: String,
    pub replacement: Option<Replacement>,
    /// What is lost or kept with a removal or a replacement.
    pub policy: Option<&'static str>,
    pub details: Vec<Detail>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    Add,
    Modify,
    Remove,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Replacement {
    True,
    False,
    Conditional,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Detail {
    /// `Properties`, `Tags`, `Metadata`, `DeletionPolicy`, `UpdateReplacePolicy`.
    pub attribute: &'static str,
    /// The property's.
    pub name: Option<&'static str>,
    pub update: Update,
    /// Whether the new value is known.
    pub is_known: bool,
}

/// Whether there would be anything to do at all, and what of it concerns resources.
#[derive(Debug, Default)]
pub struct Changes {
    pub resources: Vec<Change>,
    pub others: bool,
}

impl Changes {
    pub fn is_empty(&self) -> bool {
        self.resources.is_empty() && !self.others
    }
}

/// What `desired_state`, the desired_state of `definition`, would change of `stack`.
pub fn changes(
    engine: &Engine,
    stack: &Stack,
    desired_state: &DesiredState,
    definition: &Definition,
) -> Result<Changes, Fault> {
    let diff = Diff {
        engine,
        stack,
        desired_state,
        definition,
    };
    let mut unknown = BTreeSet::new();
    let mut found = BTreeMap::new();
    for logical_id in in_order(desired_state.resources()) {
        let desired = &desired_state.resources()[logical_id];
        if let Some(change) = diff.change(logical_id, desired, &unknown)? {
            let stays = change.replacement == Some(Replacement::False);
            if !stays {
                unknown.insert(logical_id.to_owned());
            }
            found.insert(logical_id.to_owned(), change);
        }
    }
    let dropped = |logical_id: &String| !desired_state.resources().contains_key(logical_id);
    for (logical_id, resource) in stack
        .resources
        .iter()
        .filter(|(logical_id, _)| dropped(logical_id))
    {
        found.insert(logical_id.clone(), removal(logical_id, resource));
    }
    let outputs =
        desired_state.outputs(&|reference| diff.resolve(reference, &unknown, &Cell::default()));
    Ok(Changes {
        resources: found.into_values().collect(),
        others: definition.tags != stack.definition.tags
            || definition.notification_arns != stack.definition.notification_arns
            || outputs.as_ref() != Ok(&stack.outputs),
    })
}

struct Diff<'a> {
    engine: &'a Engine,
    stack: &'a Stack,
    desired_state: &'a DesiredState,
    definition: &'a Definition,
}

impl Diff<'_> {
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
        };
        let resource = self.stack.resources.get(logical_id);
        let made = resource.and_then(|it| Some((it, it.actual.as_ref()?)));
        let Some((resource, made)) = made else {
            return Ok(Some(change));
        };
        change.details = match &wanted {
            Some(wanted) => details(&**kind, &made.properties, wanted),
            None => Vec::new(),
        };
        change.details.extend(policies(resource, desired));
        let mends = resource.creating.is_some() || resource.updating.is_some();
        if change.details.is_empty() && wanted.is_some() && !mends {
            return Ok(None);
        }
        change.action = Action::Modify;
        change.physical_id = Some(made.physical_id.clone());
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

    /// The properties as they would be; none where they cannot be told yet.
    fn wanted(
        &self,
        logical_id: &str,
        kind: &dyn ResourceType,
        unknown: &BTreeSet<String>,
    ) -> Result<Option<Value>, Fault> {
        let guessed = Cell::new(false);
        let resolver = |reference: Reference<'_>| self.resolve(reference, unknown, &guessed);
        let evaluated = self.desired_state.evaluated(logical_id, &resolver);
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
            _ => self.engine.resolve(self.stack, reference),
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

fn details(kind: &dyn ResourceType, old: &Value, new: &Value) -> Vec<Detail> {
    changed_properties(kind, old, new)
        .into_iter()
        .map(|(name, update)| Detail {
            attribute: if name == TAGS.name {
                "Tags"
            } else {
                "Properties"
            },
            name: (name != TAGS.name).then_some(name),
            update,
            is_known: !new[name].to_string().contains(KNOWN_AFTER_APPLY),
        })
        .collect()
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
    }
}

/// The resources, each after those that it depends on.
fn in_order(desired: &BTreeMap<String, DesiredResource>) -> Vec<&str> {
    let mut ordered: Vec<&str> = Vec::new();
    let mut rest: Vec<(&String, &DesiredResource)> = desired.iter().collect();
    while !rest.is_empty() {
        let count = rest.len();
        rest.retain(|(logical_id, resource)| {
            let mut needed = resource.policies.depends_on.iter();
            let waits =
                needed.any(|it| desired.contains_key(it) && !ordered.contains(&it.as_str()));
            if !waits {
                ordered.push(logical_id);
            }
            waits
        });
        if rest.len() == count {
            // A circle, which no template that was read has.
            ordered.extend(rest.drain(..).map(|(logical_id, _)| logical_id.as_str()));
        }
    }
    ordered
}

impl Change {
    /// As `DescribeChangeSet` shows it.
    pub fn shown(&self) -> Value {
        let action = match self.action {
            Action::Add => "Add",
            Action::Modify => "Modify",
            Action::Remove => "Remove",
        };
        let replacement = self.replacement.map(|replacement| match replacement {
            Replacement::True => "True",
            Replacement::False => "False",
            Replacement::Conditional => "Conditional",
        });
        let scope: BTreeSet<&str> = self.details.iter().map(|detail| detail.attribute).collect();
        let details: Vec<Value> = self.details.iter().map(Detail::shown).collect();
        json!({
            "Type": "Resource",
            "ResourceChange": {
                "PolicyAction": self.policy,
                "Action": action,
                "LogicalResourceId": self.logical_id,
                "PhysicalResourceId": self.physical_id,
                "ResourceType": self.kind,
                "Replacement": replacement,
                "Scope": scope,
                "Details": details,
            },
        })
    }
}

impl Detail {
    fn shown(&self) -> Value {
        let recreation = match (self.update, self.is_known) {
            (Update::InPlace, _) => "Never",
            (Update::Replace, true) => "Always",
            (Update::Replace, false) => "Conditionally",
        };
        json!({
            "DesiredResource": {
                "Attribute": self.attribute,
                "Name": self.name,
                "RequiresRecreation": recreation,
            },
            "Evaluation": if self.is_known { "Static" } else { "Dynamic" },
            "ChangeSource": "DirectModification",
        })
    }
}

#[cfg(test)]
#[path = "changes_tests.rs"]
mod tests;
