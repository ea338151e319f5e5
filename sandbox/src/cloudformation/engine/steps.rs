//! Which steps a phase has, and which of them can be done now.

use std::collections::{BTreeMap, BTreeSet};

use super::desired_state::DesiredResource;
use crate::cloudformation::stack::{Obsolete, OperationKind, Phase, Resource, Stack};

/// A thing that is to go: the step's name, and what there is to know of it.
pub type Deletions = BTreeMap<String, Obsolete>;

/// The steps that nothing stands against, in the order of their names.
pub fn ready(stack: &Stack, desired: &BTreeMap<String, DesiredResource>) -> Vec<String> {
    let Some(operation) = &stack.operation else {
        return Vec::new();
    };
    if operation.is_halted() {
        return Vec::new();
    }
    let steps = match operation.phase {
        Phase::Apply => applied(desired),
        Phase::Rollback => reverted(stack),
        Phase::Delete | Phase::Cleanup | Phase::RollbackCleanup => removed(&deletions(stack)),
    };
    let open = |after: &BTreeSet<String>| {
        // What is no step of this phase is not waited for.
        after
            .iter()
            .all(|step| operation.done.contains(step) || !steps.contains_key(step))
    };
    let names = |found: Vec<(&String, &BTreeSet<String>)>| {
        found.into_iter().map(|(step, _)| step.clone()).collect()
    };
    let rest: Vec<_> = steps
        .iter()
        .filter(|(step, _)| {
            !operation.done.contains(*step) && !operation.failed.contains_key(*step)
        })
        .collect();
    let ready: Vec<_> = rest
        .iter()
        .copied()
        .filter(|(_, after)| open(after))
        .collect();
    if ready.is_empty() && operation.failed.is_empty() {
        // Things of several updates can depend on one another in a circle.
        names(rest)
    } else {
        names(ready)
    }
}

type Steps = BTreeMap<String, BTreeSet<String>>;

fn applied(desired: &BTreeMap<String, DesiredResource>) -> Steps {
    desired
        .iter()
        .map(|(logical_id, desired)| (logical_id.clone(), desired.policies.depends_on.clone()))
        .collect()
}

fn reverted(stack: &Stack) -> Steps {
    let before = stack.previous.iter().flat_map(|before| &before.resources);
    before
        .map(|(logical_id, resource)| (logical_id.clone(), resource.policies.depends_on.clone()))
        .collect()
}

/// A thing goes after those that depend on it. One whose removal failed stays a step that is never
/// done: what it needs stays too.
fn removed(deletions: &Deletions) -> Steps {
    let after = |obsolete: &Obsolete| {
        let needs_it = |(_, other): &(&String, &Obsolete)| {
            other.depends_on.contains(&obsolete.logical_id)
                && other.logical_id != obsolete.logical_id
        };
        let others = deletions.iter().filter(needs_it);
        others.map(|(step, _)| step.clone()).collect()
    };
    deletions
        .iter()
        .map(|(step, obsolete)| (step.clone(), after(obsolete)))
        .collect()
}

/// The things that are to go in this phase.
pub fn deletions(stack: &Stack) -> Deletions {
    let mut deletions = Deletions::new();
    if stack.phase() == Some(Phase::Delete) {
        for (logical_id, resource) in &stack.resources {
            deletions
                .extend(standing(stack, logical_id, resource).map(|it| (logical_id.clone(), it)));
        }
    }
    for obsolete in &stack.obsolete {
        deletions.insert(step_of_obsolete(obsolete), obsolete.clone());
    }
    deletions
}

/// What a resource stands for, or was to.
fn standing(stack: &Stack, logical_id: &str, resource: &Resource) -> Option<Obsolete> {
    let retain = stack.operation.as_ref().is_some_and(|operation| {
        // Everything that a failed creation made is new.
        let is_new = operation.kind != OperationKind::DeleteStack;
        operation.skip.contains(logical_id)
            || resource
                .policies
                .retains(is_new, operation.retain_except_on_create)
    });
    match &resource.creating {
        Some(_) => resource.obsolete_creation(logical_id),
        None => resource.obsolete(logical_id, retain),
    }
}

/// No logical id has a space.
pub fn step_of_obsolete(obsolete: &Obsolete) -> String {
    format!("{} {}", obsolete.kind, obsolete.physical_id)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn set(names: &[&str]) -> BTreeSet<String> {
        names.iter().map(|name| (*name).to_owned()).collect()
    }

    #[test]
    fn things_go_after_those_that_depend_on_them() {
        let obsolete = |logical_id: &str, depends_on: &[&str]| Obsolete {
            logical_id: logical_id.to_owned(),
            kind: "A".to_owned(),
            physical_id: logical_id.to_lowercase(),
            properties: serde_json::Value::Null,
            depends_on: set(depends_on),
            retain: false,
            updating: None,
            deleting: false,
        };
        let deletions = [
            ("Table", obsolete("Table", &[])),
            ("Role", obsolete("Role", &["Table"])),
        ];
        let deletions = deletions.map(|(step, it)| (step.to_owned(), it)).into();
        let expected = [("Role", set(&[])), ("Table", set(&["Role"]))];
        let expected: Steps = expected
            .map(|(step, after)| (step.to_owned(), after))
            .into();
        assert_eq!(removed(&deletions), expected);
    }
}
