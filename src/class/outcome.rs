//! How an operation on a class ended, student by student. Pure.

use serde::Serialize;

/// How an operation on a class ended.
#[derive(Clone, Debug, Serialize)]
pub struct ClassOutcome {
    pub class: String,
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
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case", tag = "ended")]
pub enum Ended {
    /// `what` was done, such as `created`, `patched`, `unchanged`, `deleted`.
    Ready { what: String },
    /// The root cause, and what to do. Equal causes are told once.
    Failed { cause: String, hints: Vec<String> },
    /// Not tried, and why.
    Skipped { reason: String },
}

impl ClassOutcome {
    pub fn failed(&self) -> impl Iterator<Item = &StudentOutcome> {
        let failed = |it: &&StudentOutcome| matches!(it.ended, Ended::Failed { .. });
        self.students.iter().filter(failed)
    }
}
