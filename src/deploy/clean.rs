//! Deletes stacks together with what CloudFormation leaves behind, and checks what is left.

use std::collections::BTreeSet;

use futures_util::future::{try_join, try_join_all, try_join3};
use serde::Serialize;

use super::earlier::{Earlier, Remains, earlier, may_exist, remains};
use super::event::{Emit, EventKind, Reporter};
use super::leftover::{BUCKET, FUNCTION, Kept, LOG_GROUP, Leftover, STACK, leftover, released};
use super::template::Template;
use super::{DeployError, artifacts, log_groups, ownership, stack, waiter};
use crate::cloud::{Cloud, CloudError, Phase, Resource, Stack, TemplateStage};
use crate::names::log_group;

/// What a clean-up will delete.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Plan {
    pub stacks: Vec<Deletion>,
    /// The shared stack, when no other game uses it.
    pub workshop: Option<Deletion>,
    /// Other games, which use the shared stack.
    pub kept_for: Vec<String>,
    /// What is left of stacks that do not exist any more.
    pub remains: Vec<Remains>,
    /// The names that were asked for, whether or not there are such stacks.
    #[serde(skip)]
    asked: Vec<String>,
    #[serde(skip)]
    shared: Option<Stack>,
}

/// A stack to be deleted, with everything that is deleted with it.
#[derive(Clone, Debug, Serialize)]
pub struct Deletion {
    pub name: String,
    #[serde(skip)]
    pub stack: Stack,
    pub resources: Vec<Resource>,
    /// The log groups of its functions: resources of the stack, and those that Lambda created.
    pub log_groups: Vec<String>,
    /// Its buckets, with the number of objects in each.
    pub buckets: Vec<Bucket>,
    /// What stays, because the template or an earlier operation says so.
    pub kept: Vec<Leftover>,
    /// The full names of functions that it had once.
    #[serde(skip)]
    former_functions: Vec<String>,
}

#[derive(Clone, Debug, Serialize)]
pub struct Bucket {
    pub name: String,
    pub objects: usize,
}

impl Plan {
    pub fn is_empty(&self) -> bool {
        let remains = self.remains.iter();
        let mut groups = remains.flat_map(|it| &it.log_groups);
        self.stacks.is_empty() && self.workshop.is_none() && groups.next().is_none()
    }

    /// In the order of deletion: the shared stack last.
    pub fn deletions(&self) -> impl Iterator<Item = &Deletion> {
        self.stacks.iter().chain(&self.workshop)
    }

    /// The stacks that were asked for and do not exist.
    pub fn missing(&self) -> impl Iterator<Item = &String> {
        let exists = |name: &&String| self.stacks.iter().any(|stack| stack.name == **name);
        self.asked.iter().filter(move |name| !exists(name))
    }
}

/// What cleaning these games will delete. A stack that `mafia` did not create is an error.
pub async fn plan(
    cloud: &Cloud,
    stacks: &[String],
    workshop: &str,
    adopts: bool,
) -> Result<Plan, DeployError> {
    let mut plan = Plan {
        asked: stacks.to_vec(),
        ..Plan::default()
    };
    for name in stacks {
        let Some(stack) = super::game(cloud, name, adopts).await? else {
            plan.remains.push(remains(cloud, name).await?);
            continue;
        };
        if stack.protected {
            return Err(protected(&stack.name));
        }
        let looking = try_join(deletion_of(cloud, &stack), earlier(cloud, name));
        let (mut deletion, earlier) = looking.await?;
        deletion.add(earlier);
        plan.stacks.push(deletion);
    }
    let shared = cloud.stack(workshop).await?;
    plan.shared = shared.filter(ownership::is_workshop);
    if let Some(shared) = &plan.shared {
        plan.kept_for = users(cloud, shared, stacks).await?;
        if plan.kept_for.is_empty() && !shared.protected {
            plan.workshop = if_allowed(deletion_of(cloud, shared).await)?;
        }
    }
    Ok(plan)
}

/// Students need not be allowed to delete what the class shares.
fn if_allowed(deletion: Result<Deletion, CloudError>) -> Result<Option<Deletion>, CloudError> {
    match deletion {
        Err(error) if error.is_not_allowed() => Ok(None),
        deletion => deletion.map(Some),
    }
}

fn protected(stack: &str) -> DeployError {
    DeployError::Protected {
        stack: stack.to_owned(),
    }
}

