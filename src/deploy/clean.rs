//! Takes stacks away again, with all that CloudFormation would leave behind, and looks whether
//! anything stayed.

use futures_util::future::try_join_all;
use serde::Serialize;

use super::event::{Emit, Happening, Reporter};
use super::{DeployError, marks, settle, stack};
use crate::cloud::{Cloud, CloudError, Phase, Resource, Stack};
use crate::names::log_group;

/// What a clean-up is going to delete.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Plan {
    pub stacks: Vec<Doomed>,
    /// The shared stack, when none but the stacks above use it.
    pub workshop: Option<Doomed>,
    /// Other games that keep the shared stack in use.
    pub kept_for: Vec<String>,
}

/// A stack with everything that goes with it.
#[derive(Clone, Debug, Serialize)]
pub struct Doomed {
    pub name: String,
    #[serde(skip)]
    stack: Stack,
    pub resources: Vec<Resource>,
    /// The log groups of its functions, the stack's own and those that Lambda made.
    pub log_groups: Vec<String>,
    /// Its buckets, and how many objects each holds.
    pub buckets: Vec<Bucket>,
}

#[derive(Clone, Debug, Serialize)]
pub struct Bucket {
    pub name: String,
    pub objects: usize,
}

/// Something that is still there afterwards.
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
    pub fn doomed(&self) -> impl Iterator<Item = &Doomed> {
        self.stacks.iter().chain(&self.workshop)
    }
}

/// Finds out what cleaning these games takes away. Refuses stacks that `mafia` did not make.
pub async fn plan(cloud: &Cloud, stacks: &[String], workshop: &str) -> Result<Plan, DeployError> {
    let all = cloud.all_stacks().await?;
    let mut plan = Plan::default();
    for name in stacks {
        let Some(stack) = all.iter().find(|stack| &stack.name == name) else {
            continue;
        };
        marks::own_game(stack)?;
        plan.stacks.push(doomed(cloud, stack).await?);
    }
    plan.kept_for = users(&all, workshop, stacks);
    if plan.kept_for.is_empty()
        && let Some(shared) = all.iter().find(|stack| stack.name == workshop)
        && marks::is_workshop(shared)
    {
        plan.workshop = Some(doomed(cloud, shared).await?);
    }
    Ok(plan)
}

/// The games among `all` that use the shared stack of `workshop`, other than `stacks`. One that is
/// being deleted doesn't: of two that go at the same time, one has to take the shared stack along.
fn users(all: &[Stack], workshop: &str, stacks: &[String]) -> Vec<String> {
    let uses = |stack: &&Stack| {
        marks::part_of(stack) == Some(workshop) && stack.status.0 != "DELETE_IN_PROGRESS"
    };
    let names = all.iter().filter(uses).map(|stack| stack.name.clone());
    names.filter(|name| !stacks.contains(name)).collect()
}

pub(super) async fn doomed(cloud: &Cloud, stack: &Stack) -> Result<Doomed, CloudError> {
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
    let mut doomed = Doomed {
        name: stack.name.clone(),
        stack: stack.clone(),
        resources,
        log_groups: Vec::new(),
        buckets,
    };
    doomed.log_groups = doomed.standing_log_groups(cloud).await?;
    Ok(doomed)
}

fn of_type<'a>(
    resources: &'a [Resource],
    resource_type: &str,
) -> impl Iterator<Item = &'a Resource> {
    resources
        .iter()
        .filter(move |r| r.resource_type == resource_type && !r.physical_id.is_empty())
}

impl Doomed {
    /// The log groups of this stack's functions that exist now. Names are compared whole: a
    /// neighbour's may begin alike.
    async fn standing_log_groups(&self, cloud: &Cloud) -> Result<Vec<String>, CloudError> {
        let own = of_type(&self.resources, LOG_GROUP).map(|group| group.physical_id.clone());
        let written = of_type(&self.resources, FUNCTION).map(|f| log_group(&f.physical_id));
        let mut names: Vec<String> = own.chain(written).collect();
        names.sort();
        names.dedup();
        let found = try_join_all(names.iter().map(|name| cloud.log_groups(name))).await?;
        let stands = |name: &String| found.iter().flatten().any(|group| group == name);
        Ok(names.iter().filter(|name| stands(name)).cloned().collect())
    }
}

