//! What the checks of a lab say. Pure.

use serde::Serialize;

/// How a check ended, or all checks of a lab.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Verdict {
    Pass,
    Fail,
    /// Nothing can be said, for a reason that is not in the student's code.
    Blocked,
}

/// What is wrong with what is deployed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// The payload of the call, as JSON, or the request to the API; `None` where nothing was called.
    pub sent: Option<String>,
    /// What the function answered, or what was found in the table.
    pub got: String,
    pub expected: String,
}

/// How one check ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct CheckOutcome {
    pub lab: &'static str,
    pub check: &'static str,
    pub verdict: Verdict,
    /// What was found to be right, in a few words; `None` unless it passed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fact: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub finding: Option<Finding>,
    /// The file of the workspace to look at, where something is wrong.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub look_at: Option<String>,
}

/// How the checks of a lab ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Report {
    pub lab: &'static str,
    pub stack: String,
    /// From which the games of the checks were drawn.
    pub seed: u64,
    pub verdict: Verdict,
    /// In the order in which they were made; without those after a blocked one.
    pub checks: Vec<CheckOutcome>,
}

impl Report {
    /// Whether all checks of the lab have passed.
    pub fn has_passed(&self, lab: &str) -> bool {
        let mut checks = self.checks.iter().filter(|check| check.lab == lab);
        checks.all(|check| check.verdict == Verdict::Pass)
    }

    /// The first check that did not pass.
    pub fn first_failed(&self) -> Option<&CheckOutcome> {
        let mut checks = self.checks.iter();
        checks.find(|check| check.verdict != Verdict::Pass)
    }
}
