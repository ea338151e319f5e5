//! Why a template cannot be parsed or rendered.

/// What is wrong, and where in the template.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message} at line {line}, column {column}")]
pub(crate) struct Fault {
    pub message: String,
    /// Counted from 1.
    pub line: usize,
    /// Counted from 1, in characters.
    pub column: usize,
}

/// A fault whose line and column are not known yet.
#[derive(Debug, PartialEq)]
pub(super) struct Problem {
    pub message: String,
    /// The byte of the template; who calls a method adds it.
    pub offset: Option<usize>,
}

pub(super) type Outcome<T> = Result<T, Problem>;

/// A problem at a place that the caller knows.
pub(super) fn problem(message: impl Into<String>) -> Problem {
    Problem {
        message: message.into(),
        offset: None,
    }
}

impl Problem {
    /// The problem at `offset`, if it has no place yet.
    pub(super) fn at(mut self, offset: usize) -> Self {
        self.offset.get_or_insert(offset);
        self
    }

    pub(super) fn in_template(self, template: &str) -> Fault {
        let offset = self.offset.unwrap_or(0).min(template.len());
        let before = &template.as_bytes()[..offset];
        let start = before
            .iter()
            .rposition(|byte| *byte == b'\n')
            .map_or(0, |newline| newline + 1);
        let is_start = |byte: &&u8| **byte & 0xC0 != 0x80;
        Fault {
            message: self.message,
            line: 1 + before.iter().filter(|byte| **byte == b'\n').count(),
            column: 1 + before[start..].iter().filter(is_start).count(),
        }
    }
}
