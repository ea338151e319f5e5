//! Creates, updates and recovers one stack.

use std::collections::BTreeMap;

use super::DeployError;
use super::backoff::Backoff;
use super::cause::is_cancelled;
use super::error::Operation;
use super::event::{EventKind, Recovery, Reporter};
use super::failed_polls::FailedPolls;
use super::removed::{removed, retained};
use super::waiter::{Ended, LONGEST_PAUSE, StackWaiter, refers_to_validation};
use crate::cloud::limits::{Family, Work, load_of};
use crate::cloud::{
    Against, Change, ChangeSet, ChangeSetState, Cloud, CloudError, Phase, Refusal, Stack,
    StackEvent, StackRequest,
};

/// A stack that was created.
pub(super) struct Created {
    pub stack: Stack,
    /// Whether our request did it: somebody else's may have been for another state.
    pub by_us: bool,
}

/// Creates the stack and waits for it.
pub(super) async fn create(
    cloud: &Cloud,
    request: &StackRequest,
    report: Reporter<'_>,
) -> Result<Created, DeployError> {
    report.emit(EventKind::Creating);
    // Not in Express mode: then the next call would find a table that is not active yet.
    let (id, by_us) = match cloud.create_stack(request).await {
        Ok(id) => (id, true),
        // By our own request whose answer was lost, or by somebody else.
        Err(error) if error.already_exists() => match cloud.stack(&request.name).await? {
            Some(stack) => (stack.id, false),
            None => return Err(error.into()),
        },
        Err(error) => return Err(refusal(error, &request.name)),
    };
    let ended = StackWaiter::for_new_stack(id)
        .wait(cloud, report)
        .await?
        .succeeded(&request.name, Operation::Create)?;
    match ended.stack {
        Some(stack) => Ok(Created { stack, by_us }),
        None => Err(DeployError::StackDisappeared {
            stack: request.name.clone(),
        }),
    }
}

/// Whether a change set is executed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Execution {
    /// It is only looked at.
    Never,
    UnlessDataIsLost,
    Always,
}

/// What became of an update.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Update {
    /// Somebody else's operation came first: nothing was done, and the next step has to be decided again.
    Superseded,
    /// There is nothing to change.
    Needless,
    /// These resources changed, or outputs alone.
    Done(Vec<Change>),
}

/// Updates the stack through a change set, or without an execution only finds out what that would change.
pub(super) async fn update(
    cloud: &Cloud,
    stack: &Stack,
    request: &StackRequest,
    against: Against,
    execution: Execution,
    report: Reporter<'_>,
) -> Result<Update, DeployError> {
    let mut express = against == Against::LastUpdate;
    let change_set = loop {
        let Some(change_set) = change_set(cloud, request, against, &mut express, report).await?
        else {
            return Ok(Update::Superseded);
        };
        match change_set.state {
            ChangeSetState::Failed(reason) => {
                let reason = explained(cloud, &stack.name, &change_set.id, reason).await;
                // What is left of it only takes a name. The reason is what matters.
                let _ = cloud.delete_change_set(&stack.name, &change_set.id).await;
                return Err(DeployError::ChangeSetFailed {
                    stack: stack.name.clone(),
                    reason,
                });
            }
            ChangeSetState::Empty => {
                cloud.delete_change_set(&stack.name, &change_set.id).await?;
                return Ok(Update::Needless);
            }
            _ if execution == Execution::Never => {
                cloud.delete_change_set(&stack.name, &change_set.id).await?;
                return Ok(Update::Done(change_set.changes));
            }
            _ if execution == Execution::UnlessDataIsLost
                && change_set.changes.iter().any(|change| change.loses_data) =>
            {
                cloud.delete_change_set(&stack.name, &change_set.id).await?;
                return Err(DeployError::LosesData {
                    stack: stack.name.clone(),
                    changes: change_set.changes,
                });
            }
            _ if express && change_set.changes.iter().any(is_ready_later) => {
                cloud.delete_change_set(&stack.name, &change_set.id).await?;
                express = false;
            }
            _ => break change_set,
        }
    };
    cloud.pace(&load(&change_set.changes)).await;
    let waiter = StackWaiter::before_operation(cloud, stack).await?;
    report.emit(EventKind::Updating {
        changes: change_set.changes.clone(),
    });
    if let Err(error) = cloud.execute_change_set(&stack.name, &change_set.id).await {
        match cloud.change_set(&stack.name, &change_set.id).await {
            // It goes on: an earlier one of our requests got through, whose answer was lost.
            Ok(change_set) if change_set.executed => {}
            _ if error.is_busy() || error.is_obsolete_change_set() => {
                return Ok(Update::Superseded);
            }
            _ => return Err(error.into()),
        }
    }
    let ended = waiter
        .wait(cloud, report)
        .await?
        .succeeded(&stack.name, Operation::Update)?;
    for removed in removed(&ended.events, &change_set.changes) {
        report.emit(EventKind::Removed(removed));
    }
    Ok(Update::Done(change_set.changes))
}

