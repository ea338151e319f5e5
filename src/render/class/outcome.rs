//! How an operation on a class ended: a row for each student, and below it each cause once, with everybody who
//! has it.

use std::io;
use std::time::Duration;

use crate::class::{ClassOutcome, Ended, StudentOutcome};
use crate::render::prose::columns;
use crate::render::style::{bad, bold, dim, good, hint};
use crate::render::table::Table;
use crate::render::terminal;
use crate::render::units::elapsed;

pub fn class_outcome(outcome: &ClassOutcome) -> String {
    // Who asks for the failed ones does not hear of the others.
    if outcome.students.is_empty() {
        let class = bold(&outcome.class);
        return format!("{} {class}: no stack has failed", good("✓"));
    }
    on_stdout(outcome, "ready")
}

pub(super) fn class_deletions(outcome: &ClassOutcome) -> String {
    on_stdout(outcome, "deleted")
}

fn on_stdout(outcome: &ClassOutcome, done: &str) -> String {
    let width = terminal::width(&io::stdout());
    fitted(outcome, done, width.unwrap_or(usize::MAX))
}

/// `done` is the word for the students for whom all went well.
fn fitted(outcome: &ClassOutcome, done: &str, width: usize) -> String {
    let mut table = Table::new(&["", "STUDENT", "STACK", "RESULT", ">TIME"])
        .without_if_narrow(&["STACK", "TIME", ""]);
    for student in &outcome.students {
        let (mark, result) = result(student, outcome.dry_run);
        let time = match student.milliseconds {
            0 => String::new(),
            some => time(some),
        };
        let StudentOutcome { student, stack, .. } = student;
        table.row([mark, student.clone(), stack.clone(), result, time]);
    }
    let mut parts = vec![table.fitted(width)];
    parts.extend(causes(outcome).iter().map(Cause::text));
    parts.push(headline(outcome, done));
    parts.join("\n\n")
}

fn result(student: &StudentOutcome, dry_run: bool) -> (String, String) {
    match &student.ended {
        Ended::Ready { what } => {
            let mark = match dry_run && what != "unchanged" {
                true => dim("·"),
                false => good("✓"),
            };
            (mark, Ended::done(what, dry_run))
        }
        Ended::Deleted => (good("✓"), "deleted".to_owned()),
        Ended::Failed { .. } => (bad("✗"), "failed".to_owned()),
        Ended::Skipped { .. } => (dim("-"), "skipped".to_owned()),
    }
}

/// Why it did not go well, and for whom.
struct Cause<'a> {
    ended: &'a Ended,
    students: Vec<&'a str>,
}

/// In the order in which they came up; failures first.
fn causes(outcome: &ClassOutcome) -> Vec<Cause<'_>> {
    let mut causes: Vec<Cause> = Vec::new();
    for student in outcome.undone() {
        match causes.iter_mut().find(|it| *it.ended == student.ended) {
            Some(cause) => cause.students.push(&student.student),
            None => causes.push(Cause {
                ended: &student.ended,
                students: vec![&student.student],
            }),
        }
    }
    causes.sort_by_key(|cause| matches!(cause.ended, Ended::Skipped { .. }));
    causes
}

impl Cause<'_> {
    fn text(&self) -> String {
        let students = self.students.join(", ");
        match self.ended {
            Ended::Failed { cause, hints } => {
                let mut text = format!("{} {students}\n  {}", bad("failed:"), indented(cause));
                for advice in hints {
                    text += &format!("\n  {} {}", hint("hint:"), indented(advice));
                }
                text
            }
            Ended::Skipped { reason } => {
                format!("{} {students}\n  {}", bold("skipped:"), indented(reason))
            }
            Ended::Ready { .. } | Ended::Deleted => String::new(),
        }
    }
}

fn indented(text: &str) -> String {
    text.trim_end().replace('\n', "\n  ")
}

fn headline(outcome: &ClassOutcome, done: &str) -> String {
    let count = |is: fn(&Ended) -> bool| {
        let students = outcome.students.iter();
        students.filter(|student| is(&student.ended)).count()
    };
    let well = count(Ended::is_done);
    let failed = count(|it| matches!(it, Ended::Failed { .. }));
    let skipped = count(|it| matches!(it, Ended::Skipped { .. }));
    let of = outcome.students.len();
    if outcome.dry_run && failed == 0 {
        let class = bold(&outcome.class);
        return format!("{class}: a dry run, nothing was changed");
    }
    let mark = match failed {
        0 => good("✓"),
        _ => bad("✗"),
    };
    let mut text = format!("{mark} {}: {well} of {of} {done}", bold(&outcome.class));
    for (number, words) in [(failed, "failed"), (skipped, "skipped")] {
        if number > 0 {
            text += &format!(", {number} {words}");
        }
    }
    format!("{text} in {}", time(outcome.milliseconds))
}

fn time(milliseconds: u128) -> String {
    elapsed(Duration::from_millis(
        milliseconds.try_into().unwrap_or(u64::MAX),
    ))
}

