//! Which steps a phase has, and which of them can be done now.

use std::collections::{BTreeMap, BTreeSet};

use super::course::Target;
use crate::cloudformation::stack::{Leftover, OperationKind, Phase, Resource, Stack};

/// A thing that is to go: the step's name, and what there is to know of it.
pub type Doomed = BTreeMap<String, Leftover>;

/// The steps that nothing stands against, in the order of their names.
pub fn ready(stack: &Stack, targets: &BTreeMap<String, Target>) -> Vec<String> {
    let Some(operation) = &stack.operation else {
        return Vec::new();
    };
    if operation.is_halted() {
        return Vec::new();
    }
    let steps = match operation.phase {
        Phase::Apply => applied(targets),
        Phase::Revert => reverted(stack),
        Phase::Remove | Phase::Cleanup | Phase::RevertCleanup => removed(&doomed(stack)),
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

fn applied(targets: &BTreeMap<String, Target>) -> Steps {
    targets
        .iter()
        .map(|(logical, target)| (logical.clone(), target.terms.depends_on.clone()))
        .collect()
}

fn reverted(stack: &Stack) -> Steps {
    let before = stack.before.iter().flat_map(|before| &before.resources);
    before
        .map(|(logical, resource)| (logical.clone(), resource.terms.depends_on.clone()))
        .collect()
}

/// A thing goes after those that depend on it. One whose removal failed stays a step that is never
/// done: what it needs stays too.
fn removed(doomed: &Doomed) -> Steps {
    let after = |leftover: &Leftover| {
        let needs_it = |(_, other): &(&String, &Leftover)| {
            other.depends_on.contains(&leftover.logical) && other.logical != leftover.logical
        };
        let others = doomed.iter().filter(needs_it);
        others.map(|(step, _)| step.clone()).collect()
    };
    doomed
        .iter()
        .map(|(step, leftover)| (step.clone(), after(leftover)))
        .collect()
}

/// The things that are to go in this phase.
pub fn doomed(stack: &Stack) -> Doomed {
    let mut doomed = Doomed::new();
    if stack.phase() == Some(Phase::Remove) {
        for (logical, resource) in &stack.resources {
            doomed.extend(standing(stack, logical, resource).map(|it| (logical.clone(), it)));
        }
    }
    for leftover in &stack.leftovers {
        doomed.insert(leftover_step(leftover), leftover.clone());
    }
    doomed
}

/// What a resource stands for, or was to.
fn standing(stack: &Stack, logical: &str, resource: &Resource) -> Option<Leftover> {
    let keep = stack.operation.as_ref().is_some_and(|operation| {
        // Everything that a failed creation made is new.
        let is_new = operation.kind != OperationKind::DeleteStack;
        operation.skip.contains(logical)
            || resource
                .terms
                .keeps(is_new, operation.retain_except_on_create)
    });
    match &resource.intent {
        Some(_) => resource.leave_intended(logical),
        None => resource.leave(logical, keep),
    }
}

/// No logical id has a space.
pub fn leftover_step(leftover: &Leftover) -> String {
    format!("{} {}", leftover.kind, leftover.physical)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn set(names: &[&str]) -> BTreeSet<String> {
        names.iter().map(|name| (*name).to_owned()).collect()
    }

    #[test]
    fn things_go_after_those_that_depend_on_them() {
        let leftover = |logical: &str, depends_on: &[&str]| Leftover {
            logical: logical.to_owned(),
            kind: "A".to_owned(),
            physical: logical.to_lowercase(),
            properties: serde_json::Value::Null,
            depends_on: set(depends_on),
            keep: false,
            attempted: None,
            going: false,
        };
        let doomed = [
            ("Table", leftover("Table", &[])),
            ("Role", leftover("Role", &["Table"])),
        ];
        let doomed = doomed.map(|(step, it)| (step.to_owned(), it)).into();
        let expected = [("Role", set(&[])), ("Table", set(&["Role"]))];
        let expected: Steps = expected
            .map(|(step, after)| (step.to_owned(), after))
            .into();
        assert_eq!(removed(&doomed), expected);
    }
}
