//! Deletes what a plan lists.

use futures_util::{StreamExt, TryStreamExt, stream};
use tokio::time::Instant;

use super::deletion::{Deletion, deletion_of};
use super::leftover::Kept;
use super::plan::{MAX_CONCURRENT_STACKS, Plan, users};
use super::sight::{Sight, Whose};
use crate::cloud::limits::{Work, load};
use crate::cloud::{Cloud, Phase, Stack};
use crate::deploy::event::{Emit, EventKind, Reporter};
use crate::deploy::{DeployError, artifacts, stack, waiter};

/// A bucket may fill up again while its stack is being deleted, and make the deletion fail.
const MAX_ATTEMPTS: u32 = 3;

/// What became of a stack that was to be deleted.
#[derive(Debug)]
pub struct Deleted {
    pub stack: String,
    /// Why it could not be deleted.
    pub error: Option<DeployError>,
    pub milliseconds: u128,
}

/// Whether a deletion is asked for the first time. Of a further time, only events tell what became of it.
#[derive(Clone, Copy, Debug)]
enum Try {
    First,
    Again,
}

/// Deletes what `plan` lists: each stack by itself, and in the end the shared stack. A stack that cannot be
/// deleted does not keep the others.
///
/// Whether the shared stack is deleted is decided in the end: other games can have started to use it, or
/// can be gone.
pub async fn delete_all(
    sight: Sight<'_>,
    plan: &mut Plan,
    emit: Emit<'_>,
) -> Result<Vec<Deleted>, DeployError> {
    let cloud = sight.cloud;
    let mut done = delete_stacks(cloud, plan.stacks.iter(), Try::First, emit).await;
    if sight.listing.is_some() {
        // What could not be deleted beside the others may go now.
        let fails = |it: &Deleted| matches!(it.error, Some(DeployError::StackFailed(_)));
        let (failed, ended): (Vec<_>, Vec<_>) = done.into_iter().partition(fails);
        let again = |it: &&Deletion| failed.iter().any(|failed| failed.stack == it.name);
        done = ended;
        let again = plan.stacks.iter().filter(again);
        done.extend(delete_stacks(cloud, again, Try::Again, emit).await);
    }
    let failed = done.iter().filter(|it| it.error.is_some());
    let failed: Vec<String> = failed.map(|it| it.stack.clone()).collect();
    delete_all_log_groups(sight, plan, &failed, emit).await?;
    if let Some(shared) = plan.shared.clone() {
        let leaving = plan.leaving(&failed);
        if let Ok(bucket) = artifacts::bucket_of(&shared) {
            let forget = stream::iter(&leaving).map(Ok);
            forget
                .try_for_each_concurrent(MAX_CONCURRENT_STACKS, |game| {
                    artifacts::forget_game(cloud, bucket, game)
                })
                .await?;
        }
        plan.kept_for = users(sight, &shared, &leaving).await?;
        let planned = plan.workshop.take();
        if plan.kept_for.is_empty() && plan.shared_stays.is_none() {
            let started = Instant::now();
            let deleted = delete_shared(sight, &shared, planned, emit).await;
            let error = match deleted {
                Err(DeployError::Cloud(error)) if error.is_not_allowed() => {
                    plan.shared_stays = Some(Kept::NotAllowed);
                    return Ok(done);
                }
                Err(error) => Some(error),
                Ok(deleted) => {
                    plan.workshop = deleted;
                    None
                }
            };
            done.push(Deleted {
                stack: shared.name,
                error,
                milliseconds: started.elapsed().as_millis(),
            });
        }
    }
    Ok(done)
}

async fn delete_stacks<'a>(
    cloud: &Cloud,
    stacks: impl Iterator<Item = &'a Deletion>,
    time: Try,
    emit: Emit<'_>,
) -> Vec<Deleted> {
    let deleting = stream::iter(stacks).map(async |deletion| {
        let started = Instant::now();
        let deleted = delete_stack(cloud, deletion, time, emit).await;
        Deleted {
            stack: deletion.name.clone(),
            error: deleted.err(),
            milliseconds: started.elapsed().as_millis(),
        }
    });
    let deleting = deleting.buffer_unordered(MAX_CONCURRENT_STACKS);
    deleting.collect().await
}

