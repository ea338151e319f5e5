//! CloudFormation's statuses, and which operations each allows.

/// The status of a stack or a resource in CloudFormation's terms: `UPDATE_ROLLBACK_COMPLETE`.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
#[serde(transparent)]
pub struct Status(pub String);

/// What can be done with a stack, by its status.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Phase {
    /// An operation is running; no other can start.
    InProgress,
    /// It can be updated.
    Updatable,
    /// It was never created, or its creation or deletion failed: it can only be deleted.
    Unusable,
    /// The rollback of an update failed; it can be continued.
    RollbackFailed,
    Deleted,
}

impl Status {
    /// Source: "Understand CloudFormation stack creation events", table of stack status codes.
    pub fn phase(&self) -> Phase {
        match self.0.as_str() {
            "DELETE_COMPLETE" => Phase::Deleted,
            "UPDATE_ROLLBACK_FAILED" => Phase::RollbackFailed,
            "CREATE_FAILED" | "ROLLBACK_COMPLETE" | "ROLLBACK_FAILED" | "DELETE_FAILED"
            | "REVIEW_IN_PROGRESS" => Phase::Unusable,
            status if status.ends_with("_IN_PROGRESS") => Phase::InProgress,
            _ => Phase::Updatable,
        }
    }

    pub fn is_failure(&self) -> bool {
        self.0.ends_with("_FAILED")
    }

    /// Whether the last update was rolled back.
    pub fn is_rolled_back(&self) -> bool {
        self.0 == "UPDATE_ROLLBACK_COMPLETE"
    }

    /// Whether it is being deleted.
    pub fn is_going(&self) -> bool {
        self.0 == "DELETE_IN_PROGRESS"
    }

    /// Whether its deletion has failed.
    pub fn has_failed_to_go(&self) -> bool {
        self.0 == "DELETE_FAILED"
    }

    /// True when an operation succeeded: it neither failed nor was rolled back.
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
