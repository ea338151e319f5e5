//! Bears with others who change the same stack at the same time.

use super::DeployError;
use super::event::{Happening, Reporter};
use super::pace::Pace;
use super::settle::LONGEST_PAUSE;

/// How often somebody else's operation may come between ours.
const PATIENCE: u32 = 10;

/// Our part in a stack that others change at the same time.
pub(super) struct Contest<'a> {
    patience: u32,
    pace: Pace,
    report: Reporter<'a>,
}

impl<'a> Contest<'a> {
    pub fn new(report: Reporter<'a>) -> Self {
        Self {
            patience: PATIENCE,
            pace: Pace::up_to(LONGEST_PAUSE),
            report,
        }
    }

    /// Waits a moment for another try, unless there were too many.
    pub async fn goes_on(&mut self) -> Result<(), DeployError> {
        let left = self.patience.checked_sub(1);
        self.patience = left.ok_or_else(|| contested(self.report.stack))?;
        self.report.say(Happening::Overtaken);
        self.pace.pause().await;
        Ok(())
    }
}

pub(super) fn contested(stack: &str) -> DeployError {
    DeployError::Contested {
        stack: stack.to_owned(),
    }
}
