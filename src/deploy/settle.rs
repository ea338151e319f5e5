//! Waits for CloudFormation to finish an operation, passing on its events as they come.

use std::time::{Duration, Instant};

use super::DeployError;
use super::cause::root_cause;
use super::error::{Operation, StackFailure};
use super::event::{Happening, Reporter};
use super::pace::Pace;
use crate::cloud::{Cloud, CloudError, Phase, Stack, StackEvent, TargetKind};

/// CloudFormation answers a few requests a second, to all of an account's clients together.
pub(super) const LONGEST_PAUSE: Duration = Duration::from_secs(3);
/// How often in a row asking may fail before it counts as an answer.
const PATIENCE: u32 = 10;
/// When nothing has happened to a resting stack for so long, nothing will.
const QUIET: Duration = Duration::from_secs(10);

/// How an operation ended.
pub(super) struct Ended {
    /// `None` once a deletion left nothing to describe.
    pub stack: Option<Stack>,
    pub events: Vec<StackEvent>,
}

impl Ended {
    /// The stack, if it ended as `operation` meant it to.
    pub fn succeeded(self, name: &str, operation: Operation) -> Result<Self, DeployError> {
        match &self.stack {
            Some(stack) if !stack.status.is_success() => Err(self.failure(stack, name, operation)),
            _ => Ok(self),
        }
    }

    pub fn failure(&self, stack: &Stack, name: &str, operation: Operation) -> DeployError {
        DeployError::from(Box::new(StackFailure {
            stack: name.to_owned(),
            operation,
            status: stack.status.clone(),
            reason: stack.reason.clone(),
            cause: root_cause(&self.events, &stack.id),
        }))
    }
}

/// From where an operation is watched.
pub(super) struct Watch {
    /// The stack's id, by which deleted stacks are found too.
    id: String,
    /// The newest event from before.
    last: Option<String>,
    /// False while the stack may still show its status from before the operation.
    begun: bool,
}

impl Watch {
    /// A stack that was just created.
    pub fn from_birth(id: String) -> Self {
        Self {
            id,
            last: None,
            begun: true,
        }
    }

    /// An operation that is about to begin.
    pub async fn ahead_of(cloud: &Cloud, stack: &Stack) -> Result<Self, CloudError> {
        let last = cloud.newest_event(&stack.id).await?;
        Ok(Self {
            id: stack.id.clone(),
            last,
            begun: false,
        })
    }

    /// An operation that somebody began earlier.
    async fn joining(cloud: &Cloud, stack: &Stack) -> Result<Self, CloudError> {
        Ok(Self {
            begun: true,
            ..Self::ahead_of(cloud, stack).await?
        })
    }

    /// Waits until the operation has ended.
    pub async fn settle(
        mut self,
        cloud: &Cloud,
        report: Reporter<'_>,
    ) -> Result<Ended, DeployError> {
        let pace = Pace::up_to(LONGEST_PAUSE);
        let mut patience = PATIENCE;
        let mut quiet_since = Instant::now();
        let mut events = Vec::new();
        loop {
            match look(cloud, &self.id, self.last.as_deref()).await {
                Ok((stack, new)) => {
                    patience = PATIENCE;
                    if let Some(newest) = new.last() {
                        self.last = Some(newest.id.clone());
                        self.begun |= new.iter().any(|event| event.physical_id == self.id);
                        quiet_since = Instant::now();
                    }
                    for event in &new {
                        report.say(Happening::Reported(event.clone()));
                    }
                    events.extend(new);
                    let has_ended = match stack.as_ref().map(|stack| stack.status.phase()) {
                        None | Some(Phase::Deleted) => true,
                        Some(Phase::InProgress) => false,
                        Some(_) => self.begun || quiet_since.elapsed() > QUIET,
                    };
                    if has_ended {
                        explain(cloud, &self.id, &mut events, report).await;
                        return Ok(Ended { stack, events });
                    }
                }
                Err(error) if patience > 0 && passes(cloud, &error) => {
                    patience -= 1;
                    report.say(Happening::AskingAgain {
                        reason: error.to_string(),
                    });
                }
                Err(error) => return Err(error.into()),
            }
            pace.pause().await;
        }
    }
}

/// Waits until an operation that somebody began has ended, whichever way.
pub(super) async fn join(
    cloud: &Cloud,
    stack: &Stack,
    report: Reporter<'_>,
) -> Result<(), DeployError> {
    report.say(Happening::WaitingFor {
        status: stack.status.clone(),
    });
    let watch = Watch::joining(cloud, stack).await?;
    watch.settle(cloud, report).await?;
    Ok(())
}

/// Puts before the events what a validation found, where one of them says no more than that it found
/// something.
async fn explain(cloud: &Cloud, id: &str, events: &mut Vec<StackEvent>, report: Reporter<'_>) {
    let refers = |event: &StackEvent| {
        let reason = event.reason.as_deref().unwrap_or_default();
        event.status.is_failure() && reason.contains("DescribeEvents")
    };
    if !events.iter().any(refers) {
        return;
    }
    // Without an answer, what is known has to do.
    let found = cloud.validation_failures(id).await.unwrap_or_default();
    for event in &found {
        report.say(Happening::Reported(event.clone()));
    }
    events.splice(0..0, found);
}

/// The status first: events that are then read are complete up to it.
async fn look(
    cloud: &Cloud,
    id: &str,
    last: Option<&str>,
) -> Result<(Option<Stack>, Vec<StackEvent>), CloudError> {
    let stack = cloud.stack(id).await?;
    let events = match &stack {
        Some(_) => cloud.events_after(id, last).await?,
        None => Vec::new(),
    };
    Ok((stack, events))
}

/// Whether waiting helps. It does not where a server on this machine has gone.
fn passes(cloud: &Cloud, error: &CloudError) -> bool {
    let is_local = matches!(cloud.target().kind, TargetKind::Sandbox { .. });
    let is_away = matches!(error, CloudError::Unreachable { .. });
    error.is_throttled() || error.is_server_fault() || (is_away && !is_local)
}
