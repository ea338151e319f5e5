//! Retries when somebody else changes the same stack at the same time.

use super::DeployError;
use super::backoff::Backoff;
use super::event::{EventKind, Reporter};
use super::waiter::LONGEST_PAUSE;

/// How often somebody else's operation may come before ours.
const RETRY_BUDGET: u32 = 10;

/// The retries that are left of one stack's deployment.
pub(super) struct ConflictRetries<'a> {
    left: u32,
    backoff: Backoff,
    report: Reporter<'a>,
}

impl<'a> ConflictRetries<'a> {
    pub fn new(report: Reporter<'a>) -> Self {
        Self {
            left: RETRY_BUDGET,
            backoff: Backoff::up_to(LONGEST_PAUSE),
            report,
        }
    }

    /// Waits before another try; an error when the budget is used up.
    pub async fn wait(&mut self) -> Result<(), DeployError> {
        let left = self.left.checked_sub(1);
        self.left = left.ok_or_else(|| conflict(self.report.stack))?;
        self.report.emit(EventKind::Conflict);
        self.backoff.wait().await;
        Ok(())
    }
}

pub(super) fn conflict(stack: &str) -> DeployError {
    DeployError::Conflict {
        stack: stack.to_owned(),
    }
}