/// Deletes what `plan` lists and returns what is still there afterwards.
///
/// The shared stack leaves the plan if another game has come to use it since the plan was made. A
/// stack that fails to be deleted is an error; it can be tried again.
pub async fn clean(
    cloud: &Cloud,
    plan: &mut Plan,
    emit: Emit<'_>,
) -> Result<Vec<Leftover>, DeployError> {
    try_join_all(plan.stacks.iter().map(|doomed| delete(cloud, doomed, emit))).await?;
    if let Some(workshop) = plan.workshop.take() {
        plan.kept_for = users(&cloud.all_stacks().await?, &workshop.name, &[]);
        if plan.kept_for.is_empty() {
            delete(cloud, &workshop, emit).await?;
            plan.workshop = Some(workshop);
        }
    }
    let left = try_join_all(plan.doomed().map(|doomed| leftovers(cloud, doomed))).await?;
    Ok(left.into_iter().flatten().collect())
}

/// How often a bucket may fill up again while its stack is being deleted.
const ATTEMPTS: u32 = 3;

pub(super) async fn delete(
    cloud: &Cloud,
    doomed: &Doomed,
    emit: Emit<'_>,
) -> Result<(), DeployError> {
    let report = Reporter {
        stack: &doomed.name,
        emit,
    };
    if doomed.stack.status.phase() == Phase::InProgress {
        settle::join(cloud, &doomed.stack, report).await?;
    }
    report.say(Happening::Deleting);
    let mut attempts = ATTEMPTS;
    loop {
        attempts -= 1;
        for bucket in &doomed.buckets {
            report.say(Happening::Removing {
                what: format!("the objects in bucket {}", bucket.name),
            });
            cloud.empty_bucket(&bucket.name).await?;
        }
        match stack::delete(cloud, &doomed.stack, report).await {
            Err(DeployError::StackFailed(_)) if attempts > 0 && !doomed.buckets.is_empty() => {}
            ended => break ended?,
        }
    }
    for group in doomed.standing_log_groups(cloud).await? {
        report.say(Happening::Removing {
            what: format!("log group {group}"),
        });
        cloud.delete_log_group(&group).await?;
    }
    Ok(())
}

/// Looks for everything that was to go.
async fn leftovers(cloud: &Cloud, doomed: &Doomed) -> Result<Vec<Leftover>, DeployError> {
    let mut left = Vec::new();
    let mut found = |resource_type: &str, name: &str| {
        left.push(Leftover {
            resource_type: resource_type.to_owned(),
            name: name.to_owned(),
        });
    };
    if let Some(stack) = cloud.stack(&doomed.stack.id).await?
        && stack.status.phase() != Phase::Deleted
    {
        found(STACK, &stack.name);
    }
    for function in of_type(&doomed.resources, FUNCTION) {
        if cloud.function(&function.physical_id).await?.is_some() {
            found(FUNCTION, &function.physical_id);
        }
    }
    for bucket in &doomed.buckets {
        if cloud.count_objects(&bucket.name).await?.is_some() {
            found(BUCKET, &bucket.name);
        }
    }
    for group in doomed.standing_log_groups(cloud).await? {
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
            tags: marks::game(workshop, "digest"),
            parameters: NamedValues::new(),
            outputs: NamedValues::new(),
        };
        let all = [
            game("anna", "ours", "CREATE_COMPLETE"),
            game("ben", "ours", "DELETE_FAILED"),
            game("cem", "ours", "DELETE_IN_PROGRESS"),
            game("dan", "theirs", "CREATE_COMPLETE"),
        ];
        assert_eq!(users(&all, "ours", &["anna".to_owned()]), ["ben"]);
    }
}