/// Deletes the log groups that the deleted stacks have left.
async fn delete_all_log_groups(
    sight: Sight<'_>,
    plan: &Plan,
    failed: &[String],
    emit: Emit<'_>,
) -> Result<(), DeployError> {
    // Where everything is listed, it is listed again: the stacks are gone now.
    let listed = match (sight.whose, sight.listing) {
        (Whose::Class(_), Some(listing)) => Some(listing.again(sight.cloud).await?),
        _ => None,
    };
    let now = Sight {
        listing: listed.as_ref(),
        ..sight
    };
    let is_deleted = |it: &&Deletion| !failed.contains(&it.name);
    let deleted: Vec<&Deletion> = plan.stacks.iter().filter(is_deleted).collect();
    let groups = stream::iter(deleted).map(Ok).try_for_each_concurrent(
        MAX_CONCURRENT_STACKS,
        async |deletion| {
            let stack = &deletion.name;
            let groups = deletion.existing_log_groups(now).await?;
            delete_log_groups(now.cloud, &groups, Reporter { stack, emit }).await
        },
    );
    groups.await?;
    for remains in &plan.remains {
        let stack = &remains.stack;
        let groups = &remains.log_groups;
        delete_log_groups(now.cloud, groups, Reporter { stack, emit }).await?;
    }
    Ok(())
}

/// Deletes the shared stack, which no game uses; returns what was deleted.
async fn delete_shared(
    sight: Sight<'_>,
    shared: &Stack,
    planned: Option<Deletion>,
    emit: Emit<'_>,
) -> Result<Option<Deletion>, DeployError> {
    let cloud = sight.cloud;
    let deletion = match planned {
        Some(planned) => planned,
        // Its other users have gone since the plan was made, and perhaps the stack with them.
        None => match cloud.stack(&shared.id).await? {
            Some(stack) if stack.status.phase() != Phase::Deleted => {
                deletion_of(sight, &stack).await?
            }
            _ => return Ok(None),
        },
    };
    delete(cloud, &deletion, emit).await?;
    Ok(Some(deletion))
}

/// Deletes the stack and the log groups that it leaves.
pub async fn delete(cloud: &Cloud, deletion: &Deletion, emit: Emit<'_>) -> Result<(), DeployError> {
    delete_stack(cloud, deletion, Try::First, emit).await?;
    let groups = deletion.existing_log_groups(Sight::by_requests(cloud));
    let stack = &deletion.name;
    delete_log_groups(cloud, &groups.await?, Reporter { stack, emit }).await
}

async fn delete_stack(
    cloud: &Cloud,
    deletion: &Deletion,
    mut time: Try,
    emit: Emit<'_>,
) -> Result<(), DeployError> {
    let report = Reporter {
        stack: &deletion.name,
        emit,
    };
    wait_until_idle(cloud, deletion, report).await?;
    // CloudFormation asks other services for the deletion of each resource, and some of them are slow.
    let types = deletion.resources.iter();
    let types = types.map(|resource| resource.resource_type.as_str());
    cloud.pace(&load(types, Work::Delete)).await;
    report.emit(EventKind::Deleting);
    let mut attempts = MAX_ATTEMPTS;
    loop {
        attempts -= 1;
        for bucket in &deletion.buckets {
            report.emit(EventKind::Removing {
                what: format!("the objects in bucket {}", bucket.name),
            });
            cloud.empty_bucket(&bucket.name).await?;
        }
        let deleted = match time {
            Try::First => stack::delete_quietly(cloud, &deletion.stack, report).await,
            Try::Again => {
                let deleted = stack::delete(cloud, &deletion.stack, report).await;
                deleted.map(drop)
            }
        };
        time = Try::Again;
        match deleted {
            Err(DeployError::StackFailed(_)) if attempts > 0 && !deletion.buckets.is_empty() => {}
            // Somebody else's operation has started in the meantime.
            Err(DeployError::Cloud(error)) if attempts > 0 && error.is_busy() => {
                wait_until_idle(cloud, deletion, report).await?;
            }
            Err(DeployError::Cloud(error)) if error.is_protected() => {
                return Err(DeployError::Protected {
                    stack: deletion.name.clone(),
                });
            }
            result => {
                result?;
                report.emit(EventKind::Deleted);
                return Ok(());
            }
        }
    }
}

async fn delete_log_groups(
    cloud: &Cloud,
    groups: &[String],
    report: Reporter<'_>,
) -> Result<(), DeployError> {
    for group in groups {
        report.emit(EventKind::Removing {
            what: format!("log group {group}"),
        });
        cloud.delete_log_group(group).await?;
    }
    Ok(())
}

/// Waits for the operation that is running on the stack, if any.
async fn wait_until_idle(
    cloud: &Cloud,
    deletion: &Deletion,
    report: Reporter<'_>,
) -> Result<(), DeployError> {
    let id = &deletion.stack.id;
    let stack = match cloud.shared_poll() {
        Some(shared) => shared.next_listed(cloud, id).await?,
        None => cloud.stack(id).await?,
    };
    match stack {
        Some(stack) if stack.status.phase() == Phase::InProgress => {
            waiter::wait_for_running_operation(cloud, &stack, report).await
        }
        _ => Ok(()),
    }
}
