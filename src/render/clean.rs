//! The plan and the outcome of a clean-up.

use super::style::{bad, bold, good};
use super::table::Table;
use crate::cloud::{Target, TargetKind};
use crate::deploy::clean::{Deletion, Plan};
use crate::deploy::{Kept, Leftover};
use crate::wording::count;

/// The plan of a clean-up, to be confirmed.
pub fn deletion_plan(plan: &Plan) -> String {
    let mut text = String::new();
    for deletion in plan.deletions() {
        text.push_str(&format!("{}\n", bold(&deletion.name)));
        let mut table = Table::new(&["TYPE", "NAME"]);
        for [kind, name] in contents(deletion) {
            table.row([kind, name]);
        }
        text.push_str(&table.render());
        text.push_str("\n\n");
    }
    for remains in &plan.remains {
        let groups = remains.log_groups.iter();
        let groups = groups.map(|group| ["log group".to_owned(), group.clone()]);
        let mut table = Table::new(&["TYPE", "NAME"]);
        for row in groups.chain(remains.kept.iter().map(stays)) {
            table.row(row);
        }
        if !remains.log_groups.is_empty() || !remains.kept.is_empty() {
            let stack = bold(&remains.stack);
            text.push_str(&format!(
                "Left of {stack}, which was deleted earlier\n{}\n\n",
                table.render()
            ));
        }
    }
    if !plan.kept_for.is_empty() {
        text.push_str(&workshop_kept(plan));
    }
    text.trim_end().to_owned()
}

/// Why the shared stack is not deleted.
pub fn workshop_kept(plan: &Plan) -> String {
    format!(
        "The shared stack is kept, because it is used by {}.",
        plan.kept_for.join(", ")
    )
}

/// Where a stack was looked for and not found, and where not.
pub fn not_there(stack: &str, target: &Target) -> String {
    let elsewhere = match target.kind {
        TargetKind::Sandbox { .. } => "AWS was not looked at: add --target aws for that",
        TargetKind::Aws => "other regions, accounts and the sandbox were not looked at",
        TargetKind::Endpoint { .. } => "the sandbox and AWS were not looked at",
    };
    format!("there is no stack {stack} on {target}; {elsewhere}")
}

/// Sorted by type, then by name.
fn contents(deletion: &Deletion) -> Vec<[String; 2]> {
    let mut contents: Vec<[String; 2]> = deletion
        .resources
        .iter()
        .filter(|resource| !deletion.keeps(resource))
        .map(|resource| [resource.resource_type.clone(), resource.physical_id.clone()])
        .collect();
    contents.sort();
    for bucket in &deletion.buckets {
        contents.push([
            format!("{} in", count(bucket.objects, "object")),
            bucket.name.clone(),
        ]);
    }
    for group in &deletion.log_groups {
        if !deletion
            .resources
            .iter()
            .any(|resource| &resource.physical_id == group)
        {
            contents.push(["log group".to_owned(), group.clone()]);
        }
    }
    contents.extend(deletion.kept.iter().map(stays));
    contents
}

fn stays(kept: &Leftover) -> [String; 2] {
    let reason = kept.kept.map_or("", why);
    [format!("stays ({reason})"), kept.name.clone()]
}

/// What is left after a clean-up.
pub fn cleaned(left: &[Leftover]) -> String {
    if left.is_empty() {
        return format!("{} 0 left", good("✓"));
    }
    let mut table = Table::new(&["TYPE", "NAME", "WHY"]);
    for leftover in left {
        let why = leftover.kept.map_or("not deleted", why);
        table.row([&leftover.resource_type, &leftover.name, why]);
    }
    format!(
        "{}\n{}",
        bad(format!("{} left", left.len())),
        table.render()
    )
}

fn why(kept: Kept) -> &'static str {
    match kept {
        Kept::Retained => "its DeletionPolicy",
        Kept::LeftTheTemplate => "left the template earlier, could not be deleted",
        Kept::Earlier => "stayed when an earlier stack was deleted",
        Kept::Protected => "its termination protection",
        Kept::NotAllowed => "you may not delete it",
    }
}
