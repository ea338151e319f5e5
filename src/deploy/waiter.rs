//! The stack waiter: waits until an operation of CloudFormation has ended, and passes on its events as
//! they come.

use std::time::Duration;

use super::DeployError;
use super::backoff::Backoff;
use super::cause::root_cause;
use super::error::{Operation, StackFailure};
use super::event::{EventKind, Reporter};
use super::failed_polls::FailedPolls;
use crate::clock;
use crate::cloud::{Cloud, CloudError, Phase, Stack, StackEvent};

/// CloudFormation answers a few requests a second, to all clients of an account together.
pub(super) const LONGEST_PAUSE: Duration = Duration::from_secs(3);
/// After each such time without events, a running operation is said to be silent.
const SILENCE: Duration = Duration::from_secs(60);
/// When a stack shows neither a running operation nor new events for this long, the operation that
/// was asked for has ended before the first poll, or will not start.
const QUIET_TIMEOUT: Duration = Duration::from_secs(10);

/// A stack after an operation on it.
pub(super) struct Ended {
    /// `None` when CloudFormation no longer knows the stack.
    pub stack: Option<Stack>,
    pub events: Vec<StackEvent>,
}

impl Ended {
    /// An error when the stack is there and its status is not a success.
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

/// An operation of which events are only read if it fails. It needs no request of its own before and after.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Quiet {
    Creation,
    Deletion,
}

/// Waits for one operation on one stack.
pub(super) struct StackWaiter {
    /// The stack's id, which also finds deleted stacks.
    id: String,
    /// The id of the newest event that was seen.
    last_event: Option<String>,
    /// False while the stack may still show its status from before the operation.
    started: bool,
    /// What it is, where nothing has to be known of it but whether it fails.
    quiet: Option<Quiet>,
}

impl StackWaiter {
    /// For the creation of a stack, which has just been asked for.
    pub fn for_new_stack(id: String) -> Self {
        Self {
            id,
            last_event: None,
            started: true,
            quiet: Some(Quiet::Creation),
        }
    }

    /// For an operation that has not been asked for yet.
    pub async fn before_operation(cloud: &Cloud, stack: &Stack) -> Result<Self, CloudError> {
        let last_event = cloud.newest_event(&stack.id).await?;
        Ok(Self {
            id: stack.id.clone(),
            last_event,
            started: false,
            quiet: None,
        })
    }

    /// For a deletion that has not been asked for yet, of which only a failure is told. Alone, its events
    /// are read as they come; and after a failure, only its events tell it from the one before.
    pub async fn before_deletion(cloud: &Cloud, stack: &Stack) -> Result<Self, CloudError> {
        if cloud.shared_poll().is_none() || stack.status.is_failure() {
            return Self::before_operation(cloud, stack).await;
        }
        Ok(Self {
            id: stack.id.clone(),
            last_event: None,
            started: false,
            quiet: Some(Quiet::Deletion),
        })
    }

    /// For an operation that is running already.
    async fn during_operation(cloud: &Cloud, stack: &Stack) -> Result<Self, CloudError> {
        Ok(Self {
            started: true,
            ..Self::before_operation(cloud, stack).await?
        })
    }

    /// Waits until the operation has ended.
    pub async fn wait(mut self, cloud: &Cloud, report: Reporter<'_>) -> Result<Ended, DeployError> {
        let alone = cloud.shared_poll().is_none();
        let backoff = Backoff::up_to(LONGEST_PAUSE);
        let mut failed_polls = FailedPolls::default();
        let mut quiet_since = clock::now();
        let mut silences = 0;
        let mut events = Vec::new();
        loop {
            match self.poll(cloud).await {
                Ok((stack, new)) => {
                    failed_polls = FailedPolls::default();
                    let phase = stack.as_ref().map(|stack| stack.status.phase());
                    if alone {
                        let quiet = clock::now() - quiet_since;
                        silences = say_silence(stack.as_ref(), quiet, silences, report);
                    } else {
                        self.started |= phase == Some(Phase::InProgress);
                    }
                    if let Some(newest) = new.last() {
                        self.last_event = Some(newest.id.clone());
                        self.started |= new.iter().any(|event| event.physical_id == self.id);
                        quiet_since = clock::now();
                    }
                    for event in &new {
                        report.emit(EventKind::Stack(event.clone()));
                    }
                    events.extend(new);
                    let has_ended = match phase {
                        None | Some(Phase::Deleted) => true,
                        Some(Phase::InProgress) => false,
                        Some(_) => self.started || (clock::now() - quiet_since) > QUIET_TIMEOUT,
                    };
                    if has_ended {
                        add_validation_failures(cloud, &self.id, &mut events, report).await;
                        return Ok(Ended { stack, events });
                    }
                }
                Err(error) => {
                    let borne = failed_polls.tolerate(error, cloud, report);
                    borne.map_err(|source| DeployError::Unseen {
                        stack: report.stack.to_owned(),
                        source,
                    })?;
                }
            }
            // The shared poll pauses by itself.
            if alone {
                backoff.wait().await;
            }
        }
    }

