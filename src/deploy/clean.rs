//! Deletes stacks together with what CloudFormation leaves behind, and checks what is left.

use futures_util::future::try_join_all;
use serde::Serialize;

use super::event::{Emit, EventKind, Reporter};
use super::{DeployError, ownership, stack, waiter};
use crate::cloud::{Cloud, CloudError, Phase, Resource, Stack};
use crate::names::log_group;

/// What a clean-up will delete.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Plan {
    pub stacks: Vec<Deletion>,
    /// The shared stack, when only the stacks above use it.
    pub workshop: Option<Deletion>,
    /// Other games, which use the shared stack.
    pub kept_for: Vec<String>,
}

/// A stack to be deleted, with everything that is deleted with it.
#[derive(Clone, Debug, Serialize)]
pub struct Deletion {
    pub name: String,
    #[serde(skip)]
    stack: Stack,
    pub resources: Vec<Resource>,
    /// The log groups of its functions: resources of the stack, and those that Lambda created.
    pub log_groups: Vec<String>,
    /// Its buckets, with the number of objects in each.
    pub buckets: Vec<Bucket>,
}

#[derive(Clone, Debug, Serialize)]
pub struct Bucket {
    pub name: String,
    pub objects: usize,
}

/// Something that still exists after a clean-up.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Leftover {
    pub resource_type: String,
    pub name: String,
}

const BUCKET: &str = "AWS::S3::Bucket";
const FUNCTION: &str = "AWS::Lambda::Function";
const LOG_GROUP: &str = "AWS::Logs::LogGroup";
const STACK: &str = "AWS::CloudFormation::Stack";

impl Plan {
    pub fn is_empty(&self) -> bool {
        self.stacks.is_empty() && self.workshop.is_none()
    }

    /// In the order of deletion: the shared stack last.
    pub fn deletions(&self) -> impl Iterator<Item = &Deletion> {
        self.stacks.iter().chain(&self.workshop)
    }
}

/// What cleaning these games will delete. A stack that `mafia` did not create is an error.
pub async fn plan(cloud: &Cloud, stacks: &[String], workshop: &str) -> Result<Plan, DeployError> {
    let all = cloud.all_stacks().await?;
    let mut plan = Plan::default();
    for name in stacks {
        let Some(stack) = all.iter().find(|stack| &stack.name == name) else {
            continue;
        };
        ownership::check_game(stack)?;
        plan.stacks.push(deletion_of(cloud, stack).await?);
    }
    plan.kept_for = games_using(&all, workshop, stacks);
    if plan.kept_for.is_empty()
        && let Some(shared) = all.iter().find(|stack| stack.name == workshop)
        && ownership::is_workshop(shared)
    {
        plan.workshop = Some(deletion_of(cloud, shared).await?);
    }
    Ok(plan)
}

/// The games among `all` that use the shared stack of `workshop`, other than `stacks`. A game that is
/// being deleted does not count: when two are deleted at once, one must delete the shared stack too.
fn games_using(all: &[Stack], workshop: &str, stacks: &[String]) -> Vec<String> {
    let uses = |stack: &&Stack| {
        ownership::workshop_of(stack) == Some(workshop) && stack.status.0 != "DELETE_IN_PROGRESS"
    };
    let names = all.iter().filter(uses).map(|stack| stack.name.clone());
    names.filter(|name| !stacks.contains(name)).collect()
}

/// The stack with everything that is deleted with it.
pub(super) async fn deletion_of(cloud: &Cloud, stack: &Stack) -> Result<Deletion, CloudError> {
    let resources = cloud.resources(&stack.id).await?;
    let mut buckets = Vec::new();
    for resource in of_type(&resources, BUCKET) {
        if let Some(objects) = cloud.count_objects(&resource.physical_id).await? {
            buckets.push(Bucket {
                name: resource.physical_id.clone(),
                objects,
            });
        }
    }
    let mut deletion = Deletion {
        name: stack.name.clone(),
        stack: stack.clone(),
        resources,
        log_groups: Vec::new(),
        buckets,
    };
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
    /// The log groups of this stack's functions that exist now. Whole names are compared: another
    /// stack's may start with the same letters.
    async fn existing_log_groups(&self, cloud: &Cloud) -> Result<Vec<String>, CloudError> {
        let own = of_type(&self.resources, LOG_GROUP).map(|group| group.physical_id.clone());
        let lambdas = of_type(&self.resources, FUNCTION).map(|f| log_group(&f.physical_id));
        let mut names: Vec<String> = own.chain(lambdas).collect();
        names.sort();
        names.dedup();
        let found = try_join_all(names.iter().map(|name| cloud.log_groups(name))).await?;
        let exists = |name: &String| found.iter().flatten().any(|group| group == name);
        Ok(names.iter().filter(|name| exists(name)).cloned().collect())
    }
}

/// Deletes what `plan` lists and returns what still exists afterwards.
///
/// The shared stack is taken out of the plan if another game has started to use it since the plan was
/// made. A stack that cannot be deleted is an error; the clean-up can be repeated.
pub async fn clean(
    cloud: &Cloud,
    plan: &mut Plan,
    emit: Emit<'_>,
) -> Result<Vec<Leftover>, DeployError> {
    try_join_all(plan.stacks.iter().map(|stack| delete(cloud, stack, emit))).await?;
    if let Some(workshop) = plan.workshop.take() {
        plan.kept_for = games_using(&cloud.all_stacks().await?, &workshop.name, &[]);
        if plan.kept_for.is_empty() {
            delete(cloud, &workshop, emit).await?;
            plan.workshop = Some(workshop);
        }
    }
    let left = try_join_all(plan.deletions().map(|stack| leftovers(cloud, stack))).await?;
    Ok(left.into_iter().flatten().collect())
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
    if deletion.stack.status.phase() == Phase::InProgress {
        waiter::wait_for_running_operation(cloud, &deletion.stack, report).await?;
    }
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
            result => break result?,
        }
    }
    for group in deletion.existing_log_groups(cloud).await? {
        report.emit(EventKind::Removing {
            what: format!("log group {group}"),
        });
        cloud.delete_log_group(&group).await?;
    }
    Ok(())
}

/// What of the deletion still exists.
async fn leftovers(cloud: &Cloud, deletion: &Deletion) -> Result<Vec<Leftover>, DeployError> {
    let mut left = Vec::new();
    let mut found = |resource_type: &str, name: &str| {
        left.push(Leftover {
            resource_type: resource_type.to_owned(),
            name: name.to_owned(),
        });
    };
    if let Some(stack) = cloud.stack(&deletion.stack.id).await?
        && stack.status.phase() != Phase::Deleted
    {
        found(STACK, &stack.name);
    }
    for function in of_type(&deletion.resources, FUNCTION) {
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cloud::{NamedValues, Status};

    #[test]
    fn the_shared_stack_is_used_by_the_other_games_that_stay() {
        let game = |name: &str, workshop: &str, status: &str| Stack {
            name: name.to_owned(),
            id: format!("id of {name}"),
            status: Status(status.to_owned()),
            reason: None,
            tags: ownership::game_tags(workshop, "digest"),
            parameters: NamedValues::new(),
            outputs: NamedValues::new(),
        };
        let all = [
            game("anna", "ours", "CREATE_COMPLETE"),
            game("ben", "ours", "DELETE_FAILED"),
            game("cem", "ours", "DELETE_IN_PROGRESS"),
            game("dan", "theirs", "CREATE_COMPLETE"),
        ];
        assert_eq!(games_using(&all, "ours", &["anna".to_owned()]), ["ben"]);
    }
}