/// The games, other than `cleaned`, that use the shared stack.
async fn users(
    cloud: &Cloud,
    shared: &Stack,
    cleaned: &[String],
) -> Result<Vec<String>, DeployError> {
    match artifacts::bucket_of(shared) {
        Ok(bucket) => artifacts::other_games(cloud, bucket, cleaned).await,
        // Its creation failed: it is of use to nobody.
        Err(_) => Ok(Vec::new()),
    }
}

/// The stack with everything that is deleted with it.
pub(super) async fn deletion_of(cloud: &Cloud, stack: &Stack) -> Result<Deletion, CloudError> {
    let (resources, template, events) = try_join3(
        cloud.resources(&stack.id),
        cloud.template(&stack.id, TemplateStage::Processed),
        cloud.events_after(&stack.id, None),
    )
    .await?;
    let retained = Template::read(&template).retained();
    let mut kept: Vec<Leftover> = resources
        .iter()
        .filter(|it| retained.contains(&it.logical_id) && !it.physical_id.is_empty())
        .map(|it| leftover(&it.resource_type, &it.physical_id, Some(Kept::Retained)))
        .collect();
    for left in released(&events, &resources, &stack.id) {
        if may_exist(cloud, &left.resource_type, &left.name).await? {
            kept.push(left);
        }
    }
    let functions = events
        .iter()
        .filter(|event| event.resource_type == FUNCTION);
    let mut deletion = Deletion {
        former_functions: functions.map(|event| event.physical_id.clone()).collect(),
        name: stack.name.clone(),
        stack: stack.clone(),
        resources,
        log_groups: Vec::new(),
        buckets: Vec::new(),
        kept,
    };
    let mut buckets = Vec::new();
    for resource in of_type(&deletion.resources, BUCKET).filter(|it| !deletion.keeps(it)) {
        if let Some(objects) = cloud.count_objects(&resource.physical_id).await? {
            let name = resource.physical_id.clone();
            buckets.push(Bucket { name, objects });
        }
    }
    deletion.buckets = buckets;
    deletion.log_groups = deletion.existing_log_groups(cloud).await?;
    Ok(deletion)
}

fn of_type<'a>(
    resources: &'a [Resource],
    resource_type: &str,
) -> impl Iterator<Item = &'a Resource> {
    resources
        .iter()
        .filter(move |r| r.resource_type == resource_type && !r.physical_id.is_empty())
}

impl Deletion {
    /// Adds what earlier stacks of the name left, unless it is a resource of this one.
    fn add(&mut self, earlier: Earlier) {
        let resources = &self.resources;
        let is_other = |left: &Leftover| resources.iter().all(|it| it.physical_id != left.name);
        self.kept.extend(earlier.left.into_iter().filter(is_other));
        self.former_functions.extend(earlier.functions);
    }

    /// Whether the resource stays when the stack is deleted.
    pub fn keeps(&self, resource: &Resource) -> bool {
        self.kept.iter().any(|kept| {
            kept.name == resource.physical_id && kept.resource_type == resource.resource_type
        })
    }

    /// The log groups of this stack's functions that exist now, but for those that stay.
    async fn existing_log_groups(&self, cloud: &Cloud) -> Result<Vec<String>, CloudError> {
        let names = |kept: bool| -> BTreeSet<String> {
            let resources = self.resources.iter().filter(|it| self.keeps(it) == kept);
            let names = resources.filter_map(|resource| match resource.resource_type.as_str() {
                _ if resource.physical_id.is_empty() => None,
                LOG_GROUP => Some(resource.physical_id.clone()),
                FUNCTION => Some(log_group(&resource.physical_id)),
                _ => None,
            });
            names.collect()
        };
        let former = self.former_functions.iter().filter(|it| !it.is_empty());
        let known = former.map(|name| log_group(name)).chain(names(false));
        let mut kept = names(true);
        let groups = self.kept.iter().filter(|it| it.resource_type == LOG_GROUP);
        kept.extend(groups.map(|it| it.name.clone()));
        log_groups::existing(cloud, &self.name, &known.collect(), &kept, false).await
    }
}

