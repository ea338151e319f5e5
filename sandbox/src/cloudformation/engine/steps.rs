//! The steps of a phase, and which of them can be done now.

use std::collections::{BTreeMap, BTreeSet};

use crate::cloudformation::stack::{Obsolete, Phase, StackState, Status};
use crate::cloudformation::template::DesiredResources;

#[derive(Debug, Default, PartialEq, Eq)]
pub struct Steps {
    /// By the name of a step, those that it waits for.
    after: BTreeMap<String, BTreeSet<String>>,
    done: BTreeSet<String>,
}

impl Steps {
    /// The steps of the phase that the stack is in.
    pub fn of(state: &StackState, desired: &DesiredResources) -> Self {
        match state.stack.phase() {
            Some(Phase::Apply) => {
                let resources = desired.iter();
                let after = resources.map(|(id, it)| (id.clone(), it.policies.depends_on.clone()));
                Self::with_resources_done(state, after.collect())
            }
            Some(Phase::Rollback) => {
                let after = state.resources.iter().filter_map(|(logical_id, resource)| {
                    let previous = resource.previous.as_ref()?;
                    Some((logical_id.clone(), previous.policies.depends_on.clone()))
                });
                Self::with_resources_done(state, after.collect())
            }
            Some(Phase::Delete | Phase::Cleanup | Phase::RollbackCleanup) => Self {
                after: deletion_order(&deletions(state)),
                done: BTreeSet::new(),
            },
            None => Self::default(),
        }
    }

    fn with_resources_done(state: &StackState, after: BTreeMap<String, BTreeSet<String>>) -> Self {
        let phase_number = state.stack.phase_number;
        let done = state.resources.iter();
        let done = done.filter(|(_, resource)| resource.done_in == phase_number);
        let done = done.map(|(logical_id, _)| logical_id.clone()).collect();
        Self { after, done }
    }

    /// Notes that the step is over: done, or among those that failed.
    pub fn finish(&mut self, step: String) {
        self.done.insert(step);
    }

    /// Those that wait for nothing, in the order of their names.
    pub fn ready(&self, failed: &BTreeMap<String, Status>) -> Vec<String> {
        let is_done = |step: &String| self.done.contains(step) && !failed.contains_key(step);
        // What is not a step of this phase is not waited for.
        let is_over = |step: &String| is_done(step) || !self.after.contains_key(step);
        let open = self.after.iter();
        let open =
            open.filter(|(step, _)| !self.done.contains(*step) && !failed.contains_key(*step));
        let (ready, waiting): (Vec<_>, Vec<_>) =
            open.partition(|(_, after)| after.iter().all(is_over));
        // Resources of several updates can depend on one another in a circle.
        let ready = if ready.is_empty() && failed.is_empty() {
            waiting
        } else {
            ready
        };
        ready.into_iter().map(|(step, _)| step.clone()).collect()
    }
}

/// What is to be deleted or retained in this phase, by the name of the step.
fn deletions(state: &StackState) -> BTreeMap<String, Obsolete> {
    let mut deletions = BTreeMap::new();
    if state.stack.phase() == Some(Phase::Delete) {
        for (logical_id, resource) in state.resources.iter() {
            let deletion = resource.deletion(&state.stack, logical_id);
            deletions.extend(deletion.map(|it| (logical_id.clone(), it)));
        }
    }
    let obsolete = state.obsolete.iter();
    deletions.extend(obsolete.map(|(name, obsolete)| (name.clone(), obsolete.clone())));
    deletions
}

/// A resource is deleted after those that depend on it. One whose deletion failed is never done: what
/// it depends on stays too.
fn deletion_order(deletions: &BTreeMap<String, Obsolete>) -> BTreeMap<String, BTreeSet<String>> {
    let after = |obsolete: &Obsolete| {
        let needs_it = |(_, other): &(&String, &Obsolete)| {
            let is_other = other.logical_id != obsolete.logical_id;
            is_other && other.depends_on.contains(&obsolete.logical_id)
        };
        let others = deletions.iter().filter(needs_it);
        others.map(|(step, _)| step.clone()).collect()
    };
    let steps = deletions.iter();
    steps
        .map(|(step, obsolete)| (step.clone(), after(obsolete)))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn set(names: &[&str]) -> BTreeSet<String> {
        names.iter().map(|name| (*name).to_owned()).collect()
    }

    #[test]
    fn resources_are_deleted_after_those_that_depend_on_them() {
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
        let expected = expected.map(|(step, after)| (step.to_owned(), after));
        assert_eq!(deletion_order(&deletions), expected.into());
    }

    #[test]
    fn a_step_is_ready_when_those_before_it_are_done() {
        let after = [
            ("A", set(&[])),
            ("B", set(&["A", "nothing of this phase"])),
            ("C", set(&["B"])),
        ];
        let mut steps = Steps {
            after: after.map(|(step, after)| (step.to_owned(), after)).into(),
            done: BTreeSet::new(),
        };
        let none = BTreeMap::new();
        assert_eq!(steps.ready(&none), ["A"]);
        steps.finish("A".to_owned());
        assert_eq!(steps.ready(&none), ["B"]);
        steps.finish("B".to_owned());
        let failed = BTreeMap::from([("B".to_owned(), Status::CreateFailed)]);
        assert!(steps.ready(&failed).is_empty());
    }

    #[test]
    fn steps_in_a_circle_are_all_ready() {
        let after = [("A", set(&["B"])), ("B", set(&["A"]))];
        let steps = Steps {
            after: after.map(|(step, after)| (step.to_owned(), after)).into(),
            done: BTreeSet::new(),
        };
        assert_eq!(steps.ready(&BTreeMap::new()), ["A", "B"]);
    }
}
