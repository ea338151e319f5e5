//! What a person sees of a class's errors.

use super::Error;
use super::sandbox::OTHER_PORT;
use crate::class::NameProblem;
use crate::class::code::CodeError;
use crate::page::PageError;
use crate::source::{Fault, FileError};
use crate::wording::{count, known_names, nearest};

impl From<FileError> for Error {
    fn from(error: FileError) -> Self {
        let whole = |fault: &Fault| format!("{fault}; {}", fault.expected);
        let more = (error.others > 0).then(|| format!("and {} more", count(error.others, "fault")));
        match &error.faults[..] {
            [first] => Self::usage(first.to_string()).hint(first.expected.clone()),
            [first, others @ ..] => {
                let others: Vec<String> = others.iter().map(whole).chain(more).collect();
                Self::usage(whole(first)).detail(&others.join("\n"))
            }
            [] => Self::usage(error.to_string()),
        }
    }
}

impl From<PageError> for Error {
    fn from(error: PageError) -> Self {
        Self::usage(error.to_string()).hint(OTHER_PORT)
    }
}

impl From<NameProblem> for Error {
    fn from(problem: NameProblem) -> Self {
        Self::usage(problem.to_string()).hint(problem.expected())
    }
}

impl From<CodeError> for Error {
    fn from(error: CodeError) -> Self {
        let message = error.to_string();
        match error {
            CodeError::Cloud(error) => error.into(),
            CodeError::Unknown { name, known, .. } if !known.is_empty() => {
                let nearest = nearest(&name, known.iter().map(String::as_str));
                Self::usage(message).hints(known_names("checkpoints", &known, nearest))
            }
            CodeError::Unknown { .. } => Self::usage(message)
                .hint("run `mafia class up`, which makes the checkpoint `start`"),
            CodeError::Unreadable { .. } => Self::failed(message)
                .hint("run `mafia class deploy` or `mafia class checkpoint` to write it again"),
        }
    }
}