/// Deletes what `plan` lists and returns what still exists afterwards.
///
/// Whether the shared stack is deleted is decided in the end: other games can have started to use it, or
/// can be gone. A stack that cannot be deleted is an error; the clean-up can be repeated.
pub async fn clean(
    cloud: &Cloud,
    plan: &mut Plan,
    emit: Emit<'_>,
) -> Result<Vec<Leftover>, DeployError> {
    try_join_all(plan.stacks.iter().map(|stack| delete(cloud, stack, emit))).await?;
    let mut left = Vec::new();
    for remains in &plan.remains {
        let report = Reporter {
            stack: &remains.stack,
            emit,
        };
        delete_log_groups(cloud, &remains.log_groups, report).await?;
        left.extend(remains.kept.clone());
        if !remains.log_groups.is_empty() {
            let still = remains.existing_log_groups(cloud).await?.into_iter();
            left.extend(still.map(|group| leftover(LOG_GROUP, &group, None)));
        }
    }
    if let Some(shared) = &plan.shared {
        if let Ok(bucket) = artifacts::bucket_of(shared) {
            for game in &plan.asked {
                artifacts::forget_game(cloud, bucket, game).await?;
            }
        }
        plan.kept_for = users(cloud, shared, &plan.asked).await?;
        let planned = plan.workshop.take();
        if plan.kept_for.is_empty() && shared.protected {
            left.push(leftover(STACK, &shared.name, Some(Kept::Protected)));
        } else if plan.kept_for.is_empty() {
            match delete_shared(cloud, shared, planned, emit).await {
                Err(DeployError::Cloud(error)) if error.is_not_allowed() => {
                    left.push(leftover(STACK, &shared.name, Some(Kept::NotAllowed)));
                }
                deleted => plan.workshop = deleted?,
            }
        }
    }
    for deletion in plan.deletions() {
        left.extend(leftovers(cloud, deletion).await?);
    }
    Ok(left)
}

/// Deletes the shared stack, which no game uses; returns what was deleted.
async fn delete_shared(
    cloud: &Cloud,
    shared: &Stack,
    planned: Option<Deletion>,
    emit: Emit<'_>,
) -> Result<Option<Deletion>, DeployError> {
    let deletion = match planned {
        Some(planned) => planned,
        // Its other users have gone since the plan was made, and perhaps the stack with them.
        None => match cloud.stack(&shared.id).await? {
            Some(stack) if stack.status.phase() != Phase::Deleted => {
                deletion_of(cloud, &stack).await?
            }
            _ => return Ok(None),
        },
    };
    delete(cloud, &deletion, emit).await?;
    Ok(Some(deletion))
}

/// A bucket may fill up again while its stack is being deleted, and make the deletion fail.
const MAX_ATTEMPTS: u32 = 3;

pub(super) async fn delete(
    cloud: &Cloud,
    deletion: &Deletion,
    emit: Emit<'_>,
) -> Result<(), DeployError> {
    let report = Reporter {
        stack: &deletion.name,
        emit,
    };
    wait_until_idle(cloud, deletion, report).await?;
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
        match stack::delete(cloud, &deletion.stack, report).await {
            Err(DeployError::StackFailed(_)) if attempts > 0 && !deletion.buckets.is_empty() => {}
            // Somebody else's operation has started in the meantime.
            Err(DeployError::Cloud(error)) if attempts > 0 && error.is_busy() => {
                wait_until_idle(cloud, deletion, report).await?;
            }
            Err(DeployError::Cloud(error)) if error.is_protected() => {
                return Err(protected(&deletion.name));
            }
            result => break drop(result?),
        }
    }
    delete_log_groups(cloud, &deletion.existing_log_groups(cloud).await?, report).await
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
    match cloud.stack(&deletion.stack.id).await? {
        Some(stack) if stack.status.phase() == Phase::InProgress => {
            waiter::wait_for_running_operation(cloud, &stack, report).await
        }
        _ => Ok(()),
    }
}

/// What of the deletion still exists.
pub(super) async fn leftovers(
    cloud: &Cloud,
    deletion: &Deletion,
) -> Result<Vec<Leftover>, DeployError> {
    let mut left = deletion.kept.clone();
    let mut found = |resource_type: &str, name: &str| {
        left.push(leftover(resource_type, name, None));
    };
    if let Some(stack) = cloud.stack(&deletion.stack.id).await?
        && stack.status.phase() != Phase::Deleted
    {
        found(STACK, &stack.name);
    }
    for function in of_type(&deletion.resources, FUNCTION).filter(|it| !deletion.keeps(it)) {
        if cloud.function(&function.physical_id).await?.is_some() {
            found(FUNCTION, &function.physical_id);
        }
    }
    for bucket in &deletion.buckets {
        if cloud.count_objects(&bucket.name).await?.is_some() {
            found(BUCKET, &bucket.name);
        }
    }
    for group in deletion.existing_log_groups(cloud).await? {
        found(LOG_GROUP, &group);
    }
    Ok(left)
}
