//! How an operation on a class ended, student by student. Pure.

use serde::Serialize;

/// How an operation on a class ended.
#[derive(Clone, Debug, Serialize)]
pub struct ClassOutcome {
    pub class: String,
    /// Whether nothing was done, and this is what would be.
    pub dry_run: bool,
    pub students: Vec<StudentOutcome>,
    pub milliseconds: u128,
}

#[derive(Clone, Debug, Serialize)]
pub struct StudentOutcome {
    pub student: String,
    pub stack: String,
    #[serde(flatten)]
    pub ended: Ended,
    pub milliseconds: u128,
    /// What a student whose stack is ready pastes into a shell to work with it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub line: Option<String>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case", tag = "ended")]
pub enum Ended {
    /// `what` was done, such as `created`, `patched`, `unchanged`.
    Ready { what: String },
    /// There is no stack any more, as was wanted.
    Deleted,
    /// The root cause, and what to do. Equal causes are told once.
    Failed { cause: String, hints: Vec<String> },
    /// Not tried, and why.
    Skipped { reason: String },
}

impl Ended {
    /// Whether the operation did what it was asked for.
    pub fn is_done(&self) -> bool {
        matches!(self, Self::Ready { .. } | Self::Deleted)
    }

    /// The words for `what` was done, or would be.
    pub fn done(what: &str, dry_run: bool) -> String {
        match dry_run && what != "unchanged" {
            true => format!("would be {what}"),
            false => what.to_owned(),
        }
    }
}

impl ClassOutcome {
    pub fn failed(&self) -> impl Iterator<Item = &StudentOutcome> {
        let failed = |it: &&StudentOutcome| matches!(it.ended, Ended::Failed { .. });
        self.students.iter().filter(failed)
    }

    /// What to do about the failures.
    pub fn hints_mut(&mut self) -> impl Iterator<Item = &mut String> {
        self.students
            .iter_mut()
            .flat_map(|student| match &mut student.ended {
                Ended::Failed { hints, .. } => hints.iter_mut(),
                Ended::Ready { .. } | Ended::Deleted | Ended::Skipped { .. } => [].iter_mut(),
            })
    }

    /// The students for whom the operation did not do what it was asked for.
    pub fn undone(&self) -> impl Iterator<Item = &StudentOutcome> {
        self.students.iter().filter(|it| !it.ended.is_done())
    }
}
