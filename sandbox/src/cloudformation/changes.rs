//! What a definition would change of a stack, for change sets and to see whether there is anything to
//! do. What depends on things that are still to be made is not known yet.

use std::cell::Cell;
use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use super::engine::{Course, Engine, Target, changed, properties};
use super::fault::invalid;
use super::resources::{ResourceType, TAGS, Update};
use super::stack::{Definition, Resource, Stack};
use super::template::Reference;
use crate::fault::Fault;

/// Stands for a value that is not known before the changes are made.
const LATER: &str = "{{changeSet:KNOWN_AFTER_APPLY}}";

#[derive(Clone, Debug, PartialEq)]
pub struct Change {
    pub action: Action,
    pub logical: String,
    pub physical: Option<String>,
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

/// What `course`, the course of `definition`, would change of `stack`.
pub fn changes(
    engine: &Engine,
    stack: &Stack,
    course: &Course,
    definition: &Definition,
) -> Result<Changes, Fault> {
    let survey = Survey {
        engine,
        stack,
        course,
        definition,
    };
    let mut unknown = BTreeSet::new();
    let mut found = BTreeMap::new();
    for logical in in_order(course.targets()) {
        let target = &course.targets()[logical];
        if let Some(change) = survey.change(logical, target, &unknown)? {
            let stays = change.replacement == Some(Replacement::False);
            if !stays {
                unknown.insert(logical.to_owned());
            }
            found.insert(logical.to_owned(), change);
        }
    }
    let dropped = |logical: &String| !course.targets().contains_key(logical);
    for (logical, resource) in stack
        .resources
        .iter()
        .filter(|(logical, _)| dropped(logical))
    {
        found.insert(logical.clone(), removal(logical, resource));
    }
    let outputs =
        course.outputs(&|reference| survey.resolve(reference, &unknown, &Cell::default()));
    Ok(Changes {
        resources: found.into_values().collect(),
        others: definition.tags != stack.definition.tags
            || definition.notification_arns != stack.definition.notification_arns
            || outputs.as_ref() != Ok(&stack.outputs),
    })
}

struct Survey<'a> {
    engine: &'a Engine,
    stack: &'a Stack,
    course: &'a Course,
    definition: &'a Definition,
}

impl Survey<'_> {
    fn change(
        &self,
        logical: &str,
        target: &Target,
        unknown: &BTreeSet<String>,
    ) -> Result<Option<Change>, Fault> {
        let Some(kind) = self.engine.types.get(&target.kind) else {
            return Ok(None);
        };
        let wanted = self.wanted(logical, &**kind, unknown)?;
        let mut change = Change {
            action: Action::Add,
            logical: logical.to_owned(),
            physical: None,
            kind: target.kind.clone(),
            replacement: None,
            policy: None,
            details: Vec::new(),
        };
        let resource = self.stack.resources.get(logical);
        let made = resource.and_then(|it| Some((it, it.made.as_ref()?)));
        let Some((resource, made)) = made else {
            return Ok(Some(change));
        };
        change.details = match &wanted {
            Some(wanted) => details(&**kind, &made.properties, wanted),
            None => Vec::new(),
        };
        change.details.extend(terms(resource, target));
        let mends = resource.intent.is_some() || resource.attempt.is_some();
        if change.details.is_empty() && wanted.is_some() && !mends {
            return Ok(None);
        }
        change.action = Action::Modify;
        change.physical = Some(made.physical.clone());
        let replacement = match wanted {
            Some(_) => replacement(&change.details),
            None => Replacement::Conditional,
        };
        change.replacement = Some(replacement);
        change.policy = match (replacement, target.terms.keeps_replaced()) {
            (Replacement::False, _) => None,
            (_, true) => Some("ReplaceAndRetain"),
            (_, false) => Some("ReplaceAndDelete"),
        };
        Ok(Some(change))
    }

    /// The properties as they would be; none where they cannot be told yet.
    fn wanted(
        &self,
        logical: &str,
        kind: &dyn ResourceType,
        unknown: &BTreeSet<String>,
    ) -> Result<Option<Value>, Fault> {
        let guessed = Cell::new(false);
        let resolver = |reference: Reference<'_>| self.resolve(reference, unknown, &guessed);
        let evaluated = self.course.evaluated(logical, &resolver);
        let wanted = evaluated.and_then(|evaluated| properties(kind, &evaluated, self.definition));
        match wanted {
            Ok(wanted) => Ok(Some(wanted)),
            Err(_) if guessed.get() => Ok(None),
            Err(reason) => Err(refused(logical, kind.name(), &reason)),
        }
    }

    fn resolve(
        &self,
        reference: Reference<'_>,
        unknown: &BTreeSet<String>,
        guessed: &Cell<bool>,
    ) -> Result<Value, String> {
        match reference {
            Reference::Ref(logical) | Reference::Att(logical, _) if unknown.contains(logical) => {
                guessed.set(true);
                Ok(json!(LATER))
            }
            _ => self.engine.resolve(self.stack, reference),
        }
    }
}

/// Words what is wrong with a resource.
pub fn refused(logical: &str, kind: &str, reason: &str) -> Fault {
    let message = if reason.starts_with("Template ") {
        reason.to_owned()
    } else {
        format!("Resource {logical} ({kind}): {reason}")
    };
    invalid(message)
}

fn details(kind: &dyn ResourceType, old: &Value, new: &Value) -> Vec<Detail> {
    changed(kind, old, new)
        .into_iter()
        .map(|(name, update)| Detail {
            attribute: if name == TAGS.name {
                "Tags"
            } else {
                "Properties"
            },
            name: (name != TAGS.name).then_some(name),
            update,
            is_known: !new[name].to_string().contains(LATER),
        })
        .collect()
}

fn terms(resource: &Resource, target: &Target) -> Vec<Detail> {
    let (old, new) = (&resource.terms, &target.terms);
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

fn removal(logical: &str, resource: &Resource) -> Change {
    Change {
        action: Action::Remove,
        logical: logical.to_owned(),
        physical: resource.physical.clone(),
        kind: resource.kind.clone(),
        replacement: None,
        policy: Some(if resource.terms.keeps(false, false) {
            "Retain"
        } else {
            "Delete"
        }),
        details: Vec::new(),
    }
}

/// The resources, each after those that it depends on.
fn in_order(targets: &BTreeMap<String, Target>) -> Vec<&str> {
    let mut ordered: Vec<&str> = Vec::new();
    let mut rest: Vec<(&String, &Target)> = targets.iter().collect();
    while !rest.is_empty() {
        let count = rest.len();
        rest.retain(|(logical, target)| {
            let mut needed = target.terms.depends_on.iter();
            let waits =
                needed.any(|it| targets.contains_key(it) && !ordered.contains(&it.as_str()));
            if !waits {
                ordered.push(logical);
            }
            waits
        });
        if rest.len() == count {
            // A circle, which no template that was read has.
            ordered.extend(rest.drain(..).map(|(logical, _)| logical.as_str()));
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
                "LogicalResourceId": self.logical,
                "PhysicalResourceId": self.physical,
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
            "Target": {
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
