//! A step of a run: what was done, what answered, and what was expected where that is something else.

use serde::Serialize;

#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Step {
    /// In a few words, such as `said hello`.
    pub did: String,
    pub answered: String,
    pub passed: bool,
    /// Of a step that failed.
    pub expected: Option<String>,
}

/// What happens in a run.
pub enum RunEvent<'a> {
    /// For what it waits.
    Waiting(&'a str),
    Ended(&'a Step),
}

/// What was done, and whether what answered is what was expected.
pub struct Asked<'a> {
    pub did: String,
    pub expected: &'a str,
    pub holds: bool,
}

impl Asked<'_> {
    pub fn answered(self, answered: String) -> Step {
        Step {
            did: self.did,
            answered,
            passed: self.holds,
            expected: (!self.holds).then(|| self.expected.to_owned()),
        }
    }
}