    /// The stack and its new events. The status is read first, so that the events are complete up to
    /// it. Where many wait together, the events are only read in the end.
    async fn poll(&self, cloud: &Cloud) -> Result<(Option<Stack>, Vec<StackEvent>), CloudError> {
        let shared = cloud.shared_poll();
        let is_deletion = self.quiet == Some(Quiet::Deletion);
        let stack = match shared {
            Some(shared) if is_deletion => shared.next_listed(cloud, &self.id).await?,
            Some(shared) => shared.next(cloud, &self.id).await?,
            None => cloud.stack(&self.id).await?,
        };
        let tells_something = |stack: &&Stack| {
            let status = &stack.status;
            let has_succeeded = self.quiet.is_some() && status.is_success();
            shared.is_none() || (status.phase() != Phase::InProgress && !has_succeeded)
        };
        let last_event = self.last_event.as_deref();
        let events = match stack.as_ref().filter(tells_something) {
            Some(_) => cloud.events_after(&self.id, last_event).await?,
            None => Vec::new(),
        };
        match is_deletion {
            true => Ok((stack, of_the_last_deletion(events, &self.id))),
            false => Ok((stack, events)),
        }
    }
}

/// Without the events of earlier operations.
fn of_the_last_deletion(mut events: Vec<StackEvent>, id: &str) -> Vec<StackEvent> {
    let is_start = |it: &StackEvent| it.physical_id == id && it.status.0 == "DELETE_IN_PROGRESS";
    let start = events.iter().rposition(is_start);
    events.split_off(start.unwrap_or_default())
}

/// Says so when nothing has happened to a running operation for a time: perhaps nobody works on it.
/// `said` is how often that was said; returns how often it is now.
fn say_silence(stack: Option<&Stack>, quiet: Duration, said: u64, report: Reporter<'_>) -> u64 {
    let silences = quiet.as_secs() / SILENCE.as_secs();
    if let Some(stack) = stack.filter(|stack| stack.status.phase() == Phase::InProgress)
        && silences > said
    {
        report.emit(EventKind::Silent {
            status: stack.status.clone(),
            minutes: silences,
        });
    }
    silences
}

/// Waits until the operation that is running has ended, whether it succeeds or fails.
pub(super) async fn wait_for_running_operation(
    cloud: &Cloud,
    stack: &Stack,
    report: Reporter<'_>,
) -> Result<(), DeployError> {
    report.emit(EventKind::WaitingFor {
        status: stack.status.clone(),
    });
    let waiter = StackWaiter::during_operation(cloud, stack).await?;
    waiter.wait(cloud, report).await?;
    Ok(())
}

/// Puts CloudFormation's validation failures before the events, where an event only refers to them.
async fn add_validation_failures(
    cloud: &Cloud,
    id: &str,
    events: &mut Vec<StackEvent>,
    report: Reporter<'_>,
) {
    let refers = |event: &StackEvent| {
        let reason = event.reason.as_deref().unwrap_or_default();
        event.status.is_failure() && refers_to_validation(reason)
    };
    if !events.iter().any(refers) {
        return;
    }
    // They only explain the failure: without an answer, the events have to do.
    let found = cloud.validation_failures(id).await.unwrap_or_default();
    for event in &found {
        report.emit(EventKind::Stack(event.clone()));
    }
    events.splice(0..0, found);
}

/// Whether CloudFormation says that its validation found something, and only where to read what.
pub(super) fn refers_to_validation(reason: &str) -> bool {
    reason.contains("DescribeEvents")
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use super::*;

    #[test]
    fn a_silent_operation_is_said_once_a_minute() {
        let stack = |status: &str| Stack::example("game", "id", status);
        let said = Mutex::new(Vec::new());
        let emit = |event: super::super::Event| {
            if let EventKind::Silent { minutes, .. } = event.kind {
                said.lock().expect("nobody panics").push(minutes);
            }
        };
        let report = Reporter {
            stack: "game",
            emit: &emit,
        };
        let mut silences = 0;
        for seconds in [0, 59, 60, 61, 119, 120, 3, 60] {
            let quiet = Duration::from_secs(seconds);
            let stack = stack("UPDATE_IN_PROGRESS");
            silences = say_silence(Some(&stack), quiet, silences, report);
        }
        let done = stack("UPDATE_COMPLETE");
        say_silence(Some(&done), Duration::from_secs(600), 0, report);
        say_silence(None, Duration::from_secs(600), 0, report);
        assert_eq!(*said.lock().expect("nobody panics"), [1, 2, 1]);
    }
}
