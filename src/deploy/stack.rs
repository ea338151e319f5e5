//! Creates, updates and recovers one stack.

use super::DeployError;
use super::error::Operation;
use super::event::{Happening, Recovery, Reporter};
use super::pace::Pace;
use super::settle::{LONGEST_PAUSE, Watch};
use crate::cloud::{
    Change, ChangeSet, ChangeSetState, Cloud, CloudError, Phase, Stack, StackRequest,
};

/// Creates the stack and waits for it.
pub(super) async fn create(
    cloud: &Cloud,
    request: &StackRequest,
    report: Reporter<'_>,
) -> Result<Stack, DeployError> {
    report.say(Happening::Creating);
    let mut created = cloud.create_stack(request, true).await;
    if created.as_ref().is_err_and(refuses_express) {
        report.say(Happening::ExpressRefused);
        created = cloud.create_stack(request, false).await;
    }
    let id = match created {
        Ok(id) => id,
        // Our own request, of which the answer was lost, or somebody who was quicker.
        Err(error) if error.already_exists() => match cloud.stack(&request.name).await? {
            Some(stack) => stack.id,
            None => return Err(error.into()),
        },
        Err(error) => return Err(refused(error, &request.name)),
    };
    let ended = Watch::from_birth(id)
        .settle(cloud, report)
        .await?
        .succeeded(&request.name, Operation::Create)?;
    ended.stack.ok_or_else(|| DeployError::Vanished {
        stack: request.name.clone(),
    })
}

/// Updates the stack through a change set and tells what changed; with `dry_run`, what would.
///
/// `None` when somebody else's operation came in between: nothing was done, and how the stack should
/// be changed has to be decided again.
pub(super) async fn update(
    cloud: &Cloud,
    stack: &Stack,
    request: &StackRequest,
    dry_run: bool,
    report: Reporter<'_>,
) -> Result<Option<Vec<Change>>, DeployError> {
    let mut created = cloud.create_change_set(request, true).await;
    if created.as_ref().is_err_and(refuses_express) {
        report.say(Happening::ExpressRefused);
        created = cloud.create_change_set(request, false).await;
    }
    let id = match created {
        Err(error) if error.is_stack_busy() => return Ok(None),
        created => created.map_err(|error| refused(error, &request.name))?,
    };
    let change_set = described(cloud, &stack.name, &id).await?;
    match change_set.state {
        ChangeSetState::Failed(reason) => {
            cloud.delete_change_set(&stack.name, &id).await?;
            return Err(DeployError::ChangeSetFailed {
                stack: stack.name.clone(),
                reason,
            });
        }
        ChangeSetState::Empty => {
            cloud.delete_change_set(&stack.name, &id).await?;
            return Ok(Some(Vec::new()));
        }
        _ if dry_run => {
            cloud.delete_change_set(&stack.name, &id).await?;
            return Ok(Some(change_set.changes));
        }
        _ => {}
    }
    let watch = Watch::ahead_of(cloud, stack).await?;
    report.say(Happening::Updating {
        changes: change_set.changes.clone(),
    });
    match cloud.execute_change_set(&stack.name, &id).await {
        Ok(()) => {}
        Err(error) if error.is_stack_busy() => return Ok(None),
        Err(error) if error.is_obsolete_change_set() => {
            match cloud.change_set(&stack.name, &id).await {
                // By our own request, of which the answer was lost.
                Ok(change_set) if change_set.executed => {}
                Err(error) if !error.is_obsolete_change_set() => return Err(error.into()),
                _ => return Ok(None),
            }
        }
        Err(error) => return Err(error.into()),
    }
    watch
        .settle(cloud, report)
        .await?
        .succeeded(&stack.name, Operation::Update)?;
    Ok(Some(change_set.changes))
}

async fn described(cloud: &Cloud, stack: &str, id: &str) -> Result<ChangeSet, DeployError> {
    let pace = Pace::up_to(LONGEST_PAUSE);
    loop {
        let change_set = cloud.change_set(stack, id).await?;
        if change_set.state != ChangeSetState::Pending {
            return Ok(change_set);
        }
        pace.pause().await;
    }
}

/// Mends what an earlier operation left; the stack can be created or updated afterwards.
pub(super) async fn recover(
    cloud: &Cloud,
    stack: &Stack,
    how: Recovery,
    report: Reporter<'_>,
) -> Result<(), DeployError> {
    report.say(Happening::Recovering {
        status: stack.status.clone(),
        how,
    });
    match how {
        Recovery::DeleteAndCreate => delete(cloud, stack, report).await,
        Recovery::ContinueRollback => {
            let watch = Watch::ahead_of(cloud, stack).await?;
            cloud.continue_rollback(&stack.name).await?;
            let ended = watch.settle(cloud, report).await?;
            match &ended.stack {
                Some(after) if after.status.phase() == Phase::RollbackFailed => {
                    Err(ended.failure(after, &stack.name, Operation::Rollback))
                }
                _ => Ok(()),
            }
        }
    }
}

/// Deletes the stack and waits until it is gone.
pub(super) async fn delete(
    cloud: &Cloud,
    stack: &Stack,
    report: Reporter<'_>,
) -> Result<(), DeployError> {
    let watch = Watch::ahead_of(cloud, stack).await?;
    cloud.delete_stack(&stack.id).await?;
    watch
        .settle(cloud, report)
        .await?
        .succeeded(&stack.name, Operation::Delete)?;
    Ok(())
}

fn refuses_express(error: &CloudError) -> bool {
    matches!(error, CloudError::Refused { message, .. }
        if message.contains("DeploymentConfig") || message.contains("EXPRESS"))
}

/// Tells a template that CloudFormation refuses from a parameter that it refuses, and both from
/// everything else.
pub(super) fn refused(error: CloudError, stack: &str) -> DeployError {
    match error {
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
