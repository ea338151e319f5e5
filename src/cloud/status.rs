//! CloudFormation's statuses, and what they mean for who wants to change a stack.

/// A stack's or resource's status in CloudFormation's own words, such as `UPDATE_ROLLBACK_COMPLETE`.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
#[serde(transparent)]
pub struct Status(pub String);

/// What a stack's status means for who wants to change the stack.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Phase {
    /// An operation is under way.
    InProgress,
    /// Standing, and open to updates.
    Settled,
    /// Never came to stand, or did not go away: only deletion helps.
    Dead,
    /// A rollback got stuck and can be continued.
    Stuck,
    Deleted,
}

impl Status {
    /// Source: "Understand CloudFormation stack creation events", table of stack status codes.
    pub fn phase(&self) -> Phase {
        match self.0.as_str() {
            "DELETE_COMPLETE" => Phase::Deleted,
            "UPDATE_ROLLBACK_FAILED" => Phase::Stuck,
            "CREATE_FAILED" | "ROLLBACK_COMPLETE" | "ROLLBACK_FAILED" | "DELETE_FAILED"
            | "REVIEW_IN_PROGRESS" => Phase::Dead,
            status if status.ends_with("_IN_PROGRESS") => Phase::InProgress,
            _ => Phase::Settled,
        }
    }

    pub fn is_failure(&self) -> bool {
        self.0.ends_with("_FAILED")
    }

    /// True when an operation ended where it was meant to: not failed, not rolled back.
    pub fn is_success(&self) -> bool {
        matches!(
            self.0.as_str(),
            "CREATE_COMPLETE" | "UPDATE_COMPLETE" | "DELETE_COMPLETE"
        )
    }
}

impl std::fmt::Display for Status {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.pad(&self.0)
    }
}
