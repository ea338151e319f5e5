//! What earlier stacks of a name left behind when they were deleted. CloudFormation knows a deleted stack
//! for 90 days.
//!
//! Source: CloudFormation API reference, `ListStacks`.

use serde::Serialize;

use super::leftover::{BUCKET, FUNCTION, Kept, LOG_GROUP, Leftover, TABLE, leftover, released};
use super::{log_groups, ownership};
use crate::cloud::{Cloud, CloudError};
use crate::names::log_group;

/// How many deleted stacks of the name are looked at, the newest first.
const MAX_STACKS: usize = 3;

#[derive(Debug, Default)]
pub(super) struct Earlier {
    /// The full names of the functions that they had.
    pub functions: Vec<String>,
    /// What still exists of them, as far as that can be found out.
    pub left: Vec<Leftover>,
}

/// Nothing where the caller may not look.
pub(super) async fn earlier(cloud: &Cloud, stack: &str) -> Result<Earlier, CloudError> {
    match look(cloud, stack).await {
        Err(error) if error.concerns_one_request() => Ok(Earlier::default()),
        found => found,
    }
}

async fn look(cloud: &Cloud, stack: &str) -> Result<Earlier, CloudError> {
    let mut earlier = Earlier::default();
    for id in cloud.deleted_stacks(stack, MAX_STACKS).await? {
        let described = cloud.stack(&id).await?;
        if described.is_none_or(|stack| ownership::check_game(&stack, true).is_err()) {
            continue;
        }
        let resources = cloud.resources(&id).await?;
        let functions = resources.iter().filter(|it| it.resource_type == FUNCTION);
        earlier
            .functions
            .extend(functions.map(|it| it.physical_id.clone()));
        let retained = resources
            .iter()
            .filter(|it| it.status.0 == "DELETE_SKIPPED");
        let retained = retained.map(|it| (it.resource_type.clone(), it.physical_id.clone()));
        let released = released(&cloud.events_after(&id, None).await?, &resources, &id);
        let released = released.into_iter().map(|it| (it.resource_type, it.name));
        for (resource_type, name) in retained.chain(released) {
            let found = leftover(&resource_type, &name, Some(Kept::Earlier));
            if !earlier.left.contains(&found) && may_exist(cloud, &resource_type, &name).await? {
                earlier.left.push(found);
            }
        }
    }
    Ok(earlier)
}

/// False where it is known to be gone.
pub(super) async fn may_exist(
    cloud: &Cloud,
    resource_type: &str,
    name: &str,
) -> Result<bool, CloudError> {
    Ok(match resource_type {
        BUCKET => cloud.count_objects(name).await?.is_some(),
        FUNCTION => cloud.function(name).await?.is_some(),
        LOG_GROUP => cloud.log_groups(name).await?.iter().any(|it| it == name),
        // Not every table may be looked at.
        TABLE => !matches!(cloud.table(name).await, Ok(None)),
        _ => true,
    })
}

/// What a stack left behind that was deleted earlier.
#[derive(Clone, Debug, Serialize)]
pub struct Remains {
    pub stack: String,
    /// They are deleted.
    pub log_groups: Vec<String>,
    /// It stays.
    pub kept: Vec<Leftover>,
    #[serde(skip)]
    functions: Vec<String>,
}

/// What a stack that does not exist has left behind.
pub(super) async fn remains(cloud: &Cloud, stack: &str) -> Result<Remains, CloudError> {
    let earlier = earlier(cloud, stack).await?;
    let mut remains = Remains {
        stack: stack.to_owned(),
        log_groups: Vec::new(),
        kept: earlier.left,
        functions: earlier.functions,
    };
    remains.log_groups = remains.existing_log_groups(cloud).await?;
    Ok(remains)
}

impl Remains {
    pub(super) async fn existing_log_groups(
        &self,
        cloud: &Cloud,
    ) -> Result<Vec<String>, CloudError> {
        let known = self.functions.iter().map(|name| log_group(name)).collect();
        let kept = self.kept.iter().map(|kept| kept.name.clone()).collect();
        log_groups::existing(cloud, &self.stack, &known, &kept, true).await
    }
}