/// What CloudFormation asks of other services for these changes.
fn load(changes: &[Change]) -> BTreeMap<Family, u32> {
    let works = changes.iter().flat_map(|change| {
        let works: &[Work] = match change.action.as_str() {
            "Add" => &[Work::Create],
            "Remove" => &[Work::Delete],
            _ if change.replaced => &[Work::Create, Work::Delete],
            _ => &[Work::Update],
        };
        works.iter().map(|work| (&*change.resource_type, *work))
    });
    load_of(works)
}

/// A change set for `request`, complete; `None` when another operation is running. Says in `express`
/// whether it is in Express mode, which not every target has.
async fn change_set(
    cloud: &Cloud,
    request: &StackRequest,
    against: Against,
    express: &mut bool,
    report: Reporter<'_>,
) -> Result<Option<ChangeSet>, DeployError> {
    let mut created = cloud.create_change_set(request, against, *express).await;
    if *express && created.as_ref().is_err_and(refuses_express) {
        report.emit(EventKind::ExpressRefused);
        *express = false;
        created = cloud.create_change_set(request, against, false).await;
    }
    let id = match created {
        Err(error) if error.is_busy() => return Ok(None),
        created => created.map_err(|error| refusal(error, &request.name))?,
    };
    let change_set = wait_for_change_set(cloud, &request.name, &id, report).await?;
    Ok(Some(change_set))
}

/// Whether calls may fail for some time after CloudFormation has applied the change: a table is not
/// active yet, or a permission has not spread. Express mode does not wait for that. New functions are
/// waited for when they are observed.
///
/// Source: CloudFormation user guide, "Deploy stacks faster with express mode".
fn is_ready_later(change: &Change) -> bool {
    let is_ready_at_once = ["AWS::Lambda::Function", "AWS::Logs::LogGroup"];
    let takes_effect_slowly = change.resource_type.starts_with("AWS::DynamoDB::")
        || change.resource_type.starts_with("AWS::IAM::");
    let is_new = change.action == "Add" || change.replaced;
    change.action != "Remove"
        && (takes_effect_slowly
            || (is_new && !is_ready_at_once.contains(&change.resource_type.as_str())))
}

/// Why a change set failed: what CloudFormation's validation found, where `reason` refers to it. The
/// findings are gone with the change set.
async fn explained(cloud: &Cloud, stack: &str, id: &str, reason: String) -> String {
    if !refers_to_validation(&reason) {
        return reason;
    }
    let found = cloud.change_set_failures(stack, id).await;
    let findings = found.unwrap_or_default();
    let described = findings.iter().map(|event| {
        let reason = event.reason.as_deref().unwrap_or_default();
        format!("{} ({}): {reason}", event.logical_id, event.resource_type)
    });
    let described: Vec<String> = described.collect();
    if described.is_empty() {
        reason
    } else {
        described.join("; ")
    }
}

/// The change set when its creation has ended.
async fn wait_for_change_set(
    cloud: &Cloud,
    stack: &str,
    id: &str,
    report: Reporter<'_>,
) -> Result<ChangeSet, DeployError> {
    let backoff = Backoff::up_to(LONGEST_PAUSE);
    let mut failed_polls = FailedPolls::default();
    loop {
        match cloud.change_set(stack, id).await {
            Ok(change_set) if change_set.state != ChangeSetState::Pending => return Ok(change_set),
            Ok(_) => failed_polls = FailedPolls::default(),
            Err(error) => failed_polls.tolerate(error, cloud, report)?,
        }
        backoff.wait().await;
    }
}

/// Recovers a stack that an earlier operation left unusable: it can be created or updated afterwards.
pub(super) async fn recover(
    cloud: &Cloud,
    stack: &Stack,
    how: Recovery,
    report: Reporter<'_>,
) -> Result<(), DeployError> {
    report.emit(EventKind::Recovering {
        status: stack.status.clone(),
        how,
    });
    match how {
        Recovery::DeleteAndCreate => {
            for retained in retained(&delete(cloud, stack, report).await?) {
                report.emit(EventKind::Removed(retained));
            }
            Ok(())
        }
        Recovery::ContinueRollback => {
            let first = continue_rollback(cloud, stack, Vec::new(), report).await?;
            if !is_stuck(&first) {
                return Ok(());
            }
            let stuck = stuck_resources(cloud, stack).await?;
            if stuck.is_empty() {
                return rolled_back(first, stack);
            }
            report.emit(EventKind::Skipping {
                resources: stuck.clone(),
            });
            let second = continue_rollback(cloud, stack, stuck, report).await?;
            rolled_back(second, stack)
        }
    }
}

