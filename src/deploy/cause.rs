//! Finds the root cause among the events of a failed operation.

use crate::cloud::{Cloud, CloudError, Stack, StackEvent};

/// The first failed resource of an operation, and why.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct Cause {
    pub logical_id: String,
    /// The name in its service, if it is known.
    pub physical_id: Option<String>,
    pub resource_type: String,
    pub reason: String,
}

impl Cause {
    /// `Table (AWS::DynamoDB::Table): the reason`.
    pub fn described(&self) -> String {
        let Self {
            logical_id,
            resource_type,
            reason,
            ..
        } = self;
        format!("{logical_id} ({resource_type}): {reason}")
    }
}

/// Why the last operation on the stack failed, as its events say.
pub async fn cause_of(cloud: &Cloud, stack: &Stack) -> Result<Option<Cause>, CloudError> {
    let events = cloud.events_after(&stack.id, None).await?;
    Ok(root_cause(last_operation(&events, &stack.id), &stack.id))
}

/// The events from the beginning of the last operation that somebody asked for.
fn last_operation<'a>(events: &'a [StackEvent], stack_id: &str) -> &'a [StackEvent] {
    let begins = [
        "CREATE_IN_PROGRESS",
        "UPDATE_IN_PROGRESS",
        "DELETE_IN_PROGRESS",
    ];
    let is_begin = |event: &StackEvent| {
        event.physical_id == stack_id && begins.contains(&event.status.0.as_str())
    };
    let begin = events.iter().rposition(is_begin).unwrap_or_default();
    &events[begin..]
}

/// The root cause in `events` (oldest first) of the stack with `stack_id`.
///
/// When a resource fails, CloudFormation cancels the others and fails the stack; those events hide the
/// cause. The stack's own failure counts when no resource failed.
pub fn root_cause(events: &[StackEvent], stack_id: &str) -> Option<Cause> {
    let failures = || {
        events
            .iter()
            .filter(|event| event.status.is_failure() && event.reason.is_some())
    };
    let cause = failures()
        .find(|event| event.physical_id != stack_id && !is_cancellation(event))
        .or_else(|| failures().find(|event| !is_cancellation(event)))?;
    Some(Cause {
        logical_id: cause.logical_id.clone(),
        physical_id: physical_id(cause),
        resource_type: cause.resource_type.clone(),
        reason: cause.reason.clone().unwrap_or_default(),
    })
}

/// A resource that was not created may have its name only in the reason.
fn physical_id(event: &StackEvent) -> Option<String> {
    let named = Some(&event.physical_id)
        .filter(|id| !id.is_empty())
        .cloned();
    let quoted = || {
        let (_, after) = event.reason.as_deref()?.split_once("identifier '")?;
        Some(after.split_once('\'')?.0.to_owned())
    };
    named.or_else(quoted)
}

fn is_cancellation(event: &StackEvent) -> bool {
    is_cancelled(event.reason.as_deref().unwrap_or_default())
}

/// Whether the reason of a failure is that another resource failed.
pub fn is_cancelled(reason: &str) -> bool {
    let reason = reason.to_ascii_lowercase();
    reason.contains("cancelled") || reason.contains("canceled")
}

#[cfg(test)]
mod tests {
    use std::time::SystemTime;

    use super::*;
    use crate::cloud::Status;

    fn event(logical_id: &str, physical_id: &str, status: &str, reason: &str) -> StackEvent {
        StackEvent {
            id: format!("{logical_id}-{status}"),
            time: SystemTime::UNIX_EPOCH,
            logical_id: logical_id.to_owned(),
            physical_id: physical_id.to_owned(),
            resource_type: "AWS::Some::Thing".to_owned(),
            status: Status(status.to_owned()),
            reason: (!reason.is_empty()).then(|| reason.to_owned()),
        }
    }

    #[test]
    fn only_the_last_operation_counts() {
        let events = [
            event("game", "id", "CREATE_IN_PROGRESS", ""),
            event("Table", "t", "CREATE_FAILED", "first"),
            event("game", "id", "UPDATE_IN_PROGRESS", ""),
            event("Table", "t", "UPDATE_FAILED", "second"),
            event("game", "id", "UPDATE_ROLLBACK_IN_PROGRESS", "failed"),
        ];
        let cause = root_cause(last_operation(&events, "id"), "id").expect("a cause");
        assert_eq!(cause.reason, "second");
        assert_eq!(cause.described(), "Table (AWS::Some::Thing): second");
    }

    #[test]
    fn the_first_real_failure_wins_over_cancellations_and_the_stack() {
        let events = [
            event("game", "stack-id", "CREATE_IN_PROGRESS", "User Initiated"),
            event(
                "Players",
                "t",
                "CREATE_FAILED",
                "Resource creation cancelled",
            ),
            event("NewGame", "f", "CREATE_FAILED", "No such key"),
            event("Judgement", "g", "CREATE_FAILED", "No such key either"),
            event(
                "game",
                "stack-id",
                "CREATE_FAILED",
                "The following resource(s) failed",
            ),
        ];
        let cause = root_cause(&events, "stack-id").expect("a cause");
        assert_eq!(
            (cause.logical_id.as_str(), cause.reason.as_str()),
            ("NewGame", "No such key")
        );
    }

    #[test]
    fn a_stack_that_failed_alone_is_its_own_cause() {
        let events = [event(
            "game",
            "stack-id",
            "ROLLBACK_FAILED",
            "Access denied",
        )];
        assert_eq!(
            root_cause(&events, "stack-id").map(|c| c.logical_id),
            Some("game".to_owned())
        );
    }

    #[test]
    fn the_name_of_what_was_not_created_is_in_the_reason() {
        let reason = "Resource of type 'A' with identifier '/aws/lambda/x' already exists.";
        for (physical_id, name) in [("", Some("/aws/lambda/x")), ("y", Some("y"))] {
            let events = [event("Logs", physical_id, "CREATE_FAILED", reason)];
            let cause = root_cause(&events, "stack-id").expect("a cause");
            assert_eq!(cause.physical_id.as_deref(), name);
        }
    }

    #[test]
    fn a_failure_without_a_reason_explains_nothing() {
        let events = [
            event("Table", "t", "CREATE_FAILED", ""),
            event("NewGame", "f", "CREATE_FAILED", "No such key"),
        ];
        let cause = root_cause(&events, "stack-id").expect("a cause");
        assert_eq!(cause.logical_id, "NewGame");
        assert_eq!(root_cause(&events[..1], "stack-id"), None);
    }

    #[test]
    fn success_has_no_cause() {
        let events = [event("game", "stack-id", "CREATE_COMPLETE", "")];
        assert_eq!(root_cause(&events, "stack-id"), None);
    }
}
