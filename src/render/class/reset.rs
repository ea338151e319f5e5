//! Checkpoints, and what a reset to one of them takes.

use crate::class::reset::Losses;
use crate::render::style::{bold, good};
use crate::render::table::Table;
use crate::wording::count;

/// What a reset takes from each student.
pub fn losses(losses: &[Losses], checkpoint: &str) -> String {
    let mut table = Table::new(&["STUDENT", "WHAT IS LOST"]);
    for student in losses {
        table.row([student.student.clone(), lost(student)]);
    }
    format!("Reset to {}\n{}", bold(checkpoint), table.render())
}

fn lost(student: &Losses) -> String {
    let Some(status) = &student.status else {
        return "nothing: there is no stack, it is created".to_owned();
    };
    let mut parts = Vec::new();
    if !student.functions.is_empty() {
        parts.push(format!("other code of {}", student.functions.join(", ")));
    }
    if student.template {
        parts.push("another template".to_owned());
    }
    parts.extend(student.parameters.iter().cloned());
    parts.extend(student.settings.iter().cloned());
    if let Some(items) = student.items.filter(|items| *items > 0) {
        parts.push(format!("{} in the table", count(items, "item")));
    }
    if student.has_failed() {
        parts.push(format!("the stack in {status}"));
    }
    match parts.is_empty() {
        true => "nothing".to_owned(),
        false => parts.join("; "),
    }
}

pub fn checkpoint_made(class: &str, checkpoint: &str, functions: usize) -> String {
    format!(
        "{} class {}: checkpoint {} with {}",
        good("✓"),
        bold(class),
        bold(checkpoint),
        count(functions, "function")
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_lost_is_said_for_each_student() {
        let student = |student: &str, status: Option<&str>| Losses {
            student: student.to_owned(),
            status: status.map(str::to_owned),
            ..Losses::default()
        };
        let all = [
            student("ann", Some("UPDATE_COMPLETE")),
            Losses {
                functions: vec!["01-dawn".to_owned()],
                template: true,
                parameters: vec!["Players=7".to_owned()],
                settings: vec!["MemorySize of 01-dawn".to_owned()],
                items: Some(1),
                ..student("ben", Some("UPDATE_COMPLETE"))
            },
            student("cem", Some("CREATE_FAILED")),
            student("dee", None),
        ];
        let text = losses(&all, "start");
        assert_eq!(
            anstream::adapter::strip_str(&text).to_string(),
            "Reset to start\n\
             STUDENT  WHAT IS LOST\n\
             ann      nothing\n\
             ben      other code of 01-dawn; another template; Players=7; MemorySize of 01-dawn; 1 \
             item in the table\n\
             cem      the stack in CREATE_FAILED\n\
             dee      nothing: there is no stack, it is created"
        );
    }
}
