//! Operations on a class: how they go on, and how they ended.

use super::Printer;
use crate::class::{ClassEvent, ClassOutcome, Ended, Stage};

/// Shows events of a class until it is dropped.
pub struct ClassBoard<'a> {
    printer: &'a Printer,
}

impl Printer {
    /// Shows how an operation on the class goes on, for `students` in this order.
    pub fn class_board<'a>(
        &'a self,
        _class: &str,
        _students: impl IntoIterator<Item = String>,
    ) -> ClassBoard<'a> {
        ClassBoard { printer: self }
    }
}

impl ClassBoard<'_> {
    pub fn show(&self, event: &ClassEvent) {
        let words = match &event.stage {
            Stage::Waiting => return,
            Stage::Working(doing) => doing.clone(),
            Stage::Ready => "ready".to_owned(),
            Stage::Failed(cause) => format!("failed: {cause}"),
            Stage::Skipped(reason) => format!("skipped: {reason}"),
        };
        self.printer.note(&format!("{}: {words}", event.student));
    }
}

pub fn class_outcome(outcome: &ClassOutcome) -> String {
    let students = outcome.students.iter().map(|student| match &student.ended {
        Ended::Ready { what } => format!("{}: {what}", student.student),
        Ended::Failed { cause, .. } => format!("{}: failed: {cause}", student.student),
        Ended::Skipped { reason } => format!("{}: skipped: {reason}", student.student),
    });
    students.collect::<Vec<_>>().join("\n")
}

/// For each student the line to paste, which may not be wrapped.
pub fn student_lines<'a>(lines: impl IntoIterator<Item = (&'a str, &'a str)>) -> String {
    let lines = lines.into_iter();
    let lines = lines.map(|(student, line)| format!("{student}  {line}"));
    lines.collect::<Vec<_>>().join("\n")
}
