//! Polls that fail: they end no wait, as what is waited for goes on all the same.

use super::event::{EventKind, Reporter};
use crate::cloud::{Cloud, CloudError, Refusal, TargetKind};

/// How many polls in a row may fail, each after all its repetitions.
const MAX_IN_A_ROW: u32 = 10;

/// The polls that have failed in a row.
#[derive(Debug, Default)]
pub(super) struct FailedPolls(u32);

impl FailedPolls {
    /// Takes a failed poll for what it is; an error when polling again does not help.
    pub fn tolerate(
        &mut self,
        error: CloudError,
        cloud: &Cloud,
        report: Reporter<'_>,
    ) -> Result<(), CloudError> {
        let is_sandbox = matches!(cloud.target().kind, TargetKind::Sandbox { .. });
        self.count(error, is_sandbox)
            .map(|reason| report.emit(EventKind::PollFailed { reason }))
    }

    /// The reason of a failure that may pass.
    fn count(&mut self, error: CloudError, is_sandbox: bool) -> Result<String, CloudError> {
        self.0 += 1;
        if self.0 <= MAX_IN_A_ROW && may_pass(&error, is_sandbox) {
            Ok(error.to_string())
        } else {
            Err(error)
        }
    }
}

/// Nothing restarts a sandbox that has ended while this command waits.
fn may_pass(error: &CloudError, is_sandbox: bool) -> bool {
    match error {
        CloudError::Unreachable { .. } => !is_sandbox,
        error => error.refusal().is_some_and(Refusal::passes),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cloud::Target;

    fn refused(code: &str, status: u16) -> CloudError {
        CloudError::Refused {
            operation: "DescribeStacks",
            code: code.to_owned(),
            message: String::new(),
            status,
        }
    }

    #[test]
    fn ten_in_a_row_are_borne_and_no_more() {
        let mut failed = FailedPolls::default();
        for _ in 0..10 {
            assert!(failed.count(refused("Throttling", 400), false).is_ok());
        }
        assert!(failed.count(refused("Throttling", 400), false).is_err());
    }

    #[test]
    fn only_what_may_pass_is_borne() {
        let unreachable = || CloudError::Unreachable {
            target: Box::new(Target::new(TargetKind::Aws, "eu-west-1")),
            reason: "the connection was closed".to_owned(),
            sent: true,
            way: None,
        };
        for (error, is_sandbox, borne) in [
            (refused("Throttling", 400), true, true),
            (refused("InternalFailure", 500), true, true),
            (refused("AccessDenied", 403), false, false),
            (refused("LimitExceededException", 400), false, false),
            (unreachable(), false, true),
            (unreachable(), true, false),
        ] {
            let mut failed = FailedPolls::default();
            let what = format!("{error}");
            assert_eq!(failed.count(error, is_sandbox).is_ok(), borne, "{what}");
        }
    }
}