async fn continue_rollback(
    cloud: &Cloud,
    stack: &Stack,
    skipped: Vec<String>,
    report: Reporter<'_>,
) -> Result<Ended, DeployError> {
    let waiter = StackWaiter::before_operation(cloud, stack).await?;
    cloud.continue_rollback(&stack.name, skipped).await?;
    waiter.wait(cloud, report).await
}

fn is_stuck(ended: &Ended) -> bool {
    let status = ended.stack.as_ref().map(|stack| stack.status.phase());
    status == Some(Phase::RollbackFailed)
}

fn rolled_back(ended: Ended, before: &Stack) -> Result<(), DeployError> {
    match &ended.stack {
        Some(after) if is_stuck(&ended) => {
            Err(ended.failure(after, &before.name, Operation::Rollback))
        }
        _ => Ok(()),
    }
}

/// The logical ids of the resources that a rollback cannot bring back. It can go on without them: the
/// next update finds them as they are. Those that were only cancelled may not be skipped.
///
/// Source: CloudFormation API reference, `ContinueUpdateRollback`, `ResourcesToSkip`.
async fn stuck_resources(cloud: &Cloud, stack: &Stack) -> Result<Vec<String>, CloudError> {
    let resources = cloud.resources(&stack.id).await?.into_iter();
    let stuck = resources.filter(|resource| {
        let reason = resource.reason.as_deref().unwrap_or_default();
        resource.status.0 == "UPDATE_FAILED" && !is_cancelled(reason)
    });
    Ok(stuck.map(|resource| resource.logical_id).collect())
}

/// Deletes the stack and waits until it is gone; returns the events of that.
pub(super) async fn delete(
    cloud: &Cloud,
    stack: &Stack,
    report: Reporter<'_>,
) -> Result<Vec<StackEvent>, DeployError> {
    let waiter = StackWaiter::before_operation(cloud, stack).await?;
    cloud.delete_stack(&stack.id).await?;
    let ended = waiter.wait(cloud, report).await?;
    Ok(ended.succeeded(&stack.name, Operation::Delete)?.events)
}

/// The same, where nothing has to be known of a deletion that succeeds.
pub(super) async fn delete_quietly(
    cloud: &Cloud,
    stack: &Stack,
    report: Reporter<'_>,
) -> Result<(), DeployError> {
    let waiter = StackWaiter::before_deletion(cloud, stack).await?;
    cloud.delete_stack(&stack.id).await?;
    let ended = waiter.wait(cloud, report).await?;
    ended.succeeded(&stack.name, Operation::Delete)?;
    Ok(())
}

fn refuses_express(error: &CloudError) -> bool {
    matches!(error, CloudError::Refused { message, .. }
        if message.contains("DeploymentConfig") || message.contains("EXPRESS"))
}

/// Distinguishes a refused template, a refused parameter and any other failure.
pub(super) fn refusal(error: CloudError, stack: &str) -> DeployError {
    match error {
        error if error.refusal() == Some(Refusal::RoleUnusable) => error.into(),
        CloudError::Refused { code, message, .. } if code == "ValidationError" => {
            // "Parameter 'X' must …", "Parameters: [X] must have values".
            if message.starts_with("Parameter") {
                DeployError::ParameterRefused { reason: message }
            } else {
                DeployError::TemplateRefused {
                    stack: stack.to_owned(),
                    reason: message,
                }
            }
        }
        other => other.into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_update_loads_the_limits_of_what_it_changes() {
        let change = |action: &str, resource_type: &str, replaced| Change {
            action: action.to_owned(),
            logical_id: String::new(),
            resource_type: resource_type.to_owned(),
            replaced,
            loses_data: false,
            properties: Vec::new(),
        };
        let changes = [
            change("Modify", "AWS::Lambda::Function", false),
            change("Modify", "AWS::Lambda::Permission", true),
            change("Modify", "AWS::ApiGateway::Deployment", true),
            change("Remove", "AWS::ApiGateway::RestApi", false),
            change("Add", "AWS::Lambda::Function", false),
            change("Modify", "AWS::DynamoDB::Table", true),
        ];
        let expected = [
            (Family::LambdaControl, 2 + 2 + 1),
            (Family::ApiGateway, 2 + 1),
            (Family::DeleteRestApi, 1),
            (Family::CreateDeployment, 1),
        ];
        assert_eq!(load(&changes), BTreeMap::from(expected));
    }
}
