//! The plan and the outcome of cleaning a class.

use super::outcome::class_deletions;
use crate::class::ClassOutcome;
use crate::class::clean::ClassPlan;
use crate::cloud::Target;
use crate::deploy::clean::Deletion;
use crate::deploy::{LOG_GROUP, Leftover};
use crate::render::clean::{Looked, left_of};
use crate::render::style::bold;
use crate::render::table::Table;
use crate::wording::count;

/// The plan, to be confirmed.
pub fn class_deletion_plan(class: &ClassPlan, target: &Target) -> String {
    let plan = &class.plan;
    let mut parts = Vec::new();
    let mut table = Table::new(&["STACK", ">RESOURCES", ">LOG GROUPS", ">OBJECTS"])
        .without_if_narrow(&["OBJECTS", "LOG GROUPS"]);
    for deletion in plan.deletions() {
        table.row(contents(deletion));
    }
    if plan.deletions().next().is_some() {
        let of = format!("Class {} on {target}", bold(&class.class));
        parts.push(format!("{of}\n{}", table.render()));
    }
    let groups = plan.remains.iter().flat_map(|it| &it.log_groups);
    let groups: Vec<&str> = groups.map(String::as_str).collect();
    if !groups.is_empty() {
        let number = count(groups.len(), "log group");
        parts.push(format!(
            "{number} of stacks that were deleted earlier\n  {}",
            groups.join("\n  ")
        ));
    }
    let kept = plan.deletions().flat_map(|it| &it.kept);
    let kept: Vec<&Leftover> = kept
        .chain(plan.remains.iter().flat_map(|it| &it.kept))
        .collect();
    if !kept.is_empty() {
        let mut table = Table::new(&["STAYS", "NAME", "WHY"]);
        for left in kept {
            let why = left.kept.map_or("", crate::render::clean::why);
            table.row([&left.resource_type, &left.name, why]);
        }
        parts.push(table.render());
    }
    if !plan.protected.is_empty() {
        parts.push(format!(
            "These stacks stay, because their termination protection is on: {}",
            plan.protected.join(", ")
        ));
    }
    if !class.foreign.is_empty() {
        parts.push(format!(
            "These stacks stay, because they do not have the tag of class {}: {}",
            class.class,
            class.foreign.join(", ")
        ));
    }
    if !plan.kept_for.is_empty() {
        parts.push(crate::render::workshop_kept(plan));
    }
    parts.join("\n\n")
}

fn contents(deletion: &Deletion) -> [String; 4] {
    let resources = deletion.resources.iter();
    let resources = resources.filter(|it| !deletion.keeps(it) && it.resource_type != LOG_GROUP);
    let objects: usize = deletion.buckets.iter().map(|bucket| bucket.objects).sum();
    [
        deletion.name.clone(),
        resources.count().to_string(),
        deletion.log_groups.len().to_string(),
        match deletion.buckets.is_empty() {
            true => String::new(),
            false => objects.to_string(),
        },
    ]
}

/// What became of it, and what is left on `target`.
pub fn class_cleaned(
    outcome: &ClassOutcome,
    left: &[Leftover],
    looked_for: &[&str],
    target: &str,
) -> String {
    let of = format!("class {}", outcome.class);
    let left = left_of(
        left,
        &Looked {
            of: &of,
            kinds: looked_for,
            target,
        },
    );
    match outcome.undone().next() {
        Some(_) => format!("{}\n\n{left}", class_deletions(outcome)),
        None => left,
    }
}
