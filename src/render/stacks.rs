//! The stacks of mafia on a target.

use super::sandbox::minute_of;
use super::style::dim;
use super::table::Table;
use crate::deploy::{ListedStack, StackRole};

/// One row for each stack; a star marks those of the one who asks.
pub fn stacks(target: &str, stacks: &[ListedStack]) -> String {
    if stacks.is_empty() {
        return format!("there is no stack of mafia on {target}");
    }
    let mut table = Table::new(&["STACK", "STATUS", "OWNER", "CHANGED (UTC)"]);
    for stack in stacks {
        let mark = if stack.yours { " *" } else { "" };
        let class = stack.class.as_deref();
        let owner = match (stack.role, &stack.owner) {
            (StackRole::Workshop, _) => match class {
                Some(class) => format!("shared by the class {class}"),
                None => "shared by a class".to_owned(),
            },
            (StackRole::Game, owner) => match (class, owner) {
                (Some(class), _) => {
                    let student = stack.student.as_deref().unwrap_or("a student");
                    format!("{student} of the class {class}")
                }
                (None, Some(owner)) => owner.clone(),
                (None, None) => "unknown".to_owned(),
            },
        };
        let changed = stack.changed.and_then(minute_of).unwrap_or_default();
        table.row([
            format!("{}{mark}", stack.name),
            stack.status.clone(),
            owner,
            changed,
        ]);
    }
    match stacks.iter().any(|stack| stack.yours) {
        true => format!(
            "{}\n\n{}",
            table.render(),
            dim("* deployed from this folder")
        ),
        false => table.render(),
    }
}