/// For each student the line to paste, which may not be wrapped.
pub fn student_lines<'a>(lines: impl IntoIterator<Item = (&'a str, &'a str)>) -> String {
    let lines: Vec<(&str, &str)> = lines.into_iter().collect();
    let names = lines.iter().map(|(student, _)| columns(student)).max();
    let width = names.unwrap_or_default();
    let mut text = "For each student, a line to paste in the workshop folder:".to_owned();
    for (student, line) in lines {
        let padding = " ".repeat(width.saturating_sub(columns(student)));
        text += &format!("\n  {}{padding}  {line}", bold(student));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::render::prose::wrapped;
    use crate::render::style::shown;

    fn student(number: usize, ended: Ended, milliseconds: u128) -> StudentOutcome {
        StudentOutcome {
            student: format!("student-{number}"),
            stack: format!("mafia-monday-student-{number}"),
            ended,
            milliseconds,
            line: None,
        }
    }

    fn class() -> ClassOutcome {
        let quota = || Ended::Failed {
            cause: "Role (AWS::IAM::Role): Cannot exceed quota for RolesPerAccount: 1000"
                .to_owned(),
            hints: vec!["ask for a higher quota of roles, or clean an older class".to_owned()],
        };
        let ready = |what: &str| Ended::Ready {
            what: what.to_owned(),
        };
        let elsewhere = Ended::Skipped {
            reason: "the stack mafia-monday-student-4 belongs to the class tuesday".to_owned(),
        };
        ClassOutcome {
            class: "monday".to_owned(),
            dry_run: false,
            students: vec![
                student(1, ready("created"), 12_345),
                student(2, quota(), 3_100),
                student(3, ready("unchanged"), 40),
                student(4, elsewhere, 0),
                student(5, quota(), 2_900),
                student(
                    6,
                    Ended::Failed {
                        cause: "the stack is in DELETE_FAILED:\nthe bucket is not empty".to_owned(),
                        hints: Vec::new(),
                    },
                    100,
                ),
            ],
            milliseconds: 31_200,
        }
    }

    /// As `Printer` writes it.
    fn printed(outcome: &ClassOutcome, width: usize) -> String {
        shown(&wrapped(
            &shown(&fitted(outcome, "ready", width)),
            Some(width),
            0,
            2,
        ))
    }

    fn plain(text: &str) -> String {
        anstream::adapter::strip_str(text).to_string()
    }

    #[test]
    fn each_cause_is_told_once_with_everybody_who_has_it() {
        for width in [80, 40] {
            let text = plain(&printed(&class(), width));
            for line in text.lines() {
                assert!(columns(line) <= width, "{line}");
            }
            assert_eq!(text.matches("RolesPerAccount").count(), 1, "{text}");
            insta::assert_snapshot!(format!("outcome-on-{width}-columns"), text);
        }
        let colored = shown(&fitted(&class(), "ready", 80)).replace('\x1b', "<esc>");
        insta::assert_snapshot!("outcome-in-colour", colored);
    }

    #[test]
    fn a_class_where_all_went_well_says_so_in_its_last_line() {
        let mut outcome = class();
        outcome
            .students
            .retain(|student| matches!(student.ended, Ended::Ready { .. }));
        let text = plain(&fitted(&outcome, "ready", 80));
        assert!(text.ends_with("✓ monday: 2 of 2 ready in 31.2 s"), "{text}");
        assert!(!text.contains("failed"), "{text}");
    }

    #[test]
    fn what_was_to_be_deleted_is_counted_as_deleted_and_never_as_ready() {
        let mut outcome = class();
        for student in &mut outcome.students {
            if student.ended.is_done() {
                student.ended = Ended::Deleted;
            }
        }
        let text = plain(&fitted(&outcome, "deleted", 80));
        assert!(
            text.contains("✗ monday: 2 of 6 deleted, 3 failed"),
            "{text}"
        );
        assert!(!text.contains("ready"), "{text}");
    }

    #[test]
    fn a_dry_run_says_what_would_be_done() {
        let mut outcome = class();
        outcome.dry_run = true;
        outcome.students.truncate(1);
        let text = plain(&fitted(&outcome, "ready", 80));
        assert!(text.contains("would be created"), "{text}");
        assert!(text.ends_with("nothing was changed"), "{text}");
    }

    #[test]
    fn where_no_stack_has_failed_there_is_a_sentence() {
        let mut outcome = class();
        outcome.students.clear();
        let text = plain(&class_outcome(&outcome));
        assert_eq!(text, "✓ monday: no stack has failed");
    }

    #[test]
    fn the_lines_to_paste_stand_below_each_other_and_are_not_broken() {
        let line = "export MAFIA_TARGET=aws MAFIA_REGION=eu-west-1 MAFIA_STACK=mafia-monday-ann";
        let text = plain(&student_lines([("ann", line), ("benedict", line)]));
        assert_eq!(
            text,
            format!(
                "For each student, a line to paste in the workshop folder:\n  \
                 ann       {line}\n  benedict  {line}"
            )
        );
    }
}
