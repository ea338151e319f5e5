//! A setting of AWS's clients that cannot be used, told with the place where it is made.

/// A setting that cannot be used: a variable, an option, a key of a profile, a file. Shows no secret.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{problem}")]
pub struct Misconfigured {
    problem: String,
    /// What to do next, one way each.
    pub remedies: Vec<String>,
}

impl Misconfigured {
    pub(super) fn new(problem: impl Into<String>, remedy: impl Into<String>) -> Self {
        Self {
            problem: problem.into(),
            remedies: vec![remedy.into()],
        }
    }

    /// The `value` of the setting at `place` is not what was `expected`.
    pub(super) fn value(place: &str, value: &str, expected: &str, example: &str) -> Self {
        let problem = format!("`{value}` is not {expected} ({place})");
        Self::new(problem, format!("write it as {example}, or remove it"))
    }

    pub(super) fn remedy(mut self, remedy: impl Into<String>) -> Self {
        self.remedies.push(remedy.into());
        self
    }
}
