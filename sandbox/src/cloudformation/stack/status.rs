//! The statuses of stacks and of their resources, in CloudFormation's words.

use std::fmt;

use serde::{Deserialize, Serialize};

/// Of a stack, a resource or an event of either.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Status {
    CreateInProgress,
    CreateFailed,
    CreateComplete,
    RollbackInProgress,
    RollbackFailed,
    RollbackComplete,
    DeleteInProgress,
    DeleteFailed,
    DeleteComplete,
    /// Of a resource that its policy, or who deletes the stack, wants to keep.
    DeleteSkipped,
    UpdateInProgress,
    UpdateCompleteCleanupInProgress,
    UpdateComplete,
    UpdateFailed,
    UpdateRollbackInProgress,
    UpdateRollbackFailed,
    UpdateRollbackCompleteCleanupInProgress,
    UpdateRollbackComplete,
    ReviewInProgress,
}

impl Status {
    pub fn is_failure(self) -> bool {
        matches!(
            self,
            Self::CreateFailed
                | Self::RollbackFailed
                | Self::DeleteFailed
                | Self::UpdateFailed
                | Self::UpdateRollbackFailed
        )
    }

    /// Whether a stack in this status can be updated. One whose last operation failed and was not
    /// rolled back can be, to mend it.
    ///
    /// Source: "Stack failure options", conditions on update.
    pub fn is_open_to_updates(self) -> bool {
        matches!(
            self,
            Self::CreateComplete
                | Self::CreateFailed
                | Self::UpdateComplete
                | Self::UpdateFailed
                | Self::UpdateRollbackComplete
        )
    }
}

impl fmt::Display for Status {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.serialize(out)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn statuses_have_cloudformations_names() {
        let status = Status::UpdateRollbackCompleteCleanupInProgress;
        let name = "UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS";
        assert_eq!(status.to_string(), name);
        assert_eq!(serde_json::json!(status), name);
    }
}
