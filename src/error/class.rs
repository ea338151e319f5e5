//! What a person sees of a class's errors.

use super::Error;
use crate::class::{NameProblem, RosterError};
use crate::wording::count;

impl From<RosterError> for Error {
    fn from(error: RosterError) -> Self {
        let first = error.faults.first().map(|fault| fault.expected.clone());
        let others = error.faults.iter().skip(1);
        let others = others.map(|fault| format!("{fault}; {}", fault.expected));
        let more = (error.others > 0).then(|| format!("and {} more", count(error.others, "fault")));
        let detail: Vec<String> = others.chain(more).collect();
        Self::usage(error.to_string())
            .hints(first)
            .detail(&detail.join("\n"))
    }
}

impl From<NameProblem> for Error {
    fn from(problem: NameProblem) -> Self {
        Self::usage(problem.to_string()).hint(problem.expected())
    }
}
